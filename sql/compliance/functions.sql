-- What becomes of requests about personal data when their state changes.

CREATE FUNCTION compliance.reopen_request() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  NEW.rejection_reason := NULL;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION compliance.reopen_request() IS
'Trigger, BEFORE UPDATE FOR EACH ROW on compliance.data_export_requests: one that is not rejected any more loses the reason.';
REVOKE ALL ON FUNCTION compliance.reopen_request() FROM PUBLIC;
