-- Bringing a table of the user's under partitions, over many short transactions.
--
-- Attaching the table as the default partition would be done at once, but every partition made after
-- that had to look through all of it under an exclusive lock. So a partitioned copy is filled beside
-- it, kept as it is by a trigger, and takes its place in the end.

CREATE FUNCTION maint.check_repartition() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  owner oid;
BEGIN
  IF NEW.relation IS NULL THEN
    RETURN NEW; -- the column's own constraint refuses it
  END IF;
  SELECT c.relowner INTO owner
    FROM unnest(ARRAY[NEW.relation, NEW.copy]) WITH ORDINALITY AS t (relation, position)
    JOIN pg_class AS c ON c.oid = t.relation
   ORDER BY t.position
   LIMIT 1;
  IF NOT FOUND THEN
    RAISE undefined_table USING MESSAGE = format('relation with OID %s does not exist', NEW.relation::oid);
  END IF;
  -- It is done with the rights of the table's owner: nobody may ask for it who could not do it.
  IF NOT pg_has_role(CURRENT_USER, owner, 'USAGE') THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('must be owner of table %s', NEW.relation);
  END IF;
  -- How far it is, only the steps say, which are a superuser's.
  IF TG_OP = 'INSERT' THEN
    NEW.status := 'requested';
    NEW.copy := NULL;
    NEW.next_block := 0;
    NEW.end_block := 0;
    NEW.rows_copied := 0;
  ELSIF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    IF NEW.status <> 'cancelled' THEN
      RAISE insufficient_privilege USING
        MESSAGE = 'a repartitioning can only be cancelled',
        HINT = 'CALL maint.cancel_repartition()';
    END IF;
    NEW := OLD;
    NEW.status := 'cancelled';
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION maint.check_repartition() IS
'Trigger on maint.repartitions: the table must be the caller''s own (42501); how far the work is only its steps say, others may cancel it.';
REVOKE ALL ON FUNCTION maint.check_repartition() FROM PUBLIC;

CREATE FUNCTION maint.request_repartition(
  relation regclass, key_column text, period interval, premake integer, retention interval, retention_action text,
  extend_keys boolean, batch_size integer)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  wanted CONSTANT jsonb := jsonb_build_object(
    'key_column', $2, 'period', $3, 'premake', $4, 'retention', $5, 'retention_action', $6, 'extend_keys', $7);
  present record;
BEGIN
  INSERT INTO maint.repartitions (relation, key_column, period, premake, retention, retention_action, extend_keys, batch_size)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT ON CONSTRAINT repartitions_pkey DO NOTHING;
  IF FOUND THEN
    PERFORM maint.refuse_repartition($1, $2, $3, $7);
    RETURN $1::text;
  END IF;
  SELECT r.status, to_jsonb(r) @> wanted AS is_same INTO present FROM maint.repartitions AS r WHERE r.relation = $1;
  IF NOT present.is_same AND present.status <> 'cancelled' THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('table %s is being repartitioned with other arguments', $1),
      HINT = format('Give the same ones, or CALL maint.cancel_repartition(%L) first.', $1);
  END IF;
  RETURN $1::text;
