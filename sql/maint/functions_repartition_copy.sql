-- The copy of a table that is being brought under partitions: the statements that make it, and the
-- mirror that keeps it.

CREATE FUNCTION maint.extended_key(key_index regclass, key_column text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  definition text := pg_get_indexdef(key_index);
  position integer := strpos(definition, ' USING ');
  columns integer := (SELECT x.indnkeyatts FROM pg_index AS x WHERE x.indexrelid = key_index);
  piece text;
BEGIN
  -- After the last key column, whatever expressions the columns are: as the server writes each by itself,
  -- so it does in the whole.
  FOR n IN 1 .. columns LOOP
    piece := CASE n WHEN 1 THEN '(' ELSE ', ' END || pg_get_indexdef(key_index, n, false);
    position := position - 1 + strpos(substr(definition, position), piece) + length(piece);
  END LOOP;
  position := position - 1 + strpos(substr(definition, position), ')');
  RETURN overlay(definition PLACING format(', %I', key_column) FROM position FOR 0);
END
$function$;
COMMENT ON FUNCTION maint.extended_key(regclass, text) IS
'The definition of an index with one more key column at the end.';

CREATE FUNCTION maint.copied_indexes(source regclass, copy text, key_column text)
RETURNS TABLE (index_name text, temporary_name text, statement text, replica_identity boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  item record;
  definition text;
  head text;
  columns text;
BEGIN
  FOR item IN
    SELECT x.indexrelid, x.indisunique, x.indisreplident, c.relname::text AS name, n.nspname, r.relname AS table_name,
           k.oid AS key, array_to_string(c.reloptions, ', ') AS options, t.spcname,
           x.indexrelid IN (SELECT * FROM maint.keys_without(source, key_column)) AS is_extended,
           maint.fitted_name(r.relname::text, '_repartition_' || row_number() OVER (ORDER BY c.relname COLLATE "C")) AS temporary_name,
           (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY i.position)
              FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS i (attnum, position)
              JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = i.attnum
             WHERE i.position <= x.indnkeyatts) AS columns
      FROM pg_index AS x
      JOIN pg_class AS c ON c.oid = x.indexrelid
      JOIN pg_class AS r ON r.oid = x.indrelid
      JOIN pg_namespace AS n ON n.oid = r.relnamespace
      LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
      LEFT JOIN pg_constraint AS k ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u')
     WHERE x.indrelid = source AND x.indisvalid
     ORDER BY c.relname COLLATE "C"
  LOOP
    IF item.key IS NOT NULL THEN
      definition := pg_get_constraintdef(item.key);
      columns := format('(%s)', item.columns);
      IF item.is_extended THEN
        definition := overlay(definition PLACING format('(%s, %I)', item.columns, key_column)
                              FROM strpos(definition, columns) FOR length(columns));
      END IF;
      statement := concat(format('ALTER TABLE %s ADD CONSTRAINT %I %s', copy, item.temporary_name, definition),
                          ' WITH (' || item.options || ')',
                          ' USING INDEX TABLESPACE ' || quote_ident(item.spcname));
    ELSE
      definition := CASE WHEN item.is_extended THEN maint.extended_key(item.indexrelid, key_column)
                         ELSE pg_get_indexdef(item.indexrelid) END;
      head := format('CREATE %sINDEX %I ON %I.%I ', CASE WHEN item.indisunique THEN 'UNIQUE ' END, item.name, item.nspname, item.table_name);
      IF NOT starts_with(definition, head) THEN
        RAISE EXCEPTION 'definition of index "%" is not understood', item.name USING ERRCODE = 'internal_error';
      END IF;
      statement := format('CREATE %sINDEX %I ON %s %s', CASE WHEN item.indisunique THEN 'UNIQUE ' END, item.temporary_name, copy,
                          substr(definition, length(head) + 1));
    END IF;
    index_name := item.name;
    temporary_name := item.temporary_name;
    replica_identity := item.indisreplident;
    RETURN NEXT;
    IF item.key IS NULL AND item.spcname IS NOT NULL THEN
      statement := format('ALTER INDEX %s.%I SET TABLESPACE %I', item.nspname::regnamespace, item.temporary_name, item.spcname);
      RETURN NEXT;
    END IF;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION maint.copied_indexes(regclass, text, text) IS
'The statements that give a copy of a table its indexes and keys, with the column added to unique ones that lack it, under names that they have until the copy takes the table''s place.';

CREATE FUNCTION maint.revoke_statements(relation regclass) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT DISTINCT format('REVOKE ALL ON %s %s FROM %s', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass,
                         CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
    FROM pg_class AS c
   CROSS JOIN LATERAL aclexplode(c.relacl) AS a
   WHERE c.oid = relation AND a.grantee <> c.relowner
$function$;
COMMENT ON FUNCTION maint.revoke_statements(regclass) IS
'The statements that take from others what default privileges gave them on a relation.';

CREATE FUNCTION maint.copy_statements(source regclass, copy text, key_column text) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  relation record;
BEGIN
  SELECT c.relrowsecurity, c.relforcerowsecurity, c.relreplident, t.spcname, n.nspname,
         obj_description(c.oid, 'pg_class') AS comment
    INTO STRICT relation
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
   WHERE c.oid = source;
  RETURN array_remove(ARRAY(
      SELECT format('ALTER TABLE %s ALTER COLUMN %I SET %s', copy, a.attname, o.setting)
        FROM pg_attribute AS a
       CROSS JOIN LATERAL (VALUES ('STATISTICS ' || a.attstattarget), ('(' || array_to_string(a.attoptions, ', ') || ')')) AS o (setting)
       WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped
         AND o.setting <> 'STATISTICS -1')
    || ('COMMENT ON TABLE ' || copy || ' IS ' || quote_literal(relation.comment))
    || CASE WHEN relation.relrowsecurity THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', copy) END
    || CASE WHEN relation.relforcerowsecurity THEN format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', copy) END
    || ARRAY(SELECT maint.policy_statements(source, copy))
    || ARRAY(SELECT i.statement FROM maint.copied_indexes(source, copy, key_column) AS i)
    || ARRAY(SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', copy, f.conname, pg_get_constraintdef(f.oid))
               FROM pg_constraint AS f WHERE f.conrelid = source AND f.contype = 'f' ORDER BY f.conname)
    || CASE relation.relreplident
         WHEN 'f' THEN format('ALTER TABLE %s REPLICA IDENTITY FULL', copy)
         WHEN 'n' THEN format('ALTER TABLE %s REPLICA IDENTITY NOTHING', copy)
         WHEN 'i' THEN (SELECT format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', copy, i.temporary_name)
                          FROM maint.copied_indexes(source, copy, key_column) AS i WHERE i.replica_identity LIMIT 1)
       END, NULL);
END
$function$;
COMMENT ON FUNCTION maint.copy_statements(regclass, text, text) IS
'The statements that make a partitioned table, created LIKE another, to its copy: row-level security and policies, keys, indexes, foreign keys, comment, statistics targets and replica identity.';

-- Storage parameters are the partitions'. Those that are made later have them from the one before.
CREATE FUNCTION maint.storage_statements(source regclass, partition text) RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT ARRAY(
    SELECT format('ALTER TABLE %s SET (%s%I = %L)', partition, o.prefix, split_part(o.option, '=', 1), substr(o.option, strpos(o.option, '=') + 1))
      FROM pg_class AS c
      LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
     CROSS JOIN LATERAL (SELECT '' AS prefix, unnest(c.reloptions) AS option
                         UNION ALL
                         SELECT 'toast.', unnest(t.reloptions)) AS o
     WHERE c.oid = source)
$function$;
COMMENT ON FUNCTION maint.storage_statements(regclass, text) IS
'The statements that give a partition the storage parameters of a table.';

-- The key of the copy: the primary key, with the partitions' column.
CREATE FUNCTION maint.copy_key(source regclass, key_column text, OUT columns name[], OUT numbers text, OUT condition text, OUT source_condition text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT array_agg(k.attname ORDER BY k.position),
         string_agg(k.attnum::text, ',' ORDER BY k.position),
         -- The operator by which the key holds rows apart: one of that name need not be in the path.
         string_agg(format('c.%I OPERATOR(%I.%s) $%s', k.attname, k.schema, k.operator, k.position), ' AND ' ORDER BY k.position),
         string_agg(format('o.c%s OPERATOR(%I.%s) $%s', k.attnum, k.schema, k.operator, k.position), ' AND ' ORDER BY k.position)
    FROM (SELECT a.attname, a.attnum, row_number() OVER (ORDER BY p.position) AS position, n.nspname AS schema, o.oprname AS operator
            FROM pg_index AS x
           CROSS JOIN LATERAL (SELECT i.attnum, i.position, x.indclass[i.position - 1] AS class
                                 FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS i (attnum, position)
                                WHERE i.position <= x.indnkeyatts
                                UNION ALL
                               SELECT c.attnum, x.indnkeyatts + 1, d.oid
                                 FROM pg_attribute AS c
                                 JOIN pg_opclass AS d ON d.opcintype = c.atttypid AND d.opcdefault
                                 JOIN pg_am AS m ON m.oid = d.opcmethod AND m.amname = 'btree'
                                WHERE c.attrelid = x.indrelid AND c.attname = key_column
                                  AND x.indexrelid IN (SELECT * FROM maint.keys_without(source, key_column))) AS p
            JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = p.attnum
            JOIN pg_opclass AS c ON c.oid = p.class
            JOIN pg_amop AS e ON e.amopfamily = c.opcfamily AND e.amoplefttype = c.opcintype AND e.amoprighttype = c.opcintype AND e.amopstrategy = 3
            JOIN pg_operator AS o ON o.oid = e.amopopr
            JOIN pg_namespace AS n ON n.oid = o.oprnamespace
           WHERE x.indrelid = source AND x.indisprimary) AS k
$function$;
COMMENT ON FUNCTION maint.copy_key(regclass, text) IS
'The columns of the primary key that a copy of the table has when it is partitioned by the column, their numbers, and the condition that a row is that of the parameters: of the copy (c), and of the table (o), whose columns are called by their numbers.';

CREATE FUNCTION maint.copied_columns(source regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute AS a
   WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
$function$;
COMMENT ON FUNCTION maint.copied_columns(regclass) IS
'The columns of a table that are not generated, as a list.';

CREATE FUNCTION maint.mirror_rows() RETURNS trigger
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'mirror_rows_wrapper';
COMMENT ON FUNCTION maint.mirror_rows() IS
'Trigger that maint.repartition() puts on a table to keep the copy as the table is. It runs the statements that are its arguments with the rights of the table''s owner.';
REVOKE ALL ON FUNCTION maint.mirror_rows() FROM PUBLIC;

CREATE FUNCTION maint.mirror_statements(source regclass, copy regclass, key_column text) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  key record;
  columns record;
  origin text;
BEGIN
  SELECT * INTO key FROM maint.copy_key(source, key_column);
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names,
         string_agg('c' || a.attnum, ', ' ORDER BY a.attnum) AS numbered,
         string_agg('o.c' || a.attnum, ', ' ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS copied,
         string_agg(format('%1$I = excluded.%1$I', a.attname), ', ') FILTER (WHERE a.attgenerated = '') AS changes
    INTO columns
    FROM pg_attribute AS a
   WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped;
  -- Columns of the table are called by their places, so that writing goes on where one is renamed.
  origin := format('FROM ONLY %s AS o (%s) WHERE %s', source, columns.numbered, key.source_condition);
  RETURN ARRAY[
    -- All columns by name: none of them can be dropped meanwhile but with the trigger.
    format('CREATE TRIGGER pg_crm_mirror AFTER INSERT OR DELETE OR UPDATE OF %s ON %s FOR EACH ROW EXECUTE FUNCTION maint.mirror_rows(%L, %L, %L)',
           columns.names, source,
           format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s %s ON CONFLICT (%s) DO UPDATE SET %s',
                  copy, maint.copied_columns(source), columns.copied, origin,
                  (SELECT string_agg(quote_ident(c), ', ') FROM unnest(key.columns) AS c), columns.changes),
           format('DELETE FROM %s AS c WHERE %s AND NOT EXISTS (SELECT %s)', copy, key.condition, origin),
           key.numbers),
    format('CREATE TRIGGER pg_crm_mirror_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION maint.mirror_rows(%L, %L)',
           source, format('SELECT 1 FROM %s LIMIT 1', copy), format('TRUNCATE TABLE %s', copy)),
    format('ALTER TABLE %s ENABLE ALWAYS TRIGGER pg_crm_mirror', source),
    format('ALTER TABLE %s ENABLE ALWAYS TRIGGER pg_crm_mirror_truncate', source)];
END
$function$;
COMMENT ON FUNCTION maint.mirror_statements(regclass, regclass, text) IS
'The statements that make the triggers which keep the copy as the table is.';

CREATE FUNCTION maint.has_mirror(source regclass) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT count(*) = 2
    FROM pg_trigger AS t
   WHERE t.tgrelid = source AND t.tgfoid = 'maint.mirror_rows()'::regprocedure AND t.tgenabled = 'A'
$function$;
COMMENT ON FUNCTION maint.has_mirror(regclass) IS
'Whether a table has the triggers of its mirror, and nobody disabled them, be it with all others and for a while.';
