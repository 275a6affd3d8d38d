-- One table, four ways to ask for one organization's rows. Policies are bound to roles, so that all
-- of them read the same pages.
-- Variables: rows
\set fifth :rows / 5

INSERT INTO tenancy.organizations (id, name, slug)
SELECT ('00000000-0000-7000-8000-00000000000' || i)::uuid, 'Organization ' || i, 'org-' || i
  FROM generate_series(0, 9) AS i;

-- Organization 0 has a fifth of the rows, the others share the rest; row by row mixed.
CREATE TABLE public.measured (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    amount bigint NOT NULL,
    content text NOT NULL,
    CONSTRAINT measured_pkey PRIMARY KEY (id, organization_id)
);
INSERT INTO public.measured (id, organization_id, amount, content)
SELECT md5(i::text)::uuid,
       ('00000000-0000-7000-8000-00000000000' || CASE WHEN i % 5 = 0 THEN 0 ELSE 1 + i % 9 END)::uuid,
       i % 1000,
       repeat(md5(i::text), 2)
  FROM generate_series(1, :rows) AS i;

-- As it is often written where the server knows only text settings.
CREATE FUNCTION public.plpgsql_org_id() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $function$
BEGIN
  RETURN nullif(current_setting('app.current_org_id', true), '')::uuid;
END
$function$;

CREATE ROLE bench_ours LOGIN IN ROLE crm_app;
CREATE ROLE bench_setting LOGIN;
CREATE ROLE bench_setting_once LOGIN;
CREATE ROLE bench_plpgsql LOGIN;
CREATE ROLE bench_literal LOGIN BYPASSRLS;
GRANT SELECT ON public.measured TO crm_app, bench_setting, bench_setting_once, bench_plpgsql, bench_literal;

ALTER TABLE public.measured ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.measured FORCE ROW LEVEL SECURITY;
-- Word by word what every table of the model has.
CREATE POLICY org_isolation ON public.measured TO crm_app
 USING (organization_id = (SELECT tenancy.current_org_id()))
  WITH CHECK (organization_id = (SELECT tenancy.current_org_id()));
CREATE POLICY by_setting ON public.measured TO bench_setting
 USING (organization_id = current_setting('app.current_org_id')::uuid);
CREATE POLICY by_setting_once ON public.measured TO bench_setting_once
 USING (organization_id = (SELECT current_setting('app.current_org_id')::uuid));
CREATE POLICY by_plpgsql ON public.measured TO bench_plpgsql
 USING (organization_id = public.plpgsql_org_id());
VACUUM (FREEZE, ANALYZE) public.measured;
