CREATE TABLE maint.schema_migrations (
  version integer NOT NULL,
  name text NOT NULL,
  extension_version text NOT NULL,
  relations text[] NOT NULL DEFAULT '{}',
  applied_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (version),
  CONSTRAINT schema_migrations_version_check CHECK (version > 0)
);
COMMENT ON TABLE maint.schema_migrations IS 'The steps that made and changed the data model, oldest first.';
COMMENT ON COLUMN maint.schema_migrations.version IS 'Number of the step, ascending.';
COMMENT ON COLUMN maint.schema_migrations.name IS 'What the step is for.';
COMMENT ON COLUMN maint.schema_migrations.extension_version IS 'The version of pg_crm that applied it.';
COMMENT ON COLUMN maint.schema_migrations.relations IS 'Tables, views, sequences and indexes of the data model after the step. An existing relation that no step names is somebody else''s, and stops an installation.';
COMMENT ON COLUMN maint.schema_migrations.applied_at IS 'When the step was applied.';

CREATE TABLE maint.partition_config (
  parent regclass NOT NULL,
  period interval NOT NULL DEFAULT '1 month',
  premake integer NOT NULL DEFAULT 3,
  retention interval,
  retention_action text NOT NULL DEFAULT 'drop',
  archive_schema text,
  lock_timeout interval NOT NULL DEFAULT '200 milliseconds',
  lock_attempts integer NOT NULL DEFAULT 12,
  batch_size integer NOT NULL DEFAULT 10000,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT partition_config_pkey PRIMARY KEY (parent),
  CONSTRAINT partition_config_period_check CHECK (period > '0'::interval),
  CONSTRAINT partition_config_premake_check CHECK (premake BETWEEN 0 AND 1000),
  CONSTRAINT partition_config_retention_check CHECK (retention > '0'::interval),
  CONSTRAINT partition_config_retention_action_check CHECK (retention_action IN ('drop', 'detach', 'archive')),
  CONSTRAINT partition_config_archive_schema_check CHECK ((retention_action = 'archive') = (archive_schema IS NOT NULL)),
  CONSTRAINT partition_config_lock_timeout_check CHECK (lock_timeout BETWEEN '1 millisecond' AND '1 day'),
  CONSTRAINT partition_config_lock_attempts_check CHECK (lock_attempts BETWEEN 1 AND 1000),
  CONSTRAINT partition_config_batch_size_check CHECK (batch_size BETWEEN 1 AND 1000000)
);
COMMENT ON TABLE maint.partition_config IS 'The partitioned tables that maint.maintain_partitions() looks after. Written by maint.manage_partitions().';
COMMENT ON COLUMN maint.partition_config.parent IS 'The partitioned table.';
COMMENT ON COLUMN maint.partition_config.period IS 'The time that one partition covers: months, days or hours, in UTC.';
COMMENT ON COLUMN maint.partition_config.premake IS 'How many partitions to hold ready after the current one.';
COMMENT ON COLUMN maint.partition_config.retention IS 'How long rows are kept; a partition goes when its upper bound is at least this old. NULL: for ever.';
COMMENT ON COLUMN maint.partition_config.retention_action IS 'What becomes of an expired partition: drop, or detach (it stays as a table of its own), or archive (that, in the schema archive_schema). What a legal hold is on stays.';
COMMENT ON COLUMN maint.partition_config.archive_schema IS 'The schema that expired partitions go to; given exactly where retention_action is archive.';
COMMENT ON COLUMN maint.partition_config.lock_timeout IS 'How long one attempt waits for its locks, all together: nobody waits behind it any longer than that and the change itself take. 1 ms to 1 day.';
COMMENT ON COLUMN maint.partition_config.lock_attempts IS 'How often a change is attempted, with growing pauses of a random length, until it fails for want of a lock: 1 to 1000.';
COMMENT ON COLUMN maint.partition_config.batch_size IS 'How many rows of the default partition one transaction moves, more only where they are of one instant, or where other tables refer to the table: 1 to 1000000.';
COMMENT ON COLUMN maint.partition_config.enabled IS 'False: left alone for now.';

-- What a run that is interrupted leaves behind, so that the next one goes on.
CREATE TABLE maint.partition_moves (
  partition regclass NOT NULL,
  parent regclass NOT NULL,
  upper_bound timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT partition_moves_pkey PRIMARY KEY (partition)
);
COMMENT ON TABLE maint.partition_moves IS 'Partitions that take over rows of the default partition, batch by batch: each batch moves the upper bound on. A row stays only while that goes on, or where it was interrupted.';
COMMENT ON COLUMN maint.partition_moves.partition IS 'The partition.';
COMMENT ON COLUMN maint.partition_moves.parent IS 'Its partitioned table.';
COMMENT ON COLUMN maint.partition_moves.upper_bound IS 'The upper bound that it shall have in the end.';

