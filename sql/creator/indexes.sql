-- Where two foreign keys share columns, one index begins with those of both.

CREATE UNIQUE INDEX creators_organization_external_id_key ON creator.creators (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX creators_organization_handle_norm_key ON creator.creators (organization_id, handle_norm) WHERE handle_norm IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX creators_organization_user_key ON creator.creators (organization_id, user_id) WHERE user_id IS NOT NULL AND deleted_at IS NULL;
-- Not unique: an agency's address stands for all of its creators.
CREATE INDEX creators_organization_email_norm_idx ON creator.creators (organization_id, email_norm) WHERE deleted_at IS NULL;
CREATE INDEX creators_organization_status_tier_idx ON creator.creators (organization_id, status, tier) WHERE deleted_at IS NULL;
CREATE INDEX creators_organization_created_at_idx ON creator.creators (organization_id, created_at) WHERE deleted_at IS NULL;
CREATE INDEX creators_organization_contact_idx ON creator.creators (organization_id, contact_id);
CREATE INDEX creators_organization_user_idx ON creator.creators (organization_id, user_id);
CREATE INDEX creators_organization_owner_idx ON creator.creators (organization_id, owner_id);
CREATE INDEX creators_country_idx ON creator.creators (country_id, organization_id);
CREATE INDEX creators_search_idx ON creator.creators USING gin (organization_id, search_vector, display_name gin_trgm_ops, handle_norm gin_trgm_ops, categories) WHERE deleted_at IS NULL;

CREATE INDEX creator_metrics_organization_platform_captured_on_idx ON creator.creator_metrics (organization_id, platform, captured_on);

CREATE UNIQUE INDEX creator_verifications_matter_key ON creator.creator_verifications (organization_id, creator_id, type, platform, subject_norm) NULLS NOT DISTINCT WHERE status IN ('pending', 'in_review', 'verified');
CREATE UNIQUE INDEX creator_verifications_external_id_key ON creator.creator_verifications (organization_id, provider, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX creator_verifications_organization_creator_idx ON creator.creator_verifications (organization_id, creator_id, type);
CREATE INDEX creator_verifications_organization_reviewed_by_idx ON creator.creator_verifications (organization_id, reviewed_by);
CREATE INDEX creator_verifications_organization_open_idx ON creator.creator_verifications (organization_id, created_at) WHERE status IN ('pending', 'in_review');
CREATE INDEX creator_verifications_organization_expires_at_idx ON creator.creator_verifications (organization_id, expires_at) WHERE status = 'verified';

CREATE UNIQUE INDEX contents_organization_external_id_key ON creator.contents (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX contents_organization_status_created_at_idx ON creator.contents (organization_id, status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX contents_organization_creator_idx ON creator.contents (organization_id, creator_id, created_at);
CREATE INDEX contents_organization_approved_by_idx ON creator.contents (organization_id, approved_by);
CREATE INDEX contents_organization_current_version_idx ON creator.contents (organization_id, current_version_id, id);
CREATE INDEX contents_search_idx ON creator.contents USING gin (organization_id, search_vector, title gin_trgm_ops) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX content_versions_organization_storage_key_key ON creator.content_versions (organization_id, storage_key) WHERE storage_key IS NOT NULL;
CREATE INDEX content_versions_organization_sha256_idx ON creator.content_versions (organization_id, sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX content_versions_organization_created_by_idx ON creator.content_versions (organization_id, created_by);

CREATE INDEX content_tags_organization_tag_idx ON creator.content_tags (organization_id, tag_id, content_id);

CREATE INDEX content_rights_organization_content_idx ON creator.content_rights (organization_id, content_id, right_type);
CREATE INDEX content_rights_organization_licensee_company_idx ON creator.content_rights (organization_id, licensee_company_id);
CREATE INDEX content_rights_organization_contract_idx ON creator.content_rights (organization_id, contract_id);
CREATE INDEX content_rights_organization_document_idx ON creator.content_rights (organization_id, document_id);
-- What runs out next.
CREATE INDEX content_rights_organization_ends_at_idx ON creator.content_rights (organization_id, upper(effective_period)) WHERE deleted_at IS NULL;

CREATE INDEX content_metadata_organization_measured_at_idx ON creator.content_metadata (organization_id, measured_at);
CREATE INDEX content_metadata_expires_at_idx ON creator.content_metadata (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX content_metadata_documents_idx ON creator.content_metadata USING gin (organization_id, media jsonb_path_ops, ai_insights jsonb_path_ops, brand_safety jsonb_path_ops);

CREATE UNIQUE INDEX creator_portfolios_organization_creator_content_key ON creator.creator_portfolios (organization_id, creator_id, content_id) WHERE content_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX creator_portfolios_organization_creator_position_idx ON creator.creator_portfolios (organization_id, creator_id, position);
CREATE INDEX creator_portfolios_organization_content_idx ON creator.creator_portfolios (organization_id, content_id);

CREATE UNIQUE INDEX campaigns_organization_external_id_key ON creator.campaigns (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX campaigns_organization_code_key ON creator.campaigns (organization_id, code) WHERE code IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX campaigns_organization_status_idx ON creator.campaigns (organization_id, status) WHERE deleted_at IS NULL;
CREATE INDEX campaigns_organization_active_idx ON creator.campaigns (organization_id, end_date) WHERE status = 'active' AND deleted_at IS NULL;
CREATE INDEX campaigns_organization_created_at_idx ON creator.campaigns (organization_id, created_at) WHERE deleted_at IS NULL;
CREATE INDEX campaigns_organization_company_idx ON creator.campaigns (organization_id, company_id);
CREATE INDEX campaigns_organization_owner_idx ON creator.campaigns (organization_id, owner_id);
CREATE INDEX campaigns_search_idx ON creator.campaigns USING gin (organization_id, search_vector, categories) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX campaign_briefs_organization_published_key ON creator.campaign_briefs (organization_id, campaign_id) WHERE status = 'published';
CREATE INDEX campaign_briefs_organization_created_by_idx ON creator.campaign_briefs (organization_id, created_by);

CREATE INDEX milestones_organization_campaign_contract_idx ON creator.milestones (organization_id, campaign_id, contract_id, position);
CREATE INDEX milestones_organization_approved_by_idx ON creator.milestones (organization_id, approved_by);
CREATE INDEX milestones_organization_due_at_idx ON creator.milestones (organization_id, due_at) WHERE status IN ('pending', 'in_progress', 'submitted');

CREATE INDEX creator_applications_organization_creator_idx ON creator.creator_applications (organization_id, creator_id, status);
CREATE INDEX creator_applications_organization_campaign_status_idx ON creator.creator_applications (organization_id, campaign_id, status);
CREATE INDEX creator_applications_organization_invited_by_idx ON creator.creator_applications (organization_id, invited_by);
CREATE INDEX creator_applications_organization_decided_by_idx ON creator.creator_applications (organization_id, decided_by);

CREATE INDEX deliverables_organization_campaign_contract_idx ON creator.deliverables (organization_id, campaign_id, contract_id);
CREATE INDEX deliverables_organization_campaign_milestone_idx ON creator.deliverables (organization_id, campaign_id, milestone_id);
CREATE INDEX deliverables_organization_creator_contract_idx ON creator.deliverables (organization_id, creator_id, contract_id);
CREATE INDEX deliverables_organization_approved_by_idx ON creator.deliverables (organization_id, approved_by);
CREATE INDEX deliverables_organization_due_at_idx ON creator.deliverables (organization_id, due_at) WHERE status IN ('pending', 'in_progress', 'submitted', 'revision_requested') AND deleted_at IS NULL;

CREATE UNIQUE INDEX campaign_content_organization_external_id_key ON creator.campaign_content (organization_id, platform, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX campaign_content_organization_content_version_idx ON creator.campaign_content (organization_id, content_id, content_version_id);
CREATE INDEX campaign_content_organization_campaign_deliverable_idx ON creator.campaign_content (organization_id, campaign_id, deliverable_id);
CREATE INDEX campaign_content_organization_approved_by_idx ON creator.campaign_content (organization_id, approved_by);
CREATE INDEX campaign_content_organization_scheduled_at_idx ON creator.campaign_content (organization_id, scheduled_at) WHERE status = 'scheduled';
CREATE INDEX campaign_content_organization_published_at_idx ON creator.campaign_content (organization_id, published_at) WHERE status = 'published';

CREATE UNIQUE INDEX creator_earnings_organization_commission_key ON creator.creator_earnings (organization_id, ambassador_id, order_id) WHERE type = 'commission' AND order_id IS NOT NULL;
CREATE INDEX creator_earnings_organization_creator_earned_at_idx ON creator.creator_earnings (organization_id, creator_id, earned_at);
CREATE INDEX creator_earnings_organization_creator_contract_idx ON creator.creator_earnings (organization_id, creator_id, contract_id);
CREATE INDEX creator_earnings_organization_ambassador_idx ON creator.creator_earnings (organization_id, ambassador_id, creator_id);
CREATE INDEX creator_earnings_organization_campaign_idx ON creator.creator_earnings (organization_id, campaign_id);
CREATE INDEX creator_earnings_organization_milestone_idx ON creator.creator_earnings (organization_id, milestone_id);
CREATE INDEX creator_earnings_organization_deliverable_idx ON creator.creator_earnings (organization_id, deliverable_id);
CREATE INDEX creator_earnings_organization_order_idx ON creator.creator_earnings (organization_id, order_id);

CREATE UNIQUE INDEX creator_reviews_organization_contract_reviewer_key ON creator.creator_reviews (organization_id, contract_id, reviewer_id) WHERE contract_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX creator_reviews_organization_creator_reviewer_key ON creator.creator_reviews (organization_id, creator_id, reviewer_id) WHERE contract_id IS NULL AND deleted_at IS NULL;
CREATE INDEX creator_reviews_organization_creator_contract_idx ON creator.creator_reviews (organization_id, creator_id, contract_id);
CREATE INDEX creator_reviews_organization_campaign_idx ON creator.creator_reviews (organization_id, campaign_id);
CREATE INDEX creator_reviews_organization_reviewer_idx ON creator.creator_reviews (organization_id, reviewer_id);
CREATE INDEX creator_reviews_organization_pending_idx ON creator.creator_reviews (organization_id, created_at) WHERE status = 'pending' AND deleted_at IS NULL;
