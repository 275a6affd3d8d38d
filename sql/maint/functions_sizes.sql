CREATE FUNCTION maint.get_table_sizes()
RETURNS TABLE (
  schema_name text, table_name text, partitions bigint, row_estimate double precision, dead_row_estimate double precision,
  table_bytes bigint, toast_bytes bigint, index_bytes bigint, total_bytes bigint, total_size text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH leaves AS MATERIALIZED (
    -- By OID, so that no name can be wrong; a table that is dropped meanwhile has no size.
    SELECT coalesce(pg_partition_root(c.oid)::oid, c.oid) AS root, c.relkind,
           c.reltuples, pg_stat_get_dead_tuples(c.oid) AS dead,
           coalesce(pg_table_size(c.oid), 0) - coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) AS heap,
           coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast,
           coalesce(pg_indexes_size(c.oid), 0) AS indexes
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm', 'p')
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname !~ '^pg_(toast|temp)'
  ), roots AS (
    SELECT l.root, count(*) FILTER (WHERE l.relkind <> 'p') AS leaves, bool_or(l.relkind = 'p') AS is_partitioned,
           sum(l.reltuples) FILTER (WHERE l.reltuples >= 0 AND l.relkind <> 'p') AS row_estimate, sum(l.dead)::double precision AS dead,
           sum(l.heap)::bigint AS heap, sum(l.toast)::bigint AS toast, sum(l.indexes)::bigint AS indexes
      FROM leaves AS l
     GROUP BY l.root
  )
  SELECT n.nspname::text, c.relname::text, CASE WHEN r.is_partitioned THEN r.leaves ELSE 0 END, r.row_estimate, r.dead,
         r.heap, r.toast, r.indexes, r.heap + r.toast + r.indexes, pg_size_pretty(r.heap + r.toast + r.indexes)
    FROM roots AS r
    JOIN pg_class AS c ON c.oid = r.root
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   ORDER BY 9 DESC, 1, 2
$function$;
COMMENT ON FUNCTION maint.get_table_sizes() IS
'The size of every table and materialized view of the database in bytes, its partitions added up (partitions: how many), largest first: without indexes and TOAST (table_bytes, maps included), TOAST with its index, indexes, all of it. row_estimate is the planner''s, of the last VACUUM or ANALYZE (NULL: never), dead_row_estimate that of the statistics.';
REVOKE ALL ON FUNCTION maint.get_table_sizes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.get_table_sizes() TO crm_admin;

CREATE FUNCTION maint.take_size_snapshot() RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  taken integer;
BEGIN
  INSERT INTO maint.size_snapshots
         (schema_name, table_name, parent_schema, parent_table, row_estimate, dead_row_estimate, table_bytes, toast_bytes, index_bytes)
  SELECT n.nspname, c.relname, pn.nspname, p.relname, nullif(c.reltuples, -1), pg_stat_get_dead_tuples(c.oid),
         greatest(s.all_bytes - s.toast - s.indexes, 0), s.toast, s.indexes
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   CROSS JOIN LATERAL (
         SELECT pg_total_relation_size(c.oid) AS all_bytes,
                coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) AS toast,
                coalesce(pg_indexes_size(c.oid), 0) AS indexes
         OFFSET 0) AS s
    LEFT JOIN pg_class AS p ON c.relispartition AND p.oid = pg_partition_root(c.oid)
    LEFT JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
   WHERE c.relkind IN ('r', 'm')
     AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^pg_(toast|temp)'
     AND s.all_bytes IS NOT NULL -- dropped meanwhile
  ON CONFLICT DO NOTHING; -- the second of one transaction is the first
  GET DIAGNOSTICS taken = ROW_COUNT;
  RETURN taken;
END
$function$;
COMMENT ON FUNCTION maint.take_size_snapshot() IS
'Records the size of every table, materialized view and partition in maint.size_snapshots, all with the time of the transaction, and returns how many; of several in one transaction the first counts. For a daily task: maint.capacity_forecast() tells growth from it.';
REVOKE ALL ON FUNCTION maint.take_size_snapshot() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.take_size_snapshot() TO crm_admin;

