-- Equality on normal forms, not on expressions: only that can use an index under row-level security.
ALTER TABLE creator.creators ADD COLUMN email_norm text GENERATED ALWAYS AS (crm.normalize_email(email)) STORED;
COMMENT ON COLUMN creator.creators.email_norm IS 'The e-mail address in normal form, by crm.normalize_email; what to compare addresses with.';

ALTER TABLE creator.creators ADD COLUMN phone_e164 text GENERATED ALWAYS AS (crm.normalize_phone(phone, phone_region)) STORED;
COMMENT ON COLUMN creator.creators.phone_e164 IS 'The telephone number in E.164 form, by crm.normalize_phone; NULL where its country is not known.';

ALTER TABLE creator.creators ADD CONSTRAINT creators_email_check CHECK (email IS NULL OR crm.is_valid_email(email));

-- Without + and region nobody can judge a number: it is taken if it looks like one.
ALTER TABLE creator.creators ADD CONSTRAINT creators_phone_check CHECK (
    phone IS NULL
    OR crm.is_possible_phone(phone, phone_region)
    OR (phone_region IS NULL AND phone ~ '^[0-9() ./-]+$' AND length(translate(phone, '() ./-', '')) BETWEEN 7 AND 15)
);

ALTER TABLE creator.campaign_briefs ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE creator.content_versions ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE creator.creator_earnings ALTER COLUMN recorded_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE creator.creator_reviews ALTER COLUMN reviewer_id SET DEFAULT tenancy.current_user_id();

ALTER DOMAIN creator.brand_safety ADD CONSTRAINT brand_safety_check CHECK (VALUE = '{}' OR crm.has_shape(VALUE::text, 'brand_safety', 'brand_safety_check'));
ALTER TABLE creator.content_metadata ADD CONSTRAINT content_metadata_media_check CHECK (media = '{}' OR crm.has_shape(media::text, 'content_media', 'content_metadata_media_check'));
ALTER TABLE creator.content_metadata ADD CONSTRAINT content_metadata_ai_insights_check CHECK (ai_insights = '{}' OR crm.has_shape(ai_insights::text, 'content_insights', 'content_metadata_ai_insights_check'));
ALTER TABLE creator.content_metadata ADD CONSTRAINT content_metadata_social_metrics_check CHECK (social_metrics = '{}' OR crm.has_shape(social_metrics::text, 'social_metrics', 'content_metadata_social_metrics_check'));
ALTER TABLE creator.content_metadata ADD CONSTRAINT content_metadata_performance_check CHECK (performance = '{}' OR crm.has_shape(performance::text, 'content_performance', 'content_metadata_performance_check'));
