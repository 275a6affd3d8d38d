CREATE FUNCTION creator.validate_content_metadata(
  media jsonb, ai_insights jsonb DEFAULT '{}', social_metrics jsonb DEFAULT '{}',
  performance jsonb DEFAULT '{}', brand_safety jsonb DEFAULT '{}')
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT ARRAY(SELECT part.name OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) problem
                 FROM (VALUES ('media', 'content_media', $1), ('ai_insights', 'content_insights', $2),
                              ('social_metrics', 'social_metrics', $3), ('performance', 'content_performance', $4),
                              ('brand_safety', 'brand_safety', $5)) AS part (name, shape, document)
                CROSS JOIN LATERAL pg_catalog.unnest(crm.shape_problems(part.shape, part.document::pg_catalog.text)) AS problem)
$function$;
COMMENT ON FUNCTION creator.validate_content_metadata(jsonb, jsonb, jsonb, jsonb, jsonb) IS
'What is wrong with the documents of a row of creator.content_metadata, each as "column place: fault"; {} where they can be stored. A NULL is not looked at.';
