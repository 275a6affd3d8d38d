CREATE DOMAIN marketplace.opportunity_status AS text
    CONSTRAINT opportunity_status_check CHECK (VALUE IN ('draft', 'open', 'closed', 'awarded', 'cancelled'));
COMMENT ON DOMAIN marketplace.opportunity_status IS 'State of an opportunity: draft, open (for bids), closed (to bids, not decided), awarded, cancelled.';

CREATE DOMAIN marketplace.bid_status AS text
    CONSTRAINT bid_status_check CHECK (VALUE IN (
        'submitted', 'shortlisted', 'accepted', 'rejected', 'withdrawn', 'expired'
    ));
COMMENT ON DOMAIN marketplace.bid_status IS 'State of a bid: submitted, shortlisted, accepted, rejected, withdrawn (by the creator), expired.';

CREATE DOMAIN marketplace.contract_status AS text
    CONSTRAINT contract_status_check CHECK (VALUE IN (
        'draft', 'sent', 'active', 'completed', 'terminated', 'cancelled'
    ));
COMMENT ON DOMAIN marketplace.contract_status IS 'State of a contract: draft, sent (waits for signatures), active (signed by both), completed, terminated (ended early), cancelled (never came about).';

CREATE DOMAIN marketplace.payout_method_type AS text
    CONSTRAINT payout_method_type_check CHECK (VALUE IN ('bank_transfer', 'card', 'wallet', 'check', 'other'));
COMMENT ON DOMAIN marketplace.payout_method_type IS 'How a creator is paid: bank_transfer, card, wallet (an account at a payment service), check, other.';

CREATE DOMAIN marketplace.payout_method_status AS text
    CONSTRAINT payout_method_status_check CHECK (VALUE IN ('pending', 'verified', 'disabled'));
COMMENT ON DOMAIN marketplace.payout_method_status IS 'State of a payout method: pending (not verified yet), verified, disabled.';

CREATE DOMAIN marketplace.payout_status AS text
    CONSTRAINT payout_status_check CHECK (VALUE IN (
        'pending', 'approved', 'processing', 'paid', 'failed', 'returned', 'cancelled'
    ));
COMMENT ON DOMAIN marketplace.payout_status IS 'State of a payout: pending, approved, processing (at the provider), paid, failed, returned (was paid and came back), cancelled.';

CREATE DOMAIN marketplace.dispute_party AS text
    CONSTRAINT dispute_party_check CHECK (VALUE IN ('organization', 'creator'));
COMMENT ON DOMAIN marketplace.dispute_party IS 'A side of a dispute: organization, creator.';

CREATE DOMAIN marketplace.dispute_reason AS text
    CONSTRAINT dispute_reason_check CHECK (VALUE IN (
        'non_delivery', 'late_delivery', 'quality', 'payment', 'scope', 'rights', 'conduct', 'fraud', 'other'
    ));
COMMENT ON DOMAIN marketplace.dispute_reason IS 'What a dispute is about: non_delivery, late_delivery, quality, payment, scope, rights, conduct, fraud, other.';

CREATE DOMAIN marketplace.dispute_status AS text
    CONSTRAINT dispute_status_check CHECK (VALUE IN (
        'open', 'under_review', 'awaiting_response', 'escalated', 'resolved', 'withdrawn'
    ));
COMMENT ON DOMAIN marketplace.dispute_status IS 'State of a dispute: open, under_review, awaiting_response (of the other side), escalated, resolved, withdrawn (by who opened it).';

CREATE DOMAIN marketplace.dispute_resolution AS text
    CONSTRAINT dispute_resolution_check CHECK (VALUE IN (
        'for_organization', 'for_creator', 'split', 'settled', 'dismissed'
    ));
COMMENT ON DOMAIN marketplace.dispute_resolution IS 'How a dispute ended: for_organization, for_creator, split (each got a part), settled (they agreed), dismissed.';

CREATE DOMAIN marketplace.program_status AS text
    CONSTRAINT program_status_check CHECK (VALUE IN ('draft', 'active', 'paused', 'ended'));
COMMENT ON DOMAIN marketplace.program_status IS 'State of an ambassador program: draft, active, paused, ended.';

CREATE DOMAIN marketplace.commission_type AS text
    CONSTRAINT commission_type_check CHECK (VALUE IN ('percentage', 'fixed', 'none'));
COMMENT ON DOMAIN marketplace.commission_type IS 'How a commission is reckoned: percentage (of the order), fixed (per order), none.';

CREATE DOMAIN marketplace.ambassador_status AS text
    CONSTRAINT ambassador_status_check CHECK (VALUE IN ('invited', 'applied', 'active', 'paused', 'rejected', 'ended'));
COMMENT ON DOMAIN marketplace.ambassador_status IS 'State of an ambassador: invited, applied, active, paused, rejected, ended.';
