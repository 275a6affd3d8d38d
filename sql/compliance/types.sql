CREATE DOMAIN compliance.subject_hash AS bytea
    CONSTRAINT subject_hash_check CHECK (octet_length(VALUE) BETWEEN 32 AND 64);
COMMENT ON DOMAIN compliance.subject_hash IS 'Digest of a person''s address in normal form, 32 to 64 bytes, best an HMAC under a key of the application''s: by it a person is known again whose data was erased.';

CREATE DOMAIN compliance.consent_status AS text
    CONSTRAINT consent_status_check CHECK (VALUE IN ('requested', 'granted', 'denied', 'withdrawn'));
COMMENT ON DOMAIN compliance.consent_status IS 'What happened to a consent: requested (asked for, e.g. by a mail to confirm), granted, denied, withdrawn.';

CREATE DOMAIN compliance.consent_method AS text
    CONSTRAINT consent_method_check CHECK (VALUE IN (
        'web_form', 'double_opt_in', 'preference_center', 'unsubscribe_link', 'keyword', 'verbal', 'written', 'contract', 'api', 'import', 'other'
    ));
COMMENT ON DOMAIN compliance.consent_method IS 'How consent was given or withdrawn: web_form, double_opt_in, preference_center, unsubscribe_link, keyword (e.g. STOP by SMS), verbal, written, contract, api, import, other.';

CREATE DOMAIN compliance.legal_basis AS text
    CONSTRAINT legal_basis_check CHECK (VALUE IN (
        'consent', 'contract', 'legal_obligation', 'vital_interests', 'public_task', 'legitimate_interests'
    ));
COMMENT ON DOMAIN compliance.legal_basis IS 'Ground on which personal data is processed, as in article 6 of the GDPR: consent, contract, legal_obligation, vital_interests, public_task, legitimate_interests.';

CREATE DOMAIN compliance.request_type AS text
    CONSTRAINT request_type_check CHECK (VALUE IN (
        'access', 'portability', 'rectification', 'erasure', 'restriction', 'objection', 'opt_out_of_sale'
    ));
COMMENT ON DOMAIN compliance.request_type IS 'What a person demands about the own data: access (a copy to read), portability (a copy for programs), rectification, erasure, restriction, objection, opt_out_of_sale.';

CREATE DOMAIN compliance.request_status AS text
    CONSTRAINT request_status_check CHECK (VALUE IN (
        'received', 'verifying', 'processing', 'completed', 'rejected', 'cancelled'
    ));
COMMENT ON DOMAIN compliance.request_status IS 'State of a request: received, verifying (who asks), processing, completed, rejected, cancelled (by who asked).';

CREATE DOMAIN compliance.export_format AS text
    CONSTRAINT export_format_check CHECK (VALUE IN ('json', 'csv', 'xml', 'pdf', 'zip'));
COMMENT ON DOMAIN compliance.export_format IS 'Format of exported data: json, csv, xml, pdf, zip.';

CREATE DOMAIN compliance.rights_entry_type AS text
    CONSTRAINT rights_entry_type_check CHECK (VALUE IN (
        'granted', 'extended', 'changed', 'transferred', 'revoked', 'expired', 'corrected'
    ));
COMMENT ON DOMAIN compliance.rights_entry_type IS 'What happened to a right: granted, extended (in time), changed (other terms), transferred (to another holder), revoked, expired, corrected (an earlier entry was wrong).';
