-- Conditions are a column and a value, never an expression: what is deleted by them is deleted
-- with more rights than those of who writes the policy.
CREATE TABLE maint.retention_policies (
  id uuid NOT NULL,
  organization_id uuid,
  target regclass NOT NULL,
  age_column text NOT NULL DEFAULT 'created_at',
  category_column text,
  category text,
  retention interval NOT NULL,
  action text NOT NULL DEFAULT 'delete',
  batch_size integer NOT NULL DEFAULT 5000,
  reason text,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT retention_policies_pkey PRIMARY KEY (id),
  CONSTRAINT retention_policies_organization_target_category_key UNIQUE NULLS NOT DISTINCT (organization_id, target, category_column, category),
  CONSTRAINT retention_policies_organization_fkey FOREIGN KEY (organization_id)
    REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
  CONSTRAINT retention_policies_age_column_check CHECK (btrim(age_column) <> ''),
  CONSTRAINT retention_policies_category_check CHECK (num_nulls(category_column, category) <> 1 AND category_column <> ''),
  CONSTRAINT retention_policies_retention_check CHECK (retention >= '0'::interval),
  CONSTRAINT retention_policies_action_check CHECK (action IN ('delete', 'anonymize')),
  CONSTRAINT retention_policies_batch_size_check CHECK (batch_size BETWEEN 1 AND 1000000)
);
COMMENT ON TABLE maint.retention_policies IS 'How long rows are kept. Of the policies for a row the narrowest holds: the organization''s own before everybody''s, then the one for its category. What a legal hold is on stays. Partitions go whole, by maint.partition_config.';
COMMENT ON COLUMN maint.retention_policies.organization_id IS 'The organization whose rows it is for; NULL: for all that have no policy of their own.';
COMMENT ON COLUMN maint.retention_policies.target IS 'The table.';
COMMENT ON COLUMN maint.retention_policies.age_column IS 'Its column that tells how old a row is, e.g. created_at, deleted_at; a row without a value is kept.';
COMMENT ON COLUMN maint.retention_policies.category_column IS 'Its column that sorts rows into categories, e.g. status; NULL: the policy is for all rows.';
COMMENT ON COLUMN maint.retention_policies.category IS 'The category that the policy is for: a value of category_column.';
COMMENT ON COLUMN maint.retention_policies.retention IS 'How long a row is kept, counted from age_column; not negative.';
COMMENT ON COLUMN maint.retention_policies.action IS 'What becomes of an expired row: delete, or anonymize (personal data is emptied, the row stays).';
COMMENT ON COLUMN maint.retention_policies.batch_size IS 'How many rows one transaction takes: 1 to 1000000.';
COMMENT ON COLUMN maint.retention_policies.reason IS 'What demands or allows it, e.g. a law, a contract.';
COMMENT ON COLUMN maint.retention_policies.enabled IS 'False: left alone for now.';

