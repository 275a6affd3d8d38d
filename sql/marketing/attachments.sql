-- Equality on normal forms, not on expressions: only that can use an index under row-level security.
ALTER TABLE marketing.leads ADD COLUMN email_norm text GENERATED ALWAYS AS (crm.normalize_email(email)) STORED;
COMMENT ON COLUMN marketing.leads.email_norm IS 'The e-mail address in normal form, by crm.normalize_email; by it a lead finds the contact it may be.';

ALTER TABLE marketing.leads ADD COLUMN phone_e164 text GENERATED ALWAYS AS (crm.normalize_phone(phone, phone_region)) STORED;
COMMENT ON COLUMN marketing.leads.phone_e164 IS 'The telephone number in E.164 form, by crm.normalize_phone; NULL where its country is not known.';

ALTER TABLE marketing.leads ADD CONSTRAINT leads_email_check CHECK (email IS NULL OR crm.is_valid_email(email));

-- Without + and region nobody can judge a number: it is taken if it looks like one.
ALTER TABLE marketing.leads ADD CONSTRAINT leads_phone_check CHECK (
    phone IS NULL
    OR crm.is_possible_phone(phone, phone_region)
    OR (phone_region IS NULL AND phone ~ '^[0-9() ./-]+$' AND length(translate(phone, '() ./-', '')) BETWEEN 7 AND 15)
);
