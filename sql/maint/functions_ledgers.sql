-- How the oldest entries leave the ledgers of schema audit: whole partitions first, then each chain's beginning.

CREATE FUNCTION maint.ledger_retention(ledger text, organization_id uuid, chain integer, days integer) RETURNS interval
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  -- Of audit_logs each category has 32 chains of its own.
  SELECT coalesce(
    (SELECT p.retention
       FROM maint.retention_policies AS p
      WHERE p.target = format('audit.%I', ledger)::regclass AND p.enabled AND p.action = 'delete'
        AND (p.organization_id IS NULL OR p.organization_id = $2)
        AND (p.category_column IS NULL
             OR (ledger = 'audit_logs' AND p.category_column = 'category'
                 AND p.category = (ARRAY['activity', 'access', 'configuration', 'security', 'compliance', 'system'])[chain / 32 + 1]))
      ORDER BY p.organization_id NULLS LAST, p.category_column NULLS LAST
      LIMIT 1),
    CASE WHEN ledger = 'audit_logs' THEN make_interval(days => days) END)
$function$;
COMMENT ON FUNCTION maint.ledger_retention(text, uuid, integer, integer) IS
'How long the entries of a chain are kept: by the narrowest policy of maint.retention_policies, otherwise, for audit_logs, so many days; NULL: for ever.';
REVOKE ALL ON FUNCTION maint.ledger_retention(text, uuid, integer, integer) FROM PUBLIC;

