-- Serialised per organization: numbers are given and the active version is changed one at a time.
CREATE FUNCTION crm.settle_score_model() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('crm.score_models ' || NEW.organization_id, 0));
  IF NEW.version IS NULL AND TG_OP = 'INSERT' THEN
    SELECT coalesce(max(m.version), 0) + 1 INTO NEW.version
      FROM crm.score_models AS m
     WHERE m.organization_id = NEW.organization_id;
  END IF;
  IF NEW.status = 'active' THEN
    -- Not for a row that is there already: ON CONFLICT makes none.
    UPDATE crm.score_models AS m
       SET status = 'retired', retired_at = greatest(now(), m.activated_at)
     WHERE m.organization_id = NEW.organization_id AND m.status = 'active' AND m.id <> NEW.id
       AND (TG_OP <> 'INSERT'
            OR NOT EXISTS (SELECT FROM crm.score_models AS same
                            WHERE same.organization_id = NEW.organization_id
                              AND (same.version = NEW.version OR same.id = NEW.id)));
    IF NEW.activated_at IS NULL
       OR (TG_OP = 'UPDATE' AND NEW.activated_at = OLD.activated_at) THEN -- in force again
      NEW.activated_at := now();
    END IF;
    IF NEW.retired_at IS NOT DISTINCT FROM OLD.retired_at THEN
      NEW.retired_at := NULL;
    END IF;
  ELSIF NEW.status = 'retired' AND OLD.status IN ('active', 'building') AND NEW.retired_at IS NULL THEN
    NEW.retired_at := greatest(now(), NEW.activated_at);
  ELSIF NEW.status = 'building' THEN
    NEW.retired_at := NULL;
  END IF; -- a draft was never in force: the checks refuse to retire it
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION crm.settle_score_model() IS
'Trigger, BEFORE INSERT OR UPDATE on crm.score_models: gives a version without a number the organization''s next one; retires the active version when another becomes active; stamps activated_at and retired_at with the transaction''s time where no time is given.';
REVOKE ALL ON FUNCTION crm.settle_score_model() FROM PUBLIC;

CREATE FUNCTION crm.freeze_score_model() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RAISE object_not_in_prerequisite_state USING
    MESSAGE = format('version %s of the score model is %s', OLD.version, OLD.status),
    DETAIL = CASE TG_OP
               WHEN 'DELETE' THEN 'Scores that were given by it can be explained by it alone.'
               ELSE 'Only a draft''s number and rules can be changed, and no version becomes a draft again.'
             END,
    HINT = CASE TG_OP
             WHEN 'DELETE' THEN 'Activate another version: this one is retired by that.'
             ELSE 'Make a new version, with based_on_id of this one.'
           END;
END
$function$;
COMMENT ON FUNCTION crm.freeze_score_model() IS
'Trigger, AFTER UPDATE and BEFORE DELETE on crm.score_models FOR EACH ROW that is no draft: refuses the change with 55000.';
REVOKE ALL ON FUNCTION crm.freeze_score_model() FROM PUBLIC;

-- Scores are right at every moment without it: what is not kept by a model is reckoned from the rows.
CREATE FUNCTION crm.adopt_score_model() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  model uuid; -- by which contacts are to be kept
  batch record;
BEGIN
  IF NEW.status = 'active' AND OLD.status IS DISTINCT FROM 'building' THEN
    model := NEW.id;
  ELSIF OLD.status = 'active' AND pg_trigger_depth() = 1 THEN -- and no other takes its place
    model := crm.score_model_of(NEW.organization_id);
  END IF;
  IF model IS NOT NULL THEN
    PERFORM crm.hold_signals_of(NEW.organization_id);
    FOR batch IN SELECT b.contact_ids FROM crm.contact_batches(NEW.organization_id, 1000) AS b LOOP
      PERFORM crm.rebuild_engagement_of(NEW.organization_id, batch.contact_ids, true, model);
      PERFORM crm.drop_states_of(NEW.organization_id, batch.contact_ids);
    END LOOP;
  ELSIF OLD.status = 'building' AND NEW.status <> 'active' THEN
    FOR batch IN SELECT b.contact_ids FROM crm.contact_batches(NEW.organization_id, 1000) AS b LOOP
      PERFORM crm.drop_states_of(NEW.organization_id, batch.contact_ids);
    END LOOP;
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION crm.adopt_score_model() IS
'Trigger, AFTER INSERT or UPDATE of status on crm.score_models FOR EACH ROW: makes crm.contact_engagement anew by the model that comes into force, in the same transaction. Until its end nobody adds signals to the organization''s contacts: for many contacts, CALL crm.activate_score_model() does it online.';
REVOKE ALL ON FUNCTION crm.adopt_score_model() FROM PUBLIC;

