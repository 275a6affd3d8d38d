-- Partitions of analytics.events: planned, made, retired
\set ON_ERROR_STOP on
\echo 'Made by CREATE EXTENSION:'
SELECT partition, lower_bound, upper_bound FROM maint.partition_bounds('analytics.events') ORDER BY lower_bound;

\echo 'What maintenance would do after premake goes up to 5 (SELECT * FROM maint.plan_partitions()):'
SELECT maint.manage_partitions('analytics.events', '1 month', premake => 5, retention => '12 months') \g /dev/null
SELECT parent, action, partition, lower_bound FROM maint.plan_partitions();

\echo 'CALL maint.maintain_partitions():'
CALL maint.maintain_partitions();
SELECT task, target, status, detail FROM maint.maintenance_runs ORDER BY id;
SELECT partition FROM maint.partition_bounds('analytics.events') ORDER BY lower_bound;
