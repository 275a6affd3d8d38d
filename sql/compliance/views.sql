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
COMMENT ON COLUMN compliance.current_consents.organization_id IS 'The organization that the decision was given to.';
COMMENT ON COLUMN compliance.current_consents.contact_id IS 'Contact whose decision it is; NULL: known by the digest alone.';
COMMENT ON COLUMN compliance.current_consents.subject_hash IS 'Digest of the address that the decision is for; NULL: for all of the contact''s.';
COMMENT ON COLUMN compliance.current_consents.purpose IS 'What the data may be used for, in the tenant''s words.';
COMMENT ON COLUMN compliance.current_consents.channel IS 'Channel that it is for; NULL: all.';
COMMENT ON COLUMN compliance.current_consents.status IS 'What was decided last; never requested, which is no decision.';
COMMENT ON COLUMN compliance.current_consents.is_effective IS 'Whether it is a grant that has not expired.';
COMMENT ON COLUMN compliance.current_consents.legal_basis IS 'Ground on which the data is processed.';
COMMENT ON COLUMN compliance.current_consents.method IS 'How it was given or withdrawn.';
COMMENT ON COLUMN compliance.current_consents.policy_version IS 'Version of the privacy policy that was shown.';
COMMENT ON COLUMN compliance.current_consents.occurred_at IS 'When the person said so.';
COMMENT ON COLUMN compliance.current_consents.expires_at IS 'Until when a grant is good; NULL: until withdrawn.';
COMMENT ON COLUMN compliance.current_consents.consent_record_id IS 'Row of compliance.consent_records that holds it.';
