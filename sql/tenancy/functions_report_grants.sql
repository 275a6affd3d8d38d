-- What the report says of privileges: on tables, by default, and on sequences.

CREATE FUNCTION tenancy.grant_findings(target regclass DEFAULT NULL)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH granted AS (
    SELECT t.*, a.role_name, g.privilege_type, NULL::name AS column_name
      FROM tenancy.tables_to_isolate(target) AS t
      JOIN pg_class AS c ON c.oid = t.relation
     CROSS JOIN LATERAL aclexplode(c.relacl) AS g
      JOIN tenancy.application_roles() AS a ON a.role = g.grantee AND a.role <> t.owner
     UNION ALL
    SELECT t.*, a.role_name, g.privilege_type, k.attname
      FROM tenancy.tables_to_isolate(target) AS t
      JOIN pg_attribute AS k ON k.attrelid = t.relation AND NOT k.attisdropped
     CROSS JOIN LATERAL aclexplode(k.attacl) AS g
      JOIN tenancy.application_roles() AS a ON a.role = g.grantee AND a.role <> t.owner)

  SELECT g.label,
         format('%s%s is granted to %s', g.privilege_type, ' (' || quote_ident(g.column_name) || ')', g.role_name),
         CASE g.privilege_type WHEN 'TRUNCATE' THEN 'critical' WHEN 'TRIGGER' THEN 'high' ELSE 'medium' END,
         CASE g.privilege_type
           WHEN 'TRUNCATE' THEN 'TRUNCATE deletes the rows of all organizations.'
           WHEN 'TRIGGER' THEN 'A trigger runs with the rights of whoever writes the table, on the rows of all organizations.'
           ELSE 'A foreign key tells which keys exist, whosever rows they are, and stops those from being deleted.'
         END,
         format('REVOKE %s%s ON %s FROM %s', g.privilege_type, ' (' || quote_ident(g.column_name) || ')', g.relation, g.role_name)
    FROM granted AS g
   WHERE g.privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES') AND g.kind <> 'f'
     AND NOT (g.is_partition AND g.has_bound_parent)
   UNION ALL

  SELECT g.label, format('%s has privileges on the partition itself', g.role_name),
         CASE WHEN bool_or(g.privilege_type = 'TRUNCATE') THEN 'critical'
              WHEN bool_or(g.privilege_type = 'TRIGGER' OR NOT g.is_bound OR NOT g.is_forced) THEN 'high'
              ELSE 'low' END,
         'A partition that is read directly is bound by its own policies, not by those of its table.',
         format('REVOKE ALL ON %s FROM %s', g.relation, g.role_name)
    FROM granted AS g
   WHERE g.is_partition AND g.has_bound_parent AND g.kind <> 'f'
   GROUP BY g.label, g.relation, g.role_name
$function$;
COMMENT ON FUNCTION tenancy.grant_findings(regclass) IS
'What tenancy.org_isolation_report() says of privileges on tables: of one with its partitions and children, or of all (NULL).';
REVOKE ALL ON FUNCTION tenancy.grant_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.grant_findings(regclass) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.default_grant_findings()
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT format('default privileges of %s%s', w.owner, ' in schema ' || w.schema),
         format('%s will have %s on new tables', a.role_name, g.privilege_type), 'low',
         'A table that is made there begins with it.',
         format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE %s ON TABLES FROM %s', w.owner, ' IN SCHEMA ' || w.schema, g.privilege_type, a.role_name)
    FROM pg_default_acl AS d
   CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g
    JOIN tenancy.application_roles() AS a ON a.role = g.grantee AND a.role <> d.defaclrole
   CROSS JOIN LATERAL (SELECT quote_ident(pg_get_userbyid(d.defaclrole)) AS owner,
                              (SELECT quote_ident(n.nspname) FROM pg_namespace AS n WHERE n.oid = d.defaclnamespace) AS schema) AS w
   WHERE d.defaclobjtype = 'r' AND g.privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')
$function$;
COMMENT ON FUNCTION tenancy.default_grant_findings() IS
'What tenancy.org_isolation_report() says of default privileges.';
REVOKE ALL ON FUNCTION tenancy.default_grant_findings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.default_grant_findings() TO crm_admin;

