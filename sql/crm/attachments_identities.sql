-- Without + and region nobody can judge a number: it is taken if it looks like one.
ALTER TABLE crm.contact_identities ADD CONSTRAINT contact_identities_handle_kind_check CHECK (
    CASE
        WHEN kind = 'email' THEN crm.is_valid_email(handle)
        WHEN kind IN ('phone', 'sms', 'mms', 'whatsapp') THEN
            crm.is_possible_phone(handle, phone_region)
            OR (phone_region IS NULL AND handle ~ '^[0-9() ./-]+$' AND length(translate(handle, '() ./-', '')) BETWEEN 7 AND 15)
        ELSE true
    END
);

-- In no kind does NULL come out, so that the unique key holds for every row.
ALTER TABLE crm.contact_identities ADD COLUMN handle_norm text GENERATED ALWAYS AS (
    CASE
        WHEN kind = 'email' THEN coalesce(crm.normalize_email(handle), lower(btrim(handle)))
        WHEN kind IN ('phone', 'sms', 'mms', 'whatsapp') THEN coalesce(crm.normalize_phone(handle, phone_region), translate(handle, '() ./-', ''))
        ELSE lower(btrim(handle, ' @'))
    END
) STORED;
COMMENT ON COLUMN crm.contact_identities.handle_norm IS 'The handle in normal form: an e-mail address by crm.normalize_email, a number by crm.normalize_phone (digits alone where its country is not known), another handle in lower case without @. Unique per kind among an organization''s live identities.';

ALTER TABLE crm.contact_merges ALTER COLUMN merged_by SET DEFAULT tenancy.current_user_id();
