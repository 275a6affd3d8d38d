-- One change of a table's partitions, and all of them within the caller's transaction. What goes over
-- many transactions is in functions_maintain.sql.

CREATE FUNCTION maint.require_partition_config(parent regclass) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT EXISTS (SELECT FROM maint.partition_config AS c WHERE c.parent = $1) THEN
    RAISE undefined_object USING
      MESSAGE = format('table %s is not under partition maintenance', parent),
      HINT = 'Call maint.manage_partitions() first.';
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.require_partition_config(regclass) IS
'Error 42704 where a table is not in maint.partition_config.';

CREATE FUNCTION maint.add_partition(
  parent regclass, partition_name text, lower_bound timestamptz, upper_bound timestamptz, lock_timeout interval, batch_size integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  partition CONSTANT text := format('%s.%I', (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = parent), partition_name);
  has_default CONSTANT boolean := EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partrelid = parent AND p.partdefid <> 0);
  moved_to timestamptz := upper_bound;
BEGIN
  -- Nobody may write a row of the range meanwhile: who waits for the default partition alone finds that
  -- it is not the row's place any more, and fails; who waits for the table looks afterwards.
  PERFORM maint.lock_for_change(parent, CASE WHEN has_default THEN 'SHARE ROW EXCLUSIVE' ELSE 'SHARE UPDATE EXCLUSIVE' END,
                                NULL, true, lock_timeout);
  PERFORM maint.execute_as_owner(parent, maint.creation_statements(parent, partition_name));
  IF lower_bound IS NOT NULL THEN
    moved_to := maint.move_from_default(
      parent, partition, lower_bound, upper_bound,
      -- A partition that others refer to cannot be taken off again for the next batch.
      CASE WHEN NOT EXISTS (SELECT FROM pg_constraint AS f WHERE f.confrelid = parent AND f.contype = 'f') THEN batch_size END);
  END IF;
  PERFORM maint.execute_as_owner(parent, maint.attach_statements(parent, partition, lower_bound, moved_to));
  PERFORM maint.set_replica_identity_index(parent, partition::regclass);
  IF moved_to < upper_bound THEN
    INSERT INTO maint.partition_moves (partition, parent, upper_bound) VALUES (partition::regclass, $1, $4);
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.add_partition(regclass, text, timestamptz, timestamptz, interval, integer) IS
'Makes one partition (the default partition where the bounds are NULL) and moves rows of its range out of the default partition into it; where they are more than batch_size, it ends earlier, and is in maint.partition_moves.';
REVOKE ALL ON FUNCTION maint.add_partition(regclass, text, timestamptz, timestamptz, interval, integer) FROM PUBLIC;

