-- Estimates of what tables and indexes would take if they were packed anew, and what follows from them.
-- The widths of values are in pg_statistic, which the views over it hide from everybody where a table
-- has row-level security. So these two run as their owner; they tell widths, never values.

-- A B-tree's leaf pages, as nbtree lays them out: a page header of 24 bytes and 16 of the B-tree's own, a
-- line pointer of 4 bytes for each tuple, a tuple header of 8 (16 with a bitmap of NULLs), data aligned
-- to 8. Where equal keys are merged, a tuple stands for at most some 130 rows of 6 bytes each.
CREATE FUNCTION maint.estimate_index_bloat()
RETURNS TABLE (
  index_oid oid, schema_name text, table_name text, index_name text, size_bytes bigint, expected_bytes bigint, fill_factor integer)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH settings AS (
    SELECT current_setting('block_size')::numeric AS block
  ), indexes AS MATERIALIZED (
    SELECT i.indexrelid, i.indrelid, i.indnatts, i.indnkeyatts, n.nspname, t.relname AS table_name, c.relname AS index_name,
           c.reltuples::numeric AS tuples, pg_relation_size(c.oid) AS size, t.reltuples::numeric AS table_tuples,
           coalesce(substring(array_to_string(c.reloptions, ' ') FROM 'fillfactor=([0-9]+)')::integer, 90) AS fill,
           -- Merged are equal keys of types that say that equal is the same, in no unique index.
           NOT i.indisunique
             AND i.indnatts = i.indnkeyatts
             AND coalesce(array_to_string(c.reloptions, ' ') !~ 'deduplicate_items=(off|false|no|0)', true)
             AND NOT EXISTS (SELECT FROM unnest(i.indclass::oid[]) AS o (opclass)
                               JOIN pg_opclass AS k ON k.oid = o.opclass
                              WHERE NOT EXISTS (SELECT FROM pg_amproc AS p
                                                 WHERE p.amprocfamily = k.opcfamily AND p.amproclefttype = k.opcintype
                                                   AND p.amprocrighttype = k.opcintype AND p.amprocnum = 4))
             AND NOT EXISTS (SELECT FROM unnest(i.indcollation::oid[]) AS l (oid)
                               JOIN pg_collation AS k ON k.oid = l.oid
                              WHERE NOT k.collisdeterministic) AS merges
      FROM pg_index AS i
      JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
      JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
      JOIN pg_class AS t ON t.oid = i.indrelid
      JOIN pg_namespace AS n ON n.oid = t.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname !~ '^pg_(toast|temp)'
       AND i.indisvalid
       AND c.reltuples >= 0
       AND pg_relation_size(c.oid) > 16 * current_setting('block_size')::integer -- smaller ones do not matter
  ), columns AS (
    SELECT x.indexrelid, a.attnum <= x.indnkeyatts AS is_key, s.stanullfrac::numeric AS null_share,
           -- Types of fixed length begin at a multiple of their alignment.
           CASE WHEN a.attlen > 0 THEN ceil(a.attlen::numeric / g.align) * g.align ELSE s.stawidth END AS width,
           -- Negative: a share of the rows.
           CASE WHEN s.stadistinct < 0 THEN -s.stadistinct::numeric * greatest(x.table_tuples, x.tuples) ELSE s.stadistinct::numeric END AS distinct_values
      FROM indexes AS x
      JOIN pg_index AS i ON i.indexrelid = x.indexrelid
      JOIN pg_attribute AS a ON a.attrelid = x.indexrelid AND a.attnum > 0
     CROSS JOIN LATERAL (SELECT CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END AS align) AS g
     -- Of an expression the statistics are the index's own. A partition's are not those of its parent.
     CROSS JOIN LATERAL (SELECT nullif((i.indkey::smallint[])[a.attnum - 1], 0) AS attnum) AS t
      LEFT JOIN pg_statistic AS s ON s.starelid = CASE WHEN t.attnum IS NULL THEN x.indexrelid ELSE x.indrelid END
       AND s.staattnum = coalesce(t.attnum, a.attnum) AND NOT s.stainherit
  ), shares AS (
    -- Rows without any NULL, and the others: as if columns were independent, and NULL in those together.
    SELECT c.indexrelid,
           bool_and(c.width IS NOT NULL AND c.null_share IS NOT NULL) AS known,
           1 - exp(sum(ln(greatest(1 - c.null_share, 0.000001)))) AS null_share,
           8 + ceil(sum(c.width) / 8) * 8 AS full_bytes,
           16 + ceil(coalesce(sum(c.width) FILTER (WHERE c.null_share = 0), 0) / 8) * 8 AS null_bytes,
           exp(least(sum(ln(greatest(c.distinct_values, 1))) FILTER (WHERE c.is_key), 100)) AS full_keys,
           exp(least(coalesce(sum(ln(greatest(c.distinct_values, 1))) FILTER (WHERE c.is_key AND c.null_share = 0), 0), 100)) AS null_keys
      FROM columns AS c
     GROUP BY c.indexrelid
  ), leaves AS (
    SELECT x.*, (s.block - 40) * x.fill / 100 AS room, h.full_bytes AS tuple_bytes, s.block, sum(b.bytes) AS bytes
      FROM indexes AS x
      JOIN shares AS h ON h.indexrelid = x.indexrelid AND h.known
     CROSS JOIN settings AS s
     CROSS JOIN LATERAL (VALUES (x.tuples * (1 - h.null_share), h.full_keys, h.full_bytes),
                                (x.tuples * h.null_share, h.null_keys, h.null_bytes)) AS part (tuples, keys, tuple_bytes)
     CROSS JOIN LATERAL (
           SELECT CASE WHEN x.merges AND greatest(part.keys, part.tuples / 130) * 2 <= part.tuples
                       THEN greatest(part.keys, part.tuples / 130) * (4 + part.tuple_bytes) + 6 * part.tuples
                       ELSE part.tuples * (4 + part.tuple_bytes) END AS bytes) AS b
     GROUP BY x.indexrelid, x.indrelid, x.indnatts, x.indnkeyatts, x.nspname, x.table_name, x.index_name, x.tuples, x.size,
              x.table_tuples, x.fill, x.merges, h.full_bytes, s.block
  )
  SELECT l.indexrelid, l.nspname::text, l.table_name::text, l.index_name::text, l.size,
         -- The meta page, the leaves, and above each some hundred leaves a page that points to them.
         ((1 + ceil(l.bytes / l.room) + ceil(ceil(l.bytes / l.room) * (8 + l.tuple_bytes) / (l.block * 0.7))) * l.block)::bigint,
         l.fill
    FROM leaves AS l
