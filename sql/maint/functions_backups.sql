CREATE FUNCTION maint.waiting_wal()
RETURNS TABLE (files bigint, oldest_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT count(*), min(f.modification)
    FROM pg_ls_archive_statusdir() AS f
   WHERE f.name LIKE '%.ready'
$function$;
COMMENT ON FUNCTION maint.waiting_wal() IS
'How many files of the WAL wait to be archived, and since when the oldest does.';
REVOKE ALL ON FUNCTION maint.waiting_wal() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.waiting_wal() TO crm_admin;

CREATE FUNCTION maint.wal_archive_health()
RETURNS TABLE (
  status text, reason text, archive_mode text, archived_count bigint, last_archived_wal text, last_archived_at timestamptz,
  failed_count bigint, last_failed_wal text, last_failed_at timestamptz, waiting_files bigint, oldest_waiting_at timestamptz)
LANGUAGE sql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN s.mode = 'off' THEN 'warning'
              WHEN NOT s.archives THEN 'ok'
              WHEN a.last_failed_time > coalesce(a.last_archived_time, '-infinity') THEN 'critical'
              WHEN w.files > 10 OR w.oldest_at < now() - '15 minutes'::interval THEN 'warning'
              ELSE 'ok' END,
         CASE WHEN s.mode = 'off' THEN 'archive_mode is off: there is no recovery to a point in time'
              WHEN NOT s.archives THEN 'this server is in recovery and archives nothing (archive_mode = on)'
              WHEN a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
              THEN format('archiving fails: %s at %s, %s failures', a.last_failed_wal, a.last_failed_time, a.failed_count)
              WHEN w.files > 10 OR w.oldest_at < now() - '15 minutes'::interval
              THEN format('%s files wait to be archived, the oldest since %s', w.files, w.oldest_at)
              WHEN a.last_archived_time IS NULL THEN 'nothing had to be archived yet'
              ELSE format('last archived %s at %s', a.last_archived_wal, a.last_archived_time) END,
         s.mode, a.archived_count, a.last_archived_wal, a.last_archived_time,
         a.failed_count, a.last_failed_wal, a.last_failed_time, w.files, w.oldest_at
    FROM (SELECT current_setting('archive_mode') AS mode,
                 current_setting('archive_mode') = 'always' OR (current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery()) AS archives) AS s
   CROSS JOIN pg_stat_archiver AS a
   CROSS JOIN maint.waiting_wal() AS w
$function$;
COMMENT ON FUNCTION maint.wal_archive_health() IS
'How the archiving of WAL goes: ok, warning (it is off, or more than ten files or one for more than a quarter of an hour wait) or critical (the last try failed), with the reason and the server''s counts.';
REVOKE ALL ON FUNCTION maint.wal_archive_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.wal_archive_health() TO crm_admin;

CREATE FUNCTION maint.verify_backups()
RETURNS TABLE (profile text, name text, kind text, status text, reason text, last_success_at timestamptz, due_at timestamptz, kept bigint)
LANGUAGE sql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH runs AS MATERIALIZED (
    SELECT r.* FROM maint.backup_runs AS r
  ), states AS (
    SELECT p.*, last.finished_at AS last_success_at, last.is_encrypted, last.size_bytes, failed.detail AS failure, failed.finished_at AS failed_at,
           tested.finished_at AS tested_at, stuck.started_at AS stuck_since,
           (SELECT count(*) FROM runs AS r WHERE r.policy_id = p.id AND r.status = 'succeeded' AND r.kind <> 'restore_test' AND r.removed_at IS NULL) AS kept,
           (SELECT count(*) FROM runs AS r WHERE r.policy_id = p.id AND r.status = 'succeeded' AND r.kind <> 'restore_test'
                AND r.removed_at < r.finished_at + p.retention) AS removed_early,
           (SELECT avg(e.size_bytes) FROM (SELECT r.size_bytes FROM runs AS r
                WHERE r.policy_id = p.id AND r.status = 'succeeded' AND r.kind = p.kind AND r.finished_at < last.finished_at
                ORDER BY r.finished_at DESC LIMIT 5) AS e) AS usual_bytes,
           -- The server itself tells of its WAL.
           CASE WHEN p.kind = 'wal' THEN w.status END AS wal_status, w.reason AS wal_reason, w.last_archived_at
      FROM maint.backup_policies AS p
     CROSS JOIN maint.wal_archive_health() AS w
      LEFT JOIN LATERAL (SELECT r.* FROM runs AS r WHERE r.policy_id = p.id AND r.status = 'succeeded' AND r.kind <> 'restore_test'
                          ORDER BY r.finished_at DESC LIMIT 1) AS last ON true
      LEFT JOIN LATERAL (SELECT r.* FROM runs AS r WHERE r.policy_id = p.id AND r.status = 'failed' AND r.kind <> 'restore_test'
                            AND r.finished_at > coalesce(last.finished_at, '-infinity')
                          ORDER BY r.finished_at DESC LIMIT 1) AS failed ON true
      LEFT JOIN LATERAL (SELECT t.finished_at FROM runs AS t JOIN runs AS r ON r.id = t.tested_run_id AND r.policy_id = p.id
                          WHERE t.kind = 'restore_test' AND t.status = 'succeeded'
                          ORDER BY t.finished_at DESC LIMIT 1) AS tested ON true
      LEFT JOIN LATERAL (SELECT r.started_at FROM runs AS r WHERE r.policy_id = p.id AND r.status = 'running'
                            AND r.started_at < now() - p.period - p.grace
                          ORDER BY r.started_at LIMIT 1) AS stuck ON true
     WHERE p.enabled
  ), findings AS (
    SELECT s.*, CASE WHEN s.kind = 'wal' AND s.last_success_at IS NULL THEN s.last_archived_at ELSE s.last_success_at END AS succeeded_at, f.severity, f.finding
      FROM states AS s
      LEFT JOIN LATERAL (
           VALUES ('critical', CASE WHEN s.wal_status = 'critical' THEN s.wal_reason END),
                  ('critical', CASE WHEN s.wal_status = 'warning' AND s.last_success_at IS NULL THEN s.wal_reason END),
                  ('critical', CASE WHEN s.last_success_at + s.period + s.grace < now()
                                    THEN format('overdue since %s: the last one succeeded at %s', s.last_success_at + s.period + s.grace, s.last_success_at) END),
                  ('critical', CASE WHEN s.kind <> 'wal' AND s.last_success_at IS NULL AND s.updated_at + s.period + s.grace < now()
                                    THEN 'none has succeeded yet' END),
                  ('warning', CASE WHEN s.kind <> 'wal' AND s.last_success_at IS NULL AND s.updated_at + s.period + s.grace >= now()
                                   THEN format('none has succeeded yet; the first is due at %s', s.updated_at + s.period + s.grace) END),
                  ('warning', CASE WHEN s.failed_at IS NOT NULL THEN format('the last try failed at %s', s.failed_at) || coalesce(': ' || s.failure, '') END),
                  ('warning', CASE WHEN s.stuck_since IS NOT NULL THEN format('one has been running since %s', s.stuck_since) END),
                  ('warning', CASE WHEN s.must_be_encrypted AND s.last_success_at IS NOT NULL AND s.is_encrypted IS NOT TRUE
                                   THEN CASE WHEN s.is_encrypted THEN '' WHEN s.is_encrypted IS NULL THEN 'not known to be encrypted' ELSE 'not encrypted' END END),
                  ('warning', CASE WHEN s.removed_early > 0 THEN format('%s were removed before %s', s.removed_early, s.retention) END),
                  ('warning', CASE WHEN s.size_bytes < s.usual_bytes / 2
                                   THEN format('the last one is %s, those before were %s on average', pg_size_pretty(s.size_bytes), pg_size_pretty(s.usual_bytes)) END),
                  ('warning', CASE WHEN s.restore_test_period IS NOT NULL AND s.last_success_at IS NOT NULL
                                    AND coalesce(s.tested_at, s.created_at) + s.restore_test_period < now()
                                   THEN coalesce('last restored for a try at ' || s.tested_at, 'never restored for a try') END)
           ) AS f (severity, finding) ON f.finding IS NOT NULL
  )
  SELECT f.profile, f.name, f.kind,
         CASE WHEN bool_or(f.severity = 'critical') THEN 'critical' WHEN bool_or(f.severity = 'warning') THEN 'warning' ELSE 'ok' END,
         coalesce(string_agg(f.finding, '; ' ORDER BY f.severity, f.finding), 'as agreed'),
         f.succeeded_at, f.succeeded_at + f.period + f.grace, f.kept
    FROM findings AS f
   GROUP BY f.id, f.profile, f.name, f.kind, f.succeeded_at, f.period, f.grace, f.kept
   ORDER BY 1, 2
$function$;
COMMENT ON FUNCTION maint.verify_backups() IS
'Every enabled policy of maint.backup_policies against maint.backup_runs, WAL against the server''s own archiving: ok, warning or critical, with the reasons: overdue or none at all, the last try failed, one runs for too long, not encrypted, removed before its time, less than half as large as the five before, not restored for a try in time. It reads what tools report; it does not read backups.';
REVOKE ALL ON FUNCTION maint.verify_backups() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.verify_backups() TO crm_admin;

-- What the documents say of thresholds and backups. The two profiles of backups are one for each way
-- to run a server; which of them is in use only its operator knows, so neither is demanded at first.
CREATE FUNCTION maint.seed_monitoring() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  INSERT INTO maint.metric_thresholds (metric, description, unit, source, bad_when, warning, critical)
  VALUES
    ('connections', 'Clients of the whole server. A pooler lets more of them share fewer connections.', 'connections', 'server', 'above', 150, 180),
    ('replication_lag', 'How far the slowest standby is behind in replaying, or this one if it is a standby.', 'seconds', 'server', 'above', 10, 60),
    ('replication_slot_wal', 'WAL that replication slots keep from being removed. A slot that nobody uses is to be dropped.', 'bytes', 'server', 'above', 10737418240, 53687091200),
    ('longest_transaction', 'Age of the oldest open transaction of this database. It holds locks and keeps VACUUM from removing rows.', 'seconds', 'server', 'above', 300, 3600),
    ('prepared_transactions', 'Age of the oldest prepared transaction of this database. One that nobody ends is to be rolled back.', 'seconds', 'server', 'above', 300, 3600),
    ('blocked_sessions', 'Sessions of this database that wait for a lock. See maint.blocking_locks.', 'sessions', 'server', 'above', 5, 20),
    ('transaction_age', 'Age of the oldest row that is not frozen. At 2,000 million the server stops; VACUUM (FREEZE) brings it down.', 'transactions', 'server', 'above', 500000000, 1500000000),
    ('multixact_age', 'As transaction_age, for rows locked by several transactions at once.', 'multixacts', 'server', 'above', 500000000, 1500000000),
    ('cpu', 'Load of the processor; reported from outside, the server cannot see it.', 'percent', 'reported', 'above', 70, 90),
    ('free_storage', 'Free storage of the data directory; reported from outside, the server cannot see it.', 'bytes', 'reported', 'below', 53687091200, 21474836480),
    ('read_operations', 'Read operations of the storage; reported from outside, the server cannot see it.', '1/s', 'reported', 'above', 10000, 12000)
  ON CONFLICT DO NOTHING;
  INSERT INTO maint.backup_policies (profile, name, kind, description, period, grace, retention, destination, restore_test_period, enabled)
  VALUES
    ('self-managed', 'daily', 'full', 'A full backup every day.', '1 day', '6 hours', '30 days', 'cloud storage', '30 days', false),
    ('self-managed', 'wal', 'wal', 'Continuous archiving of WAL, at least every five minutes.', '5 minutes', '5 minutes', '7 days', 'cloud storage', NULL, false),
    ('managed', 'daily-snapshot', 'snapshot', 'The automated snapshot of the cloud.', '1 day', '6 hours', '7 days', NULL, '90 days', false),
    ('managed', 'point-in-time', 'pitr', 'The cloud''s recovery to a point in time; what it reports as the latest restorable time.', '5 minutes', '10 minutes', '7 days', NULL, NULL, false),
    ('managed', 'weekly-snapshot', 'snapshot', 'A snapshot by hand, kept for longer.', '7 days', '1 day', '90 days', NULL, NULL, false),
    ('managed', 'cross-region', 'copy', 'A copy of the daily snapshot in another region.', '1 day', '12 hours', '30 days', 'another region', NULL, false)
  ON CONFLICT DO NOTHING;
$function$;
COMMENT ON FUNCTION maint.seed_monitoring() IS
'Adds the documents'' thresholds and backup policies that are missing and changes none that is there. An installation calls it when it makes the tables; later it brings back what was deleted. The policies are not enabled: UPDATE maint.backup_policies SET enabled = true WHERE profile = ''self-managed'' (or ''managed'').';
REVOKE ALL ON FUNCTION maint.seed_monitoring() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.seed_monitoring() TO crm_admin;
