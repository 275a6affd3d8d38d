-- A partitioned table's index is one: its use and size are those of all partitions.
CREATE VIEW maint.unused_indexes WITH (security_invoker = true) AS
WITH counted AS (
  SELECT coalesce(pg_partition_root(i.indexrelid)::oid, i.indexrelid) AS root,
         sum(pg_stat_get_numscans(i.indexrelid))::bigint AS scans,
         sum(pg_relation_size(i.indexrelid))::bigint AS size_bytes
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^pg_(toast|temp)'
   GROUP BY 1
)
SELECT n.nspname::text AS schema_name,
       t.relname::text AS table_name,
       c.relname::text AS index_name,
       k.scans,
       k.size_bytes,
       (SELECT d.stats_reset FROM pg_stat_database AS d WHERE d.datname = current_database()) AS counted_since,
       EXISTS (SELECT FROM pg_constraint AS f
                WHERE f.contype = 'f' AND f.conrelid = i.indrelid
                  AND (i.indkey::smallint[])[0:cardinality(f.conkey) - 1] @> f.conkey) AS serves_foreign_key,
       pg_get_indexdef(c.oid) AS definition,
       format('DROP INDEX %s%I.%I', CASE WHEN c.relkind = 'i' THEN 'CONCURRENTLY ' END, n.nspname, c.relname) AS command
  FROM counted AS k
  JOIN pg_index AS i ON i.indexrelid = k.root
  JOIN pg_class AS c ON c.oid = k.root
  JOIN pg_class AS t ON t.oid = i.indrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE k.scans < 50
   AND k.size_bytes > 16 * current_setting('block_size')::integer
   AND NOT i.indisunique
   AND NOT i.indisexclusion
   AND NOT i.indisreplident
 ORDER BY k.scans, k.size_bytes DESC;
COMMENT ON VIEW maint.unused_indexes IS 'Indexes that were read fewer than 50 times since the statistics were reset, those of all partitions taken together. Left out: what keeps rows unique or identifies them, and indexes of 16 pages or fewer. Reads on standbys are counted there, not here.';
COMMENT ON COLUMN maint.unused_indexes.schema_name IS 'Schema of the index.';
COMMENT ON COLUMN maint.unused_indexes.table_name IS 'Its table.';
COMMENT ON COLUMN maint.unused_indexes.index_name IS 'Its name.';
COMMENT ON COLUMN maint.unused_indexes.scans IS 'How often it was read.';
COMMENT ON COLUMN maint.unused_indexes.size_bytes IS 'Its size, in bytes.';
COMMENT ON COLUMN maint.unused_indexes.counted_since IS 'Since when reads are counted; NULL: since the database was made, or the server crashed.';
COMMENT ON COLUMN maint.unused_indexes.serves_foreign_key IS 'True: without it, deleting a row that the table refers to reads the whole table.';
COMMENT ON COLUMN maint.unused_indexes.definition IS 'The statement that makes it.';
COMMENT ON COLUMN maint.unused_indexes.command IS 'The statement that drops it, to be considered.';

CREATE VIEW maint.index_bloat WITH (security_invoker = true) AS
SELECT e.schema_name,
       e.table_name,
       e.index_name,
       e.size_bytes,
       e.expected_bytes,
       greatest(e.size_bytes - e.expected_bytes, 0) AS bloat_bytes,
       (greatest(e.size_bytes - e.expected_bytes, 0)::double precision / e.size_bytes)::real AS bloat_ratio,
       e.fill_factor
  FROM maint.estimate_index_bloat() AS e
 ORDER BY 6 DESC;