-- A hold keeps its contact by a foreign key too, of a column that is empty once it is released: then
-- the contact may go, and the row still tells that it was held. Its organization it keeps by
-- tenancy.clear_organization(), which removes what was released first.
CREATE TABLE maint.legal_holds (
  id uuid NOT NULL,
  organization_id uuid,
  name text NOT NULL,
  reason text NOT NULL,
  target regclass,
  contact_id uuid,
  from_time timestamptz,
  until_time timestamptz,
  placed_by text NOT NULL DEFAULT CURRENT_USER,
  placed_at timestamptz NOT NULL DEFAULT now(),
  review_at timestamptz,
  released_by text,
  released_at timestamptz,
  release_reason text,
  held_contact_id uuid GENERATED ALWAYS AS (CASE WHEN released_at IS NULL THEN contact_id END) STORED,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT legal_holds_pkey PRIMARY KEY (id),
  CONSTRAINT legal_holds_organization_fkey FOREIGN KEY (organization_id)
    REFERENCES tenancy.organizations (id) ON DELETE RESTRICT,
  CONSTRAINT legal_holds_contact_fkey FOREIGN KEY (held_contact_id, organization_id)
    REFERENCES crm.contacts (id, organization_id) ON DELETE RESTRICT,
  CONSTRAINT legal_holds_name_check CHECK (btrim(name) <> ''),
  CONSTRAINT legal_holds_reason_check CHECK (btrim(reason) <> ''),
  -- A foreign key with a NULL in it checks nothing.
  CONSTRAINT legal_holds_contact_check CHECK (contact_id IS NULL OR organization_id IS NOT NULL),
  CONSTRAINT legal_holds_until_time_check CHECK (until_time > from_time),
  CONSTRAINT legal_holds_placed_by_check CHECK (btrim(placed_by) <> ''),
  CONSTRAINT legal_holds_review_at_check CHECK (review_at > placed_at),
  CONSTRAINT legal_holds_released_at_check CHECK (released_at >= placed_at),
  CONSTRAINT legal_holds_released_by_check CHECK ((released_at IS NULL) = (released_by IS NULL) AND btrim(released_by) <> ''),
  CONSTRAINT legal_holds_release_reason_check CHECK (release_reason IS NULL OR released_at IS NOT NULL)
);
COMMENT ON TABLE maint.legal_holds IS 'What must not be deleted for now, whatever any retention says: rows and partitions that a hold reaches stay until it is released. Every condition that is NULL reaches everything.';
COMMENT ON COLUMN maint.legal_holds.organization_id IS 'The organization whose rows are held; NULL: those of all.';
COMMENT ON COLUMN maint.legal_holds.name IS 'What people call the matter, e.g. its file number.';
COMMENT ON COLUMN maint.legal_holds.reason IS 'Who demands it and why.';
COMMENT ON COLUMN maint.legal_holds.target IS 'The table whose rows are held, partitions included; NULL: all tables.';
COMMENT ON COLUMN maint.legal_holds.contact_id IS 'The contact that is held, with what refers to it; it may be gone once the hold is released. NULL: all contacts, and what refers to none.';
COMMENT ON COLUMN maint.legal_holds.from_time IS 'Rows from this time on are held; NULL: from the first.';
COMMENT ON COLUMN maint.legal_holds.until_time IS 'Rows before this time are held; after from_time; NULL: to the last, those still to come included.';
COMMENT ON COLUMN maint.legal_holds.placed_by IS 'Who placed it: a name; the current role by default.';
COMMENT ON COLUMN maint.legal_holds.placed_at IS 'Since when it is in force.';
COMMENT ON COLUMN maint.legal_holds.review_at IS 'When to ask whether it is still needed; after placed_at; NULL: no date set.';
COMMENT ON COLUMN maint.legal_holds.released_by IS 'Who released it: a name; given exactly where it is released.';
COMMENT ON COLUMN maint.legal_holds.released_at IS 'When it was released; not before it was placed; NULL: in force.';
COMMENT ON COLUMN maint.legal_holds.release_reason IS 'Why it was released.';
COMMENT ON COLUMN maint.legal_holds.held_contact_id IS 'The contact, as long as the hold is in force: while it is given, the contact cannot be deleted.';

