-- What the documents recommend for a production server, and what else a database that must not lose
-- rows needs. Values are in the units of the documents; they are compared as numbers of bytes or
-- milliseconds, whatever the server's own unit is.
CREATE FUNCTION maint.recommended_settings()
RETURNS TABLE (name text, rule text, recommended text, severity text, reason text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  VALUES
    ('max_connections', 'at least', '200', 'info', 'The thresholds of 150 and 180 connections are made for 200; more come through a pooler.'),
    ('shared_buffers', 'at least', '4GB', 'info', 'A quarter of the memory of a server of 16 GB.'),
    ('effective_cache_size', 'at least', '12GB', 'info', 'Three quarters of the memory of a server of 16 GB: what the planner may believe to be cached.'),
    ('work_mem', 'at least', '64MB', 'info', 'Sorts and hashes of reports stay in memory.'),
    ('maintenance_work_mem', 'at least', '1GB', 'info', 'VACUUM and CREATE INDEX of large tables pass over them once.'),
    ('random_page_cost', 'at most', '1.1', 'info', 'On solid-state storage a random page costs hardly more than the next one.'),
    ('effective_io_concurrency', 'at least', '200', 'info', 'Solid-state storage answers many requests at once.'),
    ('fsync', 'is', 'on', 'critical', 'Without it a crash of the machine can destroy the database.'),
    ('full_page_writes', 'is', 'on', 'critical', 'Without it a crash of the machine can leave torn pages.'),
    ('autovacuum', 'is', 'on', 'critical', 'Without it tables grow without bound, and transaction numbers run out.'),
    ('track_counts', 'is', 'on', 'critical', 'Autovacuum works by these counts.'),
    ('row_security', 'is', 'on', 'warning', 'Where it is off, every query of the application on a table with policies is an error.'),
    ('synchronous_commit', 'one of', 'on, local, remote_write, remote_apply', 'warning', 'Where it is off, a crash loses the last commits.'),
    ('data_checksums', 'is', 'on', 'warning', 'Damaged pages are noticed when they are read; pg_checksums --enable turns it on while the server is stopped.'),
    ('wal_level', 'one of', 'replica, logical', 'warning', 'Recovery to a point in time and standbys need the whole WAL.'),
    ('archive_mode', 'one of', 'on, always', 'warning', 'Recovery to a point in time needs the archived WAL.'),
    ('archive_timeout', 'within', '5min', 'warning', 'WAL is archived every five minutes, and so much is lost at most.'),
    ('ssl', 'is', 'on', 'warning', 'Connections over a network are encrypted. Met as well where the server listens on no address.'),
    ('ssl_min_protocol_version', 'one of', 'TLSv1.2, TLSv1.3', 'warning', 'Older protocols are broken.'),
    ('password_encryption', 'is', 'scram-sha-256', 'warning', 'Hashes by MD5 can be used in place of the password.'),
    ('idle_in_transaction_session_timeout', 'within', '1h', 'warning', 'A forgotten transaction holds locks and keeps VACUUM from removing rows.'),
    ('log_lock_waits', 'is', 'on', 'info', 'Waits for locks can be explained afterwards.'),
    ('log_min_duration_statement', 'within', '5min', 'info', 'Slow statements are found in the log.'),
    ('track_io_timing', 'is', 'on', 'info', 'EXPLAIN and pg_stat_statements tell waiting for storage from computing.'),
    ('shared_preload_libraries', 'names', 'pg_stat_statements', 'info', 'maint.slow_queries is of it.')
$function$;
COMMENT ON FUNCTION maint.recommended_settings() IS
'Recommended settings: the rule (at least, at most, within: more than 0 and at most, is, one of, names: a list that has it), the value with its unit, how much it matters (info, warning, critical) and why.';
REVOKE ALL ON FUNCTION maint.recommended_settings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.recommended_settings() TO crm_admin;

-- Some settings are shown to members of pg_read_all_settings alone: these, by name, to crm_admin too.
CREATE FUNCTION maint.settings_found()
RETURNS TABLE (name text, rule text, recommended text, severity text, reason text, current_value text, is_met boolean, pending_restart boolean)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH compared AS (
    -- reset_val: what a session of this database begins with, not what this one has set for itself.
    SELECT r.*, s.reset_val, s.unit, s.pending_restart,
           CASE WHEN r.rule IN ('at least', 'at most', 'within') THEN
             CASE WHEN s.unit ~ '[kMGT]?B$'
                  THEN s.reset_val::numeric * CASE WHEN s.unit = 'B' THEN 1 ELSE pg_size_bytes(CASE WHEN s.unit ~ '^[0-9]' THEN s.unit ELSE '1' || s.unit END) END
                  WHEN s.unit IN ('ms', 's', 'min')
                  THEN s.reset_val::numeric * CASE s.unit WHEN 'ms' THEN 1 WHEN 's' THEN 1000 ELSE 60000 END
                  ELSE s.reset_val::numeric END END AS current_number,
           CASE WHEN r.rule IN ('at least', 'at most', 'within') THEN
             CASE WHEN s.unit ~ '[kMGT]?B$' THEN pg_size_bytes(r.recommended)
                  WHEN s.unit IN ('ms', 's', 'min') THEN extract(epoch FROM r.recommended::interval) * 1000
                  ELSE r.recommended::numeric END END AS recommended_number
      FROM maint.recommended_settings() AS r
      JOIN pg_settings AS s ON s.name = r.name
  )
  SELECT c.name, c.rule, c.recommended, c.severity, c.reason,
         CASE WHEN c.unit IS NULL THEN c.reset_val
              WHEN c.unit ~ '[kMGT]?B$' AND c.current_number >= 0 THEN pg_size_pretty(c.current_number)
              WHEN c.unit ~ '^[0-9]' THEN c.reset_val || ' x ' || c.unit
              ELSE c.reset_val || c.unit END,
         CASE c.rule
           WHEN 'at least' THEN c.current_number >= c.recommended_number
           WHEN 'at most' THEN c.current_number <= c.recommended_number
           WHEN 'within' THEN c.current_number > 0 AND c.current_number <= c.recommended_number
                           OR (c.name = 'log_min_duration_statement' AND c.current_number = 0) -- there 0 is: all of them
           WHEN 'is' THEN c.reset_val = c.recommended
                       OR (c.name = 'ssl' AND (SELECT btrim(l.reset_val) = '' FROM pg_settings AS l WHERE l.name = 'listen_addresses'))
           WHEN 'one of' THEN c.reset_val = ANY (string_to_array(c.recommended, ', '))
           ELSE c.recommended = ANY (regexp_split_to_array(c.reset_val, '[\s",]+')) END,
         c.pending_restart
    FROM compared AS c
$function$;
COMMENT ON FUNCTION maint.settings_found() IS
'The settings of maint.recommended_settings() as sessions of this database begin with them, and whether each is as recommended.';
REVOKE ALL ON FUNCTION maint.settings_found() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.settings_found() TO crm_admin;
