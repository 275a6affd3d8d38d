ALTER TABLE crm.score_models ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
