-- Equality on the normal form, not on an expression: only that can use an index under row-level security.
ALTER TABLE tenancy.users ADD COLUMN email_norm text GENERATED ALWAYS AS (crm.normalize_email(email)) STORED;
COMMENT ON COLUMN tenancy.users.email_norm IS 'The e-mail address in normal form, by crm.normalize_email; unique among live users.';

ALTER TABLE tenancy.invitations ADD COLUMN email_norm text GENERATED ALWAYS AS (crm.normalize_email(email)) STORED;
COMMENT ON COLUMN tenancy.invitations.email_norm IS 'The e-mail address in normal form, by crm.normalize_email; unique among an organization''s open invitations.';

ALTER TABLE tenancy.organizations ADD CONSTRAINT organizations_billing_email_check CHECK (billing_email IS NULL OR crm.is_valid_email(billing_email));
ALTER TABLE tenancy.users ADD CONSTRAINT users_email_check CHECK (crm.is_valid_email(email));
ALTER TABLE tenancy.users ADD CONSTRAINT users_phone_check CHECK (phone IS NULL OR crm.is_possible_phone(phone));
ALTER TABLE tenancy.invitations ADD CONSTRAINT invitations_email_check CHECK (crm.is_valid_email(email));

ALTER TABLE tenancy.invitations ALTER COLUMN invited_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE tenancy.api_keys ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();

ALTER DOMAIN tenancy.organization_settings ADD CONSTRAINT organization_settings_check CHECK (VALUE = '{}' OR crm.has_shape(VALUE::text, 'organization_settings', 'organization_settings_check'));