END
$function$;
COMMENT ON FUNCTION maint.request_repartition(regclass, text, interval, integer, interval, text, boolean, integer) IS
'Notes in maint.repartitions that a table shall be brought under partitions, unless that is begun already, and returns its name. Errors: those of maint.refuse_repartition(), 42501 not the owner, 55000 begun with other arguments.';
REVOKE ALL ON FUNCTION maint.request_repartition(regclass, text, interval, integer, interval, text, boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maint.request_repartition(regclass, text, interval, integer, interval, text, boolean, integer) TO crm_admin;

-- No SET clause: that would forbid COMMIT. Hence every name is qualified. COMMIT is not allowed where
-- an EXCEPTION clause is in force either: an attempt only notes how it ended.
CREATE PROCEDURE maint.run_repartition(target regclass, batch_size integer, lock_attempts integer, INOUT last_step text, INOUT rows_copied bigint,
                                       INOUT failure text, INOUT failure_code text, INOUT failure_detail text, INOUT failure_hint text)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  step record;
  attempt pg_catalog.int4 := 1;
  rows_wanted pg_catalog.int4 := $2;
  restarts pg_catalog.int4 := 0;
  is_busy pg_catalog.bool;
BEGIN
  LOOP
    COMMIT;
    -- What is looked at under a lock must be what is there now.
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    is_busy := false;
    failure := NULL;
    BEGIN
      SELECT * INTO step FROM maint.repartition_step($1, rows_wanted);
    EXCEPTION
      WHEN lock_not_available OR deadlock_detected OR serialization_failure THEN
        is_busy := true;
        failure := pg_catalog.format('%s, at each of %s attempts', SQLERRM, attempt);
        failure_code := SQLSTATE;
        failure_detail := 'Others use the table in transactions that last.';
        failure_hint := 'Call it again: it goes on where it was.';
      WHEN OTHERS THEN
        is_busy := NULL; -- not to be tried again
        failure := SQLERRM;
        failure_code := SQLSTATE;
        GET STACKED DIAGNOSTICS failure_detail = PG_EXCEPTION_DETAIL, failure_hint = PG_EXCEPTION_HINT;
    END;
    COMMIT;
    IF is_busy THEN
      EXIT WHEN attempt OPERATOR(pg_catalog.>=) $3;
      -- The fewer rows at a time, the less there is to wait for.
      rows_wanted := GREATEST(rows_wanted OPERATOR(pg_catalog./) 2, 1);
      PERFORM pg_catalog.pg_sleep_for(maint.retry_pause(attempt, pg_catalog.make_interval(secs => maint.patience() OPERATOR(pg_catalog./) 1000.0)));
      attempt := attempt OPERATOR(pg_catalog.+) 1;
    ELSE
      EXIT WHEN is_busy IS NULL;
      last_step := step.next_step;
      rows_copied := COALESCE(step.rows_copied, rows_copied);
      EXIT WHEN last_step IS NULL OR last_step OPERATOR(pg_catalog.=) 'done' OR last_step OPERATOR(pg_catalog.=) 'cancelled';
      IF last_step OPERATOR(pg_catalog.=) 'restart' OR last_step OPERATOR(pg_catalog.=) 'switch' THEN -- which was not done
        restarts := restarts OPERATOR(pg_catalog.+) 1;
        IF restarts OPERATOR(pg_catalog.>) 3 THEN
          failure := 'the table was altered again and again';
          failure_code := '55000';
          failure_detail := 'It was copied all over again three times.';
          failure_hint := 'Leave it as it is, and its triggers enabled, until it is repartitioned.';
          EXIT;
        END IF;
      END IF;
      rows_wanted := LEAST($2, rows_wanted OPERATOR(pg_catalog.*) 2);
      attempt := 1;
    END IF;
  END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE maint.run_repartition(regclass, integer, integer, text, bigint, text, text, text, text) IS
'Does the steps of maint.repartition_step() one after the other, each in a transaction, until the last is done or one fails: what it waits for is asked for lock_attempts times, with growing pauses, and about batch_size rows are copied at a time, fewer where somebody uses them. Returns the last step, the rows copied and the failure.';
REVOKE ALL ON PROCEDURE maint.run_repartition(regclass, integer, integer, text, bigint, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.run_repartition(regclass, integer, integer, text, bigint, text, text, text, text) TO crm_admin;

CREATE FUNCTION maint.qualified_name(relation regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT relation::text
$function$;
COMMENT ON FUNCTION maint.qualified_name(regclass) IS
'A relation''s name with its schema, whatever the search_path.';

CREATE FUNCTION maint.is_worth_keeping(target regclass, failure_code text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
  -- A mirror that could not bring a row would keep others from writing it. One that brought all of them
  -- works, and what the server lacks (53, 57, 58) or somebody locks (40, 55P03) is no fault of its.
  SELECT r.status IN ('analyze', 'switch')
         OR left(failure_code, 2) IN ('40', '53', '57', '58')
         OR failure_code = '55P03'
    FROM maint.repartitions AS r
   WHERE r.relation = target
$function$;
COMMENT ON FUNCTION maint.is_worth_keeping(regclass, text) IS
'Whether what maint.repartition() has done so far is kept after a failure with this SQLSTATE, for the next call to go on; NULL where there is nothing.';

CREATE PROCEDURE maint.repartition(
  relation regclass, "column" name, period interval DEFAULT '1 month', premake integer DEFAULT 3,
  retention interval DEFAULT NULL, retention_action text DEFAULT 'drop', extend_keys boolean DEFAULT false,
  batch_size integer DEFAULT 10000, lock_attempts integer DEFAULT 20)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  target_name pg_catalog.text;
  run pg_catalog.int8;
  last_step pg_catalog.text;
  rows_copied pg_catalog.int8 := 0;
  failure pg_catalog.text;
  code pg_catalog.text;
  detail pg_catalog.text;
  hint pg_catalog.text;
  is_left_over pg_catalog.bool;
  ignored pg_catalog.text;
BEGIN
  PERFORM maint.require_no_transaction('maint.repartition', 'Call it by itself.');
  IF ($9 OPERATOR(pg_catalog.>) 0) IS NOT TRUE THEN
    RAISE invalid_parameter_value USING
      MESSAGE = 'lock_attempts must be greater than 0';
  END IF;
  target_name := maint.request_repartition($1, $2::pg_catalog.text, $3, $4, $5, $6, $7, $8);
  run := maint.begin_run('partitions.repartition', target_name);
  SELECT r.status OPERATOR(pg_catalog.=) 'cancelled' INTO is_left_over
    FROM maint.repartitions AS r WHERE r.relation OPERATOR(pg_catalog.=) $1;
  COMMIT;
  IF run IS NULL THEN
    RETURN;
  END IF;
  CALL maint.run_repartition($1, $8, $9, last_step, rows_copied, failure, code, detail, hint);
  IF is_left_over AND last_step OPERATOR(pg_catalog.=) 'cancelled' AND failure IS NULL THEN
    target_name := maint.request_repartition($1, $2::pg_catalog.text, $3, $4, $5, $6, $7, $8);
    COMMIT;
    CALL maint.run_repartition($1, $8, $9, last_step, rows_copied, failure, code, detail, hint);
  END IF;
  IF failure IS NOT NULL AND maint.is_worth_keeping($1, code) IS NOT TRUE THEN
    UPDATE maint.repartitions AS r SET status = 'cancelled' WHERE r.relation OPERATOR(pg_catalog.=) $1;
    COMMIT;
    CALL maint.run_repartition($1, $8, $9, last_step, rows_copied, ignored, ignored, ignored, ignored);
  ELSIF failure IS NULL AND last_step OPERATOR(pg_catalog.=) 'cancelled' THEN
    failure := 'it was cancelled';
    code := '57014';
  END IF;
  PERFORM maint.finish_run(run, pg_catalog.format('%s rows', rows_copied),
                           CASE WHEN failure IS NOT NULL THEN pg_catalog.format('%s (SQLSTATE %s)', failure, code) END);
  COMMIT;
  IF failure IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = code,
      MESSAGE = failure,
      DETAIL = CASE WHEN detail OPERATOR(pg_catalog.<>) '' THEN detail ELSE pg_catalog.format('Table %s is not repartitioned.', target_name) END,
      HINT = CASE WHEN hint OPERATOR(pg_catalog.<>) '' THEN hint
                  WHEN last_step OPERATOR(pg_catalog.=) 'cancelled' THEN 'Nothing is left of it.'
                  ELSE 'Call it again to go on, or maint.cancel_repartition() to take it back.' END;
  END IF;
END
$procedure$;
COMMENT ON PROCEDURE maint.repartition(regclass, name, interval, integer, interval, text, boolean, integer, integer) IS
'Brings a table of the caller''s own, of any size and while others use it, under range partitions by a column of type timestamptz, timestamp or date, and under maint.maintain_partitions(): copies it in transactions of about batch_size rows into a partitioned table beside it, which a trigger keeps current, and gives that its name in one short transaction. The arguments after the column are those of maint.manage_partitions(); extend_keys adds the column to the primary key and to unique ones that lack it: they hold rows apart only within one instant then. Locks that keep others from writing are waited for no longer than 200 ms, and asked for lock_attempts times. A run that was interrupted goes on where it was when called again (maint.repartitions), and is recorded in maint.maintenance_runs; one that another session is at is skipped. Errors: those of maint.refuse_repartition(), which leave all as it was, 54000 too many partitions, 42P07 a name is taken, 22023 no lock_attempts, 55P03 the table was in use at all times, 57014 cancelled, 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.repartition(regclass, name, interval, integer, interval, text, boolean, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.repartition(regclass, name, interval, integer, interval, text, boolean, integer, integer) TO crm_admin;

CREATE PROCEDURE maint.cancel_repartition(relation regclass)
LANGUAGE plpgsql
AS $procedure$
DECLARE
  run pg_catalog.int8;
  last_step pg_catalog.text;
  rows_copied pg_catalog.int8 := 0;
  failure pg_catalog.text;
  code pg_catalog.text;
  detail pg_catalog.text;
  hint pg_catalog.text;
BEGIN
  PERFORM maint.require_no_transaction('maint.cancel_repartition', 'Call it by itself.');
  UPDATE maint.repartitions AS r SET status = 'cancelled' WHERE r.relation OPERATOR(pg_catalog.=) $1;
  IF NOT FOUND THEN
    RAISE undefined_object USING
      MESSAGE = pg_catalog.format('table %s is not being repartitioned', $1);
  END IF;
  COMMIT;
  run := maint.begin_run('partitions.cancel', maint.qualified_name($1));
  COMMIT;
  IF run IS NULL THEN
    RAISE NOTICE 'the run that is at it takes it back';
    RETURN;
  END IF;
  CALL maint.run_repartition($1, 1, 20, last_step, rows_copied, failure, code, detail, hint);
  PERFORM maint.finish_run(run, pg_catalog.format('%s rows', rows_copied),
                           CASE WHEN failure IS NOT NULL THEN pg_catalog.format('%s (SQLSTATE %s)', failure, code) END);
  COMMIT;
  IF failure IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = code,
      MESSAGE = failure,
      HINT = 'Call it again.';
  END IF;
END
$procedure$;
COMMENT ON PROCEDURE maint.cancel_repartition(regclass) IS
'Takes back what maint.repartition() has done of a table so far: the copy and the triggers go, the table is as it was. Where a run is at it, that one does so and ends with 57014. Errors: 42704 nothing is going on, 42501 not the owner, 55P03 the table was in use at all times, 2D000 inside a transaction block.';
REVOKE ALL ON PROCEDURE maint.cancel_repartition(regclass) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE maint.cancel_repartition(regclass) TO crm_admin;
