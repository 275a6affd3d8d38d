-- The model as it is, object by object, in words that depend on no setting of the session.
CREATE FUNCTION maint.schema_objects()
RETURNS TABLE (object_kind text, object_name text, relation text, definition text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS $function$
  WITH relations AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl, c.relowner,
           format('%s.%s', n.nspname, c.relname) AS name
      FROM (SELECT DISTINCT r.name FROM maint.schema_migrations AS m, unnest(m.relations) AS r (name)) AS ours
      JOIN pg_namespace AS n ON n.nspname = split_part(ours.name, '.', 1)
      JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = substr(ours.name, strpos(ours.name, '.') + 1)
     WHERE c.relkind IN ('r', 'p', 'v', 'S')
  ), tables AS (
    SELECT * FROM relations AS r WHERE r.relkind IN ('r', 'p')
  ), domains AS (
    SELECT y.*, format('%s.%s', n.nspname, y.typname) AS name
      FROM pg_type AS y
      JOIN pg_namespace AS n ON n.oid = y.typnamespace
     WHERE y.typtype = 'd'
       AND n.nspname IN (SELECT split_part(r.name, '.', 1) FROM relations AS r)
  )
  SELECT 'table', t.name, t.name,
         concat_ws(', ', CASE t.relpersistence WHEN 'u' THEN 'unlogged' END, 'partitioned by ' || pg_get_partkeydef(t.oid),
                   CASE WHEN t.relrowsecurity THEN 'row security' END, CASE WHEN t.relforcerowsecurity THEN 'forced' END)
    FROM tables AS t
  UNION ALL
  SELECT 'column', format('%s.%s', t.name, a.attname), t.name,
         concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                   (SELECT format('COLLATE %s', a.attcollation::regcollation) FROM pg_type AS y WHERE y.oid = a.atttypid AND y.typcollation <> a.attcollation),
                   CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                   CASE WHEN a.attgenerated <> '' THEN 'GENERATED' WHEN d.oid IS NOT NULL THEN 'DEFAULT' END || ' ' || pg_get_expr(d.adbin, d.adrelid),
                   CASE a.attidentity WHEN 'a' THEN 'IDENTITY ALWAYS' WHEN 'd' THEN 'IDENTITY' END)
    FROM tables AS t
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  SELECT 'constraint', format('%s on %s', k.conname, t.name), t.name, pg_get_constraintdef(k.oid)
    FROM tables AS t
    JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  UNION ALL
  SELECT 'constraint', format('%s on %s', k.conname, d.name), d.name, pg_get_constraintdef(k.oid)
    FROM domains AS d
    JOIN pg_constraint AS k ON k.contypid = d.oid AND k.contype = 'c'
  UNION ALL
  SELECT 'domain', d.name, d.name,
         concat_ws(' ', format_type(d.typbasetype, d.typtypmod), CASE WHEN d.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || d.typdefault)
    FROM domains AS d
  UNION ALL
  SELECT 'index', format('%s.%s', split_part(t.name, '.', 1), c.relname), t.name, pg_get_indexdef(c.oid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
    FROM tables AS t
    JOIN pg_index AS i ON i.indrelid = t.oid
    JOIN pg_class AS c ON c.oid = i.indexrelid
   WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid AND k.conrelid = t.oid)
  UNION ALL
  SELECT 'trigger', format('%s on %s', g.tgname, t.name), t.name,
         pg_get_triggerdef(g.oid) || CASE g.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' WHEN 'R' THEN ' (on replicas only)' ELSE ' (always)' END
    FROM tables AS t
    JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal
  UNION ALL
  SELECT 'policy', format('%s on %s', p.polname, t.name), t.name,
         concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                   'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                   'TO ' || (SELECT string_agg(CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r.oid)::text END, ', ' ORDER BY 1) FROM unnest(p.polroles) AS r (oid)),
                   'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
    FROM tables AS t
    JOIN pg_policy AS p ON p.polrelid = t.oid
  UNION ALL
  SELECT 'view', r.name, r.name, concat_ws(' ', 'WITH (' || array_to_string(r.reloptions, ', ') || ')', pg_get_viewdef(r.oid))
    FROM relations AS r
   WHERE r.relkind = 'v'
  UNION ALL
  SELECT 'sequence', r.name, r.name,
         format('%s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s%s', format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' END)
    FROM relations AS r
    JOIN pg_sequence AS s ON s.seqrelid = r.oid
  UNION ALL
  SELECT 'grant', format('%s to %s', r.name, pg_get_userbyid(a.grantee)), r.name, string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ', ' ORDER BY a.privilege_type)
    FROM relations AS r
   CROSS JOIN LATERAL aclexplode(r.relacl) AS a
   WHERE pg_get_userbyid(a.grantee) IN ('crm_app', 'crm_readonly', 'crm_admin')
   GROUP BY r.name, a.grantee
  UNION ALL
  SELECT 'event trigger', e.evtname::text, NULL,
         concat_ws(' ', 'ON', e.evtevent, 'FOR', array_to_string(e.evttags, ', '), 'EXECUTE', e.evtfoid::regprocedure,
                   CASE e.evtenabled WHEN 'O' THEN NULL WHEN 'D' THEN '(disabled)' WHEN 'R' THEN '(on replicas only)' ELSE '(always)' END)
    FROM pg_event_trigger AS e
   WHERE e.evtname LIKE 'pg\_crm\_%'
  UNION ALL
  SELECT 'function', p.oid::regprocedure::text, NULL,
         CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(p.oid) END
    FROM pg_extension AS e
    JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
    JOIN pg_proc AS p ON p.oid = d.objid
   WHERE e.extname = 'pg_crm'
