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
