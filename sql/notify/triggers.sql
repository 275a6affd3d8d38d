-- State and time agree by a CHECK; who sets only the state gets the time: see crm.stamp_state().
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON notify.notifications
FOR EACH ROW WHEN (
    CASE WHEN NEW.status = 'sent' THEN NEW.sent_at IS NULL
         WHEN NEW.status IN ('pending', 'skipped') THEN NEW.sent_at IS NOT NULL
         ELSE false
    END
    OR (NEW.status = 'delivered') <> (NEW.delivered_at IS NOT NULL)
    OR (NEW.status = 'failed') <> (NEW.failed_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'sent_at: sent; delivered, failed', 'delivered_at: delivered', 'failed_at: failed');
