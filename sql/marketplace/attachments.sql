ALTER TABLE marketplace.payouts ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE marketplace.disputes ALTER COLUMN opened_by SET DEFAULT tenancy.current_user_id();
