-- What the tables of operations check and stamp.

CREATE FUNCTION maint.stamp_finished_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.status <> 'running' THEN
    NEW.finished_at := clock_timestamp(); -- as started_at: one transaction may begin and end it
  ELSIF TG_OP = 'UPDATE' AND NEW.finished_at = OLD.finished_at THEN
    NEW.finished_at := NULL;
  END IF; -- what runs and is given an end contradicts itself: the check refuses it
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION maint.stamp_finished_at() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW on maint.maintenance_runs and maint.backup_runs: what ended without a time has ended just now.';
REVOKE ALL ON FUNCTION maint.stamp_finished_at() FROM PUBLIC;

CREATE FUNCTION maint.check_retention_policy() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  target record;
  age_type regtype;
BEGIN
  IF num_nulls(NEW.target, NEW.age_column) > 0 THEN
    RETURN NEW; -- the columns' own constraints refuse it
  END IF;
  SELECT c.relname, c.relnamespace::regnamespace::text AS schema_name, c.relkind, c.relispartition, c.relowner,
         EXISTS (SELECT FROM pg_attribute AS a
                  WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND a.atttypid = 'uuid'::regtype
                    AND a.attnum > 0 AND NOT a.attisdropped) AS has_organization,
         EXISTS (SELECT FROM maint.schema_migrations AS m
                  WHERE format('%s.%s', c.relnamespace::regnamespace, c.relname) = ANY (m.relations)) AS is_ours
    INTO target
    FROM pg_class AS c
   WHERE c.oid = NEW.target;
  IF NOT FOUND THEN
    RAISE undefined_table USING MESSAGE = format('relation with OID %s does not exist', NEW.target::oid);
  END IF;
  IF target.relispartition THEN
    RAISE wrong_object_type USING
      MESSAGE = format('table "%s" is a partition', target.relname),
      HINT = 'Name the table that it is a partition of.';
  END IF;
  IF target.relkind NOT IN ('r', 'p') THEN
    RAISE wrong_object_type USING MESSAGE = format('"%s" is not a table', target.relname);
  END IF;
  -- Rows are deleted with the rights of who runs maintenance: nobody may point it at a table that is
  -- not theirs.
  IF NOT pg_has_role(CURRENT_USER, target.relowner, 'USAGE')
     AND NOT (pg_has_role(CURRENT_USER, 'crm_admin', 'USAGE') AND target.is_ours) THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('must be owner of table %s', target.relname);
  END IF;
  IF NOT target.has_organization OR target.schema_name IN ('maint', 'pg_catalog', 'information_schema') THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('table "%s" holds no rows of organizations that a policy can expire', target.relname),
      DETAIL = 'A policy is for tables with a column organization_id of type uuid, those of schema maint excepted.';
  END IF;
  SELECT a.atttypid INTO age_type
    FROM pg_attribute AS a
   WHERE a.attrelid = NEW.target AND a.attname = NEW.age_column AND a.attnum > 0 AND NOT a.attisdropped;
  IF NOT FOUND THEN
    RAISE undefined_column USING
      MESSAGE = format('column "%s" of relation "%s" does not exist', NEW.age_column, target.relname);
  END IF;
  IF age_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN
    RAISE datatype_mismatch USING
      MESSAGE = format('column "%s" of relation "%s" is of type %s', NEW.age_column, target.relname, age_type),
      HINT = 'The age of a row is told by a column of type timestamptz, timestamp or date.';
  END IF;
  IF NEW.category_column IS NOT NULL
     AND NOT EXISTS (SELECT FROM pg_attribute AS a
                      WHERE a.attrelid = NEW.target AND a.attname = NEW.category_column
                        AND a.attnum > 0 AND NOT a.attisdropped) THEN
    RAISE undefined_column USING
      MESSAGE = format('column "%s" of relation "%s" does not exist', NEW.category_column, target.relname);
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION maint.check_retention_policy() IS
'Trigger on maint.retention_policies: the target must exist (42P01), be a table and no partition (42809), the caller''s own or, for crm_admin, the model''s (42501), hold rows of organizations outside schema maint (22023), and have the columns (42703), that of the age of a type of time (42804).';
REVOKE ALL ON FUNCTION maint.check_retention_policy() FROM PUBLIC;
