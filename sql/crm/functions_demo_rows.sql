-- These insert as their caller, so that grants and row-level security hold. Each returns, by table,
-- how many rows it made and how many seconds it took.

CREATE FUNCTION crm.seed_demo_companies(seed bigint, companies bigint, today timestamptz) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organization CONSTANT uuid := tenancy.current_org_id();
  key CONSTANT bigint := crm.demo_key(seed);
  prefix CONSTANT text := crm.demo_prefix(organization, seed, 'company');
  suffix CONSTANT text := CASE WHEN seed = 1 THEN '' ELSE '-s' || seed END;
  members CONSTANT text[] := crm.demo_members();
  industries CONSTANT text[] := ARRAY(SELECT id::text FROM crm.industries WHERE organization_id IS NULL AND code ~ '[0-9]' ORDER BY code);
  names CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'company');
  trades CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'trade');
  started CONSTANT timestamptz := clock_timestamp();
  made bigint;
BEGIN
  INSERT INTO crm.companies
         (id, organization_id, external_id, name, domain, website, phone, phone_region, parent_id, industry_id, country_id, owner_id,
          annual_revenue, number_of_employees, billing_type, account_type, city, created_at, updated_at)
  SELECT crm.demo_id(prefix, c.i), organization, 'demo-' || c.i || suffix, c.name || ' ' || c.trade, c.domain, 'https://' || c.domain,
         r.phone_prefixes[1 + c.i % cardinality(r.phone_prefixes)]
           || lpad((c.i / cardinality(r.phone_prefixes) % (10 ^ r.phone_digits)::bigint)::text, r.phone_digits, '0'),
         CASE WHEN r.phone_digits IS NOT NULL THEN r.country END,
         CASE WHEN c.i > 20 AND crm.demo_unit(key, 42, c.i) < 0.04 THEN crm.demo_id(prefix, 1 + c.i % 20) END,
         crm.demo_pick(industries, crm.demo_unit(key, 43, c.i))::uuid,
         country.id,
         crm.demo_pick(members, crm.demo_unit(key, 44, c.i))::uuid,
         round((c.employees * (60000 + 200000 * crm.demo_unit(key, 45, c.i)))::numeric, -4),
         c.employees,
         crm.demo_pick('{prepaid,invoice,invoice,card}', crm.demo_unit(key, 46, c.i)),
         crm.demo_pick('{prospect,prospect,prospect,customer,customer,partner}', crm.demo_unit(key, 47, c.i)),
         crm.demo_pick(r.cities, crm.demo_unit(key, 48, c.i)),
         today - (730 + floor(300 * crm.demo_unit(key, 49, c.i))) * interval '24 hours',
         today - (730 + floor(300 * crm.demo_unit(key, 49, c.i))) * interval '24 hours'
    FROM (SELECT g.i, n.name, t.trade, lower(n.name || '-' || t.trade) || g.i || suffix || '.example' AS domain,
                 -- From two people to some ten thousand, most companies small.
                 round(2 * exp(power(crm.demo_unit(key, 53, g.i), 1.5) * 8.5))::integer AS employees,
                 1 + width_bucket(crm.demo_unit(key, 52, g.i), '{.34,.39,.5,.6,.68,.73,.76,.81,.87,.94,.97}'::float8[]) AS region
            FROM generate_series(1, companies) AS g (i)
           CROSS JOIN LATERAL (SELECT crm.demo_pick(names, crm.demo_unit(key, 50, g.i))) AS n (name)
           CROSS JOIN LATERAL (SELECT crm.demo_pick(trades, crm.demo_unit(key, 51, g.i))) AS t (trade)) AS c
    JOIN crm.demo_regions() AS r ON r.number = c.region
    LEFT JOIN crm.countries AS country ON country.code = r.country
   ORDER BY c.i;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN jsonb_build_object('crm.companies', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));
