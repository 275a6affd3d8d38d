-- What every role's DDL fires. Whatever goes wrong here is a WARNING: the statement itself stands.

CREATE FUNCTION tenancy.keep_org_isolation() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '1s' -- a child of a child may be in use
SET jit = off -- compiling and planning take longer than all else here
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
  made oid[];
  touched oid[];
  item record;
BEGIN
  SELECT array_agg(DISTINCT c.objid),
         array_agg(DISTINCT c.objid) FILTER (WHERE c.command_tag NOT LIKE 'ALTER%' AND NOT c.in_extension)
    INTO touched, made
    FROM pg_event_trigger_ddl_commands() AS c
   WHERE c.classid = 'pg_class'::regclass AND c.object_type IN ('table', 'foreign table');
  IF touched IS NULL THEN
    RETURN;
  END IF;

  FOR item IN
    -- What this transaction put below an isolated table, and all that is below that.
    WITH RECURSIVE family (oid, depth) AS (
      SELECT i.inhrelid, 0
        FROM pg_inherits AS i
       WHERE (i.inhrelid = ANY (touched) OR i.inhparent = ANY (touched))
         AND age(i.xmin) <= 0
         AND EXISTS (SELECT FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid AND p.polname = 'org_isolation'
                      WHERE c.oid = i.inhparent AND c.relrowsecurity)
       UNION
      SELECT i.inhrelid, f.depth + 1 FROM family AS f JOIN pg_inherits AS i ON i.inhparent = f.oid)
    SELECT c.oid::regclass AS child, c.relkind <> 'f' AS has_policies
      FROM family AS f
      JOIN pg_class AS c ON c.oid = f.oid AND c.relpersistence <> 't'
     WHERE NOT maint.is_installing()
     GROUP BY c.oid, c.relkind
     ORDER BY max(f.depth), c.oid
  LOOP
    -- Closed first: an owner who may not use schema tenancy cannot make the policies, and without
    -- them nothing is visible.
    BEGIN
      PERFORM maint.execute_as_owner(item.child, tenancy.closing_statements(item.child));
      IF item.has_policies THEN
        PERFORM tenancy.inherit_policies(item.child);
      END IF;
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING USING
        MESSAGE = format('table %s does not have the isolation of the table that it belongs to: %s', item.child, SQLERRM),
        HINT = 'SELECT * FROM tenancy.org_isolation_report()';
    END;
  END LOOP;

  FOR item IN
    SELECT c.oid::regclass AS relation, c.relkind, n.nspname, a.attnum IS NOT NULL AS has_organization
      FROM unnest(made) AS m (oid)
      JOIN pg_class AS c ON c.oid = m.oid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
     WHERE c.relpersistence <> 't' AND NOT c.relrowsecurity
       AND (c.relkind <> 'f' OR a.attnum IS NOT NULL)
       AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid)
       AND EXISTS (SELECT FROM pg_policy AS p
                    WHERE p.polname = 'org_isolation'
                      AND (SELECT s.relnamespace FROM pg_class AS s WHERE s.oid = p.polrelid AND s.relrowsecurity) = c.relnamespace)
       AND NOT maint.is_installing()
  LOOP
    RAISE WARNING USING
      MESSAGE = format('table %s is not isolated, and others of schema %I are', item.relation, item.nspname),
      DETAIL = CASE WHEN item.relkind = 'f' THEN 'Row-level security does not bind foreign tables.'
                    WHEN item.has_organization THEN 'Who may read it reads the rows of all organizations.'
                    ELSE 'It has no column organization_id.' END,
      HINT = CASE WHEN item.relkind = 'f' THEN 'Let a function read it that filters by tenancy.current_org_id(), and nobody else.'
                  WHEN item.has_organization THEN format('SELECT tenancy.enable_org_isolation(%L)', item.relation)
                  ELSE format('Where its rows are organizations'': ALTER TABLE %1$s ADD COLUMN organization_id uuid NOT NULL; SELECT tenancy.enable_org_isolation(%1$L)', item.relation) END;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION tenancy.keep_org_isolation() IS
'Event trigger on statements that make or alter tables: partitions and inheritance children of an isolated table get its row-level security and policies, and partitions lose the privileges of the group roles and of PUBLIC, with the rights of their owner; a new table beside isolated ones that is none is warned of. Never an error.';
REVOKE ALL ON FUNCTION tenancy.keep_org_isolation() FROM PUBLIC;

CREATE FUNCTION tenancy.inherit_policies(child regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM maint.execute_as_owner(child, tenancy.inherited_policy_statements(child));
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING USING
    MESSAGE = format('table %s is closed, but does not have the policies of the table that it belongs to: %s', child, SQLERRM),
    DETAIL = 'Read past that table it shows no rows to anybody.',
    HINT = array_to_string(tenancy.inherited_policy_statements(child), '; ');
END
$function$;
COMMENT ON FUNCTION tenancy.inherit_policies(regclass) IS
'Gives a partition or inheritance child the policies of its parents, with the rights of its owner; where these do not suffice, that is a WARNING.';
REVOKE ALL ON FUNCTION tenancy.inherit_policies(regclass) FROM PUBLIC;
