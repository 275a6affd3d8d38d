-- VACUUM cannot run in a function: it is planned here. ANALYZE can.

-- A table's limits, as autovacuum reckons them: the table's own settings before the server's.
CREATE FUNCTION maint.table_activity()
RETURNS TABLE (
  table_oid oid, schema_name text, table_name text, is_partitioned boolean, row_estimate double precision, dead_rows bigint,
  changed_rows bigint, xid_age integer, multixact_age integer, vacuum_limit double precision, analyze_limit double precision, never_analyzed boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.oid, n.nspname::text, c.relname::text, c.relkind = 'p', nullif(c.reltuples, -1)::double precision,
         pg_stat_get_dead_tuples(c.oid), pg_stat_get_mod_since_analyze(c.oid),
         age(nullif(c.relfrozenxid, '0')), mxid_age(nullif(c.relminmxid, '0')),
         coalesce(substring(o.options FROM 'autovacuum_vacuum_threshold=([0-9]+)')::double precision, current_setting('autovacuum_vacuum_threshold')::double precision)
           + coalesce(substring(o.options FROM 'autovacuum_vacuum_scale_factor=([0-9.]+)')::double precision, current_setting('autovacuum_vacuum_scale_factor')::double precision)
             * greatest(c.reltuples, 0),
         coalesce(substring(o.options FROM 'autovacuum_analyze_threshold=([0-9]+)')::double precision, current_setting('autovacuum_analyze_threshold')::double precision)
           + coalesce(substring(o.options FROM 'autovacuum_analyze_scale_factor=([0-9.]+)')::double precision, current_setting('autovacuum_analyze_scale_factor')::double precision)
             * greatest(c.reltuples, 0),
         coalesce(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) IS NULL
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   CROSS JOIN LATERAL (SELECT array_to_string(c.reloptions, ' ') AS options) AS o
   WHERE c.relkind IN ('r', 'm', 'p')
     AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^pg_(toast|temp)'
$function$;
COMMENT ON FUNCTION maint.table_activity() IS
'Of every table, partition and materialized view: rows dead and changed since the last VACUUM and ANALYZE as the statistics count them, the age of its oldest transaction and multixact, and from how many rows on autovacuum would work on it.';
REVOKE ALL ON FUNCTION maint.table_activity() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.table_activity() TO crm_admin;

CREATE FUNCTION maint.vacuum_plan("full" boolean DEFAULT false)
RETURNS TABLE (command text, reason text, size_bytes bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT p.command, p.reason, p.size_bytes
    FROM (SELECT format('VACUUM (%s) %I.%I', CASE WHEN w.freezes THEN 'FREEZE, ANALYZE' ELSE 'ANALYZE' END, a.schema_name, a.table_name) AS command,
                 CASE WHEN w.freezes THEN format('its oldest row is %s transactions old', greatest(a.xid_age, a.multixact_age))
                      ELSE format('%s dead rows, %s %% of all', a.dead_rows,
                                  round(100.0 * a.dead_rows / greatest(a.dead_rows + coalesce(a.row_estimate, 0), 1)::numeric)) END AS reason,
                 pg_table_size(a.table_oid) AS size_bytes,
                 NOT w.freezes AS is_later, a.dead_rows::double precision AS gain
            FROM maint.table_activity() AS a
           -- Before autovacuum has to do it at once, whatever else is going on.
           CROSS JOIN LATERAL (SELECT (a.xid_age > 0.75 * current_setting('autovacuum_freeze_max_age')::bigint
                                       OR a.multixact_age > 0.75 * current_setting('autovacuum_multixact_freeze_max_age')::bigint) IS TRUE AS freezes) AS w
           WHERE $1 IS NOT TRUE
             AND NOT a.is_partitioned
             AND (w.freezes OR a.dead_rows > a.vacuum_limit)
          UNION ALL
          SELECT format('VACUUM (FULL, ANALYZE) %I.%I', b.schema_name, b.table_name),
                 format('%s of %s is bloat, by estimate; locks the table against everybody while it runs, and needs room for a copy',
                        pg_size_pretty(b.size_bytes - b.expected_bytes), pg_size_pretty(b.size_bytes)),
                 b.size_bytes, false, (b.size_bytes - b.expected_bytes)::double precision
            FROM maint.estimate_table_bloat() AS b
           WHERE $1
             AND b.size_bytes > 16 * current_setting('block_size')::bigint
             AND b.size_bytes - b.expected_bytes > 0.3 * b.size_bytes) AS p
   ORDER BY p.is_later, p.gain DESC, p.command
$function$;
COMMENT ON FUNCTION maint.vacuum_plan(boolean) IS
'Commands that vacuum the tables with more dead rows than autovacuum lets be, and those whose oldest row nears autovacuum_freeze_max_age (by three quarters), with reasons and sizes in bytes. full => true: commands that rewrite the tables of which more than 30 % is bloat, by maint.estimate_table_bloat(); they stop everybody, and nothing here runs them. VACUUM cannot run in a function: in psql, SELECT command FROM maint.vacuum_plan() \gexec.';
REVOKE ALL ON FUNCTION maint.vacuum_plan(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.vacuum_plan(boolean) TO crm_admin;

-- Autovacuum never analyzes a partitioned table itself: its statistics grow old with its partitions' changes.
CREATE FUNCTION maint.stale_statistics()
RETURNS TABLE (table_oid oid, schema_name text, table_name text, reason text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH activity AS MATERIALIZED (
    SELECT * FROM maint.table_activity()
  ), parents AS (
    SELECT a.table_oid, a.schema_name, a.table_name, sum(l.row_estimate) AS row_estimate, sum(l.changed_rows) AS changed,
           max(greatest(pg_stat_get_last_analyze_time(l.table_oid), pg_stat_get_last_autoanalyze_time(l.table_oid))) AS leaf_analyzed_at,
           pg_stat_get_last_analyze_time(a.table_oid) AS analyzed_at,
           sum(pg_stat_get_live_tuples(l.table_oid)) AS live
      FROM activity AS a
     CROSS JOIN LATERAL pg_partition_tree(a.table_oid) AS t
      JOIN activity AS l ON l.table_oid = t.relid AND t.isleaf AND NOT l.is_partitioned
     WHERE a.is_partitioned
     GROUP BY a.table_oid, a.schema_name, a.table_name
  )
  SELECT a.table_oid, a.schema_name, a.table_name,
         CASE WHEN a.never_analyzed THEN 'never analyzed' ELSE format('%s rows changed since the last ANALYZE', a.changed_rows) END
    FROM activity AS a
   WHERE NOT a.is_partitioned
     AND (a.changed_rows > a.analyze_limit OR (a.never_analyzed AND (a.changed_rows > 0 OR (a.row_estimate IS NULL AND pg_relation_size(a.table_oid) > 0))))
  UNION ALL
  SELECT p.table_oid, p.schema_name, p.table_name,
         CASE WHEN p.analyzed_at IS NULL THEN 'never analyzed' ELSE 'its partitions changed since' END
    FROM parents AS p
   WHERE (p.analyzed_at IS NULL AND p.live > 0)
      OR p.changed > 50 + 0.1 * coalesce(p.row_estimate, 0)
      OR (p.leaf_analyzed_at > p.analyzed_at AND p.live > 0 AND p.leaf_analyzed_at - p.analyzed_at > '1 day'::interval)
$function$;
COMMENT ON FUNCTION maint.stale_statistics() IS
'Tables whose statistics for the planner are old: never analyzed, or with more changes since than autovacuum lets be, or partitioned (which autovacuum leaves alone) with partitions that changed.';
REVOKE ALL ON FUNCTION maint.stale_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.stale_statistics() TO crm_admin;

-- Only an owner may ANALYZE; the server evaluates expressions of indexes as the table's owner.
CREATE FUNCTION maint.analyze_tables() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  stale record;
  analyzed integer := 0;
BEGIN
  FOR stale IN
    SELECT * FROM maint.stale_statistics() AS s ORDER BY s.schema_name, s.table_name
  LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = stale.table_oid); -- dropped meanwhile
    BEGIN
      EXECUTE format('ANALYZE (SKIP_LOCKED) %I.%I', stale.schema_name, stale.table_name);
      analyzed := analyzed + 1;
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING USING
        MESSAGE = format('cannot analyze table %I.%I: %s', stale.schema_name, stale.table_name, SQLERRM);
    END;
  END LOOP;
  RETURN analyzed;
END
$function$;
COMMENT ON FUNCTION maint.analyze_tables() IS
'Analyzes the tables of maint.stale_statistics() and returns how many. It waits for no lock: what is locked is left for the next time; a table that fails is a WARNING, and the others go on. Its own locks, which stop neither readers nor writers, last until the transaction ends.';
REVOKE ALL ON FUNCTION maint.analyze_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.analyze_tables() TO crm_admin;
