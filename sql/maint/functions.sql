COMMENT ON FUNCTION maint.install_schema() IS
'Makes what is missing of the data model and says what that was; touches no row. CREATE EXTENSION calls it; by hand it is for installations with pg_crm.install = never. Superusers only.';
REVOKE ALL ON FUNCTION maint.install_schema() FROM PUBLIC;
COMMENT ON FUNCTION maint.is_installing() IS
'Whether the statements of this moment are those of maint.install_schema().';
COMMENT ON FUNCTION maint.check_period(interval) IS
'True where the interval can be the length of a partition: whole months, whole days, or hours that divide a day. Error 22023 otherwise.';
COMMENT ON FUNCTION maint.default_partition_name(text) IS
'The name of a table''s default partition: <table>_default, shortened safely below 64 bytes.';
COMMENT ON FUNCTION maint.partition_changes(text, interval, integer, timestamptz, timestamptz, timestamptz[], timestamptz[]) IS
'The arithmetic of maint.plan_partitions(), in UTC: partitions to create with their names and bounds, and the positions of the existing ones that end before or at expired_before.';

CREATE FUNCTION maint.partition_bounds(parent regclass)
RETURNS TABLE (partition regclass, lower_bound timestamptz, upper_bound timestamptz, is_default boolean)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' -- others print names of time zones that are read back as others
SET timezone = 'UTC'
AS $function$
  -- The documented order of bounds in text: FROM (x) TO (y), x and y quoted or MINVALUE, MAXVALUE.
  SELECT c.oid::regclass,
         CASE WHEN b.texts[1] = 'MINVALUE' THEN '-infinity'::timestamptz
              WHEN k.atttypid = 'timestamptz'::regtype THEN trim('''' FROM b.texts[1])::timestamptz
              ELSE trim('''' FROM b.texts[1])::timestamp AT TIME ZONE 'UTC' END,
         CASE WHEN b.texts[2] = 'MAXVALUE' THEN 'infinity'::timestamptz
              WHEN k.atttypid = 'timestamptz'::regtype THEN trim('''' FROM b.texts[2])::timestamptz
              ELSE trim('''' FROM b.texts[2])::timestamp AT TIME ZONE 'UTC' END,
         b.texts IS NULL
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    JOIN pg_partitioned_table AS p ON p.partrelid = i.inhparent
    JOIN pg_attribute AS k ON k.attrelid = p.partrelid AND k.attnum = p.partattrs[0]
   CROSS JOIN LATERAL (SELECT regexp_match(pg_get_expr(c.relpartbound, c.oid),
                                           '^FOR VALUES FROM \((.*)\) TO \((.*)\)$') AS texts
                      OFFSET 0) AS b -- evaluated once, not once for each mention
   WHERE i.inhparent = parent
     AND NOT i.inhdetachpending
$function$;
COMMENT ON FUNCTION maint.partition_bounds(regclass) IS
'The partitions of a table partitioned by range of time, with their bounds (infinite for MINVALUE and MAXVALUE; NULL for the default partition).';

CREATE FUNCTION maint.plan_partitions(parent regclass DEFAULT NULL)
RETURNS TABLE (parent regclass, action text, partition text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT config.parent,
         CASE change.action WHEN 'create' THEN 'create' ELSE config.retention_action END,
         CASE change.action
           WHEN 'create' THEN format('%I.%I', n.nspname, change.name)
           ELSE existing.partitions[change.existing]::text
         END,
         change.lower_bound,
         change.upper_bound
    FROM maint.partition_config AS config
    JOIN pg_class AS c ON c.oid = config.parent
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   CROSS JOIN LATERAL (
         SELECT coalesce(array_agg(b.partition ORDER BY b.lower_bound), '{}') AS partitions,
                coalesce(array_agg(b.lower_bound ORDER BY b.lower_bound), '{}') AS lowers,
                coalesce(array_agg(b.upper_bound ORDER BY b.lower_bound), '{}') AS uppers
           FROM maint.partition_bounds(config.parent) AS b
          WHERE NOT b.is_default) AS existing
   CROSS JOIN LATERAL maint.partition_changes(
         c.relname::text, config.period, config.premake, now(),
         coalesce((now() AT TIME ZONE 'UTC' - config.retention) AT TIME ZONE 'UTC', '-infinity'),
         existing.lowers, existing.uppers) AS change
   WHERE config.enabled
     AND ($1 IS NULL OR config.parent = $1)
   ORDER BY config.parent::text, change.action, change.lower_bound
$function$;
COMMENT ON FUNCTION maint.plan_partitions(regclass) IS
'What maint.maintain_partitions() would do now, for one table or for all: create, drop or detach, with the partition and its bounds.';

CREATE FUNCTION maint.check_partition_config() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  target pg_class;
BEGIN
  IF NEW.parent IS NULL THEN
    RETURN NEW; -- the column's own constraint refuses it
  END IF;
  SELECT * INTO target FROM pg_class WHERE oid = NEW.parent;
  IF NOT FOUND THEN
    RAISE undefined_table USING MESSAGE = format('relation with OID %s does not exist', NEW.parent::oid);
  END IF;
  -- Maintenance runs with its owner's rights: nobody may point it at a table that is not theirs.
  IF NOT pg_has_role(CURRENT_USER, target.relowner, 'USAGE')
     AND NOT (pg_has_role(CURRENT_USER, 'crm_admin', 'USAGE')
              AND EXISTS (SELECT FROM maint.schema_migrations AS m
                           WHERE format('%s.%s', target.relnamespace::regnamespace, target.relname) = ANY (m.relations))) THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('must be owner of table %s', target.relname);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_partitioned_table AS p
                   JOIN pg_attribute AS k ON k.attrelid = p.partrelid AND k.attnum = p.partattrs[0]
                  WHERE p.partrelid = NEW.parent AND p.partstrat = 'r' AND p.partnatts = 1
                    AND k.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)) THEN
    RAISE wrong_object_type USING
      MESSAGE = format('table "%s" is not partitioned by range of a time', target.relname),
      DETAIL = 'The partition key must be one column of type timestamptz, timestamp or date.';
  END IF;
  IF EXISTS (SELECT FROM pg_partitioned_table AS p
               JOIN pg_attribute AS k ON k.attrelid = p.partrelid AND k.attnum = p.partattrs[0]
              WHERE p.partrelid = NEW.parent AND k.atttypid = 'date'::regtype
                AND extract(epoch FROM NEW.period) < 86400) THEN
    RAISE invalid_parameter_value USING
      MESSAGE = 'a table partitioned by date takes a period of days or months';
  END IF;
  PERFORM maint.check_period(NEW.period);
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION maint.check_partition_config() IS
'Trigger on maint.partition_config: the table must be the caller''s own (42501) and partitioned by range of one time column (42809), the period one that partitions can have (22023).';
REVOKE ALL ON FUNCTION maint.check_partition_config() FROM PUBLIC;

CREATE FUNCTION maint.manage_partitions(
  parent regclass, period interval DEFAULT '1 month', premake integer DEFAULT 3,
  retention interval DEFAULT NULL, retention_action text DEFAULT 'drop')
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  INSERT INTO maint.partition_config AS c (parent, period, premake, retention, retention_action)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT ON CONSTRAINT partition_config_pkey DO UPDATE
     SET period = excluded.period,
         premake = excluded.premake,
         retention = excluded.retention,
         retention_action = excluded.retention_action,
         enabled = true
$function$;
COMMENT ON FUNCTION maint.manage_partitions(regclass, interval, integer, interval, text) IS
'Puts a table that is partitioned by range of a timestamptz, timestamp or date column under maint.maintain_partitions(), or changes how. Errors: 42501 not the owner, 42809 not so partitioned, 22023 no such period.';

CREATE FUNCTION maint.policy_statements(source regclass, target text) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT d.statement FROM tenancy.policy_definitions(source, target) AS d ORDER BY d.policy
$function$;
COMMENT ON FUNCTION maint.policy_statements(regclass, text) IS
'The statements that give a table the row-level security policies of another.';

-- Only names statements; maint.execute_as_owner() executes them.
CREATE FUNCTION maint.partition_statements(parent regclass, partition_name text, lower_bound timestamptz, upper_bound timestamptz)
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  source record;
  partition text;
  statements text[];
  condition text;
  columns text;
  holding record;
  item record;
BEGIN
  SELECT c.relname, n.nspname, c.relowner, c.relrowsecurity, c.relforcerowsecurity, k.attname AS key_column, k.atttypid::regtype AS key_type
    INTO STRICT source
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_partitioned_table AS p ON p.partrelid = c.oid
    JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attnum = p.partattrs[0]
   WHERE c.oid = parent;
  partition := format('%I.%I', source.nspname, partition_name);

  -- LIKE and ATTACH lock the parent less than PARTITION OF does: readers and writers go on.
  statements := ARRAY[format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)', partition, parent)];

  -- A partition read directly skips its parent's policies and grants: it gets the policies and no
  -- grant at all, whatever the schema's default privileges say.
  FOR item IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
      FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a
     WHERE d.defaclobjtype = 'r' AND a.grantee <> source.relowner
  LOOP
    statements := statements || format('REVOKE ALL ON %s FROM %s', partition, item.grantee);
  END LOOP;

  -- ATTACH refuses while the default partition holds rows of the new range.
  SELECT b.partition, c.relforcerowsecurity INTO holding
    FROM maint.partition_bounds(parent) AS b
    JOIN pg_class AS c ON c.oid = b.partition
   WHERE b.is_default;
  IF lower_bound IS NOT NULL AND holding.partition IS NOT NULL THEN
    condition := format('%1$I >= %2$L AND %1$I < %3$L', source.key_column,
                        maint.bound_literal(lower_bound, source.key_type),
                        maint.bound_literal(upper_bound, source.key_type));
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
      FROM pg_attribute AS a
     WHERE a.attrelid = parent AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
    -- The owner moves rows of all organizations; nobody else sees the table meanwhile.
    IF holding.relforcerowsecurity THEN
      statements := statements || format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', holding.partition);
    END IF;
    statements := statements
      || format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', holding.partition)
      || format('WITH moved AS (DELETE FROM %1$s WHERE %2$s RETURNING %3$s) INSERT INTO %4$s (%3$s) OVERRIDING SYSTEM VALUE SELECT %3$s FROM moved',
                holding.partition, condition, columns, partition);
    IF holding.relforcerowsecurity THEN
      statements := statements || format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', holding.partition);
    END IF;
  END IF;

  IF source.relrowsecurity THEN
    statements := statements || format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  END IF;
  IF source.relforcerowsecurity THEN
    statements := statements || format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
  END IF;
  statements := statements || ARRAY(SELECT maint.policy_statements(parent, partition));

  RETURN statements || format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, partition,
    CASE WHEN lower_bound IS NULL THEN 'DEFAULT'
         ELSE format('FOR VALUES FROM (%L) TO (%L)',
                     maint.bound_literal(lower_bound, source.key_type),
                     maint.bound_literal(upper_bound, source.key_type)) END);
