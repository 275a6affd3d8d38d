COMMENT ON FUNCTION crm.uuid_v7() IS
'A UUID of version 7 (RFC 9562): milliseconds since 1970, 12 bits of finer time, 62 random bits. Values made by one session ascend, so new keys land at the right edge of an index.';
COMMENT ON FUNCTION crm.touch_updated_at() IS
'Trigger, BEFORE UPDATE FOR EACH ROW: sets updated_at to the transaction''s time. Arguments name columns that programs keep: an update that changes nothing else leaves updated_at alone.';
REVOKE ALL ON FUNCTION crm.touch_updated_at() FROM PUBLIC;
COMMENT ON FUNCTION crm.shape_problems(text, text) IS
'What is wrong with a JSON document, each as "place: fault", at most 100; {} where it has the shape; NULL for NULL. Shapes: organization_settings, custom_fields, workflow_definition, sound_workflow, content_media, content_insights, social_metrics, content_performance, brand_safety. Error 22023 for an unknown shape.';
COMMENT ON FUNCTION crm.has_shape(text, text, text) IS
'For CHECKs (document, shape, name of the constraint): true, or error 23514 in the constraint''s name with the places and faults in its detail.';
CREATE FUNCTION crm.validate_custom_fields(fields jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
  SELECT crm.shape_problems('custom_fields', $1::pg_catalog.text)
$function$;
COMMENT ON FUNCTION crm.validate_custom_fields(jsonb) IS
'What is wrong with custom fields, each as "field: fault": a field is a string, a number, a boolean or an array of strings. {} where they can be stored; NULL for NULL.';
COMMENT ON FUNCTION crm.stamp_state() IS
'Trigger (column of the state, rules), BEFORE INSERT OR UPDATE FOR EACH ROW: a rule ''paid_at: paid, refunded; void'' gives the row the time now where its state is paid or refunded and the column is NULL, and forgets the time that the row had before where the state is none of those listed.';
REVOKE ALL ON FUNCTION crm.stamp_state() FROM PUBLIC;
COMMENT ON FUNCTION crm.assign_display_id() IS
'Trigger, BEFORE and AFTER INSERT FOR EACH STATEMENT, BEFORE INSERT FOR EACH ROW: numbers from 1 per organization for rows whose display_id is NULL. The organization''s counter is locked until the transaction ends.';
REVOKE ALL ON FUNCTION crm.assign_display_id() FROM PUBLIC;

COMMENT ON FUNCTION crm.is_valid_email(text, text) IS
'Whether the text, as it stands, is a valid e-mail address under a profile. html5: the definition of the WHATWG HTML standard, what browsers accept in <input type=email>. rfc5321: what SMTP can carry, quoted local parts and address literals too; at most 254 bytes, 64 of them before the @. strict: what a CRM should store: no quoting, no literal, no dot that begins, ends or doubles, a domain with a dot. smtputf8: as strict, with visible characters beyond ASCII before the @ (in form NFC) and domains of IDNA2008. Error 22023 for an unknown profile.';
COMMENT ON FUNCTION crm.email_rejection_reason(text, text) IS
'Why the text is no valid e-mail address under the profile (as in crm.is_valid_email), in plain words that complete "The address ..."; NULL where it is valid. Error 22023 for an unknown profile.';
COMMENT ON FUNCTION crm.normalize_email(text, text, boolean) IS
'The address in the form for comparing and for unique keys: trimmed, in lower case, the domain in its ASCII form (xn--...), a quoted local part without needless quoting; under smtputf8 the local part in form NFC. NULL where that is invalid under the profile (as in crm.is_valid_email). fold_provider: also without what the provider ignores by its own documentation: +tags at Gmail, Outlook.com, Proton and Fastmail, and dots at Gmail. Idempotent. Error 22023 for an unknown profile.';
COMMENT ON FUNCTION crm.is_disposable_email(text) IS
'Whether the address is of a provider of throw-away addresses, or of a domain below: by a list that is compiled in (crm.disposable_domains_version()). Says nothing of whether the address is valid. STABLE: the list changes with every release, so neither index nor store the answer.';
COMMENT ON FUNCTION crm.disposable_domains_version() IS
'Release and date of the list of throw-away domains that is compiled in (disposable-email-domains, CC0).';

COMMENT ON FUNCTION crm.is_possible_phone(text, text) IS
'Whether the number has a possible length and shape in its country''s plan (libphonenumber''s isPossibleNumber). region: ISO 3166-1 alpha-2 code for numbers that do not begin with +. NULL only for a NULL number.';
COMMENT ON FUNCTION crm.is_valid_phone(text, text) IS
'Whether the number is assigned to a range that is in use in its country''s plan (libphonenumber''s isValidNumber). STABLE: the answer moves with every release of the plans, so index and store crm.normalize_phone() instead.';
COMMENT ON FUNCTION crm.normalize_phone(text, text) IS
'The number in the form of E.164 (+, country calling code, national number; at most 20 digits, since some plans have longer numbers than the 15 of the recommendation) where it is possible, else NULL. region: as for crm.is_possible_phone(). An extension is dropped. Idempotent.';
COMMENT ON FUNCTION crm.format_phone(text, text, text) IS
'The number as people write it, with its extension, where it is possible, else NULL. style: international (+41 44 668 18 00), national (044 668 18 00), rfc3966 (tel:+41-44-668-18-00) or e164 (+41446681800, without the extension); others: error 22023. region: as for crm.is_possible_phone(). STABLE: the answer moves with every release of the plans.';
COMMENT ON FUNCTION crm.phone_region(text, text) IS
'The region that the number belongs to: ISO 3166-1 alpha-2 code, or 001 for the world. NULL where it is no number, and where several regions share the calling code and none has the range. A number of a region with a calling code for itself need not be valid. STABLE: the answer moves with every release of the plans.';
COMMENT ON FUNCTION crm.phone_type(text, text) IS
'The type of the number: fixed_line, mobile, fixed_line_or_mobile (plans that do not tell), toll_free, premium_rate, shared_cost, voip, personal_number, pager, uan (a company''s number), voicemail, or unknown where it lies in no assigned range. NULL where it is no number. STABLE: the answer moves with every release of the plans.';
COMMENT ON FUNCTION crm.phone_metadata_version() IS
'The release of libphonenumber''s number plans that is compiled in. STABLE: it changes with releases of pg_crm.';

COMMENT ON FUNCTION crm.decay(double precision, timestamptz, timestamptz, double precision) IS
'value * 2^-((at - as_of) / half_life): what a value of the time as_of is worth at another time. half_life in seconds.';
COMMENT ON FUNCTION crm.signal_groups() IS
'The groups of signals of the current organization''s scoring model (without one: of the built-in model): half-life in seconds, and cap, the most points that the group gives.';
-- The planner would expect 1,000.
ALTER FUNCTION crm.signal_groups() ROWS 6;
COMMENT ON FUNCTION crm.score_model_of(uuid) IS
'The version of the rules by which the organization''s contacts are scored: id of its active row of crm.score_models, or 00000000-0000-0000-0000-000000000001 for the built-in rules.';
COMMENT ON FUNCTION crm.hold_signals_of(uuid) IS
'For changes of scoring models: waits until nobody adds signals to the organization''s contacts, and lets nobody begin until the transaction ends.';
REVOKE ALL ON FUNCTION crm.hold_signals_of(uuid) FROM PUBLIC;
COMMENT ON FUNCTION crm.merge_sums(double precision[], double precision[], timestamptz, double precision[], timestamptz) IS
'For crm.keep_engagement(): two values of crm.contact_engagement.sums with their times, added up as of the later one. half_lives in seconds: first the longest, then each group''s.';
COMMENT ON FUNCTION crm.engagement_rank(double precision[], double precision[], timestamptz, timestamptz) IS
'For crm.keep_engagement(): crm.contact_engagement.rank of these sums as of a time, written at known_at. half_lives as for crm.merge_sums().';
COMMENT ON FUNCTION crm.keep_engagement() IS
'Trigger, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables new_rows and old_rows: keeps the sums of crm.contact_engagement. For the tables of pg_crm itself.';
REVOKE ALL ON FUNCTION crm.keep_engagement() FROM PUBLIC;
COMMENT ON FUNCTION crm.keep_fit() IS
'Trigger, AFTER INSERT or UPDATE FOR EACH ROW, which notes what changed, and FOR EACH STATEMENT, which works on it: keeps the fit of crm.contact_engagement. For the tables of pg_crm itself.';
REVOKE ALL ON FUNCTION crm.keep_fit() FROM PUBLIC;

COMMENT ON FUNCTION crm.calculate_contact_score(uuid, timestamptz) IS
'The contact''s score, 0 to 100: fit plus engagement, rounded, by the organization''s active score model. Fit is that of now; engagement is from what is kept where no signal is later than as_of (the usual case), from the signals themselves otherwise: exact either way. NULL where the contact is absent, deleted or not visible.';
COMMENT ON FUNCTION crm.calculate_contact_scores(uuid[], timestamptz) IS
'The scores of many contacts at once, in the order of the array: each as crm.calculate_contact_score tells it, NULL where that is.';
-- The planner would expect 1,000, each as cheap as an addition.
ALTER FUNCTION crm.calculate_contact_score(uuid, timestamptz) COST 10;
ALTER FUNCTION crm.calculate_contact_scores(uuid[], timestamptz) ROWS 100 COST 1000;
COMMENT ON FUNCTION crm.score_of_kept(uuid, uuid, double precision, double precision[], timestamptz, timestamptz) IS
'For crm.contact_scores(): the score of a contact by its columns of crm.contact_engagement; by the rows where they are NULL.';
COMMENT ON FUNCTION crm.explain_contact_score(uuid, timestamptz) IS
'The score line by line, from the rows. component: fit, engagement, or cap (what a group''s cap takes off); signal: the rule, the signal, or the group; raw: 1, the number of signals, or the group''s sum before its cap; points: the share of the score. The points add up to the score before rounding and clamping. No row where the contact is absent, deleted or not visible.';
COMMENT ON FUNCTION crm.contact_engagement_at(uuid, timestamptz) IS
'The sum of the contact''s decayed signal weights before any cap. NULL where the contact is absent, deleted or not visible.';

-- What counts as a signal. The planner inlines these, so a trigger over a transition table and a
-- query over the base table read their columns directly.
CREATE FUNCTION crm.message_signals(direction text, status text, at timestamptz)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT 'message_' OPERATOR(pg_catalog.||) $1, $3
   WHERE $1 OPERATOR(pg_catalog.=) 'inbound'
      OR $2 OPERATOR(pg_catalog.=) ANY ('{sent,delivered,read}'::pg_catalog.text[])
$function$;
COMMENT ON FUNCTION crm.message_signals(text, text, timestamptz) IS
'Signals of a row of inbox.messages: every inbound message, and an outbound one once it is sent.';

CREATE FUNCTION crm.call_signals(direction text, status text, at timestamptz)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT 'call_' OPERATOR(pg_catalog.||) $1, $3
   WHERE $1 OPERATOR(pg_catalog.=) 'inbound'
      OR $2 OPERATOR(pg_catalog.=) 'completed'
$function$;
COMMENT ON FUNCTION crm.call_signals(text, text, timestamptz) IS
'Signals of a row of inbox.calls: every inbound call, and an outbound one that was completed.';

CREATE FUNCTION crm.email_signals(
  direction text, created_at timestamptz, sent_at timestamptz, opened_at timestamptz,
  clicked_at timestamptz, replied_at timestamptz, bounced_at timestamptz)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT v.signal, v.occurred_at
    FROM (VALUES ('email_sent', CASE WHEN $1 OPERATOR(pg_catalog.=) 'outbound' THEN $3 END),
                 ('email_received', CASE WHEN $1 OPERATOR(pg_catalog.=) 'inbound' THEN coalesce($3, $2) END),
                 ('email_opened', $4),
                 ('email_clicked', $5),
                 ('email_replied', $6),
                 ('email_bounced', $7)) AS v (signal, occurred_at)
   WHERE v.occurred_at IS NOT NULL
$function$;
COMMENT ON FUNCTION crm.email_signals(text, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz) IS
'Signals of a row of inbox.emails: received, or sent and what became of it, each at its own time.';

CREATE FUNCTION crm.activity_signals(kind text, status text, completed_at timestamptz, outcome text)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT $1 OPERATOR(pg_catalog.||) '_completed' OPERATOR(pg_catalog.||)
         CASE WHEN said.outcome OPERATOR(pg_catalog.<>) '' THEN '.' OPERATOR(pg_catalog.||) said.outcome ELSE '' END,
         $3
    FROM (SELECT pg_catalog.left(pg_catalog.btrim(
                   pg_catalog.regexp_replace(pg_catalog.lower($4), '[^[:alnum:]]+', '_', 'g'), '_'), 60) AS outcome) AS said
   WHERE $2 OPERATOR(pg_catalog.=) 'completed'
     AND $3 IS NOT NULL
$function$;
COMMENT ON FUNCTION crm.activity_signals(text, text, timestamptz, text) IS
'Signals of a row of crm.activities: a completed task, meeting, call or follow-up, e.g. meeting_completed; where it has an outcome, with that: meeting_completed.no_show of "No show".';

CREATE FUNCTION crm.deal_signals(status text, created_at timestamptz, advanced_at timestamptz, closed_at timestamptz)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT v.signal, v.occurred_at
    FROM (VALUES ('deal_created', $2),
                 ('deal_advanced', $3),
                 ('deal_won', CASE WHEN $1 OPERATOR(pg_catalog.=) 'won' THEN $4 END),
                 ('deal_lost', CASE WHEN $1 OPERATOR(pg_catalog.=) 'lost' THEN $4 END)) AS v (signal, occurred_at)
   WHERE v.occurred_at IS NOT NULL
$function$;
COMMENT ON FUNCTION crm.deal_signals(text, timestamptz, timestamptz, timestamptz) IS
'Signals of a row of crm.deals: created, last advanced to a later stage, and won or lost.';

CREATE FUNCTION crm.recorded_signals(signal text, occurred_at timestamptz)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT $1, $2
$function$;
COMMENT ON FUNCTION crm.recorded_signals(text, timestamptz) IS
'Signals of a row of crm.signals: itself.';

CREATE FUNCTION crm.event_signals(name text, occurred_at timestamptz)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT 'event.' OPERATOR(pg_catalog.||) $1, $2
$function$;
COMMENT ON FUNCTION crm.event_signals(text, timestamptz) IS
'Signals of a row of analytics.events: event. and its name. They count where a score model names them.';

CREATE FUNCTION crm.order_signals(status text, placed_at timestamptz)
RETURNS TABLE (signal text, occurred_at timestamptz)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT 'order_placed', $2
   WHERE $2 IS NOT NULL
     AND $1 OPERATOR(pg_catalog.<>) ALL ('{draft,cancelled,refunded}'::pg_catalog.text[])
$function$;
COMMENT ON FUNCTION crm.order_signals(text, timestamptz) IS
'Signals of a row of commerce.orders: placed, and neither cancelled nor refunded.';

CREATE FUNCTION crm.get_contact_tags(contact_id uuid) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
AS $function$
  SELECT c.tags
    FROM crm.contacts AS c
   WHERE c.id OPERATOR(pg_catalog.=) $1
$function$;
COMMENT ON FUNCTION crm.get_contact_tags(uuid) IS
'The names of the contact''s tags, sorted; {} where it has none; NULL where the contact is absent or not visible. One look-up by key.';

CREATE FUNCTION crm.get_tags_of_contacts(contact_ids uuid[])
RETURNS TABLE (contact_id uuid, tags text[])
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
AS $function$
  SELECT wanted.id, c.tags
    FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (id, place)
    LEFT JOIN crm.contacts AS c ON c.id OPERATOR(pg_catalog.=) wanted.id
   ORDER BY wanted.place
$function$;
COMMENT ON FUNCTION crm.get_tags_of_contacts(uuid[]) IS
'The tags of many contacts at once, in the order of the array: each as crm.get_contact_tags(uuid) tells them.';

COMMENT ON FUNCTION crm.hottest_contacts(integer, timestamptz) IS
'The n contacts of the current organization with the most engagement (the sum of decayed signal weights before any cap) at the time as_of, with their scores, the hottest first; all that ever gave a signal where n is NULL. Read in the order of an index, exact at every time. Error 2201W where n is negative.';
-- The planner would expect 1,000.
ALTER FUNCTION crm.hottest_contacts(integer, timestamptz) ROWS 100 COST 10000;

CREATE FUNCTION crm.contact_scores(as_of timestamptz DEFAULT pg_catalog.now())
RETURNS TABLE (contact_id uuid, score integer)
LANGUAGE sql STABLE PARALLEL SAFE
AS $function$
  SELECT c.id, crm.score_of_kept(c.id, c.organization_id, kept.fit, kept.sums, kept.as_of, $1)
    FROM crm.contacts AS c
    LEFT JOIN crm.contact_engagement AS kept
      ON kept.contact_id OPERATOR(pg_catalog.=) c.id
     -- To hash one uuid is enough; what else has the same is told apart afterwards.
     AND (kept.organization_id OPERATOR(pg_catalog.=) c.organization_id) IS TRUE
     AND (kept.model_id OPERATOR(pg_catalog.=) crm.score_model_of(c.organization_id)) IS TRUE
   WHERE c.deleted_at IS NULL
$function$;
COMMENT ON FUNCTION crm.contact_scores(timestamptz) IS
'The scores of all contacts that are visible, as crm.calculate_contact_score tells them one by one. Inlined: it can be joined, filtered and run by parallel workers.';
