CREATE TRIGGER check_partition_config BEFORE INSERT OR UPDATE ON maint.partition_config
FOR EACH ROW EXECUTE FUNCTION maint.check_partition_config();