CREATE FUNCTION tenancy.sequence_findings(target regclass DEFAULT NULL)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  -- A column's own sequence, and any that its default draws from. Partitions have their table's.
  WITH used AS (
    SELECT t.relation, k.attname, k.attnum, k.attnotnull, k.atttypid, d.objid AS sequence, d.deptype = 'i' AS is_identity
      FROM tenancy.tables_to_isolate(target) AS t
      JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                         AND d.refobjid = t.relation AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
      JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
      JOIN pg_attribute AS k ON k.attrelid = t.relation AND k.attnum = d.refobjsubid
     WHERE t.organization IS NOT NULL AND NOT t.is_partition
     UNION
    SELECT t.relation, k.attname, k.attnum, k.attnotnull, k.atttypid, d.refobjid, false
      FROM tenancy.tables_to_isolate(target) AS t
      JOIN pg_attrdef AS f ON f.adrelid = t.relation
      JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
      JOIN pg_attribute AS k ON k.attrelid = t.relation AND k.attnum = f.adnum
     WHERE t.organization IS NOT NULL AND NOT t.is_partition),
  granted AS (
    SELECT u.relation, u.attname, u.attnotnull, u.atttypid, u.sequence::regclass AS sequence, u.is_identity, f.is_plain, f.users, f.is_owned,
           string_agg(DISTINCT a.role_name, ', ') AS roles,
           bool_or(g.privilege_type = 'UPDATE') AS is_writable
      FROM used AS u
      JOIN pg_class AS s ON s.oid = u.sequence
     CROSS JOIN LATERAL aclexplode(s.relacl) AS g
      JOIN tenancy.application_roles() AS a ON a.role = g.grantee AND a.role <> s.relowner
     CROSS JOIN LATERAL (
           SELECT EXISTS (SELECT FROM pg_attrdef AS f WHERE f.adrelid = u.relation AND f.adnum = u.attnum
                             AND pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''[^'']*''::regclass\)$'
                             AND u.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)) AS is_plain,
                  (SELECT count(*) FROM used AS o WHERE o.sequence = u.sequence) AS users,
                  EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = u.sequence
                             AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND d.refobjid = u.relation) AS is_owned) AS f
     GROUP BY u.relation, u.attname, u.attnotnull, u.atttypid, u.sequence, u.is_identity, f.is_plain, f.users, f.is_owned)
  SELECT format('sequence %s', g.sequence),
         format('numbers column %s of all organizations, and %s has privileges on it', format('%s.%I', g.relation, g.attname), g.roles),
         CASE WHEN g.is_writable THEN 'medium' ELSE 'low' END,
         'It tells how many rows all organizations add together'
           || CASE WHEN g.is_writable THEN ', and who sets it back stops all of them from adding more.' ELSE '.' END,
         -- An identity column needs no privilege on its sequence, a default does.
         CASE WHEN g.is_plain
              THEN concat('ALTER SEQUENCE ' || g.sequence || ' OWNED BY NONE; ',
                          format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT; ', g.relation, g.attname),
                          CASE WHEN NOT g.attnotnull THEN format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL; ', g.relation, g.attname) END,
                          format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED BY DEFAULT AS IDENTITY; ', g.relation, g.attname),
                          format('SELECT setval(pg_get_serial_sequence(%L, %L), s.last_value, s.is_called) FROM %s AS s', g.relation, g.attname, g.sequence),
                          CASE WHEN g.is_owned AND g.users = 1 THEN format('; DROP SEQUENCE %s', g.sequence) END)
              ELSE format('REVOKE ALL ON SEQUENCE %s FROM %s', g.sequence, g.roles) END
    FROM granted AS g
$function$;
COMMENT ON FUNCTION tenancy.sequence_findings(regclass) IS
'What tenancy.org_isolation_report() says of sequences that number rows of all organizations: those of one table with its partitions and children, or of all (NULL).';
REVOKE ALL ON FUNCTION tenancy.sequence_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.sequence_findings(regclass) TO crm_app, crm_admin;
