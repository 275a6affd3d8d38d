-- Sign-ins; organizations as a whole, exported and deleted.

CREATE FUNCTION tenancy.keep_logins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  WITH logins AS (
    SELECT n.user_id, count(*) AS number, max(n.created_at) AS last_at
      FROM new_rows AS n
     GROUP BY n.user_id),
  locked AS (
    SELECT u.id
      FROM tenancy.users AS u
     WHERE u.id IN (SELECT l.user_id FROM logins AS l)
     ORDER BY u.id
       FOR NO KEY UPDATE)
  UPDATE tenancy.users AS u
     SET login_count = u.login_count + l.number,
         last_login_at = greatest(u.last_login_at, l.last_at)
    FROM logins AS l
    JOIN locked ON locked.id = l.user_id
   WHERE u.id = l.user_id;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION tenancy.keep_logins() IS
'Trigger on tenancy.sessions, AFTER INSERT FOR EACH STATEMENT with transition table new_rows: a session is a sign-in, which tenancy.users counts in login_count and last_login_at. A sign-in that failed makes no session and does not count; one that ends is still one.';
REVOKE ALL ON FUNCTION tenancy.keep_logins() FROM PUBLIC;

CREATE FUNCTION tenancy.organization_tables()
RETURNS TABLE (target regclass, after_cascade boolean, secrets text[])
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.oid::regclass,
         NOT EXISTS (SELECT FROM pg_constraint AS k
                      WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)
                        AND (k.confrelid = 'tenancy.organizations'::regclass AND k.confdeltype = 'c'
                             OR k.confdeltype = 'n' AND a.attnum = ANY (coalesce(nullif(k.confdelsetcols, '{}'), k.conkey)))),
         ARRAY(SELECT s.attname::text
                 FROM pg_attribute AS s
                 JOIN pg_type AS t ON t.oid = s.atttypid
                WHERE s.attrelid = c.oid AND s.attnum > 0 AND NOT s.attisdropped
                  AND ((t.typnamespace::regnamespace::text, t.typname) IN (('tenancy', 'token_hash'), ('integration', 'ciphertext'))
                       OR (c.oid::regclass::text, s.attname) IN (('billing.payment_methods', 'provider_token'),
                                                                 ('marketplace.payout_methods', 'provider_token')))
                ORDER BY 1)
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
     AND a.atttypid = 'uuid'::regtype
     AND c.relnamespace::regnamespace::text !~ '^pg_'
     -- Its rows are another table's, which its mirror follows.
     AND NOT EXISTS (SELECT FROM maint.repartitions AS r WHERE r.copy = c.oid)
   ORDER BY c.oid::regclass::text COLLATE "C"
$function$;
COMMENT ON FUNCTION tenancy.organization_tables() IS
'The tables with a column organization_id of type uuid, those that users added included, partitions and copies of maint.repartition() not. after_cascade: whether its rows stay, and keep that value, when the organization is deleted. secrets: its columns that are no one''s to read: digests of tokens, ciphertexts, tokens of payment providers.';
REVOKE ALL ON FUNCTION tenancy.organization_tables() FROM PUBLIC;

-- An index's expression that ANALYZE evaluates runs as the table's owner, in a session that is somebody
-- else's. SQL cannot ask whether it is so, but UNLISTEN, which otherwise does nothing here, is refused.
CREATE FUNCTION tenancy.refuse_restricted_operation() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  UNLISTEN pg_crm;
END
$function$;
COMMENT ON FUNCTION tenancy.refuse_restricted_operation() IS
'Error 42501 within a security-restricted operation: what runs there is not what the session''s role asked for.';
REVOKE ALL ON FUNCTION tenancy.refuse_restricted_operation() FROM PUBLIC;

CREATE FUNCTION tenancy.require_operator(organization_id uuid) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  -- Within SECURITY DEFINER functions current_user is their owner; this one still tells who called.
  caller CONSTANT name := CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END;
  current_organization CONSTANT uuid := tenancy.current_org_id();
