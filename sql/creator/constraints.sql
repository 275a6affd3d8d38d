-- A version refers to its content, and a content to its current version.
ALTER TABLE creator.contents ADD CONSTRAINT contents_current_version_fkey
    FOREIGN KEY (current_version_id, id, organization_id)
    REFERENCES creator.content_versions (id, content_id, organization_id) ON DELETE SET NULL (current_version_id);

-- Work is done under contracts, and the schema marketplace is made after this one. Contracts do
-- not vanish from under what they bind. That a reference names the creator or the campaign too
-- keeps one creator's work out of another's contract.
ALTER TABLE creator.content_rights ADD CONSTRAINT content_rights_contract_fkey
    FOREIGN KEY (contract_id, organization_id)
    REFERENCES marketplace.contracts (id, organization_id) ON DELETE RESTRICT;

ALTER TABLE creator.milestones ADD CONSTRAINT milestones_contract_fkey
    FOREIGN KEY (contract_id, campaign_id, organization_id)
    REFERENCES marketplace.contracts (id, campaign_id, organization_id) ON DELETE RESTRICT;

ALTER TABLE creator.deliverables ADD CONSTRAINT deliverables_contract_campaign_fkey
    FOREIGN KEY (contract_id, campaign_id, organization_id)
    REFERENCES marketplace.contracts (id, campaign_id, organization_id) ON DELETE RESTRICT;

ALTER TABLE creator.deliverables ADD CONSTRAINT deliverables_contract_creator_fkey
    FOREIGN KEY (contract_id, creator_id, organization_id)
    REFERENCES marketplace.contracts (id, creator_id, organization_id) ON DELETE RESTRICT;

ALTER TABLE creator.creator_earnings ADD CONSTRAINT creator_earnings_contract_fkey
    FOREIGN KEY (contract_id, creator_id, organization_id)
    REFERENCES marketplace.contracts (id, creator_id, organization_id) ON DELETE RESTRICT;

ALTER TABLE creator.creator_earnings ADD CONSTRAINT creator_earnings_payout_fkey
    FOREIGN KEY (payout_id, creator_id, organization_id)
    REFERENCES marketplace.payouts (id, creator_id, organization_id) ON DELETE RESTRICT;

ALTER TABLE creator.creator_earnings ADD CONSTRAINT creator_earnings_ambassador_fkey
    FOREIGN KEY (ambassador_id, creator_id, organization_id)
    REFERENCES marketplace.ambassadors (id, creator_id, organization_id) ON DELETE RESTRICT;

ALTER TABLE creator.creator_reviews ADD CONSTRAINT creator_reviews_contract_fkey
    FOREIGN KEY (contract_id, creator_id, organization_id)
    REFERENCES marketplace.contracts (id, creator_id, organization_id) ON DELETE CASCADE;
