-- What the making, filling and retiring of a partition consist of. What strings them together is in
-- functions_steps.sql.

-- A hold on an organization or a contact reaches a partition that has rows of it. Where that cannot be
-- seen, the partition is kept.
CREATE FUNCTION maint.is_held(parent regclass, partition regclass, lower_bound timestamptz, upper_bound timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  source record;
  hold record;
  has_rows text;
BEGIN
  IF NOT EXISTS (SELECT FROM maint.legal_holds AS h WHERE h.released_at IS NULL) THEN
    RETURN false;
  END IF;
  SELECT c.relkind, c.relforcerowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls AS is_hidden,
         EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'organization_id'
                    AND a.atttypid = 'uuid'::regtype AND a.attnum > 0 AND NOT a.attisdropped) AS has_organization,
         EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'contact_id'
                    AND a.atttypid = 'uuid'::regtype AND a.attnum > 0 AND NOT a.attisdropped) AS has_contact
    INTO source
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    JOIN pg_roles AS r ON r.oid = c.relowner
   WHERE i.inhrelid = is_held.partition AND i.inhparent = is_held.parent;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  FOR hold IN
    SELECT h.target, h.organization_id, h.contact_id
      FROM maint.legal_holds AS h
     WHERE h.released_at IS NULL
       AND (h.target IS NULL OR h.target IN (is_held.parent, is_held.partition))
       AND (h.from_time IS NULL OR h.from_time < is_held.upper_bound)
       AND (h.until_time IS NULL OR h.until_time > is_held.lower_bound)
     ORDER BY h.organization_id NULLS FIRST
  LOOP
    IF hold.organization_id IS NULL THEN
      RETURN true;
    ELSIF NOT source.has_organization THEN
      -- Rows that are no organization's are held where a hold names their table.
      IF hold.target IS NOT NULL THEN
        RETURN true;
      END IF;
    ELSIF source.is_hidden OR source.relkind NOT IN ('r', 'p') THEN
      RETURN true;
    ELSE
      has_rows := maint.read_as_owner(partition, format('SELECT (EXISTS (SELECT FROM %s WHERE organization_id = %L%s))::text',
        partition, hold.organization_id,
        CASE WHEN source.has_contact AND hold.contact_id IS NOT NULL THEN format(' AND contact_id = %L', hold.contact_id) ELSE '' END));
      IF has_rows = 'true' THEN
        RETURN true;
      END IF;
    END IF;
  END LOOP;
  RETURN false;
END
$function$;
COMMENT ON FUNCTION maint.is_held(regclass, regclass, timestamptz, timestamptz) IS
'Whether a legal hold that is in force reaches a partition of the table, with these bounds. A hold on a contact reaches rows of its organization where they have no column contact_id.';
REVOKE ALL ON FUNCTION maint.is_held(regclass, regclass, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.is_held(regclass, regclass, timestamptz, timestamptz) TO crm_admin;

CREATE FUNCTION maint.policy_statements(source regclass, target text) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT d.statement FROM tenancy.policy_definitions(source, target) AS d ORDER BY d.policy
$function$;
COMMENT ON FUNCTION maint.policy_statements(regclass, text) IS
'The statements that give a table the row-level security policies of another.';

-- In PL/pgSQL like all that a change calls: a function in SQL is planned anew by every statement.
CREATE FUNCTION maint.bound_literal(bound timestamptz, key_type regtype) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD'
SET timezone = 'UTC'
AS $function$
BEGIN
  RETURN CASE key_type
           WHEN 'timestamptz'::regtype THEN bound::text
           WHEN 'timestamp'::regtype THEN (bound AT TIME ZONE 'UTC')::text
           ELSE (bound AT TIME ZONE 'UTC')::date::text
         END;
END
$function$;
COMMENT ON FUNCTION maint.bound_literal(timestamptz, regtype) IS
'A partition''s bound as a literal of the key''s type, in UTC whatever the session''s time zone.';

-- LIKE and ATTACH lock the parent less than PARTITION OF does: readers go on. What LIKE leaves out is
-- as on the parent, and what a partitioned table cannot have (storage parameters) as on the partition
-- that was made last.
CREATE FUNCTION maint.creation_statements(parent regclass, partition_name text) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  source record;
  partition text;
  options text;
BEGIN
  SELECT n.nspname, c.relnamespace, c.relowner, c.relpersistence, c.relreplident, c.relrowsecurity, c.relforcerowsecurity,
         p.partdefid, m.amname, t.spcname, d.description AS comment
    INTO STRICT source
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_partitioned_table AS p ON p.partrelid = c.oid
    LEFT JOIN pg_am AS m ON m.oid = c.relam
    LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
    LEFT JOIN pg_description AS d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
   WHERE c.oid = parent;
  partition := format('%I.%I', source.nspname, partition_name);
  SELECT string_agg(format('%s%I = %L', o.prefix, split_part(o.option, '=', 1), substr(o.option, strpos(o.option, '=') + 1)), ', ')
    INTO options
    FROM (SELECT c.reloptions, c.reltoastrelid
            FROM pg_inherits AS i
            JOIN pg_class AS c ON c.oid = i.inhrelid
           WHERE i.inhparent = parent AND i.inhrelid <> source.partdefid AND c.relkind = 'r'
           ORDER BY i.inhrelid DESC
           LIMIT 1) AS latest
    LEFT JOIN pg_class AS toast ON toast.oid = latest.reltoastrelid
   CROSS JOIN LATERAL (SELECT '' AS prefix, unnest(latest.reloptions) AS option
                       UNION ALL
                       SELECT 'toast.', unnest(toast.reloptions)) AS o;

  RETURN array_remove(ARRAY[format('CREATE %sTABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)%s%s%s',
                      CASE source.relpersistence WHEN 'u' THEN 'UNLOGGED ' END, partition, parent,
                      ' USING ' || quote_ident(source.amname), ' WITH (' || options || ')',
                      ' TABLESPACE ' || quote_ident(source.spcname))]
    -- A partition read directly skips its parent's policies and grants: it gets the policies and no
    -- grant at all, whatever the owner's default privileges say.
    || ARRAY(SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', partition,
                                    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
               FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a
              WHERE d.defaclrole = source.relowner AND d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, source.relnamespace)
                AND a.grantee <> source.relowner)
    || ARRAY(SELECT format('ALTER TABLE %s ALTER COLUMN %I SET %s', partition, a.attname, o.setting)
               FROM pg_attribute AS a
              CROSS JOIN LATERAL (VALUES ('STATISTICS ' || a.attstattarget), ('(' || array_to_string(a.attoptions, ', ') || ')')) AS o (setting)
              WHERE a.attrelid = parent AND a.attnum > 0 AND NOT a.attisdropped
                AND o.setting <> 'STATISTICS -1') -- NULL, where nothing is set, neither
    || CASE source.relreplident
         WHEN 'f' THEN ARRAY[format('ALTER TABLE %s REPLICA IDENTITY FULL', partition)]
         WHEN 'n' THEN ARRAY[format('ALTER TABLE %s REPLICA IDENTITY NOTHING', partition)]
       END
    || ('COMMENT ON TABLE ' || partition || ' IS ' || quote_literal(source.comment))
    || CASE WHEN source.relrowsecurity THEN ARRAY[format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition)] END
    || CASE WHEN source.relforcerowsecurity THEN ARRAY[format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition)] END
    || CASE WHEN EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = parent)
            THEN ARRAY(SELECT maint.policy_statements(parent, partition)) END, NULL);