CREATE FUNCTION crm.begin_score_model(model_id uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  model record;
BEGIN
  SELECT m.organization_id, m.status, m.id INTO model
    FROM crm.score_models AS m
   WHERE m.id = $1;
  IF NOT FOUND THEN
    RAISE no_data_found USING
      MESSAGE = format('score model %s does not exist', coalesce($1::text, 'NULL')),
      HINT = 'Models are rows of crm.score_models.';
  END IF;
  IF model.status IN ('draft', 'retired') THEN
    PERFORM crm.hold_signals_of(model.organization_id);
    UPDATE crm.score_models AS m
       SET status = 'building'
     WHERE m.id = $1 AND m.organization_id = model.organization_id;
  END IF;
  RETURN model.organization_id;
END
$function$;
COMMENT ON FUNCTION crm.begin_score_model(uuid) IS
'For crm.activate_score_model(): from the transaction''s end on signals are kept by the model too. Returns its organization. Error P0002 where there is no such model.';
REVOKE ALL ON FUNCTION crm.begin_score_model(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.begin_score_model(uuid) TO crm_admin;

CREATE FUNCTION crm.finish_score_model(organization_id uuid, model_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  UPDATE crm.score_models AS m
     SET status = 'active'
   WHERE m.organization_id = $1 AND m.id = $2 AND m.status = 'building'
$function$;
COMMENT ON FUNCTION crm.finish_score_model(uuid, uuid) IS
'For crm.activate_score_model(): the model that was building is in force from the transaction''s end on.';
REVOKE ALL ON FUNCTION crm.finish_score_model(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.finish_score_model(uuid, uuid) TO crm_admin;

CREATE PROCEDURE crm.activate_score_model(model_id uuid)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  organization pg_catalog.uuid;
  batch record;
  left_over pg_catalog.uuid[];
  contact pg_catalog.uuid;
  run_id bigint;
  total bigint := 0;
BEGIN
  run_id := maint.begin_run('scoring.activate_score_model', pg_catalog.format('model %s', $1));
  COMMIT;
  IF run_id IS NULL THEN
    RETURN; -- another session is at it
  END IF;
  organization := crm.begin_score_model($1);
  COMMIT;
  FOR batch IN SELECT b.contact_ids FROM crm.contact_batches(organization, 1000) AS b LOOP
    left_over := crm.rebuild_engagement_of(organization, batch.contact_ids, false, $1);
    COMMIT;
    -- One by one and holding nothing else, so that waiting cannot become a deadlock.
    FOREACH contact IN ARRAY left_over LOOP
      PERFORM crm.rebuild_engagement_of(organization, ARRAY[contact], true, $1);
      COMMIT;
    END LOOP;
    total := total OPERATOR(pg_catalog.+) pg_catalog.cardinality(batch.contact_ids);
    UPDATE maint.maintenance_runs AS r
       SET detail = pg_catalog.format('%s contacts', total)
     WHERE r.id OPERATOR(pg_catalog.=) run_id;
    COMMIT;
  END LOOP;
  PERFORM crm.finish_score_model(organization, $1);
  COMMIT;
  FOR batch IN SELECT b.contact_ids FROM crm.contact_batches(organization, 1000) AS b LOOP
    PERFORM crm.drop_states_of(organization, batch.contact_ids);
    COMMIT;
  END LOOP;
  PERFORM maint.finish_run(run_id, pg_catalog.format('%s contacts', total));
  COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE crm.activate_score_model(uuid) IS
'Brings a version of an organization''s score model into force while others read and write: makes crm.contact_engagement by it, a thousand contacts a transaction, while scores are still by the former model; then switches, in one short transaction. A run that was interrupted is started again; UPDATE crm.score_models SET status = ''draft'' gives it up. Errors: P0002 where there is no such model, 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE crm.activate_score_model(uuid) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE crm.activate_score_model(uuid) TO crm_admin;
