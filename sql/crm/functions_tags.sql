-- crm.contact_tags is what holds; crm.contacts.tags is kept from it. Where the application writes
-- the cache instead, the rows are made to say the same. Both directions compare values and stop
-- where they agree: that ends every chain of triggers, and nobody can pretend to be the other side.
--
-- Locks are taken in the order tags, contact_tags, contacts, by key within each.
--
-- Plans are generic, hence kept: those for one row, which are the usual, look up by key, and that
-- is right for many rows too. Rows are found by id; (x = y) IS TRUE says the same of the organization
-- as x = y, but cannot lure the planner into an index on the organization alone, which on tables
-- without statistics looks as good.

CREATE FUNCTION crm.trim_tag_name() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  NEW.name := btrim(NEW.name);
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION crm.trim_tag_name() IS
'Trigger, BEFORE INSERT OR UPDATE on crm.tags: takes the spaces around the name away.';
REVOKE ALL ON FUNCTION crm.trim_tag_name() FROM PUBLIC;

CREATE FUNCTION crm.normalize_contact_tags() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  tag text;
  former text;
  seen text[] := '{}';
BEGIN
  -- Mostly there is nothing to do, and a loop finds out in a fraction of the time that a query takes.
  IF array_ndims(NEW.tags) = 1 AND array_lower(NEW.tags, 1) = 1 AND cardinality(NEW.tags) <= 20 THEN
    FOREACH tag IN ARRAY NEW.tags LOOP
      EXIT WHEN tag IS NULL OR tag = '' OR tag <> btrim(tag) OR tag <= former OR lower(tag) = ANY (seen);
      former := tag;
      seen := seen || lower(tag);
    END LOOP;
    IF cardinality(seen) = cardinality(NEW.tags) THEN
      RETURN NEW;
    END IF;
  END IF;
  IF array_position(NEW.tags, NULL) IS NULL THEN -- else the check refuses it
    NEW.tags := ARRAY(
      SELECT one.name
        FROM (SELECT DISTINCT ON (lower(btrim(t.name))) btrim(t.name) AS name
                FROM unnest(NEW.tags) WITH ORDINALITY AS t (name, n)
               WHERE btrim(t.name) <> ''
               ORDER BY lower(btrim(t.name)), t.n) AS one
       ORDER BY one.name);
  END IF;
  RETURN NEW;
END
$function$;
COMMENT ON FUNCTION crm.normalize_contact_tags() IS
'Trigger, BEFORE INSERT OR UPDATE on crm.contacts: trims and sorts tags and drops empty names and all but the first of those that differ only in case. So the row mostly need not be written again once the tags are known.';
REVOKE ALL ON FUNCTION crm.normalize_contact_tags() FROM PUBLIC;

CREATE FUNCTION crm.take_new_contact_tags() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT EXISTS (SELECT FROM new_rows AS c WHERE c.tags <> '{}') THEN
    RETURN NULL;
  END IF;
  INSERT INTO crm.tags (organization_id, name)
  SELECT w.organization_id, w.name
    FROM (SELECT DISTINCT ON (c.organization_id, lower(n.name)) c.organization_id, n.name
            FROM new_rows AS c
           CROSS JOIN unnest(c.tags) AS n (name)
           ORDER BY c.organization_id, lower(n.name), c.id) AS w
   WHERE NOT EXISTS (SELECT FROM crm.tags AS t
                      WHERE t.organization_id = w.organization_id AND t.name_norm = lower(w.name))
   ORDER BY w.organization_id, lower(w.name)
  ON CONFLICT (organization_id, name_norm) DO NOTHING;
  INSERT INTO crm.contact_tags (organization_id, contact_id, tag_id)
  SELECT c.organization_id, c.id, t.id
    FROM new_rows AS c
   CROSS JOIN unnest(c.tags) AS n (name)
   CROSS JOIN LATERAL (SELECT t.id FROM crm.tags AS t
                        WHERE t.organization_id = c.organization_id AND t.name_norm = lower(n.name)
                        LIMIT 1) AS t -- one look-up by key for each, not all tags for each contact
   ORDER BY c.organization_id, t.id, c.id
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION crm.take_new_contact_tags() IS
'Trigger, AFTER INSERT on crm.contacts FOR EACH STATEMENT with transition table new_rows: makes the tags that contacts came with, in crm.tags where they do not exist and in crm.contact_tags.';
REVOKE ALL ON FUNCTION crm.take_new_contact_tags() FROM PUBLIC;

