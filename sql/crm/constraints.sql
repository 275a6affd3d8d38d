ALTER TABLE crm.contacts ADD CONSTRAINT contacts_score_model_fkey
    FOREIGN KEY (score_model_id, organization_id)
    REFERENCES crm.score_models (id, organization_id) ON DELETE SET NULL (score_model_id);

-- What a lead did goes with it, unless it has become a contact.
ALTER TABLE crm.signals ADD CONSTRAINT signals_lead_fkey FOREIGN KEY (lead_id, organization_id)
    REFERENCES marketing.leads (id, organization_id) ON DELETE CASCADE;