-- One call of a procedure of the model, with plain values: whoever may write here must not be
-- able to have anything executed with the rights of who schedules it. A cast would do that, and so
-- would an operator.
CREATE TABLE maint.task_schedule (
  task text NOT NULL,
  description text NOT NULL,
  command text NOT NULL,
  rhythm text,
  position integer NOT NULL DEFAULT 100,
  schedule text,
  enabled boolean NOT NULL DEFAULT true,
  overdue_after interval,
  cron_job_id bigint,
  last_started_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT task_schedule_pkey PRIMARY KEY (task),
  CONSTRAINT task_schedule_cron_job_id_key UNIQUE (cron_job_id),
  CONSTRAINT task_schedule_task_check CHECK (task ~ '^[a-z0-9][a-z0-9_.-]*$'),
  CONSTRAINT task_schedule_command_check CHECK (
    command ~ '^CALL (analytics|audit|billing|compliance|crm|inbox|integration|maint|notify|runtime|workflow)\.[a-z_][a-z0-9_]*\(((-?[0-9]+|NULL|true|false|''[^''();\\]*'')(, ?(-?[0-9]+|NULL|true|false|''[^''();\\]*''))*)?\)$'
  ),
  CONSTRAINT task_schedule_rhythm_check CHECK (rhythm IN ('daily', 'weekly', 'monthly')),
  CONSTRAINT task_schedule_when_check CHECK (num_nonnulls(rhythm, schedule) > 0),
  CONSTRAINT task_schedule_overdue_after_check CHECK (overdue_after > '0'::interval)
);
COMMENT ON TABLE maint.task_schedule IS 'Which tasks run when. Those with a schedule are handed to pg_cron by maint.schedule_jobs(), or begun by the background worker; those with a rhythm are run by maint.run_daily(), run_weekly(), run_monthly(). What they did is in maint.maintenance_runs.';
COMMENT ON COLUMN maint.task_schedule.task IS 'Name of the task, as in maint.maintenance_runs: lower case, no spaces.';
COMMENT ON COLUMN maint.task_schedule.description IS 'What it is for.';
COMMENT ON COLUMN maint.task_schedule.command IS 'CALL of one procedure of the data model''s schemas, with plain values: numbers, texts without quotes, true, false, NULL.';
COMMENT ON COLUMN maint.task_schedule.rhythm IS 'daily, weekly or monthly: which of the three procedures runs it; NULL: none.';
COMMENT ON COLUMN maint.task_schedule.position IS 'Its place among the tasks of its rhythm, ascending.';
COMMENT ON COLUMN maint.task_schedule.schedule IS 'When it runs by itself, in pg_cron''s form and in UTC (pg_cron: its own time zone): minute, hour, day of the month, month, day of the week; or 1 to 59 seconds. NULL: only in its rhythm.';
COMMENT ON COLUMN maint.task_schedule.enabled IS 'False: not run for now.';
COMMENT ON COLUMN maint.task_schedule.overdue_after IS 'How old the last success may be before maint.health_check() warns; NULL: it never does.';
COMMENT ON COLUMN maint.task_schedule.cron_job_id IS 'Number of the job at pg_cron, which then runs it and not the background worker; NULL: not scheduled there.';
COMMENT ON COLUMN maint.task_schedule.last_started_at IS 'When the background worker last began it; NULL: never.';