BEGIN
  PERFORM tenancy.refuse_restricted_operation();
  IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = caller) THEN
    NULL;
  ELSIF pg_has_role(caller, 'crm_admin', 'USAGE')
        AND coalesce(current_organization = require_operator.organization_id, current_organization IS NULL) THEN
    NULL;
  ELSIF current_organization = require_operator.organization_id
        AND EXISTS (SELECT FROM tenancy.organization_members AS m
                      JOIN tenancy.users AS u ON u.id = m.user_id
                     WHERE m.organization_id = require_operator.organization_id
                       AND m.user_id = tenancy.current_user_id()
                       AND m.role = 'owner' AND m.status = 'active'
                       AND u.disabled_at IS NULL AND u.deleted_at IS NULL) THEN
    NULL;
  ELSE
    RAISE insufficient_privilege USING
      MESSAGE = 'not allowed for this organization as a whole',
      HINT = 'Its owners may, in its context; members of crm_admin, in its context or in none; superusers.';
  END IF;
  PERFORM FROM tenancy.organizations AS o WHERE o.id = require_operator.organization_id;
  IF NOT FOUND THEN
    RAISE no_data_found USING MESSAGE = format('there is no organization %s', require_operator.organization_id);
  END IF;
END
$function$;
COMMENT ON FUNCTION tenancy.require_operator(uuid) IS
'Error 42501 unless the caller is a superuser, a member of crm_admin in the organization''s context or in none, or, in its context, one of its active owners, and in maintenance that runs a table owner''s code for somebody else (ANALYZE, REINDEX); then P0002 where there is no such organization.';
REVOKE ALL ON FUNCTION tenancy.require_operator(uuid) FROM PUBLIC;

