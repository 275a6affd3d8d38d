-- A request is no decision, so it leaves the one before it in force. The columns that the rows
-- are told apart by are all put out, so that a condition on them reaches the table's index. What a
-- withdrawal covers is told by two conditions, each by an index of its own.
CREATE VIEW compliance.current_consents WITH (security_invoker = true) AS
SELECT
    d.organization_id,
    d.contact_id,
    d.subject_hash,
    d.purpose,
    d.channel,
    d.status,
    (
        d.status = 'granted'
        AND coalesce(d.expires_at > now(), true)
        AND NOT EXISTS (
            SELECT FROM compliance.consent_records AS w
            WHERE w.organization_id = d.organization_id
                AND w.contact_id = d.contact_id
                AND w.subject_hash IS NULL
                AND w.purpose = d.purpose
                AND (w.channel IS NULL OR w.channel = d.channel)
                AND w.status IN ('denied', 'withdrawn')
                AND w.occurred_at <= now()
                AND (w.occurred_at, w.created_at, w.id) > (d.occurred_at, d.created_at, d.id)
        )
        AND NOT EXISTS (
            SELECT FROM compliance.consent_records AS w
            WHERE w.organization_id = d.organization_id
                AND w.subject_hash = d.subject_hash
                AND w.purpose = d.purpose
                AND (w.channel IS NULL OR w.channel = d.channel)
                AND w.status IN ('denied', 'withdrawn')
                AND w.occurred_at <= now()
                AND (w.occurred_at, w.created_at, w.id) > (d.occurred_at, d.created_at, d.id)
        )
    ) AS is_effective,
    d.legal_basis,
    d.method,
    d.policy_version,
    d.occurred_at,
    d.expires_at,
    d.id AS consent_record_id
FROM (
    SELECT DISTINCT ON (c.organization_id, c.contact_id, c.subject_hash, c.purpose, c.channel)
        c.id, c.organization_id, c.contact_id, c.subject_hash, c.purpose, c.channel, c.status, c.legal_basis,
        c.method, c.policy_version, c.occurred_at, c.expires_at, c.created_at
    FROM compliance.consent_records AS c
    WHERE c.status <> 'requested' AND c.occurred_at <= now()
    ORDER BY c.organization_id, c.contact_id, c.subject_hash, c.purpose, c.channel, c.occurred_at DESC, c.created_at DESC, c.id DESC
) AS d;
COMMENT ON VIEW compliance.current_consents IS 'The decision that holds now, per person, address, purpose and channel (NULL: all): the latest one of the ledger. Of several that cover what is asked for, such as one for all channels and one for e-mail, the latest holds.';
COMMENT ON COLUMN compliance.current_consents.organization_id IS 'The organization that the decision was given to.';
COMMENT ON COLUMN compliance.current_consents.contact_id IS 'Contact whose decision it is; NULL: known by the digest alone.';
COMMENT ON COLUMN compliance.current_consents.subject_hash IS 'Digest of the address that the decision is for; NULL: for all of the contact''s.';
COMMENT ON COLUMN compliance.current_consents.purpose IS 'What the data may be used for, in the tenant''s words.';
COMMENT ON COLUMN compliance.current_consents.channel IS 'Channel that it is for; NULL: all.';
COMMENT ON COLUMN compliance.current_consents.status IS 'What was decided last; never requested, which is no decision.';
COMMENT ON COLUMN compliance.current_consents.is_effective IS 'Whether it is a grant that has neither expired nor been followed by a denial or withdrawal that covers it: for the same purpose, for its channel or all of them, for all of the contact''s addresses or for the same address, whosever it is.';
COMMENT ON COLUMN compliance.current_consents.legal_basis IS 'Ground on which the data is processed.';
COMMENT ON COLUMN compliance.current_consents.method IS 'How it was given or withdrawn.';
COMMENT ON COLUMN compliance.current_consents.policy_version IS 'Version of the privacy policy that was shown.';
COMMENT ON COLUMN compliance.current_consents.occurred_at IS 'When the person said so.';
COMMENT ON COLUMN compliance.current_consents.expires_at IS 'Until when a grant is good; NULL: until withdrawn.';
COMMENT ON COLUMN compliance.current_consents.consent_record_id IS 'Row of compliance.consent_records that holds it.';
