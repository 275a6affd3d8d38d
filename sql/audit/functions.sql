-- The ledgers' chains: how rows get into one, how anybody verifies one, how its oldest rows leave.

CREATE FUNCTION audit.row_digest(ledger text, entry jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  -- Named one by one: a column that a user adds must not turn all older rows into altered ones.
  SELECT sha256(convert_to(jsonb_object_agg(c.name, entry -> c.name)::text, 'UTF8'))
    FROM unnest(CASE ledger
      WHEN 'audit_logs' THEN ARRAY[
        'id', 'organization_id', 'category', 'action', 'resource', 'resource_id', 'resource_name', 'outcome',
        'actor_kind', 'user_id', 'api_key_id', 'actor_name', 'database_role', 'session_id', 'request_id',
        'ip_address', 'user_agent', 'reason', 'detail', 'chain', 'seq', 'previous_hash', 'created_at']
      WHEN 'record_versions' THEN ARRAY[
        'id', 'organization_id', 'table_schema', 'table_name', 'record_id', 'record_key', 'operation',
        'old_values', 'new_values', 'changed_columns', 'user_id', 'database_role', 'application_name',
        'request_id', 'transaction_id', 'chain', 'seq', 'previous_hash', 'created_at']
      WHEN 'security_events' THEN ARRAY[
        'id', 'organization_id', 'kind', 'severity', 'outcome', 'user_id', 'identifier', 'api_key_id',
        'session_id', 'request_id', 'ip_address', 'country', 'user_agent', 'risk_score', 'database_role',
        'detail', 'chain', 'seq', 'previous_hash', 'created_at']
    END) AS c (name)
$function$;
COMMENT ON FUNCTION audit.row_digest(text, jsonb) IS
'The digest of a row of a ledger: SHA-256 of the UTF-8 text of a jsonb object with every column of the row but hash (a NULL column as null, columns that users added left out). entry: to_jsonb(row), made with timezone UTC and bytea_output hex. A sound row: hash = audit.row_digest(''audit_logs'', to_jsonb(row)). NULL where there is no such ledger.';

CREATE FUNCTION audit.take_chain(
  ledger text, organization_id uuid, first_chain integer,
  OUT chain smallint, OUT last_seq bigint, OUT last_hash bytea)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  last_chain CONSTANT integer := first_chain + 31;
BEGIN
  FOR attempt IN 1 .. 3 LOOP
    IF organization_id IS NULL THEN
      SELECT h.chain, h.last_seq, h.last_hash INTO chain, last_seq, last_hash
        FROM audit.chain_heads AS h
       WHERE h.organization_id IS NULL AND h.ledger = take_chain.ledger
         AND h.chain BETWEEN first_chain AND last_chain
       ORDER BY h.organization_id, h.ledger, h.chain
       LIMIT 1
         FOR UPDATE SKIP LOCKED;
    ELSE
      SELECT h.chain, h.last_seq, h.last_hash INTO chain, last_seq, last_hash
        FROM audit.chain_heads AS h
       WHERE h.organization_id = take_chain.organization_id AND h.ledger = take_chain.ledger
         AND h.chain BETWEEN first_chain AND last_chain
       ORDER BY h.organization_id, h.ledger, h.chain
       LIMIT 1
         FOR UPDATE SKIP LOCKED;
    END IF;
    IF chain IS NOT NULL THEN
      RETURN;
    END IF;
    -- A chain that another transaction is about to begin is invisible, and waiting for it at the
    -- unique key could deadlock: its beginner holds this lock.
    FOR candidate IN first_chain .. last_chain LOOP
      IF pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', 'audit', ledger, organization_id, candidate), 0)) THEN
        INSERT INTO audit.chain_heads AS h (organization_id, ledger, chain)
        VALUES (take_chain.organization_id, take_chain.ledger, candidate)
        ON CONFLICT ON CONSTRAINT chain_heads_chain_key DO NOTHING
        RETURNING h.chain, h.last_seq, h.last_hash INTO chain, last_seq, last_hash;
        IF chain IS NOT NULL THEN
          RETURN;
        END IF;
      END IF;
    END LOOP;
  END LOOP;
  -- All are being written: wait for one.
  SELECT h.chain, h.last_seq, h.last_hash INTO STRICT chain, last_seq, last_hash
    FROM audit.chain_heads AS h
   WHERE h.organization_id IS NOT DISTINCT FROM take_chain.organization_id AND h.ledger = take_chain.ledger
     AND h.chain BETWEEN first_chain AND last_chain
   ORDER BY h.chain
  OFFSET pg_backend_pid() % 32
   LIMIT 1
     FOR UPDATE;
END
$function$;
COMMENT ON FUNCTION audit.take_chain(text, uuid, integer) IS
'Locks, until the transaction ends, one of the 32 chains of an organization from first_chain on that no other transaction writes, and says where it ends; begins one where there is none. Waits only where all 32 are being written.';
REVOKE ALL ON FUNCTION audit.take_chain(text, uuid, integer) FROM PUBLIC;

-- The row before it may be one of the same statement, which the head does not know yet: to write the
-- head for every row would leave one dead version of it for every row.
CREATE FUNCTION audit.chain_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET bytea_output = 'hex'
-- The last row of a chain is one step into an index, whatever the statistics of a new table say.
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $function$
#variable_conflict use_column
DECLARE
  head record;
  previous record;
  first_chain integer := 0;
BEGIN
  IF TG_ARGV[0] = 'audit_logs' THEN
    -- Categories are kept for different times, and a chain loses rows at its beginning only.
    first_chain := 32 * (coalesce(array_position(
      ARRAY['activity', 'access', 'configuration', 'security', 'compliance', 'system'], NEW.category::text), 1) - 1);
  END IF;
  head := audit.take_chain(TG_ARGV[0], NEW.organization_id, first_chain);
  CASE
    WHEN TG_ARGV[0] = 'audit_logs' AND NEW.organization_id IS NULL THEN
      SELECT seq, hash INTO previous FROM audit.audit_logs
       WHERE organization_id IS NULL AND chain = head.chain AND seq > head.last_seq
       ORDER BY organization_id DESC, chain DESC, seq DESC LIMIT 1;
    WHEN TG_ARGV[0] = 'audit_logs' THEN
      SELECT seq, hash INTO previous FROM audit.audit_logs
       WHERE organization_id = NEW.organization_id AND chain = head.chain AND seq > head.last_seq
       ORDER BY organization_id DESC, chain DESC, seq DESC LIMIT 1;
    WHEN TG_ARGV[0] = 'record_versions' AND NEW.organization_id IS NULL THEN
      SELECT seq, hash INTO previous FROM audit.record_versions
       WHERE organization_id IS NULL AND chain = head.chain AND seq > head.last_seq
       ORDER BY organization_id DESC, chain DESC, seq DESC LIMIT 1;
    WHEN TG_ARGV[0] = 'record_versions' THEN
      SELECT seq, hash INTO previous FROM audit.record_versions
       WHERE organization_id = NEW.organization_id AND chain = head.chain AND seq > head.last_seq
       ORDER BY organization_id DESC, chain DESC, seq DESC LIMIT 1;
    WHEN NEW.organization_id IS NULL THEN
      SELECT seq, hash INTO previous FROM audit.security_events
       WHERE organization_id IS NULL AND chain = head.chain AND seq > head.last_seq
       ORDER BY organization_id DESC, chain DESC, seq DESC LIMIT 1;
    ELSE
      SELECT seq, hash INTO previous FROM audit.security_events
       WHERE organization_id = NEW.organization_id AND chain = head.chain AND seq > head.last_seq
       ORDER BY organization_id DESC, chain DESC, seq DESC LIMIT 1;
  END CASE;
  NEW.chain := head.chain;
  NEW.seq := coalesce(previous.seq, head.last_seq) + 1;
  NEW.previous_hash := coalesce(previous.hash, head.last_hash);
  NEW.hash := audit.row_digest(TG_ARGV[0], to_jsonb(NEW));
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION audit.chain_row() IS
'Trigger (ledger), BEFORE INSERT FOR EACH ROW: puts the row at the end of one of its organization''s chains; chain, seq, previous_hash and hash are what it makes them, whatever was given. audit.advance_chains() must follow. Under REPEATABLE READ and SERIALIZABLE 40001 where the chain was written since the snapshot.';
REVOKE ALL ON FUNCTION audit.chain_row() FROM PUBLIC;

CREATE FUNCTION audit.advance_chains() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  UPDATE audit.chain_heads AS h
     SET last_seq = n.seq, last_hash = n.hash
    FROM (SELECT DISTINCT ON (organization_id, chain) organization_id, chain, seq, hash
            FROM new_rows
           WHERE organization_id IS NOT NULL
           ORDER BY organization_id, chain, seq DESC) AS n
   WHERE h.organization_id = n.organization_id AND h.ledger = TG_ARGV[0] AND h.chain = n.chain;
  UPDATE audit.chain_heads AS h
     SET last_seq = n.seq, last_hash = n.hash
    FROM (SELECT DISTINCT ON (chain) chain, seq, hash
            FROM new_rows
           WHERE organization_id IS NULL
           ORDER BY chain, seq DESC) AS n
   WHERE h.organization_id IS NULL AND h.ledger = TG_ARGV[0] AND h.chain = n.chain;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION audit.advance_chains() IS
'Trigger (ledger), AFTER INSERT FOR EACH STATEMENT with transition table new_rows: notes in audit.chain_heads where the chains end now, once for each.';
REVOKE ALL ON FUNCTION audit.advance_chains() FROM PUBLIC;

CREATE FUNCTION audit.log(
  action text, resource text, resource_id uuid, detail jsonb DEFAULT '{}',
  category text DEFAULT 'activity', outcome text DEFAULT 'success', reason text DEFAULT NULL)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organization uuid;
  actor CONSTANT uuid := tenancy.current_user_id();
  entry uuid;
BEGIN
  -- No foreign key keeps a row from coming after its organization was erased.
  SELECT o.id INTO organization FROM tenancy.organizations AS o WHERE o.id = tenancy.current_org_id() FOR KEY SHARE;
  IF organization IS NULL THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'no organization to log for',
      HINT = 'Call tenancy.set_context() first, in the same transaction.';
  END IF;
  INSERT INTO audit.audit_logs (organization_id, category, action, resource, resource_id, outcome, actor_kind, user_id, actor_name, reason, detail)
  VALUES (organization, log.category, log.action, log.resource, log.resource_id, log.outcome,
          CASE WHEN actor IS NULL THEN 'program' ELSE 'user' END, actor,
          (SELECT coalesce(u.name, u.email) FROM tenancy.users AS u WHERE u.id = actor),
          log.reason, coalesce(log.detail, '{}'))
  RETURNING id INTO entry;
  RETURN entry;
END
$function$;
COMMENT ON FUNCTION audit.log(text, text, uuid, jsonb, text, text, text) IS
'Adds an entry to audit.audit_logs for the current organization, by its current user, and returns its id. category and outcome: as the domains audit.category and audit.outcome. detail: a JSON object. Error 42501 without an organization.';
REVOKE ALL ON FUNCTION audit.log(text, text, uuid, jsonb, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.log(text, text, uuid, jsonb, text, text, text) TO crm_app, crm_admin;

CREATE FUNCTION audit.log_security(
  kind text, outcome text DEFAULT 'success', severity text DEFAULT 'info', identifier text DEFAULT NULL,
  ip_address inet DEFAULT NULL, user_agent text DEFAULT NULL, detail jsonb DEFAULT '{}')
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organization uuid;
  event uuid;
BEGIN
  SELECT o.id INTO organization FROM tenancy.organizations AS o WHERE o.id = tenancy.current_org_id() FOR KEY SHARE;
  INSERT INTO audit.security_events (organization_id, kind, outcome, severity, user_id, identifier, ip_address, user_agent, detail)
  VALUES (organization, log_security.kind, log_security.outcome, log_security.severity, tenancy.current_user_id(),
          log_security.identifier, log_security.ip_address, log_security.user_agent, coalesce(log_security.detail, '{}'))
  RETURNING id INTO event;
  RETURN event;
END
$function$;
COMMENT ON FUNCTION audit.log_security(text, text, text, text, inet, text, jsonb) IS
'Adds an event to audit.security_events for the current organization and user, either of which may be missing (a sign-in that failed), and returns its id. kind, outcome, severity: as the domains. identifier: what the user gave as name or address, never a secret.';
REVOKE ALL ON FUNCTION audit.log_security(text, text, text, text, inet, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.log_security(text, text, text, text, inet, text, jsonb) TO crm_app, crm_admin;

CREATE FUNCTION audit.verify_chain()
RETURNS TABLE (ledger text, organization_id uuid, chain smallint, seq bigint, id uuid, problem text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET bytea_output = 'hex'
AS $function$
DECLARE
  organization CONSTANT uuid := tenancy.current_org_id();
BEGIN
  -- Who is bound by row-level security would see nothing, and take that for sound.
  IF organization IS NULL AND row_security_active('audit.chain_heads') THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'no organization to verify',
      HINT = 'Call tenancy.set_context() first, in the same transaction; superusers verify all organizations without.';
  END IF;
  FOREACH ledger IN ARRAY ARRAY['audit_logs', 'record_versions', 'security_events'] LOOP
    RETURN QUERY EXECUTE format($query$
      WITH heads AS (
        SELECT coalesce(h.organization_id::text, '') AS organization, h.*
          FROM audit.chain_heads AS h
         WHERE h.ledger = %1$L AND ($1 IS NULL OR h.organization_id = $1)),
      entries AS (
        SELECT coalesce(e.organization_id::text, '') AS organization, e.organization_id, e.chain, e.seq, e.id, e.previous_hash, e.hash,
               audit.row_digest(%1$L, to_jsonb(e)) AS digest,
               lag(e.seq) OVER w AS before_seq,
               lag(e.hash) OVER w AS before_hash,
               lead(e.seq) OVER w IS NULL AS is_last
          FROM audit.%1$I AS e
         WHERE $1 IS NULL OR e.organization_id = $1
        WINDOW w AS (PARTITION BY e.organization_id, e.chain ORDER BY e.seq, e.id)),
      linked AS (
        SELECT e.*, h.last_seq, h.last_hash,
               coalesce(e.before_seq, h.removed_seq) AS expected_after,
               CASE WHEN e.before_seq IS NULL THEN h.removed_hash ELSE e.before_hash END AS expected_hash
          FROM entries AS e
          LEFT JOIN heads AS h ON h.organization = e.organization AND h.chain = e.chain)
      SELECT %1$L, l.organization_id, l.chain, l.seq, l.id, p.problem
        FROM linked AS l
       CROSS JOIN LATERAL (VALUES
               (l.hash <> l.digest, 'the row was altered: its hash is another'),
               (l.last_seq IS NULL, 'the chain has no head'),
               (l.seq <= l.expected_after, 'a second row has this place, or one that was removed is back'),
               (l.seq > l.expected_after + 1, format('rows are missing: %%s to %%s', l.expected_after + 1, l.seq - 1)),
               (l.seq = l.expected_after + 1 AND l.previous_hash IS DISTINCT FROM l.expected_hash, 'previous_hash is not the hash of the row before'),
               (l.seq > l.last_seq, 'the row is beyond the end of its chain'),
               (l.seq = l.last_seq AND l.hash IS DISTINCT FROM l.last_hash, 'the row is not the one that the chain ended with'),
               (l.is_last AND l.seq < l.last_seq, format('rows are missing: %%s to %%s', l.seq + 1, l.last_seq))
             ) AS p (found, problem)
       WHERE p.found
      UNION ALL
      SELECT %1$L, h.organization_id, h.chain, h.last_seq, NULL, format('rows are missing: %%s to %%s', h.removed_seq + 1, h.last_seq)
        FROM heads AS h
       WHERE h.last_seq > h.removed_seq
         AND NOT EXISTS (SELECT FROM entries AS e WHERE e.organization = h.organization AND e.chain = h.chain)
      ORDER BY 2, 3, 4
    $query$, ledger) USING organization;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION audit.verify_chain() IS
'What is wrong with the chains of audit_logs, record_versions and security_events: rows that were altered, removed, added or exchanged; no row where all is sound. Of the current organization; without one, of all, which only who is not bound by row-level security may ask (42501). A chain is verified from the oldest row that retention left. That a superuser rewrote a whole chain shows only by comparing audit.chain_heads.last_hash with a copy kept elsewhere.';
REVOKE ALL ON FUNCTION audit.verify_chain() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.verify_chain() TO crm_app, crm_readonly, crm_admin;

CREATE FUNCTION audit.remove_entries(
  ledger text, organization_id uuid, chain integer, before timestamptz, max_rows bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  head uuid;
  head_removed bigint;
  boundary bigint;
  boundary_hash bytea;
  chain_condition text;
BEGIN
  SELECT h.id, h.removed_seq, h.last_seq INTO head, head_removed, boundary
    FROM audit.chain_heads AS h
   WHERE h.organization_id IS NOT DISTINCT FROM remove_entries.organization_id
     AND h.ledger = remove_entries.ledger AND h.chain = remove_entries.chain
     FOR UPDATE;
  IF head IS NULL THEN
    RETURN 0;
  END IF;
  boundary := least(boundary, head_removed + max_rows);
  chain_condition := format('organization_id %s AND chain = %L', coalesce('= ' || quote_literal(organization_id), 'IS NULL'), chain);
  -- Times do not ascend strictly along a chain: a long transaction writes late what it began early.
  EXECUTE format('SELECT least(min(seq) - 1, $2) FROM audit.%I WHERE %s AND seq <= $2 AND created_at >= $1', ledger, chain_condition)
     INTO boundary USING before, boundary;
  EXECUTE format('SELECT seq, hash FROM audit.%I WHERE %s AND seq BETWEEN $1 AND $2 ORDER BY seq DESC LIMIT 1', ledger, chain_condition)
     INTO boundary, boundary_hash USING head_removed + 1, boundary;
  IF boundary_hash IS NULL THEN
    RETURN 0;
  END IF;
  PERFORM maint.execute_as_owner(format('audit.%I', ledger)::regclass,
    ARRAY[format('DELETE FROM audit.%I WHERE %s AND seq <= %s', ledger, chain_condition, boundary)]);
  UPDATE audit.chain_heads AS h
     SET removed_seq = boundary, removed_hash = boundary_hash
   WHERE h.id = head;
  RETURN boundary - head_removed;
END
$function$;
COMMENT ON FUNCTION audit.remove_entries(text, uuid, integer, timestamptz, bigint) IS
'Removes from a chain its oldest rows, up to the first one of the time before or later, and keeps the digest of the last one removed, so that what is left can be verified. max_rows: no more than so many; NULL: all. Returns how many. For retention, which asks for legal holds itself. The chains of audit_logs: activity 0 to 31, access from 32, configuration from 64, security from 96, compliance from 128, system from 160.';
REVOKE ALL ON FUNCTION audit.remove_entries(text, uuid, integer, timestamptz, bigint) FROM PUBLIC;

CREATE FUNCTION audit.remove_organization(organization_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  counts jsonb := '{}';
  removed bigint;
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_logs', 'record_versions', 'security_events', 'chain_heads'] LOOP
    EXECUTE format('SELECT count(*) FROM audit.%I WHERE organization_id = $1', name) INTO removed USING organization_id;
    IF removed > 0 THEN
      PERFORM maint.execute_as_owner(format('audit.%I', name)::regclass,
        ARRAY[format('DELETE FROM audit.%I WHERE organization_id = %L', name, organization_id)]);
      counts := counts || jsonb_build_object('audit.' || name, removed);
    END IF;
  END LOOP;
  RETURN counts;
END
$function$;
COMMENT ON FUNCTION audit.remove_organization(uuid) IS
'Removes the ledgers and chains of an organization that is being erased; returns rows by table. For tenancy.delete_organization().';
REVOKE ALL ON FUNCTION audit.remove_organization(uuid) FROM PUBLIC;
