-- Where two foreign keys share columns, one index begins with those of both.

CREATE UNIQUE INDEX opportunities_organization_external_id_key ON marketplace.opportunities (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX opportunities_organization_status_created_at_idx ON marketplace.opportunities (organization_id, status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX opportunities_organization_open_idx ON marketplace.opportunities (organization_id, closes_at) WHERE status = 'open' AND deleted_at IS NULL;
CREATE INDEX opportunities_organization_campaign_idx ON marketplace.opportunities (organization_id, campaign_id);
CREATE INDEX opportunities_organization_company_idx ON marketplace.opportunities (organization_id, company_id);
CREATE INDEX opportunities_organization_owner_idx ON marketplace.opportunities (organization_id, owner_id);
CREATE INDEX opportunities_search_idx ON marketplace.opportunities USING gin (organization_id, search_vector, categories) WHERE deleted_at IS NULL;

-- An accepted bid counts too: the creator has the work already.
CREATE UNIQUE INDEX bids_organization_opportunity_creator_key ON marketplace.bids (organization_id, opportunity_id, creator_id) WHERE status IN ('submitted', 'shortlisted', 'accepted');
CREATE INDEX bids_organization_opportunity_status_amount_idx ON marketplace.bids (organization_id, opportunity_id, status, amount);
CREATE INDEX bids_organization_creator_idx ON marketplace.bids (organization_id, creator_id, submitted_at);
CREATE INDEX bids_organization_decided_by_idx ON marketplace.bids (organization_id, decided_by);
CREATE INDEX bids_organization_expires_at_idx ON marketplace.bids (organization_id, expires_at) WHERE status IN ('submitted', 'shortlisted');

CREATE UNIQUE INDEX contracts_organization_external_id_key ON marketplace.contracts (organization_id, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX contracts_organization_bid_key ON marketplace.contracts (organization_id, bid_id) WHERE bid_id IS NOT NULL AND status <> 'cancelled' AND deleted_at IS NULL;
CREATE INDEX contracts_organization_creator_idx ON marketplace.contracts (organization_id, creator_id, status);
CREATE INDEX contracts_organization_opportunity_bid_idx ON marketplace.contracts (organization_id, opportunity_id, creator_id, bid_id);
CREATE INDEX contracts_organization_campaign_idx ON marketplace.contracts (organization_id, campaign_id);
CREATE INDEX contracts_organization_company_idx ON marketplace.contracts (organization_id, company_id);
CREATE INDEX contracts_organization_document_idx ON marketplace.contracts (organization_id, document_id);
CREATE INDEX contracts_organization_owner_idx ON marketplace.contracts (organization_id, owner_id);
CREATE INDEX contracts_organization_signed_by_idx ON marketplace.contracts (organization_id, signed_by);
CREATE INDEX contracts_organization_status_ends_on_idx ON marketplace.contracts (organization_id, status, ends_on) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX payout_methods_organization_default_key ON marketplace.payout_methods (organization_id, creator_id) WHERE is_default AND deleted_at IS NULL;
CREATE UNIQUE INDEX payout_methods_organization_provider_token_key ON marketplace.payout_methods (organization_id, creator_id, provider, provider_token) WHERE deleted_at IS NULL;
CREATE INDEX payout_methods_organization_creator_idx ON marketplace.payout_methods (organization_id, creator_id);
-- Not unique: creators of one agency share its account. Found here, so is fraud.
CREATE INDEX payout_methods_organization_fingerprint_idx ON marketplace.payout_methods (organization_id, fingerprint) WHERE fingerprint IS NOT NULL;

CREATE UNIQUE INDEX payouts_organization_external_id_key ON marketplace.payouts (organization_id, provider, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX payouts_organization_creator_contract_idx ON marketplace.payouts (organization_id, creator_id, contract_id);
CREATE INDEX payouts_organization_creator_payout_method_idx ON marketplace.payouts (organization_id, creator_id, payout_method_id);
CREATE INDEX payouts_organization_created_by_idx ON marketplace.payouts (organization_id, created_by);
CREATE INDEX payouts_organization_approved_by_idx ON marketplace.payouts (organization_id, approved_by);
CREATE INDEX payouts_organization_status_created_at_idx ON marketplace.payouts (organization_id, status, created_at);
CREATE INDEX payouts_organization_due_idx ON marketplace.payouts (organization_id, scheduled_at) WHERE status = 'approved';

CREATE UNIQUE INDEX disputes_organization_matter_key ON marketplace.disputes (organization_id, contract_id, deliverable_id, payout_id) NULLS NOT DISTINCT WHERE status NOT IN ('resolved', 'withdrawn');
CREATE INDEX disputes_organization_contract_deliverable_idx ON marketplace.disputes (organization_id, contract_id, deliverable_id);
CREATE INDEX disputes_organization_contract_payout_idx ON marketplace.disputes (organization_id, contract_id, payout_id);
CREATE INDEX disputes_organization_opened_by_idx ON marketplace.disputes (organization_id, opened_by);
CREATE INDEX disputes_organization_assignee_idx ON marketplace.disputes (organization_id, assignee_id, status);
CREATE INDEX disputes_organization_resolved_by_idx ON marketplace.disputes (organization_id, resolved_by);
CREATE INDEX disputes_organization_open_idx ON marketplace.disputes (organization_id, response_due_at) WHERE status NOT IN ('resolved', 'withdrawn');

CREATE UNIQUE INDEX ambassador_programs_organization_code_key ON marketplace.ambassador_programs (organization_id, code) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX ambassador_programs_organization_name_norm_key ON marketplace.ambassador_programs (organization_id, name_norm) WHERE deleted_at IS NULL;
CREATE INDEX ambassador_programs_organization_campaign_idx ON marketplace.ambassador_programs (organization_id, campaign_id);
CREATE INDEX ambassador_programs_organization_owner_idx ON marketplace.ambassador_programs (organization_id, owner_id);

CREATE INDEX ambassadors_organization_creator_idx ON marketplace.ambassadors (organization_id, creator_id);
CREATE INDEX ambassadors_organization_program_status_idx ON marketplace.ambassadors (organization_id, program_id, status);
CREATE INDEX ambassadors_organization_approved_by_idx ON marketplace.ambassadors (organization_id, approved_by);
