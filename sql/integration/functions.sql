-- What webhooks and integrations keep of their attempts and synchronisations.

CREATE FUNCTION integration.end_attempt() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.locked_by = OLD.locked_by THEN
    NEW.locked_by := NULL;
  END IF;
  IF NEW.status = 'failed' AND NEW.next_attempt_at IS NOT DISTINCT FROM OLD.next_attempt_at THEN
    -- Overflows where the exponent is large and the wait is long past its limit.
    SELECT coalesce(NEW.completed_at, now())
           + least(w.max_backoff, w.backoff * least(w.backoff_factor ^ (NEW.attempt_number - 1), 1e6)::float8)
      INTO NEW.next_attempt_at
      FROM integration.webhooks AS w
     WHERE w.id = NEW.webhook_id AND w.organization_id = NEW.organization_id
       AND NEW.attempt_number < w.max_attempts; -- NULL where it was the last one
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION integration.end_attempt() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on integration.webhook_logs where an attempt ends: the worker lets go of it, and where it failed and the update does not say when to try again, the webhook''s backoff does. No further time after its max_attempts.';
REVOKE ALL ON FUNCTION integration.end_attempt() FROM PUBLIC;

CREATE FUNCTION integration.keep_webhook_health() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organizations uuid[];
  webhooks uuid[];
  times timestamptz[];
  are_failed boolean[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(n.organization_id), array_agg(n.webhook_id), array_agg(n.completed_at), array_agg(n.status = 'failed')
      INTO organizations, webhooks, times, are_failed
      FROM new_rows AS n
     WHERE n.status IN ('succeeded', 'failed');
  ELSE
    -- Not by a join: the plan is kept, and one for a single row would be slow for many.
    SELECT array_agg(r.organization_id), array_agg(r.webhook_id), array_agg(r.completed_at), array_agg(r.status = 'failed')
      INTO organizations, webhooks, times, are_failed
      FROM (SELECT a.organization_id, a.webhook_id, max(a.completed_at) AS completed_at, a.status
              FROM (SELECT n.id, n.organization_id, n.webhook_id, n.completed_at, n.status, true AS is_new FROM new_rows AS n
                     UNION ALL
                    SELECT o.id, o.organization_id, o.webhook_id, o.completed_at, o.status, false FROM old_rows AS o) AS a
             WHERE a.status IN ('succeeded', 'failed')
             GROUP BY a.id, a.organization_id, a.webhook_id, a.status
            HAVING bool_and(a.is_new)) AS r;
  END IF;
  IF webhooks IS NULL THEN
    RETURN NULL;
  END IF;

  -- Locked first, so that the statement after it sees what others wrote meanwhile.
  PERFORM FROM integration.webhooks AS w
    WHERE (w.organization_id, w.id) IN (SELECT e.organization_id, e.webhook_id FROM unnest(organizations, webhooks) AS e (organization_id, webhook_id))
    ORDER BY w.organization_id, w.id
      FOR NO KEY UPDATE;

  WITH ended AS (
    SELECT *
      FROM unnest(organizations, webhooks, times, are_failed) AS e (organization_id, webhook_id, completed_at, failed)
  ), attempt AS (
    SELECT w.organization_id, w.id, w.last_success_at AS known_success_at, w.last_failure_at AS known_failure_at,
           w.consecutive_failures, w.first_failure_at, w.status, w.disable_after, e.completed_at, e.failed,
           max(e.completed_at) FILTER (WHERE NOT e.failed) OVER (PARTITION BY w.organization_id, w.id) AS success_at
      FROM ended AS e
      JOIN integration.webhooks AS w ON w.id = e.webhook_id AND w.organization_id = e.organization_id
  ), counted AS (
    SELECT a.organization_id, a.id, a.consecutive_failures, a.first_failure_at, a.status, a.disable_after,
           greatest(a.known_success_at, a.success_at) AS last_success_at,
           greatest(a.known_failure_at, max(a.completed_at) FILTER (WHERE a.failed)) AS last_failure_at,
           -- A success ends the failures before it, whichever of them is reported first.
           coalesce(a.success_at > a.known_success_at, a.success_at IS NOT NULL) AND a.consecutive_failures > 0 AS ends_failures,
           coalesce(a.known_failure_at > a.success_at, false) AS is_late,
           count(*) FILTER (WHERE a.failed AND a.completed_at > coalesce(greatest(a.known_success_at, a.success_at), '-infinity')) AS failures,
           min(a.completed_at) FILTER (WHERE a.failed AND a.completed_at > coalesce(greatest(a.known_success_at, a.success_at), '-infinity')) AS first_at
      FROM attempt AS a
     GROUP BY a.organization_id, a.id, a.consecutive_failures, a.first_failure_at, a.status, a.disable_after,
              a.known_success_at, a.known_failure_at, a.success_at
  ), kept AS (
    SELECT c.organization_id, c.id, c.last_success_at, c.last_failure_at, c.status, c.disable_after,
           CASE WHEN NOT c.ends_failures THEN c.consecutive_failures + c.failures
                WHEN c.is_late THEN late.failures
                ELSE c.failures
           END AS failures,
           CASE WHEN NOT c.ends_failures THEN least(c.first_failure_at, c.first_at)
                WHEN c.is_late THEN late.first_at
                ELSE c.first_at
           END AS first_at
      FROM counted AS c
      LEFT JOIN LATERAL (
           SELECT count(*) AS failures, min(a.completed_at) AS first_at
             FROM integration.webhook_logs AS a
            WHERE c.ends_failures AND c.is_late
              AND a.organization_id = c.organization_id AND a.webhook_id = c.id
              AND a.status = 'failed' AND a.completed_at > c.last_success_at) AS late ON true
  )
  UPDATE integration.webhooks AS w
     SET last_success_at = k.last_success_at,
         last_failure_at = k.last_failure_at,
         consecutive_failures = k.failures,
         first_failure_at = k.first_at,
         status = CASE WHEN k.is_lost THEN 'disabled' ELSE w.status END,
         disabled_at = CASE WHEN k.is_lost THEN now() ELSE w.disabled_at END,
         disabled_reason = CASE WHEN k.is_lost THEN 'failures' ELSE w.disabled_reason END
    FROM (SELECT u.*, coalesce(u.status = 'active' AND u.last_failure_at - u.first_at >= u.disable_after, false) AS is_lost
            FROM kept AS u) AS k
   WHERE w.id = k.id AND w.organization_id = k.organization_id
     AND (w.last_success_at, w.last_failure_at, w.consecutive_failures, w.first_failure_at)
         IS DISTINCT FROM (k.last_success_at, k.last_failure_at, k.failures::integer, k.first_at);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION integration.keep_webhook_health() IS
'Trigger, AFTER INSERT or UPDATE FOR EACH STATEMENT on integration.webhook_logs with transition tables new_rows and old_rows: keeps last_success_at, last_failure_at, consecutive_failures and first_failure_at of integration.webhooks from the attempts that ended, in the order of their completed_at, and disables an active webhook that has but failed for disable_after. Neither a deletion nor the retention of attempts changes them.';
REVOKE ALL ON FUNCTION integration.keep_webhook_health() FROM PUBLIC;

CREATE FUNCTION integration.reactivate_webhook() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.disabled_reason = OLD.disabled_reason THEN
    NEW.disabled_reason := NULL;
  END IF;
  IF NEW.consecutive_failures = OLD.consecutive_failures THEN
    NEW.consecutive_failures := 0; -- or the next failure would disable it again
    NEW.first_failure_at := NULL;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION integration.reactivate_webhook() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on integration.webhooks: one that is not disabled any more loses the reason, and its failures count anew.';
REVOKE ALL ON FUNCTION integration.reactivate_webhook() FROM PUBLIC;

CREATE FUNCTION integration.reconnect() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  NEW.connected_at := now();
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION integration.reconnect() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on integration.integrations: one that was disconnected and is connected again is connected now, unless the update says when.';
REVOKE ALL ON FUNCTION integration.reconnect() FROM PUBLIC;

CREATE FUNCTION integration.keep_sync_health() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  organizations uuid[];
  integrations uuid[];
  states text[];
  times timestamptz[];
  errors text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(n.organization_id), array_agg(n.integration_id), array_agg(n.status::text), array_agg(n.completed_at), array_agg(n.error)
      INTO organizations, integrations, states, times, errors
      FROM new_rows AS n
     WHERE n.status IN ('completed', 'partial', 'failed');
  ELSE
    -- Not by a join: the plan is kept, and one for a single row would be slow for many.
    SELECT array_agg(r.organization_id), array_agg(r.integration_id), array_agg(r.status::text), array_agg(r.completed_at), array_agg(r.error)
      INTO organizations, integrations, states, times, errors
      FROM (SELECT a.organization_id, a.integration_id, max(a.completed_at) AS completed_at, a.status, max(a.error) AS error
              FROM (SELECT n.id, n.organization_id, n.integration_id, n.completed_at, n.status, n.error, true AS is_new FROM new_rows AS n
                     UNION ALL
                    SELECT o.id, o.organization_id, o.integration_id, o.completed_at, o.status, o.error, false FROM old_rows AS o) AS a
             WHERE a.status IN ('completed', 'partial', 'failed')
             GROUP BY a.id, a.organization_id, a.integration_id, a.status
            HAVING bool_and(a.is_new)) AS r;
  END IF;
  IF integrations IS NULL THEN
    RETURN NULL;
  END IF;

  -- Locked first, so that the statement after it sees what others wrote meanwhile.
  PERFORM FROM integration.integrations AS i
    WHERE (i.organization_id, i.id) IN (SELECT e.organization_id, e.integration_id FROM unnest(organizations, integrations) AS e (organization_id, integration_id))
    ORDER BY i.organization_id, i.id
      FOR NO KEY UPDATE;

  WITH ended AS (
    SELECT *
      FROM unnest(organizations, integrations, states, times, errors) AS e (organization_id, integration_id, status, completed_at, error)
  ), run AS (
    SELECT i.organization_id, i.id, i.last_sync_at, i.last_success_at, i.last_error_at, i.last_error, i.consecutive_failures,
           e.status, e.completed_at, e.error,
           max(e.completed_at) FILTER (WHERE e.status = 'completed') OVER (PARTITION BY i.organization_id, i.id) AS success_at
      FROM ended AS e
      JOIN integration.integrations AS i ON i.id = e.integration_id AND i.organization_id = e.organization_id
  ), counted AS (
    SELECT r.organization_id, r.id,
           greatest(r.last_sync_at, max(r.completed_at)) AS last_sync_at,
           greatest(r.last_success_at, r.success_at) AS last_success_at,
           r.last_error_at AS known_error_at, r.last_error AS known_error,
           max(r.completed_at) FILTER (WHERE r.status = 'failed') AS failure_at,
           (array_agg(r.error ORDER BY r.completed_at DESC) FILTER (WHERE r.status = 'failed'))[1] AS error,
           -- A success that is not the latest news ends nothing.
           CASE WHEN r.success_at >= coalesce(r.last_error_at, '-infinity') THEN 0 ELSE r.consecutive_failures END
             + count(*) FILTER (WHERE r.status = 'failed' AND r.completed_at > coalesce(greatest(r.last_success_at, r.success_at), '-infinity')) AS failures
      FROM run AS r
     GROUP BY r.organization_id, r.id, r.last_sync_at, r.last_success_at, r.last_error_at, r.last_error, r.consecutive_failures, r.success_at
  ), kept AS (
    SELECT c.organization_id, c.id, c.last_sync_at, c.last_success_at, c.failures::integer AS failures,
           greatest(c.known_error_at, c.failure_at) AS last_error_at,
           CASE WHEN coalesce(c.failure_at >= c.known_error_at, c.failure_at IS NOT NULL) THEN c.error ELSE c.known_error END AS last_error
      FROM counted AS c
  )
  UPDATE integration.integrations AS i
     SET last_sync_at = k.last_sync_at,
         last_success_at = k.last_success_at,
         last_error_at = k.last_error_at,
         last_error = k.last_error,
         consecutive_failures = k.failures
    FROM kept AS k
   WHERE i.id = k.id AND i.organization_id = k.organization_id
     AND (i.last_sync_at, i.last_success_at, i.last_error_at, i.last_error, i.consecutive_failures)
         IS DISTINCT FROM (k.last_sync_at, k.last_success_at, k.last_error_at, k.last_error, k.failures);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION integration.keep_sync_health() IS
'Trigger, AFTER INSERT or UPDATE FOR EACH STATEMENT on integration.sync_logs with transition tables new_rows and old_rows: keeps last_sync_at, last_success_at, consecutive_failures, last_error and last_error_at of integration.integrations from the runs that ended, in the order of their completed_at. A partial run is neither a success nor a failure, a cancelled one is no synchronisation. Neither a deletion nor the retention of runs changes them.';
REVOKE ALL ON FUNCTION integration.keep_sync_health() FROM PUBLIC;
