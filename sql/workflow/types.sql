CREATE DOMAIN workflow.workflow_status AS text
    CONSTRAINT workflow_status_check CHECK (VALUE IN ('draft', 'active', 'paused', 'archived'));
COMMENT ON DOMAIN workflow.workflow_status IS 'State of a workflow: draft (being written), active (its triggers start runs), paused (no new runs for now), archived (no more).';

CREATE DOMAIN workflow.run_status AS text
    CONSTRAINT run_status_check CHECK (VALUE IN ('pending', 'running', 'completed', 'failed', 'cancelled'));
COMMENT ON DOMAIN workflow.run_status IS 'State of a run or a job: pending, running, and one of completed, failed, cancelled at the end.';

CREATE DOMAIN workflow.step_status AS text
    CONSTRAINT step_status_check CHECK (VALUE IN ('pending', 'running', 'waiting', 'completed', 'failed', 'skipped', 'cancelled'));
COMMENT ON DOMAIN workflow.step_status IS 'State of a step: pending, running, waiting (for a time or an event), and one of completed, failed, skipped (its branch was not taken), cancelled at the end.';

CREATE DOMAIN workflow.node_type AS text
    CONSTRAINT node_type_check CHECK (VALUE IN ('trigger', 'action', 'condition', 'wait'));
COMMENT ON DOMAIN workflow.node_type IS 'What a node of a workflow does: trigger (begins), action, condition (chooses the way on), wait.';

CREATE DOMAIN workflow.trigger_kind AS text
    CONSTRAINT trigger_kind_check CHECK (VALUE IN ('manual', 'event', 'schedule', 'webhook'));
COMMENT ON DOMAIN workflow.trigger_kind IS 'What starts a run: manual (a member), event (something in the database), schedule (a time), webhook (a request from outside).';

CREATE DOMAIN workflow.reentry_policy AS text
    CONSTRAINT reentry_policy_check CHECK (VALUE IN ('always', 'after_end', 'once'));
COMMENT ON DOMAIN workflow.reentry_policy IS 'Whether a contact may go through a workflow again: always, after_end (not while a run for it is open), once (never).';

CREATE DOMAIN workflow.schedule_kind AS text
    CONSTRAINT schedule_kind_check CHECK (VALUE IN ('cron', 'interval', 'once'));
COMMENT ON DOMAIN workflow.schedule_kind IS 'When a schedule fires: cron (by a cron expression), interval (so long after the last time), once.';

CREATE DOMAIN workflow.misfire_policy AS text
    CONSTRAINT misfire_policy_check CHECK (VALUE IN ('skip', 'run_once', 'run_all'));
COMMENT ON DOMAIN workflow.misfire_policy IS 'What becomes of times that were missed, e.g. while the server was down: skip, run_once (for all of them), run_all.';

CREATE DOMAIN workflow.overlap_policy AS text
    CONSTRAINT overlap_policy_check CHECK (VALUE IN ('allow', 'skip', 'cancel_previous'));
COMMENT ON DOMAIN workflow.overlap_policy IS 'What happens when a schedule fires while its last run is open: allow (both run), skip (no new run), cancel_previous.';

CREATE DOMAIN workflow.cron_expression AS text
    CONSTRAINT cron_expression_check CHECK (
        VALUE ~ '^[0-9A-Za-z*/,#?-]+( +[0-9A-Za-z*/,#?-]+){4}$'
        OR VALUE ~ '^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$'
    );
COMMENT ON DOMAIN workflow.cron_expression IS 'Times in cron''s form: minute, hour, day of the month, month, day of the week; or @yearly, @monthly, @weekly, @daily, @hourly.';

CREATE DOMAIN workflow.definition AS jsonb;
COMMENT ON DOMAIN workflow.definition IS 'What a workflow does: a JSON object {nodes: [{id, type, config, position}], edges: [{from, to, condition}]}; type is trigger, action, condition or wait, from and to are nodes'' ids.';