CREATE TABLE maint.metric_thresholds (
  metric text NOT NULL,
  description text NOT NULL,
  unit text NOT NULL,
  source text NOT NULL DEFAULT 'server',
  bad_when text NOT NULL DEFAULT 'above',
  warning double precision,
  critical double precision,
  enabled boolean NOT NULL DEFAULT true,
  reported_value double precision,
  reported_at timestamptz,
  reported_valid_for interval NOT NULL DEFAULT '15 minutes',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT metric_thresholds_pkey PRIMARY KEY (metric),
  CONSTRAINT metric_thresholds_metric_check CHECK (metric ~ '^[a-z0-9][a-z0-9_.-]*$'),
  CONSTRAINT metric_thresholds_unit_check CHECK (btrim(unit) <> ''),
  CONSTRAINT metric_thresholds_source_check CHECK (source IN ('server', 'reported')),
  CONSTRAINT metric_thresholds_bad_when_check CHECK (bad_when IN ('above', 'below')),
  CONSTRAINT metric_thresholds_bounds_check CHECK (
    num_nonnulls(warning, critical) > 0
    AND CASE bad_when WHEN 'above' THEN critical >= warning ELSE critical <= warning END
  ),
  CONSTRAINT metric_thresholds_warning_check CHECK (warning > '-Infinity' AND warning < 'Infinity'),
  CONSTRAINT metric_thresholds_critical_check CHECK (critical > '-Infinity' AND critical < 'Infinity'),
  CONSTRAINT metric_thresholds_reported_check CHECK (
    num_nulls(reported_value, reported_at) <> 1 AND (source = 'reported' OR reported_value IS NULL)
  ),
  CONSTRAINT metric_thresholds_reported_valid_for_check CHECK (reported_valid_for > '0'::interval)
);
COMMENT ON TABLE maint.metric_thresholds IS 'From which values on maint.health_check() warns. What the server cannot see of itself, such as the processor''s load, is reported here from outside.';
COMMENT ON COLUMN maint.metric_thresholds.metric IS 'Name of what is measured: lower case, no spaces, e.g. connections.';
COMMENT ON COLUMN maint.metric_thresholds.description IS 'What it says, and what to do about it.';
COMMENT ON COLUMN maint.metric_thresholds.unit IS 'Unit of all its values, e.g. percent, bytes, seconds, 1/s.';
COMMENT ON COLUMN maint.metric_thresholds.source IS 'Where its value comes from: server (measured when asked for), reported (reported_value).';
COMMENT ON COLUMN maint.metric_thresholds.bad_when IS 'Which side of the bounds is bad: above (greater than), below (less than).';
COMMENT ON COLUMN maint.metric_thresholds.warning IS 'Bound past which to warn; NULL: only critical counts.';
COMMENT ON COLUMN maint.metric_thresholds.critical IS 'Bound past which something has to be done at once; not on the good side of warning; NULL: only warning counts.';
COMMENT ON COLUMN maint.metric_thresholds.enabled IS 'False: not looked at for now.';
COMMENT ON COLUMN maint.metric_thresholds.reported_value IS 'Latest value from outside; only where source is reported.';
COMMENT ON COLUMN maint.metric_thresholds.reported_at IS 'When it was measured.';
COMMENT ON COLUMN maint.metric_thresholds.reported_valid_for IS 'How long a reported value counts; past that it is unknown.';

-- Backups are made outside of the server, by tools and by clouds. Here is what was agreed, and
-- what those report, so that a backup that is missing, late or never tried is noticed.
CREATE TABLE maint.backup_policies (
  id uuid NOT NULL,
  profile text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  description text,
  period interval NOT NULL,
  grace interval NOT NULL DEFAULT '0',
  retention interval NOT NULL,
  destination text,
  must_be_encrypted boolean NOT NULL DEFAULT true,
  restore_test_period interval,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT backup_policies_pkey PRIMARY KEY (id),
  CONSTRAINT backup_policies_profile_name_key UNIQUE (profile, name),
  CONSTRAINT backup_policies_profile_check CHECK (profile ~ '^[a-z0-9][a-z0-9_.-]*$'),
  CONSTRAINT backup_policies_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]*$'),
  CONSTRAINT backup_policies_kind_check CHECK (kind IN ('full', 'incremental', 'logical', 'snapshot', 'wal', 'pitr', 'copy')),
  CONSTRAINT backup_policies_period_check CHECK (period > '0'::interval),
  CONSTRAINT backup_policies_grace_check CHECK (grace >= '0'::interval),
  CONSTRAINT backup_policies_retention_check CHECK (retention > '0'::interval AND retention >= period),
  CONSTRAINT backup_policies_restore_test_period_check CHECK (restore_test_period > '0'::interval)
);
COMMENT ON TABLE maint.backup_policies IS 'Which backups there have to be. maint.verify_backups() compares them with maint.backup_runs and with the state of WAL archiving.';
COMMENT ON COLUMN maint.backup_policies.profile IS 'The set of policies that it belongs to, one for each way to run the server; lower case, no spaces.';
COMMENT ON COLUMN maint.backup_policies.name IS 'Name of the policy; unique in its profile; lower case, no spaces.';
COMMENT ON COLUMN maint.backup_policies.kind IS 'What is made: full, incremental, logical (a dump), snapshot (of the storage), wal (archived WAL), pitr (a base and its WAL, kept by a cloud), copy (of another backup, elsewhere).';
COMMENT ON COLUMN maint.backup_policies.description IS 'What it is for.';
COMMENT ON COLUMN maint.backup_policies.period IS 'How often one has to succeed.';
COMMENT ON COLUMN maint.backup_policies.grace IS 'How much later than that it may come before it counts as late; not negative.';
COMMENT ON COLUMN maint.backup_policies.retention IS 'How long each is kept; not less than period.';
COMMENT ON COLUMN maint.backup_policies.destination IS 'Where they are kept, e.g. a bucket or another region.';
COMMENT ON COLUMN maint.backup_policies.must_be_encrypted IS 'Whether one that is not encrypted counts as a finding.';
COMMENT ON COLUMN maint.backup_policies.restore_test_period IS 'How often one has to be restored for a try; NULL: no such demand.';
COMMENT ON COLUMN maint.backup_policies.enabled IS 'Whether it is demanded; the profiles that are not in use are not.';