CREATE FUNCTION maint.removal_limit(ledger text, organization_id uuid, chain integer, days integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  parent CONSTANT regclass := format('audit.%I', ledger)::regclass;
  up_to timestamptz := now() - maint.ledger_retention(ledger, organization_id, chain, days);
  hold record;
  first_held timestamptz;
BEGIN
  IF up_to IS NULL THEN
    RETURN NULL;
  END IF;
  FOR hold IN
    SELECT h.from_time, h.until_time
      FROM maint.legal_holds AS h
     WHERE h.released_at IS NULL
       AND (h.organization_id IS NULL OR h.organization_id = $2)
       AND (h.target IS NULL OR h.target = parent
            OR h.target IN (SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = parent))
       AND coalesce(h.from_time < up_to, true)
  LOOP
    EXECUTE format('SELECT min(e.created_at) FROM %s AS e WHERE e.organization_id %s AND e.chain = $1 AND e.created_at >= $2 AND e.created_at < $3',
                   parent, coalesce('= ' || quote_literal(organization_id), 'IS NULL'))
       INTO first_held
      USING chain, coalesce(hold.from_time, '-infinity'), coalesce(hold.until_time, 'infinity');
    up_to := least(up_to, first_held);
  END LOOP;
  RETURN up_to;
END
$function$;
COMMENT ON FUNCTION maint.removal_limit(text, uuid, integer, integer) IS
'The time before which the entries of a chain may be removed: by its retention, and not past the first that a legal hold reaches (one on a contact reaches its organization''s); NULL: none may.';
REVOKE ALL ON FUNCTION maint.removal_limit(text, uuid, integer, integer) FROM PUBLIC;

CREATE FUNCTION maint.expired_entries(ledger text, partition regclass, days integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  part record;
  entries bigint := 0;
BEGIN
  FOR part IN EXECUTE format('SELECT e.organization_id, e.chain, max(e.created_at) AS latest, count(*) AS entries FROM %s AS e GROUP BY 1, 2', partition) LOOP
    IF (part.latest < maint.removal_limit(ledger, part.organization_id, part.chain, days)) IS NOT TRUE THEN
      RETURN NULL;
    END IF;
    entries := entries + part.entries;
  END LOOP;
  RETURN entries;
END
$function$;
COMMENT ON FUNCTION maint.expired_entries(text, regclass, integer) IS
'How many entries a partition of a ledger has, where every one of them may be removed; otherwise NULL.';
REVOKE ALL ON FUNCTION maint.expired_entries(text, regclass, integer) FROM PUBLIC;

CREATE FUNCTION maint.record_removal(ledger text, entries bigint, days integer, partition text DEFAULT NULL) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  INSERT INTO audit.audit_logs (organization_id, category, action, resource, resource_name, actor_kind, reason, detail)
  VALUES (NULL, 'system', 'entries.removed', 'audit.' || ledger, partition, 'database', 'retention',
          jsonb_strip_nulls(jsonb_build_object('entries', entries, 'days', days, 'partition', partition)))
$function$;
COMMENT ON FUNCTION maint.record_removal(text, bigint, integer, text) IS
'Adds an entry of no organization to audit.audit_logs: so many entries of a ledger were removed.';
REVOKE ALL ON FUNCTION maint.record_removal(text, bigint, integer, text) FROM PUBLIC;

CREATE FUNCTION maint.drop_ledger_partition(ledger text, partition regclass, days integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  whole CONSTANT regclass := format('audit.%I', ledger)::regclass;
  name CONSTANT text := partition;
  timeout interval;
  entries bigint;
BEGIN
  -- First without a lock, then again: entries of that time may have come.
  IF maint.expired_entries(ledger, partition, days) IS NULL THEN
    RETURN 0;
  END IF;
  SELECT c.lock_timeout INTO timeout FROM maint.partition_config AS c WHERE c.parent = whole;
  BEGIN
    PERFORM maint.lock_for_change(whole, 'ACCESS EXCLUSIVE', ARRAY[partition], false, coalesce(timeout, '200 milliseconds'));
    IF EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = partition AND i.inhparent = whole) THEN
      entries := maint.expired_entries(ledger, partition, days);
    END IF;
    IF entries IS NULL THEN
      RETURN 0;
    END IF;
    PERFORM maint.release_ledger(whole, partition);
    PERFORM maint.execute_as_owner(whole, ARRAY[format('DROP TABLE %s', partition)]);
  EXCEPTION WHEN lock_not_available OR deadlock_detected OR object_not_in_prerequisite_state THEN
    RETURN 0; -- its entries leave chain by chain
  END;
  IF entries > 0 THEN
    PERFORM maint.record_removal(ledger, entries, days, name);
  END IF;
  RETURN entries;
END
$function$;
COMMENT ON FUNCTION maint.drop_ledger_partition(text, regclass, integer) IS
'Drops a partition of a ledger all of whose entries may be removed, and returns how many they were; 0, and nothing is done, where one must stay, or precedes one that is elsewhere, or the locks do not come within the lock_timeout of maint.partition_config.';
REVOKE ALL ON FUNCTION maint.drop_ledger_partition(text, regclass, integer) FROM PUBLIC;

-- The state says where the next batch begins: p and the upper bound of a partition, or c and the id of a
-- chain's head.
CREATE FUNCTION maint.remove_ledger_batch(ledger text, days integer, max_rows integer, INOUT state text, OUT removed bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD'
SET timezone = 'UTC'
AS $function$
DECLARE
  parent CONSTANT regclass := format('audit.%I', ledger)::regclass;
  shortest interval;
  part record;
  head record;
  up_to timestamptz;
  is_old boolean;
  batch bigint;
BEGIN
  PERFORM maint.check_days(days);
  removed := 0;
  IF state NOT LIKE 'c %' THEN
    -- Younger partitions than the shortest retention need not be read.
    SELECT least(min(p.retention), CASE WHEN ledger = 'audit_logs' THEN make_interval(days => days) END) INTO shortest
      FROM maint.retention_policies AS p
     WHERE p.target = parent AND p.enabled AND p.action = 'delete';
    SELECT b.partition, b.upper_bound INTO part
      FROM maint.partition_bounds(parent) AS b
     WHERE NOT b.is_default AND b.upper_bound <= now() - shortest
       AND (state = '' OR b.upper_bound > substr(state, 3)::timestamptz)
     ORDER BY b.upper_bound
     LIMIT 1;
    IF FOUND THEN
      removed := maint.drop_ledger_partition(ledger, part.partition, days);
      state := 'p ' || part.upper_bound;
      RETURN;
    END IF;
    state := 'c 00000000-0000-0000-0000-000000000000';
  END IF;
  FOR head IN
    SELECT h.id, h.organization_id, h.chain, h.removed_seq
      FROM audit.chain_heads AS h
     WHERE h.ledger = $1 AND h.last_seq > h.removed_seq AND h.id > substr(state, 3)::uuid
     ORDER BY h.id
  LOOP
    up_to := maint.removal_limit(ledger, head.organization_id, head.chain, days);
    -- Whoever writes the chain is kept waiting only where there is something to remove.
    EXECUTE format('SELECT EXISTS (SELECT FROM %s AS e WHERE e.organization_id %s AND e.chain = $1 AND e.seq = $2 AND e.created_at < $3)',
                   parent, coalesce('= ' || quote_literal(head.organization_id), 'IS NULL'))
       INTO is_old USING head.chain, head.removed_seq + 1, up_to;
    IF is_old THEN
      batch := audit.remove_entries(ledger, head.organization_id, head.chain, up_to, max_rows - removed);
      removed := removed + batch;
      IF removed >= max_rows THEN
        PERFORM maint.record_removal(ledger, removed, days);
        RETURN; -- this chain may have more
      END IF;
    END IF;
    state := 'c ' || head.id;
  END LOOP;
  IF removed > 0 THEN
    PERFORM maint.record_removal(ledger, removed, days);
  END IF;
  state := NULL;
END
$function$;
COMMENT ON FUNCTION maint.remove_ledger_batch(text, integer, integer, text) IS
'Removes expired entries of a ledger: first partition by partition, then at most max_rows from the beginnings of chains, by maint.retention_policies and, for audit_logs, otherwise those of more than so many days. state: empty at first, then what the last call returned, until that is NULL. What it removed it adds to audit.audit_logs. Error 22023 for days that are NULL, negative or above 100000.';
REVOKE ALL ON FUNCTION maint.remove_ledger_batch(text, integer, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.remove_ledger_batch(text, integer, integer, text) TO crm_admin;
