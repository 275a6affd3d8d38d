-- Scores: models come into force, signals and attributes are kept.
CREATE TRIGGER adopt_score_model_insert AFTER INSERT ON crm.score_models
FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION crm.adopt_score_model();

CREATE TRIGGER adopt_score_model_update AFTER UPDATE OF status ON crm.score_models
FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION crm.adopt_score_model();

CREATE TRIGGER keep_engagement_insert AFTER INSERT ON crm.signals
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_update AFTER UPDATE ON crm.signals
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

CREATE TRIGGER keep_engagement_delete AFTER DELETE ON crm.signals
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_engagement();

-- Attributes that fit looks at. A score that is written by hand is looked at again, too.
CREATE TRIGGER keep_fit_insert AFTER INSERT ON crm.contacts
FOR EACH ROW EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_update AFTER UPDATE ON crm.contacts
FOR EACH ROW WHEN (
    NEW.email_norm IS DISTINCT FROM OLD.email_norm
    OR NEW.phone_e164 IS DISTINCT FROM OLD.phone_e164
    OR NEW.company_id IS DISTINCT FROM OLD.company_id
    OR NEW.company_name IS DISTINCT FROM OLD.company_name
    OR NEW.title IS DISTINCT FROM OLD.title
    OR NEW.lifecycle_stage_id IS DISTINCT FROM OLD.lifecycle_stage_id
    OR NEW.job_role_id IS DISTINCT FROM OLD.job_role_id
    OR NEW.first_name IS DISTINCT FROM OLD.first_name
    OR NEW.last_name IS DISTINCT FROM OLD.last_name
    OR NEW.source IS DISTINCT FROM OLD.source
    OR NEW.status IS DISTINCT FROM OLD.status
    OR NEW.city IS DISTINCT FROM OLD.city
    OR NEW.state IS DISTINCT FROM OLD.state
    OR NEW.postal_code IS DISTINCT FROM OLD.postal_code
    OR NEW.country_id IS DISTINCT FROM OLD.country_id
    OR NEW.language IS DISTINCT FROM OLD.language
    OR NEW.time_zone IS DISTINCT FROM OLD.time_zone
    OR NEW.owner_id IS DISTINCT FROM OLD.owner_id
    OR NEW.do_not_contact IS DISTINCT FROM OLD.do_not_contact
    OR NEW.email_opt_out_at IS DISTINCT FROM OLD.email_opt_out_at
    OR NEW.phone_opt_out_at IS DISTINCT FROM OLD.phone_opt_out_at
    OR NEW.email_bounced_at IS DISTINCT FROM OLD.email_bounced_at
    OR NEW.tags IS DISTINCT FROM OLD.tags
    OR NEW.custom_fields IS DISTINCT FROM OLD.custom_fields
    OR NEW.deleted_at IS DISTINCT FROM OLD.deleted_at
    OR (NEW.score <> OLD.score AND NEW.scored_at IS NOT DISTINCT FROM OLD.scored_at)
)
EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_of_all AFTER INSERT OR UPDATE ON crm.contacts
FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_update AFTER UPDATE ON crm.companies
FOR EACH ROW WHEN (
    NEW.name IS DISTINCT FROM OLD.name
    OR NEW.domain_norm IS DISTINCT FROM OLD.domain_norm
    OR NEW.industry_id IS DISTINCT FROM OLD.industry_id
    OR NEW.country_id IS DISTINCT FROM OLD.country_id
    OR NEW.city IS DISTINCT FROM OLD.city
    OR NEW.state IS DISTINCT FROM OLD.state
    OR NEW.account_type IS DISTINCT FROM OLD.account_type
    OR NEW.billing_type IS DISTINCT FROM OLD.billing_type
    OR NEW.annual_revenue IS DISTINCT FROM OLD.annual_revenue
    OR NEW.number_of_employees IS DISTINCT FROM OLD.number_of_employees
    OR NEW.custom_fields IS DISTINCT FROM OLD.custom_fields
)
EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_of_all AFTER UPDATE ON crm.companies
FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_update AFTER UPDATE ON crm.industries
FOR EACH ROW WHEN (NEW.code IS DISTINCT FROM OLD.code) EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_of_all AFTER UPDATE ON crm.industries
FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_update AFTER UPDATE ON crm.job_roles
FOR EACH ROW WHEN (NEW.code IS DISTINCT FROM OLD.code OR NEW.department IS DISTINCT FROM OLD.department OR NEW.seniority IS DISTINCT FROM OLD.seniority) EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_of_all AFTER UPDATE ON crm.job_roles
FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_update AFTER UPDATE ON crm.lifecycle_stages
FOR EACH ROW WHEN (NEW.code IS DISTINCT FROM OLD.code) EXECUTE FUNCTION crm.keep_fit();

CREATE TRIGGER keep_fit_of_all AFTER UPDATE ON crm.lifecycle_stages
FOR EACH STATEMENT EXECUTE FUNCTION crm.keep_fit();
