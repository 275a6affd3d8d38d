ALTER TABLE compliance.data_export_requests ADD COLUMN subject_email_norm text GENERATED ALWAYS AS (crm.normalize_email(subject_email)) STORED;
COMMENT ON COLUMN compliance.data_export_requests.subject_email_norm IS 'The e-mail address in normal form, by crm.normalize_email; by it a request finds its contact.';

ALTER TABLE compliance.data_export_requests ADD CONSTRAINT data_export_requests_subject_email_check CHECK (subject_email IS NULL OR crm.is_valid_email(subject_email));

ALTER TABLE compliance.consent_records ALTER COLUMN recorded_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE compliance.data_export_requests ALTER COLUMN requested_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE compliance.rights_ledger_entries ALTER COLUMN recorded_by SET DEFAULT tenancy.current_user_id();