CREATE FUNCTION maint.grow_partition(parent regclass, partition regclass, upper_bound timestamptz, lock_timeout interval, batch_size integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  bounds record;
  moved_to timestamptz;
BEGIN
  PERFORM maint.lock_for_change(parent, 'ACCESS EXCLUSIVE', partition, true, lock_timeout);
  SELECT b.lower_bound, b.upper_bound INTO bounds
    FROM maint.partition_bounds(parent) AS b
   WHERE b.partition = $2;
  IF FOUND AND bounds.upper_bound < upper_bound THEN
    PERFORM maint.execute_as_owner(parent, ARRAY[format('ALTER TABLE %s DETACH PARTITION %s', parent, partition)]);
    moved_to := maint.move_from_default(parent, partition::text, bounds.upper_bound, upper_bound, batch_size);
    PERFORM maint.execute_as_owner(parent, maint.attach_statements(parent, partition::text, bounds.lower_bound, moved_to));
  END IF;
  IF moved_to IS NULL OR moved_to >= upper_bound THEN
    DELETE FROM maint.partition_moves AS m WHERE m.partition = $2;
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.grow_partition(regclass, regclass, timestamptz, interval, integer) IS
'Moves the next rows out of the default partition into a partition of maint.partition_moves and its upper bound on, at last to the one given.';
REVOKE ALL ON FUNCTION maint.grow_partition(regclass, regclass, timestamptz, interval, integer) FROM PUBLIC;

CREATE FUNCTION maint.extend_step(parent regclass, skip integer DEFAULT 0) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  config record;
  change record;
BEGIN
  PERFORM maint.require_partition_config(parent);
  SELECT c.lock_timeout, c.batch_size, p.partdefid, r.relname::text AS name INTO config
    FROM maint.partition_config AS c
    LEFT JOIN pg_partitioned_table AS p ON p.partrelid = c.parent
    LEFT JOIN pg_class AS r ON r.oid = c.parent
   WHERE c.parent = $1;
  IF config.partdefid IS NULL THEN
    RAISE undefined_table USING MESSAGE = format('relation with OID %s does not exist', parent::oid);
  END IF;
  -- For locks that are not foreseen below.
  PERFORM set_config('lock_timeout', (extract(epoch FROM config.lock_timeout) * 1000)::integer::text, true);

  SELECT m.partition, m.upper_bound INTO change
    FROM maint.partition_moves AS m
   WHERE m.parent = $1
   ORDER BY m.created_at, m.partition
   LIMIT 1;
  IF FOUND THEN
    PERFORM maint.grow_partition(parent, change.partition, change.upper_bound, config.lock_timeout, config.batch_size);
    RETURN change.partition::text;
  END IF;

  IF config.partdefid = 0 THEN
    -- Before anything else: no insert may find no place.
    PERFORM maint.add_partition(parent, maint.default_partition_name(config.name), NULL, NULL, config.lock_timeout, NULL);
    RETURN format('%s.%I', (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = $1),
                  maint.default_partition_name(config.name));
  END IF;

  SELECT p.partition, p.lower_bound, p.upper_bound INTO change
    FROM maint.plan_partitions(parent) AS p
   WHERE p.action = 'create'
   ORDER BY p.lower_bound
  OFFSET skip
   LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM maint.add_partition(parent, (parse_ident(change.partition))[2], change.lower_bound, change.upper_bound,
                              config.lock_timeout, config.batch_size);
  RETURN change.partition;
END
$function$;
COMMENT ON FUNCTION maint.extend_step(regclass, integer) IS
'Makes one of the partitions that a table under maintenance lacks, its default partition first, or moves one batch of rows out of the default partition, and returns the partition''s name; NULL where nothing is left to do. skip: so many of the planned ones are passed over. Errors: 42704 not under maintenance, 55P03 not all locks within lock_timeout.';
REVOKE ALL ON FUNCTION maint.extend_step(regclass, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.extend_step(regclass, integer) TO crm_admin;

CREATE FUNCTION maint.release_ledger(parent regclass, partition regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  ledger CONSTANT text := (SELECT c.relname FROM pg_class AS c
                            WHERE c.oid = parent AND c.relnamespace = 'audit'::regnamespace
                              AND c.relname IN ('audit_logs', 'record_versions', 'security_events'));
BEGIN
  IF ledger IS NOT NULL AND NOT audit.release_partition(ledger, partition) THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('partition %s holds entries that follow older ones in their chains', partition),
      DETAIL = 'Without them the chains could not be verified any more.',
      HINT = 'Entries leave the default partition by CALL maint.cleanup_old_audit_logs().';
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.release_ledger(regclass, regclass) IS
'Where the table is a ledger of schema audit: takes the entries of a partition out of their chains before it goes. Error 55000 where older entries of the same chains are elsewhere.';
REVOKE ALL ON FUNCTION maint.release_ledger(regclass, regclass) FROM PUBLIC;

CREATE FUNCTION maint.retire_step(parent regclass, skip integer DEFAULT 0) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  config record;
  change record;
  target regclass;
BEGIN
  PERFORM maint.require_partition_config(parent);
  SELECT c.lock_timeout, c.archive_schema INTO config FROM maint.partition_config AS c WHERE c.parent = $1;
  PERFORM set_config('lock_timeout', (extract(epoch FROM config.lock_timeout) * 1000)::integer::text, true);
  SELECT p.action, p.partition, p.lower_bound, p.upper_bound INTO change
    FROM maint.plan_partitions(parent) AS p
   WHERE p.action IN ('drop', 'detach', 'archive')
   ORDER BY p.lower_bound
  OFFSET skip
   LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  target := change.partition::regclass;
  PERFORM maint.lock_for_change(parent, 'ACCESS EXCLUSIVE', target, change.action <> 'drop', config.lock_timeout);
  -- Somebody may have taken it off, or placed a hold on it, while the locks were waited for.
  IF EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = target AND i.inhparent = parent)
     AND NOT maint.is_held(parent, target, change.lower_bound, change.upper_bound) THEN
    PERFORM maint.release_ledger(parent, target);
    PERFORM maint.execute_as_owner(parent,
      CASE change.action
        WHEN 'drop' THEN ARRAY[format('DROP TABLE %s', target)]
        WHEN 'detach' THEN ARRAY[format('ALTER TABLE %s DETACH PARTITION %s', parent, target)]
        ELSE ARRAY[format('ALTER TABLE %s DETACH PARTITION %s', parent, target),
                   format('ALTER TABLE %s SET SCHEMA %I', target, config.archive_schema)]
      END);
    DELETE FROM maint.partition_moves AS m WHERE m.partition = target;
  END IF;
  RETURN change.partition;
END
$function$;
COMMENT ON FUNCTION maint.retire_step(regclass, integer) IS
'Drops, detaches or archives, as configured, one partition that is past the retention of a table under maintenance and that no legal hold keeps, the oldest first, and returns its name; NULL where none is left. skip: so many of the planned ones are passed over. Errors: 42704 not under maintenance, 55P03 not all locks within lock_timeout.';
REVOKE ALL ON FUNCTION maint.retire_step(regclass, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retire_step(regclass, integer) TO crm_admin;

CREATE FUNCTION maint.extend_partitions(parent regclass) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  made integer := 0;
BEGIN
  WHILE maint.extend_step(parent) IS NOT NULL LOOP
    made := made + 1;
  END LOOP;
  RETURN made;
END
$function$;
COMMENT ON FUNCTION maint.extend_partitions(regclass) IS
'Makes the partitions that a table under maintenance lacks, its default partition included, within the caller''s transaction, and returns how many steps that took. maint.maintain_partitions() does it in many short transactions.';
REVOKE ALL ON FUNCTION maint.extend_partitions(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.extend_partitions(regclass) TO crm_admin;

CREATE FUNCTION maint.retire_partitions(parent regclass) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  retired integer := 0;
BEGIN
  WHILE maint.retire_step(parent) IS NOT NULL LOOP
    retired := retired + 1;
  END LOOP;
  RETURN retired;
END
$function$;
COMMENT ON FUNCTION maint.retire_partitions(regclass) IS
'Drops, detaches or archives, as configured, the partitions of a table under maintenance that are past its retention, within the caller''s transaction, and returns how many.';
REVOKE ALL ON FUNCTION maint.retire_partitions(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retire_partitions(regclass) TO crm_admin;
