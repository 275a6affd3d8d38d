CREATE DOMAIN tenancy.user_role AS text
    CONSTRAINT user_role_check CHECK (VALUE IN ('owner', 'admin', 'manager', 'member', 'viewer'));
COMMENT ON DOMAIN tenancy.user_role IS 'What a member may do in an organization, most first: owner, admin, manager, member, viewer.';

CREATE DOMAIN tenancy.member_status AS text
    CONSTRAINT member_status_check CHECK (VALUE IN ('invited', 'active', 'suspended', 'removed'));
COMMENT ON DOMAIN tenancy.member_status IS 'State of a membership: invited (not accepted yet), active, suspended (for now), removed (kept for what the member wrote). Only active members act.';

CREATE DOMAIN tenancy.subscription_status AS text
    CONSTRAINT subscription_status_check CHECK (VALUE IN (
        'trialing', 'active', 'past_due', 'unpaid', 'paused', 'cancelled', 'expired'
    ));
COMMENT ON DOMAIN tenancy.subscription_status IS 'State of an organization''s subscription: trialing, active, past_due (a payment is late), unpaid, paused, cancelled, expired.';

CREATE DOMAIN tenancy.verification_purpose AS text
    CONSTRAINT verification_purpose_check CHECK (VALUE IN (
        'email_verification', 'email_change', 'phone_verification', 'login', 'second_factor'
    ));
COMMENT ON DOMAIN tenancy.verification_purpose IS 'What a code proves: email_verification, email_change, phone_verification, login, second_factor.';

-- As tokens write them: case matters (RFC 7515, section 4.1.1).
CREATE DOMAIN tenancy.token_algorithm AS text
    CONSTRAINT token_algorithm_check CHECK (VALUE IN ('HS256', 'EdDSA'));
COMMENT ON DOMAIN tenancy.token_algorithm IS 'How a token is signed: HS256 (HMAC with SHA-256, one secret for both sides), EdDSA (Ed25519, a key to sign and a public one to verify).';

-- Digests only, so that who reads the table, or a backup of it, can sign in as nobody.
CREATE DOMAIN tenancy.token_hash AS bytea
    CONSTRAINT token_hash_check CHECK (octet_length(VALUE) BETWEEN 32 AND 64);
COMMENT ON DOMAIN tenancy.token_hash IS 'Digest of a secret, 32 to 64 bytes (SHA-256 to SHA-512, plain or HMAC); never the secret itself.';

CREATE DOMAIN tenancy.organization_settings AS jsonb;
COMMENT ON DOMAIN tenancy.organization_settings IS 'Settings of an organization: a JSON object. Known keys, all optional: timezone, language (strings); features {ai_enabled, api_access, saml_enabled} (booleans); branding {logo_url, primary_color} (strings).';
