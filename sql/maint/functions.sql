COMMENT ON FUNCTION maint.install_schema() IS
'Makes what is missing of the data model and says what that was; touches no row. CREATE EXTENSION calls it; by hand it is for installations with pg_crm.install = never. Superusers only.';
REVOKE ALL ON FUNCTION maint.install_schema() FROM PUBLIC;
COMMENT ON FUNCTION maint.is_installing() IS
'Whether the statements of this moment are those of maint.install_schema().';
COMMENT ON FUNCTION maint.check_period(interval) IS
'True where the interval can be the length of a partition: whole months, whole days, or hours that divide a day. Error 22023 otherwise.';
COMMENT ON FUNCTION maint.default_partition_name(text) IS
'The name of a table''s default partition: <table>_default, shortened safely below 64 bytes.';
COMMENT ON FUNCTION maint.fitted_name(text, text) IS
'A table''s name and a suffix, shortened safely below 64 bytes.';
COMMENT ON FUNCTION maint.hold_run(bigint) IS
'Takes the lock of a run, by its key, for the session, over its commits; false where another session has it. It ends with maint.release_run(), with any error that ends a transaction, and with the session.';
REVOKE ALL ON FUNCTION maint.hold_run(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.hold_run(bigint) TO crm_admin;
COMMENT ON FUNCTION maint.release_run(bigint) IS
'Releases the lock of maint.hold_run(); false, with a WARNING, where the session does not have it.';
REVOKE ALL ON FUNCTION maint.release_run(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.release_run(bigint) TO crm_admin;
COMMENT ON FUNCTION maint.lock_relations(oid[], text[], integer) IS
'Locks relations in the modes of LOCK TABLE, one after the other, and waits for all of them together at most so many milliseconds: error 55P03 after that.';
REVOKE ALL ON FUNCTION maint.lock_relations(oid[], text[], integer) FROM PUBLIC;
COMMENT ON FUNCTION maint.require_no_transaction(text, text) IS
'Error 2D000, with the second argument as the hint, where a transaction block is open: for procedures that commit.';
REVOKE ALL ON FUNCTION maint.require_no_transaction(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.require_no_transaction(text, text) TO crm_admin;
COMMENT ON FUNCTION maint.execute_as_owner(oid, text[]) IS
'Executes statements with the rights of the table''s owner and no more, as VACUUM and REINDEX do: expressions of the table must not run as a superuser. Triggers do not fire: a row that moves to another partition is neither deleted nor inserted.';
REVOKE ALL ON FUNCTION maint.execute_as_owner(oid, text[]) FROM PUBLIC;
COMMENT ON FUNCTION maint.copy_as_owner(oid, text) IS
'maint.read_as_owner() for a statement that copies rows: policies that the owner has forced on itself hide none, and triggers do not fire.';
REVOKE ALL ON FUNCTION maint.copy_as_owner(oid, text) FROM PUBLIC;
COMMENT ON FUNCTION maint.read_as_owner(oid, text) IS
'The first value that a query returns with the rights of the table''s owner and no more, as text; NULL where it returns no row. Planning a query already evaluates expressions of its tables.';
REVOKE ALL ON FUNCTION maint.read_as_owner(oid, text) FROM PUBLIC;
COMMENT ON FUNCTION maint.range_bounds(oid) IS
'The lower and the upper bound of a partition by range of a time, in UTC, infinite for MINVALUE and MAXVALUE; NULL for any other relation, such as a default partition.';
COMMENT ON FUNCTION maint.retention_cutoff(timestamptz, interval) IS
'The time less the interval, reckoned in UTC whatever the session''s time zone: first the months (a day that the month lacks becomes its last one), then days of 24 hours, then the time. What ends before or at it is past its retention.';
COMMENT ON FUNCTION maint.partition_changes(text, interval, integer, timestamptz, timestamptz, timestamptz[], timestamptz[]) IS
'The arithmetic of maint.plan_partitions(), in UTC: partitions to create with their names and bounds, and the positions of the existing ones that end before or at expired_before.';
COMMENT ON FUNCTION maint.is_schedule(text) IS
'Whether the text says when a task is to run: minute, hour, day of the month, month and day of the week as cron has them, with lists, ranges, steps, English names and $ for a month''s last day, and a day that comes; or 1 to 59 seconds.';
COMMENT ON FUNCTION maint.is_due(text, timestamptz, timestamptz) IS
'Whether a task with this schedule, in UTC, that last began at the first time is due at the second: NULL where the text is no schedule.';

CREATE FUNCTION maint.partition_bounds(parent regclass)
RETURNS TABLE (partition regclass, lower_bound timestamptz, upper_bound timestamptz, is_default boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE -- which keeps its plan, unlike SQL
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RETURN QUERY
  SELECT i.inhrelid::regclass, b.bounds[1], b.bounds[2], i.inhrelid = p.partdefid
    FROM pg_partitioned_table AS p
    JOIN pg_inherits AS i ON i.inhparent = p.partrelid
   CROSS JOIN LATERAL (SELECT maint.range_bounds(i.inhrelid) AS bounds
                       OFFSET 0) AS b -- evaluated once, not once for each mention
   WHERE p.partrelid = parent
     AND NOT i.inhdetachpending;
END
$function$;
COMMENT ON FUNCTION maint.partition_bounds(regclass) IS
'The partitions of a table partitioned by range of time, with their bounds (infinite for MINVALUE and MAXVALUE; NULL for the default partition).';

CREATE FUNCTION maint.partitions_to_change(target regclass)
RETURNS TABLE (parent regclass, action text, partition text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RETURN QUERY
  SELECT config.parent,
         CASE
           WHEN change.action = 'create' THEN 'create'
           WHEN maint.is_held(config.parent, existing.partitions[change.existing], change.lower_bound, change.upper_bound) THEN 'hold'
           ELSE config.retention_action
         END,
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
         coalesce(maint.retention_cutoff(now(), config.retention), '-infinity'),
         existing.lowers, existing.uppers) AS change
   WHERE config.enabled
     AND ($1 IS NULL OR config.parent = $1)
   ORDER BY config.parent::text, change.action, change.lower_bound;
END
$function$;
COMMENT ON FUNCTION maint.partitions_to_change(regclass) IS
'What maint.plan_partitions() returns, by a plan that the session keeps: PL/pgSQL has no parameter and column of one name.';

CREATE FUNCTION maint.plan_partitions(parent regclass DEFAULT NULL)
RETURNS TABLE (parent regclass, action text, partition text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT * FROM maint.partitions_to_change($1)
$function$;
COMMENT ON FUNCTION maint.plan_partitions(regclass) IS
'What maint.maintain_partitions() would do now, for one table or for all: create, drop, detach or archive, with the partition and its bounds; hold where a legal hold keeps a partition that is past its retention.';

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
  IF NEW.archive_schema IS NOT NULL THEN
    IF NOT EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = NEW.archive_schema AND n.nspname !~ '^(pg_|information_schema$)') THEN
      RAISE invalid_schema_name USING MESSAGE = format('schema "%s" does not exist', NEW.archive_schema);
    END IF;
    IF NOT has_schema_privilege(target.relowner, NEW.archive_schema, 'CREATE') THEN
      RAISE insufficient_privilege USING
        MESSAGE = format('permission denied for schema %s', NEW.archive_schema),
        DETAIL = format('Partitions are moved there with the rights of the owner of table %s.', target.relname);
    END IF;
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION maint.check_partition_config() IS
'Trigger on maint.partition_config: the table must be the caller''s own (42501) and partitioned by range of one time column (42809), the period one that partitions can have (22023), the schema for archives one (3F000) in which the table''s owner may create (42501).';
REVOKE ALL ON FUNCTION maint.check_partition_config() FROM PUBLIC;

CREATE FUNCTION maint.manage_partitions(
  parent regclass, period interval DEFAULT '1 month', premake integer DEFAULT 3,
  retention interval DEFAULT NULL, retention_action text DEFAULT 'drop', archive_schema text DEFAULT NULL)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  INSERT INTO maint.partition_config AS c (parent, period, premake, retention, retention_action, archive_schema)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT ON CONSTRAINT partition_config_pkey DO UPDATE
     SET period = excluded.period,
         premake = excluded.premake,
         retention = excluded.retention,
         retention_action = excluded.retention_action,
         archive_schema = excluded.archive_schema,
         enabled = true
$function$;
COMMENT ON FUNCTION maint.manage_partitions(regclass, interval, integer, interval, text, text) IS
'Puts a table that is partitioned by range of a timestamptz, timestamp or date column under maint.maintain_partitions(), or changes how. retention_action: drop, detach, or archive, which takes archive_schema. Errors: 42501 not the owner, 42809 not so partitioned, 22023 no such period, 3F000 no such schema.';
