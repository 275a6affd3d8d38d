-- Isolation of any table: what it lacks, and putting that on and taking it off again.

CREATE FUNCTION tenancy.policy_reach(expression pg_node_tree, target regclass) RETURNS text[]
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'policy_reach_wrapper';
COMMENT ON FUNCTION tenancy.policy_reach(pg_node_tree, regclass) IS
'Which rows besides the current organization''s own a policy''s expression lets through: others (of any organization; so whatever is not understood), users (the current user''s, in any organization), shared (those of no organization); {} where none. Both forms of the context count: tenancy.current_org_id(), and the setting itself.';
REVOKE ALL ON FUNCTION tenancy.policy_reach(pg_node_tree, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.policy_reach(pg_node_tree, regclass) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.policy_text(expression pg_node_tree, source regclass, table_name text) RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'policy_text_wrapper';
COMMENT ON FUNCTION tenancy.policy_text(pg_node_tree, regclass, text) IS
'The expression of a policy of the table source as text for a table of that name: a sub-select that refers to the table''s columns names it.';

CREATE FUNCTION tenancy.policy_definitions(source regclass, target text)
RETURNS TABLE (policy name, statement text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT p.polname,
         concat(
           format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, target,
                  CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                  (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY r)
                     FROM unnest(p.polroles) AS r)),
           ' USING (' || tenancy.policy_text(p.polqual, source, t.name) || ')',
           ' WITH CHECK (' || tenancy.policy_text(p.polwithcheck, source, t.name) || ')')
    FROM pg_policy AS p
   CROSS JOIN LATERAL (SELECT i.name FROM unnest(parse_ident(target)) WITH ORDINALITY AS i (name, position)
                        ORDER BY i.position DESC LIMIT 1) AS t
   WHERE p.polrelid = source
$function$;
COMMENT ON FUNCTION tenancy.policy_definitions(regclass, text) IS
'The row-level security policies of a table, each as the statement that gives it to another (target: its name, quoted where it has to be).';

CREATE FUNCTION tenancy.descendants(target regclass)
RETURNS TABLE (relation regclass, depth integer)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH RECURSIVE family (oid, depth) AS (
    SELECT i.inhrelid, 1 FROM pg_inherits AS i WHERE i.inhparent = target
     UNION
    SELECT i.inhrelid, f.depth + 1 FROM family AS f JOIN pg_inherits AS i ON i.inhparent = f.oid)
  SELECT c.oid::regclass, max(f.depth)
    FROM family AS f
    JOIN pg_class AS c ON c.oid = f.oid AND c.relpersistence <> 't'
   GROUP BY c.oid
$function$;
COMMENT ON FUNCTION tenancy.descendants(regclass) IS
'Partitions and inheritance children of a table, theirs included, with how far below it they are; temporary ones not.';

CREATE FUNCTION tenancy.inherited_policy_statements(child regclass) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH wanted AS (
    SELECT DISTINCT ON (d.policy) d.policy, d.statement
      FROM pg_inherits AS i
     CROSS JOIN LATERAL tenancy.policy_definitions(i.inhparent, child::text) AS d
     WHERE i.inhrelid = child
     ORDER BY d.policy, i.inhseqno),
  differing AS (
    SELECT w.policy, w.statement, p.policy IS NOT NULL AS is_present
      FROM wanted AS w
      LEFT JOIN tenancy.policy_definitions(child, child::text) AS p ON p.policy = w.policy
     WHERE p.statement IS DISTINCT FROM w.statement)
  SELECT ARRAY(
    SELECT s.statement
      FROM (SELECT d.policy, 1, format('DROP POLICY %I ON %s', d.policy, child) FROM differing AS d WHERE d.is_present
             UNION ALL
            SELECT d.policy, 2, d.statement FROM differing AS d) AS s (policy, step, statement)
     ORDER BY s.policy, s.step)
$function$;
COMMENT ON FUNCTION tenancy.inherited_policy_statements(regclass) IS
'The statements that give a partition or inheritance child the policies of its parents that it lacks or has otherwise; {} where none. Where two parents have policies of one name, the first''s counts.';

