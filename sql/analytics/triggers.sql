-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON analytics.dashboards
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER raise_version BEFORE UPDATE ON analytics.reports
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();