END
$function$;
COMMENT ON FUNCTION maint.partition_statements(regclass, text, timestamptz, timestamptz) IS
'The statements that make one partition (the default partition where the bounds are NULL) with its parent''s row-level security and policies and without grants, move the rows of its range out of the default partition, and attach it.';
COMMENT ON FUNCTION maint.execute_as_owner(oid, text[]) IS
'Executes statements with the rights of the table''s owner and no more, as VACUUM and REINDEX do: expressions of the table must not run as a superuser. Triggers do not fire: a row that moves to another partition is neither deleted nor inserted.';
REVOKE ALL ON FUNCTION maint.execute_as_owner(oid, text[]) FROM PUBLIC;

CREATE FUNCTION maint.bound_literal(bound timestamptz, key_type regtype) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD'
SET timezone = 'UTC'
AS $function$
  SELECT CASE key_type
           WHEN 'timestamptz'::regtype THEN bound::text
           WHEN 'timestamp'::regtype THEN (bound AT TIME ZONE 'UTC')::text
           ELSE (bound AT TIME ZONE 'UTC')::date::text
         END
$function$;
COMMENT ON FUNCTION maint.bound_literal(timestamptz, regtype) IS
'A partition''s bound as a literal of the key''s type, in UTC whatever the session''s time zone.';