-- What is read with a superuser's rights is planned with them, and the planner calls functions with
-- constant arguments in a table's indexes, checks, statistics and partition key.
CREATE FUNCTION tenancy.refuse_foreign_code(target regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  foreign_code record;
BEGIN
  WITH RECURSIVE relations (oid) AS (
    SELECT target::oid
    UNION
    SELECT i.inhrelid FROM relations AS r JOIN pg_inherits AS i ON i.inhparent = r.oid)
  SELECT c.oid::regclass AS relation, p.oid::regprocedure AS routine
    INTO foreign_code
    FROM relations AS r
    JOIN pg_class AS c ON c.oid = r.oid
    JOIN pg_roles AS owner ON owner.oid = c.relowner AND NOT owner.rolsuper
   CROSS JOIN LATERAL (
         SELECT 'pg_class'::regclass, c.oid
          UNION ALL
         SELECT 'pg_class'::regclass, x.indexrelid FROM pg_index AS x WHERE x.indrelid = c.oid
          UNION ALL
         SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint AS k WHERE k.conrelid = c.oid
          UNION ALL
         SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext AS s WHERE s.stxrelid = c.oid) AS part (classid, objid)
    JOIN pg_depend AS d ON d.classid = part.classid AND d.objid = part.objid
    LEFT JOIN pg_operator AS o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
    JOIN pg_proc AS p ON p.oid = CASE d.refclassid WHEN 'pg_proc'::regclass THEN d.refobjid ELSE o.oprcode END
    JOIN pg_roles AS author ON author.oid = p.proowner AND NOT author.rolsuper
   LIMIT 1;
  IF FOUND THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('function %s would run with a superuser''s rights', foreign_code.routine),
      DETAIL = format('An index, a check, statistics or the partition key of table %s calls it.', foreign_code.relation),
      HINT = 'Drop what calls it, or give the function or the table to a superuser.';
  END IF;
END
$function$;
COMMENT ON FUNCTION tenancy.refuse_foreign_code(regclass) IS
'Error 55000 where to read the table as a superuser could call a function that is no superuser''s: one that an index, a check, statistics or the partition key of a table of somebody else''s calls, partitions and children included.';
REVOKE ALL ON FUNCTION tenancy.refuse_foreign_code(regclass) FROM PUBLIC;

CREATE FUNCTION tenancy.export_organization(organization_id uuid)
RETURNS TABLE (table_name text, row_data jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET datestyle = 'ISO, YMD'
SET intervalstyle = 'postgres'
SET extra_float_digits = 1
AS $function$
DECLARE
  source record;
  foreign_cast text;
BEGIN
  PERFORM tenancy.require_operator(organization_id);
  -- to_jsonb() calls a type's cast to json, here with a superuser's rights.
  SELECT format('%s to json', format_type(k.castsource, NULL)) INTO foreign_cast
    FROM pg_cast AS k
    JOIN pg_proc AS p ON p.oid = k.castfunc
    JOIN pg_roles AS r ON r.oid = p.proowner
   WHERE k.casttarget = 'json'::regtype AND NOT r.rolsuper
   LIMIT 1;
  IF foreign_cast IS NOT NULL THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('the cast from %s would run with a superuser''s rights', foreign_cast),
      HINT = 'Drop the cast, or give its function to a superuser.';
  END IF;

  RETURN QUERY
    SELECT 'tenancy.organizations', to_jsonb(o) FROM tenancy.organizations AS o WHERE o.id = $1;
  RETURN QUERY
    SELECT 'tenancy.users', to_jsonb(u)
      FROM tenancy.users AS u
     WHERE u.id IN (SELECT m.user_id FROM tenancy.organization_members AS m WHERE m.organization_id = $1)
     ORDER BY u.id;
  FOR source IN
    SELECT t.target, t.secrets,
           coalesce((SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY array_position(i.indkey::smallint[], a.attnum))
                       FROM pg_index AS i
                       JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                      WHERE i.indrelid = t.target AND i.indisprimary),
                    't::text') AS sorting
      FROM tenancy.organization_tables() AS t
  LOOP
    PERFORM tenancy.refuse_foreign_code(source.target);
    RETURN QUERY EXECUTE format('SELECT %L, to_jsonb(t) - $2 FROM %s AS t WHERE t.organization_id = $1 ORDER BY %s',
                                source.target::text, source.target, source.sorting)
      USING organization_id, source.secrets;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION tenancy.export_organization(uuid) IS
'Everything that is the organization''s, as of one moment: its own row, its members'' rows of tenancy.users, and its rows of every table with a column organization_id, in the order of their keys, times in UTC. Digests of tokens, ciphertexts and payment providers'' tokens are left out, and so are passwords and sign-in codes. Private notes are in it. For its owners, crm_admin and superusers (42501), see tenancy.require_operator(); P0002 where there is none.';
REVOKE ALL ON FUNCTION tenancy.export_organization(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.export_organization(uuid) TO crm_app, crm_admin;

CREATE FUNCTION tenancy.delete_rows(target regclass, organization_id uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  relation record;
  found_row boolean;
  deletion CONSTANT text := format('DELETE FROM %s WHERE organization_id = %L', target, organization_id);
BEGIN
  SELECT r.rolsuper, c.relforcerowsecurity,
         EXISTS (SELECT FROM pg_constraint AS k WHERE k.confrelid = c.oid AND k.contype = 'f') AS is_referenced
    INTO relation
    FROM pg_class AS c
    JOIN pg_roles AS r ON r.oid = c.relowner
   WHERE c.oid = target;
  IF relation.rolsuper THEN
    EXECUTE deletion;
    RETURN;
  END IF;
  -- Somebody else's triggers must not run as a superuser.
  PERFORM tenancy.refuse_foreign_code(target);
  EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE organization_id = $1)', target) INTO found_row USING organization_id;
  IF NOT found_row THEN
    RETURN;
  END IF;
  IF relation.is_referenced THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('table %s holds rows of organization %s, and other tables refer to it', target, organization_id),
      HINT = 'Delete them first, or give the table a foreign key to tenancy.organizations with ON DELETE CASCADE.';
  END IF;
  PERFORM maint.execute_as_owner(target, CASE WHEN relation.relforcerowsecurity THEN
      ARRAY[format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', target), deletion,
            format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target)]
    ELSE ARRAY[deletion] END);
END
$function$;
COMMENT ON FUNCTION tenancy.delete_rows(regclass, uuid) IS
'Deletes an organization''s rows of one table; with the rights of its owner, and then without triggers, where that is no superuser. Error 55000 where such a table is referred to.';
REVOKE ALL ON FUNCTION tenancy.delete_rows(regclass, uuid) FROM PUBLIC;

CREATE FUNCTION tenancy.clear_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  hold record;
  blockers regclass[];
  blocked regclass[];
  remaining regclass[];
  next_table regclass;
  foreign_trigger record;
BEGIN
  SELECT h.name, h.reason INTO hold
    FROM maint.legal_holds AS h
   WHERE (h.organization_id = OLD.id OR h.organization_id IS NULL) AND h.released_at IS NULL
   ORDER BY h.placed_at
   LIMIT 1;
  IF FOUND THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('organization %s is under legal hold', OLD.id),
      DETAIL = format('Hold "%s": %s', hold.name, hold.reason),
      HINT = 'Release the hold in maint.legal_holds first, if it may be released.';
  END IF;

  -- What cascades is deleted with the rights of each table's owner, but its AFTER triggers fire with
  -- those of who deletes the organization.
  WITH RECURSIVE reached (oid) AS (
    SELECT 'tenancy.organizations'::regclass::oid
    UNION
    SELECT k.conrelid
      FROM reached AS r
      JOIN pg_constraint AS k ON k.confrelid = r.oid AND k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd'))
  SELECT g.tgname AS name, c.oid::regclass AS relation
    INTO foreign_trigger
    FROM reached AS r
    JOIN pg_class AS c ON c.oid = r.oid
    JOIN pg_roles AS owner ON owner.oid = c.relowner AND NOT owner.rolsuper
    JOIN pg_trigger AS g ON g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A')
     AND g.tgtype & 66 = 0 AND g.tgtype & 24 <> 0 -- neither BEFORE nor INSTEAD OF; DELETE or UPDATE
    JOIN pg_proc AS p ON p.oid = g.tgfoid
    JOIN pg_roles AS author ON author.oid = p.proowner AND NOT author.rolsuper
   LIMIT 1;
  IF FOUND THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('trigger "%s" of table %s would run with the rights of who deletes the organization', foreign_trigger.name, foreign_trigger.relation),
      HINT = 'Make it a BEFORE trigger, or give its function or the table to a superuser.';
  END IF;

  -- Who restricts a row also restricts the row that would take it along.
  WITH RECURSIVE keys AS (
    SELECT k.conrelid, k.confrelid, k.confdeltype
      FROM pg_constraint AS k
     WHERE k.contype = 'f' AND k.conparentid = 0),
  blocks (blocker, blocked) AS (
    SELECT k.conrelid, k.confrelid FROM keys AS k WHERE k.confdeltype IN ('r', 'a')
    UNION
    SELECT b.blocker, k.confrelid FROM blocks AS b JOIN keys AS k ON k.conrelid = b.blocked AND k.confdeltype = 'c')
  SELECT array_agg(b.blocker::regclass), array_agg(b.blocked::regclass)
    INTO blockers, blocked
    FROM blocks AS b
   WHERE b.blocker <> b.blocked
     AND b.blocker IN (SELECT t.target FROM tenancy.organization_tables() AS t);
  remaining := ARRAY(SELECT DISTINCT b FROM unnest(blockers) AS b ORDER BY b);
  WHILE cardinality(remaining) > 0 LOOP
    SELECT r INTO next_table
      FROM unnest(remaining) AS r
     ORDER BY EXISTS (SELECT FROM unnest(blockers, blocked) AS p (blocker, blocked)
                       WHERE p.blocked = r AND p.blocker = ANY (remaining)), r
     LIMIT 1;
    PERFORM tenancy.delete_rows(next_table, OLD.id);
    remaining := array_remove(remaining, next_table);
  END LOOP;
  RETURN OLD;
END
$function$;
COMMENT ON FUNCTION tenancy.clear_organization() IS
'Trigger on tenancy.organizations, BEFORE DELETE FOR EACH ROW: first deletes the organization''s rows that by a foreign key of theirs restrict the deletion of others, so that the rest can cascade. Error 55000 where a legal hold reaches it, or where a trigger of somebody else''s would run with the deleting role''s rights.';
REVOKE ALL ON FUNCTION tenancy.clear_organization() FROM PUBLIC;

CREATE FUNCTION tenancy.delete_organization(organization_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  source record;
  -- What audit.remove_organization() removes.
  ledgers CONSTANT regclass[] := '{audit.audit_logs,audit.record_versions,audit.security_events,audit.chain_heads}';
  rows_found bigint;
  counts jsonb := '{}';
  users uuid[];
BEGIN
  PERFORM tenancy.require_operator(organization_id);
  -- No row of the organization can be added from here on, nor a user of these join another one.
  PERFORM FROM tenancy.organizations AS o WHERE o.id = $1 FOR UPDATE;
  PERFORM FROM tenancy.users AS u
    WHERE u.id IN (SELECT m.user_id FROM tenancy.organization_members AS m WHERE m.organization_id = $1)
    ORDER BY u.id
      FOR UPDATE;
  users := ARRAY(
    SELECT m.user_id
      FROM tenancy.organization_members AS m
     WHERE m.organization_id = $1
       AND NOT EXISTS (SELECT FROM tenancy.organization_members AS other
                        WHERE other.user_id = m.user_id AND other.organization_id <> $1));

  FOR source IN SELECT t.target FROM tenancy.organization_tables() AS t
                 WHERE t.target NOT IN ('tenancy.sessions'::regclass)
                   AND t.target <> ALL (ledgers) LOOP
    PERFORM tenancy.refuse_foreign_code(source.target);
    EXECUTE format('SELECT count(*) FROM %s AS t WHERE t.organization_id = $1', source.target) INTO rows_found USING organization_id;
    IF rows_found > 0 THEN
      counts := counts || jsonb_build_object(source.target::text, rows_found);
    END IF;
  END LOOP;

  DELETE FROM tenancy.organizations AS o WHERE o.id = $1;
  FOR source IN SELECT t.target FROM tenancy.organization_tables() AS t
                 WHERE t.after_cascade AND t.target <> ALL (ledgers) LOOP
    PERFORM tenancy.delete_rows(source.target, organization_id);
  END LOOP;
  DELETE FROM tenancy.users AS u WHERE u.id = ANY (users);
  -- Last: what was deleted above may have been recorded there.
  counts := counts || audit.remove_organization(organization_id)
    || jsonb_build_object('tenancy.organizations', 1)
    || CASE WHEN users = '{}' THEN '{}' ELSE jsonb_build_object('tenancy.users', cardinality(users)) END;

  INSERT INTO audit.audit_logs (organization_id, user_id, category, action, resource, actor_kind, detail)
  VALUES (NULL, NULL, 'compliance', 'organization.deleted', 'organization', 'database',
          jsonb_build_object('sha256', encode(sha256(convert_to(organization_id::text, 'UTF8')), 'hex'), 'rows', counts));
  RETURN counts;
END
$function$;
COMMENT ON FUNCTION tenancy.delete_organization(uuid) IS
'Erases the organization in one transaction: its rows in every table with a column organization_id, users'' own tables and the audit ledgers included, and the users who are members of no other; users who are lose only their membership. Returns rows deleted by table. What stays is an entry of no organization in audit.audit_logs with these numbers and SHA-256 of the id. A plain DELETE of the organization keeps the audit ledgers and the users. For its owners, crm_admin and superusers (42501), see tenancy.require_operator(); P0002 where there is none, 55000 under a legal hold.';
REVOKE ALL ON FUNCTION tenancy.delete_organization(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.delete_organization(uuid) TO crm_app, crm_admin;
