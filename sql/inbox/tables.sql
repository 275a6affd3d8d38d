CREATE TABLE inbox.conversations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    display_id bigint,
    contact_id uuid NOT NULL,
    channel inbox.channel,
    external_id varchar(255),
    subject text,
    status inbox.conversation_status NOT NULL DEFAULT 'open',
    priority crm.priority NOT NULL DEFAULT 'normal',
    assignee_id uuid,
    labels text[] NOT NULL DEFAULT '{}',
    message_count integer NOT NULL DEFAULT 0,
    unread_count integer NOT NULL DEFAULT 0,
    last_message_at timestamptz,
    last_inbound_at timestamptz,
    first_reply_at timestamptz,
    waiting_since timestamptz,
    snoozed_until timestamptz,
    resolved_at timestamptz,
    custom_fields crm.custom_fields NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT conversations_pkey PRIMARY KEY (id, organization_id),
    -- Among deleted rows too: people quote the number, so it is never given twice.
    CONSTRAINT conversations_organization_display_id_key UNIQUE (organization_id, display_id),
    CONSTRAINT conversations_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT conversations_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT conversations_assignee_fkey FOREIGN KEY (assignee_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (assignee_id),
    CONSTRAINT conversations_display_id_check CHECK (display_id > 0),
    CONSTRAINT conversations_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT conversations_labels_check CHECK (array_position(labels, NULL) IS NULL),
    CONSTRAINT conversations_message_count_check CHECK (message_count >= 0),
    CONSTRAINT conversations_unread_count_check CHECK (unread_count BETWEEN 0 AND message_count),
    CONSTRAINT conversations_last_inbound_at_check CHECK (last_inbound_at IS NULL OR (last_message_at IS NOT NULL AND last_inbound_at <= last_message_at)),
    CONSTRAINT conversations_snoozed_until_check CHECK (snoozed_until IS NULL OR status = 'snoozed'),
    CONSTRAINT conversations_resolved_at_check CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    CONSTRAINT conversations_waiting_since_check CHECK (waiting_since IS NULL OR status <> 'resolved'),
    CONSTRAINT conversations_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE inbox.conversations IS 'Threads with a contact: messages, calls and e-mails that belong together, across channels.';
COMMENT ON COLUMN inbox.conversations.display_id IS 'Number for people, counted up from 1 in every organization; never given twice.';
COMMENT ON COLUMN inbox.conversations.contact_id IS 'Contact that the conversation is with.';
COMMENT ON COLUMN inbox.conversations.channel IS 'Channel that it began on; NULL: none in particular.';
COMMENT ON COLUMN inbox.conversations.external_id IS 'Key of the thread at the channel''s provider; unique per channel among an organization''s live conversations.';
COMMENT ON COLUMN inbox.conversations.subject IS 'One line that says what it is about.';
COMMENT ON COLUMN inbox.conversations.status IS 'Whose turn it is, or resolved.';
COMMENT ON COLUMN inbox.conversations.priority IS 'How soon it matters.';
COMMENT ON COLUMN inbox.conversations.assignee_id IS 'Member who handles it; NULL: nobody yet.';
COMMENT ON COLUMN inbox.conversations.labels IS 'Labels in the tenant''s own words.';
COMMENT ON COLUMN inbox.conversations.message_count IS 'Number of live messages in it.';
COMMENT ON COLUMN inbox.conversations.unread_count IS 'How many of them are inbound and not read.';
COMMENT ON COLUMN inbox.conversations.last_message_at IS 'When the last message was sent or received; NULL: none yet.';
COMMENT ON COLUMN inbox.conversations.last_inbound_at IS 'When the contact last wrote; channels bound the time to answer freely by it.';
COMMENT ON COLUMN inbox.conversations.first_reply_at IS 'When the organization first answered; NULL: not yet.';
COMMENT ON COLUMN inbox.conversations.waiting_since IS 'Since when the contact waits for an answer; NULL: does not.';
COMMENT ON COLUMN inbox.conversations.snoozed_until IS 'When a snoozed conversation opens again; NULL: when the contact writes.';
COMMENT ON COLUMN inbox.conversations.resolved_at IS 'When it was resolved; given exactly where it is.';
COMMENT ON COLUMN inbox.conversations.custom_fields IS 'Fields that the tenant defines.';
COMMENT ON COLUMN inbox.conversations.metadata IS 'What programs keep with the conversation; a JSON object.';

-- Receipts carry the providers' clocks, often cut to the second, so the order of the times
-- of one message is not checked.
CREATE TABLE inbox.messages (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    conversation_id uuid,
    channel inbox.channel NOT NULL,
    direction inbox.direction NOT NULL,
    sender_id uuid,
    provider varchar(100),
    external_id varchar(255),
    from_address varchar(255),
    to_address varchar(255),
    subject text,
    content text NOT NULL DEFAULT '',
    content_type varchar(100) NOT NULL DEFAULT 'text/plain',
    attachments jsonb NOT NULL DEFAULT '[]',
    status inbox.message_status NOT NULL DEFAULT 'queued',
    scheduled_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    error_code varchar(100),
    error_message text,
    cost numeric(10,4),
    cost_currency crm.currency_code,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT messages_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT messages_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT messages_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT messages_conversation_fkey FOREIGN KEY (conversation_id, organization_id)
        REFERENCES inbox.conversations (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT messages_sender_fkey FOREIGN KEY (sender_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (sender_id),
    CONSTRAINT messages_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT messages_sender_check CHECK (sender_id IS NULL OR direction = 'outbound'),
    CONSTRAINT messages_attachments_check CHECK (jsonb_typeof(attachments) = 'array'),
    CONSTRAINT messages_direction_status_check CHECK (
        CASE direction
            WHEN 'outbound' THEN status <> 'received'
            ELSE status NOT IN ('draft', 'scheduled', 'cancelled')
        END
    ),
    CONSTRAINT messages_scheduled_at_check CHECK (status <> 'scheduled' OR scheduled_at IS NOT NULL),
    CONSTRAINT messages_sent_at_check CHECK (sent_at IS NULL OR status NOT IN ('draft', 'scheduled', 'cancelled')),
    CONSTRAINT messages_delivered_at_check CHECK (delivered_at IS NULL OR status IN ('delivered', 'read', 'received')),
    CONSTRAINT messages_read_at_check CHECK (read_at IS NULL OR status = 'read'),
    CONSTRAINT messages_failed_at_check CHECK (failed_at IS NULL OR status = 'failed'),
    CONSTRAINT messages_cost_check CHECK (cost >= 0 AND cost <> 'NaN'),
    CONSTRAINT messages_cost_currency_check CHECK (cost_currency IS NULL OR cost IS NOT NULL),
    CONSTRAINT messages_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE inbox.messages IS 'Messages to and from contacts on every channel. A message is unread while it is inbound and its status is not read.';
COMMENT ON COLUMN inbox.messages.contact_id IS 'Contact that wrote or was written to.';
COMMENT ON COLUMN inbox.messages.conversation_id IS 'Conversation that the message belongs to; NULL: to none.';
COMMENT ON COLUMN inbox.messages.channel IS 'Channel that it went by.';
COMMENT ON COLUMN inbox.messages.direction IS 'Who wrote: inbound (the contact), outbound (the organization).';
COMMENT ON COLUMN inbox.messages.sender_id IS 'Member who wrote it; NULL: the contact, or a program.';
COMMENT ON COLUMN inbox.messages.provider IS 'Service that carried it, e.g. twilio.';
COMMENT ON COLUMN inbox.messages.external_id IS 'Key of the message at the provider; unique per channel among an organization''s live messages.';
COMMENT ON COLUMN inbox.messages.from_address IS 'Number, handle or address that it came from, as the provider writes it.';
COMMENT ON COLUMN inbox.messages.to_address IS 'Number, handle or address that it went to, as the provider writes it.';
COMMENT ON COLUMN inbox.messages.subject IS 'Subject line, on channels that have one.';
COMMENT ON COLUMN inbox.messages.content IS 'The text; empty where only attachments were sent.';
COMMENT ON COLUMN inbox.messages.content_type IS 'Media type of content, e.g. text/plain, text/html.';
COMMENT ON COLUMN inbox.messages.attachments IS 'What was sent along: a JSON array of objects.';
COMMENT ON COLUMN inbox.messages.status IS 'Where the message is on its way; queued: an outbound one waits to be sent, an inbound one to be looked at.';
COMMENT ON COLUMN inbox.messages.scheduled_at IS 'When to send it; NULL: at once.';
COMMENT ON COLUMN inbox.messages.sent_at IS 'When it was sent, by the sender''s clock where known.';
COMMENT ON COLUMN inbox.messages.delivered_at IS 'When it reached the receiver, by the provider''s clock.';
COMMENT ON COLUMN inbox.messages.read_at IS 'When the receiver read it.';
COMMENT ON COLUMN inbox.messages.failed_at IS 'When sending failed for good.';
COMMENT ON COLUMN inbox.messages.error_code IS 'The provider''s code of the last error.';
COMMENT ON COLUMN inbox.messages.error_message IS 'The last error in words.';
COMMENT ON COLUMN inbox.messages.cost IS 'What the provider charged, in cost_currency; not negative.';
COMMENT ON COLUMN inbox.messages.cost_currency IS 'Currency of cost: ISO 4217.';
COMMENT ON COLUMN inbox.messages.metadata IS 'What programs keep with the message; a JSON object.';

CREATE TABLE inbox.calls (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    conversation_id uuid,
    message_id uuid,
    member_id uuid,
    direction inbox.direction NOT NULL,
    status inbox.call_status NOT NULL DEFAULT 'completed',
    provider varchar(100),
    external_id varchar(255),
    from_number varchar(50),
    to_number varchar(50),
    started_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    duration_seconds integer,
    disposition varchar(100),
    end_reason varchar(100),
    summary text,
    transcript text,
    recording_url text,
    cost numeric(10,4),
    cost_currency crm.currency_code,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT calls_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT calls_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT calls_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT calls_conversation_fkey FOREIGN KEY (conversation_id, organization_id)
        REFERENCES inbox.conversations (id, organization_id) ON DELETE SET NULL (conversation_id),
    CONSTRAINT calls_message_fkey FOREIGN KEY (message_id, organization_id)
        REFERENCES inbox.messages (id, organization_id) ON DELETE SET NULL (message_id),
    CONSTRAINT calls_member_fkey FOREIGN KEY (member_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (member_id),
    CONSTRAINT calls_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT calls_answered_at_check CHECK (answered_at >= started_at),
    CONSTRAINT calls_ended_at_check CHECK (ended_at >= coalesce(answered_at, started_at)),
    CONSTRAINT calls_duration_seconds_check CHECK (duration_seconds >= 0),
    CONSTRAINT calls_status_check CHECK (
        CASE status
            WHEN 'queued' THEN num_nonnulls(answered_at, ended_at, duration_seconds) = 0
            WHEN 'ringing' THEN num_nonnulls(answered_at, ended_at, duration_seconds) = 0
            WHEN 'in_progress' THEN ended_at IS NULL
            ELSE true
        END
    ),
    CONSTRAINT calls_cost_check CHECK (cost >= 0 AND cost <> 'NaN'),
    CONSTRAINT calls_cost_currency_check CHECK (cost_currency IS NULL OR cost IS NOT NULL),
    CONSTRAINT calls_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE inbox.calls IS 'Telephone calls with contacts, made, received or missed.';
COMMENT ON COLUMN inbox.calls.contact_id IS 'Contact that called or was called.';
COMMENT ON COLUMN inbox.calls.conversation_id IS 'Conversation that the call belongs to; NULL: to none.';
COMMENT ON COLUMN inbox.calls.message_id IS 'The message (channel voice) that stands for the call in its conversation, where there is one.';
COMMENT ON COLUMN inbox.calls.member_id IS 'Member who made or took the call.';
COMMENT ON COLUMN inbox.calls.direction IS 'Who called: inbound (the contact), outbound (the organization).';
COMMENT ON COLUMN inbox.calls.status IS 'Where the call stands, or how it ended.';
COMMENT ON COLUMN inbox.calls.provider IS 'Service that carried it.';
COMMENT ON COLUMN inbox.calls.external_id IS 'Key of the call at the provider; unique among an organization''s live calls.';
COMMENT ON COLUMN inbox.calls.from_number IS 'Number that called, as the provider writes it.';
COMMENT ON COLUMN inbox.calls.to_number IS 'Number that was called, as the provider writes it.';
COMMENT ON COLUMN inbox.calls.started_at IS 'When it began to ring.';
COMMENT ON COLUMN inbox.calls.answered_at IS 'When it was answered; NULL: not.';
COMMENT ON COLUMN inbox.calls.ended_at IS 'When it ended; not before it began.';
COMMENT ON COLUMN inbox.calls.duration_seconds IS 'How long the two sides were connected, in seconds, as the provider counts; not negative.';
COMMENT ON COLUMN inbox.calls.disposition IS 'What came of it, in the tenant''s own words, e.g. interested, wrong number.';
COMMENT ON COLUMN inbox.calls.end_reason IS 'Why it ended, in the provider''s words.';
COMMENT ON COLUMN inbox.calls.summary IS 'What was said, in short.';
COMMENT ON COLUMN inbox.calls.transcript IS 'What was said, word by word.';
COMMENT ON COLUMN inbox.calls.recording_url IS 'Where the recording is.';
COMMENT ON COLUMN inbox.calls.cost IS 'What the provider charged, in cost_currency; not negative.';
COMMENT ON COLUMN inbox.calls.cost_currency IS 'Currency of cost: ISO 4217.';
COMMENT ON COLUMN inbox.calls.metadata IS 'What programs keep with the call; a JSON object.';

CREATE TABLE inbox.emails (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    conversation_id uuid,
    message_id uuid,
    sender_id uuid,
    direction inbox.direction NOT NULL,
    provider varchar(100),
    internet_message_id text,
    in_reply_to text,
    reference_ids text[] NOT NULL DEFAULT '{}',
    from_address text,
    reply_to_address text,
    to_addresses text[] NOT NULL DEFAULT '{}',
    cc_addresses text[] NOT NULL DEFAULT '{}',
    bcc_addresses text[] NOT NULL DEFAULT '{}',
    subject text,
    body_text text,
    body_html text,
    attachments jsonb NOT NULL DEFAULT '[]',
    scheduled_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    opened_at timestamptz,
    open_count integer NOT NULL DEFAULT 0,
    clicked_at timestamptz,
    click_count integer NOT NULL DEFAULT 0,
    replied_at timestamptz,
    bounced_at timestamptz,
    bounce_kind inbox.bounce_kind,
    bounce_reason text,
    complained_at timestamptz,
    unsubscribed_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT emails_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT emails_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT emails_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT emails_conversation_fkey FOREIGN KEY (conversation_id, organization_id)
        REFERENCES inbox.conversations (id, organization_id) ON DELETE SET NULL (conversation_id),
    CONSTRAINT emails_message_fkey FOREIGN KEY (message_id, organization_id)
        REFERENCES inbox.messages (id, organization_id) ON DELETE SET NULL (message_id),
    CONSTRAINT emails_sender_fkey FOREIGN KEY (sender_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (sender_id),
    CONSTRAINT emails_sender_check CHECK (sender_id IS NULL OR direction = 'outbound'),
    -- RFC 5322 bounds a line at 998 characters; an index entry would not hold much more.
    CONSTRAINT emails_internet_message_id_check CHECK (btrim(internet_message_id) <> '' AND length(internet_message_id) <= 998),
    CONSTRAINT emails_reference_ids_check CHECK (array_position(reference_ids, NULL) IS NULL),
    CONSTRAINT emails_to_addresses_check CHECK (array_position(to_addresses, NULL) IS NULL),
    CONSTRAINT emails_cc_addresses_check CHECK (array_position(cc_addresses, NULL) IS NULL),
    CONSTRAINT emails_bcc_addresses_check CHECK (array_position(bcc_addresses, NULL) IS NULL),
    CONSTRAINT emails_attachments_check CHECK (jsonb_typeof(attachments) = 'array'),
    CONSTRAINT emails_opened_at_check CHECK (opened_at >= sent_at),
    CONSTRAINT emails_open_count_check CHECK (open_count >= 0 AND (open_count = 0 OR opened_at IS NOT NULL)),
    CONSTRAINT emails_clicked_at_check CHECK (clicked_at >= sent_at),
    CONSTRAINT emails_click_count_check CHECK (click_count >= 0 AND (click_count = 0 OR clicked_at IS NOT NULL)),
    CONSTRAINT emails_replied_at_check CHECK (replied_at >= sent_at),
    CONSTRAINT emails_bounce_check CHECK (bounced_at IS NOT NULL OR num_nonnulls(bounce_kind, bounce_reason) = 0),
    CONSTRAINT emails_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE inbox.emails IS 'E-mails to and from contacts, with what became of them.';
COMMENT ON COLUMN inbox.emails.contact_id IS 'Contact that wrote or was written to.';
COMMENT ON COLUMN inbox.emails.conversation_id IS 'Conversation that the e-mail belongs to; NULL: to none.';
COMMENT ON COLUMN inbox.emails.message_id IS 'The message (channel email) that stands for the e-mail in its conversation, where there is one.';
COMMENT ON COLUMN inbox.emails.sender_id IS 'Member who wrote it; NULL: the contact, or a program.';
COMMENT ON COLUMN inbox.emails.direction IS 'Who wrote: inbound (the contact), outbound (the organization).';
COMMENT ON COLUMN inbox.emails.provider IS 'Service that carried it.';
COMMENT ON COLUMN inbox.emails.internet_message_id IS 'Header Message-ID; unique among an organization''s live e-mails.';
COMMENT ON COLUMN inbox.emails.in_reply_to IS 'Header In-Reply-To: the Message-ID that this answers.';
COMMENT ON COLUMN inbox.emails.reference_ids IS 'Header References: the thread''s Message-IDs, oldest first.';
COMMENT ON COLUMN inbox.emails.from_address IS 'Address that it came from; valid by crm.is_valid_email where outbound. Inbound mail keeps what came.';
COMMENT ON COLUMN inbox.emails.reply_to_address IS 'Address to answer to, where it is another.';
COMMENT ON COLUMN inbox.emails.to_addresses IS 'Addresses it went to.';
COMMENT ON COLUMN inbox.emails.cc_addresses IS 'Addresses that got a copy.';
COMMENT ON COLUMN inbox.emails.bcc_addresses IS 'Addresses that got a hidden copy.';
COMMENT ON COLUMN inbox.emails.subject IS 'Subject line.';
COMMENT ON COLUMN inbox.emails.body_text IS 'The plain text.';
COMMENT ON COLUMN inbox.emails.body_html IS 'The HTML, as received: not safe to show as it is.';
COMMENT ON COLUMN inbox.emails.attachments IS 'What was sent along: a JSON array of objects.';
COMMENT ON COLUMN inbox.emails.scheduled_at IS 'When to send it; NULL: at once.';
COMMENT ON COLUMN inbox.emails.sent_at IS 'When it was sent; NULL: an outbound e-mail was not sent yet.';
COMMENT ON COLUMN inbox.emails.delivered_at IS 'When the receiver''s server took it.';
COMMENT ON COLUMN inbox.emails.read_at IS 'When a member first read an inbound e-mail.';
COMMENT ON COLUMN inbox.emails.opened_at IS 'When the contact first opened it.';
COMMENT ON COLUMN inbox.emails.open_count IS 'How often it was seen to be opened; not negative.';
COMMENT ON COLUMN inbox.emails.clicked_at IS 'When the contact first followed a link in it.';
COMMENT ON COLUMN inbox.emails.click_count IS 'How often a link in it was followed; not negative.';
COMMENT ON COLUMN inbox.emails.replied_at IS 'When it was first answered.';
COMMENT ON COLUMN inbox.emails.bounced_at IS 'When it came back.';
COMMENT ON COLUMN inbox.emails.bounce_kind IS 'Why it came back: hard, soft, block.';
COMMENT ON COLUMN inbox.emails.bounce_reason IS 'What the receiver''s server said.';
COMMENT ON COLUMN inbox.emails.complained_at IS 'When the contact marked it as unwanted.';
COMMENT ON COLUMN inbox.emails.unsubscribed_at IS 'When the contact used its link to get no more of them.';
COMMENT ON COLUMN inbox.emails.metadata IS 'What programs keep with the e-mail; a JSON object.';