COMMENT ON VIEW maint.index_bloat IS 'B-trees and how much of them is bloat: what they are larger than if they were built anew, estimated of the statistics without reading the index. After ANALYZE the ratio was within 0.03 of what pgstattuple finds, within 0.06 where equal keys or NULLs are merged; where those came one by one it was up to 0.2 too high. Columns that depend on each other make it too low. Left out: indexes of 16 pages or fewer, other kinds than B-trees, and tables that were never analyzed.';
COMMENT ON COLUMN maint.index_bloat.schema_name IS 'Schema of the index.';
COMMENT ON COLUMN maint.index_bloat.table_name IS 'Its table.';
COMMENT ON COLUMN maint.index_bloat.index_name IS 'Its name.';
COMMENT ON COLUMN maint.index_bloat.size_bytes IS 'Its size, in bytes.';
COMMENT ON COLUMN maint.index_bloat.expected_bytes IS 'What it would be if it were built anew, by estimate, in bytes.';
COMMENT ON COLUMN maint.index_bloat.bloat_bytes IS 'The difference, in bytes; 0 where it is smaller than expected.';
COMMENT ON COLUMN maint.index_bloat.bloat_ratio IS 'bloat_bytes of size_bytes, 0 to 1.';
COMMENT ON COLUMN maint.index_bloat.fill_factor IS 'How full its pages are made, in percent.';

-- Of two indexes one is spare where whatever the one does the other does as well.
CREATE VIEW maint.duplicate_indexes WITH (security_invoker = true) AS
WITH indexes AS (
  SELECT i.indexrelid, i.indrelid, c.relname, n.nspname, c.relkind, c.relam, i.indnkeyatts, i.indnatts, i.indisunique, i.indisexclusion,
         i.indisreplident, i.indnullsnotdistinct,
         (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS columns,
         (i.indkey::smallint[])[i.indnkeyatts:] AS included,
         (i.indclass::oid[])[0:] AS classes, (i.indcollation::oid[])[0:] AS collations, (i.indoption::smallint[])[0:] AS options,
         coalesce(pg_get_expr(i.indexprs, i.indrelid), '') AS expressions, coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
         EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid) AS is_needed
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid AND NOT c.relispartition
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE i.indisvalid
     AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^pg_(toast|temp)'
), pairs AS (
  SELECT DISTINCT ON (spare.indexrelid) spare.*, wide.relname AS covered_by, same.it AS is_same
    FROM indexes AS spare
    JOIN indexes AS wide ON wide.indrelid = spare.indrelid AND wide.indexrelid <> spare.indexrelid
     AND wide.relam = spare.relam AND wide.predicate = spare.predicate
   CROSS JOIN LATERAL (SELECT wide.columns = spare.columns AND wide.included @> spare.included AND spare.included @> wide.included
                          AND wide.classes = spare.classes AND wide.collations = spare.collations
                          AND wide.options = spare.options AND wide.expressions = spare.expressions AS it) AS same
   WHERE NOT spare.is_needed AND NOT spare.indisexclusion AND NOT spare.indisreplident
     AND CASE WHEN same.it
              -- The unique one of two stays, then the one that a constraint has, then the older.
              THEN (wide.indisunique OR NOT spare.indisunique)
               AND (NOT spare.indisunique OR wide.indnullsnotdistinct = spare.indnullsnotdistinct)
               AND (wide.is_needed, wide.indisunique, -wide.indexrelid::bigint) > (false, spare.indisunique, -spare.indexrelid::bigint)
              -- A B-tree that begins with the same columns answers the same questions, a little slower.
              ELSE (SELECT m.amname = 'btree' FROM pg_am AS m WHERE m.oid = spare.relam)
               AND NOT spare.indisunique AND spare.expressions = '' AND cardinality(spare.included) = 0
               AND wide.indnkeyatts > spare.indnkeyatts
               AND NOT 0::smallint = ANY (wide.columns[1:spare.indnkeyatts])
               AND wide.columns[1:spare.indnkeyatts] = spare.columns
               AND wide.classes[1:spare.indnkeyatts] = spare.classes
               AND wide.collations[1:spare.indnkeyatts] = spare.collations
               AND wide.options[1:spare.indnkeyatts] = spare.options END
   ORDER BY spare.indexrelid, same.it DESC, wide.indnatts, wide.indexrelid
)
SELECT p.nspname::text AS schema_name,
       t.relname::text AS table_name,
       p.relname::text AS index_name,
       p.covered_by::text AS covered_by,
       CASE WHEN p.is_same THEN 'duplicate' ELSE 'beginning' END AS kind,
       coalesce((SELECT sum(pg_relation_size(s.relid))::bigint FROM pg_partition_tree(p.indexrelid) AS s), pg_relation_size(p.indexrelid)) AS size_bytes,
       format('DROP INDEX %s%I.%I', CASE WHEN p.relkind = 'i' THEN 'CONCURRENTLY ' END, p.nspname, p.relname) AS command
  FROM pairs AS p
  JOIN pg_class AS t ON t.oid = p.indrelid
 ORDER BY 6 DESC, 1, 2, 3;
