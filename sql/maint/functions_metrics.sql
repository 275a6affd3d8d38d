CREATE FUNCTION maint.metrics()
RETURNS TABLE (name text, labels jsonb, value double precision, type text, help text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH sizes AS MATERIALIZED (
    SELECT * FROM maint.get_table_sizes() AS s WHERE s.total_bytes > 0
  ), measured AS MATERIALIZED (
    SELECT * FROM maint.server_measurements()
  ), runs AS MATERIALIZED (
    SELECT r.task, r.target, max(r.finished_at) FILTER (WHERE r.status = 'succeeded') AS succeeded_at,
           count(*) FILTER (WHERE r.status = 'failed') AS failures
      FROM maint.maintenance_runs AS r
     GROUP BY r.task, r.target
  ), samples AS (
    SELECT 'pg_crm_health_status' AS name, jsonb_build_object('check', h.name) AS labels,
           CASE h.status WHEN 'ok' THEN 0 WHEN 'warning' THEN 1 WHEN 'critical' THEN 2 END::double precision AS value,
           'gauge' AS type, 'State of a check of maint.health_check(): 0 ok, 1 warning, 2 critical.' AS help
      FROM maint.health_checks() AS h
    UNION ALL
    SELECT 'pg_crm_connections', jsonb_build_object('role', c.role_name, 'state', coalesce(c.state, '')), c.connections, 'gauge', 'Clients of this database.'
      FROM maint.connection_stats AS c
    UNION ALL
    SELECT v.* FROM maint.connection_counts() AS c
     CROSS JOIN LATERAL (VALUES
           ('pg_crm_server_connections', '{}'::jsonb, c.server_connections::double precision, 'gauge', 'Clients of the whole server.'),
           ('pg_crm_max_connections', '{}', c.max_connections, 'gauge', 'Clients that the server takes.')) AS v
    UNION ALL
    SELECT v.* FROM pg_stat_database AS d
     CROSS JOIN LATERAL (VALUES
           ('pg_crm_transactions_total', '{"result": "commit"}'::jsonb, d.xact_commit::double precision, 'counter', 'Transactions that ended.'),
           ('pg_crm_transactions_total', '{"result": "rollback"}', d.xact_rollback, 'counter', 'Transactions that ended.'),
           ('pg_crm_blocks_total', '{"source": "storage"}', d.blks_read, 'counter', 'Blocks asked for, by where they were found.'),
           ('pg_crm_blocks_total', '{"source": "cache"}', d.blks_hit, 'counter', 'Blocks asked for, by where they were found.'),
           ('pg_crm_deadlocks_total', '{}', d.deadlocks, 'counter', 'Deadlocks.'),
           ('pg_crm_temporary_bytes_total', '{}', d.temp_bytes, 'counter', 'Bytes written to temporary files.'),
           ('pg_crm_checksum_failures_total', '{}', d.checksum_failures, 'counter', 'Pages with a wrong checksum.'),
           ('pg_crm_database_size_bytes', '{}', pg_database_size(d.datid), 'gauge', 'Size of the database.')) AS v
     WHERE d.datname = current_database()
    UNION ALL
    SELECT v.* FROM sizes AS s
     CROSS JOIN LATERAL (SELECT jsonb_build_object('schema', s.schema_name, 'table', s.table_name) AS labels) AS l
     CROSS JOIN LATERAL (VALUES
           ('pg_crm_table_size_bytes', l.labels, s.total_bytes::double precision, 'gauge', 'Size of a table with indexes, TOAST and partitions.'),
           ('pg_crm_table_rows', l.labels, s.row_estimate, 'gauge', 'Rows of a table, as the planner estimates.'),
           ('pg_crm_table_dead_rows', l.labels, s.dead_row_estimate, 'gauge', 'Rows of a table that wait for VACUUM, as the statistics estimate.')) AS v
    UNION ALL
    SELECT v.name, '{}', m.value, 'gauge', v.help
      FROM measured AS m
      JOIN (VALUES
           ('replication_lag', 'pg_crm_replication_lag_seconds', 'How far the slowest standby, or this one, is behind.'),
           ('replication_slot_wal', 'pg_crm_replication_slot_wal_bytes', 'WAL that replication slots keep.'),
           ('longest_transaction', 'pg_crm_longest_transaction_seconds', 'Age of the oldest open transaction of this database.'),
           ('prepared_transactions', 'pg_crm_oldest_prepared_transaction_seconds', 'Age of the oldest prepared transaction of this database.'),
           ('blocked_sessions', 'pg_crm_blocked_sessions', 'Sessions of this database that wait for a lock.'),
           ('transaction_age', 'pg_crm_transaction_age', 'Age of the oldest row that is not frozen, in transactions.'),
           ('multixact_age', 'pg_crm_multixact_age', 'Age of the oldest row locked by several transactions, in multixacts.')) AS v (metric, name, help) USING (metric)
    UNION ALL
    SELECT v.* FROM maint.wal_archive_health() AS w
     CROSS JOIN LATERAL (VALUES
           ('pg_crm_wal_archived_total', '{}'::jsonb, w.archived_count::double precision, 'counter', 'Files of the WAL that were archived.'),
           ('pg_crm_wal_archive_failures_total', '{}', w.failed_count, 'counter', 'Tries to archive a file of the WAL that failed.'),
           ('pg_crm_wal_archive_waiting_files', '{}', w.waiting_files, 'gauge', 'Files of the WAL that wait to be archived.')) AS v
    UNION ALL
    SELECT v.* FROM runs AS r
     CROSS JOIN LATERAL (SELECT jsonb_build_object('task', r.task, 'target', coalesce(r.target, '')) AS labels) AS l
     CROSS JOIN LATERAL (VALUES
           ('pg_crm_maintenance_last_success_timestamp_seconds', l.labels, extract(epoch FROM r.succeeded_at)::double precision, 'gauge', 'When a task of maintenance last succeeded, in Unix time.'),
           ('pg_crm_maintenance_failures', l.labels, r.failures, 'gauge', 'Failed runs of a task that maint.maintenance_runs holds.')) AS v
    UNION ALL
    SELECT 'pg_crm_backup_last_success_timestamp_seconds', jsonb_build_object('profile', b.profile, 'policy', b.name),
           extract(epoch FROM b.last_success_at)::double precision, 'gauge', 'When a backup last succeeded, in Unix time.'
      FROM maint.verify_backups() AS b
    UNION ALL
    SELECT 'pg_crm_index_bloat_bytes', '{}', coalesce(sum(b.bloat_bytes), 0)::double precision, 'gauge', 'Bloat of all B-trees, by estimate.'
      FROM maint.index_bloat AS b
  )
  SELECT s.name, s.labels, s.value, s.type, s.help
    FROM samples AS s
   WHERE s.value IS NOT NULL
   ORDER BY s.name, s.labels::text
$function$;
COMMENT ON FUNCTION maint.metrics() IS
'What monitoring systems collect, one sample a row, in Prometheus'' conventions: name (base units, _total for counters), labels as a JSON object of strings, value, type (gauge, counter), help. What is not known is left out.';
REVOKE ALL ON FUNCTION maint.metrics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.metrics() TO crm_admin;

CREATE FUNCTION maint.metrics_text() RETURNS text
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH families AS (
    SELECT m.name, m.type, m.help,
           string_agg(m.name || coalesce('{' || l.list || '}', '') || ' ' ||
                      CASE m.value WHEN 'NaN' THEN 'NaN' WHEN 'Infinity' THEN '+Inf' WHEN '-Infinity' THEN '-Inf' ELSE m.value::text END,
                      E'\n' ORDER BY m.labels::text) AS samples
      FROM maint.metrics() AS m
     CROSS JOIN LATERAL (
           SELECT string_agg(format('%s="%s"', e.key, replace(replace(replace(e.value, '\', '\\'), '"', '\"'), E'\n', '\n')), ',' ORDER BY e.key) AS list
             FROM jsonb_each_text(m.labels) AS e) AS l
     GROUP BY m.name, m.type, m.help
  )
  SELECT string_agg(format(E'# HELP %s %s\n# TYPE %s %s\n%s\n', f.name, f.help, f.name, f.type, f.samples), '' ORDER BY f.name)
    FROM families AS f
$function$;
COMMENT ON FUNCTION maint.metrics_text() IS
'maint.metrics() in Prometheus'' text format, version 0.0.4, to be served as it is.';
REVOKE ALL ON FUNCTION maint.metrics_text() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.metrics_text() TO crm_admin;

CREATE FUNCTION maint.performance_report()
RETURNS TABLE (subject text, object text, value double precision, unit text, assessment text)
LANGUAGE sql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH d AS (
    SELECT * FROM pg_stat_database WHERE datname = current_database()
  ), tables AS MATERIALIZED (
    SELECT format('%I.%I', n.nspname, c.relname) AS object, c.reltuples, pg_relation_size(c.oid) AS bytes,
           pg_stat_get_numscans(c.oid) AS scans, pg_stat_get_tuples_returned(c.oid) AS read,
           pg_stat_get_tuples_updated(c.oid) AS updated, pg_stat_get_tuples_hot_updated(c.oid) AS hot
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  )
  SELECT v.* FROM d
   CROSS JOIN LATERAL (VALUES
         ('cache hits', NULL, d.blks_hit::double precision / nullif(d.blks_hit + d.blks_read, 0), 'share of blocks',
          CASE WHEN d.blks_hit < 9 * d.blks_read THEN 'below 0.9: the data in use may exceed shared_buffers' ELSE 'good' END),
         ('rolled back', NULL, d.xact_rollback::double precision / nullif(d.xact_commit + d.xact_rollback, 0), 'share of transactions',
          CASE WHEN d.xact_rollback > 0.05 * (d.xact_commit + d.xact_rollback) THEN 'above 0.05: look for errors in the log' ELSE 'good' END),
         ('deadlocks', NULL, d.deadlocks, 'since the statistics were reset', CASE WHEN d.deadlocks > 0 THEN 'see the log' ELSE 'good' END),
         ('temporary files', NULL, d.temp_bytes, 'bytes', CASE WHEN d.temp_bytes > 0 THEN 'sorts and hashes exceeded work_mem' ELSE 'good' END),
         ('waiting in transactions', NULL, d.idle_in_transaction_time / 1000, 'seconds',
          CASE WHEN d.idle_in_transaction_time > d.active_time THEN 'clients let transactions wait longer than they use them' ELSE 'good' END)) AS v
  UNION ALL
  (SELECT 'sequential scans', t.object, t.read, 'rows read', format('%s scans of %s: an index may be missing', t.scans, pg_size_pretty(t.bytes))
     FROM tables AS t
    WHERE t.scans > 50 AND t.bytes > 8388608
    ORDER BY t.read DESC, t.object LIMIT 10)
  UNION ALL
  (SELECT 'updates with index entries', t.object, (t.updated - t.hot)::double precision / t.updated, 'share of updates', 'a lower fillfactor or fewer indexes on columns that change would help'
     FROM tables AS t
    WHERE t.updated > 10000 AND t.hot < t.updated / 2
    ORDER BY t.updated - t.hot DESC, t.object LIMIT 10)
  UNION ALL
  (SELECT 'slow statements', left(s.query, 200), s.mean_ms, 'milliseconds on average', coalesce(s.hint, format('%s calls, %s %% of the time of all', s.calls, round((100 * s.time_share)::numeric)))
     FROM maint.slow_statements(10) AS s)
  UNION ALL
  (SELECT 'long-running', left(r.query, 200), extract(epoch FROM r.duration)::double precision, 'seconds', format('%s of process %s', r.kind, r.pid)
     FROM maint.long_running_queries AS r)
  UNION ALL
  (SELECT 'blocked', left(b.blocked_query, 200), extract(epoch FROM b.blocked_duration)::double precision, 'seconds', format('process %s waits for process %s', b.blocked_pid, b.blocking_pid)
     FROM maint.blocking_locks AS b)
$function$;
COMMENT ON FUNCTION maint.performance_report() IS
'How the database does: caching, rollbacks, deadlocks, temporary files and waiting clients since the statistics were reset; large tables that are read from end to end, tables whose updates write index entries, slow statements, and what runs long or is blocked now. Each with its unit and what to think of it.';
REVOKE ALL ON FUNCTION maint.performance_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.performance_report() TO crm_admin;
