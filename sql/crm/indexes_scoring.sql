CREATE UNIQUE INDEX score_models_organization_active_key ON crm.score_models (organization_id) WHERE status = 'active';
CREATE INDEX score_models_organization_based_on_idx ON crm.score_models (organization_id, based_on_id);
CREATE INDEX score_models_organization_created_by_idx ON crm.score_models (organization_id, created_by);

CREATE INDEX score_history_organization_scored_at_idx ON crm.score_history (organization_id, scored_at);
CREATE INDEX score_history_organization_model_idx ON crm.score_history (organization_id, model_id);
