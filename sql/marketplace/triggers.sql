-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON marketplace.contracts
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER raise_version BEFORE UPDATE ON marketplace.payouts
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time. Not where a time alone is
-- changed: then the two contradict each other, and the CHECK says so. What somebody else must have done
-- before (sign, approve, pay) is never made up, nor forgotten.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.opportunities
FOR EACH ROW WHEN (
    (NEW.status IN ('open', 'closed', 'awarded') AND NEW.opened_at IS NULL)
    OR (NEW.status = 'draft' AND NEW.opened_at IS NOT NULL)
    OR (NEW.status = 'awarded') <> (NEW.awarded_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'opened_at: open, closed, awarded; cancelled', 'awarded_at: awarded', 'cancelled_at: cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.bids
FOR EACH ROW WHEN (
    (NEW.status IN ('accepted', 'rejected')) <> (NEW.decided_at IS NOT NULL)
    OR (NEW.status = 'withdrawn') <> (NEW.withdrawn_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'decided_at: accepted, rejected', 'withdrawn_at: withdrawn');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.contracts
FOR EACH ROW WHEN (
    (NEW.status = 'sent' AND NEW.sent_at IS NULL)
    OR (NEW.status = 'draft' AND NEW.sent_at IS NOT NULL)
    OR (NEW.status = 'completed') <> (NEW.completed_at IS NOT NULL)
    OR (NEW.status = 'terminated') <> (NEW.terminated_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'sent_at: sent; active, completed, terminated, cancelled', 'completed_at: completed',
    'terminated_at: terminated', 'cancelled_at: cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.payout_methods
FOR EACH ROW WHEN (
    (NEW.status = 'verified' AND NEW.verified_at IS NULL)
    OR (NEW.status = 'pending' AND NEW.verified_at IS NOT NULL)
    OR (NEW.status = 'disabled') <> (NEW.disabled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'verified_at: verified; disabled', 'disabled_at: disabled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.payouts
FOR EACH ROW WHEN (
    (NEW.status = 'approved' AND NEW.approved_at IS NULL)
    OR (NEW.status = 'pending' AND num_nonnulls(NEW.approved_at, NEW.submitted_at) > 0)
    OR (NEW.status IN ('processing', 'paid', 'failed') AND NEW.submitted_at IS NULL)
    OR (NEW.status = 'paid' AND NEW.paid_at IS NULL)
    OR (NEW.status IN ('pending', 'approved', 'processing', 'failed') AND NEW.paid_at IS NOT NULL)
    OR (NEW.status = 'failed' AND NEW.failed_at IS NULL)
    OR (NEW.status = 'returned') <> (NEW.returned_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status',
    'approved_at: approved; processing, paid, failed, returned, cancelled',
    'submitted_at: processing, paid, failed; approved, returned, cancelled',
    'paid_at: paid; returned, cancelled',
    'failed_at: failed; pending, approved, processing, paid, returned, cancelled',
    'returned_at: returned', 'cancelled_at: cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.disputes
FOR EACH ROW WHEN (
    (NEW.status = 'escalated' AND NEW.escalated_at IS NULL)
    OR (NEW.status = 'resolved') <> (NEW.resolved_at IS NOT NULL)
    OR (NEW.status = 'withdrawn') <> (NEW.withdrawn_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'escalated_at: escalated; open, under_review, awaiting_response, resolved, withdrawn',
    'resolved_at: resolved', 'withdrawn_at: withdrawn');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.ambassador_programs
FOR EACH ROW WHEN ((NEW.status = 'ended') <> (NEW.ended_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'ended_at: ended');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketplace.ambassadors
FOR EACH ROW WHEN (
    (NEW.status = 'invited' AND (NEW.invited_at IS NULL OR NEW.applied_at IS NOT NULL))
    OR (NEW.status = 'applied' AND NEW.applied_at IS NULL)
    OR (NEW.status IN ('active', 'paused') AND NEW.approved_at IS NULL)
    OR (NEW.status IN ('invited', 'applied', 'rejected') AND NEW.approved_at IS NOT NULL)
    OR (NEW.status = 'rejected') <> (NEW.rejected_at IS NOT NULL)
    OR (NEW.status = 'ended') <> (NEW.ended_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'invited_at: invited; applied, active, paused, rejected, ended',
    'applied_at: applied; active, paused, rejected, ended', 'approved_at: active, paused; ended',
    'rejected_at: rejected', 'ended_at: ended');

CREATE TRIGGER forget_applied_at BEFORE INSERT ON marketplace.ambassadors
FOR EACH ROW WHEN (NEW.status = 'invited' AND NEW.applied_at = now())
EXECUTE FUNCTION creator.forget_default('applied_at');

-- Times of what can happen again are those of the last time.
CREATE TRIGGER note_submission BEFORE UPDATE OF status ON marketplace.payouts
FOR EACH ROW WHEN (NEW.status = 'processing' AND OLD.status <> 'processing')
EXECUTE FUNCTION creator.note_entry('submitted_at', 'attempt_count');

CREATE TRIGGER note_failure BEFORE UPDATE OF status ON marketplace.payouts
FOR EACH ROW WHEN (NEW.status = 'failed' AND OLD.status <> 'failed')
EXECUTE FUNCTION creator.note_entry('failed_at');