-- The work on a table that is being brought under partitions, from the call that asks for it to the
-- switch: whatever stops a run, the next one reads here where it was.
CREATE TABLE maint.repartitions (
  relation regclass NOT NULL,
  key_column text NOT NULL,
  period interval NOT NULL DEFAULT '1 month',
  premake integer NOT NULL DEFAULT 3,
  retention interval,
  retention_action text NOT NULL DEFAULT 'drop',
  extend_keys boolean NOT NULL DEFAULT false,
  batch_size integer NOT NULL DEFAULT 10000,
  status text NOT NULL DEFAULT 'requested',
  copy regclass,
  definition text,
  file_node oid,
  next_block bigint NOT NULL DEFAULT 0,
  end_block bigint NOT NULL DEFAULT 0,
  rows_copied bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT repartitions_pkey PRIMARY KEY (relation),
  CONSTRAINT repartitions_period_check CHECK (period > '0'::interval),
  CONSTRAINT repartitions_premake_check CHECK (premake BETWEEN 0 AND 1000),
  CONSTRAINT repartitions_retention_check CHECK (retention > '0'::interval),
  CONSTRAINT repartitions_retention_action_check CHECK (retention_action IN ('drop', 'detach')),
  CONSTRAINT repartitions_batch_size_check CHECK (batch_size BETWEEN 1 AND 1000000),
  CONSTRAINT repartitions_status_check CHECK (status IN ('requested', 'partitions', 'mirror', 'copy', 'analyze', 'switch', 'restart', 'cancelled')),
  CONSTRAINT repartitions_blocks_check CHECK (next_block >= 0 AND end_block >= 0 AND rows_copied >= 0)
);
COMMENT ON TABLE maint.repartitions IS 'Tables that maint.repartition() is bringing under partitions. A row stays only while that goes on, or where it was interrupted.';
COMMENT ON COLUMN maint.repartitions.relation IS 'The table.';
COMMENT ON COLUMN maint.repartitions.key_column IS 'The column by whose ranges it shall be partitioned.';
COMMENT ON COLUMN maint.repartitions.period IS 'As in maint.partition_config, like the next three.';
COMMENT ON COLUMN maint.repartitions.premake IS 'How many partitions to hold ready after the current one.';
COMMENT ON COLUMN maint.repartitions.retention IS 'How long rows shall be kept; NULL: for ever.';
COMMENT ON COLUMN maint.repartitions.retention_action IS 'What shall become of an expired partition: drop, detach.';
COMMENT ON COLUMN maint.repartitions.extend_keys IS 'Whether unique keys that lack the column get it.';
COMMENT ON COLUMN maint.repartitions.batch_size IS 'About how many rows one transaction copies: 1 to 1000000, but always a block of the table.';
COMMENT ON COLUMN maint.repartitions.status IS 'The next step: requested (make the copy), partitions (make those that it lacks), mirror (keep it as the table is from now on), copy (the next batch of rows), analyze, switch (the copy becomes the table), restart (the table was altered: all over again), cancelled (take everything back).';
COMMENT ON COLUMN maint.repartitions.copy IS 'The partitioned table that takes its place; NULL: not made yet.';
COMMENT ON COLUMN maint.repartitions.definition IS 'Digest of what the table was like when the copy was made.';
COMMENT ON COLUMN maint.repartitions.file_node IS 'The file that the blocks are of: another one, and they are copied again from the first.';
COMMENT ON COLUMN maint.repartitions.next_block IS 'The first block of the table that is not copied yet, from 0.';
COMMENT ON COLUMN maint.repartitions.end_block IS 'How many blocks there were when the mirror began to work; what is written later it brings itself.';
COMMENT ON COLUMN maint.repartitions.rows_copied IS 'How many rows were read of the blocks so far.';

CREATE TABLE maint.maintenance_runs (
  id bigint GENERATED ALWAYS AS IDENTITY,
  task text NOT NULL,
  target text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  status text NOT NULL DEFAULT 'running',
  detail text,
  CONSTRAINT maintenance_runs_pkey PRIMARY KEY (id),
  CONSTRAINT maintenance_runs_status_check CHECK (status IN ('running', 'succeeded', 'failed', 'skipped')),
  CONSTRAINT maintenance_runs_finished_at_check CHECK (finished_at >= started_at),
  CONSTRAINT maintenance_runs_status_finished_at_check CHECK ((status = 'running') = (finished_at IS NULL))
);
COMMENT ON TABLE maint.maintenance_runs IS 'What maintenance did, one row for each task and target.';
COMMENT ON COLUMN maint.maintenance_runs.task IS 'The task, as partitions.create.';
COMMENT ON COLUMN maint.maintenance_runs.target IS 'What it worked on, such as a table''s name.';
COMMENT ON COLUMN maint.maintenance_runs.started_at IS 'When it began.';
COMMENT ON COLUMN maint.maintenance_runs.finished_at IS 'When it ended; NULL while it runs, or where the server stopped meanwhile.';
COMMENT ON COLUMN maint.maintenance_runs.status IS 'running, succeeded, failed or skipped.';
COMMENT ON COLUMN maint.maintenance_runs.detail IS 'What was done, or the error.';
