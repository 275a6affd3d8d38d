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

-- Called with the locks that extend_batch() takes.
CREATE FUNCTION maint.add_partition(
  parent regclass, partition_name text, lower_bound timestamptz, upper_bound timestamptz, has_rows boolean, batch_size integer)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  partition CONSTANT text := format('%s.%I', (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = parent), partition_name);
  statements CONSTANT text[] := maint.creation_statements(parent, partition_name);
  moved_to timestamptz := upper_bound;
BEGIN
  IF has_rows THEN
    PERFORM maint.execute_as_owner(parent, statements);
    moved_to := maint.move_from_default(
      parent, partition, lower_bound, upper_bound,
      -- A partition that others refer to cannot be taken off again for the next batch.
      CASE WHEN NOT EXISTS (SELECT FROM pg_constraint AS f WHERE f.confrelid = parent AND f.contype = 'f') THEN batch_size END);
    PERFORM maint.execute_as_owner(parent, maint.attach_statements(parent, partition, lower_bound, moved_to));
  ELSE
    PERFORM maint.execute_as_owner(parent, statements || maint.attach_statements(parent, partition, lower_bound, upper_bound));
  END IF;
  PERFORM maint.set_replica_identity_index(parent, partition::regclass) FROM pg_class AS c WHERE c.oid = parent AND c.relreplident = 'i';
  IF moved_to < upper_bound THEN
    INSERT INTO maint.partition_moves (partition, parent, upper_bound) VALUES (partition::regclass, $1, $4);
    RETURN false;
  END IF;
  RETURN true;
END
$function$;
COMMENT ON FUNCTION maint.add_partition(regclass, text, timestamptz, timestamptz, boolean, integer) IS
'Makes one partition (the default partition where the bounds are NULL). has_rows: the default partition may have rows of its range, which are moved into it; where they are more than batch_size, it ends earlier and is in maint.partition_moves, and false is returned.';
REVOKE ALL ON FUNCTION maint.add_partition(regclass, text, timestamptz, timestamptz, boolean, integer) FROM PUBLIC;

CREATE FUNCTION maint.grow_partition(parent regclass, partition regclass, upper_bound timestamptz, lock_timeout interval, batch_size integer)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  bounds record;
  moved_to timestamptz;
BEGIN
  PERFORM maint.lock_for_change(parent, 'ACCESS EXCLUSIVE', ARRAY[partition], true, lock_timeout);
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

