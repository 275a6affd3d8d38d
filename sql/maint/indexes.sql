CREATE INDEX maintenance_runs_started_at_idx ON maint.maintenance_runs (started_at DESC);
CREATE INDEX maintenance_runs_failed_idx ON maint.maintenance_runs (task, started_at DESC) WHERE status = 'failed';
