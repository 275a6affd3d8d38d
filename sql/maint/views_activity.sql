CREATE VIEW maint.long_running_queries WITH (security_invoker = true) AS
SELECT r.pid, r.role_name, r.application_name, r.client_address, r.state, r.kind, r.duration, r.transaction_duration,
       r.wait_event_type, r.wait_event, r.query
  FROM maint.running_longer_than('5 minutes') AS r;
COMMENT ON VIEW maint.long_running_queries IS 'Sessions of this database whose statement runs, or whose open transaction waits for its client, for five minutes or more; the oldest first. maint.running_longer_than() takes another limit.';
COMMENT ON COLUMN maint.long_running_queries.pid IS 'Process, for pg_cancel_backend() and pg_terminate_backend().';
COMMENT ON COLUMN maint.long_running_queries.role_name IS 'Role that connected.';
COMMENT ON COLUMN maint.long_running_queries.application_name IS 'What the client calls itself.';
COMMENT ON COLUMN maint.long_running_queries.client_address IS 'Where it connects from; NULL: by a socket of the machine.';
COMMENT ON COLUMN maint.long_running_queries.state IS 'State, as in pg_stat_activity.';
COMMENT ON COLUMN maint.long_running_queries.kind IS 'query: a statement runs; idle transaction: the transaction is open and the client says nothing.';
COMMENT ON COLUMN maint.long_running_queries.duration IS 'For how long, by the clock.';
COMMENT ON COLUMN maint.long_running_queries.transaction_duration IS 'How long the transaction has been open.';
COMMENT ON COLUMN maint.long_running_queries.wait_event_type IS 'Kind of what it waits for; NULL: it waits for nothing.';
COMMENT ON COLUMN maint.long_running_queries.wait_event IS 'What it waits for.';
COMMENT ON COLUMN maint.long_running_queries.query IS 'The statement that runs, or the last one.';

CREATE VIEW maint.blocking_locks WITH (security_invoker = true) AS
WITH sessions AS MATERIALIZED (SELECT * FROM maint.sessions())
SELECT blocked.pid AS blocked_pid,
       blocked.role_name AS blocked_role,
       clock_timestamp() - blocked.query_started_at AS blocked_duration,
       blocked.wait_event AS lock_type,
       blocked.query AS blocked_query,
       pids.pid AS blocking_pid,
       blocking.role_name AS blocking_role,
       blocking.state AS blocking_state,
       clock_timestamp() - blocking.transaction_started_at AS blocking_transaction_duration,
       blocking.query AS blocking_query
  FROM sessions AS blocked
 CROSS JOIN LATERAL (SELECT DISTINCT p.pid FROM unnest(pg_blocking_pids(blocked.pid)) AS p (pid)) AS pids
  LEFT JOIN sessions AS blocking ON blocking.pid = pids.pid
 WHERE blocked.wait_event_type = 'Lock'; -- pg_blocking_pids() holds up the whole lock manager: ask for those alone that wait
COMMENT ON VIEW maint.blocking_locks IS 'Sessions of this database that wait for a lock, one row for each session that stands in the way, those before it in the queue included, by pg_blocking_pids().';
COMMENT ON COLUMN maint.blocking_locks.blocked_pid IS 'Process that waits.';
COMMENT ON COLUMN maint.blocking_locks.blocked_role IS 'Its role.';
COMMENT ON COLUMN maint.blocking_locks.blocked_duration IS 'How long its statement has been running; the waiting is a part of that.';
COMMENT ON COLUMN maint.blocking_locks.lock_type IS 'What is locked: relation, transactionid, tuple, advisory, ...';
COMMENT ON COLUMN maint.blocking_locks.blocked_query IS 'The statement that waits.';
COMMENT ON COLUMN maint.blocking_locks.blocking_pid IS 'Process that stands in the way; 0: a prepared transaction.';
COMMENT ON COLUMN maint.blocking_locks.blocking_role IS 'Its role; NULL where it is not a client of this database.';
COMMENT ON COLUMN maint.blocking_locks.blocking_state IS 'Its state, as in pg_stat_activity.';
COMMENT ON COLUMN maint.blocking_locks.blocking_transaction_duration IS 'How long its transaction has been open.';
COMMENT ON COLUMN maint.blocking_locks.blocking_query IS 'The statement it runs or ran last; not always the one that took the lock.';

