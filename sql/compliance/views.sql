-- A request is no decision, so it leaves the one before it in force. The columns that the rows
-- are told apart by are all put out, so that a condition on them reaches the table's index.
CREATE VIEW compliance.current_consents WITH (security_invoker = true) AS
SELECT DISTINCT ON (c.organization_id, c.contact_id, c.subject_hash, c.purpose, c.channel)
    c.organization_id,
    c.contact_id,
    c.subject_hash,
    c.purpose,
    c.channel,
    c.status,
    (c.status = 'granted' AND coalesce(c.expires_at > now(), true)) AS is_effective,
    c.legal_basis,
    c.method,
    c.policy_version,
    c.occurred_at,
    c.expires_at,
    c.id AS consent_record_id
FROM compliance.consent_records AS c
WHERE c.status <> 'requested' AND c.occurred_at <= now()
ORDER BY c.organization_id, c.contact_id, c.subject_hash, c.purpose, c.channel, c.occurred_at DESC, c.created_at DESC, c.id DESC;
COMMENT ON VIEW compliance.current_consents IS 'The decision that holds now, per person, purpose and channel (NULL: all channels): the latest one of the ledger. is_effective: granted and not expired.';
