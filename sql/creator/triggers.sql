-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON creator.creator_earnings
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON creator.campaigns
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time. Not where a time alone is
-- changed: then the two contradict each other, and the CHECK says so. What somebody else must have done
-- before (hand in, invite, verify) is never made up.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.creators
FOR EACH ROW WHEN (
    (NEW.status IN ('active', 'paused') AND NEW.onboarded_at IS NULL)
    OR (NEW.status = 'blocked') <> (NEW.blocked_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'onboarded_at: active, paused; prospect, invited, blocked, archived', 'blocked_at: blocked');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.creator_verifications
FOR EACH ROW WHEN (
    (NEW.status = 'in_review' AND NEW.submitted_at IS NULL)
    OR (NEW.status IN ('verified', 'rejected') AND NEW.reviewed_at IS NULL)
    OR (NEW.status = 'verified' AND NEW.verified_at IS NULL)
    OR (NEW.status NOT IN ('verified', 'expired', 'revoked') AND NEW.verified_at IS NOT NULL)
    OR (NEW.status = 'revoked') <> (NEW.revoked_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status',
    'submitted_at: in_review; pending, verified, rejected, expired, revoked, cancelled',
    'reviewed_at: verified, rejected; pending, in_review, expired, revoked, cancelled',
    'verified_at: verified; expired, revoked', 'revoked_at: revoked');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.campaigns
FOR EACH ROW WHEN (
    (NEW.status IN ('active', 'paused', 'completed') AND NEW.launched_at IS NULL)
    OR (NEW.status IN ('draft', 'planned', 'recruiting') AND NEW.launched_at IS NOT NULL)
    OR (NEW.status = 'completed') <> (NEW.completed_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'launched_at: active, paused, completed; cancelled', 'completed_at: completed',
    'cancelled_at: cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.campaign_briefs
FOR EACH ROW WHEN (
    (NEW.status = 'draft') = (NEW.published_at IS NOT NULL)
    OR (NEW.status = 'superseded') <> (NEW.superseded_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'published_at: published, superseded', 'superseded_at: superseded');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.milestones
FOR EACH ROW WHEN (
    (NEW.status = 'submitted' AND NEW.submitted_at IS NULL)
    OR (NEW.status IN ('approved', 'paid')) <> (NEW.approved_at IS NOT NULL)
    OR (NEW.status = 'paid') <> (NEW.paid_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'submitted_at: submitted; pending, in_progress, approved, paid, cancelled',
    'approved_at: approved, paid', 'paid_at: paid', 'cancelled_at: cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.creator_applications
FOR EACH ROW WHEN (
    (NEW.status = 'invited' AND (NEW.invited_at IS NULL OR NEW.submitted_at IS NOT NULL))
    OR (NEW.status = 'submitted' AND NEW.submitted_at IS NULL)
    OR (NEW.status IN ('accepted', 'rejected', 'declined')) <> (NEW.decided_at IS NOT NULL)
    OR (NEW.status = 'withdrawn') <> (NEW.withdrawn_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status',
    'invited_at: invited; submitted, shortlisted, accepted, rejected, declined, withdrawn',
    'submitted_at: submitted; shortlisted, accepted, rejected, declined, withdrawn',
    'decided_at: accepted, rejected, declined', 'withdrawn_at: withdrawn');

CREATE TRIGGER forget_submitted_at BEFORE INSERT ON creator.creator_applications
FOR EACH ROW WHEN (NEW.status = 'invited' AND NEW.submitted_at = now())
EXECUTE FUNCTION creator.forget_default('submitted_at');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.contents
FOR EACH ROW WHEN (
    (NEW.status = 'in_review' AND NEW.submitted_at IS NULL)
    OR (NEW.status IN ('approved', 'published') AND NEW.approved_at IS NULL)
    OR (NEW.status NOT IN ('approved', 'published', 'archived') AND NEW.approved_at IS NOT NULL)
    OR (NEW.status = 'published' AND NEW.published_at IS NULL)
    OR (NEW.status NOT IN ('published', 'archived') AND NEW.published_at IS NOT NULL)
    OR (NEW.status = 'rejected' AND NEW.rejected_at IS NULL)
    OR (NEW.status NOT IN ('rejected', 'archived') AND NEW.rejected_at IS NOT NULL)
    OR (NEW.status = 'archived') <> (NEW.archived_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'submitted_at: in_review; draft, approved, published, rejected, archived',
    'approved_at: approved, published; archived', 'published_at: published; archived', 'rejected_at: rejected; archived',
    'archived_at: archived');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.deliverables
FOR EACH ROW WHEN (
    (NEW.status = 'submitted' AND NEW.submitted_at IS NULL)
    OR (NEW.status IN ('approved', 'published')) <> (NEW.approved_at IS NOT NULL)
    OR (NEW.status = 'published') <> (NEW.published_at IS NOT NULL)
    OR (NEW.status = 'rejected') <> (NEW.rejected_at IS NOT NULL)
    OR (NEW.status = 'cancelled') <> (NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status',
    'submitted_at: submitted; pending, in_progress, revision_requested, approved, published, rejected, cancelled',
    'approved_at: approved, published', 'published_at: published', 'rejected_at: rejected', 'cancelled_at: cancelled');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.campaign_content
FOR EACH ROW WHEN (
    (NEW.status = 'submitted' AND NEW.submitted_at IS NULL)
    OR (NEW.status IN ('approved', 'scheduled', 'published', 'removed')) <> (NEW.approved_at IS NOT NULL)
    OR (NEW.status = 'rejected') <> (NEW.rejected_at IS NOT NULL)
    OR (NEW.status IN ('published', 'removed')) <> (NEW.published_at IS NOT NULL)
    OR (NEW.status = 'removed') <> (NEW.removed_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'submitted_at: submitted; planned, approved, rejected, scheduled, published, removed',
    'approved_at: approved, scheduled, published, removed', 'rejected_at: rejected', 'published_at: published, removed',
    'removed_at: removed');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON creator.creator_reviews
FOR EACH ROW WHEN (
    (NEW.status = 'pending') = (NEW.published_at IS NOT NULL)
    OR (NEW.status = 'hidden') <> (NEW.hidden_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'published_at: published, hidden', 'hidden_at: hidden');

-- Times of what can happen again are those of the last time.
CREATE TRIGGER note_submission BEFORE UPDATE OF status ON creator.milestones
FOR EACH ROW WHEN (NEW.status = 'submitted' AND OLD.status <> 'submitted')
EXECUTE FUNCTION creator.note_entry('submitted_at');

CREATE TRIGGER note_submission BEFORE UPDATE OF status ON creator.contents
FOR EACH ROW WHEN (NEW.status = 'in_review' AND OLD.status <> 'in_review')
EXECUTE FUNCTION creator.note_entry('submitted_at');

CREATE TRIGGER note_submission BEFORE UPDATE OF status ON creator.deliverables
FOR EACH ROW WHEN (NEW.status = 'submitted' AND OLD.status <> 'submitted')
EXECUTE FUNCTION creator.note_entry('submitted_at');

CREATE TRIGGER note_revision BEFORE UPDATE OF status ON creator.deliverables
FOR EACH ROW WHEN (NEW.status = 'revision_requested' AND OLD.status <> 'revision_requested')
EXECUTE FUNCTION creator.note_entry('revision_count');

CREATE TRIGGER note_submission BEFORE UPDATE OF status ON creator.campaign_content
FOR EACH ROW WHEN (NEW.status = 'submitted' AND OLD.status <> 'submitted')
EXECUTE FUNCTION creator.note_entry('submitted_at');

CREATE TRIGGER note_response BEFORE INSERT OR UPDATE OF response ON creator.creator_reviews
FOR EACH ROW WHEN (NEW.response IS NOT NULL AND NEW.responded_at IS NULL)
EXECUTE FUNCTION creator.note_entry('responded_at');
