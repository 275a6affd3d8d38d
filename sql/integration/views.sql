-- An access token is renewed by a program every hour or so: its expiry is no task for people.
CREATE VIEW integration.rotation_due WITH (security_invoker = true) AS
SELECT
    c.organization_id,
    c.id AS credential_id,
    c.integration_id,
    c.webhook_id,
    c.kind,
    c.name,
    c.hint,
    c.key_id,
    c.created_at,
    c.last_used_at,
    c.rotation_due_at,
    c.expires_at,
    d.due_at,
    (d.due_at <= now()) AS is_overdue
FROM integration.integration_credentials AS c
CROSS JOIN LATERAL (
    SELECT least(c.rotation_due_at, CASE WHEN c.kind <> 'access_token' THEN c.expires_at END) AS due_at
) AS d
WHERE c.replaced_at IS NULL
    AND c.revoked_at IS NULL
    AND d.due_at <= now() + interval '7 days';
COMMENT ON VIEW integration.rotation_due IS 'Credentials of the current organization that are to be replaced within 7 days or should have been: by rotation_due_at, or because they expire (access tokens excepted). is_overdue: the time has passed.';
COMMENT ON COLUMN integration.rotation_due.organization_id IS 'The organization whose credential it is.';
COMMENT ON COLUMN integration.rotation_due.credential_id IS 'Row of integration.integration_credentials.';
COMMENT ON COLUMN integration.rotation_due.integration_id IS 'Integration that it is for; NULL: a webhook''s.';
COMMENT ON COLUMN integration.rotation_due.webhook_id IS 'Webhook that it is for; NULL: an integration''s.';
COMMENT ON COLUMN integration.rotation_due.kind IS 'What it is.';
COMMENT ON COLUMN integration.rotation_due.name IS 'Tells several of a kind apart.';
COMMENT ON COLUMN integration.rotation_due.hint IS 'End of the secret, by which people know it again.';
COMMENT ON COLUMN integration.rotation_due.key_id IS 'Name of the key that it is encrypted with.';
COMMENT ON COLUMN integration.rotation_due.created_at IS 'When it was entered.';
COMMENT ON COLUMN integration.rotation_due.last_used_at IS 'When it was last used; NULL: never.';
COMMENT ON COLUMN integration.rotation_due.rotation_due_at IS 'When it is to be replaced by its rule; NULL: no date.';
COMMENT ON COLUMN integration.rotation_due.expires_at IS 'Until when it is good; NULL: not known, or for ever.';
COMMENT ON COLUMN integration.rotation_due.due_at IS 'When it must be replaced at the latest: the earlier of the two, of an access token rotation_due_at.';
COMMENT ON COLUMN integration.rotation_due.is_overdue IS 'Whether that time has passed.';
