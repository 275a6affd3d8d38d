-- One row or more in every table that an organization has rows in, and a value in every column that
-- refers to another row. Run as the owner of an organization that has one more member.

CREATE FUNCTION pg_temp.key(name text) RETURNS uuid LANGUAGE sql
RETURN md5(tenancy.current_org_id()::text || name)::uuid;

CREATE FUNCTION pg_temp.colleague() RETURNS uuid LANGUAGE sql
RETURN (SELECT user_id FROM tenancy.organization_members WHERE user_id <> tenancy.current_user_id() LIMIT 1);

CREATE FUNCTION pg_temp.secret() RETURNS text LANGUAGE sql
RETURN 'Secret ' || tenancy.current_org_id();

CREATE FUNCTION pg_temp.digest(name text) RETURNS bytea LANGUAGE sql
RETURN sha256((tenancy.current_org_id() || name)::bytea);

UPDATE tenancy.organization_members SET invited_by = tenancy.current_user_id()
WHERE user_id = pg_temp.colleague();

INSERT INTO tenancy.user_credentials (user_id, password_hash)
VALUES (tenancy.current_user_id(), '$argon2id$v=19$0123456789abcdefghijklmnopqrstuv');
INSERT INTO tenancy.sessions (id, user_id, organization_id, token_hash, expires_at)
VALUES (pg_temp.key('session'), tenancy.current_user_id(), tenancy.current_org_id(), pg_temp.digest('session'), now() + '1 hour');
INSERT INTO tenancy.refresh_tokens (id, user_id, session_id, family_id, token_hash, expires_at)
VALUES (pg_temp.key('token 1'), tenancy.current_user_id(), pg_temp.key('session'), pg_temp.key('family'), pg_temp.digest('token 1'), now() + '1 day');
INSERT INTO tenancy.refresh_tokens (id, user_id, session_id, family_id, parent_id, token_hash, expires_at)
VALUES (pg_temp.key('token 2'), tenancy.current_user_id(), pg_temp.key('session'), pg_temp.key('family'), pg_temp.key('token 1'), pg_temp.digest('token 2'), now() + '1 day');
INSERT INTO tenancy.verification_codes (user_id, purpose, destination, code_hash, expires_at)
VALUES (tenancy.current_user_id(), 'login', 'me@example.com', pg_temp.digest('code'), now() + '1 hour');
INSERT INTO tenancy.password_resets (user_id, token_hash, expires_at)
VALUES (tenancy.current_user_id(), pg_temp.digest('reset'), now() + '1 hour');
INSERT INTO tenancy.invitations (email, token_hash, invited_by, accepted_by, accepted_at)
VALUES ('guest@example.com', pg_temp.digest('invitation'), tenancy.current_user_id(), pg_temp.colleague(), now());
INSERT INTO tenancy.api_keys (name, key_prefix, key_hash, created_by, revoked_by, revoked_at)
VALUES ('Key', 'crm_', pg_temp.digest('key'), tenancy.current_user_id(), pg_temp.colleague(), now());
INSERT INTO tenancy.idempotency_keys (scope, key, fingerprint)
VALUES ('POST /contacts', pg_temp.secret(), pg_temp.digest('request'));

INSERT INTO crm.industries (id, organization_id, code, name)
VALUES (pg_temp.key('industry'), tenancy.current_org_id(), 'own', pg_temp.secret());
INSERT INTO crm.job_roles (id, organization_id, code, name)
VALUES (pg_temp.key('role'), tenancy.current_org_id(), 'own', pg_temp.secret());
INSERT INTO crm.lifecycle_stages (id, organization_id, code, name)
VALUES (pg_temp.key('lifecycle'), tenancy.current_org_id(), 'own', pg_temp.secret());

INSERT INTO crm.companies (id, name) VALUES (pg_temp.key('parent'), 'Parent');
INSERT INTO crm.companies (id, name, parent_id, industry_id, owner_id)
VALUES (pg_temp.key('company'), pg_temp.secret(), pg_temp.key('parent'), pg_temp.key('industry'), tenancy.current_user_id());
INSERT INTO crm.contacts (id, first_name, last_name, email, phone, company_id, job_role_id, lifecycle_stage_id, owner_id)
VALUES (pg_temp.key('contact'), 'Ann', pg_temp.secret(), 'ann@example.com', '+493012345678', pg_temp.key('company'),
        pg_temp.key('role'), pg_temp.key('lifecycle'), tenancy.current_user_id());
