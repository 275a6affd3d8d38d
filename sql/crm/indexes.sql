-- Indexes that serve a foreign key hold all rows, since the key does; those that serve
-- only queries hold the live ones. A reference to a global list is by its id alone, so
-- its index begins with that.
--
-- Full text, trigrams, arrays and jsonb are asked through functions that filter by
-- organization themselves. Columns share one GIN index where they can: any of them can be
-- asked alone, and the organization, a key of every row, is entered once.

CREATE UNIQUE INDEX companies_organization_external_id_key ON crm.companies (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX companies_organization_domain_norm_key ON crm.companies (organization_id, domain_norm) WHERE domain_norm IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX companies_organization_name_idx ON crm.companies (organization_id, name) WHERE deleted_at IS NULL;
CREATE INDEX companies_organization_created_at_idx ON crm.companies (organization_id, created_at) WHERE deleted_at IS NULL;
CREATE INDEX companies_organization_parent_idx ON crm.companies (organization_id, parent_id);
CREATE INDEX companies_organization_owner_idx ON crm.companies (organization_id, owner_id);
CREATE INDEX companies_industry_idx ON crm.companies (industry_id, organization_id);
CREATE INDEX companies_country_idx ON crm.companies (country_id, organization_id);
CREATE INDEX companies_search_idx ON crm.companies USING gin (organization_id, name gin_trgm_ops) WHERE deleted_at IS NULL;

-- E-mail and phone are not unique: two people may share one, and an import must come in
-- before its duplicates can be found and merged.
CREATE UNIQUE INDEX contacts_organization_external_id_key ON crm.contacts (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX contacts_organization_email_norm_idx ON crm.contacts (organization_id, email_norm) WHERE deleted_at IS NULL;
CREATE INDEX contacts_organization_phone_e164_idx ON crm.contacts (organization_id, phone_e164) WHERE deleted_at IS NULL;
CREATE INDEX contacts_organization_name_status_idx ON crm.contacts (organization_id, last_name, first_name, status) WHERE deleted_at IS NULL;
CREATE INDEX contacts_organization_status_idx ON crm.contacts (organization_id, status) WHERE deleted_at IS NULL;
CREATE INDEX contacts_organization_score_idx ON crm.contacts (organization_id, score) WHERE deleted_at IS NULL;
CREATE INDEX contacts_organization_score_model_idx ON crm.contacts (organization_id, score_model_id);
-- With the id, so that this index is enough to read all ids: crm.contact_scores() does.
CREATE INDEX contacts_organization_created_at_idx ON crm.contacts (organization_id, created_at) INCLUDE (id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_organization_company_idx ON crm.contacts (organization_id, company_id);
CREATE INDEX contacts_organization_owner_idx ON crm.contacts (organization_id, owner_id);
CREATE INDEX contacts_job_role_idx ON crm.contacts (job_role_id, organization_id);
CREATE INDEX contacts_lifecycle_stage_idx ON crm.contacts (lifecycle_stage_id, organization_id);
CREATE INDEX contacts_country_idx ON crm.contacts (country_id, organization_id);
CREATE INDEX contacts_search_idx ON crm.contacts USING gin (organization_id, search_vector, display_name gin_trgm_ops, email_norm gin_trgm_ops) WHERE deleted_at IS NULL;
CREATE INDEX contacts_fields_idx ON crm.contacts USING gin (organization_id, tags, custom_fields jsonb_path_ops) WHERE deleted_at IS NULL;

CREATE INDEX contact_tags_organization_tag_idx ON crm.contact_tags (organization_id, tag_id, contact_id);

CREATE UNIQUE INDEX pipelines_organization_name_norm_key ON crm.pipelines (organization_id, name_norm) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX pipelines_organization_default_key ON crm.pipelines (organization_id) WHERE is_default AND deleted_at IS NULL;
CREATE INDEX pipelines_organization_position_idx ON crm.pipelines (organization_id, position);

CREATE UNIQUE INDEX deal_stages_organization_pipeline_name_norm_key ON crm.deal_stages (organization_id, pipeline_id, name_norm) WHERE deleted_at IS NULL;
CREATE INDEX deal_stages_organization_pipeline_position_idx ON crm.deal_stages (organization_id, pipeline_id, position);

CREATE UNIQUE INDEX deals_organization_external_id_key ON crm.deals (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX deals_organization_contact_idx ON crm.deals (organization_id, contact_id);
CREATE INDEX deals_organization_company_idx ON crm.deals (organization_id, company_id);
CREATE INDEX deals_organization_stage_idx ON crm.deals (organization_id, stage_id);
CREATE INDEX deals_organization_owner_idx ON crm.deals (organization_id, owner_id, status);
CREATE INDEX deals_organization_open_close_date_idx ON crm.deals (organization_id, close_date) WHERE status = 'open' AND deleted_at IS NULL;
CREATE INDEX deals_organization_status_closed_at_idx ON crm.deals (organization_id, status, closed_at) WHERE deleted_at IS NULL;
CREATE INDEX deals_organization_created_at_idx ON crm.deals (organization_id, created_at) WHERE deleted_at IS NULL;
CREATE INDEX deals_search_idx ON crm.deals USING gin (organization_id, search_vector) WHERE deleted_at IS NULL;

CREATE INDEX deal_tags_organization_tag_idx ON crm.deal_tags (organization_id, tag_id, deal_id);

CREATE INDEX deal_stage_history_organization_deal_idx ON crm.deal_stage_history (organization_id, deal_id, changed_at);
CREATE INDEX deal_stage_history_organization_from_stage_idx ON crm.deal_stage_history (organization_id, from_stage_id);
CREATE INDEX deal_stage_history_organization_to_stage_idx ON crm.deal_stage_history (organization_id, to_stage_id, changed_at);

CREATE UNIQUE INDEX activities_organization_external_id_key ON crm.activities (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX activities_organization_contact_idx ON crm.activities (organization_id, contact_id, created_at);
CREATE INDEX activities_organization_deal_idx ON crm.activities (organization_id, deal_id);
CREATE INDEX activities_organization_company_idx ON crm.activities (organization_id, company_id);
CREATE INDEX activities_organization_assignee_idx ON crm.activities (organization_id, assignee_id, due_at);
CREATE INDEX activities_organization_due_at_status_idx ON crm.activities (organization_id, due_at, status) WHERE status IN ('pending', 'overdue') AND deleted_at IS NULL;
CREATE INDEX activities_organization_status_created_at_idx ON crm.activities (organization_id, status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX activities_organization_completed_at_idx ON crm.activities (organization_id, completed_at) WHERE completed_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX activities_search_idx ON crm.activities USING gin (organization_id, search_vector) WHERE deleted_at IS NULL;

CREATE INDEX notes_organization_contact_idx ON crm.notes (organization_id, contact_id, created_at);
CREATE INDEX notes_organization_deal_idx ON crm.notes (organization_id, deal_id, created_at);
CREATE INDEX notes_organization_company_idx ON crm.notes (organization_id, company_id, created_at);
CREATE INDEX notes_organization_author_idx ON crm.notes (organization_id, author_id);

CREATE UNIQUE INDEX documents_organization_storage_key_key ON crm.documents (organization_id, storage_key) WHERE deleted_at IS NULL;
CREATE INDEX documents_organization_contact_idx ON crm.documents (organization_id, contact_id, created_at);
CREATE INDEX documents_organization_deal_idx ON crm.documents (organization_id, deal_id, created_at);
CREATE INDEX documents_organization_activity_idx ON crm.documents (organization_id, activity_id, created_at);
CREATE INDEX documents_organization_uploaded_by_idx ON crm.documents (organization_id, uploaded_by);
