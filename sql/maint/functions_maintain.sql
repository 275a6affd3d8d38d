-- Partition maintenance over many short transactions.

CREATE FUNCTION maint.forget_dropped_tables() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
  WITH gone AS (
    DELETE FROM maint.partition_config AS c
     WHERE NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = c.parent)
    RETURNING c.parent::oid AS parent)
  INSERT INTO maint.maintenance_runs (task, target, status, detail)
  SELECT 'partitions.forget', parent::text, 'skipped', 'the table was dropped'
    FROM gone
$function$;
COMMENT ON FUNCTION maint.forget_dropped_tables() IS
'Takes tables that were dropped out of maint.partition_config, and records it: their OIDs may become another table''s.';
REVOKE ALL ON FUNCTION maint.forget_dropped_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.forget_dropped_tables() TO crm_admin;

CREATE FUNCTION maint.partition_steps(parent regclass DEFAULT NULL)
RETURNS TABLE (task text, target regclass, target_name text, attempts integer, lock_timeout interval, changes bigint, held bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- One look at all tables: most need nothing.
  BEGIN
    RETURN QUERY
      WITH planned AS MATERIALIZED (
        SELECT p.parent,
               count(*) FILTER (WHERE p.action = 'create') AS creates,
               count(*) FILTER (WHERE p.action IN ('drop', 'detach', 'archive')) AS retires,
               count(*) FILTER (WHERE p.action = 'hold') AS holds
          FROM maint.partitions_to_change($1) AS p
         GROUP BY p.parent)
      SELECT t.task, c.parent, c.parent::text, c.lock_attempts, c.lock_timeout,
             CASE t.position
               WHEN 1 THEN coalesce(planned.creates, 0) + (p.partdefid = 0)::integer
                           + (SELECT count(*) FROM maint.partition_moves AS m WHERE m.parent = c.parent)
               ELSE coalesce(planned.retires, 0)
             END,
             CASE t.position WHEN 1 THEN 0 ELSE coalesce(planned.holds, 0) END
        FROM maint.partition_config AS c
        JOIN pg_partitioned_table AS p ON p.partrelid = c.parent
       CROSS JOIN (VALUES (1, 'partitions.create'), (2, 'partitions.retire')) AS t (position, task)
        LEFT JOIN planned ON planned.parent = c.parent
       WHERE c.enabled AND ($1 IS NULL OR c.parent = $1)
       ORDER BY t.position, c.parent::text;
    RETURN;
  EXCEPTION WHEN OTHERS THEN
    NULL; -- one table stands in the way; which it is, each tells by itself
  END;
  RETURN QUERY
    SELECT t.task, c.parent, c.parent::text, c.lock_attempts, c.lock_timeout, NULL::bigint, 0::bigint
      FROM maint.partition_config AS c
     CROSS JOIN (VALUES (1, 'partitions.create'), (2, 'partitions.retire')) AS t (position, task)
     WHERE c.enabled AND ($1 IS NULL OR c.parent = $1)
     ORDER BY t.position, c.parent::text;
END
$function$;
COMMENT ON FUNCTION maint.partition_steps(regclass) IS
'The steps of maint.maintain_partitions(): creation for all tables, then retention, with the number of changes that are planned (NULL: that could not be told) and of partitions that legal holds keep.';
REVOKE ALL ON FUNCTION maint.partition_steps(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.partition_steps(regclass) TO crm_admin;

CREATE FUNCTION maint.retry_pause(attempt integer, lock_timeout interval) RETURNS interval
LANGUAGE sql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT least(lock_timeout * 2.0 ^ least(attempt, 20), interval '2 seconds') * (0.5 + random() / 2)
$function$;
COMMENT ON FUNCTION maint.retry_pause(integer, interval) IS
'How long to wait after a failed attempt: twice the lock_timeout after the first, then always twice as much, up to 2 seconds, and of that a random part of a half to the whole, so that those who wait for each other do not meet again.';
REVOKE ALL ON FUNCTION maint.retry_pause(integer, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.retry_pause(integer, interval) TO crm_admin;

-- No SET clause: that would forbid COMMIT. Hence every name is qualified. COMMIT is not allowed where
-- an EXCEPTION clause is in force either: an attempt only notes how it ended.
CREATE PROCEDURE maint.maintain_partitions(parent regclass DEFAULT NULL)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  step record;
  run bigint;
  batch record;
  changes integer;
  done integer;
  failed integer;
  attempt integer;
  failure pg_catalog.text;
  is_busy boolean;
BEGIN
  PERFORM maint.require_no_transaction('maint.maintain_partitions',
    'Call it by itself; inside a transaction, maint.extend_partitions() and maint.retire_partitions() do one table.');
  IF $1 IS NULL THEN
    PERFORM maint.forget_dropped_tables();
  ELSE
    PERFORM maint.require_partition_config($1);
  END IF;
  FOR step IN SELECT * FROM maint.partition_steps($1) LOOP
    IF step.changes OPERATOR(pg_catalog.=) 0 THEN
      INSERT INTO maint.maintenance_runs (task, target, status, detail)
      VALUES (step.task, step.target_name, 'succeeded',
              pg_catalog.concat_ws('; ', '0 partitions', CASE WHEN step.held OPERATOR(pg_catalog.>) 0 THEN pg_catalog.format('%s held', step.held) END));
      CONTINUE;
    END IF;
    run := maint.begin_run(step.task, step.target_name);
    COMMIT;
    CONTINUE WHEN run IS NULL;
    done := 0;
    failed := 0;
    attempt := 1;
    changes := 12;
    failure := NULL;
    LOOP
      is_busy := false;
      BEGIN
        IF step.task OPERATOR(pg_catalog.=) 'partitions.create' THEN
          SELECT * INTO batch FROM maint.extend_batch(step.target, changes, failed);
        ELSE
          SELECT * INTO batch FROM maint.retire_batch(step.target, changes, failed);
        END IF;
      EXCEPTION
        WHEN lock_not_available OR deadlock_detected THEN
          is_busy := true;
          IF attempt OPERATOR(pg_catalog.>=) step.attempts THEN
            failure := pg_catalog.concat_ws('; ', failure, pg_catalog.format('%s, at each of %s attempts (SQLSTATE %s)', SQLERRM, attempt, SQLSTATE));
          END IF;
        WHEN OTHERS THEN
          is_busy := NULL; -- neither done nor to be tried again
          -- Which of several it was, each tells by itself.
          IF changes OPERATOR(pg_catalog.=) 1 THEN
            failed := failed OPERATOR(pg_catalog.+) 1;
            -- What is the table's own fault comes back.
            IF failure IS NULL OR pg_catalog.strpos(failure, SQLERRM) OPERATOR(pg_catalog.=) 0 THEN
              failure := pg_catalog.concat_ws('; ', failure, pg_catalog.format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE));
            END IF;
          END IF;
      END;
      COMMIT;
      IF is_busy IS NOT FALSE THEN
        -- One that cannot be had keeps none of the others waiting.
        changes := 1;
      END IF;
      IF is_busy THEN
        EXIT WHEN attempt OPERATOR(pg_catalog.>=) step.attempts;
        PERFORM pg_catalog.pg_sleep_for(maint.retry_pause(attempt, step.lock_timeout));
        attempt := attempt OPERATOR(pg_catalog.+) 1;
      ELSIF is_busy IS NULL THEN
        EXIT WHEN failed OPERATOR(pg_catalog.>=) 3;
      ELSE
        done := done OPERATOR(pg_catalog.+) pg_catalog.cardinality(batch.partitions);
        attempt := 1;
        EXIT WHEN batch.is_complete;
      END IF;
    END LOOP;
    PERFORM maint.finish_run(run,
      pg_catalog.concat_ws('; ', pg_catalog.format('%s partitions', done), CASE WHEN step.held OPERATOR(pg_catalog.>) 0 THEN pg_catalog.format('%s held', step.held) END),
      CASE WHEN failure IS NOT NULL
                AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) step.target)
           THEN 'the table was dropped' ELSE failure END);
    COMMIT;
  END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE maint.maintain_partitions(regclass) IS
'Makes the partitions that are missing, then retires those past their retention, of one table or of all under maintenance. A transaction for each batch of partitions (maint.extend_batch(), maint.retire_batch()), whose locks are waited for no longer than lock_timeout and asked for lock_attempts times (see maint.partition_config). A failure is a WARNING and a row in maint.maintenance_runs, and the others go on; a table that another session maintains is skipped. Errors: 42704 not under maintenance, 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.maintain_partitions(regclass) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.maintain_partitions(regclass) TO crm_admin;
