//! What is asked of the catalog. Rows about a table begin with its oid.

/// Names come qualified, whatever role or database is asked.
pub(super) const SESSION: &str = "SET search_path = ''; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; \
     SET extra_float_digits = 1; SET quote_all_identifiers = off";

/// Schemas and tables that the queries below are about. Other extensions' objects are not ours.
pub(super) const MODEL: &str = "
    WITH n AS (
        SELECT oid, nspname::text AS schema FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')),
    t AS (
        SELECT c.*, n.schema FROM pg_class AS c JOIN n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition)";

pub(super) const SCHEMAS: &str =
    "SELECT schema, obj_description(oid, 'pg_namespace') FROM n ORDER BY schema COLLATE \"C\"";

pub(super) const TABLES: &str = "
    SELECT t.oid, t.schema, t.relname::text, t.relkind::text, obj_description(t.oid, 'pg_class'),
        coalesce(t.reloptions, '{}'), t.relrowsecurity, t.relforcerowsecurity,
        CASE t.relkind WHEN 'p' THEN pg_get_partkeydef(t.oid) END
    FROM t ORDER BY t.schema COLLATE \"C\", t.relname";

pub(super) const COLUMNS: &str = "
    SELECT t.oid, a.attname::text, format_type(a.atttypid, a.atttypmod),
        dn.nspname::text, d.typname::text, a.attnotnull,
        pg_get_expr(e.adbin, e.adrelid, true), a.attgenerated <> '', a.attidentity <> '',
        col_description(t.oid, a.attnum)
    FROM t
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type AS y ON y.oid = a.atttypid
    LEFT JOIN pg_type AS d ON d.typtype = 'd' AND d.oid = CASE WHEN y.typtype = 'd' THEN y.oid ELSE y.typelem END
    LEFT JOIN pg_namespace AS dn ON dn.oid = d.typnamespace
    LEFT JOIN pg_attrdef AS e ON e.adrelid = t.oid AND e.adnum = a.attnum
    ORDER BY t.oid, a.attnum";

/// Keys first by kind: the primary key, then unique and exclusion constraints.
pub(super) const CONSTRAINTS: &str = "
    SELECT t.oid, k.conname::text, k.contype::text, pg_get_constraintdef(k.oid, true)
    FROM t JOIN pg_constraint AS k ON k.conrelid = t.oid
    WHERE k.contype IN ('p', 'u', 'x', 'c') AND k.conparentid = 0
    ORDER BY t.oid, k.contype <> 'p', k.conname";

pub(super) const REFERENCES: &str = "
    SELECT t.oid, k.conname::text,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (n, i)
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
        rn.nspname::text, r.relname::text,
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (n, i)
            JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i),
        k.confkey = p.conkey,
        pg_get_constraintdef(k.oid, true)
    FROM t
    JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype = 'f' AND k.conparentid = 0
    JOIN pg_class AS r ON r.oid = k.confrelid
    JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
    JOIN pg_constraint AS p ON p.conrelid = r.oid AND p.contype = 'p'
    ORDER BY t.oid, (SELECT min(u.n) FROM unnest(k.conkey) AS u (n)
        JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = u.n AND a.attname <> 'organization_id'
        ), k.conname";

pub(super) const INDEXES: &str = "
    SELECT t.oid, c.relname::text, pg_get_indexdef(c.oid, 0, true), i.indisunique,
        EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid AND k.conrelid = t.oid),
        i.indpred IS NULL AND i.indexprs IS NULL,
        ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (n, o)
            JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = u.n WHERE u.o <= i.indnkeyatts)
    FROM t JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS c ON c.oid = i.indexrelid
    ORDER BY t.oid, NOT i.indisprimary, c.relname";

pub(super) const TRIGGERS: &str = "
    SELECT t.oid, g.tgname::text, pg_get_triggerdef(g.oid, true), g.tgenabled::text
    FROM t JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal
    ORDER BY t.oid, g.tgname";

pub(super) const POLICIES: &str = "
    SELECT t.oid, p.polname::text, p.polpermissive,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE '' END,
        ARRAY(SELECT r.rolname::text FROM pg_roles AS r WHERE r.oid = ANY (p.polroles) ORDER BY 1),
        pg_get_expr(p.polqual, t.oid, true), pg_get_expr(p.polwithcheck, t.oid, true)
    FROM t JOIN pg_policy AS p ON p.polrelid = t.oid
    ORDER BY t.oid, p.polname";

/// In the order of the letters of an ACL as PostgreSQL prints it for the usual table.
pub(super) const GRANTS: &str = "
    SELECT t.oid, coalesce(r.rolname::text, 'PUBLIC'),
        string_agg(g.privilege_type, ', ' ORDER BY array_position(
            ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'], g.privilege_type))
    FROM t
    CROSS JOIN aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))) AS g
    LEFT JOIN pg_roles AS r ON r.oid = g.grantee
    WHERE g.grantee <> t.relowner
    GROUP BY t.oid, 2
    ORDER BY t.oid, array_position(ARRAY['crm_app', 'crm_readonly', 'crm_admin'], coalesce(r.rolname::text, 'PUBLIC')), 2";

pub(super) const MAINTENANCE: &str = "
    SELECT t.oid, c.period::text, c.premake::integer, c.retention::text, c.retention_action::text
    FROM t JOIN maint.partition_config AS c ON c.parent::text = t.schema || '.' || t.relname
    WHERE c.enabled ORDER BY t.oid";

pub(super) const DOMAINS: &str = "
    SELECT n.schema, d.typname::text, format_type(d.typbasetype, d.typtypmod), d.typnotnull, d.typdefault,
        ARRAY(SELECT pg_get_constraintdef(k.oid, true) FROM pg_constraint AS k
            WHERE k.contypid = d.oid AND k.contype = 'c' ORDER BY k.conname),
        obj_description(d.oid, 'pg_type')
    FROM n JOIN pg_type AS d ON d.typnamespace = n.oid AND d.typtype = 'd'
    ORDER BY n.schema COLLATE \"C\", d.typname";

pub(super) const FUNCTIONS: &str = "
    SELECT n.schema, p.proname::text, p.prokind::text, p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype),
        pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
        p.provolatile::text, p.proparallel::text, p.proisstrict, p.prosecdef, p.proleakproof,
        ARRAY(SELECT coalesce(r.rolname::text, 'PUBLIC')
            FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
            LEFT JOIN pg_roles AS r ON r.oid = g.grantee
            WHERE g.grantee <> p.proowner
            ORDER BY array_position(ARRAY['PUBLIC', 'crm_app', 'crm_readonly', 'crm_admin'], coalesce(r.rolname::text, 'PUBLIC')), 1),
        obj_description(p.oid, 'pg_proc')
    FROM n JOIN pg_proc AS p ON p.pronamespace = n.oid
    WHERE NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
            AND d.refclassid = 'pg_extension'::regclass AND e.extname <> 'pg_crm')
    ORDER BY n.schema COLLATE \"C\", p.proname, pg_get_function_identity_arguments(p.oid) COLLATE \"C\"";
