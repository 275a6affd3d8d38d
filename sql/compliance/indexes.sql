CREATE INDEX consent_records_organization_contact_idx ON compliance.consent_records (organization_id, contact_id, purpose, occurred_at);
CREATE INDEX consent_records_organization_subject_hash_idx ON compliance.consent_records (organization_id, subject_hash, purpose, occurred_at) WHERE subject_hash IS NOT NULL;
CREATE INDEX consent_records_organization_purpose_occurred_at_idx ON compliance.consent_records (organization_id, purpose, occurred_at);

CREATE UNIQUE INDEX data_export_requests_organization_contact_type_key ON compliance.data_export_requests (organization_id, contact_id, type) WHERE contact_id IS NOT NULL AND status IN ('received', 'verifying', 'processing');
CREATE INDEX data_export_requests_organization_contact_idx ON compliance.data_export_requests (organization_id, contact_id);
CREATE INDEX data_export_requests_organization_user_idx ON compliance.data_export_requests (organization_id, user_id);
CREATE INDEX data_export_requests_organization_requested_by_idx ON compliance.data_export_requests (organization_id, requested_by);
CREATE INDEX data_export_requests_organization_assignee_idx ON compliance.data_export_requests (organization_id, assignee_id);
CREATE INDEX data_export_requests_organization_open_due_at_idx ON compliance.data_export_requests (organization_id, due_at) WHERE status IN ('received', 'verifying', 'processing');
CREATE INDEX data_export_requests_organization_status_requested_at_idx ON compliance.data_export_requests (organization_id, status, requested_at);
CREATE INDEX data_export_requests_organization_subject_email_norm_idx ON compliance.data_export_requests (organization_id, subject_email_norm) WHERE subject_email_norm IS NOT NULL;
CREATE INDEX data_export_requests_organization_subject_hash_idx ON compliance.data_export_requests (organization_id, subject_hash) WHERE subject_hash IS NOT NULL;
-- For the purge of exported files, which goes over all organizations.
CREATE INDEX data_export_requests_download_expires_at_idx ON compliance.data_export_requests (download_expires_at) WHERE download_expires_at IS NOT NULL;

CREATE INDEX rights_ledger_entries_organization_content_idx ON compliance.rights_ledger_entries (organization_id, content_id, effective_at);
CREATE INDEX rights_ledger_entries_organization_content_rights_idx ON compliance.rights_ledger_entries (organization_id, content_rights_id, effective_at);
CREATE INDEX rights_ledger_entries_organization_contract_idx ON compliance.rights_ledger_entries (organization_id, contract_id);
CREATE INDEX rights_ledger_entries_organization_licensee_company_idx ON compliance.rights_ledger_entries (organization_id, licensee_company_id);
CREATE INDEX rights_ledger_entries_organization_type_effective_at_idx ON compliance.rights_ledger_entries (organization_id, type, effective_at);
