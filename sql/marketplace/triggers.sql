-- Optimistic locking: see crm.raise_version().
CREATE TRIGGER raise_version BEFORE UPDATE ON marketplace.contracts
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();

CREATE TRIGGER raise_version BEFORE UPDATE ON marketplace.payouts
FOR EACH ROW EXECUTE FUNCTION crm.raise_version();
