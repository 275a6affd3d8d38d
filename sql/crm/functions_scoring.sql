-- Keeping scores: the procedures that go over many contacts, batch by batch. They have no SET clause,
-- which would forbid COMMIT; hence every name in them is qualified.
COMMENT ON FUNCTION crm.rebuild_engagement_of(uuid, uuid[], boolean, uuid) IS
'For crm.rebuild_engagement(): makes crm.contact_engagement of these contacts anew from the base tables, by a model or (NULL) by all that count. Returns those that were left because another session works on them; waits for it instead where wait is true.';
REVOKE ALL ON FUNCTION crm.rebuild_engagement_of(uuid, uuid[], boolean, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.rebuild_engagement_of(uuid, uuid[], boolean, uuid) TO crm_admin;
COMMENT ON FUNCTION crm.refresh_scores_of(uuid, uuid[]) IS
'For crm.refresh_contact_scores(): stores the scores of these contacts of an organization as of now where they are others than those that are stored, with a row of crm.score_history each; keeps crm.score_crossings, and tells what crossed a threshold on the channel pg_crm_score_<organization_id>. Returns how many scores changed. Contacts that another session has locked are left.';
REVOKE ALL ON FUNCTION crm.refresh_scores_of(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.refresh_scores_of(uuid, uuid[]) TO crm_admin;
COMMENT ON FUNCTION crm.rate_contacts(uuid[], timestamptz) IS
'Many contacts'' scores with what they are made of: points for fit, points for engagement (caps applied), and the grade, at the time as_of. Contacts that are absent, deleted or not visible are left out.';
ALTER FUNCTION crm.rate_contacts(uuid[], timestamptz) ROWS 100 COST 1000;
COMMENT ON FUNCTION crm.contact_grade(uuid, timestamptz) IS
'The contact''s fit as a letter and its engagement as a digit, A1 (best) to C3, by the grades of the organization''s score model; without one, fit from 25 points on is an A, from 10 a B; engagement from 25 points on is a 1, from 3 a 2. NULL where the contact is absent, deleted or not visible.';

CREATE FUNCTION crm.record_signal(contact_id uuid, signal text, occurred_at timestamptz DEFAULT pg_catalog.now(), weight double precision DEFAULT 1)
RETURNS uuid
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_id uuid;
BEGIN
  INSERT INTO crm.signals (organization_id, contact_id, signal, occurred_at, weight)
  SELECT c.organization_id, c.id, $2, coalesce($3, now()), coalesce($4, 1)
    FROM crm.contacts AS c
   WHERE c.id = $1 AND c.deleted_at IS NULL
  RETURNING id INTO new_id;
  IF new_id IS NULL THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('contact %s does not exist', coalesce($1::text, 'NULL')),
      HINT = 'A contact has to be live and of the current organization.';
  END IF;
  RETURN new_id;
END
$function$;
COMMENT ON FUNCTION crm.record_signal(uuid, text, timestamptz, double precision) IS
'Records a signal of a contact that no table holds, e.g. webinar_attended, and returns its id in crm.signals. It counts weight times the weight of its rule in the organization''s score model; without a rule of that name by the rule *, which the built-in model has (1 point a signal, half-life 30 days, together at most 20 points). occurred_at: now by default; weight: -1000 to 1000. Errors: 23503 for a contact that is absent, deleted or not visible, 23514 for a blank name, an infinite time or another weight.';

REVOKE ALL ON FUNCTION crm.record_signal(uuid, text, timestamptz, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.record_signal(uuid, text, timestamptz, double precision) TO crm_app, crm_admin;

CREATE FUNCTION crm.contact_batches(organization_id uuid, batch_size integer, which text DEFAULT 'all')
RETURNS TABLE (of_organization uuid, contact_ids uuid[])
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT numbered.organization_id, array_agg(numbered.id ORDER BY numbered.id)
    FROM (SELECT wanted.organization_id, wanted.id,
                 (row_number() OVER (PARTITION BY wanted.organization_id ORDER BY wanted.id) - 1) / $2 AS batch
            FROM (SELECT c.organization_id, c.id
                    FROM crm.contacts AS c
                   WHERE $3 = 'all' AND ($1 IS NULL OR c.organization_id = $1)
                  UNION ALL
                  SELECT c.organization_id, c.id
                    FROM crm.contacts AS c
                   WHERE $3 = 'unkept' AND ($1 IS NULL OR c.organization_id = $1)
                     AND NOT EXISTS (SELECT FROM crm.contact_engagement AS kept
                                      WHERE kept.contact_id = c.id AND kept.organization_id = c.organization_id
                                        AND kept.model_id = crm.score_model_of(c.organization_id)
                                        AND kept.fit IS NOT NULL)
                  UNION ALL
                  SELECT kept.organization_id, kept.contact_id
                    FROM tenancy.organizations AS o
                    JOIN crm.contact_engagement AS kept ON kept.organization_id = o.id
                   WHERE $3 = 'due' AND ($1 IS NULL OR o.id = $1)
                     AND kept.refresh_at <= now() AND kept.live
                     AND kept.model_id = crm.score_model_of(o.id)) AS wanted) AS numbered
   GROUP BY numbered.organization_id, numbered.batch
   ORDER BY numbered.organization_id, numbered.batch
$function$;
COMMENT ON FUNCTION crm.contact_batches(uuid, integer, text) IS
'The keys of contacts of an organization (NULL: of all organizations) in groups of batch_size, in order. which: all; unkept (nothing complete is kept of them); due (their stored score is to be looked at).';
REVOKE ALL ON FUNCTION crm.contact_batches(uuid, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.contact_batches(uuid, integer, text) TO crm_admin;

-- Locked in their order first, as everybody locks them.
CREATE FUNCTION crm.drop_states_of(organization_id uuid, contact_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  counting CONSTANT uuid[] := array_append(
    ARRAY(SELECT m.id FROM crm.score_models AS m WHERE m.organization_id = $1 AND m.status = 'building'),
    crm.score_model_of($1));
BEGIN
  PERFORM FROM crm.contact_engagement AS kept
    WHERE kept.organization_id = $1 AND kept.contact_id = ANY ($2) AND kept.model_id <> ALL (counting)
    ORDER BY kept.contact_id
      FOR UPDATE;
  DELETE FROM crm.contact_engagement AS kept
   WHERE kept.organization_id = $1 AND kept.contact_id = ANY ($2) AND kept.model_id <> ALL (counting);
END
$function$;
COMMENT ON FUNCTION crm.drop_states_of(uuid, uuid[]) IS
'For crm.rebuild_engagement(): deletes what is kept of these contacts by models that do not count any more.';
REVOKE ALL ON FUNCTION crm.drop_states_of(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.drop_states_of(uuid, uuid[]) TO crm_admin;

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
  run_id := maint.begin_run('scoring.rebuild_engagement', coalesce('organization ' OPERATOR(pg_catalog.||) $1::pg_catalog.text, 'all organizations'));
  COMMIT;
  IF run_id IS NULL THEN
    RETURN; -- another session is at it
  END IF;
  FOR batch IN SELECT b.of_organization, b.contact_ids FROM crm.contact_batches($1, 1000) AS b LOOP
    left_over := crm.rebuild_engagement_of(batch.of_organization, batch.contact_ids, false);
    COMMIT;
    PERFORM crm.drop_states_of(batch.of_organization, batch.contact_ids);
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
  PERFORM maint.finish_run(run_id, pg_catalog.format('%s contacts', total));
  COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE crm.rebuild_engagement(uuid) IS
'Makes crm.contact_engagement anew from the base tables, of one organization or (NULL) of all, a thousand contacts a transaction, while others read and write. Progress is in maint.maintenance_runs. Several sessions may rebuild different organizations at once; a run that was interrupted is started again. Cannot run inside a transaction block.';
REVOKE ALL ON PROCEDURE crm.rebuild_engagement(uuid) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE crm.rebuild_engagement(uuid) TO crm_admin;

CREATE FUNCTION crm.organizations_with_leads(organization_id uuid) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT o.id
    FROM tenancy.organizations AS o
   WHERE ($1 IS NULL OR o.id = $1)
     AND EXISTS (SELECT FROM marketing.leads AS l WHERE l.organization_id = o.id)
   ORDER BY o.id
$function$;
COMMENT ON FUNCTION crm.organizations_with_leads(uuid) IS
'For crm.refresh_contact_scores(): the organization (NULL: all) if it has leads.';
REVOKE ALL ON FUNCTION crm.organizations_with_leads(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.organizations_with_leads(uuid) TO crm_admin;

CREATE PROCEDURE crm.refresh_contact_scores(organization_id uuid DEFAULT NULL)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  batch record;
  run_id bigint;
  total bigint := 0;
  changed bigint := 0;
  leads bigint := 0;
  organization pg_catalog.uuid;
BEGIN
  run_id := maint.begin_run('scoring.refresh_contact_scores', coalesce('organization ' OPERATOR(pg_catalog.||) $1::pg_catalog.text, 'all organizations'));
  COMMIT;
  IF run_id IS NULL THEN
    RETURN; -- another session is at it
  END IF;
  FOR batch IN SELECT b.of_organization, b.contact_ids FROM crm.contact_batches($1, 1000, 'unkept') AS b LOOP
    PERFORM crm.rebuild_engagement_of(batch.of_organization, batch.contact_ids, false);
    COMMIT;
  END LOOP;
  FOR batch IN SELECT b.of_organization, b.contact_ids FROM crm.contact_batches($1, 1000, 'due') AS b LOOP
    changed := changed OPERATOR(pg_catalog.+) crm.refresh_scores_of(batch.of_organization, batch.contact_ids);
    total := total OPERATOR(pg_catalog.+) pg_catalog.cardinality(batch.contact_ids);
    UPDATE maint.maintenance_runs AS r
       SET detail = pg_catalog.format('%s of %s due scores changed', changed, total)
     WHERE r.id OPERATOR(pg_catalog.=) run_id;
    COMMIT;
  END LOOP;
  FOR organization IN SELECT o.id FROM crm.organizations_with_leads($1) AS o LOOP
    leads := leads OPERATOR(pg_catalog.+) marketing.refresh_lead_scores(organization);
    COMMIT;
  END LOOP;
  PERFORM maint.finish_run(run_id, pg_catalog.format('%s of %s due scores changed', changed, total)
    OPERATOR(pg_catalog.||) CASE WHEN leads OPERATOR(pg_catalog.>) 0 THEN pg_catalog.format(', and %s of leads', leads) ELSE '' END);
  COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE crm.refresh_contact_scores(uuid) IS
'Brings crm.contacts.score up to date, of one organization or (NULL) of all. Looks only at contacts whose score may have changed: since a signal or an attribute did, or since decay has taken it to another value by now. Writes only scores that did, a thousand contacts a transaction, each with a row of crm.score_history, and keeps crm.score_crossings. Progress is in maint.maintenance_runs; a run that was interrupted is started again and finds done what is done. Cannot run inside a transaction block.';
REVOKE ALL ON PROCEDURE crm.refresh_contact_scores(uuid) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE crm.refresh_contact_scores(uuid) TO crm_admin;