CREATE TABLE maint.backup_runs (
  id uuid NOT NULL,
  policy_id uuid,
  kind text NOT NULL,
  status text NOT NULL DEFAULT 'running',
  tool text,
  external_id text,
  tested_run_id uuid,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  start_lsn pg_lsn,
  end_lsn pg_lsn,
  size_bytes bigint,
  location text,
  checksum bytea,
  is_encrypted boolean,
  server_version text,
  expires_at timestamptz,
  removed_at timestamptz,
  detail text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT backup_runs_pkey PRIMARY KEY (id),
  CONSTRAINT backup_runs_tool_external_id_key UNIQUE (tool, external_id),
  CONSTRAINT backup_runs_policy_fkey FOREIGN KEY (policy_id)
    REFERENCES maint.backup_policies (id) ON DELETE SET NULL,
  CONSTRAINT backup_runs_tested_run_fkey FOREIGN KEY (tested_run_id)
    REFERENCES maint.backup_runs (id) ON DELETE SET NULL,
  CONSTRAINT backup_runs_kind_check CHECK (kind IN ('full', 'incremental', 'logical', 'snapshot', 'wal', 'pitr', 'copy', 'restore_test')),
  CONSTRAINT backup_runs_status_check CHECK (status IN ('running', 'succeeded', 'failed')),
  CONSTRAINT backup_runs_external_id_check CHECK (external_id IS NULL OR (btrim(external_id) <> '' AND tool IS NOT NULL)),
  CONSTRAINT backup_runs_tested_run_check CHECK (tested_run_id IS NULL OR (kind = 'restore_test' AND tested_run_id <> id)),
  CONSTRAINT backup_runs_finished_at_check CHECK (finished_at >= started_at),
  CONSTRAINT backup_runs_status_finished_at_check CHECK ((status = 'running') = (finished_at IS NULL)),
  CONSTRAINT backup_runs_end_lsn_check CHECK (end_lsn >= start_lsn),
  CONSTRAINT backup_runs_size_bytes_check CHECK (size_bytes >= 0),
  CONSTRAINT backup_runs_checksum_check CHECK (octet_length(checksum) BETWEEN 4 AND 64),
  CONSTRAINT backup_runs_expires_at_check CHECK (expires_at > started_at),
  CONSTRAINT backup_runs_removed_at_check CHECK (removed_at IS NULL OR (status <> 'running' AND removed_at >= finished_at)),
  CONSTRAINT backup_runs_restore_test_check CHECK (kind <> 'restore_test' OR num_nonnulls(expires_at, removed_at) = 0)
);
COMMENT ON TABLE maint.backup_runs IS 'Backups that were made, and restores that were tried, as the tools that did so report.';
COMMENT ON COLUMN maint.backup_runs.policy_id IS 'Policy that it was made for; NULL: made out of turn.';
COMMENT ON COLUMN maint.backup_runs.kind IS 'What was made, as in maint.backup_policies; or restore_test: a backup was restored for a try.';
COMMENT ON COLUMN maint.backup_runs.status IS 'running, succeeded or failed.';
COMMENT ON COLUMN maint.backup_runs.tool IS 'What made it, e.g. pg_basebackup, pgbackrest, rds.';
COMMENT ON COLUMN maint.backup_runs.external_id IS 'The tool''s name of it; unique per tool.';
COMMENT ON COLUMN maint.backup_runs.tested_run_id IS 'For a restore_test: the backup that was restored.';
COMMENT ON COLUMN maint.backup_runs.started_at IS 'When it began.';
COMMENT ON COLUMN maint.backup_runs.finished_at IS 'When it ended; NULL exactly while it runs.';
COMMENT ON COLUMN maint.backup_runs.start_lsn IS 'Place in the WAL at which it begins.';
COMMENT ON COLUMN maint.backup_runs.end_lsn IS 'Place in the WAL up to which it is needed to be consistent; not before start_lsn.';
COMMENT ON COLUMN maint.backup_runs.size_bytes IS 'Its size as kept, in bytes; not negative.';
COMMENT ON COLUMN maint.backup_runs.location IS 'Where it is.';
COMMENT ON COLUMN maint.backup_runs.checksum IS 'Checksum by which to see that it is whole, 4 to 64 bytes.';
COMMENT ON COLUMN maint.backup_runs.is_encrypted IS 'Whether it is encrypted; NULL: not known.';
COMMENT ON COLUMN maint.backup_runs.server_version IS 'Version of PostgreSQL that it is of.';
COMMENT ON COLUMN maint.backup_runs.expires_at IS 'Until when it is kept; after started_at; NULL: until removed.';
COMMENT ON COLUMN maint.backup_runs.removed_at IS 'When it was removed; not before it ended; NULL: it is there.';
COMMENT ON COLUMN maint.backup_runs.detail IS 'What was done or checked, or the error.';