-- Rows of a partition are reached through its parent. Whoever may read it past that would do so by
-- the partition's own grants, which a schema's default privileges hand out.
CREATE FUNCTION tenancy.closing_statements(child regclass) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT array_remove(ARRAY[
           CASE WHEN c.relispartition AND g.grantees IS NOT NULL THEN format('REVOKE ALL ON %s FROM %s', child, g.grantees) END,
           CASE WHEN c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', child) END], NULL)
    FROM pg_class AS c
   CROSS JOIN LATERAL (
         SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, ', ') AS grantees
           FROM (SELECT c.relacl
                  UNION ALL
                 SELECT k.attacl FROM pg_attribute AS k WHERE k.attrelid = c.oid AND k.attacl IS NOT NULL) AS l (acl)
          CROSS JOIN LATERAL aclexplode(l.acl) AS a
          WHERE a.grantee <> c.relowner
            AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) IN ('crm_app', 'crm_readonly', 'crm_admin'))) AS g
   WHERE c.oid = child
$function$;
COMMENT ON FUNCTION tenancy.closing_statements(regclass) IS
'The statements that a partition or child of an isolated table lacks besides policies: row-level security, forced, and, for a partition, no privileges of the group roles and of PUBLIC.';

CREATE FUNCTION tenancy.isolation_statements(target regclass)
RETURNS TABLE (step text, statement text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH relation AS (
    SELECT c.*, a.attnum, a.atthasdef,
           p.oid IS NOT NULL AS has_policy,
           coalesce(p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
                    AND pg_get_expr(p.polqual, p.polrelid) ~ e.condition
                    AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid)) ~ e.condition, false) AS is_isolated
      FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
     CROSS JOIN (VALUES ('^\(organization_id = \( SELECT tenancy\.current_org_id\(\) AS current_org_id\)\)$')) AS e (condition)
      LEFT JOIN pg_policy AS p ON p.polrelid = c.oid AND p.polname = 'org_isolation'
     WHERE c.oid = target)
  SELECT s.step, s.statement
    FROM relation AS r
   CROSS JOIN LATERAL (VALUES
         ('drop', CASE WHEN r.has_policy AND NOT r.is_isolated THEN format('DROP POLICY org_isolation ON %s', target) END),
         ('policy', CASE WHEN NOT r.is_isolated THEN format('CREATE POLICY org_isolation ON %s USING (organization_id = (SELECT tenancy.current_org_id())) WITH CHECK (organization_id = (SELECT tenancy.current_org_id()))', target) END),
         ('table', 'ALTER TABLE ' || target::text || ' '
                   || nullif(concat_ws(', ',
                        CASE WHEN NOT r.atthasdef THEN 'ALTER COLUMN organization_id SET DEFAULT tenancy.current_org_id()' END,
                        CASE WHEN NOT r.relrowsecurity THEN 'ENABLE ROW LEVEL SECURITY' END,
                        CASE WHEN NOT r.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END), '')),
         ('index', CASE WHEN NOT EXISTS (
                     SELECT FROM pg_index AS i
                       JOIN pg_class AS x ON x.oid = i.indexrelid
                       JOIN pg_am AS m ON m.oid = x.relam
                      WHERE i.indrelid = r.oid AND i.indkey[0] = r.attnum AND m.amname = 'btree'
                        AND i.indisvalid AND i.indpred IS NULL)
                   THEN format('CREATE INDEX ON %s (organization_id)', target) END)) AS s (step, statement)
   WHERE s.statement IS NOT NULL
$function$;
COMMENT ON FUNCTION tenancy.isolation_statements(regclass) IS
'The statements that a table with a column organization_id lacks to be isolated, in their order: the policy (a drop before it, where one of its name says something else), default and row-level security, the index.';

