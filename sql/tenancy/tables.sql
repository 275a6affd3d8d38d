CREATE TABLE tenancy.organizations (
    id uuid NOT NULL,
    name varchar(255) NOT NULL,
    slug varchar(100) NOT NULL,
    plan_id uuid,
    subscription_status tenancy.subscription_status NOT NULL DEFAULT 'active',
    trial_ends_at timestamptz,
    billing_email varchar(255),
    settings tenancy.organization_settings NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT organizations_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$'),
    CONSTRAINT organizations_trial_ends_at_check CHECK (subscription_status <> 'trialing' OR trial_ends_at IS NOT NULL),
    CONSTRAINT organizations_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE tenancy.organizations IS 'The tenants. Every row of a tenant names its organization and is seen by no other.';
COMMENT ON COLUMN tenancy.organizations.name IS 'Name for people.';
COMMENT ON COLUMN tenancy.organizations.slug IS 'Name in addresses: lower-case letters, digits, inside also . _ -; unique among live organizations.';
COMMENT ON COLUMN tenancy.organizations.plan_id IS 'Plan that the organization subscribes to, as a copy for reading.';
COMMENT ON COLUMN tenancy.organizations.subscription_status IS 'State of the subscription, as a copy for reading.';
COMMENT ON COLUMN tenancy.organizations.trial_ends_at IS 'When the trial ends or ended; given where it is trialing.';
COMMENT ON COLUMN tenancy.organizations.billing_email IS 'Where invoices go; valid by crm.is_valid_email.';
COMMENT ON COLUMN tenancy.organizations.settings IS 'Settings that the organization chose.';
COMMENT ON COLUMN tenancy.organizations.metadata IS 'What programs keep with the organization; a JSON object.';

CREATE TABLE tenancy.users (
    id uuid NOT NULL,
    email varchar(255) NOT NULL,
    name varchar(255),
    phone varchar(50),
    avatar_url text,
    language text,
    time_zone text,
    settings jsonb NOT NULL DEFAULT '{}',
    email_verified_at timestamptz,
    last_login_at timestamptz,
    login_count integer NOT NULL DEFAULT 0,
    disabled_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT users_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    CONSTRAINT users_settings_check CHECK (jsonb_typeof(settings) = 'object'),
    CONSTRAINT users_login_count_check CHECK (login_count >= 0),
    CONSTRAINT users_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE tenancy.users IS 'People who sign in, whichever organizations they are members of. What proves who they are is in tenancy.user_credentials.';
COMMENT ON COLUMN tenancy.users.email IS 'E-mail address as entered, by which the user signs in; valid by crm.is_valid_email.';
COMMENT ON COLUMN tenancy.users.name IS 'Name for people.';
COMMENT ON COLUMN tenancy.users.phone IS 'Telephone number in international form; possible by crm.is_possible_phone.';
COMMENT ON COLUMN tenancy.users.avatar_url IS 'Where the user''s picture is.';
COMMENT ON COLUMN tenancy.users.language IS 'Language to address the user in: a BCP 47 tag, e.g. en, pt-BR.';
COMMENT ON COLUMN tenancy.users.time_zone IS 'Time zone of the user: an IANA name, e.g. Europe/Berlin.';
COMMENT ON COLUMN tenancy.users.settings IS 'Settings that the user chose; a JSON object.';
COMMENT ON COLUMN tenancy.users.email_verified_at IS 'When the user proved to own the address; NULL: not yet.';
COMMENT ON COLUMN tenancy.users.last_login_at IS 'When the user last signed in; NULL: never.';
COMMENT ON COLUMN tenancy.users.login_count IS 'How often the user signed in; not negative.';
COMMENT ON COLUMN tenancy.users.disabled_at IS 'Since when the user may not sign in; NULL: may.';
COMMENT ON COLUMN tenancy.users.metadata IS 'What programs keep with the user; a JSON object.';

CREATE TABLE tenancy.organization_members (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role tenancy.user_role NOT NULL DEFAULT 'member',
    status tenancy.member_status NOT NULL DEFAULT 'active',
    title varchar(255),
    invited_by uuid,
    joined_at timestamptz,
    removed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT organization_members_pkey PRIMARY KEY (organization_id, user_id),
    CONSTRAINT organization_members_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT organization_members_user_fkey FOREIGN KEY (user_id)
        REFERENCES tenancy.users (id) ON DELETE CASCADE,
    CONSTRAINT organization_members_invited_by_fkey FOREIGN KEY (invited_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (invited_by),
    CONSTRAINT organization_members_invited_by_check CHECK (invited_by <> user_id),
    CONSTRAINT organization_members_joined_at_check CHECK (joined_at IS NULL OR status <> 'invited'),
    CONSTRAINT organization_members_removed_at_check CHECK (removed_at IS NULL OR status = 'removed')
);
COMMENT ON TABLE tenancy.organization_members IS 'Which users act in which organizations, and as what. What a member wrote or owns refers to this row, so it is kept, as removed, when the member leaves.';
COMMENT ON COLUMN tenancy.organization_members.user_id IS 'The user.';
COMMENT ON COLUMN tenancy.organization_members.role IS 'What the member may do.';
COMMENT ON COLUMN tenancy.organization_members.status IS 'State of the membership; only an active member acts.';
COMMENT ON COLUMN tenancy.organization_members.title IS 'What the member does in the organization, in its own words.';
COMMENT ON COLUMN tenancy.organization_members.invited_by IS 'Member who invited this one.';
COMMENT ON COLUMN tenancy.organization_members.joined_at IS 'When the user joined; NULL while invited.';
COMMENT ON COLUMN tenancy.organization_members.removed_at IS 'When the member left or was removed.';

CREATE TABLE tenancy.user_credentials (
    user_id uuid NOT NULL,
    password_hash text NOT NULL,
    password_changed_at timestamptz NOT NULL DEFAULT now(),
    must_change_password boolean NOT NULL DEFAULT false,
    failed_attempts integer NOT NULL DEFAULT 0,
    last_failed_at timestamptz,
    locked_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_credentials_user_fkey FOREIGN KEY (user_id)
        REFERENCES tenancy.users (id) ON DELETE CASCADE,
    -- The form that argon2, scrypt, pbkdf2 and bcrypt share; a password in plain text has not.
    CONSTRAINT user_credentials_password_hash_check CHECK (password_hash ~ '^\$[a-z0-9-]+\$[^\s]+$' AND length(password_hash) BETWEEN 30 AND 500),
    CONSTRAINT user_credentials_failed_attempts_check CHECK (failed_attempts >= 0),
    CONSTRAINT user_credentials_last_failed_at_check CHECK (failed_attempts = 0 OR last_failed_at IS NOT NULL)
);
COMMENT ON TABLE tenancy.user_credentials IS 'Passwords of users, as hashes. A user without a row signs in by other means.';
COMMENT ON COLUMN tenancy.user_credentials.user_id IS 'The user.';
COMMENT ON COLUMN tenancy.user_credentials.password_hash IS 'Salted hash in the PHC form ($argon2id$...), or bcrypt''s ($2b$...); never a password.';
COMMENT ON COLUMN tenancy.user_credentials.password_changed_at IS 'When the password was set.';
COMMENT ON COLUMN tenancy.user_credentials.must_change_password IS 'Whether the user has to choose another one at the next sign-in.';
COMMENT ON COLUMN tenancy.user_credentials.failed_attempts IS 'Wrong passwords since the last right one; not negative.';
COMMENT ON COLUMN tenancy.user_credentials.last_failed_at IS 'When the last wrong password came.';
COMMENT ON COLUMN tenancy.user_credentials.locked_until IS 'Until when no password is tried; NULL: not locked.';

CREATE TABLE tenancy.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid,
    token_hash tenancy.token_hash NOT NULL,
    assurance_level smallint NOT NULL DEFAULT 1,
    ip_address inet,
    user_agent text,
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    idle_timeout interval,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_reason varchar(100),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    -- What refresh tokens refer to, so that one cannot be of another user than its session.
    CONSTRAINT sessions_id_user_key UNIQUE (id, user_id),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id)
        REFERENCES tenancy.users (id) ON DELETE CASCADE,
    CONSTRAINT sessions_member_fkey FOREIGN KEY (user_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (organization_id),
    CONSTRAINT sessions_assurance_level_check CHECK (assurance_level BETWEEN 1 AND 3),
    CONSTRAINT sessions_idle_timeout_check CHECK (idle_timeout > '0'),
    CONSTRAINT sessions_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT sessions_revoked_check CHECK (revoked_at IS NOT NULL OR revoked_reason IS NULL)
);
COMMENT ON TABLE tenancy.sessions IS 'Sign-ins of users. A session is live until it expires, is revoked, or is idle for too long.';
COMMENT ON COLUMN tenancy.sessions.user_id IS 'User who signed in.';
COMMENT ON COLUMN tenancy.sessions.organization_id IS 'Organization that the user works in just now, being a member of it; NULL: none chosen.';
COMMENT ON COLUMN tenancy.sessions.token_hash IS 'Digest of the session''s token.';
COMMENT ON COLUMN tenancy.sessions.assurance_level IS 'How surely the user is known: 1 (one factor) to 3 (a hardware key), as in NIST SP 800-63B.';
COMMENT ON COLUMN tenancy.sessions.ip_address IS 'Address that the user signed in from.';
COMMENT ON COLUMN tenancy.sessions.user_agent IS 'Program that the user signed in with.';
COMMENT ON COLUMN tenancy.sessions.last_seen_at IS 'When the session was last used.';
COMMENT ON COLUMN tenancy.sessions.idle_timeout IS 'How long it may go unused; NULL: until it expires.';
COMMENT ON COLUMN tenancy.sessions.expires_at IS 'When it ends, used or not; after created_at.';
COMMENT ON COLUMN tenancy.sessions.revoked_at IS 'When it was ended early; NULL: was not.';
COMMENT ON COLUMN tenancy.sessions.revoked_reason IS 'Why it was ended early, e.g. signed_out, token_reused.';

CREATE TABLE tenancy.refresh_tokens (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    family_id uuid NOT NULL,
    parent_id uuid,
    token_hash tenancy.token_hash NOT NULL,
    used_at timestamptz,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT refresh_tokens_family_key UNIQUE (id, family_id),
    CONSTRAINT refresh_tokens_token_hash_key UNIQUE (token_hash),
    -- A token is exchanged once: of two exchanges at the same time one fails here.
    CONSTRAINT refresh_tokens_parent_key UNIQUE (parent_id, family_id),
    CONSTRAINT refresh_tokens_user_fkey FOREIGN KEY (user_id)
        REFERENCES tenancy.users (id) ON DELETE CASCADE,
    CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (session_id, user_id)
        REFERENCES tenancy.sessions (id, user_id) ON DELETE CASCADE,
    CONSTRAINT refresh_tokens_parent_fkey FOREIGN KEY (parent_id, family_id)
        REFERENCES tenancy.refresh_tokens (id, family_id) ON DELETE SET NULL (parent_id),
    CONSTRAINT refresh_tokens_parent_check CHECK (parent_id <> id),
    CONSTRAINT refresh_tokens_used_at_check CHECK (used_at >= created_at),
    CONSTRAINT refresh_tokens_expires_at_check CHECK (expires_at > created_at)
);
COMMENT ON TABLE tenancy.refresh_tokens IS 'Tokens that prolong a session, each exchanged for the next. One that comes a second time was stolen: then its whole family is revoked.';
COMMENT ON COLUMN tenancy.refresh_tokens.user_id IS 'User of the session.';
COMMENT ON COLUMN tenancy.refresh_tokens.session_id IS 'Session that the token prolongs.';
COMMENT ON COLUMN tenancy.refresh_tokens.family_id IS 'What all tokens share that came from one sign-in by exchange.';
COMMENT ON COLUMN tenancy.refresh_tokens.parent_id IS 'Token that this one was exchanged for, of the same family; NULL: the first, or its parent was purged.';
COMMENT ON COLUMN tenancy.refresh_tokens.token_hash IS 'Digest of the token.';
COMMENT ON COLUMN tenancy.refresh_tokens.used_at IS 'When it was exchanged; NULL: not yet.';
COMMENT ON COLUMN tenancy.refresh_tokens.expires_at IS 'Until when it can be exchanged; after created_at.';
COMMENT ON COLUMN tenancy.refresh_tokens.revoked_at IS 'When it was made void; NULL: was not.';

CREATE TABLE tenancy.verification_codes (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    purpose tenancy.verification_purpose NOT NULL,
    destination varchar(255) NOT NULL,
    code_hash tenancy.token_hash NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT verification_codes_pkey PRIMARY KEY (id),
    CONSTRAINT verification_codes_user_fkey FOREIGN KEY (user_id)
        REFERENCES tenancy.users (id) ON DELETE CASCADE,
    CONSTRAINT verification_codes_destination_check CHECK (btrim(destination) <> ''),
    CONSTRAINT verification_codes_max_attempts_check CHECK (max_attempts > 0),
    CONSTRAINT verification_codes_attempts_check CHECK (attempts BETWEEN 0 AND max_attempts),
    CONSTRAINT verification_codes_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT verification_codes_used_at_check CHECK (used_at >= created_at AND used_at <= expires_at),
    CONSTRAINT verification_codes_outcome_check CHECK (num_nonnulls(used_at, revoked_at) <= 1)
);
COMMENT ON TABLE tenancy.verification_codes IS 'Short codes that were sent to a user to be typed in. At most one per user and purpose is neither used nor revoked.';
COMMENT ON COLUMN tenancy.verification_codes.user_id IS 'User whom the code was sent to.';
COMMENT ON COLUMN tenancy.verification_codes.purpose IS 'What it proves.';
COMMENT ON COLUMN tenancy.verification_codes.destination IS 'Address or number that it was sent to.';
COMMENT ON COLUMN tenancy.verification_codes.code_hash IS 'Keyed digest (HMAC) of the code, which is too short for a plain one.';
COMMENT ON COLUMN tenancy.verification_codes.attempts IS 'How often it was tried, right or wrong; 0 to max_attempts.';
COMMENT ON COLUMN tenancy.verification_codes.max_attempts IS 'How often it may be tried; positive.';
COMMENT ON COLUMN tenancy.verification_codes.expires_at IS 'Until when it is good; after created_at.';
COMMENT ON COLUMN tenancy.verification_codes.used_at IS 'When it was typed in rightly; NULL: not yet.';
COMMENT ON COLUMN tenancy.verification_codes.revoked_at IS 'When it was made void, e.g. by a newer one; NULL: was not.';

CREATE TABLE tenancy.password_resets (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_hash tenancy.token_hash NOT NULL,
    ip_address inet,
    user_agent text,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT password_resets_pkey PRIMARY KEY (id),
    CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash),
    CONSTRAINT password_resets_user_fkey FOREIGN KEY (user_id)
        REFERENCES tenancy.users (id) ON DELETE CASCADE,
    CONSTRAINT password_resets_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT password_resets_used_at_check CHECK (used_at >= created_at AND used_at <= expires_at),
    CONSTRAINT password_resets_outcome_check CHECK (num_nonnulls(used_at, revoked_at) <= 1)
);
COMMENT ON TABLE tenancy.password_resets IS 'Links by which a user sets a new password, each good once. At most one per user is neither used nor revoked.';
COMMENT ON COLUMN tenancy.password_resets.user_id IS 'User whose password it sets.';
COMMENT ON COLUMN tenancy.password_resets.token_hash IS 'Digest of the link''s token.';
COMMENT ON COLUMN tenancy.password_resets.ip_address IS 'Address that it was asked for from.';
COMMENT ON COLUMN tenancy.password_resets.user_agent IS 'Program that it was asked for with.';
COMMENT ON COLUMN tenancy.password_resets.expires_at IS 'Until when it is good; after created_at.';
COMMENT ON COLUMN tenancy.password_resets.used_at IS 'When the password was set with it; NULL: not yet.';
COMMENT ON COLUMN tenancy.password_resets.revoked_at IS 'When it was made void, e.g. by a newer one; NULL: was not.';

-- Invitations and API keys are looked up by their secret before the organization is known, so
-- their keys hold the organization but do not begin with it.
CREATE TABLE tenancy.invitations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    email varchar(255) NOT NULL,
    role tenancy.user_role NOT NULL DEFAULT 'member',
    token_hash tenancy.token_hash NOT NULL,
    message text,
    invited_by uuid,
    accepted_by uuid,
    expires_at timestamptz NOT NULL DEFAULT now() + interval '7 days',
    accepted_at timestamptz,
    declined_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT invitations_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT invitations_token_hash_key UNIQUE (token_hash, organization_id),
    CONSTRAINT invitations_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT invitations_invited_by_fkey FOREIGN KEY (invited_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (invited_by),
    CONSTRAINT invitations_accepted_by_fkey FOREIGN KEY (accepted_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (accepted_by),
    CONSTRAINT invitations_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT invitations_accepted_at_check CHECK (accepted_at <= expires_at),
    CONSTRAINT invitations_accepted_by_check CHECK (accepted_by IS NULL OR accepted_at IS NOT NULL),
    CONSTRAINT invitations_outcome_check CHECK (num_nonnulls(accepted_at, declined_at, revoked_at) <= 1)
);
COMMENT ON TABLE tenancy.invitations IS 'Invitations to become a member. At most one per organization and address is open: neither accepted, declined nor revoked.';
COMMENT ON COLUMN tenancy.invitations.email IS 'Address of whom is invited; valid by crm.is_valid_email.';
COMMENT ON COLUMN tenancy.invitations.role IS 'Role that the new member gets.';
COMMENT ON COLUMN tenancy.invitations.token_hash IS 'Digest of the invitation''s token.';
COMMENT ON COLUMN tenancy.invitations.message IS 'What the inviting member wrote.';
COMMENT ON COLUMN tenancy.invitations.invited_by IS 'Member who invites.';
COMMENT ON COLUMN tenancy.invitations.accepted_by IS 'Member that came of it.';
COMMENT ON COLUMN tenancy.invitations.expires_at IS 'Until when it can be accepted; after created_at, 7 days by default.';
COMMENT ON COLUMN tenancy.invitations.accepted_at IS 'When it was accepted; NULL: was not.';
COMMENT ON COLUMN tenancy.invitations.declined_at IS 'When it was declined; NULL: was not.';
COMMENT ON COLUMN tenancy.invitations.revoked_at IS 'When the organization took it back; NULL: did not.';

CREATE TABLE tenancy.api_keys (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name varchar(255) NOT NULL,
    name_norm text GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    key_prefix varchar(20) NOT NULL,
    key_hash tenancy.token_hash NOT NULL,
    role tenancy.user_role NOT NULL DEFAULT 'member',
    scopes text[] NOT NULL DEFAULT '{}',
    allowed_networks cidr[] NOT NULL DEFAULT '{}',
    created_by uuid,
    last_used_at timestamptz,
    last_used_ip inet,
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_keys_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash, organization_id),
    CONSTRAINT api_keys_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (created_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (created_by),
    CONSTRAINT api_keys_revoked_by_fkey FOREIGN KEY (revoked_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (revoked_by),
    CONSTRAINT api_keys_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT api_keys_key_prefix_check CHECK (btrim(key_prefix) <> ''),
    CONSTRAINT api_keys_role_check CHECK (role <> 'owner'),
    CONSTRAINT api_keys_scopes_check CHECK (array_position(scopes, NULL) IS NULL),
    CONSTRAINT api_keys_allowed_networks_check CHECK (array_position(allowed_networks, NULL) IS NULL),
    CONSTRAINT api_keys_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT api_keys_revoked_by_check CHECK (revoked_by IS NULL OR revoked_at IS NOT NULL)
);
COMMENT ON TABLE tenancy.api_keys IS 'Keys by which programs act for an organization.';
COMMENT ON COLUMN tenancy.api_keys.name IS 'What the key is for.';
COMMENT ON COLUMN tenancy.api_keys.name_norm IS 'The name in lower case, trimmed; unique among an organization''s keys that are not revoked.';
COMMENT ON COLUMN tenancy.api_keys.key_prefix IS 'Beginning of the key, by which people know it again; no secret.';
COMMENT ON COLUMN tenancy.api_keys.key_hash IS 'Digest of the whole key.';
COMMENT ON COLUMN tenancy.api_keys.role IS 'What the key may do; never as much as an owner.';
COMMENT ON COLUMN tenancy.api_keys.scopes IS 'What it is confined to, in the application''s words; {}: to nothing but its role.';
COMMENT ON COLUMN tenancy.api_keys.allowed_networks IS 'Networks that it may be used from; {}: from anywhere.';
COMMENT ON COLUMN tenancy.api_keys.created_by IS 'Member who made it.';
COMMENT ON COLUMN tenancy.api_keys.last_used_at IS 'When it was last used; NULL: never.';
COMMENT ON COLUMN tenancy.api_keys.last_used_ip IS 'Address that it was last used from.';
COMMENT ON COLUMN tenancy.api_keys.expires_at IS 'Until when it is good; NULL: until revoked.';
COMMENT ON COLUMN tenancy.api_keys.revoked_at IS 'When it was made void; NULL: was not.';
COMMENT ON COLUMN tenancy.api_keys.revoked_by IS 'Member who made it void.';

CREATE TABLE tenancy.idempotency_keys (
    organization_id uuid NOT NULL,
    scope varchar(255) NOT NULL,
    key varchar(255) NOT NULL,
    fingerprint tenancy.token_hash NOT NULL,
    locked_until timestamptz,
    completed_at timestamptz,
    response_status integer,
    response jsonb,
    expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, scope, key),
    CONSTRAINT idempotency_keys_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT idempotency_keys_scope_check CHECK (btrim(scope) <> ''),
    CONSTRAINT idempotency_keys_key_check CHECK (btrim(key) <> ''),
    CONSTRAINT idempotency_keys_response_check CHECK (completed_at IS NOT NULL OR num_nonnulls(response_status, response) = 0),
    CONSTRAINT idempotency_keys_locked_until_check CHECK (completed_at IS NULL OR locked_until IS NULL),
    CONSTRAINT idempotency_keys_expires_at_check CHECK (expires_at > created_at)
);
COMMENT ON TABLE tenancy.idempotency_keys IS 'Requests that were seen, so that one that is sent again gets the first one''s answer and is not done twice.';
COMMENT ON COLUMN tenancy.idempotency_keys.scope IS 'What the key is unique in, besides the organization, e.g. POST /orders.';
COMMENT ON COLUMN tenancy.idempotency_keys.key IS 'The sender''s name of the request.';
COMMENT ON COLUMN tenancy.idempotency_keys.fingerprint IS 'Digest of the request: another request under the same key is the sender''s mistake.';
COMMENT ON COLUMN tenancy.idempotency_keys.locked_until IS 'While it is worked on: when another may take it over; NULL: nobody works on it.';
COMMENT ON COLUMN tenancy.idempotency_keys.completed_at IS 'When it was done; NULL: not yet.';
COMMENT ON COLUMN tenancy.idempotency_keys.response_status IS 'Status of the answer, e.g. of HTTP.';
COMMENT ON COLUMN tenancy.idempotency_keys.response IS 'The answer.';
COMMENT ON COLUMN tenancy.idempotency_keys.expires_at IS 'Until when it is remembered; after created_at, 24 hours by default.';

CREATE TABLE tenancy.display_counters (
    organization_id uuid NOT NULL,
    entity text NOT NULL,
    last_number bigint NOT NULL,
    CONSTRAINT display_counters_pkey PRIMARY KEY (organization_id, entity),
    CONSTRAINT display_counters_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT display_counters_last_number_check CHECK (last_number >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE tenancy.display_counters IS 'The last display_id that each table of an organization has given.';
COMMENT ON COLUMN tenancy.display_counters.entity IS 'The table, schema.name.';
COMMENT ON COLUMN tenancy.display_counters.last_number IS 'The last number given; 0: none yet.';