END
$function$;
COMMENT ON FUNCTION maint.creation_statements(regclass, text) IS
'The statements that make a table to be a partition of another, with its row-level security and policies, comments, replica identity, statistics targets and tablespace, and without grants.';

CREATE FUNCTION maint.attach_statements(parent regclass, partition text, lower_bound timestamptz, upper_bound timestamptz)
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  key_type CONSTANT regtype := (SELECT k.atttypid
                                  FROM pg_partitioned_table AS p
                                  JOIN pg_attribute AS k ON k.attrelid = p.partrelid AND k.attnum = p.partattrs[0]
                                 WHERE p.partrelid = parent);
BEGIN
  RETURN ARRAY[format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, partition,
                      CASE WHEN lower_bound IS NULL THEN 'DEFAULT'
                           ELSE format('FOR VALUES FROM (%L) TO (%L)',
                                       maint.bound_literal(lower_bound, key_type), maint.bound_literal(upper_bound, key_type)) END)];
END
$function$;
COMMENT ON FUNCTION maint.attach_statements(regclass, text, timestamptz, timestamptz) IS
'The statement that makes a table a partition of another, the default one where the bounds are NULL.';

-- Indexes come with ATTACH.
CREATE FUNCTION maint.set_replica_identity_index(parent regclass, partition regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  index_name text;
BEGIN
  SELECT quote_ident(c.relname) INTO index_name
    FROM pg_index AS p
    JOIN pg_inherits AS i ON i.inhparent = p.indexrelid
    JOIN pg_index AS x ON x.indexrelid = i.inhrelid AND x.indrelid = partition
    JOIN pg_class AS c ON c.oid = x.indexrelid
   WHERE p.indrelid = parent AND p.indisreplident;
  IF FOUND THEN
    PERFORM maint.execute_as_owner(parent, ARRAY[format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %s', partition, index_name)]);
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.set_replica_identity_index(regclass, regclass) IS
'Gives a partition the replica identity of its table, where that is an index.';
REVOKE ALL ON FUNCTION maint.set_replica_identity_index(regclass, regclass) FROM PUBLIC;

-- In the order in which others take them: a table, its partitions, what they refer to.
CREATE FUNCTION maint.lock_for_change(parent regclass, mode text, partitions regclass[], keys boolean, timeout interval) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  relations oid[];
  modes text[];
BEGIN
  SELECT array_agg(r.relation ORDER BY r.position, r.relation), array_agg(r.mode ORDER BY r.position, r.relation)
    INTO relations, modes
    FROM (SELECT 1 AS position, lock_for_change.parent::oid AS relation, lock_for_change.mode AS mode
          UNION ALL
          SELECT 2, p.partdefid, 'ACCESS EXCLUSIVE' FROM pg_partitioned_table AS p WHERE p.partrelid = parent AND p.partdefid <> 0
          UNION ALL
          SELECT 3, unnest(partitions)::oid, 'ACCESS EXCLUSIVE'
          UNION ALL
          SELECT DISTINCT 4, f.confrelid, 'SHARE ROW EXCLUSIVE' FROM pg_constraint AS f
           WHERE keys AND f.conrelid = parent AND f.contype = 'f' AND f.confrelid <> parent) AS r;
  PERFORM maint.lock_relations(relations, modes, (extract(epoch FROM timeout) * 1000)::integer);
END
$function$;
COMMENT ON FUNCTION maint.lock_for_change(regclass, text, regclass[], boolean, interval) IS
'Locks a partitioned table in the given mode, its default partition and the given ones wholly, and where keys is true the tables that its foreign keys name against writing; waits for all together no longer than the timeout (55P03).';
REVOKE ALL ON FUNCTION maint.lock_for_change(regclass, text, regclass[], boolean, interval) FROM PUBLIC;

-- Called with the default partition locked. Its owner reads and moves rows of all organizations;
-- nobody else sees the tables meanwhile.
CREATE FUNCTION maint.move_from_default(
  parent regclass, partition text, lower_bound timestamptz, upper_bound timestamptz, max_rows integer)
RETURNS timestamptz
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD'
SET timezone = 'UTC'
AS $function$
DECLARE
  source record;
  key text;
  condition text;
  columns text;
  piece timestamptz;
BEGIN
  SELECT d.oid::regclass AS holding, quote_ident(k.attname) AS key_column, k.atttypid::regtype AS key_type,
         d.relkind = 'r' AND pg_relation_size(d.oid) = 0 AS is_empty,
         array_remove(ARRAY[CASE WHEN d.relforcerowsecurity THEN d.oid::regclass::text END,
                            CASE WHEN t.relforcerowsecurity THEN partition END], NULL) AS forced
    INTO source
    FROM pg_partitioned_table AS p
    JOIN pg_attribute AS k ON k.attrelid = p.partrelid AND k.attnum = p.partattrs[0]
    JOIN pg_class AS d ON d.oid = p.partdefid
    JOIN pg_class AS t ON t.oid = partition::regclass
   WHERE p.partrelid = parent;
  IF NOT FOUND OR source.is_empty THEN
    RETURN upper_bound;
  END IF;
  PERFORM maint.execute_as_owner(parent,
    ARRAY(SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', t) FROM unnest(source.forced) AS t));

  condition := format('%1$s >= %2$L AND %1$s < %3$L', source.key_column,
                      maint.bound_literal(lower_bound, source.key_type), maint.bound_literal(upper_bound, source.key_type));
  piece := upper_bound;
  IF max_rows IS NOT NULL THEN
    -- The piece ends before the first row that is too many; where all up to it are of one instant,
    -- after that.
    key := CASE source.key_type WHEN 'timestamptz'::regtype THEN '%1$s' ELSE '%1$s::timestamp AT TIME ZONE ''UTC''' END;
    FOREACH condition IN ARRAY ARRAY[
      condition,
      format('%1$s > %2$L AND %1$s < %3$L', source.key_column,
             maint.bound_literal(lower_bound, source.key_type), maint.bound_literal(upper_bound, source.key_type))]
    LOOP
      piece := coalesce(maint.read_as_owner(parent, format('SELECT (' || key || ')::text FROM %2$s WHERE %3$s ORDER BY %1$s OFFSET %4$s LIMIT 1',
        source.key_column, source.holding, condition, max_rows))::timestamptz, upper_bound);
      EXIT WHEN piece > lower_bound;
      -- More rows of the first instant than one batch: they move together.
      max_rows := 0;
    END LOOP;
    condition := format('%1$s >= %2$L AND %1$s < %3$L', source.key_column,
                        maint.bound_literal(lower_bound, source.key_type), maint.bound_literal(piece, source.key_type));
  END IF;
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
    FROM pg_attribute AS a
   WHERE a.attrelid = parent AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
  PERFORM maint.execute_as_owner(parent,
    ARRAY[format('WITH moved AS (DELETE FROM %1$s WHERE %2$s RETURNING %3$s) INSERT INTO %4$s (%3$s) OVERRIDING SYSTEM VALUE SELECT %3$s FROM moved',
                 source.holding, condition, columns, partition)]
    || ARRAY(SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t) FROM unnest(source.forced) AS t));
  RETURN piece;
END
$function$;
COMMENT ON FUNCTION maint.move_from_default(regclass, text, timestamptz, timestamptz, integer) IS
'Moves rows of the range from the default partition into a table that is not attached yet: at most max_rows, the earliest, and what is of the same instant; all where it is NULL. Returns up to where they are moved.';
REVOKE ALL ON FUNCTION maint.move_from_default(regclass, text, timestamptz, timestamptz, integer) FROM PUBLIC;
