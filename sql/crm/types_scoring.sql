CREATE DOMAIN crm.score_model_status AS text
    CONSTRAINT score_model_status_check CHECK (VALUE IN ('draft', 'active', 'retired'));
COMMENT ON DOMAIN crm.score_model_status IS 'State of a scoring model: draft (being written), active (scores are by it), retired (kept for the scores that were).';

CREATE DOMAIN crm.score_reason AS text
    CONSTRAINT score_reason_check CHECK (VALUE IN ('refresh', 'signal', 'profile', 'model', 'merge', 'import', 'manual'));
COMMENT ON DOMAIN crm.score_reason IS 'What made a score change: refresh (time went by), signal (the contact did something), profile (more is known of it), model (other rules), merge, import, manual.';

-- Every key may be missing; what is there can be computed with. Strict mode, since the lax one
-- unwraps an array before its type is asked; silent, since strict mode raises an error where a
-- key is missing. Bounds keep a slip of the pen from drowning all other rules.
CREATE DOMAIN crm.score_rules AS jsonb
    CONSTRAINT score_rules_check CHECK (
        jsonb_typeof(VALUE) = 'object'
        AND coalesce(jsonb_typeof(VALUE -> 'fit'), 'object') = 'object'
        AND coalesce(jsonb_typeof(VALUE -> 'lifecycle_stages'), 'object') = 'object'
        AND coalesce(jsonb_typeof(VALUE -> 'groups'), 'object') = 'object'
        AND coalesce(jsonb_typeof(VALUE -> 'signals'), 'object') = 'object'
        AND coalesce(jsonb_typeof(VALUE -> 'grades'), 'object') = 'object'
        AND NOT jsonb_path_exists(VALUE, 'strict $.fit.* ? (@.type() != "number" || @ < -1000 || @ > 1000)', '{}', true)
        AND NOT jsonb_path_exists(VALUE, 'strict $.lifecycle_stages.* ? (@.type() != "number" || @ < -1000 || @ > 1000)', '{}', true)
        AND NOT jsonb_path_exists(VALUE, 'strict $.groups.* ? (@.type() != "object")', '{}', true)
        AND NOT jsonb_path_exists(VALUE, '$.groups.* ? (!exists(@.half_life_days) || !exists(@.cap))')
        AND NOT jsonb_path_exists(VALUE, 'strict $.groups.*.half_life_days ? (@.type() != "number" || @ < 0.001 || @ > 36500)', '{}', true)
        AND NOT jsonb_path_exists(VALUE, 'strict $.groups.*.cap ? (@.type() != "number" || @ < 0 || @ > 1000)', '{}', true)
        AND NOT jsonb_path_exists(VALUE, '$.groups.keyvalue().key ? (!(@ like_regex "^[a-z0-9][a-z0-9_]*$"))')
        AND NOT jsonb_path_exists(VALUE, 'strict $.signals.* ? (@.type() != "object")', '{}', true)
        AND NOT jsonb_path_exists(VALUE, '$.signals.* ? (!exists(@.group) || !exists(@.weight))')
        AND NOT jsonb_path_exists(VALUE, 'strict $.signals.*.weight ? (@.type() != "number" || @ < -1000 || @ > 1000)', '{}', true)
        AND NOT jsonb_path_exists(VALUE, 'strict $.signals.*.group ? (@.type() != "string")', '{}', true)
        AND NOT jsonb_path_exists(VALUE, '$.signals.*.group ? (!(@ == $.groups.keyvalue().key))')
        AND NOT jsonb_path_exists(VALUE, '$.grades.keyvalue().key ? (!(@ == "fit" || @ == "engagement"))')
        AND NOT jsonb_path_exists(VALUE, 'strict $.grades.* ? (@.type() != "array" || @.size() != 2 || @[0].type() != "number" || @[1].type() != "number" || @[0] <= @[1])', '{}', true)
    );
COMMENT ON DOMAIN crm.score_rules IS 'Rules of a score: a JSON object {fit: {attribute: points}, lifecycle_stages: {code: points}, groups: {name: {half_life_days, cap}}, signals: {name: {group, weight}}, grades: {fit: [A from, B from], engagement: [1 from, 2 from]}}. Points and weights are -1000 to 1000, caps 0 to 1000, half-lives 0.001 to 36500 days; a signal''s group is one of the groups.';
