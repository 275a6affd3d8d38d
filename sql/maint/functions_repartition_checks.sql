-- What a table must be like for maint.repartition() to bring it under partitions.

CREATE FUNCTION maint.table_definition(target regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT md5(string_agg(part.line, E'\n' ORDER BY part.line COLLATE "C"))
    FROM (SELECT concat_ws(' ', 'table', c.relname, c.relnamespace, c.relowner, c.relkind, c.relpersistence,
                           c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
                           (SELECT count(*) FROM pg_inherits AS i WHERE c.oid IN (i.inhrelid, i.inhparent))) AS line
            FROM pg_class AS c
           WHERE c.oid = target
           UNION ALL
          SELECT concat_ws(' ', 'column', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation,
                           a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
            FROM pg_attribute AS a
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
           UNION ALL
          SELECT concat_ws(' ', 'constraint', k.conname, k.convalidated, pg_get_constraintdef(k.oid))
            FROM pg_constraint AS k
           WHERE k.conrelid = target
           UNION ALL
          -- Those that REINDEX CONCURRENTLY makes are not valid until they have their names.
          SELECT concat_ws(' ', x.indisreplident, pg_get_indexdef(x.indexrelid))
            FROM pg_index AS x
           WHERE x.indrelid = target AND x.indisvalid
           UNION ALL
          SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext AS s WHERE s.stxrelid = target
           UNION ALL
          SELECT p.statement FROM maint.policy_statements(target, 'copy') AS p (statement)) AS part
$function$;
COMMENT ON FUNCTION maint.table_definition(regclass) IS
'A digest of what a table is like: its columns, constraints, indexes, statistics, policies, owner and name.';

CREATE FUNCTION maint.dependents_of(target regclass) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid)
    FROM pg_class AS c
    JOIN pg_type AS t ON t.oid = c.reltype
    JOIN pg_depend AS d ON (d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
                        OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray))
   WHERE c.oid = target
     AND NOT EXISTS (SELECT FROM pg_attrdef AS o WHERE d.classid = 'pg_attrdef'::regclass AND o.oid = d.objid AND o.adrelid = c.oid)
     AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE d.classid = 'pg_constraint'::regclass AND o.oid = d.objid
                        AND o.conrelid = c.oid AND o.confrelid <> c.oid)
     AND NOT EXISTS (SELECT FROM pg_trigger AS o WHERE d.classid = 'pg_trigger'::regclass AND o.oid = d.objid AND o.tgrelid = c.oid)
     AND NOT EXISTS (SELECT FROM pg_policy AS o WHERE d.classid = 'pg_policy'::regclass AND o.oid = d.objid AND o.polrelid = c.oid)
     AND NOT EXISTS (SELECT FROM pg_statistic_ext AS o WHERE d.classid = 'pg_statistic_ext'::regclass AND o.oid = d.objid AND o.stxrelid = c.oid)
     AND NOT EXISTS (SELECT FROM pg_index AS o WHERE d.classid = 'pg_class'::regclass AND o.indexrelid = d.objid AND o.indrelid = c.oid)
     AND NOT EXISTS (SELECT FROM pg_class AS o WHERE d.classid = 'pg_class'::regclass AND o.oid = d.objid
                        AND (o.oid = c.reltoastrelid OR (o.relkind = 'S' AND d.deptype IN ('a', 'i'))))
     AND NOT EXISTS (SELECT FROM pg_publication_rel AS o WHERE d.classid = 'pg_publication_rel'::regclass AND o.oid = d.objid)
     AND NOT (d.classid = 'pg_type'::regclass AND d.objid IN (t.oid, t.typarray))
   ORDER BY 1
$function$;
COMMENT ON FUNCTION maint.dependents_of(regclass) IS
'What refers to a table, or to the type of its rows, by more than its name, and is no part of it: views, functions, rules, foreign keys, its own to itself included.';