CREATE FUNCTION crm.write_contact_tags(organizations uuid[], contacts uuid[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off -- every table is looked up by key, however many rows the planner expects
SET enable_mergejoin = off
SET enable_seqscan = off
AS $function$
BEGIN
  UPDATE crm.contacts AS c
     SET tags = truth.tags
    FROM (SELECT k.o, k.c,
                 ARRAY(SELECT t.name::text
                         FROM crm.contact_tags AS ct
                         JOIN crm.tags AS t ON t.id = ct.tag_id AND (t.organization_id = ct.organization_id) IS TRUE
                        WHERE ct.contact_id = k.c AND (ct.organization_id = k.o) IS TRUE
                        ORDER BY 1) AS tags
            FROM unnest(organizations, contacts) AS k (o, c)
          OFFSET 0) AS truth -- evaluated once, not once for each mention
   WHERE c.id = truth.c AND (c.organization_id = truth.o) IS TRUE
     AND c.tags <> truth.tags;
END
$function$;
COMMENT ON FUNCTION crm.write_contact_tags(uuid[], uuid[]) IS
'For the triggers that keep tags: writes the sorted names of their tags into these contacts, where they differ. The two arrays are keys, place by place.';
REVOKE ALL ON FUNCTION crm.write_contact_tags(uuid[], uuid[]) FROM PUBLIC;

CREATE FUNCTION crm.take_contact_tags() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off -- every table is looked up by key, however many rows the planner expects
SET enable_mergejoin = off
SET enable_seqscan = off
AS $function$
DECLARE
  agrees boolean;
  organizations uuid[];
  contacts uuid[];
BEGIN
  -- What the row says by now: the first row of a statement has done the work for all of them, and a
  -- trigger of somebody's may have been here before.
  SELECT c.tags = ARRAY(SELECT t.name::text
                          FROM crm.contact_tags AS ct
                          JOIN crm.tags AS t ON t.id = ct.tag_id AND (t.organization_id = ct.organization_id) IS TRUE
                         WHERE ct.contact_id = c.id AND (ct.organization_id = c.organization_id) IS TRUE
                         ORDER BY 1)
    INTO agrees
    FROM crm.contacts AS c
   WHERE c.id = NEW.id AND (c.organization_id = NEW.organization_id) IS TRUE;
  IF agrees OR agrees IS NULL THEN
    RETURN NULL;
  END IF;
  -- By arrays, whose length the planner does not know: a plan made for all rows would be kept for one.
  SELECT array_agg(n.organization_id), array_agg(n.id) INTO organizations, contacts FROM new_rows AS n;
  SELECT array_agg(k.organization_id), array_agg(k.id)
    INTO organizations, contacts
    FROM (SELECT c.organization_id, c.id, c.tags,
                 ARRAY(SELECT t.name::text
                         FROM crm.contact_tags AS ct
                         JOIN crm.tags AS t ON t.id = ct.tag_id AND (t.organization_id = ct.organization_id) IS TRUE
                        WHERE ct.contact_id = c.id AND (ct.organization_id = c.organization_id) IS TRUE
                        ORDER BY 1) AS kept
            FROM unnest(organizations, contacts) AS n (o, c)
            JOIN crm.contacts AS c ON c.id = n.c AND (c.organization_id = n.o) IS TRUE
          OFFSET 0) AS k
   WHERE k.tags <> k.kept;
  INSERT INTO crm.tags (organization_id, name)
  SELECT w.organization_id, w.name
    FROM (SELECT DISTINCT ON (c.organization_id, lower(n.name)) c.organization_id, n.name
            FROM unnest(organizations, contacts) AS k (o, c)
            JOIN crm.contacts AS c ON c.id = k.c AND (c.organization_id = k.o) IS TRUE
           CROSS JOIN unnest(c.tags) AS n (name)
           ORDER BY c.organization_id, lower(n.name), c.id) AS w
   WHERE NOT EXISTS (SELECT FROM crm.tags AS t
                      WHERE t.organization_id = w.organization_id AND t.name_norm = lower(w.name))
   ORDER BY w.organization_id, lower(w.name)
  ON CONFLICT (organization_id, name_norm) DO NOTHING;
  WITH wanted AS MATERIALIZED (
    SELECT c.organization_id, c.id AS contact_id, t.id AS tag_id
      FROM unnest(organizations, contacts) AS k (o, c)
      JOIN crm.contacts AS c ON c.id = k.c AND (c.organization_id = k.o) IS TRUE
     CROSS JOIN unnest(c.tags) AS n (name)
     CROSS JOIN LATERAL (SELECT t.id FROM crm.tags AS t
                          WHERE t.organization_id = c.organization_id AND t.name_norm = lower(n.name)
                          LIMIT 1) AS t
  ), gone AS (
    DELETE FROM crm.contact_tags AS ct
     USING unnest(organizations, contacts) AS k (o, c)
     WHERE ct.contact_id = k.c AND (ct.organization_id = k.o) IS TRUE
       AND (ct.contact_id, ct.tag_id) NOT IN (SELECT w.contact_id, w.tag_id FROM wanted AS w) -- which is hashed
  )
  INSERT INTO crm.contact_tags (organization_id, contact_id, tag_id)
  SELECT w.organization_id, w.contact_id, w.tag_id
    FROM wanted AS w
   ORDER BY w.organization_id, w.tag_id, w.contact_id
  ON CONFLICT DO NOTHING;
  -- Where no row came or went, the names may still be spelled otherwise than the tags are.
  PERFORM crm.write_contact_tags(organizations, contacts);
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION crm.take_contact_tags() IS
'Trigger, AFTER UPDATE on crm.contacts FOR EACH ROW whose tags change, with transition table new_rows: where tags differs from the rows of crm.contact_tags, makes these follow it, and the tags that do not exist yet, for all rows of the statement at once.';
REVOKE ALL ON FUNCTION crm.take_contact_tags() FROM PUBLIC;

CREATE FUNCTION crm.keep_contact_tags() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
  organizations uuid[];
  contacts uuid[];
BEGIN
  IF TG_TABLE_NAME = 'tags' THEN
    SELECT array_agg(k.organization_id), array_agg(k.contact_id)
      INTO organizations, contacts
      FROM (SELECT DISTINCT ct.organization_id, ct.contact_id
              FROM (SELECT n.organization_id, n.id, n.name FROM new_rows AS n
                    EXCEPT
                    SELECT o.organization_id, o.id, o.name FROM old_rows AS o) AS renamed
              JOIN crm.contact_tags AS ct
                ON ct.tag_id = renamed.id AND ct.organization_id = renamed.organization_id) AS k;
  ELSIF TG_OP = 'INSERT' THEN
    SELECT array_agg(k.organization_id), array_agg(k.contact_id)
      INTO organizations, contacts
      FROM (SELECT DISTINCT n.organization_id, n.contact_id FROM new_rows AS n) AS k;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(k.organization_id), array_agg(k.contact_id)
      INTO organizations, contacts
      FROM (SELECT DISTINCT o.organization_id, o.contact_id FROM old_rows AS o) AS k;
  ELSE
    SELECT array_agg(k.organization_id), array_agg(k.contact_id)
      INTO organizations, contacts
      FROM (SELECT DISTINCT changed.organization_id, changed.contact_id
              FROM (SELECT v.organization_id, v.contact_id, v.tag_id
                      FROM (SELECT o.organization_id, o.contact_id, o.tag_id, -1 AS sign FROM old_rows AS o
                            UNION ALL
                            SELECT n.organization_id, n.contact_id, n.tag_id, 1 FROM new_rows AS n) AS v
                     GROUP BY v.organization_id, v.contact_id, v.tag_id
                    HAVING sum(v.sign) <> 0) AS changed) AS k;
  END IF;
  IF contacts IS NULL THEN
    RETURN NULL;
  END IF;
  -- The names are read by a later statement than the one that locks, hence as they are by then.
  -- Contacts that are being deleted are not there any more.
  PERFORM
     FROM unnest(organizations, contacts) AS k (o, c)
     JOIN crm.contacts AS c ON c.id = k.c AND (c.organization_id = k.o) IS TRUE
    ORDER BY c.organization_id, c.id
      FOR NO KEY UPDATE OF c;
  IF FOUND THEN
    PERFORM crm.write_contact_tags(organizations, contacts);
  END IF;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION crm.keep_contact_tags() IS
'Trigger, AFTER INSERT, UPDATE or DELETE on crm.contact_tags and AFTER UPDATE on crm.tags, FOR EACH STATEMENT with transition tables new_rows and old_rows: keeps crm.contacts.tags, the sorted names of each contact''s tags.';
REVOKE ALL ON FUNCTION crm.keep_contact_tags() FROM PUBLIC;

-- The lock lets nobody rename the tag or narrow its scope until this use of it can be seen.
CREATE FUNCTION crm.check_tag_scope() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
  kind CONSTANT text := TG_ARGV[0];
  organizations uuid[];
  tags uuid[];
  refused record;
BEGIN
  IF TG_TABLE_NAME = 'tags' THEN
    SELECT n.name, CASE n.scope WHEN 'deal' THEN 'contact' ELSE 'deal' END AS kind
      INTO refused
      FROM (SELECT v.organization_id, v.id, v.name, v.scope FROM new_rows AS v WHERE v.scope <> 'any') AS n
     WHERE CASE n.scope
             WHEN 'deal' THEN EXISTS (SELECT FROM crm.contact_tags AS ct
                                       WHERE ct.organization_id = n.organization_id AND ct.tag_id = n.id)
             ELSE EXISTS (SELECT FROM crm.deal_tags AS dt
                           WHERE dt.organization_id = n.organization_id AND dt.tag_id = n.id)
           END
     LIMIT 1;
    IF FOUND THEN
      RAISE check_violation USING
        MESSAGE = format('tag "%s" is still on a %s', refused.name, refused.kind),
        HINT = format('Take the tag off every %s before its scope is narrowed.', refused.kind),
        SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'tags_scope_check';
    END IF;
    RETURN NULL;
  END IF;
  SELECT array_agg(k.organization_id), array_agg(k.tag_id)
    INTO organizations, tags
    FROM (SELECT DISTINCT n.organization_id, n.tag_id FROM new_rows AS n) AS k;
  IF tags IS NULL THEN
    RETURN NULL;
  END IF;
  FOR refused IN
    SELECT t.name, t.scope
      FROM unnest(organizations, tags) AS k (o, t)
      JOIN crm.tags AS t ON t.id = k.t AND (t.organization_id = k.o) IS TRUE
     ORDER BY t.organization_id, t.id
       FOR SHARE OF t
  LOOP
    CONTINUE WHEN refused.scope IN ('any', kind);
    RAISE check_violation USING
      MESSAGE = format('tag "%s" is not for a %s', refused.name, kind),
      DETAIL = 'The scope of the tag says what it may be put on.',
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_scope_check';
  END LOOP;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION crm.check_tag_scope() IS
'Trigger (contact or deal), AFTER INSERT or UPDATE on crm.contact_tags and crm.deal_tags, and AFTER UPDATE on crm.tags, FOR EACH STATEMENT with transition table new_rows: refuses a tag on what its scope does not allow, and a scope that the tag''s uses do not allow (23514).';
REVOKE ALL ON FUNCTION crm.check_tag_scope() FROM PUBLIC;