CREATE TABLE maint.size_snapshots (
  schema_name text NOT NULL,
  table_name text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now(),
  parent_schema text,
  parent_table text,
  row_estimate double precision,
  dead_row_estimate double precision,
  table_bytes bigint NOT NULL,
  toast_bytes bigint NOT NULL DEFAULT 0,
  index_bytes bigint NOT NULL DEFAULT 0,
  total_bytes bigint NOT NULL GENERATED ALWAYS AS (table_bytes + toast_bytes + index_bytes) STORED,
  CONSTRAINT size_snapshots_pkey PRIMARY KEY (schema_name, table_name, taken_at),
  CONSTRAINT size_snapshots_taken_at_check CHECK (isfinite(taken_at)),
  CONSTRAINT size_snapshots_parent_check CHECK (num_nulls(parent_schema, parent_table) <> 1),
  CONSTRAINT size_snapshots_row_estimate_check CHECK (row_estimate >= 0 AND row_estimate < 'Infinity'),
  CONSTRAINT size_snapshots_dead_row_estimate_check CHECK (dead_row_estimate >= 0 AND dead_row_estimate < 'Infinity'),
  CONSTRAINT size_snapshots_bytes_check CHECK (table_bytes >= 0 AND toast_bytes >= 0 AND index_bytes >= 0)
);
COMMENT ON TABLE maint.size_snapshots IS 'How large each table was when; from it growth is told. By name, so that what is gone still counts. Rows are added, never changed.';
COMMENT ON COLUMN maint.size_snapshots.schema_name IS 'Schema of the table.';
COMMENT ON COLUMN maint.size_snapshots.table_name IS 'Name of the table or partition; a partitioned table itself holds nothing and has no row.';
COMMENT ON COLUMN maint.size_snapshots.taken_at IS 'When it was measured; the same for all tables of one snapshot.';
COMMENT ON COLUMN maint.size_snapshots.parent_schema IS 'Schema of parent_table.';
COMMENT ON COLUMN maint.size_snapshots.parent_table IS 'For a partition: the topmost partitioned table, by which to add up.';
COMMENT ON COLUMN maint.size_snapshots.row_estimate IS 'Rows as the planner estimates; not negative; NULL: never analyzed.';
COMMENT ON COLUMN maint.size_snapshots.dead_row_estimate IS 'Rows that wait for VACUUM, as the statistics estimate; not negative.';
COMMENT ON COLUMN maint.size_snapshots.table_bytes IS 'Size of the table without indexes and TOAST, in bytes.';
COMMENT ON COLUMN maint.size_snapshots.toast_bytes IS 'Size of its TOAST table with that one''s index, in bytes.';
COMMENT ON COLUMN maint.size_snapshots.index_bytes IS 'Size of its indexes, in bytes.';
COMMENT ON COLUMN maint.size_snapshots.total_bytes IS 'All of it, in bytes.';

