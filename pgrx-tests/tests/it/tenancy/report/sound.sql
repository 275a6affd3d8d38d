-- A schema of a user's that keeps organizations apart, in more ways than one.
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO crm_app, crm_readonly;

CREATE TABLE shop.customers (
    id uuid NOT NULL DEFAULT crm.uuid_v7(),
    organization_id uuid NOT NULL REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    email text,
    is_public boolean NOT NULL DEFAULT false,
    owner_id uuid,
    during tstzrange,
    CONSTRAINT customers_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT customers_email_key UNIQUE (organization_id, email)
);
CREATE TABLE shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY,
    organization_id uuid NOT NULL,
    customer_id uuid,
    CONSTRAINT orders_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id, organization_id) REFERENCES shop.customers ON DELETE CASCADE
);
CREATE TABLE shop.archive () INHERITS (shop.orders);
CREATE TABLE shop.visits (organization_id uuid NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE shop.visits_2020 PARTITION OF shop.visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
SELECT tenancy.enable_org_isolation('shop.customers');
SELECT tenancy.enable_org_isolation('shop.orders');
SELECT tenancy.enable_org_isolation('shop.visits');
CREATE UNIQUE INDEX customers_lower_email_key ON shop.customers (lower(email), (organization_id::text));

-- Other policies than the usual one.
CREATE POLICY bare ON shop.customers FOR SELECT USING (tenancy.current_org_id() = organization_id AND is_public);
CREATE POLICY by_key ON shop.customers FOR SELECT TO crm_readonly
USING (organization_id IN (SELECT o.id FROM tenancy.organizations AS o WHERE o.id = (SELECT tenancy.current_org_id())));
CREATE POLICY everything ON shop.orders TO crm_app USING (true) WITH CHECK (true);
CREATE POLICY own ON shop.orders AS RESTRICTIVE
USING (organization_id IS NOT DISTINCT FROM tenancy.current_org_id()) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY everything ON shop.archive TO crm_app USING (true) WITH CHECK (true);
CREATE POLICY own ON shop.archive AS RESTRICTIVE
USING (organization_id IS NOT DISTINCT FROM tenancy.current_org_id()) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));

-- A list of all organizations' and of each one's.
CREATE TABLE shop.kinds (id uuid PRIMARY KEY DEFAULT crm.uuid_v7(), organization_id uuid, name text);
SELECT tenancy.enable_org_isolation('shop.kinds');
CREATE POLICY shared ON shop.kinds FOR SELECT USING (organization_id IS NULL);
CREATE POLICY operators ON shop.kinds TO crm_admin USING (organization_id IS NULL) WITH CHECK (organization_id IS NULL);
CREATE UNIQUE INDEX kinds_name_key ON shop.kinds (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), name);
ALTER TABLE shop.customers ADD COLUMN kind_id uuid CONSTRAINT customers_kind_fkey REFERENCES shop.kinds;
CREATE TRIGGER check_kind BEFORE INSERT OR UPDATE OF kind_id, organization_id ON shop.customers FOR EACH ROW
EXECUTE FUNCTION tenancy.check_shared_reference('kind_id', 'shop.kinds', 'customers_kind_fkey');

GRANT SELECT, INSERT, UPDATE, DELETE ON shop.customers, shop.orders, shop.visits, shop.kinds TO crm_app;
GRANT SELECT ON shop.customers TO PUBLIC;
CREATE VIEW shop.names WITH (security_invoker) AS SELECT email FROM shop.customers;
GRANT SELECT ON shop.names TO crm_app;
CREATE FUNCTION shop.number() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
REVOKE ALL ON FUNCTION shop.number() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.number() TO crm_app;

-- What holds nobody's rows.
CREATE TABLE shop.colours (name text PRIMARY KEY, number serial);
GRANT ALL ON shop.colours TO crm_app;
CREATE TABLE public.users_notes (owner name DEFAULT CURRENT_USER, note text);
ALTER TABLE public.users_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.users_notes USING (owner = CURRENT_USER);
CREATE TEMPORARY TABLE scratch (organization_id uuid);
