CREATE UNIQUE INDEX score_models_organization_active_key ON crm.score_models (organization_id) WHERE status = 'active';
CREATE INDEX score_models_organization_based_on_idx ON crm.score_models (organization_id, based_on_id);
CREATE INDEX score_models_organization_created_by_idx ON crm.score_models (organization_id, created_by);

CREATE INDEX score_history_organization_scored_at_idx ON crm.score_history (organization_id, scored_at);
CREATE INDEX score_history_organization_model_idx ON crm.score_history (organization_id, model_id);
CREATE INDEX score_models_organization_in_use_idx ON crm.score_models (organization_id) WHERE status IN ('active', 'building');

-- Contacts that never gave a signal are not among the hottest.
CREATE INDEX contact_engagement_organization_rank_idx ON crm.contact_engagement (organization_id, model_id, rank) WHERE sums <> '{}';
CREATE INDEX contact_engagement_organization_refresh_idx ON crm.contact_engagement (organization_id, refresh_at);

CREATE INDEX score_crossings_organization_falls_at_idx ON crm.score_crossings (organization_id, threshold, falls_at);

CREATE INDEX signals_organization_occurred_at_idx ON crm.signals (organization_id, occurred_at);
CREATE INDEX signals_contact_idx ON crm.signals (contact_id, organization_id, occurred_at);
CREATE INDEX signals_lead_idx ON crm.signals (lead_id, organization_id, occurred_at);