CREATE FUNCTION tenancy.check_isolation_target(target regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  relation pg_class;
BEGIN
  IF target IS NULL THEN
    RAISE null_value_not_allowed USING MESSAGE = 'target must not be null';
  END IF;
  SELECT * INTO relation FROM pg_class WHERE oid = target;
  IF NOT FOUND THEN
    RAISE undefined_table USING MESSAGE = format('relation with OID %s does not exist', target::oid);
  END IF;
  IF relation.relkind NOT IN ('r', 'p') THEN
    RAISE wrong_object_type USING
      MESSAGE = format('"%s" is not a table', relation.relname),
      DETAIL = 'Row-level security binds ordinary and partitioned tables.',
      HINT = CASE relation.relkind
               WHEN 'v' THEN format('A view that reads with its caller''s rights shows what the policies of its tables let through: ALTER VIEW %s SET (security_invoker = true).', target)
               WHEN 'm' THEN 'A materialized view holds rows of all organizations: let a function read it that filters by tenancy.current_org_id(), and nobody else.'
               WHEN 'f' THEN 'Let a function read it that filters by tenancy.current_org_id(), and nobody else.'
               ELSE 'Name an ordinary or a partitioned table.'
             END;
  END IF;
  IF relation.relnamespace::regnamespace::text IN ('pg_catalog', 'information_schema', 'pg_toast') THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('permission denied: "%s" is a system catalog', relation.relname);
  END IF;
  -- ALTER TABLE would say so, but where nothing is to be done nothing would.
  IF NOT pg_has_role(CURRENT_USER, relation.relowner, 'USAGE') THEN
    RAISE insufficient_privilege USING MESSAGE = format('must be owner of table %s', relation.relname);
  END IF;
END
$function$;
COMMENT ON FUNCTION tenancy.check_isolation_target(regclass) IS
'Error where the caller cannot turn on or off the isolation of this relation: 22004 NULL, 42P01 there is none, 42809 no ordinary or partitioned table, 42501 one of the system''s or somebody else''s.';

CREATE FUNCTION tenancy.enable_org_isolation(target regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  item record;
  child regclass;
  statement text;
BEGIN
  PERFORM tenancy.check_isolation_target(target);
  SELECT a.atttypid::regtype AS type, c.relname INTO item
    FROM pg_class AS c
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
   WHERE c.oid = target;
  IF item.type IS NULL THEN
    RAISE undefined_column USING
      MESSAGE = format('column "organization_id" of relation "%s" does not exist', item.relname),
      HINT = format('Add it, and say whose each row is: ALTER TABLE %s ADD COLUMN organization_id uuid.', target);
  ELSIF item.type <> 'uuid'::regtype THEN
    RAISE datatype_mismatch USING
      MESSAGE = format('column "organization_id" of relation "%s" is of type %s, not uuid', item.relname, item.type);
  END IF;

  -- Looked at, locked only where something is missing, and looked at again: somebody else may have
  -- done it meanwhile. An index alone lets readers go on.
  IF EXISTS (SELECT FROM tenancy.isolation_statements(target) AS s WHERE s.step <> 'index') THEN
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', target);
  END IF;
  FOR item IN SELECT * FROM tenancy.isolation_statements(target) AS s WHERE s.step IN ('drop', 'policy') LOOP
    IF item.step = 'drop' THEN
      RAISE NOTICE USING
        MESSAGE = format('policy "org_isolation" of table %s is replaced', target),
        DETAIL = (SELECT d.statement FROM tenancy.policy_definitions(target, target::text) AS d WHERE d.policy = 'org_isolation');
    END IF;
    EXECUTE item.statement;
  END LOOP;
  -- Children before their parent is closed, and policies before row-level security, so that the
  -- event trigger finds nothing to do.
  FOR child IN
    SELECT r.relation
      FROM (SELECT target AS relation, 0 AS depth
             WHERE EXISTS (SELECT FROM pg_inherits AS i
                             JOIN pg_class AS c ON c.oid = i.inhparent AND c.relrowsecurity
                             JOIN pg_policy AS p ON p.polrelid = c.oid AND p.polname = 'org_isolation'
                            WHERE i.inhrelid = target)
             UNION ALL
            SELECT d.relation, d.depth FROM tenancy.descendants(target) AS d) AS r
     ORDER BY r.depth, r.relation
  LOOP
    FOREACH statement IN ARRAY tenancy.inherited_policy_statements(child) || tenancy.closing_statements(child) LOOP
      -- Foreign tables have no policies.
      CONTINUE WHEN statement NOT LIKE 'REVOKE%' AND (SELECT c.relkind = 'f' FROM pg_class AS c WHERE c.oid = child);
      IF statement LIKE 'REVOKE%' THEN
        RAISE NOTICE USING
          MESSAGE = format('privileges on partition %s are revoked', child),
          DETAIL = statement,
          HINT = 'Its rows are reached through the table that it is a partition of.';
      END IF;
      EXECUTE statement;
    END LOOP;
  END LOOP;
  FOR item IN SELECT * FROM tenancy.isolation_statements(target) AS s WHERE s.step IN ('table', 'index') LOOP
    EXECUTE item.statement;
  END LOOP;

  FOR item IN
    SELECT f.object, f.finding, f.detail, f.remedy FROM tenancy.isolation_findings(target) AS f
     UNION ALL
    SELECT format('table %s', i.inhparent::regclass), 'row-level security is off',
           format('Rows of %s are read through it, past its policies.', target),
           format('SELECT tenancy.enable_org_isolation(%L)', i.inhparent::regclass)
      FROM pg_inherits AS i
      JOIN tenancy.tables_to_isolate(NULL) AS t ON t.relation = i.inhparent AND NOT t.is_bound
     WHERE i.inhrelid = target
  LOOP
    RAISE WARNING USING MESSAGE = format('%s: %s', item.object, item.finding), DETAIL = item.detail, HINT = item.remedy;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION tenancy.enable_org_isolation(regclass) IS
'Isolates a table with a column organization_id uuid: its default is the current organization where it has none, an index that begins with it where there is none (made while writers wait; make it CONCURRENTLY before, where the table is large), the policy org_isolation, row-level security, forced; the same security and all of the table''s policies on its partitions and inheritance children, and no privileges of the group roles and of PUBLIC on partitions. Existing policies stay, but for one named org_isolation. What it has already is left alone, unlocked. What still lets rows of one organization reach another is a WARNING each, with the remedy as hint. For the table''s owner. Errors: 42809 no table, 42703 no such column, 42804 of another type, 42501 not the owner.';
REVOKE ALL ON FUNCTION tenancy.enable_org_isolation(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.enable_org_isolation(regclass) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.disable_org_isolation(target regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  item record;
  is_found boolean := false;
  is_model boolean := false;
  others text;
BEGIN
  PERFORM tenancy.check_isolation_target(target);
  FOR item IN
    SELECT r.relation
      FROM (SELECT target AS relation, 0 AS depth UNION ALL SELECT * FROM tenancy.descendants(target)) AS r
      JOIN pg_policy AS p ON p.polrelid = r.relation AND p.polname = 'org_isolation'
     ORDER BY r.depth, r.relation
  LOOP
    is_found := true;
    EXECUTE format('DROP POLICY org_isolation ON %s', item.relation);
    -- Restrictive ones alone would let nothing through.
    SELECT string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname) INTO others
      FROM pg_policy AS p
     WHERE p.polrelid = item.relation AND p.polpermissive;
    IF others IS NULL THEN
      EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', item.relation);
    ELSE
      RAISE NOTICE USING
        MESSAGE = format('row-level security of table %s stays on', item.relation),
        DETAIL = format('It has other policies: %s.', others);
    END IF;
  END LOOP;
  IF NOT is_found THEN
    RAISE NOTICE USING MESSAGE = format('policy "org_isolation" for table %s does not exist, skipping', target);
    RETURN;
  END IF;
  -- Its owners may read this; others own no table of the model.
  IF has_table_privilege('maint.schema_migrations', 'SELECT') THEN
    is_model := EXISTS (SELECT FROM maint.schema_migrations AS m WHERE target::text = ANY (m.relations));
  END IF;
  IF is_model THEN
    RAISE WARNING USING
      MESSAGE = format('rows of all organizations in table %s are open now', target),
      DETAIL = 'The table belongs to the data model of pg_crm, whose functions and grants rely on its isolation.',
      HINT = format('SELECT tenancy.enable_org_isolation(%L)', target);
  END IF;
  FOR item IN
    SELECT i.inhparent::regclass AS relation FROM pg_inherits AS i
      JOIN pg_policy AS p ON p.polrelid = i.inhparent AND p.polname = 'org_isolation'
     WHERE i.inhrelid = target
  LOOP
    RAISE WARNING USING
      MESSAGE = format('table %s is still isolated, and its partition or child %s is not', item.relation, target),
      HINT = format('SELECT tenancy.enable_org_isolation(%L)', item.relation);
  END LOOP;
END
$function$;
COMMENT ON FUNCTION tenancy.disable_org_isolation(regclass) IS
'Drops the policy org_isolation of a table, its partitions and children, and turns their row-level security off where no other policy lets rows through (a NOTICE otherwise). Restrictive policies, the column''s default and the index stay. A WARNING for a table of the data model; a NOTICE and nothing else where there is no such policy. For the table''s owner. Errors: 42809 no table, 42501 not the owner.';
REVOKE ALL ON FUNCTION tenancy.disable_org_isolation(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.disable_org_isolation(regclass) TO crm_app, crm_admin;
