-- Of no organization: who holds a key can speak for all of them. Only functions read it, with their
-- owner's rights, and only a superuser writes it.
CREATE TABLE tenancy.token_keys (
    key_id text NOT NULL,
    algorithm tenancy.token_algorithm NOT NULL,
    verification_key bytea NOT NULL,
    signing_key bytea,
    issuer text,
    audience text NOT NULL DEFAULT 'pg_crm',
    organization_claim text NOT NULL DEFAULT 'org_id',
    user_claim text NOT NULL DEFAULT 'sub',
    leeway interval NOT NULL DEFAULT '30 seconds',
    valid_from timestamptz NOT NULL DEFAULT now(),
    valid_until timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT token_keys_pkey PRIMARY KEY (key_id),
    CONSTRAINT token_keys_key_id_check CHECK (btrim(key_id) <> '' AND octet_length(key_id) <= 255),
    CONSTRAINT token_keys_verification_key_check CHECK (
        octet_length(verification_key) BETWEEN 32 AND CASE WHEN algorithm = 'EdDSA' THEN 32 ELSE 1024 END),
    CONSTRAINT token_keys_signing_key_check CHECK (
        signing_key IS NULL OR algorithm = 'EdDSA' AND octet_length(signing_key) = 32 AND signing_key <> verification_key),
    CONSTRAINT token_keys_issuer_check CHECK (btrim(issuer) <> '' AND octet_length(issuer) <= 255),
    CONSTRAINT token_keys_audience_check CHECK (btrim(audience) <> '' AND octet_length(audience) <= 255),
    CONSTRAINT token_keys_organization_claim_check CHECK (
        btrim(organization_claim) <> '' AND octet_length(organization_claim) <= 255
        AND organization_claim NOT IN ('iss', 'aud', 'exp', 'nbf', 'iat')),
    CONSTRAINT token_keys_user_claim_check CHECK (
        btrim(user_claim) <> '' AND octet_length(user_claim) <= 255
        AND user_claim NOT IN ('iss', 'aud', 'exp', 'nbf', 'iat', organization_claim)),
    CONSTRAINT token_keys_leeway_check CHECK (
        leeway >= '0' AND leeway <= '5 minutes' AND leeway = date_trunc('second', leeway)),
    CONSTRAINT token_keys_valid_until_check CHECK (valid_until > valid_from)
);
COMMENT ON TABLE tenancy.token_keys IS 'Keys of the signed tokens that tenancy.authenticate() accepts. Several may be valid at once: a new one is made, tokens are signed by it, and the old one is revoked when its last token has expired. Holds secrets, and so does a dump of it.';
COMMENT ON COLUMN tenancy.token_keys.key_id IS 'Name of the key, as a token''s header has it (kid), at most 255 bytes; default is the key of tokens that name none.';
COMMENT ON COLUMN tenancy.token_keys.algorithm IS 'The only algorithm that the key is for; a token that names another one is refused.';
COMMENT ON COLUMN tenancy.token_keys.verification_key IS 'HS256: the shared secret, 32 to 1024 bytes, which also signs. EdDSA: the public key, 32 bytes.';
COMMENT ON COLUMN tenancy.token_keys.signing_key IS 'EdDSA: the seed of the private key, 32 bytes; NULL: tokens are signed elsewhere. HS256: NULL.';
COMMENT ON COLUMN tenancy.token_keys.issuer IS 'What a token''s claim iss must be; NULL: anything or nothing.';
COMMENT ON COLUMN tenancy.token_keys.audience IS 'What a token''s claim aud must be or contain.';
COMMENT ON COLUMN tenancy.token_keys.organization_claim IS 'Name of the claim that holds the organization''s id; every token has it.';
COMMENT ON COLUMN tenancy.token_keys.user_claim IS 'Name of the claim that holds the user''s id; a token without it acts for the organization as such.';
COMMENT ON COLUMN tenancy.token_keys.leeway IS 'By how much the issuer''s clock may differ, in whole seconds, 0 to 5 minutes.';
COMMENT ON COLUMN tenancy.token_keys.valid_from IS 'From when on tokens are signed with it and accepted.';
COMMENT ON COLUMN tenancy.token_keys.valid_until IS 'Until when, whatever its tokens say themselves; NULL: until revoked.';
COMMENT ON COLUMN tenancy.token_keys.revoked_at IS 'When it was made void, and all its tokens with it; NULL: was not.';
