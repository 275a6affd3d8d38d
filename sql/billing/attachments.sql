ALTER TABLE billing.invoices ADD CONSTRAINT invoices_bill_to_email_check CHECK (bill_to_email IS NULL OR crm.is_valid_email(bill_to_email));

ALTER TABLE billing.payment_methods ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
