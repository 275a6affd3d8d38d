-- What is going on in this database, for who administers it. The server shows a statement's text to
-- its own role and to members of pg_read_all_stats alone, those of every database at once; these
-- functions show crm_admin the sessions of this database and no others.

CREATE FUNCTION maint.sessions()
RETURNS TABLE (
  pid integer, role_name text, application_name text, client_address inet, state text, started_at timestamptz,
  transaction_started_at timestamptz, query_started_at timestamptz, state_changed_at timestamptz,
  wait_event_type text, wait_event text, query text)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT a.pid, a.usename::text, a.application_name, a.client_addr, a.state, a.backend_start,
         a.xact_start, a.query_start, a.state_change, a.wait_event_type, a.wait_event, a.query
    FROM pg_stat_activity AS a
   WHERE a.datname = current_database()
     AND a.backend_type = 'client backend'
$function$;
COMMENT ON FUNCTION maint.sessions() IS
'The sessions of clients in this database, with the text of what they run or ran last. For crm_admin and superusers.';
REVOKE ALL ON FUNCTION maint.sessions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.sessions() TO crm_admin;

CREATE FUNCTION maint.running_longer_than(threshold interval)
RETURNS TABLE (
  pid integer, role_name text, application_name text, client_address inet, state text, kind text, duration interval,
  transaction_duration interval, wait_event_type text, wait_event text, query text)
LANGUAGE sql VOLATILE PARALLEL RESTRICTED -- by the clock: a transaction may look more than once
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT s.pid, s.role_name, s.application_name, s.client_address, s.state, k.kind, clock_timestamp() - k.since,
         clock_timestamp() - s.transaction_started_at, s.wait_event_type, s.wait_event, s.query
    FROM maint.sessions() AS s
   CROSS JOIN LATERAL (
         SELECT CASE WHEN s.state = 'active' OR s.state = 'fastpath function call' THEN 'query' ELSE 'idle transaction' END AS kind,
                CASE WHEN s.state = 'active' OR s.state = 'fastpath function call' THEN s.query_started_at
                     WHEN s.state <> 'idle' THEN s.state_changed_at END AS since) AS k
   WHERE clock_timestamp() - k.since >= threshold
     AND s.pid <> pg_backend_pid()
   ORDER BY k.since
$function$;
COMMENT ON FUNCTION maint.running_longer_than(interval) IS
'Sessions of this database whose statement runs (kind query), or whose open transaction has been waiting for its client (kind idle transaction), for at least so long by the clock; the oldest first, the caller''s own left out.';
REVOKE ALL ON FUNCTION maint.running_longer_than(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.running_longer_than(interval) TO crm_admin;

CREATE FUNCTION maint.connection_counts()
RETURNS TABLE (server_connections bigint, database_connections bigint, max_connections integer, reserved_connections integer)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT count(*), count(*) FILTER (WHERE a.datname = current_database()),
         current_setting('max_connections')::integer,
         current_setting('superuser_reserved_connections')::integer
           + coalesce(current_setting('reserved_connections', true), '0')::integer -- from PostgreSQL 16 on
    FROM pg_stat_activity AS a
   WHERE a.backend_type = 'client backend'
$function$;
COMMENT ON FUNCTION maint.connection_counts() IS
'How many clients are connected to the server and to this database, how many may be, and how many of those places are kept for superusers and reserved.';
REVOKE ALL ON FUNCTION maint.connection_counts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.connection_counts() TO crm_admin;

-- A view could not name what may not be there: the extension, or its columns of another version.
CREATE FUNCTION maint.slow_statements(max_rows integer DEFAULT 10)
RETURNS TABLE (
  query_id bigint, role_name text, query text, calls bigint, total_ms double precision, mean_ms double precision,
  max_ms double precision, row_count bigint, cache_hit_ratio double precision, time_share double precision, hint text)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL UNSAFE -- a subtransaction catches what a missing library raises
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  source text;
  columns text[];
BEGIN
  IF (max_rows > 0) IS NOT TRUE THEN
    RAISE invalid_parameter_value USING MESSAGE = 'max_rows must be greater than 0';
  END IF;
  SELECT format('%I.pg_stat_statements', n.nspname),
         ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0)
    INTO source, columns
    FROM pg_extension AS e
    JOIN pg_depend AS m ON m.refclassid = 'pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e'
    JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid AND c.relname = 'pg_stat_statements'
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE e.extname = 'pg_stat_statements';
  IF NOT FOUND THEN
    hint := 'pg_stat_statements is not installed here: put it into shared_preload_libraries, restart, and run CREATE EXTENSION pg_stat_statements.';
    RETURN NEXT;
    RETURN;
  END IF;
  BEGIN
    -- Before version 1.8 the columns of times had other names.
    RETURN QUERY EXECUTE format(
      'SELECT s.queryid, pg_get_userbyid(s.userid)::text, s.query, s.calls, s.%2$I, s.%3$I, s.%4$I, s.rows,
              s.shared_blks_hit::double precision / nullif(s.shared_blks_hit + s.shared_blks_read, 0),
              s.%2$I / nullif(sum(s.%2$I) OVER (), 0), NULL::text
         FROM %1$s AS s
        WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
        ORDER BY s.%3$I DESC, s.queryid
        LIMIT $1',
      source,
      CASE WHEN 'total_exec_time' = ANY (columns) THEN 'total_exec_time' ELSE 'total_time' END,
      CASE WHEN 'mean_exec_time' = ANY (columns) THEN 'mean_exec_time' ELSE 'mean_time' END,
      CASE WHEN 'max_exec_time' = ANY (columns) THEN 'max_exec_time' ELSE 'max_time' END)
      USING max_rows;
  EXCEPTION WHEN object_not_in_prerequisite_state THEN
    hint := 'pg_stat_statements is installed but not loaded: put it into shared_preload_libraries and restart.';
    RETURN NEXT;
  END;
END
$function$;
COMMENT ON FUNCTION maint.slow_statements(integer) IS
'The statements of this database that took longest on average, as pg_stat_statements counts them, whatever its schema and version; times in milliseconds, cache_hit_ratio of the blocks read, time_share of the time of all. Where it is missing or not loaded, one row with a hint. Error 22023 for max_rows below 1.';
REVOKE ALL ON FUNCTION maint.slow_statements(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.slow_statements(integer) TO crm_admin;