$function$;
COMMENT ON FUNCTION maint.estimate_index_bloat() IS
'The size of each valid B-tree, in bytes, and what it would be if it were built anew, estimated of the statistics: rows of the last VACUUM or ANALYZE, mean width and share of NULLs of each column, merging of equal keys. Error: see maint.index_bloat. Left out: indexes of 16 pages or fewer, and tables without statistics.';
REVOKE ALL ON FUNCTION maint.estimate_index_bloat() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.estimate_index_bloat() TO crm_admin;

CREATE FUNCTION maint.estimate_table_bloat()
RETURNS TABLE (table_oid oid, schema_name text, table_name text, size_bytes bigint, expected_bytes bigint, row_bytes double precision)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET jit = off -- compiling it takes longer than it runs
AS $function$
  WITH tables AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.reltuples::numeric AS tuples, pg_relation_size(c.oid) AS size, c.relnatts,
           coalesce(substring(array_to_string(c.reloptions, ' ') FROM 'fillfactor=([0-9]+)')::integer, 100) AS fill,
           current_setting('block_size')::numeric AS block
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm')
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname !~ '^pg_(toast|temp)'
       AND c.reltuples >= 0
  ), rows AS (
    SELECT t.oid,
           bool_and(s.stawidth IS NOT NULL) AS known,
           sum((1 - s.stanullfrac) * CASE WHEN a.attlen > 0 THEN ceil(a.attlen::numeric / g.align) * g.align ELSE s.stawidth END)::numeric AS data,
           bool_or(s.stanullfrac > 0) AS has_nulls
      FROM tables AS t
      JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     CROSS JOIN LATERAL (SELECT CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END AS align) AS g
      LEFT JOIN pg_statistic AS s ON s.starelid = t.oid AND s.staattnum = a.attnum AND NOT s.stainherit
     GROUP BY t.oid
  ), widths AS (
    SELECT t.*,
           4 + ceil((23 + CASE WHEN r.has_nulls THEN ceil(t.relnatts::numeric / 8) ELSE 0 END) / 8) * 8 + ceil(r.data / 8) * 8 AS width
      FROM tables AS t
      JOIN rows AS r ON r.oid = t.oid AND r.known
  )
  SELECT w.oid, w.nspname::text, w.relname::text, w.size,
         (ceil(w.tuples / greatest(floor((w.block - 24) * w.fill / 100 / w.width), 1)) * w.block)::bigint,
         w.width::double precision
    FROM widths AS w
   WHERE w.size IS NOT NULL