CREATE FUNCTION maint.refuse_dependents(target regclass) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  dependents CONSTANT text[] := ARRAY(SELECT * FROM maint.dependents_of(target));
BEGIN
  IF cardinality(dependents) > 0 THEN
    RAISE dependent_objects_still_exist USING
      MESSAGE = format('other objects depend on table %s', target),
      DETAIL = array_to_string(dependents[1:10], ', ') || CASE WHEN cardinality(dependents) > 10
               THEN format(' and %s more', cardinality(dependents) - 10) ELSE '' END || '.',
      HINT = 'They refer to the table itself and not to its name, which a partitioned table takes over. Drop them, and create them again afterwards.';
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.refuse_dependents(regclass) IS
'Error 2BP01, with some of them, where maint.dependents_of() has a row.';

-- A key that lacks the column, as a constraint or an index.
CREATE FUNCTION maint.keys_without(target regclass, key_column text) RETURNS SETOF oid
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT x.indexrelid
    FROM pg_index AS x
    JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attname = key_column AND NOT a.attisdropped
   WHERE x.indrelid = target AND x.indisunique
     AND NOT EXISTS (SELECT FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
                      WHERE k.position <= x.indnkeyatts AND k.attnum = a.attnum)
$function$;
COMMENT ON FUNCTION maint.keys_without(regclass, text) IS
'The unique indexes of a table, those of keys included, that do not have the column among their key columns.';

CREATE FUNCTION maint.refuse_column(target regclass, key_column text, period interval) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  source record;
BEGIN
  SELECT a.atttypid::regtype AS type, a.attnotnull, a.attgenerated, c.relname INTO source
    FROM pg_class AS c
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = key_column AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.oid = target;
  IF source.type IS NULL THEN
    RAISE undefined_column USING
      MESSAGE = format('column "%s" of relation "%s" does not exist', key_column, source.relname);
  ELSIF source.type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN
    RAISE datatype_mismatch USING
      MESSAGE = format('column "%s" of relation "%s" is of type %s', key_column, source.relname, source.type),
      HINT = 'Partitions are ranges of a column of type timestamptz, timestamp or date.';
  ELSIF NOT source.attnotnull THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('column "%s" of relation "%s" may be null', key_column, source.relname),
      DETAIL = 'A row without a time has no partition.',
      HINT = format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', target, key_column);
  ELSIF source.attgenerated <> '' THEN
    RAISE feature_not_supported USING
      MESSAGE = format('column "%s" of relation "%s" is generated', key_column, source.relname),
      DETAIL = 'A generated column cannot be a partition key.';
  END IF;
  PERFORM maint.check_period(period);
  IF source.type = 'date'::regtype AND extract(epoch FROM period) < 86400 THEN
    RAISE invalid_parameter_value USING
      MESSAGE = 'a table partitioned by date takes a period of days or months';
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.refuse_column(regclass, text, interval) IS
'Errors where a column cannot be the key of partitions of this length: 42703 no such column, 42804 not of a type of time, 55000 nullable, 0A000 generated, 22023 no such period.';

