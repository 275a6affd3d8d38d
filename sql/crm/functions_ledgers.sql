CREATE FUNCTION crm.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RAISE object_not_in_prerequisite_state USING
    MESSAGE = format('table "%s" is append-only', TG_TABLE_NAME),
    DETAIL = format('%s is not allowed: what it records has happened.', TG_OP),
    HINT = 'Add a row that corrects the earlier one.';
END
$function$;
COMMENT ON FUNCTION crm.refuse_change() IS
'Trigger, BEFORE UPDATE OR DELETE: refuses the statement with 55000. Ledgers fire it WHEN (pg_trigger_depth() = 0), so that the deletion of an organization cascades.';
REVOKE ALL ON FUNCTION crm.refuse_change() FROM PUBLIC;

CREATE FUNCTION crm.raise_version() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
    RAISE serialization_failure USING
      MESSAGE = format('row of table "%s" was changed meanwhile', TG_TABLE_NAME),
      DETAIL = format('Its version is %s, the update expected %s.', OLD.version, NEW.version - 1),
      HINT = 'Read the row again, then repeat the change.';
  END IF;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION crm.raise_version() IS
'Trigger, BEFORE UPDATE FOR EACH ROW: raises version by one. An update that sets version to the one it read plus one fails with 40001 where somebody else was faster.';
REVOKE ALL ON FUNCTION crm.raise_version() FROM PUBLIC;
