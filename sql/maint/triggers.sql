CREATE TRIGGER check_partition_config BEFORE INSERT OR UPDATE ON maint.partition_config
FOR EACH ROW EXECUTE FUNCTION maint.check_partition_config();

CREATE TRIGGER check_repartition BEFORE INSERT OR UPDATE ON maint.repartitions
FOR EACH ROW EXECUTE FUNCTION maint.check_repartition();

CREATE TRIGGER check_retention_policy BEFORE INSERT OR UPDATE OF target, age_column, category_column ON maint.retention_policies
FOR EACH ROW EXECUTE FUNCTION maint.check_retention_policy();

-- State and time agree by a CHECK; who sets only the state gets the time.
CREATE TRIGGER stamp_finished_at BEFORE INSERT OR UPDATE OF status ON maint.maintenance_runs
FOR EACH ROW WHEN ((NEW.status = 'running') <> (NEW.finished_at IS NULL))
EXECUTE FUNCTION maint.stamp_finished_at();

CREATE TRIGGER stamp_finished_at BEFORE INSERT OR UPDATE OF status ON maint.backup_runs
FOR EACH ROW WHEN ((NEW.status = 'running') <> (NEW.finished_at IS NULL))
EXECUTE FUNCTION maint.stamp_finished_at();
