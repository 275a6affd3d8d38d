CREATE FUNCTION crm.settle_overdue() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.status = 'pending' THEN
    NEW.status := 'overdue';
  ELSIF NEW.due_at IS NOT NULL OR OLD.status = 'overdue' THEN
    NEW.status := 'pending';
  END IF; -- one that is made overdue without a due time contradicts itself: the check refuses it
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION crm.settle_overdue() IS
'Trigger, BEFORE INSERT OR UPDATE on crm.activities: a pending activity that is past its due time becomes overdue, an overdue one whose due time is moved to the future or taken away becomes pending.';
REVOKE ALL ON FUNCTION crm.settle_overdue() FROM PUBLIC;
