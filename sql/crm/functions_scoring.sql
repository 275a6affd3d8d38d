-- Keeping scores: the procedures that go over all contacts, batch by batch. They have no SET clause,
-- which would forbid COMMIT; hence every name in them is qualified.
COMMENT ON FUNCTION crm.rebuild_engagement_of(uuid, uuid[], boolean) IS
'For crm.rebuild_engagement(): makes crm.contact_engagement of these contacts anew from the base tables. Returns those that were left because another session works on them; waits for it instead where wait is true.';
REVOKE ALL ON FUNCTION crm.rebuild_engagement_of(uuid, uuid[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.rebuild_engagement_of(uuid, uuid[], boolean) TO crm_admin;
COMMENT ON FUNCTION crm.rate_contacts(uuid[], timestamptz) IS
'Many contacts'' scores with what they are made of: points for fit, points for engagement (caps applied), and the grade, at the time as_of. Contacts that are absent, deleted or not visible are left out.';
ALTER FUNCTION crm.rate_contacts(uuid[], timestamptz) ROWS 100 COST 1000;
COMMENT ON FUNCTION crm.contact_grade(uuid, timestamptz) IS
'The contact''s fit as a letter and its engagement as a digit, A1 (best) to C3: fit from 25 points on is an A, from 10 a B; engagement from 25 points on is a 1, from 3 a 2. NULL where the contact is absent, deleted or not visible.';

CREATE FUNCTION crm.contact_batches(organization_id uuid, batch_size integer)
RETURNS TABLE (of_organization uuid, contact_ids uuid[])
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT numbered.organization_id, array_agg(numbered.id ORDER BY numbered.id)
    FROM (SELECT c.organization_id, c.id,
                 (row_number() OVER (PARTITION BY c.organization_id ORDER BY c.id) - 1) / $2 AS batch
            FROM crm.contacts AS c
           WHERE $1 IS NULL OR c.organization_id = $1) AS numbered
   GROUP BY numbered.organization_id, numbered.batch
   ORDER BY numbered.organization_id, numbered.batch
$function$;
COMMENT ON FUNCTION crm.contact_batches(uuid, integer) IS
'The keys of all contacts of an organization (NULL: of all organizations) in groups of batch_size, in order.';
REVOKE ALL ON FUNCTION crm.contact_batches(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.contact_batches(uuid, integer) TO crm_admin;

CREATE PROCEDURE crm.rebuild_engagement(organization_id uuid DEFAULT NULL)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  batch record;
  left_over pg_catalog.uuid[];
  contact pg_catalog.uuid;
  run_id bigint;
  total bigint := 0;
BEGIN
  INSERT INTO maint.maintenance_runs (task, target)
  VALUES ('scoring.rebuild_engagement', coalesce('organization ' OPERATOR(pg_catalog.||) $1::pg_catalog.text, 'all organizations'))
  RETURNING id INTO run_id;
  COMMIT;
  FOR batch IN SELECT b.of_organization, b.contact_ids FROM crm.contact_batches($1, 1000) AS b LOOP
    left_over := crm.rebuild_engagement_of(batch.of_organization, batch.contact_ids, false);
    COMMIT;
    -- One by one and holding nothing else, so that waiting cannot become a deadlock.
    FOREACH contact IN ARRAY left_over LOOP
      PERFORM crm.rebuild_engagement_of(batch.of_organization, ARRAY[contact], true);
      COMMIT;
    END LOOP;
    total := total OPERATOR(pg_catalog.+) pg_catalog.cardinality(batch.contact_ids);
    UPDATE maint.maintenance_runs AS r
       SET detail = pg_catalog.format('%s contacts', total)
     WHERE r.id OPERATOR(pg_catalog.=) run_id;
    COMMIT;
  END LOOP;
  UPDATE maint.maintenance_runs AS r
     SET finished_at = pg_catalog.clock_timestamp(), status = 'succeeded', detail = pg_catalog.format('%s contacts', total)
   WHERE r.id OPERATOR(pg_catalog.=) run_id;
  COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE crm.rebuild_engagement(uuid) IS
'Makes crm.contact_engagement anew from the base tables, of one organization or (NULL) of all, a thousand contacts a transaction, while others read and write. Progress is in maint.maintenance_runs. Several sessions may rebuild different organizations at once; a run that was interrupted is started again. Cannot run inside a transaction block.';
REVOKE ALL ON PROCEDURE crm.rebuild_engagement(uuid) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE crm.rebuild_engagement(uuid) TO crm_admin;

CREATE FUNCTION crm.refresh_scores_of(organization_id uuid, contact_ids uuid[], as_of timestamptz, reason text)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  changed integer;
BEGIN
  -- Whoever works on a contact now is not waited for: its score is right at the next refresh.
  WITH fresh AS MATERIALIZED (
    SELECT rated.contact_id, rated.score, rated.fit, rated.engagement, rated.grade
      FROM crm.rate_contacts($2, $3) AS rated
  ), stale AS MATERIALIZED (
    SELECT c.id, c.organization_id, c.score AS previous, c.scored_at,
           fresh.score, fresh.fit, fresh.engagement, fresh.grade
      FROM fresh
      JOIN crm.contacts AS c ON c.id = fresh.contact_id AND c.organization_id = $1
     WHERE c.score <> fresh.score
     ORDER BY c.id
       FOR NO KEY UPDATE OF c SKIP LOCKED
  ), history AS (
    INSERT INTO crm.score_history (organization_id, contact_id, scored_at, previous_score, score, fit, engagement, grade, reason)
    SELECT s.organization_id, s.id, $3, CASE WHEN s.scored_at IS NOT NULL THEN s.previous END,
           s.score, s.fit, s.engagement, s.grade, $4::crm.score_reason
      FROM stale AS s
        ON CONFLICT DO NOTHING
  )
  UPDATE crm.contacts AS c
     SET score = s.score, scored_at = $3, score_model_id = NULL
    FROM stale AS s
   WHERE c.id = s.id AND c.organization_id = s.organization_id;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END
$function$;
COMMENT ON FUNCTION crm.refresh_scores_of(uuid, uuid[], timestamptz, text) IS
'For crm.refresh_contact_scores(): writes the scores at as_of of these contacts where they differ from those that are stored, with a row of crm.score_history each. Returns how many. Contacts that another session has locked are left.';
REVOKE ALL ON FUNCTION crm.refresh_scores_of(uuid, uuid[], timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.refresh_scores_of(uuid, uuid[], timestamptz, text) TO crm_admin;

CREATE PROCEDURE crm.refresh_contact_scores(organization_id uuid DEFAULT NULL)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  batch record;
  run_id bigint;
  total bigint := 0;
  changed bigint := 0;
BEGIN
  INSERT INTO maint.maintenance_runs (task, target)
  VALUES ('scoring.refresh_contact_scores', coalesce('organization ' OPERATOR(pg_catalog.||) $1::pg_catalog.text, 'all organizations'))
  RETURNING id INTO run_id;
  COMMIT;
  FOR batch IN SELECT b.of_organization, b.contact_ids FROM crm.contact_batches($1, 1000) AS b LOOP
    changed := changed OPERATOR(pg_catalog.+)
      crm.refresh_scores_of(batch.of_organization, batch.contact_ids, pg_catalog.now(), 'refresh');
    total := total OPERATOR(pg_catalog.+) pg_catalog.cardinality(batch.contact_ids);
    UPDATE maint.maintenance_runs AS r
       SET detail = pg_catalog.format('%s of %s contacts changed', changed, total)
     WHERE r.id OPERATOR(pg_catalog.=) run_id;
    COMMIT;
  END LOOP;
  UPDATE maint.maintenance_runs AS r
     SET finished_at = pg_catalog.clock_timestamp(), status = 'succeeded',
         detail = pg_catalog.format('%s of %s contacts changed', changed, total)
   WHERE r.id OPERATOR(pg_catalog.=) run_id;
  COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE crm.refresh_contact_scores(uuid) IS
'Brings crm.contacts.score up to date, of one organization or (NULL) of all: writes only scores that changed, a thousand contacts a transaction, each with a row of crm.score_history. Progress is in maint.maintenance_runs; a run that was interrupted is started again and finds done what is done. Cannot run inside a transaction block.';
REVOKE ALL ON PROCEDURE crm.refresh_contact_scores(uuid) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE crm.refresh_contact_scores(uuid) TO crm_admin;
