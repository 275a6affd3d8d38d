-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON commerce.attribution_events
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- Signals of engagement: see crm.keep_engagement().
CREATE TRIGGER keep_engagement_insert AFTER INSERT ON commerce.orders
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON commerce.orders
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON commerce.orders
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON commerce.orders
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER raise_version BEFORE UPDATE ON commerce.products
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

-- State and time agree by a CHECK; who sets only the state gets the time. Not where a time alone is
-- changed: then the two contradict each other, and the CHECK says so. A state `-` does not occur: such a
-- time is not stamped here, only forgotten in a draft.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON commerce.orders
FOR EACH ROW WHEN (
    (NEW.status NOT IN ('draft', 'cancelled') AND NEW.placed_at IS NULL)
    OR (NEW.status = 'draft' AND num_nonnulls(NEW.paid_at, NEW.shipped_at, NEW.delivered_at) > 0)
    OR (NEW.status = 'cancelled' AND NEW.cancelled_at IS NULL)
    OR (NEW.status NOT IN ('cancelled', 'refunded') AND NEW.cancelled_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status',
    'placed_at: pending, confirmed, paid, processing, shipped, delivered, completed, refunded; draft, cancelled',
    'paid_at: -; pending, confirmed, paid, processing, shipped, delivered, completed, cancelled, refunded',
    'shipped_at: -; pending, confirmed, paid, processing, shipped, delivered, completed, cancelled, refunded',
    'delivered_at: -; pending, confirmed, paid, processing, shipped, delivered, completed, cancelled, refunded',
    'cancelled_at: cancelled; refunded');

-- These times may be unknown, as in orders brought along from elsewhere: they are given where the
-- order comes to its state here.
CREATE TRIGGER stamp_progress BEFORE UPDATE OF status ON commerce.orders
FOR EACH ROW WHEN (
    NEW.status <> OLD.status
    AND (
        (NEW.status = 'paid' AND NEW.paid_at IS NULL)
        OR (NEW.status = 'shipped' AND NEW.shipped_at IS NULL)
        OR (NEW.status = 'delivered' AND NEW.delivered_at IS NULL)
    )
)
EXECUTE FUNCTION crm.stamp_state('status',
    'paid_at: paid; draft, pending, confirmed, processing, shipped, delivered, completed, cancelled, refunded',
    'shipped_at: shipped; draft, pending, confirmed, paid, processing, delivered, completed, cancelled, refunded',
    'delivered_at: delivered; draft, pending, confirmed, paid, processing, shipped, completed, cancelled, refunded');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON commerce.products
FOR EACH ROW WHEN (
    (NEW.status = 'active' AND NEW.published_at IS NULL)
    OR (NEW.status = 'draft' AND NEW.published_at IS NOT NULL)
    OR (NEW.status = 'archived') <> (NEW.archived_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'published_at: active; archived', 'archived_at: archived');

CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON commerce.shoppable_galleries
FOR EACH ROW WHEN (
    (NEW.status = 'published' AND NEW.published_at IS NULL)
    OR (NEW.status = 'draft' AND NEW.published_at IS NOT NULL)
    OR (NEW.status = 'archived') <> (NEW.archived_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'published_at: published; archived', 'archived_at: archived');
