CREATE INDEX legal_holds_organization_held_contact_idx ON maint.legal_holds (organization_id, held_contact_id);

CREATE INDEX backup_runs_policy_idx ON maint.backup_runs (policy_id, started_at DESC);
CREATE INDEX backup_runs_tested_run_idx ON maint.backup_runs (tested_run_id);
CREATE INDEX backup_runs_started_at_idx ON maint.backup_runs (started_at DESC);

-- For what is asked of all tables at once, and for taking old snapshots out.
CREATE INDEX size_snapshots_taken_at_idx ON maint.size_snapshots (taken_at);

CREATE INDEX legacy_id_map_organization_id_idx ON maint.legacy_id_map (organization_id, id);

-- Every run begins by looking for one that was interrupted.
CREATE INDEX maintenance_runs_running_idx ON maint.maintenance_runs (task) WHERE status = 'running';
