ALTER TABLE notify.notifications ALTER COLUMN actor_id SET DEFAULT tenancy.current_user_id();
