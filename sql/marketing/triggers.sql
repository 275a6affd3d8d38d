-- State and time agree by a CHECK; who sets only the state gets the time. Not where a time alone is
-- changed: then the two contradict each other, and the CHECK says so.
CREATE TRIGGER stamp_state BEFORE INSERT OR UPDATE OF status ON marketing.leads
FOR EACH ROW WHEN (
    (NEW.status = 'converted') <> (NEW.converted_at IS NOT NULL)
    OR (NEW.status = 'qualified' AND NEW.qualified_at IS NULL)
    OR (NEW.status NOT IN ('qualified', 'converted') AND NEW.qualified_at IS NOT NULL)
)
EXECUTE FUNCTION crm.stamp_state('status', 'qualified_at: qualified; converted', 'converted_at: converted');

CREATE TRIGGER take_lead_signals AFTER UPDATE OF converted_contact_id ON marketing.leads
FOR EACH ROW WHEN (NEW.converted_contact_id IS NOT NULL AND NEW.converted_contact_id IS DISTINCT FROM OLD.converted_contact_id)
EXECUTE FUNCTION marketing.take_lead_signals();
