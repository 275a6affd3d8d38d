CREATE FUNCTION workflow.validate_definition(definition jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT crm.shape_problems('sound_workflow', $1::pg_catalog.text)
$function$;
COMMENT ON FUNCTION workflow.validate_definition(jsonb) IS
'What keeps a definition from being run, each as "place: fault": what is not of the form {nodes: [{id, type, config, position}], edges: [{from, to, condition}]}, edges to unknown nodes, ids used twice, no trigger or more than one, edges that lead to the trigger, nodes that are not reached from it, circles without a wait. {} where it is sound; NULL for NULL. A workflow may be unsound while it is a draft, but not unreadable.';
