-- See ../rows.sql. Of what other rows refer to by more than an id, the first row is one that none refers to.

INSERT INTO chat.conversations (id, user_id, contact_id, title, model, system_prompt)
VALUES (pg_temp.key('chat'), tenancy.current_user_id(), pg_temp.key('contact'), pg_temp.secret(), 'seer-1', pg_temp.secret());
INSERT INTO chat.messages (id, conversation_id, role, author_id, content)
VALUES (pg_temp.key('chat message 0'), pg_temp.key('chat'), 'system', tenancy.current_user_id(), pg_temp.secret()),
       (pg_temp.key('chat question'), pg_temp.key('chat'), 'user', tenancy.current_user_id(), pg_temp.secret());
INSERT INTO chat.messages (id, conversation_id, parent_id, role, content, tool_calls, citations, model, external_id, finish_reason,
                           input_tokens, output_tokens, latency_ms, cost, cost_currency, rating, feedback)
VALUES (pg_temp.key('chat answer'), pg_temp.key('chat'), pg_temp.key('chat question'), 'assistant', pg_temp.secret(),
        '[{"id": "call-1", "name": "find"}]', jsonb_build_array(pg_temp.secret()), 'seer-1', 'm-1', 'stop', 100, 20, 900, 0.0125, 'USD', 1,
        pg_temp.secret());
INSERT INTO chat.messages (id, conversation_id, parent_id, role, content, tool_call_id)
VALUES (pg_temp.key('chat tool'), pg_temp.key('chat'), pg_temp.key('chat answer'), 'tool', pg_temp.secret(), 'call-1');
INSERT INTO chat.knowledge_base (id, external_id, title, slug, content, category, labels, language, status, source_url, author_id,
                                 published_at, reviewed_at, review_due_at)
VALUES (pg_temp.key('article'), 'kb-1', pg_temp.secret(), 'how-to', pg_temp.secret(), 'Help', '{start}', 'en', 'published',
        'https://example.com/how-to', tenancy.current_user_id(), '2026-01-01', '2026-01-01', '2027-01-01');
