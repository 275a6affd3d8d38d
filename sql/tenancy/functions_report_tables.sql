-- What the report says of tables themselves: row-level security, parents and children, owners, rules.

CREATE FUNCTION tenancy.table_findings(target regclass DEFAULT NULL)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH tables AS (
    SELECT t.*,
           EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = t.relation) AS has_policy,
           EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = t.relation AND p.polname = 'org_isolation') AS is_isolated,
           -- Partitions and children are put right with their parent.
           EXISTS (SELECT FROM pg_inherits AS i
                     JOIN pg_attribute AS a ON a.attrelid = i.inhparent AND a.attname = 'organization_id' AND NOT a.attisdropped
                    WHERE i.inhrelid = t.relation) AS has_parent
      FROM tenancy.tables_to_isolate(target) AS t)

  SELECT t.label, 'row-level security is off', 'critical',
         'Who may read the table reads the rows of all organizations.',
         CASE WHEN t.organization IS NOT NULL AND (t.is_isolated OR NOT t.has_policy)
              THEN format('SELECT tenancy.enable_org_isolation(%L)', t.relation)
              ELSE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.relation) END
    FROM tables AS t
   WHERE t.kind <> 'f' AND NOT t.is_bound AND NOT t.has_parent
   UNION ALL

  SELECT format('table %s', c.oid::regclass), 'row-level security is off, and there are policies', 'high',
         'Its policies bind nobody.',
         format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass)
    FROM pg_class AS c
   WHERE target IS NULL AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND c.relpersistence <> 't'
     AND c.oid IN (SELECT p.polrelid FROM pg_policy AS p)
     AND c.oid NOT IN (SELECT t.relation FROM tables AS t)
   UNION ALL

  SELECT t.label, 'row-level security is not forced', 'high',
         format('It does not bind the table''s owner, %s.', quote_ident(pg_get_userbyid(t.owner))),
         format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.relation)
    FROM tables AS t
   WHERE t.is_bound AND NOT t.is_forced AND NOT t.has_bound_parent
   UNION ALL

  SELECT t.label, 'row-level security is on, and there is no permissive policy', 'low',
         'No row is visible; the first policy that is added decides alone.',
         format('SELECT tenancy.enable_org_isolation(%L)', t.relation)
    FROM tables AS t
   WHERE t.is_bound AND t.organization IS NOT NULL AND NOT t.has_bound_parent
     AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = t.relation AND p.polpermissive)
   UNION ALL

  SELECT t.label, 'not secured as its parent is', 'high',
         CASE WHEN NOT t.is_bound THEN 'Row-level security is off: who reads it directly reads past its parent''s policies.'
              WHEN NOT t.is_forced THEN 'Row-level security is not forced: it does not bind the owner.'
              ELSE 'Policies of its parent are missing or others.' END,
         array_to_string(s.statements, '; ')
    FROM tables AS t
   CROSS JOIN LATERAL (SELECT tenancy.inherited_policy_statements(t.relation)
                              || CASE WHEN t.is_bound AND t.is_forced THEN '{}'
                                      ELSE ARRAY[format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.relation)] END) AS s (statements)
   WHERE t.has_bound_parent AND t.kind <> 'f' AND s.statements <> '{}'
     -- The same, looked at cheaply: of hundreds of partitions few lack something.
     AND (NOT t.is_bound OR NOT t.is_forced
          OR EXISTS (SELECT FROM pg_inherits AS i
                       JOIN pg_policy AS w ON w.polrelid = i.inhparent
                       LEFT JOIN pg_policy AS p
                         ON p.polrelid = i.inhrelid
                        AND (p.polname, p.polcmd, p.polpermissive, p.polroles) = (w.polname, w.polcmd, w.polpermissive, w.polroles)
                        AND tenancy.policy_text(p.polqual, p.polrelid, '') IS NOT DISTINCT FROM tenancy.policy_text(w.polqual, w.polrelid, '')
                        AND tenancy.policy_text(p.polwithcheck, p.polrelid, '') IS NOT DISTINCT FROM tenancy.policy_text(w.polwithcheck, w.polrelid, '')
                      WHERE i.inhrelid = t.relation AND p.oid IS NULL))
   UNION ALL

  SELECT t.label, format('can be read through table %s, whose row-level security is off', p.oid::regclass), 'critical',
         'What is read through a parent is bound by the parent''s policies alone.',
         format('ALTER TABLE %s NO INHERIT %s', t.relation, p.oid::regclass)
    FROM tables AS t
    JOIN pg_inherits AS i ON i.inhrelid = t.relation
    JOIN pg_class AS p ON p.oid = i.inhparent
   WHERE NOT t.is_partition AND NOT p.relrowsecurity
     AND NOT EXISTS (SELECT FROM pg_attribute AS a
                      WHERE a.attrelid = p.oid AND a.attname = 'organization_id' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped)
   UNION ALL

  SELECT t.label, format('belongs to %s, a role of the application', a.role_name), 'high',
         'A table''s owner can turn its row-level security off.',
         format('ALTER TABLE %s OWNER TO %I', t.relation, (SELECT pg_get_userbyid(e.extowner) FROM pg_extension AS e WHERE e.extname = 'pg_crm'))
    FROM tables AS t
    JOIN tenancy.application_roles() AS a ON a.role = t.owner AND a.is_application
    JOIN pg_roles AS r ON r.oid = t.owner AND NOT r.rolsuper
   UNION ALL

  SELECT t.label, format('no row-level security binds it, and %s has privileges on it', string_agg(DISTINCT a.role_name, ', ')), 'critical',
         'Foreign tables have no policies.',
         format('REVOKE ALL ON %s FROM %s', t.relation, string_agg(DISTINCT a.role_name, ', '))
    FROM tables AS t
    JOIN pg_class AS c ON c.oid = t.relation
   CROSS JOIN LATERAL (SELECT g.grantee FROM aclexplode(c.relacl) AS g
                        UNION
                       SELECT g.grantee FROM pg_attribute AS k CROSS JOIN LATERAL aclexplode(k.attacl) AS g
                        WHERE k.attrelid = c.oid) AS g
    JOIN tenancy.application_roles() AS a ON a.role = g.grantee AND a.role <> t.owner
   WHERE t.kind = 'f'
   GROUP BY t.label, t.relation
   UNION ALL

  SELECT format('rule %I on %s', w.rulename, t.label), 'a rule rewrites statements on it', 'high',
         'What a rule does is done with the rights of the table''s owner.',
         format('DROP RULE %I ON %s', w.rulename, t.relation)
    FROM tables AS t
    JOIN pg_rewrite AS w ON w.ev_class = t.relation
$function$;
COMMENT ON FUNCTION tenancy.table_findings(regclass) IS
'What tenancy.org_isolation_report() says of the row-level security, parents, children, owners and rules of tables: of one with its partitions and children, or of all (NULL).';
REVOKE ALL ON FUNCTION tenancy.table_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.table_findings(regclass) TO crm_app, crm_admin;
