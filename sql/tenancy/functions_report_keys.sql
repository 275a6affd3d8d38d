-- What the report says of keys and of references between tables of organizations.

CREATE FUNCTION tenancy.names_organization(expression text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT regexp_replace(expression, '\morganization_id IS (NOT )?NULL\M', '', 'g') ~ '\morganization_id\M'
$function$;
COMMENT ON FUNCTION tenancy.names_organization(text) IS
'Whether an expression, as the server prints it, takes the value of organization_id and not only whether there is one.';
REVOKE ALL ON FUNCTION tenancy.names_organization(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.names_organization(text) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.organization_columns()
RETURNS TABLE (relation regclass, columns smallint[])
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT t.relation,
         t.organization || ARRAY(
           SELECT a.attnum
             FROM pg_attribute AS a
             JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = t.relation AND a.attgenerated <> '' AND NOT a.attisdropped
              AND tenancy.names_organization(pg_get_expr(d.adbin, d.adrelid)))
    FROM tenancy.tables_to_isolate(NULL) AS t
   WHERE t.organization IS NOT NULL
$function$;
COMMENT ON FUNCTION tenancy.organization_columns() IS
'The columns of each table that tell whose a row is: organization_id, and those generated from it.';
REVOKE ALL ON FUNCTION tenancy.organization_columns() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.organization_columns() TO crm_app, crm_admin;

CREATE FUNCTION tenancy.key_findings(target regclass DEFAULT NULL)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH keys AS (
    SELECT t.label, t.relation, t.is_optional, i.indexrelid::regclass AS index, k.conname, k.contype,
           -- Nobody guesses a UUID or a digest.
           EXISTS (SELECT FROM unnest(i.indkey::smallint[]) AS n (attnum)
                     JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = n.attnum
                    WHERE i.indisunique
                      AND (a.atttypid = 'uuid'::regtype OR a.atttypid = to_regtype('tenancy.token_hash'))) AS is_unguessable,
           pg_get_indexdef(i.indexrelid) AS definition,
           format('CREATE UNIQUE INDEX %I ON %s%s USING %s (', x.relname, CASE WHEN t.kind = 'p' THEN 'ONLY ' END, t.relation, m.amname) AS beginning,
           pg_get_constraintdef(k.oid) AS constraint_definition
      FROM tenancy.tables_to_isolate(target) AS t
      JOIN tenancy.organization_columns() AS o ON o.relation = t.relation
      JOIN pg_index AS i ON i.indrelid = t.relation AND (i.indisunique OR i.indisexclusion)
      JOIN pg_class AS x ON x.oid = i.indexrelid AND NOT x.relispartition
      JOIN pg_am AS m ON m.oid = x.relam
      LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
     WHERE NOT EXISTS (
           SELECT FROM generate_series(1, i.indnkeyatts) AS n (position)
            WHERE CASE
                    WHEN i.indkey[n.position - 1] = 0 THEN tenancy.names_organization(pg_get_indexdef(i.indexrelid, n.position, false))
                    ELSE i.indkey[n.position - 1] = ANY (o.columns)
                         AND (k.conexclop IS NULL
                              OR (SELECT p.oprname = '=' FROM pg_operator AS p WHERE p.oid = k.conexclop[n.position]))
                  END))
  SELECT CASE WHEN k.conname IS NULL THEN format('index %s', k.index) ELSE format('constraint %I on %s', k.conname, k.label) END,
         CASE k.contype WHEN 'p' THEN 'primary' WHEN 'x' THEN 'exclusion' ELSE 'unique' END || ' key without the organization',
         CASE WHEN k.is_unguessable THEN 'low' ELSE 'medium' END,
         'A value that is refused tells that another organization has it'
           || CASE WHEN k.is_unguessable THEN '; this one nobody guesses.' ELSE '.' END,
         CASE
           WHEN k.conname IS NULL
           THEN format('DROP INDEX %s; %sorganization_id, %s', k.index,
                       replace(k.beginning, ' ON ONLY ', ' ON '), substr(k.definition, length(k.beginning) + 1))
           ELSE concat(CASE WHEN k.contype = 'x' THEN 'CREATE EXTENSION IF NOT EXISTS btree_gist; ' END,
                       format('ALTER TABLE %s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I ', k.relation, k.conname),
                       regexp_replace(k.constraint_definition, '\(', CASE k.contype WHEN 'x' THEN '(organization_id WITH =, ' ELSE '(organization_id, ' END))
         END
    FROM keys AS k
   -- A row of no organization has no organization to have in its key.
   WHERE NOT (k.is_unguessable AND k.is_optional)
$function$;
COMMENT ON FUNCTION tenancy.key_findings(regclass) IS
'What tenancy.org_isolation_report() says of unique keys and exclusion constraints: of one table with its partitions and children, or of all (NULL). Keys with a UUID or a digest are low, and nothing is said of them where organization_id may be NULL. The remedy of a key that is referred to works after those of the references.';
REVOKE ALL ON FUNCTION tenancy.key_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.key_findings(regclass) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.reference_findings(target regclass DEFAULT NULL)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH tables AS MATERIALIZED (
    SELECT t.*, o.columns AS own_columns
      FROM tenancy.tables_to_isolate(NULL) AS t
      JOIN tenancy.organization_columns() AS o ON o.relation = t.relation),
  chosen AS (SELECT t.relation FROM tenancy.tables_to_isolate(target) AS t),
  -- A list that also holds rows for all organizations has no organization in its key: a trigger
  -- looks whose the row is that is referred to.
  guards AS (
    SELECT g.tgrelid, g.tgargs, g.tgname, g.tgenabled IN ('O', 'A') AS is_awake
      FROM pg_trigger AS g
     WHERE g.tgfoid = 'tenancy.check_shared_reference()'::regprocedure AND g.tgtype & 23 = 23), -- BEFORE INSERT OR UPDATE FOR EACH ROW
  found AS (
    SELECT k.*, s.label, s.relation AS referring, d.relation AS referred,
           (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n.position)
              FROM unnest(k.conkey) WITH ORDINALITY AS n (attnum, position)
              JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.attnum) AS columns,
           (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n.position)
              FROM unnest(k.confkey) WITH ORDINALITY AS n (attnum, position)
              JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.attnum) AS keys,
           (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
              FROM pg_attribute AS a
             WHERE a.attrelid = k.conrelid AND a.attnum = ANY (coalesce(nullif(k.confdelsetcols, '{}'), k.conkey))) AS cleared,
           (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]) AS first_column,
           d.is_optional AND cardinality(k.conkey) = 1
             AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[1] AND a.attname = 'id') AS can_be_guarded,
           NOT EXISTS (SELECT FROM pg_index AS i
                        WHERE i.indrelid = k.confrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                          AND i.indnkeyatts = cardinality(k.confkey) + 1
                          AND i.indkey::smallint[] @> (k.confkey || d.organization)) AS lacks_key
      FROM pg_constraint AS k
      JOIN tables AS s ON s.relation = k.conrelid
      JOIN tables AS d ON d.relation = k.confrelid
     WHERE k.contype = 'f' AND k.conparentid = 0
       AND (k.conrelid IN (SELECT c.relation FROM chosen AS c) OR k.confrelid IN (SELECT c.relation FROM chosen AS c))
       AND NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey) AS n (own, other)
                        WHERE n.own = ANY (s.own_columns) AND n.other = ANY (d.own_columns)))
  SELECT format('constraint %I on %s', f.conname, f.label),
         format('reference to %s without the organization', f.referred),
         CASE WHEN f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd') THEN 'high' ELSE 'medium' END,
         'A row can refer to another organization''s, which tells that it is there'
           || CASE WHEN f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd')
                   THEN '; what is done to that row is done to this one.' ELSE ' and keeps it from being deleted.' END,
         CASE
           WHEN g.tgname IS NOT NULL
           THEN format('ALTER TABLE %s ENABLE TRIGGER %I', f.referring, g.tgname)
           WHEN f.can_be_guarded
           THEN format('CREATE TRIGGER %1$I BEFORE INSERT OR UPDATE OF %2$I, organization_id ON %3$s FOR EACH ROW WHEN (NEW.%2$I IS NOT NULL) EXECUTE FUNCTION tenancy.check_shared_reference(%2$L, %4$L, %5$L)',
                       'check_' || f.first_column, f.first_column, f.referring, f.referred, f.conname)
           ELSE concat(
             CASE WHEN f.lacks_key THEN format('ALTER TABLE %s ADD UNIQUE (%s, organization_id); ', f.referred, f.keys) END,
             format('ALTER TABLE %s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I FOREIGN KEY (%3$s, organization_id) REFERENCES %4$s (%5$s, organization_id)',
                    f.referring, f.conname, f.columns, f.referred, f.keys),
             CASE f.confupdtype WHEN 'c' THEN ' ON UPDATE CASCADE' WHEN 'n' THEN ' ON UPDATE SET NULL' WHEN 'd' THEN ' ON UPDATE SET DEFAULT' WHEN 'r' THEN ' ON UPDATE RESTRICT' END,
             CASE f.confdeltype WHEN 'c' THEN ' ON DELETE CASCADE' WHEN 'r' THEN ' ON DELETE RESTRICT'
                                WHEN 'n' THEN format(' ON DELETE SET NULL (%s)', f.cleared) WHEN 'd' THEN format(' ON DELETE SET DEFAULT (%s)', f.cleared) END,
             CASE WHEN f.condeferrable THEN ' DEFERRABLE' END, CASE WHEN f.condeferred THEN ' INITIALLY DEFERRED' END)
         END
    FROM found AS f
    LEFT JOIN guards AS g ON f.can_be_guarded AND g.tgrelid = f.conrelid
                         AND g.tgargs = convert_to(f.first_column, getdatabaseencoding()) || '\x00'
                                        || convert_to(f.referred::text, getdatabaseencoding()) || '\x00'
                                        || convert_to(f.conname, getdatabaseencoding()) || '\x00'
   WHERE g.is_awake IS NOT TRUE
$function$;
COMMENT ON FUNCTION tenancy.reference_findings(regclass) IS
'What tenancy.org_isolation_report() says of foreign keys between tables of organizations: from and to one table with its partitions and children, or of all (NULL). A reference to a list that holds rows for all organizations may be guarded by the trigger tenancy.check_shared_reference instead.';
REVOKE ALL ON FUNCTION tenancy.reference_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.reference_findings(regclass) TO crm_app, crm_admin;
