-- The same parents and partitions under pg_partman.
-- Variables: parents, partitions
CREATE SCHEMA partman;
CREATE EXTENSION pg_partman SCHEMA partman;
CREATE SCHEMA logs;
CREATE PROCEDURE public.make_parents(parents integer, partitions integer)
LANGUAGE plpgsql
AS $procedure$
BEGIN
  FOR i IN 1 .. parents LOOP
    EXECUTE format('CREATE TABLE logs.log_%s (id bigint NOT NULL, at timestamptz NOT NULL, content text) PARTITION BY RANGE (at)', i);
    PERFORM partman.create_parent(
      format('logs.log_%s', i), 'at', 'native', 'monthly', p_premake := 3,
      p_start_partition := (date_trunc('month', now(), 'UTC') - (partitions - 4) * interval '1 month')::text);
    COMMIT;
  END LOOP;
  -- Without it, a table without new rows gets no new partitions.
  UPDATE partman.part_config SET infinite_time_partitions = true;
END
$procedure$;
SET TimeZone = 'UTC';
CALL public.make_parents(:parents, :partitions);
VACUUM (ANALYZE);
