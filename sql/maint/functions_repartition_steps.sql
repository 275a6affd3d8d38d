-- Bringing a table under partitions, step by step: each is one transaction, and leaves in
-- maint.repartitions what the next one is.

-- What making a foreign key, or a partition of a table that has some, locks.
CREATE FUNCTION maint.lock_referenced(source regclass, timeout integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  referenced CONSTANT oid[] := ARRAY(SELECT DISTINCT f.confrelid FROM pg_constraint AS f
                                      WHERE f.conrelid = source AND f.contype = 'f' ORDER BY f.confrelid);
BEGIN
  PERFORM maint.lock_relations(referenced, array_fill('SHARE ROW EXCLUSIVE'::text, ARRAY[cardinality(referenced)]), timeout);
END
$function$;
COMMENT ON FUNCTION maint.lock_referenced(regclass, integer) IS
'Locks the tables that a table''s foreign keys name against writing; waits for all together at most so many milliseconds (55P03).';
REVOKE ALL ON FUNCTION maint.lock_referenced(regclass, integer) FROM PUBLIC;

-- Below what a writer waits before it looks for a deadlock: where both wait for each other, it is
-- maintenance that gives in.
CREATE FUNCTION maint.patience() RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT greatest(1, least(200, s.setting::integer / 2)) FROM pg_settings AS s WHERE s.name = 'deadlock_timeout'
$function$;
COMMENT ON FUNCTION maint.patience() IS
'How many milliseconds maint.repartition() waits for locks: 200, or half of deadlock_timeout where that is less.';

CREATE FUNCTION maint.make_copy(source regclass, key_column text, period interval, premake integer) RETURNS regclass
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD'
SET timezone = 'UTC'
AS $function$
DECLARE
  most CONSTANT integer := 2000;
  relation record;
  earliest timestamptz;
  last_lower timestamptz;
  planned record;
  taken text;
  copy text;
  copy_name text;
BEGIN
  SELECT c.relname::text AS name, n.nspname, n.oid AS schema, t.spcname, a.atttypid::regtype AS key_type INTO STRICT relation
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = key_column AND NOT a.attisdropped
    LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
   WHERE c.oid = source;
  copy_name := maint.fitted_name(relation.name, '_repartition');
  copy := format('%I.%I', relation.nspname, copy_name);

  -- Rows of before all times, and of a time yet to come, are the default partition's.
  earliest := maint.copy_as_owner(source, format(
    'SELECT (min(%1$I)' || CASE relation.key_type WHEN 'timestamptz'::regtype THEN '' ELSE '::timestamp AT TIME ZONE ''UTC''' END
    || ')::text FROM ONLY %2$s WHERE isfinite(%1$I)', key_column, source));
  earliest := least(coalesce(earliest, now()), now());
  SELECT max(p.lower_bound) INTO last_lower
    FROM maint.partition_changes(relation.name, period, premake, now(), '-infinity', '{}', '{}') AS p;
  SELECT array_agg(p.name ORDER BY p.lower_bound) AS names, array_agg(p.lower_bound ORDER BY p.lower_bound) AS lowers,
         array_agg(p.upper_bound ORDER BY p.lower_bound) AS uppers
    INTO planned
    FROM maint.partition_changes(relation.name, period, most, earliest, '-infinity', '{}', '{}') AS p
   WHERE p.lower_bound <= last_lower;
  IF planned.lowers[cardinality(planned.lowers)] < last_lower OR cardinality(planned.lowers) > most THEN
    RAISE program_limit_exceeded USING
      MESSAGE = format('table %s would have more than %s partitions', source, most),
      DETAIL = format('Its first row is of %s.', earliest),
      HINT = 'Take a longer period, or see whether rows as old as that are meant.';
  END IF;
  SELECT c.relname INTO taken
    FROM unnest(planned.names || maint.default_partition_name(relation.name) || copy_name) AS p (name)
    JOIN pg_class AS c ON c.relnamespace = relation.schema AND c.relname = p.name
   LIMIT 1;
  IF FOUND THEN
    RAISE duplicate_table USING
      MESSAGE = format('relation "%s" already exists', taken),
      DETAIL = format('The copy of table %s, or one of its partitions, would be called so.', source),
      HINT = 'Rename it, or drop it where it is left over.';
  END IF;

  PERFORM maint.lock_referenced(source, maint.patience());
  PERFORM maint.execute_as_owner(source, ARRAY[
    format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY) PARTITION BY RANGE (%I)%s',
           copy, source, key_column, ' TABLESPACE ' || quote_ident(relation.spcname))]);
  PERFORM maint.execute_as_owner(source, ARRAY(SELECT maint.revoke_statements(copy::regclass))
                                         || maint.copy_statements(source, copy, key_column));
  -- What refers to the table by its own parts only shows where the copy has them too.
  PERFORM maint.refuse_dependents(source);

  PERFORM maint.add_partition(copy::regclass, planned.names[1], planned.lowers[1], planned.uppers[1], false, NULL);
  PERFORM maint.execute_as_owner(source, maint.storage_statements(source, format('%I.%I', relation.nspname, planned.names[1])));
  PERFORM maint.add_partition(copy::regclass, maint.default_partition_name(relation.name), NULL, NULL, false, NULL);
  RETURN copy::regclass;
