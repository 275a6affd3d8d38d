CREATE TABLE voice.assistants (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    name varchar(255) NOT NULL,
    name_norm text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED,
    description text,
    provider varchar(100) NOT NULL DEFAULT 'vapi',
    status voice.assistant_status NOT NULL DEFAULT 'draft',
    owner_id uuid,
    language text,
    first_message text,
    system_prompt text,
    voicemail_message text,
    end_call_message text,
    end_call_phrases text[] NOT NULL DEFAULT '{}',
    model_provider varchar(100),
    model varchar(100),
    temperature numeric(3,2),
    max_tokens integer,
    voice_provider varchar(100),
    voice varchar(100),
    transcriber_provider varchar(100),
    transcriber varchar(100),
    tools jsonb NOT NULL DEFAULT '[]',
    settings jsonb NOT NULL DEFAULT '{}',
    structured_data_schema jsonb,
    forwarding_phone varchar(50),
    recording_enabled boolean NOT NULL DEFAULT false,
    silence_timeout_seconds integer,
    max_duration_seconds integer,
    archived_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT assistants_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT assistants_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT assistants_owner_fkey FOREIGN KEY (owner_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (owner_id),
    CONSTRAINT assistants_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT assistants_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT assistants_provider_check CHECK (btrim(provider) <> ''),
    CONSTRAINT assistants_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    CONSTRAINT assistants_end_call_phrases_check CHECK (array_position(end_call_phrases, NULL) IS NULL),
    CONSTRAINT assistants_temperature_check CHECK (temperature BETWEEN 0 AND 2),
    CONSTRAINT assistants_max_tokens_check CHECK (max_tokens > 0),
    CONSTRAINT assistants_tools_check CHECK (jsonb_typeof(tools) = 'array'),
    CONSTRAINT assistants_settings_check CHECK (jsonb_typeof(settings) = 'object'),
    CONSTRAINT assistants_structured_data_schema_check CHECK (jsonb_typeof(structured_data_schema) = 'object'),
    CONSTRAINT assistants_silence_timeout_seconds_check CHECK (silence_timeout_seconds > 0),
    CONSTRAINT assistants_max_duration_seconds_check CHECK (max_duration_seconds > 0),
    CONSTRAINT assistants_archived_at_check CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
    CONSTRAINT assistants_version_check CHECK (version > 0),
    CONSTRAINT assistants_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE voice.assistants IS 'AI assistants that talk on the telephone, and how they are set up. What they sign in with at their provider is a credential of the integration and not here.';
COMMENT ON COLUMN voice.assistants.external_id IS 'Key of the assistant at the provider; unique per provider among an organization''s live assistants.';
COMMENT ON COLUMN voice.assistants.name IS 'Name for people.';
COMMENT ON COLUMN voice.assistants.name_norm IS 'The name in lower case, trimmed; unique among an organization''s live assistants.';
COMMENT ON COLUMN voice.assistants.description IS 'What the assistant is for.';
COMMENT ON COLUMN voice.assistants.provider IS 'Service that runs the assistant, e.g. vapi.';
COMMENT ON COLUMN voice.assistants.status IS 'Whether the assistant takes and makes calls.';
COMMENT ON COLUMN voice.assistants.owner_id IS 'Member who looks after the assistant.';
COMMENT ON COLUMN voice.assistants.language IS 'Language that it speaks: a BCP 47 tag, e.g. en, pt-BR; NULL: that of the transcriber.';
COMMENT ON COLUMN voice.assistants.first_message IS 'What it says first; NULL: it waits for the other side.';
COMMENT ON COLUMN voice.assistants.system_prompt IS 'Instructions to the model.';
COMMENT ON COLUMN voice.assistants.voicemail_message IS 'What it leaves on an answering machine; NULL: it hangs up.';
COMMENT ON COLUMN voice.assistants.end_call_message IS 'What it says last.';
COMMENT ON COLUMN voice.assistants.end_call_phrases IS 'Words at which it ends the call.';
COMMENT ON COLUMN voice.assistants.model_provider IS 'Service that runs the language model.';
COMMENT ON COLUMN voice.assistants.model IS 'Language model, as its provider names it.';
COMMENT ON COLUMN voice.assistants.temperature IS 'How freely the model answers: 0 to 2; NULL: the provider''s default.';
COMMENT ON COLUMN voice.assistants.max_tokens IS 'Longest answer in tokens; positive.';
COMMENT ON COLUMN voice.assistants.voice_provider IS 'Service that speaks.';
COMMENT ON COLUMN voice.assistants.voice IS 'Voice, as its provider names it.';
COMMENT ON COLUMN voice.assistants.transcriber_provider IS 'Service that turns speech into text.';
COMMENT ON COLUMN voice.assistants.transcriber IS 'Model that turns speech into text, as its provider names it.';
COMMENT ON COLUMN voice.assistants.tools IS 'What it can do besides talking: a JSON array of objects, without secrets.';
COMMENT ON COLUMN voice.assistants.settings IS 'Further settings at the provider, without secrets; a JSON object.';
COMMENT ON COLUMN voice.assistants.structured_data_schema IS 'JSON Schema of what to take down from every call; NULL: nothing.';
COMMENT ON COLUMN voice.assistants.forwarding_phone IS 'Number that calls are handed to when a person is needed; possible by crm.is_possible_phone.';
COMMENT ON COLUMN voice.assistants.recording_enabled IS 'Whether calls are recorded; off by default, since it needs consent.';
COMMENT ON COLUMN voice.assistants.silence_timeout_seconds IS 'Silence after which it ends the call, in seconds; positive.';
COMMENT ON COLUMN voice.assistants.max_duration_seconds IS 'Longest call, in seconds; positive.';
COMMENT ON COLUMN voice.assistants.archived_at IS 'When it was archived; given exactly where it is.';
COMMENT ON COLUMN voice.assistants.version IS 'Counts the changes, from 1: who changes an assistant names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN voice.assistants.metadata IS 'What programs keep with the assistant; a JSON object.';

CREATE TABLE voice.phone_numbers (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    phone varchar(50) NOT NULL,
    phone_region crm.country_code,
    name varchar(255),
    provider varchar(100) NOT NULL DEFAULT 'vapi',
    status voice.phone_number_status NOT NULL DEFAULT 'active',
    assistant_id uuid,
    capabilities text[] NOT NULL DEFAULT '{voice}',
    labels text[] NOT NULL DEFAULT '{}',
    fallback_phone varchar(50),
    monthly_cost numeric(10,4),
    cost_currency crm.currency_code,
    purchased_at timestamptz,
    released_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT phone_numbers_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT phone_numbers_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT phone_numbers_assistant_fkey FOREIGN KEY (assistant_id, organization_id)
        REFERENCES voice.assistants (id, organization_id) ON DELETE SET NULL (assistant_id),
    CONSTRAINT phone_numbers_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT phone_numbers_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT phone_numbers_provider_check CHECK (btrim(provider) <> ''),
    CONSTRAINT phone_numbers_assistant_check CHECK (assistant_id IS NULL OR status <> 'released'),
    CONSTRAINT phone_numbers_capabilities_check CHECK (
        capabilities <@ ARRAY['voice', 'sms', 'mms', 'fax', 'whatsapp'] AND array_position(capabilities, NULL) IS NULL
    ),
    CONSTRAINT phone_numbers_labels_check CHECK (array_position(labels, NULL) IS NULL),
    CONSTRAINT phone_numbers_monthly_cost_check CHECK (monthly_cost >= 0 AND monthly_cost <> 'NaN'),
    CONSTRAINT phone_numbers_cost_currency_check CHECK (cost_currency IS NULL OR monthly_cost IS NOT NULL),
    CONSTRAINT phone_numbers_released_at_check CHECK ((status = 'released') = (released_at IS NOT NULL)),
    CONSTRAINT phone_numbers_released_after_check CHECK (released_at >= purchased_at),
    CONSTRAINT phone_numbers_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE voice.phone_numbers IS 'The organization''s telephone numbers, on which assistants take and make calls.';
COMMENT ON COLUMN voice.phone_numbers.external_id IS 'Key of the number at the provider; unique per provider among an organization''s live numbers.';
COMMENT ON COLUMN voice.phone_numbers.phone IS 'The number as entered; possible by crm.is_possible_phone.';
COMMENT ON COLUMN voice.phone_numbers.phone_region IS 'Region in whose national form phone is written, where it has no leading +.';
COMMENT ON COLUMN voice.phone_numbers.name IS 'What the number is for.';
COMMENT ON COLUMN voice.phone_numbers.provider IS 'Service that the number is rented from, e.g. vapi, twilio.';
COMMENT ON COLUMN voice.phone_numbers.status IS 'Whether the number is in use.';
COMMENT ON COLUMN voice.phone_numbers.assistant_id IS 'Assistant that answers; NULL: none. A released number has none.';
COMMENT ON COLUMN voice.phone_numbers.capabilities IS 'What the number can do: any of voice, sms, mms, fax, whatsapp.';
COMMENT ON COLUMN voice.phone_numbers.labels IS 'Labels in the tenant''s own words.';
COMMENT ON COLUMN voice.phone_numbers.fallback_phone IS 'Number that calls go to when no assistant answers; possible by crm.is_possible_phone.';
COMMENT ON COLUMN voice.phone_numbers.monthly_cost IS 'Rent of a month, in cost_currency; not negative.';
COMMENT ON COLUMN voice.phone_numbers.cost_currency IS 'Currency of monthly_cost: ISO 4217.';
COMMENT ON COLUMN voice.phone_numbers.purchased_at IS 'Since when it is the organization''s.';
COMMENT ON COLUMN voice.phone_numbers.released_at IS 'When it was given back; given exactly where it is released; not before purchased_at.';
COMMENT ON COLUMN voice.phone_numbers.metadata IS 'What programs keep with the number; a JSON object.';
