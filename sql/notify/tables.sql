CREATE TABLE notify.notifications (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    channel notify.channel NOT NULL DEFAULT 'in_app',
    topic varchar(100) NOT NULL,
    idempotency_key varchar(255),
    priority crm.priority NOT NULL DEFAULT 'normal',
    title varchar(255) NOT NULL,
    body text,
    action_url text,
    actor_id uuid,
    resource varchar(100),
    resource_id uuid,
    data jsonb NOT NULL DEFAULT '{}',
    status notify.notification_status NOT NULL DEFAULT 'pending',
    scheduled_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    failed_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    error_message text,
    provider varchar(100),
    external_id varchar(255),
    seen_at timestamptz,
    read_at timestamptz,
    archived_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notifications_pkey PRIMARY KEY (id, organization_id),
    -- Who reports the same event again notifies nobody twice.
    CONSTRAINT notifications_idempotency_key UNIQUE (organization_id, user_id, channel, idempotency_key),
    CONSTRAINT notifications_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT notifications_user_fkey FOREIGN KEY (user_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE CASCADE,
    CONSTRAINT notifications_actor_fkey FOREIGN KEY (actor_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (actor_id),
    CONSTRAINT notifications_topic_check CHECK (topic ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT notifications_idempotency_key_check CHECK (btrim(idempotency_key) <> ''),
    CONSTRAINT notifications_title_check CHECK (btrim(title) <> ''),
    CONSTRAINT notifications_resource_check CHECK (btrim(resource) <> '' AND (resource_id IS NULL OR resource IS NOT NULL)),
    CONSTRAINT notifications_data_check CHECK (jsonb_typeof(data) = 'object'),
    CONSTRAINT notifications_status_check CHECK (
        CASE status
            WHEN 'pending' THEN num_nonnulls(sent_at, delivered_at, failed_at) = 0
            WHEN 'sent' THEN sent_at IS NOT NULL AND num_nonnulls(delivered_at, failed_at) = 0
            WHEN 'delivered' THEN delivered_at IS NOT NULL AND failed_at IS NULL
            WHEN 'failed' THEN failed_at IS NOT NULL AND delivered_at IS NULL
            ELSE num_nonnulls(sent_at, delivered_at, failed_at) = 0
        END
    ),
    CONSTRAINT notifications_attempts_check CHECK (attempts >= 0),
    CONSTRAINT notifications_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT notifications_expires_at_check CHECK (expires_at > created_at)
);
COMMENT ON TABLE notify.notifications IS 'What members are told: one row per member and channel. In-app ones are unread while read_at and archived_at are NULL.';
COMMENT ON COLUMN notify.notifications.user_id IS 'Member who is told.';
COMMENT ON COLUMN notify.notifications.channel IS 'Channel that it goes by.';
COMMENT ON COLUMN notify.notifications.topic IS 'What kind of event it tells of: lower case, no spaces, e.g. deal.won.';
COMMENT ON COLUMN notify.notifications.idempotency_key IS 'The event''s key: a member is told of it once per channel; NULL: each row is an event of its own.';
COMMENT ON COLUMN notify.notifications.priority IS 'How soon it matters.';
COMMENT ON COLUMN notify.notifications.title IS 'One line that says what happened.';
COMMENT ON COLUMN notify.notifications.body IS 'Details.';
COMMENT ON COLUMN notify.notifications.action_url IS 'Where to go from here.';
COMMENT ON COLUMN notify.notifications.actor_id IS 'Member who caused it; NULL: a program, a contact, or a member who has left.';
COMMENT ON COLUMN notify.notifications.resource IS 'What it is about: a table, e.g. crm.deals.';
COMMENT ON COLUMN notify.notifications.resource_id IS 'Row of resource that it is about; it may be gone.';
COMMENT ON COLUMN notify.notifications.data IS 'Details for programs, e.g. for a template; a JSON object.';
COMMENT ON COLUMN notify.notifications.status IS 'Where it is on its way; each state but pending and skipped has its time.';
COMMENT ON COLUMN notify.notifications.scheduled_at IS 'When to send it; NULL: at once.';
COMMENT ON COLUMN notify.notifications.sent_at IS 'When it was sent.';
COMMENT ON COLUMN notify.notifications.delivered_at IS 'When it arrived; in the application, when it was put into the list.';
COMMENT ON COLUMN notify.notifications.failed_at IS 'When sending failed for good; given exactly where it failed.';
COMMENT ON COLUMN notify.notifications.attempts IS 'How often sending was tried; not negative.';
COMMENT ON COLUMN notify.notifications.error_message IS 'The last error in words.';
COMMENT ON COLUMN notify.notifications.provider IS 'Service that carried it, e.g. ses.';
COMMENT ON COLUMN notify.notifications.external_id IS 'Key of the notification at the provider.';
COMMENT ON COLUMN notify.notifications.seen_at IS 'When it was first shown in a list; NULL: not yet.';
COMMENT ON COLUMN notify.notifications.read_at IS 'When the member opened it or marked it as read; NULL: not yet.';
COMMENT ON COLUMN notify.notifications.archived_at IS 'When the member put it away; NULL: did not.';
COMMENT ON COLUMN notify.notifications.expires_at IS 'When it is of no use any more and may be purged; after created_at; NULL: never.';

CREATE TABLE notify.notification_preferences (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid,
    topic varchar(100),
    channel notify.channel,
    is_enabled boolean NOT NULL DEFAULT true,
    is_mandatory boolean NOT NULL DEFAULT false,
    frequency notify.frequency NOT NULL DEFAULT 'immediate',
    quiet_from time,
    quiet_until time,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notification_preferences_pkey PRIMARY KEY (id, organization_id),
    -- NULL is a value here, "all of them", and may not be there twice.
    CONSTRAINT notification_preferences_organization_user_topic_channel_key UNIQUE NULLS NOT DISTINCT (organization_id, user_id, topic, channel),
    CONSTRAINT notification_preferences_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_user_fkey FOREIGN KEY (user_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE CASCADE,
    CONSTRAINT notification_preferences_topic_check CHECK (topic ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT notification_preferences_mandatory_check CHECK (NOT is_mandatory OR (user_id IS NULL AND is_enabled)),
    CONSTRAINT notification_preferences_quiet_check CHECK (num_nonnulls(quiet_from, quiet_until) <> 1 AND quiet_from <> quiet_until)
);
COMMENT ON TABLE notify.notification_preferences IS 'What members want to be told, how and how often. The most particular row counts: a member''s before the organization''s, then one that names the topic, then one that names the channel; but a mandatory row cannot be overruled.';
COMMENT ON COLUMN notify.notification_preferences.user_id IS 'Member whose wish it is; NULL: the organization''s default.';
COMMENT ON COLUMN notify.notification_preferences.topic IS 'Kind of event, as in notify.notifications; NULL: all.';
COMMENT ON COLUMN notify.notification_preferences.channel IS 'Channel; NULL: all.';
COMMENT ON COLUMN notify.notification_preferences.is_enabled IS 'Whether to notify.';
COMMENT ON COLUMN notify.notification_preferences.is_mandatory IS 'Whether members cannot turn it off, e.g. warnings of sign-ins; only in an enabled default of the organization.';
COMMENT ON COLUMN notify.notification_preferences.frequency IS 'How often to send what has come up.';
COMMENT ON COLUMN notify.notification_preferences.quiet_from IS 'Time of day from which nothing is sent, in the member''s time zone; NULL: at any time. After quiet_until where the night is quiet.';
COMMENT ON COLUMN notify.notification_preferences.quiet_until IS 'Time of day until which nothing is sent; given exactly where quiet_from is, and another.';