END
$function$;
COMMENT ON FUNCTION maint.make_copy(regclass, text, interval, integer) IS
'Makes the partitioned copy of a table, without rows and for nobody but its owner, with the first of its partitions and the default one. Errors: 54000 too many partitions, 42P07 a name is taken, 55P03.';
REVOKE ALL ON FUNCTION maint.make_copy(regclass, text, interval, integer) FROM PUBLIC;

CREATE FUNCTION maint.extend_copy(source regclass, copy regclass, period interval, premake integer) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  table_name CONSTANT text := (SELECT c.relname FROM pg_class AS c WHERE c.oid = source);
  change record;
  locked_at timestamptz;
BEGIN
  FOR change IN
    SELECT p.name, p.lower_bound, p.upper_bound
      FROM (SELECT array_agg(b.lower_bound ORDER BY b.lower_bound) AS lowers, array_agg(b.upper_bound ORDER BY b.lower_bound) AS uppers
              FROM maint.partition_bounds(copy) AS b
             WHERE NOT b.is_default) AS present
     CROSS JOIN LATERAL maint.partition_changes(table_name, period, premake, now(), '-infinity', present.lowers, present.uppers) AS p
     WHERE p.action = 'create'
     ORDER BY p.lower_bound
  LOOP
    IF locked_at IS NULL THEN
      PERFORM maint.lock_referenced(source, maint.patience());
      locked_at := clock_timestamp();
    ELSIF clock_timestamp() - locked_at > '50 milliseconds'::interval THEN
      RETURN false;
    END IF;
    PERFORM maint.add_partition(copy, change.name, change.lower_bound, change.upper_bound, false, NULL);
  END LOOP;
  RETURN true;
END
$function$;
COMMENT ON FUNCTION maint.extend_copy(regclass, regclass, interval, integer) IS
'Makes partitions that the copy of a table lacks, for as long as nobody notices; false where there are more to make.';
REVOKE ALL ON FUNCTION maint.extend_copy(regclass, regclass, interval, integer) FROM PUBLIC;

CREATE FUNCTION maint.copy_blocks(source regclass, copy regclass, key_column text, first_block bigint, after_block bigint) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  columns CONSTANT text := maint.copied_columns(source);
BEGIN
  -- Locked, a row is neither changed nor deleted until its copy is there for the mirror to see. Who did
  -- so before has brought it: then there is nothing to do.
  RETURN maint.copy_as_owner(source, format(
    'WITH picked AS MATERIALIZED (
       SELECT %1$s FROM ONLY %2$s WHERE ctid >= ''(%5$s,0)''::tid AND ctid < ''(%6$s,0)''::tid FOR SHARE),
     copied AS (
       INSERT INTO %3$s (%1$s) OVERRIDING SYSTEM VALUE SELECT %1$s FROM picked ON CONFLICT (%4$s) DO NOTHING)
     SELECT count(*)::text FROM picked',
    columns, source, copy,
    (SELECT string_agg(quote_ident(c), ', ') FROM unnest((maint.copy_key(source, key_column)).columns) AS c),
    first_block, after_block));
END
$function$;
COMMENT ON FUNCTION maint.copy_blocks(regclass, regclass, text, bigint, bigint) IS
'Copies the rows of blocks of a table that its copy does not have yet, and returns how many rows the blocks have.';
REVOKE ALL ON FUNCTION maint.copy_blocks(regclass, regclass, text, bigint, bigint) FROM PUBLIC;

