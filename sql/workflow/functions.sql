-- What workflows keep of their runs, and what becomes of runs and jobs when their state changes.

CREATE FUNCTION workflow.keep_run_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    WITH change AS (
      SELECT r.organization_id, r.workflow_id, count(*) AS runs,
             count(*) FILTER (WHERE r.status = 'completed') AS successes,
             count(*) FILTER (WHERE r.status = 'failed') AS failures,
             max(r.created_at) AS last_run_at
        FROM new_rows AS r
       GROUP BY r.organization_id, r.workflow_id
    ), locked AS (
      SELECT w.organization_id, w.id, c.runs, c.successes, c.failures, c.last_run_at
        FROM workflow.workflows AS w
        JOIN change AS c ON c.workflow_id = w.id AND c.organization_id = w.organization_id
       ORDER BY w.organization_id, w.id
         FOR NO KEY UPDATE OF w
    )
    UPDATE workflow.workflows AS w
       SET run_count = w.run_count + l.runs,
           success_count = w.success_count + l.successes,
           failure_count = w.failure_count + l.failures,
           last_run_at = greatest(w.last_run_at, l.last_run_at)
      FROM locked AS l
     WHERE w.id = l.id AND w.organization_id = l.organization_id;

    WITH change AS (
      SELECT r.organization_id, r.trigger_id, r.workflow_id, max(r.created_at) AS last_fired_at
        FROM new_rows AS r
       WHERE r.trigger_id IS NOT NULL
       GROUP BY r.organization_id, r.trigger_id, r.workflow_id
    ), locked AS (
      SELECT t.organization_id, t.id, c.last_fired_at
        FROM workflow.workflow_triggers AS t
        JOIN change AS c ON c.trigger_id = t.id AND c.organization_id = t.organization_id AND c.workflow_id = t.workflow_id
       ORDER BY t.organization_id, t.id
         FOR NO KEY UPDATE OF t
    )
    UPDATE workflow.workflow_triggers AS t
       SET last_fired_at = l.last_fired_at
      FROM locked AS l
     WHERE t.id = l.id AND t.organization_id = l.organization_id
       AND coalesce(t.last_fired_at < l.last_fired_at, true);
  ELSE
    -- Sums of the new rows less those of the old ones: rows need not be matched, and where no state
    -- changed nothing is left to do.
    WITH change AS (
      SELECT r.organization_id, r.workflow_id, sum(r.sign) AS runs,
             coalesce(sum(r.sign) FILTER (WHERE r.status = 'completed'), 0) AS successes,
             coalesce(sum(r.sign) FILTER (WHERE r.status = 'failed'), 0) AS failures,
             max(r.created_at) FILTER (WHERE r.sign > 0) AS last_run_at
        FROM (SELECT n.organization_id, n.workflow_id, n.status, n.created_at, 1 AS sign FROM new_rows AS n
               UNION ALL
              SELECT o.organization_id, o.workflow_id, o.status, o.created_at, -1 FROM old_rows AS o) AS r
       GROUP BY r.organization_id, r.workflow_id
    ), locked AS (
      SELECT w.organization_id, w.id, c.runs, c.successes, c.failures, c.last_run_at
        FROM workflow.workflows AS w
        JOIN change AS c ON c.workflow_id = w.id AND c.organization_id = w.organization_id
       WHERE (c.runs, c.successes, c.failures) <> (0, 0, 0)
       ORDER BY w.organization_id, w.id
         FOR NO KEY UPDATE OF w
    )
    UPDATE workflow.workflows AS w
       SET run_count = greatest(w.run_count + l.runs, 0),
           success_count = greatest(w.success_count + l.successes, 0),
           failure_count = greatest(w.failure_count + l.failures, 0),
           last_run_at = CASE WHEN l.runs > 0 THEN greatest(w.last_run_at, l.last_run_at) ELSE w.last_run_at END
      FROM locked AS l
     WHERE w.id = l.id AND w.organization_id = l.organization_id;
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION workflow.keep_run_counts() IS
'Trigger, AFTER INSERT or UPDATE FOR EACH STATEMENT on workflow.workflow_runs with transition tables new_rows and old_rows: keeps run_count, success_count, failure_count and last_run_at of workflow.workflows, and last_fired_at of workflow.workflow_triggers. A run counts from its row''s insertion, as a success or failure from its end. They count what ran: neither a deletion nor the retention of runs lowers them.';
REVOKE ALL ON FUNCTION workflow.keep_run_counts() FROM PUBLIC;