CREATE VIEW maint.slow_queries WITH (security_invoker = true) AS
SELECT s.query_id, s.role_name, s.query, s.calls, s.total_ms, s.mean_ms, s.max_ms, s.row_count, s.cache_hit_ratio, s.time_share, s.hint
  FROM maint.slow_statements(10) AS s;
COMMENT ON VIEW maint.slow_queries IS 'The ten statements of this database that took longest on average since pg_stat_statements was reset; where that is missing, one row with a hint.';
COMMENT ON COLUMN maint.slow_queries.query_id IS 'Number of the statement, its constants left out.';
COMMENT ON COLUMN maint.slow_queries.role_name IS 'Role that ran it.';
COMMENT ON COLUMN maint.slow_queries.query IS 'Its text with $1, $2 for constants.';
COMMENT ON COLUMN maint.slow_queries.calls IS 'How often it ran.';
COMMENT ON COLUMN maint.slow_queries.total_ms IS 'Time of all runs, planning left out, in milliseconds.';
COMMENT ON COLUMN maint.slow_queries.mean_ms IS 'Time of a run on average, in milliseconds.';
COMMENT ON COLUMN maint.slow_queries.max_ms IS 'Time of the longest run, in milliseconds.';
COMMENT ON COLUMN maint.slow_queries.row_count IS 'Rows returned or changed by all runs.';
COMMENT ON COLUMN maint.slow_queries.cache_hit_ratio IS 'Share of the blocks that were in shared buffers, 0 to 1; NULL: it read none.';
COMMENT ON COLUMN maint.slow_queries.time_share IS 'Share of the time of all statements of this database, 0 to 1.';
COMMENT ON COLUMN maint.slow_queries.hint IS 'What to do where there is nothing to show; NULL otherwise.';

CREATE VIEW maint.connection_stats WITH (security_invoker = true) AS
SELECT s.role_name,
       s.state,
       count(*) AS connections,
       max(clock_timestamp() - s.state_changed_at) AS longest_in_state,
       max(clock_timestamp() - s.transaction_started_at) AS longest_transaction,
       count(*) FILTER (WHERE s.wait_event_type = 'Lock') AS waiting_for_locks,
       c.database_connections,
       c.server_connections,
       c.max_connections,
       c.reserved_connections,
       c.server_connections::double precision / c.max_connections AS used_share
  FROM maint.sessions() AS s
 CROSS JOIN maint.connection_counts() AS c
 GROUP BY s.role_name, s.state, c.database_connections, c.server_connections, c.max_connections, c.reserved_connections;
COMMENT ON VIEW maint.connection_stats IS 'Connections of clients to this database by role and state, beside the places that the server has.';
COMMENT ON COLUMN maint.connection_stats.role_name IS 'Role that connected.';
COMMENT ON COLUMN maint.connection_stats.state IS 'State, as in pg_stat_activity: active, idle, idle in transaction, ...';
COMMENT ON COLUMN maint.connection_stats.connections IS 'How many.';
COMMENT ON COLUMN maint.connection_stats.longest_in_state IS 'How long the longest of them has been in that state.';
COMMENT ON COLUMN maint.connection_stats.longest_transaction IS 'Age of their oldest open transaction; NULL: none is open.';
COMMENT ON COLUMN maint.connection_stats.waiting_for_locks IS 'How many of them wait for a lock.';
COMMENT ON COLUMN maint.connection_stats.database_connections IS 'Clients of this database.';
COMMENT ON COLUMN maint.connection_stats.server_connections IS 'Clients of the whole server.';
COMMENT ON COLUMN maint.connection_stats.max_connections IS 'How many the server takes.';
COMMENT ON COLUMN maint.connection_stats.reserved_connections IS 'How many of those are kept for superusers and reserved.';
COMMENT ON COLUMN maint.connection_stats.used_share IS 'server_connections of max_connections, 0 to 1.';
