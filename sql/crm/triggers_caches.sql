-- Overdue: what the clock says, whenever a row is written. Time alone fires no trigger; that is for
-- maint.mark_overdue_activities().
CREATE TRIGGER settle_overdue BEFORE INSERT OR UPDATE ON crm.activities
FOR EACH ROW WHEN (
    (NEW.status = 'pending' AND NEW.due_at < now())
    OR (NEW.status = 'overdue' AND (NEW.due_at IS NULL OR NEW.due_at >= now()))
)
EXECUTE FUNCTION crm.settle_overdue();

-- Tags: names and their use.
CREATE TRIGGER trim_tag_name BEFORE INSERT OR UPDATE OF name ON crm.tags
FOR EACH ROW WHEN (NEW.name <> btrim(NEW.name)) EXECUTE FUNCTION crm.trim_tag_name();

CREATE TRIGGER check_tag_scope_insert AFTER INSERT ON crm.contact_tags
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.check_tag_scope('contact');

CREATE TRIGGER check_tag_scope_update AFTER UPDATE ON crm.contact_tags
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.check_tag_scope('contact');

CREATE TRIGGER check_tag_scope_insert AFTER INSERT ON crm.deal_tags
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.check_tag_scope('deal');

CREATE TRIGGER check_tag_scope_update AFTER UPDATE ON crm.deal_tags
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.check_tag_scope('deal');

CREATE TRIGGER check_tag_scope_update AFTER UPDATE ON crm.tags
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.check_tag_scope();

-- Tags: from the rows to the cache.
CREATE TRIGGER keep_contact_tags_insert AFTER INSERT ON crm.contact_tags
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_contact_tags();

CREATE TRIGGER keep_contact_tags_update AFTER UPDATE ON crm.contact_tags
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_contact_tags();

CREATE TRIGGER keep_contact_tags_delete AFTER DELETE ON crm.contact_tags
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_contact_tags();

CREATE TRIGGER keep_contact_tags_update AFTER UPDATE ON crm.tags
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_contact_tags();

-- Tags: from the cache, where it is written, to the rows. For each row, since statements that do not
-- change it then call nothing; the first row that does works for all that the statement wrote.
CREATE TRIGGER normalize_contact_tags_insert BEFORE INSERT ON crm.contacts
FOR EACH ROW WHEN (NEW.tags <> '{}') EXECUTE FUNCTION crm.normalize_contact_tags();

CREATE TRIGGER normalize_contact_tags_update BEFORE UPDATE OF tags ON crm.contacts
FOR EACH ROW WHEN (NEW.tags <> '{}' AND NEW.tags <> OLD.tags) EXECUTE FUNCTION crm.normalize_contact_tags();

CREATE TRIGGER take_contact_tags_insert AFTER INSERT ON crm.contacts
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.take_new_contact_tags();

CREATE TRIGGER take_contact_tags_update AFTER UPDATE ON crm.contacts
REFERENCING NEW TABLE AS new_rows FOR EACH ROW WHEN (NEW.tags <> OLD.tags) EXECUTE FUNCTION crm.take_contact_tags();

-- Score models: numbers, one active version, and rules that stay what they were. The freezing
-- comes after the checks, which say more precisely what is wrong with a bad row.
CREATE TRIGGER settle_score_model_insert BEFORE INSERT ON crm.score_models
FOR EACH ROW WHEN (NEW.version IS NULL OR NEW.status IN ('active', 'building')) EXECUTE FUNCTION crm.settle_score_model();

CREATE TRIGGER settle_score_model_update BEFORE UPDATE OF status ON crm.score_models
FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION crm.settle_score_model();

CREATE TRIGGER freeze_score_model_update AFTER UPDATE ON crm.score_models
FOR EACH ROW WHEN (
    OLD.status <> 'draft'
    AND (NEW.version <> OLD.version OR NEW.rules IS DISTINCT FROM OLD.rules
         OR (NEW.status = 'draft' AND (OLD.status <> 'building' OR OLD.activated_at IS NOT NULL)))
)
EXECUTE FUNCTION crm.freeze_score_model();

-- Not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER freeze_score_model_delete BEFORE DELETE ON crm.score_models
FOR EACH ROW WHEN (OLD.status <> 'draft' AND (pg_trigger_depth() = 0 OR row_security_active('crm.score_models')))
EXECUTE FUNCTION crm.freeze_score_model();
