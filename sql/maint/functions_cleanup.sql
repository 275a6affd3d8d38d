-- Rows that are of no use any more, batch by batch.

-- The names and conditions are ours alone: they are executed as they are.
CREATE FUNCTION maint.expiry_rules()
RETURNS TABLE (target text, age_column text, condition text, can_be_held boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  -- What may be lost at any crash is no evidence either.
  VALUES ('runtime.cache', 'created_at', 't.expires_at < now()', false),
         ('runtime.rate_limits', 'created_at', 't.theoretical_arrival_at < now()', false),
         ('runtime.queue_messages', 'created_at', 't.expires_at < now() AND t.status = ''ready''', true),
         ('runtime.outbox', 'created_at', 't.published_at < now() - interval ''7 days''', true),
         ('notify.notifications', 'created_at', 't.expires_at < now()', true),
         ('workflow.workflow_run_keys', 'created_at', 't.expires_at < now()', true),
         ('creator.content_metadata', 'created_at', 't.expires_at < now()', true),
         ('tenancy.idempotency_keys', 'created_at', 't.expires_at < now() AND coalesce(t.locked_until < now(), true)', true),
         ('tenancy.refresh_tokens', 'created_at', 't.expires_at < now()', true),
         -- A token that is good takes its session along: it goes by that, whatever the session says.
         ('tenancy.sessions', 'created_at', 't.expires_at < now() AND NOT EXISTS (SELECT FROM tenancy.refresh_tokens AS r WHERE r.session_id = t.id AND r.expires_at >= now() AND r.revoked_at IS NULL)', true),
         ('tenancy.verification_codes', 'created_at', 't.expires_at < now()', true),
         ('tenancy.password_resets', 'created_at', 't.expires_at < now()', true),
         ('maint.maintenance_runs', 'started_at', 't.started_at < now() - interval ''1 year'' AND t.status <> ''running''', true),
         ('maint.size_snapshots', 'taken_at', 't.taken_at < now() - interval ''2 years''', true)
$function$;
COMMENT ON FUNCTION maint.expiry_rules() IS
'What maint.purge_expired() deletes: rows t of the target that meet the condition, and, where they can be held, that no legal hold reaches by the column that tells their age.';

CREATE FUNCTION maint.hold_condition(target regclass, age_column text, with_parts boolean DEFAULT false) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'EXISTS (SELECT FROM maint.legal_holds AS h WHERE h.released_at IS NULL'
         || CASE WHEN with_parts THEN '' ELSE format(' AND (h.target IS NULL OR h.target = %s)', target::oid) END
         -- Rows that are no organization's are held where a hold names their table.
         || CASE WHEN has.organization THEN ' AND (h.organization_id IS NULL OR h.organization_id = t.organization_id)'
                 ELSE ' AND (h.organization_id IS NULL OR h.target IS NOT NULL)' END
         || CASE WHEN target = to_regclass('crm.contacts') THEN ' AND (h.contact_id IS NULL OR h.contact_id = t.id)'
                 WHEN has.contact THEN ' AND (h.contact_id IS NULL OR h.contact_id = t.contact_id)'
                 ELSE '' END
         || format(' AND (h.from_time IS NULL OR h.from_time <= t.%1$I) AND (h.until_time IS NULL OR h.until_time > t.%1$I))', age_column)
    FROM (SELECT bool_or(a.attname = 'organization_id') IS TRUE AS organization, bool_or(a.attname = 'contact_id') IS TRUE AS contact
            FROM pg_attribute AS a
           WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype) AS has
$function$;
COMMENT ON FUNCTION maint.hold_condition(regclass, text, boolean) IS
'The condition, as SQL, that a legal hold in force reaches the row t of the target, whose age is told by the column. with_parts: a hold on any table counts, for rows that take others along.';

-- As its owner, whom no policy binds: what has expired is of all organizations.
CREATE FUNCTION maint.purge_batch(target text, max_rows integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  rule record;
  purged bigint;
BEGIN
  SELECT r.* INTO rule FROM maint.expiry_rules() AS r WHERE r.target = $1;
  IF NOT FOUND THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('nothing expires in table %s', coalesce(target, 'NULL')),
      HINT = 'See maint.expiry_rules().';
  END IF;
  -- Who works on a row now may be about to prolong it: it is left for the next time.
  EXECUTE format(
    'WITH gone AS (
       DELETE FROM %1$s AS d
        WHERE d.ctid = ANY (ARRAY(SELECT t.ctid FROM %1$s AS t WHERE %2$s%3$s LIMIT $1 FOR UPDATE OF t SKIP LOCKED))
       RETURNING d.*)%4$s
     SELECT count(*) FROM gone',
    target, rule.condition,
    CASE WHEN rule.can_be_held THEN ' AND NOT ' || maint.hold_condition(target::regclass, rule.age_column) END,
    CASE target WHEN 'runtime.queue_messages' THEN ', kept AS (
       INSERT INTO runtime.queue_archive
              (id, organization_id, queue, payload, headers, priority, ordering_key, dedupe_key, outcome, receive_count, last_error, source_queue, sent_at, received_at)
       SELECT g.id, g.organization_id, g.queue, g.payload, g.headers, g.priority, g.ordering_key, g.dedupe_key, ''expired'', g.receive_count, g.last_error, g.source_queue, g.created_at, g.received_at
         FROM gone AS g
         JOIN runtime.queues AS q ON q.organization_id = g.organization_id AND q.name = g.queue AND q.keeps_archive)' END)
    INTO purged USING max_rows;
  RETURN purged;
END
$function$;
COMMENT ON FUNCTION maint.purge_batch(text, integer) IS
'Deletes at most max_rows expired rows of a table of maint.expiry_rules(), of all organizations, and returns how many. Expired messages are archived where their queue keeps an archive. What others have locked is left for the next time. Error 22023 for any other table.';
REVOKE ALL ON FUNCTION maint.purge_batch(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.purge_batch(text, integer) TO crm_admin;

CREATE FUNCTION maint.check_days(days integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF (days BETWEEN 0 AND 100000) IS NOT TRUE THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('%s is no number of days to keep', coalesce(days::text, 'NULL')),
      DETAIL = 'It must be 0 or more, and at most 100000.',
      HINT = 'What is older than so many days is removed.';
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.check_days(integer) IS
'Error 22023 where the number is NULL, negative or above 100000.';

CREATE FUNCTION maint.remove_failed_jobs(days integer, max_rows integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  removed bigint;
BEGIN
  PERFORM maint.check_days(days);
  EXECUTE format(
    'DELETE FROM workflow.scheduled_jobs AS d
      WHERE d.ctid = ANY (ARRAY(SELECT t.ctid FROM workflow.scheduled_jobs AS t
                                 WHERE t.completed_at < now() - make_interval(days => $1)
                                   AND t.status = ''failed'' AND NOT %s
                                 LIMIT $2 FOR UPDATE OF t SKIP LOCKED))',
    maint.hold_condition('workflow.scheduled_jobs', 'created_at'))
    USING days, max_rows;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$function$;
COMMENT ON FUNCTION maint.remove_failed_jobs(integer, integer) IS
'Deletes at most max_rows jobs that failed for good more than so many days ago, of all organizations, and returns how many; their dead letters stay. What a legal hold reaches stays too. Error 22023 for days that are NULL, negative or above 100000.';
REVOKE ALL ON FUNCTION maint.remove_failed_jobs(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.remove_failed_jobs(integer, integer) TO crm_admin;

-- Of the policies for a row the narrowest holds: the organization's own before everybody's, then the
-- one for its category. One to anonymize keeps rows from being deleted by a wider one.
CREATE FUNCTION maint.apply_retention_batch(target_name text, max_rows integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  -- Here, where every schema may be looked into.
  target CONSTANT regclass := target_name;
  policy record;
  batch bigint;
  removed bigint := 0;
  is_whole CONSTANT boolean := EXISTS (SELECT FROM pg_constraint AS k WHERE k.confrelid = target AND k.contype = 'f' AND k.confdeltype = 'c');
BEGIN
  -- Somebody else's triggers must not run as a superuser.
  IF NOT (SELECT r.rolsuper FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner WHERE c.oid = target) THEN
    RAISE feature_not_supported USING
      MESSAGE = format('the owner of table %s is no superuser', target),
      DETAIL = 'Rows are deleted with a superuser''s rights, and its triggers would have them.',
      HINT = 'Partition it by time and give it a retention with maint.manage_partitions().';
  END IF;
  FOR policy IN
    SELECT p.*, p.organization_id IS NOT NULL AS is_own, p.category_column IS NOT NULL AS is_narrow
      FROM maint.retention_policies AS p
     WHERE p.target = target_name::regclass AND p.enabled AND p.action = 'delete'
     ORDER BY p.organization_id, p.category_column, p.category
  LOOP
    EXECUTE format(
      'DELETE FROM %1$s AS d
        USING (SELECT t.tableoid AS relation, t.ctid AS place
                 FROM %1$s AS t
                WHERE t.%2$I < now() - $1%3$s%4$s
                  AND NOT EXISTS (SELECT FROM maint.retention_policies AS q
                                   WHERE q.target = $4 AND q.enabled
                                     AND (q.organization_id IS NULL OR q.organization_id = t.organization_id)
                                     AND (q.category_column IS NULL OR q.category = to_jsonb(t) ->> q.category_column)
                                     AND (q.organization_id IS NOT NULL, q.category_column IS NOT NULL) > ($5, $6))
                  AND NOT %5$s
                LIMIT $7 FOR UPDATE OF t SKIP LOCKED) AS old
        WHERE d.tableoid = old.relation AND d.ctid = old.place',
      target, policy.age_column,
      CASE WHEN policy.is_own THEN ' AND t.organization_id = $2' END,
      CASE WHEN policy.is_narrow THEN format(' AND t.%I::text = $3', policy.category_column) END,
      maint.hold_condition(target, policy.age_column, is_whole))
      USING policy.retention, policy.organization_id, policy.category, target, policy.is_own, policy.is_narrow,
            least(policy.batch_size, max_rows - removed);
    GET DIAGNOSTICS batch = ROW_COUNT;
    removed := removed + batch;
    EXIT WHEN removed >= max_rows;
  END LOOP;
  RETURN removed;
END
$function$;
COMMENT ON FUNCTION maint.apply_retention_batch(text, integer) IS
'Deletes at most max_rows rows of a table that are past the retention of their policy in maint.retention_policies, and returns how many; of a policy no more than its batch_size. What a legal hold reaches stays, and so does, where rows take others along, what is of an organization with any hold. Error 0A000 for a table whose owner is no superuser.';
REVOKE ALL ON FUNCTION maint.apply_retention_batch(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.apply_retention_batch(text, integer) TO crm_admin;
