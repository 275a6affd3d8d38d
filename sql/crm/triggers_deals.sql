-- Status, stage and times of a deal agree.
CREATE TRIGGER settle_deal_insert BEFORE INSERT ON crm.deals
FOR EACH ROW WHEN (NEW.stage_id IS NOT NULL OR (NEW.status = 'open') <> (NEW.closed_at IS NULL))
EXECUTE FUNCTION crm.settle_deal();

CREATE TRIGGER settle_deal_update BEFORE UPDATE ON crm.deals
FOR EACH ROW WHEN (
    NEW.stage_id IS DISTINCT FROM OLD.stage_id
    OR NEW.status IS DISTINCT FROM OLD.status
    OR (NEW.status = 'open') <> (NEW.closed_at IS NULL)
)
EXECUTE FUNCTION crm.settle_deal();

CREATE TRIGGER record_deal_stages_insert AFTER INSERT ON crm.deals
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.record_deal_stages();

CREATE TRIGGER record_deal_stages_update AFTER UPDATE ON crm.deals
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.record_deal_stages();
