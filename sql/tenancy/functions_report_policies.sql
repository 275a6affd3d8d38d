-- What the report says of policies.

CREATE FUNCTION tenancy.policy_findings(target regclass DEFAULT NULL)
RETURNS TABLE (object text, finding text, severity text, detail text, remedy text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH policies AS MATERIALIZED (
    SELECT t.*, p.oid AS policy, p.polname AS policy_name, p.polcmd, p.polpermissive, p.polroles,
           pg_get_expr(p.polqual, p.polrelid) AS using_text,
           pg_get_expr(p.polwithcheck, p.polrelid) AS check_text,
           concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
             ~* 'current_setting\(''app\.current_(org|user)_id''' AS reads_setting,
           tenancy.policy_reach(p.polqual, t.relation) AS using_reach,
           tenancy.policy_reach(coalesce(p.polwithcheck, p.polqual), t.relation) AS check_reach
      FROM tenancy.tables_to_isolate(target) AS t
      JOIN pg_policy AS p ON p.polrelid = t.relation),

  -- What each policy lets through for each command, by USING and by WITH CHECK, ...
  reached AS (
    SELECT p.policy, p.relation, p.polpermissive, p.polroles, c.command, c.is_check, r.whose
      FROM policies AS p
      JOIN (VALUES ('r'::"char", false), ('w', false), ('d', false), ('a', true), ('w', true)) AS c (command, is_check)
        ON p.polcmd IN ('*', c.command)
     CROSS JOIN LATERAL unnest(CASE WHEN c.is_check THEN p.check_reach ELSE p.using_reach END) AS r (whose)),
  -- ... and no restrictive one, that binds everybody, holds back.
  passing AS (
    SELECT r.policy, r.whose,
           bool_or(NOT r.is_check AND r.command = 'r') AS reads,
           bool_or(r.is_check OR r.command <> 'r') AS writes
      FROM reached AS r
     WHERE r.polpermissive
       AND NOT EXISTS (
           SELECT FROM policies AS s
            WHERE s.relation = r.relation AND NOT s.polpermissive AND s.polroles = '{0}' AND s.polcmd IN ('*', r.command)
              AND NOT CASE WHEN r.is_check THEN s.check_reach ELSE s.using_reach END && ARRAY['others', r.whose])
     GROUP BY r.policy, r.whose),

  concerned AS (
    SELECT p.*, format('policy %I on %s', p.policy_name, p.label) AS object,
           -- Operators, and nobody else of the application.
           NOT EXISTS (SELECT FROM unnest(p.polroles) AS r (role)
                        WHERE r.role = 0 OR NOT pg_has_role(r.role, 'crm_admin', 'MEMBER')) AS is_operators,
           (SELECT string_agg(concat(format('ALTER POLICY %I ON %s', o.polname, r.relation),
                                     ' USING ((' || pg_get_expr(o.polqual, o.polrelid) || ') AND organization_id = (SELECT tenancy.current_org_id()))',
                                     ' WITH CHECK ((' || pg_get_expr(o.polwithcheck, o.polrelid) || ') AND organization_id = (SELECT tenancy.current_org_id()))'), '; ')
              FROM (SELECT p.relation UNION ALL SELECT d.relation FROM tenancy.descendants(p.relation) AS d) AS r
              JOIN pg_policy AS o ON o.polrelid = r.relation AND o.polname = p.policy_name AND o.polcmd = p.polcmd) AS bounding
      FROM policies AS p
     WHERE (p.using_reach <> '{}' OR p.check_reach <> '{}' OR p.reads_setting)
       -- Of roles that are none of the application's it is as of roles that bypass row-level security.
       AND EXISTS (SELECT FROM tenancy.application_roles() AS a WHERE a.role = ANY (p.polroles))
       -- A partition's copy is put right with its parent.
       AND NOT EXISTS (SELECT FROM pg_inherits AS i
                        CROSS JOIN LATERAL tenancy.policy_definitions(i.inhparent, p.relation::text) AS d
                         JOIN tenancy.policy_definitions(p.relation, p.relation::text) AS o ON o.policy = d.policy AND o.statement = d.statement
                        WHERE i.inhrelid = p.relation AND d.policy = p.policy_name))

  SELECT c.object,
         format('permissive, and lets other organizations'' rows be %s', concat_ws(' and ', CASE WHEN p.reads THEN 'read' END, CASE WHEN p.writes THEN 'written' END)),
         'critical',
         'Nothing in its expression says that a row has to be the current organization''s.',
         CASE WHEN c.organization IS NULL THEN format('DROP POLICY %I ON %s', c.policy_name, c.relation) ELSE c.bounding END
    FROM concerned AS c
    JOIN passing AS p ON p.policy = c.policy AND p.whose = 'others'
   UNION ALL

  SELECT c.object, 'lets rows be written that all organizations share', 'high',
         'What one organization writes into a row without organization, all of them read.',
         CASE WHEN c.polcmd = '*' AND c.using_text IS NOT NULL
              THEN format('DROP POLICY %1$I ON %2$s; CREATE POLICY %1$I ON %2$s FOR SELECT TO %3$s USING (%4$s); SELECT tenancy.enable_org_isolation(%2$L)',
                          c.policy_name, c.relation,
                          (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ') FROM unnest(c.polroles) AS r),
                          c.using_text)
              ELSE c.bounding END
    FROM concerned AS c
    JOIN passing AS p ON p.policy = c.policy AND p.whose = 'shared'
   WHERE p.writes AND NOT c.is_operators AND c.organization IS NOT NULL
   UNION ALL

  SELECT c.object, 'lets a user''s own rows of other organizations through', 'medium',
         'It asks for the user alone, who may be a member of several organizations.',
         c.bounding
    FROM concerned AS c
    JOIN passing AS p ON p.policy = c.policy AND p.whose = 'users'
   WHERE c.organization IS NOT NULL AND NOT c.is_optional
   UNION ALL

  SELECT c.object, 'reads the setting itself', 'medium',
         'A setting is what anybody sets it to: pg_crm.context_mode does not bind it. Where it is unset it is an error, and it is parsed for every row.',
         concat(format('ALTER POLICY %I ON %s', c.policy_name, c.relation),
                ' USING (' || tenancy.without_settings(c.using_text) || ')',
                ' WITH CHECK (' || tenancy.without_settings(c.check_text) || ')')
    FROM concerned AS c
   WHERE c.reads_setting
$function$;
COMMENT ON FUNCTION tenancy.policy_findings(regclass) IS
'What tenancy.org_isolation_report() says of policies: of one table with its partitions and children, or of all (NULL). What they let through is read from their expressions, see tenancy.policy_reach().';
REVOKE ALL ON FUNCTION tenancy.policy_findings(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.policy_findings(regclass) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.without_settings(expression text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT regexp_replace(
           regexp_replace(expression,
             '\mcurrent_setting\(''app\.current_(org|user)_id''::text(, (true|false))?\)',
             '((SELECT tenancy.current_\1_id())::text)', 'gi'),
           -- The usual casts around it.
           '\(\(\(SELECT tenancy\.current_(org|user)_id\(\)\)::text\)\)::uuid|\(NULLIF\(\(\(SELECT tenancy\.current_(org|user)_id\(\)\)::text\), ''''::text\)\)::uuid',
           '(SELECT tenancy.current_\1\2_id())', 'gi')
$function$;
COMMENT ON FUNCTION tenancy.without_settings(text) IS
'A policy''s expression, as the server prints it, with tenancy.current_org_id() and tenancy.current_user_id() in place of the settings.';
REVOKE ALL ON FUNCTION tenancy.without_settings(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.without_settings(text) TO crm_app, crm_admin;
