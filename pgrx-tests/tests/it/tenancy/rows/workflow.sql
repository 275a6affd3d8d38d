-- See ../rows.sql.

INSERT INTO workflow.workflows (id, created_by, name, description, status, trigger_type, trigger_config, definition, max_concurrent_runs, timeout,
                                run_count, success_count, failure_count, last_run_at, metadata)
VALUES (pg_temp.key('workflow'), tenancy.current_user_id(), pg_temp.secret(), pg_temp.secret(), 'active', 'contact_created',
        jsonb_build_object('note', pg_temp.secret()),
        jsonb_build_object('nodes', jsonb_build_array(
            jsonb_build_object('id', 'start', 'type', 'trigger'),
            jsonb_build_object('id', 'send', 'type', 'action', 'config', jsonb_build_object('text', pg_temp.secret()))
        ), 'edges', '[{"from": "start", "to": "send"}]'::jsonb),
        2, '1 day', 3, 2, 1, '2024-01-01', jsonb_build_object('note', pg_temp.secret()));
INSERT INTO workflow.workflow_versions (id, workflow_id, version, name, trigger_type, trigger_config, definition, change_note, created_by)
SELECT pg_temp.key('workflow version'), id, version + 2, name, trigger_type, trigger_config, definition, pg_temp.secret(), pg_temp.colleague()
FROM workflow.workflows WHERE id = pg_temp.key('workflow');
UPDATE workflow.workflows SET published_version = 1 WHERE id = pg_temp.key('workflow');

INSERT INTO workflow.workflow_triggers (id, workflow_id, kind, event_name, conditions, config, last_fired_at)
VALUES (pg_temp.key('workflow event'), pg_temp.key('workflow'), 'event', pg_temp.secret(), jsonb_build_object('note', pg_temp.secret()),
        jsonb_build_object('note', pg_temp.secret()), '2024-01-01');
INSERT INTO workflow.workflow_triggers (id, workflow_id, kind, token_hash, token_prefix, config)
VALUES (pg_temp.key('workflow webhook'), pg_temp.key('workflow'), 'webhook', pg_temp.digest('workflow webhook'), 'wh_', jsonb_build_object('note', pg_temp.secret()));
INSERT INTO workflow.workflow_schedules (id, workflow_id, trigger_id, kind, cron_expression, time_zone, starts_at, ends_at, payload, next_run_at,
                                         last_run_at, last_status, run_count, locked_by, locked_until, created_by)
VALUES (pg_temp.key('workflow schedule'), pg_temp.key('workflow'), pg_temp.key('workflow event'), 'cron', '0 9 * * 1-5', 'Europe/Berlin',
        '2024-01-01', '2040-01-01', jsonb_build_object('note', pg_temp.secret()), '2024-01-03', '2024-01-02', 'completed', 1,
        pg_temp.secret(), '2024-01-03', tenancy.current_user_id());

INSERT INTO workflow.workflow_run_keys (workflow_id, dedupe_key, run_id, run_created_at, expires_at)
VALUES (pg_temp.key('workflow'), pg_temp.secret(), pg_temp.key('workflow run'), now(), '2040-01-01');
INSERT INTO workflow.workflow_runs (id, workflow_id, workflow_version, contact_id, trigger_id, retry_of, attempt, status, trigger_data, context,
                                    current_step, started_at, completed_at, error, error_step, duration_ms, cancelled_by, trace_id)
VALUES (pg_temp.key('workflow run'), pg_temp.key('workflow'), 1, pg_temp.key('contact'), pg_temp.key('workflow event'), pg_temp.key('workflow run 0'), 2,
        'cancelled', jsonb_build_object('note', pg_temp.secret()), jsonb_build_object('note', pg_temp.secret()),
        'send', '2024-01-01', '2024-01-02', pg_temp.secret(), 'send', 86400000, tenancy.current_user_id(), pg_temp.secret());
INSERT INTO workflow.workflow_runs (id, workflow_id, trigger_data)
VALUES (pg_temp.key('waiting run'), pg_temp.key('workflow'), jsonb_build_object('note', pg_temp.secret()));
INSERT INTO workflow.workflow_run_steps (id, run_id, run_created_at, workflow_id, node_id, node_type, status, input, output, error, error_code,
                                         started_at, completed_at, duration_ms)
VALUES (pg_temp.key('workflow run step'), pg_temp.key('workflow run'), now(), pg_temp.key('workflow'), 'send', 'action', 'failed',
        jsonb_build_object('note', pg_temp.secret()), jsonb_build_object('note', pg_temp.secret()), pg_temp.secret(), 'refused',
        '2024-01-01', '2024-01-02', 86400000);

INSERT INTO workflow.scheduled_jobs (id, type, payload, status, scheduled_at, expires_at, dedupe_key, concurrency_key, attempts, timeout,
                                     locked_by, locked_until, heartbeat_at, started_at, last_error, last_failed_at,
                                     workflow_id, run_id, run_created_at, schedule_id, contact_id, created_by)
VALUES (pg_temp.key('scheduled job'), 'send_message', jsonb_build_object('note', pg_temp.secret()), 'running', '2024-01-01', '2040-01-01',
        pg_temp.secret(), pg_temp.secret(), 2, '1 minute', pg_temp.secret(), '2024-01-03', '2024-01-02', '2024-01-02', pg_temp.secret(), '2024-01-01',
        pg_temp.key('workflow'), pg_temp.key('workflow run'), now(), pg_temp.key('workflow schedule'), pg_temp.key('contact'), tenancy.current_user_id());
INSERT INTO workflow.job_dead_letters (id, job_id, type, queue, payload, attempts, first_scheduled_at, failed_at, error, error_history, contact_id,
                                       redriven_at, redriven_job_id, resolved_by, note)
VALUES (pg_temp.key('dead letter'), pg_temp.key('failed job'), 'send_message', 'default', jsonb_build_object('note', pg_temp.secret()), 5,
        '2024-01-01', '2024-01-02', pg_temp.secret(), jsonb_build_array(pg_temp.secret()), pg_temp.key('contact'),
        '2024-01-03', pg_temp.key('scheduled job'), tenancy.current_user_id(), pg_temp.secret());