END
$function$;
COMMENT ON FUNCTION crm.seed_demo_companies(bigint, bigint, timestamptz) IS
'Part of crm.seed_demo_data(): companies 1 to companies of the current organization.';
REVOKE ALL ON FUNCTION crm.seed_demo_companies(bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_demo_companies(bigint, bigint, timestamptz) TO crm_app, crm_admin;

CREATE FUNCTION crm.demo_members() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT ARRAY(SELECT m.user_id::text
                 FROM tenancy.organization_members AS m
                WHERE m.organization_id = tenancy.current_org_id() AND m.status = 'active' AND m.role <> 'viewer'
                ORDER BY m.created_at, m.user_id)
$function$;
COMMENT ON FUNCTION crm.demo_members() IS
'For demonstration data: the active members of the current organization who do more than look, oldest first.';

CREATE FUNCTION crm.seed_demo_contacts(seed bigint, companies bigint, first bigint, last bigint, today timestamptz) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organization CONSTANT uuid := tenancy.current_org_id();
  key CONSTANT bigint := crm.demo_key(seed);
  prefix CONSTANT text := crm.demo_prefix(organization, seed, 'contact');
  company_prefix CONSTANT text := crm.demo_prefix(organization, seed, 'company');
  suffix CONSTANT text := CASE WHEN seed = 1 THEN '' ELSE '-s' || seed END;
  members CONSTANT text[] := crm.demo_members();
  roles CONSTANT text[] := ARRAY(SELECT id::text FROM crm.job_roles WHERE organization_id IS NULL AND is_active ORDER BY code);
  titles CONSTANT text[] := ARRAY(SELECT name::text FROM crm.job_roles WHERE organization_id IS NULL AND is_active ORDER BY code);
  -- The more active, the further: see width_bucket below.
  stages CONSTANT text[] := (SELECT array_agg(s.id::text ORDER BY v.number)
                               FROM unnest('{subscriber,lead,marketing_qualified,sales_qualified,opportunity,customer,evangelist}'::text[])
                                    WITH ORDINALITY AS v (code, number)
                               LEFT JOIN crm.lifecycle_stages AS s ON s.organization_id IS NULL AND s.code = v.code AND s.is_active);
  sources CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'source');
  tag_names CONSTANT text[] := (SELECT texts FROM crm.demo_texts() WHERE subject = 'tag');
  result jsonb := '{}';
  started timestamptz := clock_timestamp();
  made bigint;
