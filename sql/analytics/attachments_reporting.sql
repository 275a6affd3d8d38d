ALTER TABLE analytics.dashboards ALTER COLUMN owner_id SET DEFAULT tenancy.current_user_id();
ALTER TABLE analytics.reports ALTER COLUMN owner_id SET DEFAULT tenancy.current_user_id();
ALTER TABLE analytics.alerts ALTER COLUMN owner_id SET DEFAULT tenancy.current_user_id();
