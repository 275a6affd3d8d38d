CREATE UNIQUE INDEX organizations_slug_key ON tenancy.organizations (slug) WHERE deleted_at IS NULL;
CREATE INDEX organizations_plan_idx ON tenancy.organizations (plan_id);
CREATE INDEX organizations_subscription_status_idx ON tenancy.organizations (subscription_status) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX users_email_norm_key ON tenancy.users (email_norm) WHERE deleted_at IS NULL;

CREATE INDEX organization_members_user_idx ON tenancy.organization_members (user_id, organization_id);
CREATE INDEX organization_members_organization_role_idx ON tenancy.organization_members (organization_id, role) WHERE status = 'active';
CREATE INDEX organization_members_organization_invited_by_idx ON tenancy.organization_members (organization_id, invited_by);

-- Of a user, not of an organization: these lead with the user. Those on expires_at are for the purge.
CREATE INDEX sessions_user_organization_idx ON tenancy.sessions (user_id, organization_id);
CREATE INDEX sessions_expires_at_idx ON tenancy.sessions (expires_at);

CREATE INDEX refresh_tokens_session_idx ON tenancy.refresh_tokens (session_id, user_id);
CREATE INDEX refresh_tokens_user_idx ON tenancy.refresh_tokens (user_id);
CREATE INDEX refresh_tokens_family_idx ON tenancy.refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expires_at_idx ON tenancy.refresh_tokens (expires_at);

CREATE UNIQUE INDEX verification_codes_user_purpose_key ON tenancy.verification_codes (user_id, purpose) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX verification_codes_user_idx ON tenancy.verification_codes (user_id);
CREATE INDEX verification_codes_expires_at_idx ON tenancy.verification_codes (expires_at);

CREATE UNIQUE INDEX password_resets_user_key ON tenancy.password_resets (user_id) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX password_resets_user_idx ON tenancy.password_resets (user_id);
CREATE INDEX password_resets_expires_at_idx ON tenancy.password_resets (expires_at);

CREATE UNIQUE INDEX invitations_organization_email_norm_key ON tenancy.invitations (organization_id, email_norm) WHERE accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_organization_invited_by_idx ON tenancy.invitations (organization_id, invited_by);
CREATE INDEX invitations_organization_accepted_by_idx ON tenancy.invitations (organization_id, accepted_by);

CREATE UNIQUE INDEX api_keys_organization_name_norm_key ON tenancy.api_keys (organization_id, name_norm) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_organization_created_by_idx ON tenancy.api_keys (organization_id, created_by);
CREATE INDEX api_keys_organization_revoked_by_idx ON tenancy.api_keys (organization_id, revoked_by);

CREATE INDEX idempotency_keys_expires_at_idx ON tenancy.idempotency_keys (expires_at);
