ALTER TABLE crm.score_models ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();

ALTER DOMAIN crm.score_rules ADD CONSTRAINT score_rules_check CHECK (VALUE = '{}' OR crm.has_shape(VALUE::text, 'score_rules', 'score_rules_check'));