CREATE FUNCTION workflow.record_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  INSERT INTO workflow.workflow_versions (organization_id, workflow_id, version, name, trigger_type, trigger_config, definition, created_by)
  SELECT w.organization_id, w.id, w.version, w.name, w.trigger_type, w.trigger_config, w.definition, w.created_by
    FROM new_rows AS w
   ORDER BY w.organization_id, w.id;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION workflow.record_versions() IS
'Trigger, AFTER INSERT FOR EACH STATEMENT on workflow.workflows with transition table new_rows: adds the first version of each to workflow.workflow_versions.';
REVOKE ALL ON FUNCTION workflow.record_versions() FROM PUBLIC;

CREATE FUNCTION workflow.record_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- Who wants to say why it changes writes the version first, with change_note.
  INSERT INTO workflow.workflow_versions (organization_id, workflow_id, version, name, trigger_type, trigger_config, definition, created_by)
  SELECT NEW.organization_id, NEW.id, NEW.version, NEW.name, NEW.trigger_type, NEW.trigger_config, NEW.definition, tenancy.current_user_id()
   WHERE NOT EXISTS (SELECT FROM workflow.workflow_versions AS v
                      WHERE v.organization_id = NEW.organization_id AND v.workflow_id = NEW.id AND v.version = NEW.version
                        AND v.name = NEW.name AND v.trigger_type = NEW.trigger_type
                        AND v.trigger_config = NEW.trigger_config AND v.definition = NEW.definition);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION workflow.record_version() IS
'Trigger, AFTER UPDATE FOR EACH ROW on workflow.workflows where the version was raised: adds it to workflow.workflow_versions. A row that says the same and was written before, with a change_note, stays as it is; one that says something else is an error (23505).';
REVOKE ALL ON FUNCTION workflow.record_version() FROM PUBLIC;

CREATE FUNCTION workflow.check_run_status() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RAISE object_not_in_prerequisite_state USING
    MESSAGE = format('a run that is %s cannot become %s', OLD.status, NEW.status),
    DETAIL = format('Run %s of workflow %s.', OLD.id, OLD.workflow_id),
    HINT = CASE OLD.status
             WHEN 'running' THEN 'A run that waits stays running, with wait_until.'
             ELSE 'Insert a new run with retry_of and the next attempt.'
           END;
END
$function$;
COMMENT ON FUNCTION workflow.check_run_status() IS
'Trigger, BEFORE UPDATE FOR EACH ROW: refuses (55000) that a run goes back, from an end or from running to pending. The trigger''s condition says when.';
REVOKE ALL ON FUNCTION workflow.check_run_status() FROM PUBLIC;

CREATE FUNCTION workflow.end_wait() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  NEW.wait_until := NULL;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION workflow.end_wait() IS
'Trigger, BEFORE UPDATE FOR EACH ROW: forgets wait_until when a run or a step goes on or ends.';
REVOKE ALL ON FUNCTION workflow.end_wait() FROM PUBLIC;

CREATE FUNCTION workflow.delete_run_steps() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  runs bigint;
  earliest timestamptz;
  latest timestamptz;
  run record;
