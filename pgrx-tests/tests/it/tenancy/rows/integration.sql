-- See ../rows.sql.

INSERT INTO integration.integrations (id, kind, provider, external_account_id, name, config, scopes, field_mapping, sync_state, connected_by, metadata)
VALUES (pg_temp.key('integration'), 'crm', 'salesforce', pg_temp.secret(), pg_temp.secret(), jsonb_build_object('note', pg_temp.secret()),
        ARRAY['read', pg_temp.secret()], '{"Email": "email"}', jsonb_build_object('cursor', pg_temp.secret()), tenancy.current_user_id(),
        jsonb_build_object('note', pg_temp.secret()));
INSERT INTO integration.webhooks (id, integration_id, name, description, url, filter, headers, created_by, metadata)
VALUES (pg_temp.key('webhook'), pg_temp.key('integration'), pg_temp.secret(), pg_temp.secret(),
        'https://example.com/hook?a=' || tenancy.current_org_id(), jsonb_build_object('note', pg_temp.secret()),
        jsonb_build_object('X-Team', pg_temp.secret()), tenancy.current_user_id(), jsonb_build_object('note', pg_temp.secret()));
INSERT INTO integration.integration_credentials (id, webhook_id, kind, name, ciphertext, key_id, wrapped_key, fingerprint, scopes, created_by)
VALUES (pg_temp.key('signing secret'), pg_temp.key('webhook'), 'signing_secret', pg_temp.secret(), pg_temp.digest('ciphertext'), pg_temp.secret(),
        pg_temp.digest('wrapped key'), pg_temp.digest('fingerprint'), ARRAY[pg_temp.secret()], tenancy.current_user_id());
INSERT INTO integration.integration_credentials (id, integration_id, kind, name, ciphertext, key_id, created_by)
VALUES (pg_temp.key('access token'), pg_temp.key('integration'), 'access_token', 'Production', pg_temp.digest('token'), 'k1', pg_temp.colleague());
INSERT INTO integration.webhook_logs (id, webhook_id, delivery_id, event_id, event_name, next_attempt_at, payload, request_headers)
VALUES (pg_temp.key('attempt'), pg_temp.key('webhook'), pg_temp.key('delivery'), pg_temp.key('event')::text, 'deal.won', now(),
        jsonb_build_object('title', pg_temp.secret()), jsonb_build_object('X-Team', pg_temp.secret()));
INSERT INTO integration.sync_logs (id, integration_id, entity, cause, triggered_by, retry_of, attempt, cursor_before)
VALUES (pg_temp.key('sync'), pg_temp.key('integration'), pg_temp.secret(), 'retry', tenancy.current_user_id(), pg_temp.key('first sync'), 2,
        jsonb_build_object('cursor', pg_temp.secret()));
