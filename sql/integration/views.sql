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