BEGIN
  -- tags and last_activity_at are what triggers will find to be true, so that no row is written twice.
  INSERT INTO crm.contacts
         (id, organization_id, external_id, first_name, last_name, email, phone, phone_region, title, company_id, company_name,
          job_role_id, lifecycle_stage_id, owner_id, source, status, tags, custom_fields, city, country_id, language, time_zone,
          do_not_contact, email_opt_out_at, last_activity_at, created_at, updated_at)
  SELECT crm.demo_id(prefix, p.i), organization, 'demo-' || p.i || suffix, p.first_name, p.last_name,
         CASE WHEN p.mail < 0.9
              THEN lower(translate(p.first_name || '.' || p.last_name, 'ÁÀÂÄÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØÚÙÛÜÝáàâäãåçéèêëíìîïñóòôöõøúùûüýß ', 'AAAAAACEEEEIIIINOOOOOOUUUUYaaaaaaceeeeiiiinoooooouuuuys'))
                   || p.i || suffix || '@'
                   || CASE WHEN company.id IS NOT NULL AND p.mail < 0.55 THEN company.domain
                           ELSE crm.demo_pick('{example.com,example.org,example.net}', p.mail / 0.9) END
         END,
         p.phone, CASE WHEN p.phone IS NOT NULL THEN p.country END,
         crm.demo_pick(titles, p.role), company.id, company.name,
         crm.demo_pick(roles, p.role)::uuid,
         stages[1 + width_bucket(p.activity + crm.demo_unit(key, 67, p.i), '{.3,.7,1.2,2,3.5,12}'::float8[])]::uuid,
         crm.demo_pick(members, crm.demo_unit(key, 68, p.i))::uuid,
         crm.demo_pick(sources, crm.demo_unit(key, 69, p.i)),
         CASE width_bucket(crm.demo_unit(key, 70, p.i), '{.88,.96,.99}'::float8[])
              WHEN 0 THEN 'active' WHEN 1 THEN 'inactive' WHEN 2 THEN 'archived' ELSE 'blocked' END,
         ARRAY(SELECT t.name FROM unnest(tag_names) WITH ORDINALITY AS t (name, number)
                WHERE crm.demo_unit(key, 71, p.i * 16 + t.number) < 0.09 ORDER BY t.name COLLATE "C"),
         jsonb_build_object(
           'budget', crm.demo_pick('{"under 5k","5k to 20k","20k to 100k","over 100k"}', crm.demo_unit(key, 72, p.i)),
           'newsletter', crm.demo_unit(key, 73, p.i) < 0.4,
           'satisfaction', floor(11 * sqrt(crm.demo_unit(key, 74, p.i)))::integer),
         crm.demo_pick(p.cities, crm.demo_unit(key, 75, p.i)), country.id, p.language, p.time_zone,
         crm.demo_unit(key, 76, p.i) < 0.01,
         CASE WHEN crm.demo_unit(key, 77, p.i) < 0.03 THEN p.created_at + interval '36 hours' END,
         p.last_at, p.created_at, coalesce(p.last_at, p.created_at)
    FROM (SELECT q.i, q.activity, q.created_at, q.last_at, r.country, r.cities, r.language, r.time_zone,
                 crm.demo_pick(r.given, crm.demo_unit(key, 60, q.i)) AS first_name,
                 crm.demo_pick(r.family, crm.demo_unit(key, 61, q.i)) AS last_name,
                 crm.demo_unit(key, 62, q.i) AS mail,
                 crm.demo_unit(key, 63, q.i) AS role,
                 CASE WHEN crm.demo_unit(key, 64, q.i) < 0.8
                      THEN r.phone_prefixes[1 + q.i % cardinality(r.phone_prefixes)]
                           || lpad((q.i / cardinality(r.phone_prefixes) % (10 ^ r.phone_digits)::bigint)::text, r.phone_digits, '0')
                 END AS phone,
                 CASE WHEN crm.demo_unit(key, 65, q.i) < 0.75
                      THEN 1 + floor(companies * power(crm.demo_unit(key, 66, q.i), 1.6))::bigint END AS company
            FROM crm.demo_people(seed, first, last, today) AS q
            JOIN crm.demo_regions() AS r ON r.number = q.region
          OFFSET 0) AS p
    LEFT JOIN crm.companies AS company ON company.id = crm.demo_id(company_prefix, p.company) AND company.organization_id = organization
    LEFT JOIN crm.countries AS country ON country.code = p.country
   ORDER BY p.i;
  GET DIAGNOSTICS made = ROW_COUNT;
  result := result || jsonb_build_object('crm.contacts', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));

  started := clock_timestamp();
  INSERT INTO crm.contact_tags (contact_id, tag_id, organization_id, created_at, updated_at)
  SELECT crm.demo_id(prefix, g.i), t.id, organization, today, today
    FROM generate_series(first, last) AS g (i)
   CROSS JOIN LATERAL unnest(tag_names) WITH ORDINALITY AS v (name, number)
    JOIN crm.tags AS t ON t.organization_id = organization AND t.name_norm = v.name
   WHERE crm.demo_unit(key, 71, g.i * 16 + v.number) < 0.09
   ORDER BY 1, 2
  ON CONFLICT DO NOTHING; -- where a trigger made them of contacts.tags
  SELECT count(*) INTO made
    FROM generate_series(first, last) AS g (i)
   CROSS JOIN generate_series(1, cardinality(tag_names)) AS v (number)
   WHERE crm.demo_unit(key, 71, g.i * 16 + v.number) < 0.09;
  RETURN result || jsonb_build_object('crm.contact_tags', jsonb_build_array(made, extract(epoch FROM clock_timestamp() - started)));
END
$function$;
COMMENT ON FUNCTION crm.seed_demo_contacts(bigint, bigint, bigint, bigint, timestamptz) IS
'Part of crm.seed_demo_data(): contacts first to last of the current organization, and their tags.';
REVOKE ALL ON FUNCTION crm.seed_demo_contacts(bigint, bigint, bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_demo_contacts(bigint, bigint, bigint, bigint, timestamptz) TO crm_app, crm_admin;

-- Functions, not joins: the planner knows nothing of rows that were made a moment ago.
CREATE FUNCTION crm.demo_contacts(prefix text, first bigint, last bigint)
RETURNS TABLE (i bigint, id uuid, last_name text, email text, phone text, company_id uuid, company_name text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT ('x' || right(c.id::text, 12))::bit(48)::bigint, c.id, c.last_name, c.email, c.phone, c.company_id, c.company_name
    FROM crm.contacts AS c
   WHERE c.id BETWEEN crm.demo_id(prefix, first) AND crm.demo_id(prefix, last)
     AND c.organization_id = tenancy.current_org_id()
$function$;
COMMENT ON FUNCTION crm.demo_contacts(text, bigint, bigint) IS
'For demonstration data: contacts first to last of the current organization, as they were made. i: the contact''s number.';
