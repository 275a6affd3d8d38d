-- Parents with a partition for each month, all that are wanted.
-- Variables: parents, partitions
CREATE SCHEMA logs;
CREATE PROCEDURE public.make_parents(parents integer, partitions integer)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  month timestamptz;
BEGIN
  FOR i IN 1 .. parents LOOP
    EXECUTE format('CREATE TABLE logs.log_%s (id bigint NOT NULL, at timestamptz NOT NULL, content text) PARTITION BY RANGE (at)', i);
    FOR p IN 1 .. partitions LOOP
      month := date_trunc('month', now(), 'UTC') + (p - partitions + 3) * interval '1 month';
      EXECUTE format('CREATE TABLE logs.log_%s_%s PARTITION OF logs.log_%s FOR VALUES FROM (%L) TO (%L)',
                     i, to_char(month, 'YYYY_MM'), i, month, month + interval '1 month');
    END LOOP;
    PERFORM maint.manage_partitions(format('logs.log_%s', i)::regclass, '1 month', 3, (partitions + 1) * interval '1 month');
    COMMIT;
  END LOOP;
END
$procedure$;
SET TimeZone = 'UTC';
CALL public.make_parents(:parents, :partitions);
-- Of the extension's own: leave only what is measured.
DELETE FROM maint.partition_config WHERE parent::text NOT LIKE 'logs.%';
VACUUM (ANALYZE);

-- The usual script: looks for each name that should exist. It knows no bounds, so it takes a table
-- with a partition's name for the partition, and a partition with another name for none.
CREATE FUNCTION public.missing_by_name() RETURNS bigint
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
  parent record;
  missing bigint := 0;
BEGIN
  FOR parent IN SELECT n.nspname, c.relname
                  FROM pg_partitioned_table AS p
                  JOIN pg_class AS c ON c.oid = p.partrelid
                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE n.nspname = 'logs' LOOP
    FOR ahead IN 0 .. 3 LOOP
      IF to_regclass(format('%I.%I', parent.nspname, parent.relname || '_'
                            || to_char(date_trunc('month', now()) + ahead * interval '1 month', 'YYYY_MM'))) IS NULL THEN
        missing := missing + 1;
      END IF;
    END LOOP;
  END LOOP;
  RETURN missing;
END
$function$;