-- What a check or a generated column does in a search_path that is not the table's usual one shows
-- before anybody's writing depends on it.
CREATE FUNCTION maint.try_copy(source regclass, copy regclass, key_column text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM maint.copy_blocks(source, copy, key_column, 0, 1);
  RAISE EXCEPTION USING ERRCODE = 'PC001', MESSAGE = 'it works';
EXCEPTION WHEN SQLSTATE 'PC001' THEN
  NULL;
END
$function$;
COMMENT ON FUNCTION maint.try_copy(regclass, regclass, text) IS
'Copies the rows of a table''s first block and takes that back: an error where they cannot be copied.';
REVOKE ALL ON FUNCTION maint.try_copy(regclass, regclass, text) FROM PUBLIC;

CREATE FUNCTION maint.install_mirror(source regclass, copy regclass, key_column text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  statement text;
BEGIN
  PERFORM maint.try_copy(source, copy, key_column);
  -- Whoever has written the table has ended when this lock is had; whoever writes it later has triggers.
  PERFORM maint.lock_relations(ARRAY[source::oid], ARRAY['SHARE ROW EXCLUSIVE'], maint.patience());
  FOREACH statement IN ARRAY maint.mirror_statements(source, copy, key_column) LOOP
    EXECUTE statement;
  END LOOP;
  RETURN pg_relation_size(source) / current_setting('block_size')::bigint;
END
$function$;
COMMENT ON FUNCTION maint.install_mirror(regclass, regclass, text) IS
'Puts the mirror on a table, and returns how many blocks are to be copied.';
REVOKE ALL ON FUNCTION maint.install_mirror(regclass, regclass, text) FROM PUBLIC;

CREATE FUNCTION maint.copy_batch(source regclass, batch_size integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  work record;
  width bigint;
  picked bigint;
BEGIN
  SELECT r.copy, r.key_column, r.file_node, r.next_block, r.end_block, r.rows_copied,
         CASE WHEN r.next_block > 0 THEN r.rows_copied / r.next_block::numeric
              WHEN c.relpages > 0 AND c.reltuples > 0 THEN c.reltuples::numeric / c.relpages
              ELSE 200 END AS density
    INTO STRICT work
    FROM maint.repartitions AS r
    JOIN pg_class AS c ON c.oid = r.relation
   WHERE r.relation = source;
  IF work.file_node <> pg_relation_filenode(source) THEN
    -- CLUSTER, VACUUM FULL or TRUNCATE: rows have other places.
    UPDATE maint.repartitions AS r
       SET file_node = pg_relation_filenode(source), next_block = 0, rows_copied = 0,
           end_block = pg_relation_size(source) / current_setting('block_size')::bigint
     WHERE r.relation = source;
    RETURN;
  END IF;
  IF work.next_block < work.end_block THEN
    width := greatest(1, (batch_size / greatest(work.density, 1))::bigint);
    width := least(width, work.end_block - work.next_block);
    picked := maint.copy_blocks(source, work.copy, work.key_column, work.next_block, work.next_block + width);
    work.next_block := work.next_block + width;
  END IF;
  UPDATE maint.repartitions AS r
     SET next_block = work.next_block,
         rows_copied = r.rows_copied + coalesce(picked, 0),
         status = CASE WHEN work.next_block < work.end_block THEN 'copy' ELSE 'analyze' END
   WHERE r.relation = source;
END
$function$;
COMMENT ON FUNCTION maint.copy_batch(regclass, integer) IS
'Copies the next blocks of a table, of about so many rows.';
REVOKE ALL ON FUNCTION maint.copy_batch(regclass, integer) FROM PUBLIC;

CREATE FUNCTION maint.discard_copy(source regclass, copy regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  has_copy CONSTANT boolean := EXISTS (SELECT FROM pg_class AS c WHERE c.oid = copy);
  targets oid[];
  mirror record;
BEGIN
  targets := ARRAY(
    SELECT t.relation
      FROM (SELECT 1 AS position, c.oid AS relation FROM pg_class AS c WHERE c.oid = source
             UNION ALL SELECT 2, c.oid FROM pg_class AS c WHERE c.oid = copy
             UNION ALL SELECT 3, i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = copy
             UNION ALL SELECT DISTINCT 4, f.confrelid FROM pg_constraint AS f WHERE f.conrelid = copy AND f.contype = 'f') AS t
     ORDER BY t.position, t.relation);
  PERFORM maint.stop_autovacuum(targets);
  PERFORM maint.lock_relations(targets, array_fill('ACCESS EXCLUSIVE'::text, ARRAY[cardinality(targets)]), maint.patience());
  FOR mirror IN
    SELECT t.tgname FROM pg_trigger AS t WHERE t.tgrelid = source AND t.tgfoid = 'maint.mirror_rows()'::regprocedure
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', mirror.tgname, source);
  END LOOP;
  IF has_copy THEN
    PERFORM maint.execute_as_owner(copy, ARRAY[format('DROP TABLE %s', copy)]);
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.discard_copy(regclass, regclass) IS
'Takes the mirror off a table and drops its copy. Error 55P03 where the locks are not had soon.';
REVOKE ALL ON FUNCTION maint.discard_copy(regclass, regclass) FROM PUBLIC;

CREATE FUNCTION maint.repartition_step(target regclass, batch_size integer, OUT next_step text, OUT rows_copied bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  work record;
  blocks bigint;
  made regclass;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE active_sql_transaction USING
      MESSAGE = 'a table is repartitioned by transactions at READ COMMITTED',
      DETAIL = 'What a step looks at under a lock must be what is there then.';
  END IF;
  -- For locks that are not foreseen below.
  PERFORM set_config('lock_timeout', maint.patience()::text, true);
  SELECT r.* INTO work FROM maint.repartitions AS r WHERE r.relation = target FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  rows_copied := work.rows_copied;
  IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = target) THEN
    work.status := 'cancelled';
  ELSIF work.status IN ('partitions', 'mirror', 'copy', 'analyze', 'switch') THEN
    -- A lock that readers and writers do not mind, and under which the table cannot be altered.
    EXECUTE format('LOCK TABLE ONLY %s IN ROW SHARE MODE', target);
    IF work.definition <> maint.table_definition(target)
       OR (work.status IN ('copy', 'analyze', 'switch') AND NOT maint.has_mirror(target))
       OR NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = work.copy) THEN
      RAISE WARNING USING
        MESSAGE = format('table %s was altered while it was repartitioned', target),
        DETAIL = 'It is copied all over again.';
      work.status := 'restart';
    END IF;
  END IF;

  next_step := work.status;
  CASE work.status
    WHEN 'requested' THEN
      PERFORM maint.refuse_repartition(target, work.key_column, work.period, work.extend_keys);
      made := maint.make_copy(target, work.key_column, work.period, work.premake);
      UPDATE maint.repartitions AS r
         SET copy = made, definition = maint.table_definition(target), status = 'partitions',
             next_block = 0, end_block = 0, rows_copied = 0
       WHERE r.relation = target;
    WHEN 'partitions' THEN
      IF maint.extend_copy(target, work.copy, work.period, work.premake) THEN
        UPDATE maint.repartitions AS r SET status = 'mirror' WHERE r.relation = target;
      END IF;
    WHEN 'mirror' THEN
      blocks := maint.install_mirror(target, work.copy, work.key_column);
      UPDATE maint.repartitions AS r
         SET file_node = pg_relation_filenode(target), end_block = blocks, status = 'copy'
       WHERE r.relation = target;
    WHEN 'copy' THEN
      PERFORM maint.copy_batch(target, batch_size);
    WHEN 'analyze' THEN
      -- The server does it with the rights of the table's owner.
      EXECUTE format('ANALYZE (SKIP_LOCKED) %s', work.copy);
      UPDATE maint.repartitions AS r SET status = 'switch' WHERE r.relation = target;
    WHEN 'switch' THEN
      IF maint.switch_to_copy(target) THEN
        next_step := 'done';
      END IF;
    WHEN 'restart' THEN
      PERFORM maint.discard_copy(target, work.copy);
      UPDATE maint.repartitions AS r SET copy = NULL, status = 'requested' WHERE r.relation = target;
    WHEN 'cancelled' THEN
      PERFORM maint.discard_copy(target, work.copy);
      DELETE FROM maint.repartitions AS r WHERE r.relation = target;
  END CASE;
END
$function$;
COMMENT ON FUNCTION maint.repartition_step(regclass, integer) IS
'Does the next step of bringing a table of maint.repartitions under partitions, within the caller''s transaction, and returns which it was and how many rows are copied: done after the last, cancelled where everything was taken back, NULL where there is nothing to do. Errors: 55P03 not all locks soon enough, 25001 another isolation than READ COMMITTED, and whatever stands in the way.';
REVOKE ALL ON FUNCTION maint.repartition_step(regclass, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.repartition_step(regclass, integer) TO crm_admin;