-- Whose locks are waited for has them all at once: a second and a third partition cost nobody another
-- wait, as long as they are made before anybody notices.
CREATE FUNCTION maint.extend_batch(
  parent regclass, changes integer, skip integer DEFAULT 0, OUT partitions text[], OUT is_complete boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  config record;
  change record;
  locked_at timestamptz;
  has_rows boolean;
  is_whole boolean;
BEGIN
  partitions := '{}';
  is_complete := false;
  PERFORM maint.require_partition_config(parent);
  SELECT c.lock_timeout, c.batch_size, p.partdefid, r.relname::text AS name, r.relnamespace::regnamespace AS schema INTO config
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
    partitions := ARRAY[change.partition::text];
    RETURN;
  END IF;

  IF config.partdefid = 0 THEN
    -- Before anything else: no insert may find no place.
    PERFORM maint.lock_for_change(parent, 'SHARE UPDATE EXCLUSIVE', NULL, true, config.lock_timeout);
    PERFORM maint.add_partition(parent, maint.default_partition_name(config.name), NULL, NULL, false, NULL);
    partitions := ARRAY[format('%s.%I', config.schema, maint.default_partition_name(config.name))];
    RETURN;
  END IF;

  FOR change IN
    SELECT p.partition, p.lower_bound, p.upper_bound,
           row_number() OVER (ORDER BY p.lower_bound) = count(*) OVER () AS is_last
      FROM maint.partitions_to_change(parent) AS p
     WHERE p.action = 'create'
     ORDER BY p.lower_bound
    OFFSET skip
     LIMIT changes
  LOOP
    IF locked_at IS NULL THEN
      -- Nobody may write a row of the range meanwhile: who waits for the default partition alone finds
      -- that it is not the row's place any more, and fails; who waits for the table looks afterwards.
      PERFORM maint.lock_for_change(parent, 'SHARE ROW EXCLUSIVE', NULL, true, config.lock_timeout);
      locked_at := clock_timestamp();
      SELECT d.relkind <> 'r' OR pg_relation_size(d.oid) > 0 INTO has_rows FROM pg_class AS d WHERE d.oid = config.partdefid;
    END IF;
    is_whole := maint.add_partition(parent, (parse_ident(change.partition))[2], change.lower_bound, change.upper_bound,
                                    has_rows IS NOT FALSE, config.batch_size);
    partitions := partitions || change.partition;
    is_complete := is_whole AND change.is_last;
    EXIT WHEN has_rows IS NOT FALSE OR clock_timestamp() - locked_at > '50 milliseconds'::interval;
  END LOOP;
  IF locked_at IS NULL THEN
    is_complete := true;
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.extend_batch(regclass, integer, integer) IS
'Makes partitions that a table under maintenance lacks: the default partition first, then up to so many of the others in one go, as long as that takes no more than 50 ms and the default partition is empty; or moves one batch of rows out of the default partition. Returns the partitions'' names, and whether nothing is left to do. skip: so many of the planned ones are passed over. Errors: 42704 not under maintenance, 55P03 not all locks within lock_timeout.';
REVOKE ALL ON FUNCTION maint.extend_batch(regclass, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.extend_batch(regclass, integer, integer) TO crm_admin;

CREATE FUNCTION maint.extend_step(parent regclass, skip integer DEFAULT 0) RETURNS text
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT b.partitions[1] FROM maint.extend_batch($1, 1, $2) AS b
$function$;
COMMENT ON FUNCTION maint.extend_step(regclass, integer) IS
'maint.extend_batch() for one partition: returns its name, NULL where nothing is left to do.';
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

CREATE FUNCTION maint.retire_batch(
  parent regclass, changes integer, skip integer DEFAULT 0, OUT partitions text[], OUT is_complete boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  config record;
  planned record;
  target regclass;
  locked_at timestamptz;
  bytes bigint := 0;
BEGIN
  partitions := '{}';
  PERFORM maint.require_partition_config(parent);
  SELECT c.lock_timeout, c.retention_action, c.archive_schema INTO config FROM maint.partition_config AS c WHERE c.parent = $1;
  PERFORM set_config('lock_timeout', (extract(epoch FROM config.lock_timeout) * 1000)::integer::text, true);
  SELECT array_agg(p.partition ORDER BY p.lower_bound) AS names,
         array_agg(p.partition::regclass ORDER BY p.lower_bound) AS targets,
         array_agg(p.lower_bound ORDER BY p.lower_bound) AS lowers,
         array_agg(p.upper_bound ORDER BY p.lower_bound) AS uppers,
         max(p.total) AS total
    INTO planned
    FROM (SELECT c.*, count(*) OVER () AS total
            FROM maint.partitions_to_change(parent) AS c
           WHERE c.action = config.retention_action
           ORDER BY c.lower_bound
          OFFSET skip
           LIMIT changes) AS p;
  is_complete := planned.total IS NULL OR planned.total <= skip + changes;
  IF planned.total IS NULL THEN
    RETURN;
  END IF;
  PERFORM maint.lock_for_change(parent, 'ACCESS EXCLUSIVE', planned.targets, config.retention_action <> 'drop', config.lock_timeout);
  locked_at := clock_timestamp();
  FOR i IN 1 .. cardinality(planned.targets) LOOP
    target := planned.targets[i];
    -- Files are removed while the locks are still held, large ones slowly.
    bytes := bytes + coalesce(pg_total_relation_size(target), 0);
    IF i > 1 AND (bytes > 1024 ^ 3 OR clock_timestamp() - locked_at > '50 milliseconds'::interval) THEN
      is_complete := false;
      EXIT;
    END IF;
    -- Somebody may have taken it off, or placed a hold on it, while the locks were waited for.
    IF EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = target AND i.inhparent = parent)
       AND NOT maint.is_held(parent, target, planned.lowers[i], planned.uppers[i]) THEN
      PERFORM maint.release_ledger(parent, target);
      PERFORM maint.execute_as_owner(parent,
        CASE config.retention_action
          WHEN 'drop' THEN ARRAY[format('DROP TABLE %s', target)]
          WHEN 'detach' THEN ARRAY[format('ALTER TABLE %s DETACH PARTITION %s', parent, target)]
          ELSE ARRAY[format('ALTER TABLE %s DETACH PARTITION %s', parent, target),
                     format('ALTER TABLE %s SET SCHEMA %I', target, config.archive_schema)]
        END);
      DELETE FROM maint.partition_moves AS m WHERE m.partition = target;
    END IF;
    partitions := partitions || planned.names[i];
  END LOOP;
END
$function$;
COMMENT ON FUNCTION maint.retire_batch(regclass, integer, integer) IS
'Drops, detaches or archives, as configured, up to so many of the partitions that are past the retention of a table under maintenance and that no legal hold keeps, the oldest first, as long as that takes no more than 50 ms and they have no more than 1 GB; always one. Returns their names, and whether nothing is left to do. skip: so many of the planned ones are passed over. Errors: 42704 not under maintenance, 55P03 not all locks within lock_timeout.';
REVOKE ALL ON FUNCTION maint.retire_batch(regclass, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retire_batch(regclass, integer, integer) TO crm_admin;

CREATE FUNCTION maint.retire_step(parent regclass, skip integer DEFAULT 0) RETURNS text
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT b.partitions[1] FROM maint.retire_batch($1, 1, $2) AS b
$function$;
COMMENT ON FUNCTION maint.retire_step(regclass, integer) IS
'maint.retire_batch() for one partition: returns its name, NULL where none is left.';
REVOKE ALL ON FUNCTION maint.retire_step(regclass, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retire_step(regclass, integer) TO crm_admin;

CREATE FUNCTION maint.extend_partitions(parent regclass) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  batch record;
  made integer := 0;
BEGIN
  LOOP
    SELECT * INTO batch FROM maint.extend_batch(parent, 100);
    made := made + cardinality(batch.partitions);
    EXIT WHEN batch.is_complete;
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
  batch record;
  retired integer := 0;
BEGIN
  LOOP
    SELECT * INTO batch FROM maint.retire_batch(parent, 100);
    retired := retired + cardinality(batch.partitions);
    EXIT WHEN batch.is_complete;
  END LOOP;
  RETURN retired;
END
$function$;
COMMENT ON FUNCTION maint.retire_partitions(regclass) IS
'Drops, detaches or archives, as configured, the partitions of a table under maintenance that are past its retention, within the caller''s transaction, and returns how many.';
REVOKE ALL ON FUNCTION maint.retire_partitions(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retire_partitions(regclass) TO crm_admin;