CREATE FUNCTION maint.extend_partitions(parent regclass) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  change record;
  made integer := 0;
BEGIN
  IF NOT EXISTS (SELECT FROM maint.partition_config AS c WHERE c.parent = $1) THEN
    RAISE undefined_object USING
      MESSAGE = format('table %s is not under partition maintenance', parent),
      HINT = 'Call maint.manage_partitions() first.';
  END IF;
  IF NOT EXISTS (SELECT FROM maint.partition_bounds(parent) AS b WHERE b.is_default) THEN
    -- Before anything else: no insert may find no place.
    PERFORM maint.execute_as_owner(parent, maint.partition_statements(
      parent, maint.default_partition_name((SELECT relname::text FROM pg_class WHERE oid = parent)), NULL, NULL));
    made := made + 1;
  END IF;
  FOR change IN
    SELECT * FROM maint.plan_partitions(parent) AS p WHERE p.action = 'create' ORDER BY p.lower_bound
  LOOP
    PERFORM maint.execute_as_owner(parent, maint.partition_statements(
      parent, (parse_ident(change.partition))[2], change.lower_bound, change.upper_bound));
    made := made + 1;
  END LOOP;
  RETURN made;
END
$function$;
COMMENT ON FUNCTION maint.extend_partitions(regclass) IS
'Makes the partitions that a table under maintenance lacks, its default partition included, and returns how many.';
REVOKE ALL ON FUNCTION maint.extend_partitions(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.extend_partitions(regclass) TO crm_admin;

CREATE FUNCTION maint.retire_partitions(parent regclass) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  change record;
  retired integer := 0;
BEGIN
  FOR change IN
    SELECT * FROM maint.plan_partitions(parent) AS p WHERE p.action <> 'create' ORDER BY p.lower_bound
  LOOP
    PERFORM maint.execute_as_owner(parent, ARRAY[
      CASE change.action
        WHEN 'drop' THEN format('DROP TABLE %s', change.partition::regclass)
        ELSE format('ALTER TABLE %s DETACH PARTITION %s', parent, change.partition::regclass)
      END]);
    retired := retired + 1;
  END LOOP;
  RETURN retired;
END
$function$;
COMMENT ON FUNCTION maint.retire_partitions(regclass) IS
'Drops or detaches, as configured, the partitions of a table under maintenance that are past its retention, and returns how many.';
REVOKE ALL ON FUNCTION maint.retire_partitions(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retire_partitions(regclass) TO crm_admin;

-- No SET clause: that would forbid COMMIT. Hence every name is qualified.
CREATE PROCEDURE maint.maintain_partitions(parent regclass DEFAULT NULL)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  step record;
  run_id bigint;
  changed integer;
  failure pg_catalog.text;
BEGIN
  IF $1 IS NOT NULL AND NOT EXISTS (SELECT FROM maint.partition_config AS c
                                     WHERE c.parent OPERATOR(pg_catalog.=) $1) THEN
    RAISE undefined_object USING
      MESSAGE = pg_catalog.format('table %s is not under partition maintenance', $1),
      HINT = 'Call maint.manage_partitions() first.';
  END IF;
  FOR step IN
    SELECT c.parent AS target, task.name AS task
      FROM maint.partition_config AS c
     CROSS JOIN (VALUES (1, 'partitions.create'), (2, 'partitions.retire')) AS task (position, name)
     WHERE c.enabled
       AND ($1 IS NULL OR c.parent OPERATOR(pg_catalog.=) $1)
       AND EXISTS (SELECT FROM pg_catalog.pg_class AS r -- or it was dropped since
                    WHERE r.oid OPERATOR(pg_catalog.=) c.parent)
     ORDER BY task.position, c.parent::pg_catalog.text
  LOOP
    INSERT INTO maint.maintenance_runs (task, target)
    VALUES (step.task, step.target::pg_catalog.text)
    RETURNING id INTO run_id;
    COMMIT;
    failure := NULL;
    BEGIN
      IF step.task OPERATOR(pg_catalog.=) 'partitions.create' THEN
        changed := maint.extend_partitions(step.target);
      ELSE
        changed := maint.retire_partitions(step.target);
      END IF;
    EXCEPTION WHEN OTHERS THEN
      failure := pg_catalog.format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE);
      RAISE WARNING USING
        MESSAGE = pg_catalog.format('%s of %s failed: %s', step.task, step.target, SQLERRM);
    END;
    UPDATE maint.maintenance_runs AS r
       SET finished_at = pg_catalog.clock_timestamp(),
           status = CASE WHEN failure IS NULL THEN 'succeeded' ELSE 'failed' END,
           detail = coalesce(failure, pg_catalog.format('%s partitions', changed))
     WHERE r.id OPERATOR(pg_catalog.=) run_id;
    COMMIT;
  END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE maint.maintain_partitions(regclass) IS
'Makes the partitions that are missing, then retires those past their retention, of one table or of all under maintenance. A transaction for each table and step: a failure is a WARNING and a row in maint.maintenance_runs, and the others go on. Cannot run inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.maintain_partitions(regclass) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.maintain_partitions(regclass) TO crm_admin;