$function$;
COMMENT ON FUNCTION maint.schema_objects() IS
'Every object of the data model and every function of the extension as it is now: kind and name as in maint.schema_checksums, the relation it is part of, and its definition. Partitions and what is theirs are left out, and so are owners.';
REVOKE ALL ON FUNCTION maint.schema_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.schema_objects() TO crm_admin;

-- The bodies of functions are in the server's files anyway: of them the checksum is kept.
CREATE FUNCTION maint.record_schema(made text[] DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  version CONSTANT text := (SELECT e.extversion FROM pg_extension AS e WHERE e.extname = 'pg_crm');
  everything CONSTANT boolean := made IS NULL OR NOT EXISTS (SELECT FROM maint.schema_checksums);
  recorded integer;
BEGIN
  IF everything THEN
    DELETE FROM maint.schema_checksums;
  END IF;
  INSERT INTO maint.schema_checksums AS c (object_kind, object_name, checksum, definition, extension_version)
  SELECT o.object_kind, o.object_name, sha256(convert_to(o.definition, 'UTF8')), CASE WHEN o.object_kind <> 'function' THEN o.definition END, version
    FROM maint.schema_objects() AS o
   WHERE everything
      OR o.object_kind || ' ' || o.object_name = ANY (made)
      OR 'table ' || o.relation = ANY (made)
      OR (o.object_kind IN ('grant', 'constraint') AND ('view ' || o.relation = ANY (made) OR 'domain ' || o.relation = ANY (made)))
      OR (o.object_kind = 'column' AND 'default of ' || o.object_name = ANY (made))
      OR (o.object_kind = 'function' AND NOT EXISTS (SELECT FROM maint.schema_checksums AS r
                                                      WHERE r.object_kind = 'function' AND r.object_name = o.object_name AND r.extension_version = version))
   ORDER BY o.object_kind, o.object_name -- so the key's index is packed
  ON CONFLICT ON CONSTRAINT schema_checksums_pkey DO UPDATE
     SET checksum = excluded.checksum,
         definition = excluded.definition,
         extension_version = excluded.extension_version,
         server_version = excluded.server_version,
         recorded_at = excluded.recorded_at
   WHERE (c.checksum, c.extension_version, c.server_version) IS DISTINCT FROM (excluded.checksum, excluded.extension_version, excluded.server_version);
  GET DIAGNOSTICS recorded = ROW_COUNT;
  -- A function that a version has no longer is not missed.
  DELETE FROM maint.schema_checksums AS r
   WHERE r.object_kind = 'function' AND r.extension_version <> version
     AND NOT EXISTS (SELECT FROM maint.schema_objects() AS o WHERE o.object_kind = 'function' AND o.object_name = r.object_name);
  RETURN recorded;
END
$function$;
COMMENT ON FUNCTION maint.record_schema(text[]) IS
'Records what the data model looks like, for maint.schema_drift(), and returns how many objects. maint.install_schema() calls it with what it made just now; without an argument everything is taken as it is, after a look at maint.schema_drift(). Superusers only.';
REVOKE ALL ON FUNCTION maint.record_schema(text[]) FROM PUBLIC;

CREATE FUNCTION maint.schema_drift()
RETURNS TABLE (object_kind text, object_name text, finding text, expected text, actual text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH found AS MATERIALIZED (
    SELECT * FROM maint.schema_objects()
  ), recorded AS MATERIALIZED (
    SELECT * FROM maint.schema_checksums
  )
  -- What the installed version would make now, whatever is recorded.
  SELECT m.object_kind, m.object_name, 'missing', r.definition, NULL::text
    FROM maint.model_objects() AS m
    LEFT JOIN recorded AS r USING (object_kind, object_name)
   WHERE NOT EXISTS (SELECT FROM found AS f WHERE f.object_kind = m.object_kind AND f.object_name = m.object_name)
  UNION
  SELECT r.object_kind, r.object_name, 'missing', r.definition, NULL
    FROM recorded AS r
   WHERE NOT EXISTS (SELECT FROM found AS f WHERE f.object_kind = r.object_kind AND f.object_name = r.object_name)
  UNION ALL
  SELECT r.object_kind, r.object_name, 'changed', r.definition, f.definition
    FROM recorded AS r
    JOIN found AS f USING (object_kind, object_name)
   WHERE r.checksum <> sha256(convert_to(f.definition, 'UTF8'))
     -- Another major version of the server words definitions differently.
     AND r.server_version = current_setting('server_version_num')::integer / 10000
  UNION ALL
  -- Policies add up: one more shows more rows. A user's other objects are the user's.
  SELECT f.object_kind, f.object_name, 'added', NULL, f.definition
    FROM found AS f
   WHERE f.object_kind = 'policy'
     AND EXISTS (SELECT FROM recorded)
     AND NOT EXISTS (SELECT FROM recorded AS r WHERE r.object_kind = f.object_kind AND r.object_name = f.object_name)
  UNION ALL
  SELECT 'schema', 'maint', 'not recorded', 'what each object looked like when it was made', 'maint.schema_checksums is empty or of another major version of the server: SELECT maint.record_schema()'
   WHERE NOT EXISTS (SELECT FROM recorded AS r WHERE r.server_version = current_setting('server_version_num')::integer / 10000)
   ORDER BY 1, 2, 3
$function$;
COMMENT ON FUNCTION maint.schema_drift() IS
'How the data model differs from how the installed version makes it; no rows where it does not. missing: an object that maint.install_schema() would make, or has made, is gone. changed: its definition (of functions: its body, of relations also what the group roles may do) is another than when it was made. added: a policy more. Columns, indexes and triggers that a user added are no drift. maint.install_schema() makes again what is missing; maint.record_schema() accepts all as it is.';
REVOKE ALL ON FUNCTION maint.schema_drift() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.schema_drift() TO crm_admin;
COMMENT ON FUNCTION maint.model_objects() IS
'The objects that maint.install_schema() makes one by one, kind and name as in maint.schema_checksums; what comes with a table or by convention is not among them.';
REVOKE ALL ON FUNCTION maint.model_objects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.model_objects() TO crm_admin;
