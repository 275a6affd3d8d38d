CREATE UNIQUE INDEX campaigns_organization_external_id_key ON marketing.campaigns (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX campaigns_organization_name_norm_key ON marketing.campaigns (organization_id, name_norm) WHERE deleted_at IS NULL;
CREATE INDEX campaigns_organization_utm_campaign_norm_idx ON marketing.campaigns (organization_id, utm_campaign_norm) WHERE utm_campaign_norm IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX campaigns_organization_status_idx ON marketing.campaigns (organization_id, status, start_date) WHERE deleted_at IS NULL;
CREATE INDEX campaigns_organization_active_end_date_idx ON marketing.campaigns (organization_id, end_date) WHERE status = 'active' AND deleted_at IS NULL;
CREATE INDEX campaigns_organization_parent_idx ON marketing.campaigns (organization_id, parent_id);
CREATE INDEX campaigns_organization_owner_idx ON marketing.campaigns (organization_id, owner_id);

-- E-mail and phone are not unique: the same person may come by two campaigns.
CREATE UNIQUE INDEX leads_organization_external_id_key ON marketing.leads (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX leads_organization_campaign_idx ON marketing.leads (organization_id, campaign_id, created_at);
CREATE INDEX leads_organization_email_norm_idx ON marketing.leads (organization_id, email_norm) WHERE deleted_at IS NULL;
CREATE INDEX leads_organization_phone_e164_idx ON marketing.leads (organization_id, phone_e164) WHERE deleted_at IS NULL;
CREATE INDEX leads_organization_status_created_at_idx ON marketing.leads (organization_id, status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX leads_organization_score_idx ON marketing.leads (organization_id, score) WHERE deleted_at IS NULL;
CREATE INDEX leads_organization_score_model_idx ON marketing.leads (organization_id, score_model_id);
CREATE INDEX leads_organization_owner_idx ON marketing.leads (organization_id, owner_id, status);
CREATE INDEX leads_organization_converted_by_idx ON marketing.leads (organization_id, converted_by);
CREATE INDEX leads_organization_converted_contact_idx ON marketing.leads (organization_id, converted_contact_id);
CREATE INDEX leads_organization_converted_company_idx ON marketing.leads (organization_id, converted_company_id);
CREATE INDEX leads_organization_converted_deal_idx ON marketing.leads (organization_id, converted_deal_id);
CREATE INDEX leads_search_idx ON marketing.leads USING gin (organization_id, search_vector) WHERE deleted_at IS NULL;
