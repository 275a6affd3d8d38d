CREATE FUNCTION creator.note_entry() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  old_row jsonb;
  new_row CONSTANT jsonb := to_jsonb(NEW);
  changes jsonb := '{}';
  column_name text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    old_row := to_jsonb(OLD);
  END IF;
  FOREACH column_name IN ARRAY TG_ARGV LOOP
    IF TG_OP = 'INSERT' OR new_row -> column_name = old_row -> column_name THEN
      changes := changes || jsonb_build_object(
        column_name,
        CASE WHEN right(column_name, 6) = '_count' THEN to_jsonb((new_row ->> column_name)::integer + 1)
             ELSE to_jsonb(now())
        END);
    END IF; -- else the statement says it itself
  END LOOP;
  RETURN jsonb_populate_record(NEW, changes);
END
$function$;
COMMENT ON FUNCTION creator.note_entry() IS
'Trigger (columns), BEFORE INSERT OR UPDATE FOR EACH ROW, WHEN a state is entered that may be entered again: a column that ends in _count is raised by one, any other becomes now(), unless the statement changes it itself.';
REVOKE ALL ON FUNCTION creator.note_entry() FROM PUBLIC;

CREATE FUNCTION creator.forget_default() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], NULL));
END
$function$;
COMMENT ON FUNCTION creator.forget_default() IS
'Trigger (column), BEFORE INSERT FOR EACH ROW, WHEN the column has its default in a state that does not have a value of it: makes it NULL.';
REVOKE ALL ON FUNCTION creator.forget_default() FROM PUBLIC;
