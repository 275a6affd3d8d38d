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
  ELSIF NEW.status = 'retired' AND OLD.status = 'active' AND NEW.retired_at IS NULL THEN
    NEW.retired_at := greatest(now(), NEW.activated_at);
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
