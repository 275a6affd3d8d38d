-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit.audit_logs
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit.record_versions
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit.security_events
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();

-- For each row the place, once for each statement the end of the chain.
CREATE TRIGGER chain_row BEFORE INSERT ON audit.audit_logs
FOR EACH ROW EXECUTE FUNCTION audit.chain_row('audit_logs');

CREATE TRIGGER chain_row BEFORE INSERT ON audit.record_versions
FOR EACH ROW EXECUTE FUNCTION audit.chain_row('record_versions');

CREATE TRIGGER chain_row BEFORE INSERT ON audit.security_events
FOR EACH ROW EXECUTE FUNCTION audit.chain_row('security_events');

CREATE TRIGGER chain_row_end AFTER INSERT ON audit.audit_logs
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.advance_chains('audit_logs');

CREATE TRIGGER chain_row_end AFTER INSERT ON audit.record_versions
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.advance_chains('record_versions');

CREATE TRIGGER chain_row_end AFTER INSERT ON audit.security_events
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.advance_chains('security_events');
