-- See ../rows.sql.

INSERT INTO runtime.cache (namespace, key, value, tags)
VALUES ('analytics', pg_temp.secret(), jsonb_build_object('note', pg_temp.secret()), ARRAY[pg_temp.secret()]);
INSERT INTO runtime.rate_limits (id, key, theoretical_arrival_at, max_requests, period)
VALUES (pg_temp.key('rate limit'), pg_temp.secret(), now(), 10, '1 minute');
INSERT INTO runtime.presence (user_id, contact_id, conversation_id, message, client)
VALUES (tenancy.current_user_id(), pg_temp.key('contact'), pg_temp.key('conversation'), pg_temp.secret(), 'web');

INSERT INTO runtime.queues (name, description) VALUES ('mail failed', pg_temp.secret());
INSERT INTO runtime.queues (name, description, dead_letter_queue) VALUES ('mail', pg_temp.secret(), 'mail failed');
INSERT INTO runtime.queue_messages (queue, payload, headers, ordering_key, dedupe_key, source_queue)
VALUES ('mail', jsonb_build_object('note', pg_temp.secret()), jsonb_build_object('note', pg_temp.secret()), pg_temp.secret(), pg_temp.secret(), 'mail failed');
INSERT INTO runtime.queue_archive (id, queue, payload, headers, ordering_key, dedupe_key, receive_count, last_error, source_queue, sent_at, received_at)
VALUES (1, 'mail', jsonb_build_object('note', pg_temp.secret()), jsonb_build_object('note', pg_temp.secret()), pg_temp.secret(), pg_temp.secret(),
        1, pg_temp.secret(), 'mail failed', now(), now());
INSERT INTO runtime.outbox (id, topic, resource, resource_id, ordering_key, payload, headers, actor_id)
VALUES (pg_temp.key('outbox'), 'deal.won', 'crm.deals', pg_temp.key('deal'), pg_temp.secret(), jsonb_build_object('name', pg_temp.secret()),
        jsonb_build_object('note', pg_temp.secret()), tenancy.current_user_id());
