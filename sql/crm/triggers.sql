-- State and time agree by a CHECK; who sets only the state gets the time.
CREATE TRIGGER stamp_completed_at BEFORE INSERT OR UPDATE OF status, completed_at ON crm.activities
FOR EACH ROW WHEN ((NEW.status = 'completed') <> (NEW.completed_at IS NOT NULL))
EXECUTE FUNCTION crm.stamp_state('status', 'completed_at: completed');

-- Rows of these lists are everybody's or one organization's.
CREATE TRIGGER check_industry BEFORE INSERT OR UPDATE OF industry_id, organization_id ON crm.companies
FOR EACH ROW WHEN (NEW.industry_id IS NOT NULL)
EXECUTE FUNCTION tenancy.check_shared_reference('industry_id', 'crm.industries', 'companies_industry_fkey');

CREATE TRIGGER check_job_role BEFORE INSERT OR UPDATE OF job_role_id, organization_id ON crm.contacts
FOR EACH ROW WHEN (NEW.job_role_id IS NOT NULL)
EXECUTE FUNCTION tenancy.check_shared_reference('job_role_id', 'crm.job_roles', 'contacts_job_role_fkey');

CREATE TRIGGER check_lifecycle_stage BEFORE INSERT OR UPDATE OF lifecycle_stage_id, organization_id ON crm.contacts
FOR EACH ROW WHEN (NEW.lifecycle_stage_id IS NOT NULL)
EXECUTE FUNCTION tenancy.check_shared_reference('lifecycle_stage_id', 'crm.lifecycle_stages', 'contacts_lifecycle_stage_fkey');

-- Signals of engagement: see crm.keep_engagement().
CREATE TRIGGER keep_engagement_insert AFTER INSERT ON crm.activities
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON crm.activities
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON crm.activities
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_insert AFTER INSERT ON crm.deals
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON crm.deals
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON crm.deals
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

-- Ledgers: what they record has happened. For each statement and not for each row, so that rows can
-- move between partitions; not within triggers, so that the deletion of an organization cascades.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON crm.deal_stage_history
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION crm.refuse_change();
