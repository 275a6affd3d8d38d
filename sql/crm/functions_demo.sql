-- Demonstration data come from numbers alone: row n of a table is a function of (seed, n), by a hash
-- in place of a random generator. So two calls agree, rows can be made in any order and in batches,
-- and one statement can tell what another one wrote without reading it.

CREATE FUNCTION crm.demo_unit(key bigint, stream integer, n bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT ((pg_catalog.hashint8extended($3, $1 OPERATOR(pg_catalog.#) $2::pg_catalog.int8) OPERATOR(pg_catalog.>>) 11)
          OPERATOR(pg_catalog.&) 9007199254740991)::pg_catalog.float8 OPERATOR(pg_catalog./) 9007199254740992::pg_catalog.float8
$function$;
COMMENT ON FUNCTION crm.demo_unit(bigint, integer, bigint) IS
'For demonstration data: number n of a stream of evenly distributed numbers in [0, 1). The same arguments always give the same number.';

CREATE FUNCTION crm.demo_pick(choices text[], unit double precision) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT $1[1 OPERATOR(pg_catalog.+) pg_catalog.floor($2 OPERATOR(pg_catalog.*) pg_catalog.cardinality($1)::pg_catalog.float8)::pg_catalog.int4]
$function$;
COMMENT ON FUNCTION crm.demo_pick(text[], double precision) IS
'For demonstration data: the element of an array that a number in [0, 1) falls on; NULL for an empty array.';

CREATE FUNCTION crm.demo_key(seed bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT pg_catalog.hashint8extended($1, 8108)
$function$;
COMMENT ON FUNCTION crm.demo_key(bigint) IS
'For demonstration data: the key of crm.demo_unit() that belongs to a seed.';

CREATE FUNCTION crm.demo_prefix(organization_id uuid, seed bigint, kind text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT pg_catalog.regexp_replace(
    pg_catalog.md5($1::pg_catalog.text OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) $2::pg_catalog.text
                   OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) $3),
    '^(.{8})(.{4})(.{3})(.{3}).*', '\1-\2-8\3-8\4-')
$function$;
COMMENT ON FUNCTION crm.demo_prefix(uuid, bigint, text) IS
'For demonstration data: the beginning of the ids that rows of one kind get, see crm.demo_id().';

-- Ids ascend with their number: new keys land at the right edge of an index, and what belongs
-- together lies together.
CREATE FUNCTION crm.demo_id(prefix text, n bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT ($1 OPERATOR(pg_catalog.||) pg_catalog.lpad(pg_catalog.to_hex($2), 12, '0'))::pg_catalog.uuid
$function$;
COMMENT ON FUNCTION crm.demo_id(text, bigint) IS
'For demonstration data: the id of row n, a UUID of version 8 (RFC 9562).';

CREATE FUNCTION crm.demo_people(seed bigint, first bigint, last bigint, today timestamptz)
RETURNS TABLE (
  i bigint, region integer, utc_hours integer, activity double precision, age integer, quiet integer,
  created_at timestamptz, last_at timestamptz, messages integer, threads integer, emails integer,
  calls integer, activities integer, deals integer, orders integer, events integer, notes integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
SET search_path = pg_catalog, pg_temp
AS $function$
  -- OFFSET 0: each layer is computed once, not again wherever it is used.
  WITH k AS MATERIALIZED (SELECT crm.demo_key(seed) AS key, floor(extract(epoch FROM today) / 86400)::integer AS day)
  SELECT t.i, t.region, t.utc_hours, t.activity, t.age, t.quiet,
         today + t.born * interval '1 second',
         CASE WHEN t.messages > 0 THEN today + t.latest * interval '1 second' END,
         t.messages, ceil(t.messages / 4.0)::integer,
         t.speaks * floor(1.2 * t.activity + crm.demo_unit(k.key, 21, t.i))::integer,
         t.speaks * floor(0.4 * t.activity + crm.demo_unit(k.key, 22, t.i))::integer,
         t.speaks * floor(0.6 * t.activity + crm.demo_unit(k.key, 23, t.i))::integer,
         t.speaks * least(6, floor(0.12 * t.activity + crm.demo_unit(k.key, 24, t.i))::integer),
         t.speaks * least(60, floor(0.25 * t.activity + crm.demo_unit(k.key, 25, t.i))::integer),
         t.speaks * floor(1.0 * t.activity + crm.demo_unit(k.key, 26, t.i))::integer,
         t.speaks * least(20, floor(0.1 * t.activity + crm.demo_unit(k.key, 27, t.i))::integer)
    FROM k,
         LATERAL (
    SELECT s.*, sign(s.messages)::integer AS speaks,
           floor(-s.age * 86400.0 + 3600 * (8 - s.utc_hours) + 18000 * (crm.demo_unit(k.key, 11, s.i) + crm.demo_unit(k.key, 12, s.i))) AS born,
           floor(-s.quiet * 86400.0 + 3600 * (8 - s.utc_hours) + 18000 * (crm.demo_unit(k.key, 13, s.i) + crm.demo_unit(k.key, 14, s.i))) AS latest
      FROM (
      SELECT r.i, r.region, r.activity, r.age,
             (ARRAY[-5, -5, 0, 1, 1, 10, 1, 1, -3, 5, 9, 1])[r.region] AS utc_hours,
             floor(2.4 * r.activity + crm.demo_unit(k.key, 20, r.i))::integer AS messages,
             -- From Saturday and Sunday back to Friday.
             CASE WHEN r.weekday >= 5 AND r.quiet + r.weekday - 4 < r.age AND crm.demo_unit(k.key, 10, r.i) < 0.9
                  THEN r.quiet + r.weekday - 4 ELSE r.quiet END AS quiet
        FROM (
        SELECT q.*, (k.day - q.quiet + 3) % 7 AS weekday
          FROM (
          SELECT p.*,
                 -- The active were heard of lately.
                 1 + floor((p.age - 2) * power(crm.demo_unit(k.key, 4, p.i), 2 + least(p.activity, 6)))::integer AS quiet
            FROM (
            SELECT g.i,
                   -- A power law: most contacts do little or nothing, a few very much.
                   least(180, power(greatest(crm.demo_unit(k.key, 1, g.i), 1e-9), -0.7) - 1) AS activity,
                   3 + floor(720 * power(crm.demo_unit(k.key, 2, g.i), 1.5))::integer AS age,
                   1 + width_bucket(crm.demo_unit(k.key, 3, g.i), '{.34,.39,.5,.6,.68,.73,.76,.81,.87,.94,.97}'::float8[]) AS region
              FROM generate_series(first, last) AS g (i)
            OFFSET 0) AS p
          OFFSET 0) AS q
        OFFSET 0) AS r
      OFFSET 0) AS s
    OFFSET 0) AS t
$function$;
COMMENT ON FUNCTION crm.demo_people(bigint, bigint, bigint, timestamptz) IS
'For demonstration data: what is settled about contacts first to last before they have names. age, quiet: days before today that the contact was made and was last heard of; last_at: the time of its latest signal; the rest: how many rows it has.';

CREATE FUNCTION crm.demo_signals(kind text, seed bigint, first bigint, last bigint, today timestamptz)
RETURNS TABLE (i bigint, j integer, n bigint, made integer, messages integer, age integer, quiet integer, created_at timestamptz, last_at timestamptz, at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 20000
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH k AS MATERIALIZED (
    SELECT crm.demo_key(seed) AS key, floor(extract(epoch FROM today) / 86400)::integer AS day,
           100 * array_position('{threads,emails,calls,activities,deals,orders,events,notes}', kind) AS stream)
  SELECT t.i, t.j, t.n, t.made, t.messages, t.age, t.quiet, t.created_at, t.last_at,
         CASE
           -- The latest thread ends with the contact's latest signal, and nothing comes after it.
           WHEN kind = 'threads' AND t.j = 1 THEN t.last_at
           WHEN t.at >= t.last_at THEN t.last_at - floor(60 + 5000 * crm.demo_unit(k.key, k.stream + 5, t.n)) * interval '1 second'
           ELSE t.at
         END
    FROM k,
         LATERAL (
    SELECT s.*,
           today + interval '1 second' * floor(
             -86400.0 * CASE WHEN s.weekday >= 5 AND s.ago + s.weekday - 4 < s.age AND crm.demo_unit(k.key, k.stream + 2, s.n) < 0.9
                             THEN s.ago + s.weekday - 4 ELSE s.ago END
             + 3600 * (8 - s.utc_hours)
             + 18000 * (crm.demo_unit(k.key, k.stream + 3, s.n) + crm.demo_unit(k.key, k.stream + 4, s.n))) AS at
      FROM (
      SELECT r.*, (k.day - r.ago + 3) % 7 AS weekday
        FROM (
        SELECT p.i, g.j, p.i * 1024 + g.j AS n, c.made, p.messages, p.age, p.quiet, p.utc_hours, p.created_at, p.last_at,
               p.quiet + floor((p.age - p.quiet) * power((g.j - crm.demo_unit(k.key, k.stream + 1, p.i * 1024 + g.j)) / c.made, 1.5))::integer AS ago
          FROM crm.demo_people(seed, first, last, today) AS p
         CROSS JOIN LATERAL (SELECT CASE kind
                 WHEN 'threads' THEN p.threads WHEN 'emails' THEN p.emails WHEN 'calls' THEN p.calls
                 WHEN 'activities' THEN p.activities WHEN 'deals' THEN p.deals WHEN 'orders' THEN p.orders
                 WHEN 'events' THEN p.events ELSE p.notes END) AS c (made)
         CROSS JOIN LATERAL generate_series(1, c.made) AS g (j)
        OFFSET 0) AS r
      OFFSET 0) AS s
    OFFSET 0) AS t
$function$;
COMMENT ON FUNCTION crm.demo_signals(text, bigint, bigint, bigint, timestamptz) IS
'For demonstration data: the times at which something of a kind (threads, emails, calls, activities, deals, orders, events, notes) happened with contacts first to last: denser lately than long ago, mostly on working days between 8 and 18 o''clock where the contact is, never after last_at. j: 1 for the latest; made: how many the contact has.';

CREATE FUNCTION crm.demo_lines(seed bigint, order_number bigint)
RETURNS TABLE ("position" integer, product integer, quantity integer, unit_price numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 2
AS $function$
  SELECT l.n, l.product, l.quantity, (ARRAY[49,29,450,240,900,15,39,1200,79,650,10,120,99,59,185,980])[l.product]::pg_catalog.numeric
    FROM (SELECT g.n,
                 1 OPERATOR(pg_catalog.+) pg_catalog.floor(crm.demo_unit(crm.demo_key($1), 901, $2 OPERATOR(pg_catalog.*) 4 OPERATOR(pg_catalog.+) g.n)
                   OPERATOR(pg_catalog.*) 16::pg_catalog.float8)::pg_catalog.int4 AS product,
                 1 OPERATOR(pg_catalog.+) pg_catalog.floor(pg_catalog.power(crm.demo_unit(crm.demo_key($1), 902, $2 OPERATOR(pg_catalog.*) 4 OPERATOR(pg_catalog.+) g.n), 3::pg_catalog.float8)
                   OPERATOR(pg_catalog.*) 10::pg_catalog.float8)::pg_catalog.int4 AS quantity
            FROM pg_catalog.generate_series(1, 1 OPERATOR(pg_catalog.+) pg_catalog.floor(crm.demo_unit(crm.demo_key($1), 900, $2)
                   OPERATOR(pg_catalog.*) 3::pg_catalog.float8)::pg_catalog.int4) AS g (n)
          OFFSET 0) AS l
$function$;
COMMENT ON FUNCTION crm.demo_lines(bigint, bigint) IS
'For demonstration data: the lines of an order, one to three; product: which of the texts of the subject product.';

-- Without statistics an index on the organization alone looks as good as the key, and the plan of a
-- foreign key's check, which is kept, would go through the organization's companies for each contact.
-- Nobody learns of the rows by it, and a lock that somebody holds is not waited for.
CREATE FUNCTION crm.measure_demo_tables() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  name regclass;
BEGIN
  -- Autovacuum does it once what an INSERT INTO a table has made is committed: too late for what follows.
  FOR name IN
    SELECT c.oid
      FROM unnest('{crm.companies,crm.contacts,inbox.conversations,crm.deals,commerce.orders}'::regclass[]) WITH ORDINALITY AS t (id, n)
      JOIN pg_class AS c ON c.oid = t.id
     WHERE c.reltuples < 1000 AND pg_relation_size(c.oid) > 262144
     ORDER BY t.n
  LOOP
    EXECUTE format('ANALYZE (SKIP_LOCKED) %s', name);
  END LOOP;
END
$function$;
COMMENT ON FUNCTION crm.measure_demo_tables() IS
'Part of crm.seed_demo_data(): lets the planner know of tables that have grown from next to nothing.';
REVOKE ALL ON FUNCTION crm.measure_demo_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.measure_demo_tables() TO crm_app, crm_admin;

CREATE FUNCTION crm.seed_demo_data(organization_id uuid, contacts integer DEFAULT 1000, seed bigint DEFAULT 1) RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
  -- Indexes and rows of a batch stay in the caches; what triggers remember of it stays in memory.
  batch CONSTANT integer := 10000;
  organization CONSTANT uuid := seed_demo_data.organization_id;
  number CONSTANT integer := coalesce(seed_demo_data.contacts, 1000);
  start CONSTANT bigint := coalesce(seed_demo_data.seed, 1);
  today CONSTANT timestamptz := date_trunc('day', now(), 'UTC');
  companies CONSTANT integer := ceil(number / 8.0);
  former_organization CONSTANT uuid := tenancy.current_org_id();
  former_user CONSTANT uuid := tenancy.current_user_id();
  is_current CONSTANT boolean := coalesce(organization = tenancy.current_org_id(), false);
  started timestamptz;
  made bigint;
  table_name text;
  seconds numeric;
  done jsonb := '{}';
BEGIN
  IF organization IS NULL THEN
    RAISE null_value_not_allowed USING
      MESSAGE = 'organization_id must not be NULL',
      HINT = 'Name the organization that is to get the data.';
  END IF;
  IF number NOT BETWEEN 0 AND 10000000 THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('contacts must be between 0 and 10000000, not %s', number);
  END IF;
  IF NOT is_current AND NOT pg_has_role(current_user, 'crm_admin', 'USAGE') THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'organization is not the current one',
      HINT = 'Set it by tenancy.set_context(), or ask a member of crm_admin.';
  END IF;
  IF NOT (is_current AND current_setting('pg_crm.context_mode') = 'token') THEN
    BEGIN
      -- Where it is the current one too: who set it may not have verified it.
      PERFORM tenancy.set_context(organization, CASE WHEN is_current THEN former_user END);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE no_data_found USING
        MESSAGE = format('organization %s is not accessible', organization),
        DETAIL = 'It does not exist, is deleted, or the current user is no active member of it; or pg_crm.context_mode is "token", and it is not the current one.',
        HINT = 'Insert it into tenancy.organizations first.';
    END;
  END IF;
  IF EXISTS (SELECT FROM crm.contacts AS c
              WHERE c.id = crm.demo_id(crm.demo_prefix(organization, start, 'contact'), 1) AND c.organization_id = organization) THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('the organization already has the demonstration data of seed %s', start),
      HINT = 'Another seed adds other data.';
  END IF;
  IF NOT EXISTS (SELECT FROM crm.lifecycle_stages AS s WHERE s.organization_id IS NULL) THEN
    RAISE NOTICE USING
      MESSAGE = 'there is no reference data: contacts get no job roles, lifecycle stages or countries',
      HINT = 'Let a member of crm_admin call crm.seed_reference_data() first.';
  END IF;

  INSERT INTO crm.tags (id, organization_id, name, color, created_at, updated_at)
  SELECT crm.demo_id(crm.demo_prefix(organization, start, 'tag'), t.n), organization, t.name,
         crm.demo_pick('{#1f77b4,#ff7f0e,#2ca02c,#d62728,#9467bd,#8c564b}', crm.demo_unit(crm.demo_key(start), 31, t.n)), today, today
    FROM crm.demo_texts() AS d
   CROSS JOIN unnest(d.texts) WITH ORDINALITY AS t (name, n)
   WHERE d.subject = 'tag'
   ORDER BY t.name
  ON CONFLICT (organization_id, name_norm) DO NOTHING;
  GET DIAGNOSTICS made = ROW_COUNT;
  done := jsonb_build_object('crm.tags', jsonb_build_array(made, 0));
  PERFORM crm.seed_pipeline(organization);

  done := done || crm.seed_demo_companies(start, companies, today);
  PERFORM crm.measure_demo_tables();
  started := clock_timestamp();
  FOR lowest IN 1 .. number BY batch LOOP
    SELECT jsonb_object_agg(m.key, jsonb_build_array(m.made, m.seconds)) INTO done
      FROM (SELECT v.key, sum((v.value ->> 0)::bigint) AS made, sum((v.value ->> 1)::numeric) AS seconds
              FROM (SELECT d.key, d.value FROM jsonb_each(done) AS d
                    UNION ALL
                    SELECT p.key, p.value
                      FROM (SELECT least(number, lowest + batch - 1) AS last) AS b
                     CROSS JOIN LATERAL jsonb_each(
                        crm.seed_demo_contacts(start, companies, lowest, b.last, today)
                        || crm.seed_demo_inbox(start, lowest, b.last, today)
                        || crm.seed_demo_deals(start, lowest, b.last, today)
                        || crm.seed_demo_work(start, lowest, b.last, today)) AS p) AS v
             GROUP BY v.key) AS m;
    IF lowest = 1 THEN
      PERFORM crm.measure_demo_tables();
    END IF;
    RAISE NOTICE '% of % contacts, % s', least(number, lowest + batch - 1), number,
      round(extract(epoch FROM clock_timestamp() - started), 1);
  END LOOP;

  FOR table_name, made, seconds IN SELECT d.key, d.value ->> 0, d.value ->> 1 FROM jsonb_each(done) AS d LOOP
    RAISE NOTICE '%: % rows, % s', table_name, made, round(seconds, 1);
  END LOOP;
  IF is_current THEN
    NULL;
  ELSIF current_setting('pg_crm.context_mode') = 'guc' THEN
    PERFORM set_config('app.current_org_id', coalesce(former_organization::text, ''), true),
            set_config('app.current_user_id', coalesce(former_user::text, ''), true);
  ELSIF former_organization IS NULL THEN
    PERFORM tenancy.clear_context();
  ELSE
    PERFORM tenancy.set_context(former_organization, former_user);
  END IF;
  RETURN (SELECT jsonb_object_agg(d.key, (d.value ->> 0)::bigint) FROM jsonb_each(done) AS d);
END
$function$;
COMMENT ON FUNCTION crm.seed_demo_data(uuid, integer, bigint) IS
'Fills an organization with demonstration data: contacts (0 to 10,000,000; default 1,000), one company for eight of them, tags, conversations with messages, calls, e-mails, deals that moved through their pipeline, activities, notes, orders and events; some fifteen signals a contact, most of them of few contacts, denser lately than long ago, mostly in working hours. Returns the rows made by table, and tells progress by NOTICE. Nobody is reached by it: addresses are in domains, and numbers in ranges, that are set aside for examples. Members who are there own it; none are made. The same contacts and seed give the same rows, but for ids, and with times counted from the beginning of today (UTC). Writes as the caller, who is in the organization, or is a superuser or member of crm_admin. NULL for contacts or seed: the default. Errors: 22004 for no organization, 22023 for a bad number of contacts, 42501 for another organization, P0002 for an absent or deleted one, 55000 where it already has the data of the seed.';
REVOKE ALL ON FUNCTION crm.seed_demo_data(uuid, integer, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.seed_demo_data(uuid, integer, bigint) TO crm_app, crm_admin;
