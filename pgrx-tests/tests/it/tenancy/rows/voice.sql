-- See ../rows.sql.

INSERT INTO voice.assistants (id, external_id, name, description, status, owner_id, language, first_message, system_prompt, end_call_phrases,
                              model, temperature, max_tokens, voice, tools, structured_data_schema, forwarding_phone,
                              silence_timeout_seconds, max_duration_seconds)
VALUES (pg_temp.key('assistant'), 'a-1', pg_temp.secret(), pg_temp.secret(), 'active', tenancy.current_user_id(), 'en-US', pg_temp.secret(),
        pg_temp.secret(), '{bye}', 'seer-1', 0.7, 500, 'alto', '[{"name": "transfer"}]', '{"type": "object"}', '+493012345678', 30, 600);
INSERT INTO voice.phone_numbers (id, external_id, phone, name, assistant_id, capabilities, labels, fallback_phone, monthly_cost, cost_currency,
                                 purchased_at)
VALUES (pg_temp.key('phone number'), 'n-1', '+493012345679', pg_temp.secret(), pg_temp.key('assistant'), '{voice,sms}', '{sales}',
        '+493012345678', 1.15, 'USD', '2026-01-01');
INSERT INTO voice.vapi_calls (id, vapi_call_id, assistant_id, phone_number_id, contact_id, call_id, status, customer_phone, customer_name,
                              scheduled_at, started_at, ended_at, duration_seconds, ended_reason, summary, transcript, messages, recording_url,
                              structured_data, success_evaluation, is_successful, sentiment, sentiment_score, input_tokens, output_tokens,
                              average_latency_ms, interruption_count, cost, transport_cost, transcriber_cost, model_cost, voice_cost, platform_cost)
SELECT pg_temp.key('vapi call'), 'v-1', pg_temp.key('assistant'), pg_temp.key('phone number'), pg_temp.key('contact'), id, 'ended',
       '+493012345678', pg_temp.secret(), '2026-01-02 10:00+00', '2026-01-02 10:00+00', '2026-01-02 10:02+00', 120, 'customer-ended-call',
       pg_temp.secret(), pg_temp.secret(), jsonb_build_array(pg_temp.secret()), pg_temp.secret(), jsonb_build_object('wish', pg_temp.secret()),
       'good', true, 'positive', 0.8, 1000, 200, 700, 1, 0.2, 0.02, 0.03, 0.05, 0.05, 0.05
FROM inbox.calls LIMIT 1;
