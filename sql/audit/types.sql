CREATE DOMAIN audit.ledger AS text
    CONSTRAINT ledger_check CHECK (VALUE IN ('audit_logs', 'record_versions', 'security_events'));
COMMENT ON DOMAIN audit.ledger IS 'A table whose rows are chained: audit_logs, record_versions, security_events.';

CREATE DOMAIN audit.digest AS bytea
    CONSTRAINT digest_check CHECK (octet_length(VALUE) = 32);
COMMENT ON DOMAIN audit.digest IS 'SHA-256 of a row and of the digest before it: 32 bytes.';

CREATE DOMAIN audit.category AS text
    CONSTRAINT category_check CHECK (VALUE IN ('activity', 'access', 'configuration', 'security', 'compliance', 'system'));
COMMENT ON DOMAIN audit.category IS 'What an entry is about: activity (daily work), access (data was read or exported), configuration, security, compliance (consent, erasure, legal hold), system (maintenance).';

CREATE DOMAIN audit.actor_kind AS text
    CONSTRAINT actor_kind_check CHECK (VALUE IN ('user', 'api_key', 'program', 'database'));
COMMENT ON DOMAIN audit.actor_kind IS 'Who acted: user, api_key, program (a job, workflow or integration), database (someone with a direct connection).';

CREATE DOMAIN audit.outcome AS text
    CONSTRAINT outcome_check CHECK (VALUE IN ('success', 'failure', 'denied'));
COMMENT ON DOMAIN audit.outcome IS 'What came of it: success, failure (it was tried), denied (it was not allowed).';

CREATE DOMAIN audit.operation AS text
    CONSTRAINT operation_check CHECK (VALUE IN ('insert', 'update', 'delete', 'truncate'));
COMMENT ON DOMAIN audit.operation IS 'How a table was changed: insert, update, delete, truncate.';

CREATE DOMAIN audit.severity AS text
    CONSTRAINT severity_check CHECK (VALUE IN ('info', 'warning', 'critical'));
COMMENT ON DOMAIN audit.severity IS 'How much something matters: info, warning, critical.';

CREATE DOMAIN audit.security_event_kind AS text
    CONSTRAINT security_event_kind_check CHECK (VALUE IN (
        'login', 'logout', 'session_revoked', 'token_reused', 'account_locked', 'account_unlocked',
        'password_changed', 'password_reset_requested', 'email_changed', 'second_factor_changed',
        'role_changed', 'member_added', 'member_removed', 'api_key_created', 'api_key_revoked',
        'credential_accessed', 'credential_rotated', 'permission_denied', 'isolation_violation',
        'rate_limited', 'signature_invalid', 'data_exported', 'ledger_tampered', 'other'
    ));
COMMENT ON DOMAIN audit.security_event_kind IS 'What happened: login, logout, session_revoked, token_reused (a refresh token came twice), account_locked, account_unlocked, password_changed, password_reset_requested, email_changed, second_factor_changed, role_changed, member_added, member_removed, api_key_created, api_key_revoked, credential_accessed, credential_rotated, permission_denied, isolation_violation (another organization''s data was asked for), rate_limited, signature_invalid (of a webhook), data_exported, ledger_tampered (a chain does not hold), other.';
