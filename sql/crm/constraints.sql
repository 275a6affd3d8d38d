ALTER TABLE crm.contacts ADD CONSTRAINT contacts_score_model_fkey
    FOREIGN KEY (score_model_id, organization_id)
    REFERENCES crm.score_models (id, organization_id) ON DELETE SET NULL (score_model_id);