-- The quantile .975 of Student's distribution: exact for 1 and 2 degrees of freedom, from 3 on by
-- Cornish and Fisher's expansion, less than 1 % off.
CREATE FUNCTION maint.student_quantile(degrees double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN degrees < 1 THEN NULL
              WHEN degrees < 2 THEN 12.7062
              WHEN degrees < 3 THEN 4.3027
              ELSE 1.959964 + 2.372271 / degrees + 2.822499 / degrees ^ 2 + 2.555850 / degrees ^ 3 END
$function$;
COMMENT ON FUNCTION maint.student_quantile(double precision) IS
'How many standard errors to either side hold 95 % of what is expected, at so many degrees of freedom; NULL below 1.';
REVOKE ALL ON FUNCTION maint.student_quantile(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.student_quantile(double precision) TO crm_admin;

CREATE FUNCTION maint.capacity_forecast(horizon interval DEFAULT '90 days')
RETURNS TABLE (
  schema_name text, table_name text, snapshots bigint, first_taken_at timestamptz, last_taken_at timestamptz, total_bytes bigint,
  bytes_per_day double precision, bytes_per_day_low double precision, bytes_per_day_high double precision, r_squared double precision,
  forecast_at timestamptz, forecast_bytes double precision, forecast_low double precision, forecast_high double precision, method text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH points AS (
    -- A partitioned table is the sum of its partitions; the row without a name is the database.
    SELECT coalesce(s.parent_schema, s.schema_name) AS schema_name, coalesce(s.parent_table, s.table_name) AS table_name,
           s.taken_at, sum(s.total_bytes)::double precision AS bytes
      FROM maint.size_snapshots AS s
     GROUP BY GROUPING SETS ((s.taken_at, 1, 2), (s.taken_at))
  ), days AS (
    SELECT p.*, extract(epoch FROM p.taken_at - now())::double precision / 86400 AS day
      FROM points AS p
  ), fits AS (
    SELECT d.schema_name, d.table_name, count(*) AS n, min(d.taken_at) AS first, max(d.taken_at) AS last,
           (array_agg(d.bytes ORDER BY d.taken_at DESC))[1] AS latest,
           regr_slope(d.bytes, d.day) AS slope, regr_intercept(d.bytes, d.day) AS intercept, regr_r2(d.bytes, d.day) AS r2,
           regr_avgx(d.bytes, d.day) AS mean_day, regr_sxx(d.bytes, d.day) AS sxx,
           CASE WHEN count(*) > 2 AND regr_sxx(d.bytes, d.day) > 0
                THEN sqrt(greatest(regr_syy(d.bytes, d.day) - regr_sxy(d.bytes, d.day) ^ 2 / regr_sxx(d.bytes, d.day), 0) / (count(*) - 2)) END AS error,
           maint.student_quantile(count(*) - 2) AS quantile,
           extract(epoch FROM horizon)::double precision / 86400 AS ahead
      FROM days AS d
     GROUP BY d.schema_name, d.table_name
  )
  SELECT f.schema_name, f.table_name, f.n, f.first, f.last, f.latest::bigint,
         f.slope, f.slope - f.quantile * f.error / sqrt(nullif(f.sxx, 0)), f.slope + f.quantile * f.error / sqrt(nullif(f.sxx, 0)), f.r2,
         now() + horizon,
         CASE WHEN f.slope IS NOT NULL THEN greatest(f.intercept + f.slope * f.ahead, 0) END,
         CASE WHEN e.half_width IS NOT NULL THEN greatest(f.intercept + f.slope * f.ahead - e.half_width, 0) END,
         CASE WHEN e.half_width IS NOT NULL THEN greatest(f.intercept + f.slope * f.ahead + e.half_width, 0) END,
         CASE WHEN f.n < 2 OR f.sxx = 0 THEN 'none: two snapshots of different times are needed'
              WHEN f.n < 3 THEN 'line through two snapshots, without an error'
              ELSE 'least squares, 95 % of prediction' END
    FROM fits AS f
   CROSS JOIN LATERAL (
         SELECT f.quantile * f.error * sqrt(1 + 1.0 / f.n + (f.ahead - f.mean_day) ^ 2 / nullif(f.sxx, 0)) AS half_width) AS e
   ORDER BY f.table_name IS NOT NULL, f.slope DESC NULLS LAST, 1, 2
$function$;
COMMENT ON FUNCTION maint.capacity_forecast(interval) IS
'What tables, and the database (the row without a name), will take so long from now, in bytes: a straight line by least squares through maint.size_snapshots, with an interval that holds 95 % (of the slope, bytes_per_day; of the size to be seen, forecast_low to forecast_high) if growth goes on as it was and days are independent of each other, which they are not quite: the true error is larger. With fewer than three snapshots there is no interval, with fewer than two no line.';
REVOKE ALL ON FUNCTION maint.capacity_forecast(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.capacity_forecast(interval) TO crm_admin;

CREATE FUNCTION maint.storage_estimates()
RETURNS TABLE (
  schema_name text, table_name text, documented_row_bytes integer, row_bytes double precision, row_estimate double precision,
  documented_bytes double precision, table_bytes bigint, index_bytes bigint, total_bytes bigint)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT d.schema_name, d.table_name, d.row_bytes, (s.table_bytes + s.toast_bytes) / nullif(s.row_estimate, 0), s.row_estimate,
         d.row_bytes * s.row_estimate, s.table_bytes + s.toast_bytes, s.index_bytes, s.total_bytes
    FROM (VALUES ('crm', 'companies', 500),
                 ('crm', 'contacts', 750),
                 ('crm', 'deals', 400),
                 ('inbox', 'messages', 1024),
                 ('chat', 'knowledge_base', 2048),
                 ('marketing', 'leads', 600)) AS d (schema_name, table_name, row_bytes)
    LEFT JOIN maint.get_table_sizes() AS s ON s.schema_name = d.schema_name AND s.table_name = d.table_name
   ORDER BY 1, 2
$function$;
COMMENT ON FUNCTION maint.storage_estimates() IS
'What the documents say a row takes on average, in bytes, beside what it takes here (TOAST included, indexes not, bloat included), and what that comes to with the rows that the planner estimates; NULL where the table was never analyzed.';
REVOKE ALL ON FUNCTION maint.storage_estimates() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.storage_estimates() TO crm_admin;

CREATE FUNCTION maint.storage_report()
RETURNS TABLE (object text, kind text, size_bytes bigint, share double precision, bloat_bytes bigint, bytes_per_day double precision, note text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH sizes AS MATERIALIZED (
    SELECT * FROM maint.get_table_sizes()
  ), total AS (
    SELECT pg_database_size(d.oid) AS bytes FROM pg_database AS d WHERE d.datname = current_database()
  ), growth AS MATERIALIZED (
    SELECT * FROM maint.capacity_forecast()
  ), bloat AS (
    SELECT b.schema_name, b.table_name, sum(b.bytes)::bigint AS bytes
      FROM (SELECT coalesce(n.nspname::text, t.schema_name) AS schema_name, coalesce(r.relname::text, t.table_name) AS table_name,
                   greatest(t.size_bytes - t.expected_bytes, 0) AS bytes
              FROM (SELECT e.table_oid AS oid, e.schema_name, e.table_name, e.size_bytes, e.expected_bytes FROM maint.estimate_table_bloat() AS e
                     UNION ALL
                    SELECT i.indrelid, x.schema_name, x.table_name, x.size_bytes, x.expected_bytes
                      FROM maint.estimate_index_bloat() AS x JOIN pg_index AS i ON i.indexrelid = x.index_oid) AS t
              LEFT JOIN pg_class AS r ON r.oid = pg_partition_root(t.oid)
              LEFT JOIN pg_namespace AS n ON n.oid = r.relnamespace) AS b
     GROUP BY 1, 2
  )
  (SELECT current_database()::text, 'database', t.bytes, 1::double precision, (SELECT sum(b.bytes)::bigint FROM bloat AS b),
          (SELECT g.bytes_per_day FROM growth AS g WHERE g.table_name IS NULL),
          coalesce((SELECT 'free storage as reported: ' || pg_size_pretty(m.reported_value::numeric)
                      FROM maint.metric_thresholds AS m WHERE m.metric = 'free_storage' AND m.reported_value IS NOT NULL),
                   'free storage is not reported to maint.metric_thresholds')
     FROM total AS t)
  UNION ALL
  (SELECT s.schema_name, 'schema', sum(s.total_bytes)::bigint, sum(s.total_bytes)::double precision / t.bytes,
          sum(b.bytes)::bigint, sum(g.bytes_per_day), format('%s tables', count(*))
     FROM sizes AS s
    CROSS JOIN total AS t
     LEFT JOIN bloat AS b ON b.schema_name = s.schema_name AND b.table_name = s.table_name
     LEFT JOIN growth AS g ON g.schema_name = s.schema_name AND g.table_name = s.table_name
    GROUP BY s.schema_name, t.bytes
    ORDER BY 3 DESC, 1)
  UNION ALL
  (SELECT format('%I.%I', s.schema_name, s.table_name), 'table', s.total_bytes, s.total_bytes::double precision / t.bytes,
          b.bytes, g.bytes_per_day,
          concat_ws(', ', 'indexes ' || round(100.0 * s.index_bytes / nullif(s.total_bytes, 0)) || ' %',
                    CASE WHEN s.partitions > 0 THEN s.partitions || ' partitions' END)
     FROM sizes AS s
    CROSS JOIN total AS t
     LEFT JOIN bloat AS b ON b.schema_name = s.schema_name AND b.table_name = s.table_name
     LEFT JOIN growth AS g ON g.schema_name = s.schema_name AND g.table_name = s.table_name
    ORDER BY s.total_bytes DESC, 1
    LIMIT 20)
$function$;
COMMENT ON FUNCTION maint.storage_report() IS
'Where the storage goes: the database, its schemas, its twenty largest tables, with partitions, indexes and TOAST; size and estimated bloat in bytes, growth in bytes a day by maint.capacity_forecast(). NULL: not known.';
REVOKE ALL ON FUNCTION maint.storage_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.storage_report() TO crm_admin;