-- What a partitioned table cannot have, or what the copy would not have.
CREATE FUNCTION maint.refuse_parts(target regclass, key_column text, extend_keys boolean) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT 1 AS position, 'feature_not_supported' AS condition, format('constraint "%s" is an exclusion constraint', k.conname) AS message,
           'A partitioned table cannot have it.' AS detail, 'Drop it.' AS hint
      FROM pg_constraint AS k
      JOIN pg_index AS x ON x.indexrelid = k.conindid AND x.indisexclusion
     WHERE k.conrelid = target AND k.contype IN ('x', 'p', 'u')
     UNION ALL
    SELECT 2, 'feature_not_supported', format('constraint "%s" is deferrable', k.conname),
           'The copy is kept row by row, and could not wait for the others.', 'Make it NOT DEFERRABLE.'
      FROM pg_constraint AS k
     WHERE k.conrelid = target AND k.contype IN ('p', 'u') AND k.condeferrable
     UNION ALL
    SELECT 3, 'object_not_in_prerequisite_state', format('constraint "%s" is not validated', k.conname),
           'A partitioned table would hold its rows to it.', format('ALTER TABLE %s VALIDATE CONSTRAINT %I', target, k.conname)
      FROM pg_constraint AS k
     WHERE k.conrelid = target AND NOT k.convalidated
     UNION ALL
    SELECT 4, 'feature_not_supported', format('constraint "%s" is marked NO INHERIT', k.conname),
           'A partitioned table cannot have it.', 'Drop it, or make it without NO INHERIT.'
      FROM pg_constraint AS k
     WHERE k.conrelid = target AND k.contype = 'c' AND k.connoinherit
     UNION ALL
    SELECT 5, 'object_not_in_prerequisite_state', format('index "%s" is not valid', c.relname),
           'The copy would not have it.', 'REINDEX or drop it.'
      FROM pg_index AS x
      JOIN pg_class AS c ON c.oid = x.indexrelid
     WHERE x.indrelid = target AND NOT x.indisvalid
     UNION ALL
    SELECT 6, 'object_not_in_prerequisite_state', format('table %s has no primary key', target),
           'The copy is kept by it while the rows are copied.', 'Add one that includes the column.'
     WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = target AND k.contype = 'p')
     UNION ALL
    SELECT 7, 'feature_not_supported', format('unique keys of table %s lack column "%s"', target, key_column),
           string_agg(c.relname, ', ' ORDER BY c.relname) || '.',
           'extend_keys => true adds the column to them. They hold rows apart only within one instant then.'
      FROM maint.keys_without(target, key_column) AS w (indexrelid)
      JOIN pg_class AS c ON c.oid = w.indexrelid
     WHERE NOT extend_keys
    HAVING count(*) > 0
     UNION ALL
    SELECT 8, 'feature_not_supported', format('trigger "%s" is FOR EACH ROW and has a transition table', t.tgname),
           'A partitioned table cannot have it.', 'Make it FOR EACH STATEMENT.'
      FROM pg_trigger AS t
     WHERE t.tgrelid = target AND NOT t.tgisinternal AND t.tgtype & 1 = 1
       AND (t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL)
     UNION ALL
    SELECT 9, 'insufficient_privilege', format('trigger "%s" calls a function that the owner of table %s may not call', t.tgname, target),
           t.tgfoid::regprocedure || '.', 'GRANT EXECUTE on it to the owner.'
      FROM pg_trigger AS t
      JOIN pg_class AS c ON c.oid = t.tgrelid
     WHERE t.tgrelid = target AND NOT t.tgisinternal AND t.tgfoid <> 'maint.mirror_rows()'::regprocedure
       AND NOT has_function_privilege(c.relowner, t.tgfoid, 'EXECUTE')
     UNION ALL
    SELECT 10, 'feature_not_supported', format('table %s has a security label', target),
           'The copy would not have it.', 'Take it off, and put it on afterwards.'
      FROM pg_seclabel AS l
     WHERE l.classoid = 'pg_class'::regclass AND l.objoid = target
     UNION ALL
    SELECT 11, 'object_not_in_prerequisite_state', format('table %s is replicated by publication "%s"', target, p.pubname),
           'Partitions would be published under their own names.',
           format('ALTER PUBLICATION %I SET (publish_via_partition_root = true)', p.pubname)
      FROM pg_publication_rel AS r
      JOIN pg_publication AS p ON p.oid = r.prpubid
     WHERE r.prrelid = target AND NOT p.pubviaroot
     UNION ALL
    SELECT 12, 'feature_not_supported', format('publication "%s" publishes whatever table is made beside table %s', p.pubname, target),
           'It would publish the copy as well, which its subscribers do not have.', 'Publish tables one by one.'
      FROM pg_publication AS p
     WHERE p.puballtables
        OR EXISTS (SELECT FROM pg_publication_namespace AS n
                     JOIN pg_class AS c ON c.relnamespace = n.pnnspid
                    WHERE n.pnpubid = p.oid AND c.oid = target)
     UNION ALL
    SELECT 13, 'feature_not_supported', format('table %s is replicated from elsewhere', target),
           'Its subscription would not know the partitioned table.', 'Take it out of the subscription first.'
      FROM pg_subscription_rel AS s
     WHERE s.srrelid = target
     ORDER BY position, message
     LIMIT 1
  LOOP
    RAISE EXCEPTION USING
      ERRCODE = part.condition,
      MESSAGE = part.message,
      DETAIL = part.detail,
      HINT = part.hint;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION maint.refuse_parts(regclass, text, boolean) IS
