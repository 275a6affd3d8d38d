-- A deal's status, its stage and the times of both are one statement about it, made by whichever of
-- them was written. In a won stage a deal is won, in a lost stage it is lost.
CREATE FUNCTION crm.settle_deal() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  -- On INSERT every field of OLD is NULL: a deal begins open and in no stage.
  moved CONSTANT boolean := NEW.stage_id IS DISTINCT FROM OLD.stage_id;
  turned CONSTANT boolean := NEW.status IS DISTINCT FROM coalesce(OLD.status, 'open');
  pipeline uuid;
  outcome text; -- the status that the stage stands for; NULL: in no stage, or in an absent one
  target uuid;
BEGIN
  IF NEW.stage_id IS NOT NULL AND (moved OR turned) THEN
    SELECT s.pipeline_id, CASE WHEN s.is_won THEN 'won' WHEN s.is_lost THEN 'lost' ELSE 'open' END
      INTO pipeline, outcome
      FROM crm.deal_stages AS s
     WHERE s.id = NEW.stage_id AND s.organization_id = NEW.organization_id;
  END IF;

  IF moved AND NOT turned THEN -- the status follows the stage
    IF outcome <> 'open' THEN
      NEW.status := outcome;
    ELSIF NEW.status <> 'open' AND EXISTS (
      SELECT FROM crm.deal_stages AS s
       WHERE s.id = OLD.stage_id AND s.organization_id = OLD.organization_id
         AND (s.is_won OR s.is_lost)) THEN
      NEW.status := 'open';
    END IF;
  ELSIF NEW.status <> outcome AND (outcome = 'open' OR NOT moved) THEN -- the stage follows the status
    IF NEW.status = 'open' THEN
      SELECT s.id INTO target
        FROM crm.deal_stage_history AS h
        JOIN crm.deal_stages AS s ON s.id = h.from_stage_id AND s.organization_id = h.organization_id
       WHERE h.deal_id = NEW.id AND h.organization_id = NEW.organization_id
         AND s.pipeline_id = pipeline AND s.deleted_at IS NULL AND NOT s.is_won AND NOT s.is_lost
       ORDER BY h.changed_at DESC, h.id DESC
       LIMIT 1;
      IF target IS NULL THEN
        SELECT s.id INTO target
          FROM crm.deal_stages AS s
         WHERE s.pipeline_id = pipeline AND s.organization_id = NEW.organization_id
           AND s.deleted_at IS NULL AND NOT s.is_won AND NOT s.is_lost
         ORDER BY s.position, s.id
         LIMIT 1;
      END IF;
    ELSE
      SELECT CASE WHEN count(*) = 1 THEN (array_agg(s.id))[1] END INTO target
        FROM crm.deal_stages AS s
       WHERE s.pipeline_id = pipeline AND s.organization_id = NEW.organization_id
         AND s.deleted_at IS NULL
         AND CASE NEW.status WHEN 'won' THEN s.is_won ELSE s.is_lost END;
    END IF;
    IF target IS NOT NULL THEN
      NEW.stage_id := target;
      outcome := NEW.status;
    END IF;
  END IF;

  IF outcome <> 'open' AND outcome <> NEW.status THEN
    RAISE check_violation USING
      MESSAGE = format('a deal in a %s stage cannot be %s', outcome, NEW.status),
      HINT = 'Set the stage alone, and the status follows it.',
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'deals_stage_status_check';
  END IF;

  IF TG_OP = 'UPDATE' AND NEW.stage_id IS DISTINCT FROM OLD.stage_id
     AND NEW.stage_entered_at IS NOT DISTINCT FROM OLD.stage_entered_at THEN
    NEW.stage_entered_at := now();
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.stage_id <> OLD.stage_id AND NEW.status = 'open'
     AND NEW.advanced_at IS NOT DISTINCT FROM OLD.advanced_at
     AND EXISTS (SELECT FROM crm.deal_stages AS s
                   JOIN crm.deal_stages AS o ON o.pipeline_id = s.pipeline_id AND o.organization_id = s.organization_id
                  WHERE s.id = NEW.stage_id AND s.organization_id = NEW.organization_id
                    AND o.id = OLD.stage_id AND s.position > o.position) THEN
    NEW.advanced_at := NEW.stage_entered_at;
  END IF;

  -- An open deal that is given a closing time, or a won one a reason of loss, contradicts itself:
  -- the checks refuse it. What is merely left over from before is wiped.
  IF NEW.status <> 'open' THEN
    IF NEW.closed_at IS NULL
       OR (TG_OP = 'UPDATE' AND NEW.status <> OLD.status AND NEW.closed_at = OLD.closed_at) THEN
      NEW.closed_at := now();
    END IF;
  ELSIF TG_OP = 'UPDATE' AND NEW.closed_at IS NOT DISTINCT FROM OLD.closed_at THEN
    NEW.closed_at := NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.status <> 'lost' AND OLD.status = 'lost'
     AND NEW.lost_reason IS NOT DISTINCT FROM OLD.lost_reason THEN
    NEW.lost_reason := NULL;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION crm.settle_deal() IS
'Trigger, BEFORE INSERT OR UPDATE on crm.deals: makes stage, status and times agree. A move to a won or lost stage closes the deal; a move from there to another stage reopens it. A status won or lost moves the deal to that stage of its pipeline where there is exactly one, else the deal stays where it is. Reopened by its status, a deal returns to the stage that it was last open in, or to the first. Closing and entering a stage are stamped with the transaction''s time where no time is given; so is advanced_at, at a move to a later open stage of the pipeline. Error 23514 (deals_stage_status_check) for a status that the stage contradicts.';
REVOKE ALL ON FUNCTION crm.settle_deal() FROM PUBLIC;

-- Old and new rows are joined, and the plan is kept: one made for a single row must do for a hundred
-- thousand as well, which a nested loop does not.
CREATE FUNCTION crm.record_deal_stages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO crm.deal_stage_history
           (organization_id, deal_id, to_stage_id, to_status, amount, changed_by, changed_at)
    SELECT n.organization_id, n.id, n.stage_id, n.status, n.amount, tenancy.current_user_id(), n.stage_entered_at
      FROM new_rows AS n;
  ELSE
    INSERT INTO crm.deal_stage_history
           (organization_id, deal_id, from_stage_id, to_stage_id, from_status, to_status, amount,
            changed_by, changed_at, seconds_in_stage)
    SELECT organization_id, id, from_stage_id, to_stage_id, from_status, to_status, amount,
           tenancy.current_user_id(), changed_at,
           greatest(0, floor(extract(epoch FROM changed_at - entered_at)))::bigint
      FROM (SELECT n.organization_id, n.id, n.amount, o.stage_entered_at AS entered_at,
                   o.stage_id AS from_stage_id, n.stage_id AS to_stage_id,
                   o.status AS from_status, n.status AS to_status,
                   CASE WHEN n.stage_id IS DISTINCT FROM o.stage_id THEN n.stage_entered_at
                        ELSE coalesce(n.closed_at, now()) END AS changed_at
              FROM old_rows AS o
              JOIN new_rows AS n ON n.id = o.id AND n.organization_id = o.organization_id
             WHERE n.stage_id IS DISTINCT FROM o.stage_id
                OR n.status <> o.status) AS change;
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION crm.record_deal_stages() IS
'Trigger, AFTER INSERT or UPDATE on crm.deals FOR EACH STATEMENT with transition tables new_rows and old_rows: writes crm.deal_stage_history, one row for each deal that was made or changed its stage or status.';
REVOKE ALL ON FUNCTION crm.record_deal_stages() FROM PUBLIC;
