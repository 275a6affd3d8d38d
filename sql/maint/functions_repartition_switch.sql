-- The moment at which the copy takes the table's place: one short transaction, in which nobody else
-- uses either.

CREATE FUNCTION maint.stop_autovacuum(relations oid[]) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pg_cancel_backend(a.pid)
    FROM pg_locks AS l
    JOIN pg_stat_activity AS a ON a.pid = l.pid
   WHERE l.locktype = 'relation' AND l.relation = ANY (relations)
     AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
     AND a.backend_type = 'autovacuum worker' AND a.query NOT LIKE '%(to prevent wraparound)%'
$function$;
COMMENT ON FUNCTION maint.stop_autovacuum(oid[]) IS
'Ends the automatic VACUUM and ANALYZE of these relations, as the server does for whoever waits longer than deadlock_timeout.';
REVOKE ALL ON FUNCTION maint.stop_autovacuum(oid[]) FROM PUBLIC;

CREATE FUNCTION maint.grant_statements(source oid, target text) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH relation AS (
    SELECT c.oid, c.relacl, c.relowner, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind
      FROM pg_class AS c
     WHERE c.oid = source)
  SELECT s.statement
    FROM (SELECT 1, format('REVOKE ALL ON %s %s FROM %I', r.kind, target, pg_get_userbyid(r.relowner))
            FROM relation AS r
           WHERE r.relacl IS NOT NULL
           UNION ALL
          SELECT 2, format('GRANT %s ON %s %s TO %s%s', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), r.kind, target,
                           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                           CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM relation AS r
           CROSS JOIN LATERAL aclexplode(r.relacl) AS a
           GROUP BY r.kind, a.grantee, a.is_grantable
           UNION ALL
          SELECT 3, format('GRANT %s (%I) ON TABLE %s TO %s%s', a.privilege_type, k.attname, target,
                           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                           CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM relation AS r
            JOIN pg_attribute AS k ON k.attrelid = r.oid AND NOT k.attisdropped
           CROSS JOIN LATERAL aclexplode(k.attacl) AS a) AS s (step, statement)
   ORDER BY s.step, s.statement
$function$;
COMMENT ON FUNCTION maint.grant_statements(oid, text) IS
'The statements that grant on a table or sequence what is granted on another, on columns too.';

CREATE FUNCTION maint.comment_statements(source regclass) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT format('COMMENT ON %s IS %L', d.object, d.comment)
    FROM (SELECT CASE n.objsubid WHEN 0 THEN format('TABLE %s', source)
                      ELSE format('COLUMN %s.%I', source, (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = source AND a.attnum = n.objsubid)) END,
                 n.description
            FROM pg_description AS n WHERE n.classoid = 'pg_class'::regclass AND n.objoid = source
           UNION ALL
          SELECT format('CONSTRAINT %I ON %s', k.conname, source), obj_description(k.oid, 'pg_constraint')
            FROM pg_constraint AS k WHERE k.conrelid = source
           UNION ALL
          SELECT format('INDEX %s', x.indexrelid::regclass), obj_description(x.indexrelid, 'pg_class')
            FROM pg_index AS x WHERE x.indrelid = source
           UNION ALL
          SELECT format('TRIGGER %I ON %s', t.tgname, source), obj_description(t.oid, 'pg_trigger')
            FROM pg_trigger AS t WHERE t.tgrelid = source
           UNION ALL
          SELECT format('POLICY %I ON %s', p.polname, source), obj_description(p.oid, 'pg_policy')
            FROM pg_policy AS p WHERE p.polrelid = source
           UNION ALL
          SELECT format('STATISTICS %s.%I', s.stxnamespace::regnamespace, s.stxname), obj_description(s.oid, 'pg_statistic_ext')
            FROM pg_statistic_ext AS s WHERE s.stxrelid = source) AS d (object, comment)
   WHERE d.comment IS NOT NULL
$function$;
COMMENT ON FUNCTION maint.comment_statements(regclass) IS
'The statements that put the comments on a table and its parts on another that has their names.';

CREATE FUNCTION maint.trigger_statements(source regclass) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT s.statement
    FROM pg_trigger AS t
   CROSS JOIN LATERAL (VALUES
         (1, pg_get_triggerdef(t.oid)),
         (2, CASE t.tgenabled WHEN 'D' THEN format('ALTER TABLE %s DISABLE TRIGGER %I', source, t.tgname)
                              WHEN 'R' THEN format('ALTER TABLE %s ENABLE REPLICA TRIGGER %I', source, t.tgname)
                              WHEN 'A' THEN format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', source, t.tgname) END)) AS s (step, statement)
   WHERE t.tgrelid = source AND NOT t.tgisinternal AND t.tgfoid <> 'maint.mirror_rows()'::regprocedure
     AND s.statement IS NOT NULL
   ORDER BY t.tgname, s.step
$function$;
COMMENT ON FUNCTION maint.trigger_statements(regclass) IS
'The statements that make a table''s triggers again, enabled as they are.';

CREATE FUNCTION maint.identity_statements(source regclass, source_name text) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  item record;
  statements text[] := '{}';
BEGIN
  FOR item IN
    SELECT a.attname, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END AS generated,
           s.*, d.objid AS sequence, format('%I.%I', n.nspname, c.relname) AS name, obj_description(c.oid, 'pg_class') AS comment
      FROM pg_attribute AS a
      JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                         AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
      JOIN pg_sequence AS s ON s.seqrelid = d.objid
      JOIN pg_class AS c ON c.oid = s.seqrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE a.attrelid = source AND a.attidentity <> '' AND NOT a.attisdropped
  LOOP
    statements := statements || format(
      'ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s)',
      source_name, item.attname, item.generated, item.name, item.seqincrement, item.seqmin, item.seqmax, item.seqstart, item.seqcache,
      CASE WHEN item.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END);
    statements := statements || maint.read_as_owner(source, format(
      'SELECT format(''SELECT setval(%%L, %%s, %%L)'', %L, s.last_value, s.is_called) FROM %s AS s', item.name, item.name));
    statements := statements || ('COMMENT ON SEQUENCE ' || item.name || ' IS ' || quote_literal(item.comment))
      || ARRAY(SELECT maint.grant_statements(item.sequence, item.name));
  END LOOP;
  RETURN array_remove(statements, NULL);
END
$function$;
COMMENT ON FUNCTION maint.identity_statements(regclass, text) IS
'The statements that make a table''s identity columns those of another, with the values going on where they are.';

CREATE FUNCTION maint.publication_statements(source regclass) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT concat(format('ALTER PUBLICATION %I ADD TABLE %s', p.pubname, source),
                (SELECT format(' (%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum))
                   FROM unnest(r.prattrs::int2[]) AS k (attnum)
                   JOIN pg_attribute AS a ON a.attrelid = r.prrelid AND a.attnum = k.attnum
                 HAVING count(*) > 0),
                ' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')')
    FROM pg_publication_rel AS r
    JOIN pg_publication AS p ON p.oid = r.prpubid
   WHERE r.prrelid = source
$function$;
COMMENT ON FUNCTION maint.publication_statements(regclass) IS
'The statements that put a table of the same name into the publications of a table, with the same columns and rows.';

-- Called with the row of maint.repartitions locked.
CREATE FUNCTION maint.lock_for_switch(source regclass, copy regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  targets CONSTANT oid[] := ARRAY(
    SELECT t.relation
      FROM (SELECT 1 AS position, source::oid AS relation
             UNION ALL SELECT 2, copy
             UNION ALL SELECT 3, i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = copy
             -- Whose foreign keys go with the table that is dropped.
             UNION ALL SELECT DISTINCT 4, f.confrelid FROM pg_constraint AS f WHERE f.conrelid = source AND f.contype = 'f'
             -- Somebody may take a number of it without the table.
             UNION ALL SELECT DISTINCT 5, d.objid
                         FROM pg_depend AS d
                         JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
                        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                          AND d.refobjid = source AND d.deptype IN ('a', 'i')) AS t
     ORDER BY t.position, t.relation);
BEGIN
  PERFORM maint.stop_autovacuum(targets);
  PERFORM maint.lock_relations(targets, array_fill('ACCESS EXCLUSIVE'::text, ARRAY[cardinality(targets)]), maint.patience());
END
$function$;
COMMENT ON FUNCTION maint.lock_for_switch(regclass, regclass) IS
'Locks a table, its copy with all partitions, the tables that its foreign keys name, and its sequences wholly; waits for all together no longer than maint.patience() (55P03).';
REVOKE ALL ON FUNCTION maint.lock_for_switch(regclass, regclass) FROM PUBLIC;

CREATE FUNCTION maint.switch_to_copy(source regclass) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  work record;
  relation record;
  before text[];
  after text[];
  publications text[];
  statement text;
BEGIN
  SELECT r.* INTO STRICT work FROM maint.repartitions AS r WHERE r.relation = source;
  PERFORM maint.lock_for_switch(source, work.copy);
  IF work.definition <> maint.table_definition(source) OR NOT maint.has_mirror(source)
     OR work.file_node <> pg_relation_filenode(source) THEN
    -- Since the step began. What that asks for, the next one does.
    UPDATE maint.repartitions AS r SET status = 'copy' WHERE r.relation = source;
    RETURN false;
  END IF;
  PERFORM maint.refuse_repartition(source, work.key_column, work.period, work.extend_keys);

  SELECT c.relname, n.nspname, source::text AS name INTO STRICT relation
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.oid = source;
  -- What still names the one, then what already names the other by the same name.
  before := ARRAY(
      SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', d.objid::regclass, work.copy, a.attname)
        FROM pg_depend AS d
        JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_attribute AS a ON a.attrelid = source AND a.attnum = d.refobjsubid
       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = source AND d.deptype = 'a');
  after := ARRAY[format('ALTER TABLE %s RENAME TO %I', work.copy, relation.relname)]
    || ARRAY(SELECT DISTINCT format('ALTER INDEX %I.%I RENAME TO %I', relation.nspname, i.temporary_name, i.index_name)
               FROM maint.copied_indexes(source, work.copy::text, work.key_column) AS i)
    || ARRAY(SELECT format('ALTER STATISTICS %s.%I RENAME TO %I', c.stxnamespace::regnamespace, c.stxname, s.stxname)
               FROM (SELECT e.*, row_number() OVER (PARTITION BY e.stxrelid ORDER BY e.oid) AS position FROM pg_statistic_ext AS e) AS s
               JOIN (SELECT e.*, row_number() OVER (PARTITION BY e.stxrelid ORDER BY e.oid) AS position FROM pg_statistic_ext AS e) AS c USING (position)
              WHERE s.stxrelid = source AND c.stxrelid = work.copy)
    || maint.identity_statements(source, relation.name)
    || ARRAY(SELECT maint.grant_statements(source, relation.name))
    || ARRAY(SELECT maint.trigger_statements(source))
    || ARRAY(SELECT maint.comment_statements(source));
  publications := ARRAY(SELECT maint.publication_statements(source));

  PERFORM maint.execute_as_owner(work.copy, before || format('DROP TABLE %s', source));
  PERFORM maint.execute_as_owner(work.copy, after);
  FOREACH statement IN ARRAY publications LOOP
    EXECUTE statement;
  END LOOP;
  UPDATE maint.legal_holds AS h SET target = work.copy WHERE h.target = source;
  UPDATE maint.retention_policies AS p SET target = work.copy WHERE p.target = source;
  DELETE FROM maint.repartitions AS r WHERE r.relation = source;
  PERFORM maint.manage_partitions(work.copy, work.period, work.premake, work.retention, work.retention_action);
  RETURN true;
END
$function$;
COMMENT ON FUNCTION maint.switch_to_copy(regclass) IS
'Drops a table and gives its copy its name, its parts'' names, its identity columns'' values, sequences, grants, triggers, comments, publications, holds and retention policies, and puts it under partition maintenance; false, and nothing of that, where it was altered since. Errors: 55P03 not all locks soon enough, those of maint.refuse_repartition() where something stands in the way.';
REVOKE ALL ON FUNCTION maint.switch_to_copy(regclass) FROM PUBLIC;