BEGIN
  SELECT count(*), min(r.created_at), max(r.created_at) INTO runs, earliest, latest FROM old_rows AS r;
  -- Where the organization or the workflow has gone, so have the steps, by their own foreign keys.
  IF runs < 100 THEN
    -- Run by run: a plan that suits one run reads an index of one partition, and is kept; one for
    -- many would be kept too, and read every step for one.
    FOR run IN
      SELECT r.organization_id, r.id, r.created_at
        FROM old_rows AS r
       WHERE EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = r.organization_id)
         AND EXISTS (SELECT FROM workflow.workflows AS w WHERE w.id = r.workflow_id AND w.organization_id = r.organization_id)
    LOOP
      DELETE FROM workflow.workflow_run_steps AS s
       WHERE s.organization_id = run.organization_id AND s.run_id = run.id AND s.run_created_at = run.created_at;
    END LOOP;
  ELSE
    -- Planned anew: for as many runs as these are, and for the partitions that they lie in.
    EXECUTE $delete$
      DELETE FROM workflow.workflow_run_steps AS s
       USING old_rows AS r
       WHERE s.organization_id = r.organization_id AND s.run_id = r.id AND s.run_created_at = r.created_at
         AND s.run_created_at BETWEEN $1 AND $2
         AND EXISTS (SELECT FROM tenancy.organizations AS o WHERE o.id = r.organization_id)
         AND EXISTS (SELECT FROM workflow.workflows AS w WHERE w.id = r.workflow_id AND w.organization_id = r.organization_id)
    $delete$ USING earliest, latest;
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION workflow.delete_run_steps() IS
'Trigger, AFTER DELETE FOR EACH STATEMENT on workflow.workflow_runs with transition table old_rows: deletes the runs'' steps, which no foreign key can do.';
REVOKE ALL ON FUNCTION workflow.delete_run_steps() FROM PUBLIC;

CREATE FUNCTION workflow.free_expired_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  DELETE FROM workflow.workflow_run_keys AS k
   WHERE k.organization_id = NEW.organization_id
     AND k.workflow_id = NEW.workflow_id
     AND k.dedupe_key = NEW.dedupe_key
     AND k.expires_at <= now();
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION workflow.free_expired_key() IS
'Trigger, BEFORE INSERT FOR EACH ROW on workflow.workflow_run_keys: makes room for a key whose earlier use has expired. One that has not is a duplicate (23505).';
REVOKE ALL ON FUNCTION workflow.free_expired_key() FROM PUBLIC;

CREATE FUNCTION workflow.lease_job() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.status = 'running' THEN
    IF NEW.attempts = OLD.attempts THEN
      NEW.attempts := OLD.attempts + 1;
    END IF;
    IF NEW.started_at IS NOT DISTINCT FROM OLD.started_at THEN
      NEW.started_at := now();
    END IF;
  ELSIF (NEW.locked_by, NEW.locked_until) IS NOT DISTINCT FROM (OLD.locked_by, OLD.locked_until) THEN
    NEW.locked_by := NULL;
    NEW.locked_until := NULL;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION workflow.lease_job() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on workflow.scheduled_jobs: a worker that takes a job begins an attempt, which is counted and timed where the update does not say so itself; a job that is not running any more loses its lease.';
REVOKE ALL ON FUNCTION workflow.lease_job() FROM PUBLIC;

CREATE FUNCTION workflow.keep_dead_letter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  INSERT INTO workflow.job_dead_letters AS d (organization_id, job_id, type, queue, payload, priority, attempts, first_scheduled_at,
                                              failed_at, error, error_history, contact_id)
  VALUES (NEW.organization_id, NEW.id, NEW.type, NEW.queue, NEW.payload, NEW.priority, NEW.attempts,
          CASE NEW.attempts WHEN 1 THEN NEW.scheduled_at END, -- moved by every further attempt
          NEW.completed_at, coalesce(NEW.last_error, 'unknown'), jsonb_build_array(coalesce(NEW.last_error, 'unknown')), NEW.contact_id)
  ON CONFLICT ON CONSTRAINT job_dead_letters_organization_job_key DO UPDATE
     SET attempts = excluded.attempts,
         failed_at = excluded.failed_at,
         error = excluded.error,
         error_history = d.error_history || excluded.error_history
   WHERE d.attempts < excluded.attempts;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION workflow.keep_dead_letter() IS
'Trigger, AFTER UPDATE FOR EACH ROW on workflow.scheduled_jobs where a job is given up: keeps a copy in workflow.job_dead_letters. One that a worker wrote before, of the same attempt, stays as it is.';
REVOKE ALL ON FUNCTION workflow.keep_dead_letter() FROM PUBLIC;
