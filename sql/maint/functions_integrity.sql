-- Rows of all organizations are looked at, so these run as their owner; they tell numbers, no values.
-- The tables are the model's own: expressions and operators of others' are not evaluated here.
CREATE FUNCTION maint.model_tables()
RETURNS TABLE (table_oid oid, schema_name text, table_name text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.oid, n.nspname::text, c.relname::text
    FROM (SELECT DISTINCT r.name FROM maint.schema_migrations AS m, unnest(m.relations) AS r (name)) AS ours
    JOIN pg_namespace AS n ON n.nspname = split_part(ours.name, '.', 1)
    JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = substr(ours.name, strpos(ours.name, '.') + 1)
   WHERE c.relkind IN ('r', 'p')
$function$;
COMMENT ON FUNCTION maint.model_tables() IS
'The tables of the data model, partitions not.';
REVOKE ALL ON FUNCTION maint.model_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.model_tables() TO crm_admin;

CREATE FUNCTION maint.orphaned_rows()
RETURNS TABLE (table_name text, constraint_name text, row_count bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  key record;
BEGIN
  FOR key IN
    SELECT format('%I.%I', t.schema_name, t.table_name) AS child, format('%I.%I', n.nspname, p.relname) AS parent, k.conname::text AS name,
           (SELECT string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ')
              FROM unnest(k.conkey) AS u (attnum) JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS given,
           (SELECT string_agg(format('p.%I = c.%I', b.attname, a.attname), ' AND ')
              FROM unnest(k.conkey, k.confkey) AS u (attnum, fattnum)
              JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
              JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.fattnum) AS equal
      FROM maint.model_tables() AS t
      JOIN pg_constraint AS k ON k.conrelid = t.table_oid AND k.contype = 'f'
      JOIN pg_class AS c ON c.oid = k.conrelid
      JOIN pg_class AS p ON p.oid = k.confrelid
      JOIN pg_namespace AS n ON n.oid = p.relnamespace
     WHERE NOT (pg_is_in_recovery() AND 'u' IN (c.relpersistence, p.relpersistence)) -- a standby has no unlogged rows
     ORDER BY 1, 3
  LOOP
    EXECUTE format('SELECT count(*) FROM %s AS c WHERE %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)',
                   key.child, key.given, key.parent, key.equal) INTO row_count;
    IF row_count > 0 THEN
      table_name := key.child;
      constraint_name := key.name;
      RETURN NEXT;
    END IF;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION maint.orphaned_rows() IS
'Rows of the model''s tables that refer to a row that is not there, counted for each foreign key: what a restore without triggers, or damage, leaves. Reads every table with a foreign key.';
REVOKE ALL ON FUNCTION maint.orphaned_rows() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.orphaned_rows() TO crm_admin;

CREATE FUNCTION maint.default_partitions_in_use()
RETURNS TABLE (parent text, partition text)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  has_rows boolean;
BEGIN
  FOR parent, partition IN
    SELECT format('%I.%I', t.schema_name, t.table_name), format('%I.%I', n.nspname, c.relname)
      FROM maint.model_tables() AS t
      JOIN pg_partitioned_table AS p ON p.partrelid = t.table_oid
      JOIN pg_class AS c ON c.oid = p.partdefid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE NOT (pg_is_in_recovery() AND c.relpersistence = 'u')
     ORDER BY 1
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', partition) INTO has_rows;
    IF has_rows THEN
      RETURN NEXT;
    END IF;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION maint.default_partitions_in_use() IS
'Default partitions of the model''s tables that hold rows: these are of times that no other partition covers, and retention does not reach them.';
REVOKE ALL ON FUNCTION maint.default_partitions_in_use() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.default_partitions_in_use() TO crm_admin;

CREATE FUNCTION maint.integrity_check(thorough boolean DEFAULT false)
RETURNS TABLE (check_name text, object text, severity text, finding text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH tables AS MATERIALIZED (
    -- With their partitions.
    SELECT t.table_oid AS oid, format('%I.%I', t.schema_name, t.table_name) AS name FROM maint.model_tables() AS t
    UNION
    SELECT p.relid, format('%I.%I', n.nspname, c.relname)
      FROM maint.model_tables() AS t
      JOIN pg_partitioned_table AS k ON k.partrelid = t.table_oid
     CROSS JOIN LATERAL pg_partition_tree(t.table_oid) AS p
      JOIN pg_class AS c ON c.oid = p.relid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
  )
  SELECT 'constraints', format('%I on %s', k.conname, t.name), 'warning', 'not validated: rows from before may break it',
         format('ALTER TABLE %s VALIDATE CONSTRAINT %I', t.name, k.conname)
    FROM tables AS t
    JOIN pg_constraint AS k ON k.conrelid = t.oid
   WHERE NOT k.convalidated
  UNION ALL
  SELECT 'constraints', format('%I on domain %I.%I', k.conname, n.nspname, y.typname), 'warning', 'not validated: rows from before may break it',
         format('ALTER DOMAIN %I.%I VALIDATE CONSTRAINT %I', n.nspname, y.typname, k.conname)
    FROM pg_constraint AS k
    JOIN pg_type AS y ON y.oid = k.contypid
    JOIN pg_namespace AS n ON n.oid = y.typnamespace
   WHERE NOT k.convalidated
     AND n.nspname IN (SELECT m.schema_name FROM maint.model_tables() AS m)
  UNION ALL
  SELECT 'foreign keys', format('%I on %s', k.conname, t.name), 'critical', 'not enforced: its triggers are disabled', format('ALTER TABLE %s ENABLE TRIGGER ALL', t.name)
    FROM tables AS t
    JOIN pg_trigger AS g ON g.tgrelid = t.oid AND g.tgisinternal AND g.tgenabled IN ('D', 'R')
    JOIN pg_constraint AS k ON k.oid = g.tgconstraint
   GROUP BY k.conname, t.name
  UNION ALL
  SELECT 'triggers', format('%I on %s', g.tgname, t.name), 'critical', 'disabled: what it keeps grows wrong', format('ALTER TABLE %s ENABLE TRIGGER %I', t.name, g.tgname)
    FROM tables AS t
    JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgenabled IN ('D', 'R')
  UNION ALL
  SELECT 'indexes', format('%I.%I', n.nspname, c.relname), CASE WHEN i.indisunique THEN 'critical' ELSE 'warning' END,
         CASE WHEN i.indisunique THEN 'invalid: nothing keeps rows unique' ELSE 'invalid: no query uses it' END,
         format('REINDEX INDEX %I.%I', n.nspname, c.relname)
    FROM tables AS t
    JOIN pg_index AS i ON i.indrelid = t.oid AND NOT (i.indisvalid AND i.indisready)
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL
  SELECT 'row security', t.name, 'critical', 'a partition without its table''s row-level security', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.name)
    FROM tables AS t
    JOIN pg_class AS c ON c.oid = t.oid AND c.relispartition
    JOIN pg_class AS r ON r.oid = pg_partition_root(c.oid)
   WHERE (r.relrowsecurity AND NOT c.relrowsecurity) OR (r.relforcerowsecurity AND NOT c.relforcerowsecurity)
  UNION ALL
  SELECT 'partitions', d.partition, 'warning', 'the default partition holds rows: no partition covers their time', 'CALL maint.maintain_partitions(' || quote_literal(d.parent) || ')'
    FROM maint.default_partitions_in_use() AS d
  UNION ALL
  SELECT 'pages', current_database(), 'critical', format('%s pages had a wrong checksum, the last at %s', d.checksum_failures, d.checksum_last_failure),
         'Look for the damaged relation in the log, and restore from a backup.'
    FROM pg_stat_database AS d
   WHERE d.datname = current_database() AND d.checksum_failures > 0
  UNION ALL
  SELECT 'references', format('%I on %s', o.constraint_name, o.table_name), 'critical', format('%s rows refer to rows that are not there', o.row_count), 'Delete them or make what they refer to.'
    FROM (SELECT 1 WHERE thorough) AS asked
   CROSS JOIN LATERAL maint.orphaned_rows() AS o
$function$;
COMMENT ON FUNCTION maint.integrity_check(boolean) IS
'What of the model''s tables is not whole, with severity and remedy; no rows where all is well: constraints that are not validated, disabled triggers and foreign keys, invalid indexes, partitions without row-level security, rows in default partitions, pages with a wrong checksum; and, where thorough, rows that refer to nothing, for which every table is read.';
REVOKE ALL ON FUNCTION maint.integrity_check(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.integrity_check(boolean) TO crm_admin;

CREATE FUNCTION maint.self_check()
RETURNS TABLE (check_name text, status text, detail text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'version', CASE WHEN e.extversion = a.default_version THEN 'ok' ELSE 'warning' END,
         CASE WHEN e.extversion = a.default_version THEN format('pg_crm %s', e.extversion)
              ELSE format('pg_crm %s is installed, the server''s files are of %s: ALTER EXTENSION pg_crm UPDATE', e.extversion, a.default_version) END
    FROM pg_extension AS e
    JOIN pg_available_extensions AS a ON a.name = e.extname
   WHERE e.extname = 'pg_crm'
  UNION ALL
  SELECT 'roles', CASE WHEN count(*) FILTER (WHERE r.oid IS NULL OR r.rolsuper OR r.rolbypassrls) = 0 THEN 'ok' ELSE 'critical' END,
         coalesce(string_agg(g.name || CASE WHEN r.oid IS NULL THEN ' is missing' ELSE ' sees past row-level security' END, ', ')
                    FILTER (WHERE r.oid IS NULL OR r.rolsuper OR r.rolbypassrls), 'the group roles are there')
    FROM unnest(ARRAY['crm_app', 'crm_readonly', 'crm_admin']) AS g (name)
    LEFT JOIN pg_roles AS r ON r.rolname = g.name
  UNION ALL
  SELECT 'data model', CASE WHEN count(*) = 0 THEN 'ok' ELSE 'critical' END,
         CASE WHEN count(*) = 0 THEN 'as it was made' ELSE format('%s differences: maint.schema_drift()', count(*)) END
    FROM maint.schema_drift()
  UNION ALL
  SELECT 'integrity', CASE WHEN bool_or(i.severity = 'critical') THEN 'critical' WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END,
         CASE WHEN count(*) = 0 THEN 'whole' ELSE format('%s findings: maint.integrity_check()', count(*)) END
    FROM maint.integrity_check() AS i
  UNION ALL
  SELECT 'foreign keys', CASE WHEN count(*) = 0 THEN 'ok' ELSE 'warning' END,
         CASE WHEN count(*) = 0 THEN 'all have an index' ELSE format('%s have no index: maint.unindexed_foreign_keys', count(*)) END
    FROM maint.unindexed_foreign_keys
  UNION ALL
  SELECT 'health', maint.health_check() ->> 'status', 'maint.health_report() tells more'
$function$;
COMMENT ON FUNCTION maint.self_check() IS
'Whether the installation is whole: version, group roles, data model, integrity, foreign keys, health; each ok, warning or critical.';
REVOKE ALL ON FUNCTION maint.self_check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.self_check() TO crm_admin;