CREATE TABLE maint.schema_checksums (
  object_kind text NOT NULL,
  object_name text NOT NULL,
  checksum bytea NOT NULL,
  definition text,
  extension_version text NOT NULL,
  server_version integer NOT NULL DEFAULT (current_setting('server_version_num')::integer / 10000),
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT schema_checksums_pkey PRIMARY KEY (object_kind, object_name),
  CONSTRAINT schema_checksums_object_kind_check CHECK (object_kind IN (
    'schema', 'domain', 'table', 'column', 'constraint', 'index', 'sequence', 'view', 'function', 'trigger', 'policy', 'grant', 'event trigger'
  )),
  CONSTRAINT schema_checksums_object_name_check CHECK (btrim(object_name) <> ''),
  CONSTRAINT schema_checksums_checksum_check CHECK (octet_length(checksum) = 32)
);
COMMENT ON TABLE maint.schema_checksums IS 'What each object of the data model looked like when it was recorded; maint.schema_drift() tells what differs since.';
COMMENT ON COLUMN maint.schema_checksums.object_kind IS 'What it is: schema, domain, table, column, constraint, index, sequence, view, function, trigger, policy, grant, event trigger.';
COMMENT ON COLUMN maint.schema_checksums.object_name IS 'Its qualified name; of parts of a table with the table''s before it.';
COMMENT ON COLUMN maint.schema_checksums.checksum IS 'SHA-256 of its definition, 32 bytes.';
COMMENT ON COLUMN maint.schema_checksums.definition IS 'The definition, to show what changed; NULL: only the checksum is kept.';
COMMENT ON COLUMN maint.schema_checksums.extension_version IS 'The version of pg_crm at that time.';
COMMENT ON COLUMN maint.schema_checksums.server_version IS 'Major version of PostgreSQL at that time: another one words definitions differently.';
COMMENT ON COLUMN maint.schema_checksums.recorded_at IS 'When it was recorded.';

-- An import that inserts only the old key gets the new one in return, and may so refer to rows
-- that are still to come.
CREATE TABLE maint.legacy_id_map (
  organization_id uuid NOT NULL,
  source text NOT NULL,
  entity text NOT NULL,
  legacy_id bigint NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT legacy_id_map_pkey PRIMARY KEY (organization_id, source, entity, legacy_id),
  CONSTRAINT legacy_id_map_organization_fkey FOREIGN KEY (organization_id)
    REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
  CONSTRAINT legacy_id_map_source_check CHECK (source ~ '^[a-z0-9][a-z0-9_.-]*$'),
  CONSTRAINT legacy_id_map_entity_check CHECK (entity ~ '^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$')
);
COMMENT ON TABLE maint.legacy_id_map IS 'Which row came of which numbered row of an older system. Two old rows may have become one.';
COMMENT ON COLUMN maint.legacy_id_map.source IS 'The older system: lower case, no spaces.';
COMMENT ON COLUMN maint.legacy_id_map.entity IS 'Table that the row is in now, e.g. crm.contacts.';
COMMENT ON COLUMN maint.legacy_id_map.legacy_id IS 'Key of the row in the older system; unique by source and entity in an organization.';
COMMENT ON COLUMN maint.legacy_id_map.id IS 'Key of the row now; a new one by default.';
