CREATE DOMAIN crm.score_model_status AS text
    CONSTRAINT score_model_status_check CHECK (VALUE IN ('draft', 'building', 'active', 'retired'));
COMMENT ON DOMAIN crm.score_model_status IS 'State of a scoring model: draft (being written), building (what is kept of contacts is being made by it), active (scores are by it), retired (kept for the scores that were).';

CREATE DOMAIN crm.score_reason AS text
    CONSTRAINT score_reason_check CHECK (VALUE IN ('refresh', 'signal', 'profile', 'model', 'merge', 'import', 'manual'));
COMMENT ON DOMAIN crm.score_reason IS 'What made a score change: refresh (time went by), signal (the contact did something), profile (more is known of it), model (other rules), merge, import, manual.';

CREATE DOMAIN crm.score_rules AS jsonb;
COMMENT ON DOMAIN crm.score_rules IS 'Rules of a score: a JSON object {fit, fit_groups: {name: {cap}}, lifecycle_stages: {code: points}, groups: {name: {half_life_days, cap}}, signals: {name: {group, weight}}, grades: {fit: [A from, B from], engagement: [1 from, 2 from]}, thresholds: [score, ...]}; every key may be missing. fit is {attribute: points} or an array of {name, attribute, operator, value, points, group}. Points and weights are -1000 to 1000, caps 0 to 1000, half-lives 0.001 to 36500 days; a signal''s group is one of groups, a fit rule''s one of fit_groups. crm.shape_problems(''score_rules'', document) lists what is wrong with a document.';
