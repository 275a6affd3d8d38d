-- Closed lists are domains over text, not enums: text equality is leakproof, so
-- that a condition on them can use an index under row-level security.

CREATE DOMAIN crm.contact_status AS text
    CONSTRAINT contact_status_check CHECK (VALUE IN ('active', 'inactive', 'blocked', 'archived'));
COMMENT ON DOMAIN crm.contact_status IS 'Whether a contact is worked with: active, inactive (kept, no longer worked), blocked (refused, e.g. a spammer), archived.';

CREATE DOMAIN crm.seniority AS text
    CONSTRAINT seniority_check CHECK (VALUE IN ('entry', 'senior', 'manager', 'director', 'vp', 'c_level', 'owner'));
COMMENT ON DOMAIN crm.seniority IS 'Rank of a job role: entry, senior, manager, director, vp, c_level, owner.';

CREATE DOMAIN crm.tag_scope AS text
    CONSTRAINT tag_scope_check CHECK (VALUE IN ('any', 'contact', 'deal'));
COMMENT ON DOMAIN crm.tag_scope IS 'What a tag may be put on: any, contact, deal.';

CREATE DOMAIN crm.deal_status AS text
    CONSTRAINT deal_status_check CHECK (VALUE IN ('open', 'won', 'lost'));
COMMENT ON DOMAIN crm.deal_status IS 'State of a deal: open, won, lost.';

CREATE DOMAIN crm.activity_kind AS text
    CONSTRAINT activity_kind_check CHECK (VALUE IN ('task', 'meeting', 'call', 'follow_up'));
COMMENT ON DOMAIN crm.activity_kind IS 'What is to be done: task, meeting, call, follow_up.';

CREATE DOMAIN crm.activity_status AS text
    CONSTRAINT activity_status_check CHECK (VALUE IN ('pending', 'completed', 'cancelled', 'overdue'));
COMMENT ON DOMAIN crm.activity_status IS 'State of an activity: pending, completed, cancelled, overdue (pending past its due time).';

CREATE DOMAIN crm.priority AS text
    CONSTRAINT priority_check CHECK (VALUE IN ('low', 'normal', 'high', 'urgent'));
COMMENT ON DOMAIN crm.priority IS 'How soon something matters: low, normal, high, urgent.';

CREATE DOMAIN crm.note_type AS text
    CONSTRAINT note_type_check CHECK (VALUE IN ('public', 'private'));
COMMENT ON DOMAIN crm.note_type IS 'Who may read a note: public: the whole organization; private: its author.';

CREATE DOMAIN crm.country_code AS text
    CONSTRAINT country_code_check CHECK (VALUE ~ '^[A-Z]{2}$');
COMMENT ON DOMAIN crm.country_code IS 'ISO 3166-1 alpha-2 code of a country or region, upper case.';

CREATE DOMAIN crm.currency_code AS text
    CONSTRAINT currency_code_check CHECK (VALUE ~ '^[A-Z]{3}$');
COMMENT ON DOMAIN crm.currency_code IS 'ISO 4217 code of a currency, upper case.';

CREATE DOMAIN crm.custom_fields AS jsonb;
COMMENT ON DOMAIN crm.custom_fields IS 'Fields that a tenant defines: a JSON object whose values are strings, numbers, booleans or arrays of strings.';

CREATE DOMAIN crm.email_address AS text;
COMMENT ON DOMAIN crm.email_address IS 'A valid e-mail address, by crm.is_valid_email.';

CREATE DOMAIN crm.phone_e164 AS text
    CONSTRAINT phone_e164_check CHECK (VALUE ~ '^\+[1-9][0-9]{1,19}$');
COMMENT ON DOMAIN crm.phone_e164 IS 'A possible telephone number in E.164 form: +, country calling code, national number, digits only.';