COMMENT ON VIEW maint.duplicate_indexes IS 'Indexes that another index of the same table makes spare: with the same columns, operator classes, collations, order, expressions and predicate (duplicate), or a B-tree that another one begins with (beginning). What keeps rows unique or identifies them is never spare by a longer one.';
COMMENT ON COLUMN maint.duplicate_indexes.schema_name IS 'Schema of the spare index.';
COMMENT ON COLUMN maint.duplicate_indexes.table_name IS 'Its table.';
COMMENT ON COLUMN maint.duplicate_indexes.index_name IS 'Its name.';
COMMENT ON COLUMN maint.duplicate_indexes.covered_by IS 'The index that does the same.';
COMMENT ON COLUMN maint.duplicate_indexes.kind IS 'duplicate: both are the same; beginning: the other one has more columns. The other one is larger then, and reading it a little slower.';
COMMENT ON COLUMN maint.duplicate_indexes.size_bytes IS 'Its size with all partitions, in bytes.';
COMMENT ON COLUMN maint.duplicate_indexes.command IS 'The statement that drops it, to be considered.';

CREATE VIEW maint.unindexed_foreign_keys WITH (security_invoker = true) AS
SELECT n.nspname::text AS schema_name,
       c.relname::text AS table_name,
       k.conname::text AS constraint_name,
       f.columns,
       k.confrelid::regclass::text AS referenced_table,
       c.reltuples::bigint AS row_estimate,
       pg_total_relation_size(c.oid) AS size_bytes,
       format('CREATE INDEX %sON %I.%I (%s)', CASE WHEN c.relkind = 'r' THEN 'CONCURRENTLY ' END, n.nspname, c.relname,
              (SELECT string_agg(quote_ident(a), ', ') FROM unnest(f.columns) AS a)) AS command
  FROM pg_constraint AS k
  JOIN pg_class AS c ON c.oid = k.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT array_agg(a.attname::text ORDER BY u.position) AS columns
         FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, position)
         JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS f
 WHERE k.contype = 'f'
   AND k.conparentid = 0 -- a partition's comes with its table's
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (
       SELECT FROM pg_index AS i
         JOIN pg_class AS x ON x.oid = i.indexrelid
         JOIN pg_am AS m ON m.oid = x.relam
        WHERE i.indrelid = k.conrelid
          AND i.indisvalid
          AND (m.amname = 'btree' OR (m.amname = 'hash' AND cardinality(k.conkey) = 1))
          AND (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
          -- The question asks for equality, which implies that the column is not NULL, and nothing else.
          AND (i.indpred IS NULL
               OR pg_get_expr(i.indpred, i.indrelid) IN (SELECT format('(%I IS NOT NULL)', a) FROM unnest(f.columns) AS a)))
 ORDER BY 7 DESC, 1, 2, 3;
COMMENT ON VIEW maint.unindexed_foreign_keys IS 'Foreign keys without an index that begins with their columns: deleting or re-keying a row that they refer to reads the whole table.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.schema_name IS 'Schema of the table that refers.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.table_name IS 'Its name.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.constraint_name IS 'The foreign key.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.columns IS 'Its columns.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.referenced_table IS 'The table that it refers to.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.row_estimate IS 'Rows of the table as the planner estimates; -1: never analyzed.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.size_bytes IS 'Its size with indexes and TOAST, in bytes; 0 for a partitioned table itself.';
COMMENT ON COLUMN maint.unindexed_foreign_keys.command IS 'The statement that makes an index, to be considered.';