$function$;
COMMENT ON FUNCTION maint.estimate_table_bloat() IS
'The size of each table without TOAST, in bytes, and what it would be if it were written anew, estimated of the statistics: rows of the last VACUUM or ANALYZE, mean width and share of NULLs of each column (row_bytes: the sum with header and line pointer). The error is some 10 % of the size for tables of many short columns, where padding is not known. Tables without statistics are left out.';
REVOKE ALL ON FUNCTION maint.estimate_table_bloat() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.estimate_table_bloat() TO crm_admin;

CREATE FUNCTION maint.check_threshold(threshold real) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF (threshold >= 0 AND threshold < 1) IS NOT TRUE THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('threshold %s is not a share', coalesce(threshold::text, 'NULL')),
      HINT = 'Give the bloated share of the size: 0 or more, below 1.';
  END IF;
END
$function$;
COMMENT ON FUNCTION maint.check_threshold(real) IS
'Error 22023 where the number is no share: 0 or more, below 1.';
REVOKE ALL ON FUNCTION maint.check_threshold(real) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.check_threshold(real) TO crm_admin;

CREATE FUNCTION maint.reindex_plan(threshold real DEFAULT 0.2)
RETURNS TABLE (command text, reason text, size_bytes bigint, bloat_bytes bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM maint.check_threshold(threshold);
  RETURN QUERY
  -- What a REINDEX or CREATE INDEX CONCURRENTLY left that was stopped: nobody uses it, everybody keeps it.
  SELECT CASE WHEN c.relname ~ '_cc(new|old)[0-9]*$'
              THEN format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname)
              ELSE format('REINDEX INDEX CONCURRENTLY %I.%I', n.nspname, c.relname) END,
         'invalid: building it was stopped', pg_relation_size(c.oid), pg_relation_size(c.oid)
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE NOT i.indisvalid
     AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^pg_(toast|temp)'
  UNION ALL
  (SELECT format('REINDEX INDEX CONCURRENTLY %I.%I', b.schema_name, b.index_name),
          format('%s %% of %s is bloat, by estimate', round((b.bloat_ratio * 100)::numeric), pg_size_pretty(b.size_bytes)),
          b.size_bytes, b.bloat_bytes
     FROM maint.index_bloat AS b
    WHERE b.bloat_ratio > threshold
    ORDER BY b.bloat_bytes DESC, b.schema_name, b.index_name);
END
$function$;
COMMENT ON FUNCTION maint.reindex_plan(real) IS
'Commands that rebuild the indexes whose estimated bloat is above the threshold (a share of their size; see maint.index_bloat for the error) or that are invalid, with reasons and sizes in bytes; what rebuilding saves most comes first. REINDEX CONCURRENTLY cannot run in a function: in psql, SELECT command FROM maint.reindex_plan() \gexec. Error 22023 for a threshold that is no share.';
REVOKE ALL ON FUNCTION maint.reindex_plan(real) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.reindex_plan(real) TO crm_admin;

CREATE FUNCTION maint.index_review()
RETURNS TABLE (finding text, schema_name text, table_name text, index_name text, detail text, size_bytes bigint, command text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'unused', u.schema_name, u.table_name, u.index_name,
         format('%s scans%s', u.scans, coalesce(' since ' || u.counted_since::date, '')) || CASE WHEN u.serves_foreign_key THEN '; a foreign key needs it' ELSE '' END,
         u.size_bytes, CASE WHEN NOT u.serves_foreign_key THEN u.command END
    FROM maint.unused_indexes AS u
  UNION ALL
  SELECT 'duplicate', d.schema_name, d.table_name, d.index_name, d.kind || ' of ' || d.covered_by, d.size_bytes, d.command
    FROM maint.duplicate_indexes AS d
  UNION ALL
  SELECT 'missing', f.schema_name, f.table_name, NULL, 'foreign key ' || f.constraint_name, NULL, f.command
    FROM maint.unindexed_foreign_keys AS f
  UNION ALL
  SELECT 'bloated', NULL, NULL, NULL, r.reason, r.size_bytes, r.command
    FROM maint.reindex_plan() AS r
$function$;
COMMENT ON FUNCTION maint.index_review() IS
'What to do about indexes: unused, duplicate, missing (for foreign keys), bloated or invalid ones, with commands to consider, in the views'' words. No command runs inside a transaction.';
REVOKE ALL ON FUNCTION maint.index_review() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.index_review() TO crm_admin;
