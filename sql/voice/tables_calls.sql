-- Providers report a call in several steps, not always in their order, so a call that has ended
-- may lack what came before.
CREATE TABLE voice.vapi_calls (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    vapi_call_id varchar(255),
    assistant_id uuid,
    phone_number_id uuid,
    contact_id uuid,
    call_id uuid,
    type voice.call_type NOT NULL DEFAULT 'outbound_phone',
    status voice.call_status NOT NULL DEFAULT 'queued',
    customer_phone varchar(50),
    customer_phone_region crm.country_code,
    customer_name varchar(255),
    scheduled_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    duration_seconds integer,
    ended_reason varchar(255),
    error_message text,
    forwarded_to varchar(50),
    reached_voicemail boolean,
    summary text,
    transcript text,
    messages jsonb NOT NULL DEFAULT '[]',
    recording_url text,
    stereo_recording_url text,
    structured_data jsonb NOT NULL DEFAULT '{}',
    success_evaluation text,
    is_successful boolean,
    sentiment voice.sentiment,
    sentiment_score numeric(4,3),
    input_tokens integer,
    output_tokens integer,
    average_latency_ms integer,
    interruption_count integer,
    cost numeric(10,4),
    transport_cost numeric(10,4),
    transcriber_cost numeric(10,4),
    model_cost numeric(10,4),
    voice_cost numeric(10,4),
    platform_cost numeric(10,4),
    cost_currency crm.currency_code NOT NULL DEFAULT 'USD',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT vapi_calls_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT vapi_calls_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT vapi_calls_assistant_fkey FOREIGN KEY (assistant_id, organization_id)
        REFERENCES voice.assistants (id, organization_id) ON DELETE SET NULL (assistant_id),
    CONSTRAINT vapi_calls_phone_number_fkey FOREIGN KEY (phone_number_id, organization_id)
        REFERENCES voice.phone_numbers (id, organization_id) ON DELETE SET NULL (phone_number_id),
    CONSTRAINT vapi_calls_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT vapi_calls_call_fkey FOREIGN KEY (call_id, organization_id)
        REFERENCES inbox.calls (id, organization_id) ON DELETE SET NULL (call_id),
    CONSTRAINT vapi_calls_vapi_call_id_check CHECK (btrim(vapi_call_id) <> ''),
    CONSTRAINT vapi_calls_scheduled_at_check CHECK (status <> 'scheduled' OR scheduled_at IS NOT NULL),
    CONSTRAINT vapi_calls_started_at_check CHECK (started_at IS NULL OR status NOT IN ('scheduled', 'queued')),
    CONSTRAINT vapi_calls_ended_at_check CHECK (ended_at >= started_at),
    CONSTRAINT vapi_calls_ended_check CHECK (
        CASE status
            WHEN 'ended' THEN ended_at IS NOT NULL
            ELSE num_nonnulls(ended_at, duration_seconds, ended_reason) = 0
        END
    ),
    CONSTRAINT vapi_calls_duration_seconds_check CHECK (duration_seconds >= 0),
    CONSTRAINT vapi_calls_messages_check CHECK (jsonb_typeof(messages) = 'array'),
    CONSTRAINT vapi_calls_structured_data_check CHECK (jsonb_typeof(structured_data) = 'object'),
    CONSTRAINT vapi_calls_sentiment_score_check CHECK (sentiment_score BETWEEN -1 AND 1),
    CONSTRAINT vapi_calls_tokens_check CHECK (input_tokens >= 0 AND output_tokens >= 0),
    CONSTRAINT vapi_calls_average_latency_ms_check CHECK (average_latency_ms >= 0),
    CONSTRAINT vapi_calls_interruption_count_check CHECK (interruption_count >= 0),
    CONSTRAINT vapi_calls_cost_check CHECK (cost >= 0 AND cost <> 'NaN'),
    CONSTRAINT vapi_calls_cost_parts_check CHECK (
        transport_cost >= 0 AND transcriber_cost >= 0 AND model_cost >= 0 AND voice_cost >= 0 AND platform_cost >= 0
        AND transport_cost <> 'NaN' AND transcriber_cost <> 'NaN' AND model_cost <> 'NaN' AND voice_cost <> 'NaN' AND platform_cost <> 'NaN'
    ),
    CONSTRAINT vapi_calls_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE voice.vapi_calls IS 'Calls that assistants had by way of VAPI: how they went, what came of them, what they cost. A call with a contact may be shown in the inbox as well.';
COMMENT ON COLUMN voice.vapi_calls.vapi_call_id IS 'VAPI''s key of the call; unique among an organization''s live calls; NULL until VAPI has accepted it.';
COMMENT ON COLUMN voice.vapi_calls.assistant_id IS 'Assistant that talked; NULL: one that is not kept here any more.';
COMMENT ON COLUMN voice.vapi_calls.phone_number_id IS 'The organization''s number that was used; NULL: none, as on the web.';
COMMENT ON COLUMN voice.vapi_calls.contact_id IS 'Contact who was talked with; NULL: not known.';
COMMENT ON COLUMN voice.vapi_calls.call_id IS 'The same call in the inbox; at most one call of VAPI''s each.';
COMMENT ON COLUMN voice.vapi_calls.type IS 'How the call came about.';
COMMENT ON COLUMN voice.vapi_calls.status IS 'Where the call stands.';
COMMENT ON COLUMN voice.vapi_calls.customer_phone IS 'The other side''s number as VAPI writes it; what comes in may be no possible one.';
COMMENT ON COLUMN voice.vapi_calls.customer_phone_region IS 'Region in whose national form customer_phone is written, where it has no leading +.';
COMMENT ON COLUMN voice.vapi_calls.customer_name IS 'The other side''s name, where it was given.';
COMMENT ON COLUMN voice.vapi_calls.scheduled_at IS 'When the call is to be made; given where it is scheduled; NULL: at once.';
COMMENT ON COLUMN voice.vapi_calls.started_at IS 'When the two sides were connected.';
COMMENT ON COLUMN voice.vapi_calls.ended_at IS 'When it ended; not before started_at; given exactly where it has ended.';
COMMENT ON COLUMN voice.vapi_calls.duration_seconds IS 'How long they talked, in seconds; not negative; only where it has ended.';
COMMENT ON COLUMN voice.vapi_calls.ended_reason IS 'Why it ended, as VAPI words it, e.g. customer-ended-call; only where it has.';
COMMENT ON COLUMN voice.vapi_calls.error_message IS 'What went wrong; NULL: nothing.';
COMMENT ON COLUMN voice.vapi_calls.forwarded_to IS 'Number that the call was handed to; NULL: was not.';
COMMENT ON COLUMN voice.vapi_calls.reached_voicemail IS 'Whether an answering machine took the call; NULL: not known.';
COMMENT ON COLUMN voice.vapi_calls.summary IS 'What was said, in short.';
COMMENT ON COLUMN voice.vapi_calls.transcript IS 'What was said, word by word.';
COMMENT ON COLUMN voice.vapi_calls.messages IS 'The turns of the talk with their times: a JSON array of objects.';
COMMENT ON COLUMN voice.vapi_calls.recording_url IS 'Where the recording is; NULL: was not recorded.';
COMMENT ON COLUMN voice.vapi_calls.stereo_recording_url IS 'Where the recording with one channel per side is.';
COMMENT ON COLUMN voice.vapi_calls.structured_data IS 'What was taken down from the call by the assistant''s schema; a JSON object.';
COMMENT ON COLUMN voice.vapi_calls.success_evaluation IS 'How well the call reached its aim, in the words of the rubric that was asked for, e.g. pass, 8.';
COMMENT ON COLUMN voice.vapi_calls.is_successful IS 'Whether it counts as a success; NULL: not judged.';
COMMENT ON COLUMN voice.vapi_calls.sentiment IS 'Mood of the other side; NULL: not judged.';
COMMENT ON COLUMN voice.vapi_calls.sentiment_score IS 'Mood as a number: -1 (bad) to 1 (good).';
COMMENT ON COLUMN voice.vapi_calls.input_tokens IS 'Tokens that the model read; not negative.';
COMMENT ON COLUMN voice.vapi_calls.output_tokens IS 'Tokens that the model wrote; not negative.';
COMMENT ON COLUMN voice.vapi_calls.average_latency_ms IS 'How long the assistant took to answer, on average, in milliseconds; not negative.';
COMMENT ON COLUMN voice.vapi_calls.interruption_count IS 'How often the assistant was interrupted; not negative.';
COMMENT ON COLUMN voice.vapi_calls.cost IS 'What the call cost in all, in cost_currency; not negative.';
COMMENT ON COLUMN voice.vapi_calls.transport_cost IS 'Share of the telephone network in cost; not negative.';
COMMENT ON COLUMN voice.vapi_calls.transcriber_cost IS 'Share of turning speech into text; not negative.';
COMMENT ON COLUMN voice.vapi_calls.model_cost IS 'Share of the language model; not negative.';
COMMENT ON COLUMN voice.vapi_calls.voice_cost IS 'Share of speaking; not negative.';
COMMENT ON COLUMN voice.vapi_calls.platform_cost IS 'VAPI''s own share; not negative.';
COMMENT ON COLUMN voice.vapi_calls.cost_currency IS 'Currency of the costs: ISO 4217.';
COMMENT ON COLUMN voice.vapi_calls.metadata IS 'What programs keep with the call; a JSON object.';
