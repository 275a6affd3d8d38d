-- Open at the end, unlike the channels: a tenant knows its contacts by names in systems that
-- messages do not go through.
CREATE DOMAIN crm.identity_kind AS text
    CONSTRAINT identity_kind_check CHECK (VALUE ~ '^[a-z0-9][a-z0-9_.-]*$' AND length(VALUE) <= 100);
COMMENT ON DOMAIN crm.identity_kind IS 'Where a handle is known: email, phone, a channel (whatsapp, twitter, facebook, instagram, linkedin, telegram), or another system, e.g. github, shop_account; lower case, no spaces, at most 100 characters.';

CREATE DOMAIN crm.merge_method AS text
    CONSTRAINT merge_method_check CHECK (VALUE IN ('manual', 'automatic', 'import'));
COMMENT ON DOMAIN crm.merge_method IS 'Who decided a merge: manual (a member), automatic (a rule), import.';
