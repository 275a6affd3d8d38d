-- As much of the extension's surface as the harness relies on.
CREATE ROLE crm_app;
CREATE ROLE crm_readonly;
CREATE ROLE crm_admin;

CREATE SCHEMA tenancy;
CREATE TABLE tenancy.organizations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    slug text NOT NULL UNIQUE
);
CREATE TABLE tenancy.users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE,
    name text NOT NULL
);
CREATE TABLE tenancy.organization_members (
    organization_id uuid REFERENCES tenancy.organizations (id),
    user_id uuid REFERENCES tenancy.users (id),
    role text NOT NULL,
    PRIMARY KEY (user_id, organization_id)
);
CREATE FUNCTION tenancy.set_context(organization_id uuid, user_id uuid DEFAULT NULL) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    SELECT set_config('app.current_org_id', organization_id::text, true);
    SELECT set_config('app.current_user_id', coalesce(user_id::text, ''), true);
END;
CREATE TABLE tenancy.notes (
    organization_id uuid NOT NULL DEFAULT current_setting('app.current_org_id')::uuid,
    body text NOT NULL CONSTRAINT notes_body_check CHECK (body <> '')
);
ALTER TABLE tenancy.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON tenancy.notes
    USING (organization_id = nullif(current_setting('app.current_org_id', true), '')::uuid);
GRANT USAGE ON SCHEMA tenancy TO crm_app, crm_readonly, crm_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenancy.notes TO crm_app, crm_admin;
GRANT SELECT ON tenancy.notes TO crm_readonly;
