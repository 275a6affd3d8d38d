-- See ../rows.sql.

INSERT INTO notify.notifications (id, user_id, topic, idempotency_key, title, body, action_url, actor_id, resource, resource_id, data, status,
                                  sent_at, delivered_at, attempts, provider, external_id, expires_at)
VALUES (pg_temp.key('notification'), tenancy.current_user_id(), 'deal.won', pg_temp.secret(), pg_temp.secret(), pg_temp.secret(),
        pg_temp.secret(), pg_temp.colleague(), 'crm.deals', pg_temp.key('deal'), jsonb_build_object('title', pg_temp.secret()), 'delivered',
        now(), now(), 1, 'ses', 'no-1', now() + '30 days');
INSERT INTO notify.notification_preferences (id, user_id, topic, channel, frequency, quiet_from, quiet_until)
VALUES (pg_temp.key('notification preference'), tenancy.current_user_id(), 'deal.won', 'email', 'daily', '22:00', '07:00');