'Errors where constraints, indexes, triggers or publications of a table stand in the way of maint.repartition(): 0A000, 55000, 42501, each with what to do.';

CREATE FUNCTION maint.refuse_repartition(target regclass, key_column text, period interval, extend_keys boolean) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  source record;
  condition text;
  reason text;
  hint text := 'maint.repartition() is for plain tables of your own.';
BEGIN
  SELECT c.oid, c.relname, c.relkind, c.relispartition, c.relpersistence, c.reloftype, c.relowner, c.relnamespace, m.amname,
         EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhrelid, i.inhparent)) AS has_family,
         EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS is_member,
         EXISTS (SELECT FROM maint.schema_migrations AS s
                  WHERE format('%s.%s', c.relnamespace::regnamespace, c.relname) = ANY (s.relations)) AS is_ours
    INTO source
    FROM pg_class AS c
    LEFT JOIN pg_am AS m ON m.oid = c.relam
   WHERE c.oid = target;
  IF NOT FOUND THEN
    RAISE undefined_table USING MESSAGE = format('relation with OID %s does not exist', target::oid);
  END IF;
  condition := 'wrong_object_type';
  IF source.is_ours OR source.oid < 16384 THEN
    reason := CASE WHEN source.is_ours THEN 'table "%s" belongs to the data model of pg_crm' ELSE '"%s" is a system table' END;
  ELSIF source.relispartition THEN
    reason := 'table "%s" is a partition';
  ELSIF source.relkind = 'p' THEN
    reason := 'table "%s" is partitioned already';
    hint := CASE WHEN EXISTS (SELECT FROM maint.partition_config AS g WHERE g.parent = target)
                 THEN 'It is under partition maintenance.'
                 ELSE format('SELECT maint.manage_partitions(%L)', target) END;
  ELSIF source.relkind <> 'r' THEN
    reason := '"%s" is not a table';
  ELSIF source.has_family THEN
    reason := 'table "%s" takes part in inheritance';
  ELSIF source.reloftype <> 0 THEN
    reason := 'table "%s" is a typed table';
    hint := format('ALTER TABLE %s NOT OF', target);
  ELSE
    condition := 'feature_not_supported';
    IF source.relpersistence <> 'p' THEN
      reason := CASE source.relpersistence WHEN 't' THEN 'table "%s" is temporary' ELSE 'table "%s" is unlogged' END;
      hint := CASE source.relpersistence WHEN 't' THEN hint ELSE format('ALTER TABLE %s SET LOGGED', target) END;
    ELSIF source.is_member THEN
      reason := 'table "%s" belongs to an extension';
    ELSIF source.amname <> 'heap' THEN
      reason := 'table "%s" is not stored as a heap';
    ELSIF NOT has_schema_privilege(source.relowner, source.relnamespace, 'CREATE') THEN
      condition := 'insufficient_privilege';
      reason := 'the owner of table "%s" may not create tables beside it';
      hint := format('GRANT CREATE ON SCHEMA %s TO %I', source.relnamespace::regnamespace, pg_get_userbyid(source.relowner));
    END IF;
  END IF;
  IF reason IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = condition,
      MESSAGE = format(reason, source.relname),
      HINT = hint;
  END IF;
  PERFORM maint.refuse_column(target, key_column, period);
  PERFORM maint.refuse_parts(target, key_column, extend_keys);
  PERFORM maint.refuse_dependents(target);
END
$function$;
COMMENT ON FUNCTION maint.refuse_repartition(regclass, text, interval, boolean) IS
'An error, with what to do, where maint.repartition() cannot bring a table under partitions: 42P01 no such table, 42809 not a plain table of a user''s, 0A000 what partitions cannot have, 55000 what has to be put right first, 42501, 42703, 42804, 22023, and 2BP01 where something depends on the table.';
