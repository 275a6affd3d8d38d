ALTER TABLE commerce.orders ADD COLUMN email_norm text GENERATED ALWAYS AS (crm.normalize_email(email)) STORED;
COMMENT ON COLUMN commerce.orders.email_norm IS 'The e-mail address in normal form, by crm.normalize_email; by it an order finds its contact.';

ALTER TABLE commerce.orders ADD CONSTRAINT orders_email_check CHECK (email IS NULL OR crm.is_valid_email(email));
