-- What is stored of telephone numbers, brought up to date after a release with other number plans.

CREATE FUNCTION maint.stored_by(functions regprocedure[])
RETURNS TABLE (target regclass, generated_column text, expression text, base_column text)
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.oid::regclass, a.attname::text, pg_get_expr(d.adbin, d.adrelid),
         (SELECT b.attname::text
            FROM pg_depend AS uses
            JOIN pg_attribute AS b ON b.attrelid = c.oid AND b.attnum = uses.refobjsubid
           WHERE uses.classid = 'pg_attrdef'::regclass AND uses.objid = d.oid AND uses.refobjsubid NOT IN (0, a.attnum)
             AND uses.refclassid = 'pg_class'::regclass AND uses.refobjid = c.oid
           ORDER BY b.attnum
           LIMIT 1)
    FROM pg_attrdef AS d
    JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = 's'
    JOIN pg_class AS c ON c.oid = d.adrelid AND NOT c.relispartition
   WHERE EXISTS (SELECT FROM pg_depend AS calls
                  WHERE calls.classid = 'pg_attrdef'::regclass AND calls.objid = d.oid
                    AND calls.refclassid = 'pg_proc'::regclass
                    AND calls.refobjid = ANY (functions::oid[]))
   ORDER BY c.oid::regclass::text COLLATE "C", a.attnum
$function$;
COMMENT ON FUNCTION maint.stored_by(regprocedure[]) IS
'The generated columns, users'' own included and partitions not, whose expression calls one of the functions; base_column: one of the columns that it is made of, whose update makes it anew.';

CREATE FUNCTION maint.renormalize_phones()
RETURNS TABLE (table_name text, column_name text, rows_changed bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  stored record;
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'must be superuser to renormalize telephone numbers',
      DETAIL = 'Rows of all organizations are read and written.';
  END IF;
  FOR stored IN
    SELECT s.*
      FROM maint.stored_by(ARRAY(SELECT p.oid::regprocedure
                                   FROM pg_proc AS p
                                  WHERE p.pronamespace = 'crm'::regnamespace
                                    AND p.proname IN ('normalize_phone', 'is_possible_phone'))) AS s
  LOOP
    PERFORM tenancy.refuse_foreign_code(stored.target);
    EXECUTE format('UPDATE %s SET %2$I = %2$I WHERE %3$I IS DISTINCT FROM (%4$s)',
                   stored.target, stored.base_column, stored.generated_column, stored.expression);
    GET DIAGNOSTICS rows_changed = ROW_COUNT;
    table_name := stored.target::text;
    column_name := stored.generated_column;
    RETURN NEXT;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION maint.renormalize_phones() IS
'Makes anew the generated columns that call crm.normalize_phone or crm.is_possible_phone, users'' own included, where their value is no longer what the function says, and returns the rows changed by table and column. For the upgrade script of a release with other number plans, and by hand; an index of a user''s own on such an expression wants a REINDEX besides. Superusers only (42501); 55000 where a table would run somebody else''s code.';
REVOKE ALL ON FUNCTION maint.renormalize_phones() FROM PUBLIC;
