-- What becomes of queued messages and of presence when their state changes.

CREATE FUNCTION runtime.settle_message() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.status = 'dead' THEN
    NEW.dead_at := coalesce(NEW.dead_at, now());
    IF NEW.visible_at = OLD.visible_at THEN
      NEW.visible_at := 'infinity';
    END IF;
  ELSIF OLD.status = 'dead' THEN
    IF NEW.dead_at = OLD.dead_at THEN
      NEW.dead_at := NULL;
    END IF;
    IF NEW.visible_at = OLD.visible_at THEN
      NEW.visible_at := now();
    END IF;
  END IF;
  IF NEW.status <> 'in_flight' AND (NEW.locked_by, NEW.heartbeat_at) IS NOT DISTINCT FROM (OLD.locked_by, OLD.heartbeat_at) THEN
    NEW.locked_by := NULL;
    NEW.heartbeat_at := NULL;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION runtime.settle_message() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on runtime.queue_messages where status and times disagree: a dead message is dead since now and hidden for ever, one that is brought back can be received now, and one that is not in flight has no receiver.';
REVOKE ALL ON FUNCTION runtime.settle_message() FROM PUBLIC;

CREATE FUNCTION runtime.change_presence() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  NEW.status_changed_at := now();
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION runtime.change_presence() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on runtime.presence where the status changes: keeps status_changed_at.';
REVOKE ALL ON FUNCTION runtime.change_presence() FROM PUBLIC;