INSERT INTO crm.tags (id, name) VALUES (pg_temp.key('tag'), pg_temp.secret());
INSERT INTO crm.contact_tags (contact_id, tag_id) VALUES (pg_temp.key('contact'), pg_temp.key('tag'));

INSERT INTO crm.pipelines (id, name) VALUES (pg_temp.key('pipeline'), pg_temp.secret());
INSERT INTO crm.deal_stages (id, pipeline_id, name) VALUES (pg_temp.key('stage'), pg_temp.key('pipeline'), pg_temp.secret());
INSERT INTO crm.deals (id, contact_id, company_id, name, stage_id, owner_id)
VALUES (pg_temp.key('deal'), pg_temp.key('contact'), pg_temp.key('company'), pg_temp.secret(), pg_temp.key('stage'), tenancy.current_user_id());
INSERT INTO crm.deal_tags (deal_id, tag_id) VALUES (pg_temp.key('deal'), pg_temp.key('tag'));
INSERT INTO crm.deal_stage_history (deal_id, from_stage_id, to_stage_id, from_status, to_status)
VALUES (pg_temp.key('deal'), pg_temp.key('stage'), pg_temp.key('stage'), 'open', 'won');

INSERT INTO crm.activities (id, contact_id, deal_id, company_id, subject, assignee_id)
VALUES (pg_temp.key('activity'), pg_temp.key('contact'), pg_temp.key('deal'), pg_temp.key('company'), pg_temp.secret(), tenancy.current_user_id());
INSERT INTO crm.notes (contact_id, author_id, content) VALUES (pg_temp.key('contact'), tenancy.current_user_id(), pg_temp.secret());
INSERT INTO crm.notes (deal_id, content) VALUES (pg_temp.key('deal'), pg_temp.secret());
INSERT INTO crm.notes (company_id, content) VALUES (pg_temp.key('company'), pg_temp.secret());
INSERT INTO crm.documents (contact_id, name, storage_key, uploaded_by) VALUES (pg_temp.key('contact'), pg_temp.secret(), '1', tenancy.current_user_id());
INSERT INTO crm.documents (deal_id, name, storage_key) VALUES (pg_temp.key('deal'), pg_temp.secret(), '2');
INSERT INTO crm.documents (activity_id, name, storage_key) VALUES (pg_temp.key('activity'), pg_temp.secret(), '3');

INSERT INTO inbox.conversations (id, contact_id, subject, assignee_id)
VALUES (pg_temp.key('conversation'), pg_temp.key('contact'), pg_temp.secret(), tenancy.current_user_id());
INSERT INTO inbox.messages (id, contact_id, conversation_id, channel, direction, sender_id, content, status)
VALUES (pg_temp.key('message'), pg_temp.key('contact'), pg_temp.key('conversation'), 'email', 'outbound', tenancy.current_user_id(), pg_temp.secret(), 'sent');
INSERT INTO inbox.calls (contact_id, conversation_id, message_id, member_id, direction, summary, started_at)
VALUES (pg_temp.key('contact'), pg_temp.key('conversation'), pg_temp.key('message'), tenancy.current_user_id(), 'outbound', pg_temp.secret(), now());
INSERT INTO inbox.emails (contact_id, conversation_id, message_id, sender_id, direction, subject, sent_at)
VALUES (pg_temp.key('contact'), pg_temp.key('conversation'), pg_temp.key('message'), tenancy.current_user_id(), 'outbound', pg_temp.secret(), now());

INSERT INTO commerce.orders (id, contact_id, company_id, deal_id, email, note, total_amount)
VALUES (pg_temp.key('order'), pg_temp.key('contact'), pg_temp.key('company'), pg_temp.key('deal'), 'ann@example.com', pg_temp.secret(), 10);
INSERT INTO commerce.order_items (order_id, name, unit_price) VALUES (pg_temp.key('order'), pg_temp.secret(), 10);

INSERT INTO analytics.events (name, contact_id, properties)
VALUES ('page_viewed', pg_temp.key('contact'), jsonb_build_object('title', pg_temp.secret()));
