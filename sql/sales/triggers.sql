-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON sales.commissions
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER raise_version BEFORE UPDATE ON sales.forecasts
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time. Not where a time alone is
-- changed: then the two contradict each other, and the CHECK says so. That a commission was paid is
-- never made up, nor forgotten where it is cancelled.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON sales.commissions
FOR EACH ROW WHEN (
    (NEW.status = 'approved' AND NEW.approved_at IS NULL)
    OR (NEW.status = 'pending' AND num_nonnulls(NEW.approved_at, NEW.paid_at) > 0)
    OR (NEW.status = 'paid' AND NEW.paid_at IS NULL)
    OR (NEW.status = 'approved' AND NEW.paid_at IS NOT NULL)
    OR (NEW.status = 'clawed_back') <> (NEW.clawed_back_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'approved_at: approved; paid, clawed_back, cancelled',
    'paid_at: paid; clawed_back, cancelled', 'clawed_back_at: clawed_back', 'cancelled_at: cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON sales.forecasts
FOR EACH ROW WHEN (
    (NEW.status = 'submitted' AND NEW.submitted_at IS NULL)
    OR (NEW.status = 'draft' AND NEW.submitted_at IS NOT NULL)
    OR (NEW.status = 'final') <> (NEW.finalized_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'submitted_at: submitted; final', 'finalized_at: final');
