CREATE TABLE runtime.queues (
    organization_id uuid NOT NULL,
    name varchar(100) NOT NULL,
    description text,
    visibility_timeout interval NOT NULL DEFAULT '30 seconds',
    max_receives integer NOT NULL DEFAULT 5,
    backoff interval NOT NULL DEFAULT '10 seconds',
    backoff_factor numeric(4,2) NOT NULL DEFAULT 2,
    max_backoff interval NOT NULL DEFAULT '1 hour',
    message_lifetime interval,
    max_in_flight integer,
    dead_letter_queue varchar(100),
    keeps_archive boolean NOT NULL DEFAULT true,
    paused_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT queues_pkey PRIMARY KEY (organization_id, name),
    CONSTRAINT queues_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT queues_dead_letter_queue_fkey FOREIGN KEY (organization_id, dead_letter_queue)
        REFERENCES runtime.queues (organization_id, name) ON UPDATE CASCADE ON DELETE SET NULL (dead_letter_queue),
    CONSTRAINT queues_name_check CHECK (btrim(name) <> ''),
    CONSTRAINT queues_visibility_timeout_check CHECK (visibility_timeout > '0'),
    CONSTRAINT queues_max_receives_check CHECK (max_receives BETWEEN 1 AND 1000),
    CONSTRAINT queues_backoff_check CHECK (backoff >= '0' AND backoff_factor >= 1 AND max_backoff >= backoff),
    CONSTRAINT queues_message_lifetime_check CHECK (message_lifetime > '0'),
    CONSTRAINT queues_max_in_flight_check CHECK (max_in_flight > 0),
    CONSTRAINT queues_dead_letter_queue_check CHECK (dead_letter_queue <> name)
);
COMMENT ON TABLE runtime.queues IS 'Queues of messages, and how those are dealt with.';
COMMENT ON COLUMN runtime.queues.name IS 'Name of the queue; unique per organization.';
COMMENT ON COLUMN runtime.queues.description IS 'What it is for.';
COMMENT ON COLUMN runtime.queues.visibility_timeout IS 'How long a received message stays hidden from others, where the receiver does not say; positive.';
COMMENT ON COLUMN runtime.queues.max_receives IS 'How often a message is received before it is given up: 1 to 1000.';
COMMENT ON COLUMN runtime.queues.backoff IS 'How long a message waits after its first failure; not negative.';
COMMENT ON COLUMN runtime.queues.backoff_factor IS 'By how much that grows with every further one; at least 1.';
COMMENT ON COLUMN runtime.queues.max_backoff IS 'The longest wait; not less than backoff.';
COMMENT ON COLUMN runtime.queues.message_lifetime IS 'How long a message may wait before it expires; positive; NULL: for ever.';
COMMENT ON COLUMN runtime.queues.max_in_flight IS 'How many messages may be in flight at a time; positive; NULL: any number.';
COMMENT ON COLUMN runtime.queues.dead_letter_queue IS 'Queue that messages go to when they are given up; NULL: they stay here, as dead.';
COMMENT ON COLUMN runtime.queues.keeps_archive IS 'Whether messages that are done go to runtime.queue_archive; otherwise they are deleted.';
COMMENT ON COLUMN runtime.queues.paused_at IS 'Since when nothing is received; NULL: not paused.';

-- A number that ascends with the sending, not a UUID, since it is what clients know and what
-- order goes by.
CREATE TABLE runtime.queue_messages (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    organization_id uuid NOT NULL,
    queue varchar(100) NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    headers jsonb NOT NULL DEFAULT '{}',
    priority smallint NOT NULL DEFAULT 5,
    ordering_key varchar(255),
    dedupe_key varchar(255),
    status runtime.message_status NOT NULL DEFAULT 'ready',
    visible_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    receive_count integer NOT NULL DEFAULT 0,
    received_at timestamptz,
    locked_by varchar(255),
    heartbeat_at timestamptz,
    last_error text,
    last_failed_at timestamptz,
    dead_at timestamptz,
    source_queue varchar(100),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT queue_messages_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT queue_messages_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    -- A queue with messages is not deleted, but goes with its organization: NO ACTION looks only
    -- when the messages have gone too, RESTRICT would look at once.
    CONSTRAINT queue_messages_queue_fkey FOREIGN KEY (organization_id, queue)
        REFERENCES runtime.queues (organization_id, name) ON UPDATE CASCADE ON DELETE NO ACTION,
    CONSTRAINT queue_messages_headers_check CHECK (jsonb_typeof(headers) = 'object'),
    CONSTRAINT queue_messages_priority_check CHECK (priority BETWEEN 0 AND 9),
    CONSTRAINT queue_messages_ordering_key_check CHECK (btrim(ordering_key) <> ''),
    CONSTRAINT queue_messages_dedupe_key_check CHECK (btrim(dedupe_key) <> ''),
    -- The end of time hides a dead message, so that receiving asks for visible_at alone.
    CONSTRAINT queue_messages_visible_at_check CHECK ((status = 'dead') = (visible_at = 'infinity') AND visible_at > '-infinity'),
    CONSTRAINT queue_messages_expires_at_check CHECK (expires_at > created_at),
    CONSTRAINT queue_messages_receive_count_check CHECK (receive_count >= 0 AND (receive_count = 0) = (received_at IS NULL)),
    CONSTRAINT queue_messages_in_flight_check CHECK (
        (status <> 'in_flight' OR receive_count > 0)
        AND (status = 'in_flight' OR num_nonnulls(locked_by, heartbeat_at) = 0)
    ),
    CONSTRAINT queue_messages_last_error_check CHECK (last_error IS NULL OR last_failed_at IS NOT NULL),
    CONSTRAINT queue_messages_dead_at_check CHECK ((status = 'dead') = (dead_at IS NOT NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE runtime.queue_messages IS 'Messages that are not done yet. Each is delivered at least once: whoever receives one hides it for a while and completes it; if that is not done in time, it comes again.';
COMMENT ON COLUMN runtime.queue_messages.id IS 'Number of the message, ascending in the order of sending; unique across organizations.';
COMMENT ON COLUMN runtime.queue_messages.queue IS 'Queue that it waits in.';
COMMENT ON COLUMN runtime.queue_messages.payload IS 'What it says; any JSON.';
COMMENT ON COLUMN runtime.queue_messages.headers IS 'What is about the message, e.g. a trace; a JSON object.';
COMMENT ON COLUMN runtime.queue_messages.priority IS 'Which of the visible messages goes first: 0 (first) to 9 (last).';
COMMENT ON COLUMN runtime.queue_messages.ordering_key IS 'Messages of a queue that share it are received one after the other, in the order of sending; NULL: at any time.';
COMMENT ON COLUMN runtime.queue_messages.dedupe_key IS 'What must not wait twice: unique among a queue''s messages that are not dead.';
COMMENT ON COLUMN runtime.queue_messages.status IS 'Where the message stands. One in flight whose visible_at has passed is received anew.';
COMMENT ON COLUMN runtime.queue_messages.visible_at IS 'When it may be received: after a delay, a failure, or the end of the receiver''s time; infinity exactly where it is dead.';
COMMENT ON COLUMN runtime.queue_messages.expires_at IS 'After it nobody receives the message any more; after created_at; NULL: for ever.';
COMMENT ON COLUMN runtime.queue_messages.receive_count IS 'How often it was received; not negative. A receiver that comes back late sees by it that another has the message.';
COMMENT ON COLUMN runtime.queue_messages.received_at IS 'When it was last received; NULL: never.';
COMMENT ON COLUMN runtime.queue_messages.locked_by IS 'Receiver that has it; only while it is in flight.';
COMMENT ON COLUMN runtime.queue_messages.heartbeat_at IS 'When that receiver last asked for more time; only while it is in flight.';
COMMENT ON COLUMN runtime.queue_messages.last_error IS 'What last went wrong, in words.';
COMMENT ON COLUMN runtime.queue_messages.last_failed_at IS 'When that was.';
COMMENT ON COLUMN runtime.queue_messages.dead_at IS 'When it was given up; given exactly where it is dead.';
COMMENT ON COLUMN runtime.queue_messages.source_queue IS 'In a dead-letter queue: the queue that gave it up; NULL: was sent here.';

-- No reference to the queue: what was done in it stays when it has gone.
CREATE TABLE runtime.queue_archive (
    id bigint NOT NULL,
    organization_id uuid NOT NULL,
    queue varchar(100) NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    headers jsonb NOT NULL DEFAULT '{}',
    priority smallint NOT NULL DEFAULT 5,
    ordering_key varchar(255),
    dedupe_key varchar(255),
    outcome runtime.message_outcome NOT NULL DEFAULT 'completed',
    receive_count integer NOT NULL DEFAULT 0,
    last_error text,
    source_queue varchar(100),
    sent_at timestamptz NOT NULL,
    received_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT queue_archive_pkey PRIMARY KEY (id, organization_id, created_at),
    CONSTRAINT queue_archive_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT queue_archive_headers_check CHECK (jsonb_typeof(headers) = 'object'),
    CONSTRAINT queue_archive_receive_count_check CHECK (receive_count >= 0 AND (receive_count = 0) = (received_at IS NULL)),
    CONSTRAINT queue_archive_outcome_check CHECK (outcome <> 'completed' OR receive_count > 0),
    CONSTRAINT queue_archive_created_at_check CHECK (isfinite(created_at))
) PARTITION BY RANGE (created_at);
COMMENT ON TABLE runtime.queue_archive IS 'Messages that are done, in whichever way; created_at is when. Append-only, partitioned by created_at.';
COMMENT ON COLUMN runtime.queue_archive.id IS 'Number of the message, as it was in runtime.queue_messages.';
COMMENT ON COLUMN runtime.queue_archive.queue IS 'Queue that it was in.';
COMMENT ON COLUMN runtime.queue_archive.payload IS 'What it said; any JSON.';
COMMENT ON COLUMN runtime.queue_archive.headers IS 'What was about the message; a JSON object.';
COMMENT ON COLUMN runtime.queue_archive.priority IS 'Its priority.';
COMMENT ON COLUMN runtime.queue_archive.ordering_key IS 'What it shared with the messages that it was in order with; NULL: nothing.';
COMMENT ON COLUMN runtime.queue_archive.dedupe_key IS 'What must not have waited twice.';
COMMENT ON COLUMN runtime.queue_archive.outcome IS 'What became of it.';
COMMENT ON COLUMN runtime.queue_archive.receive_count IS 'How often it was received; not negative.';
COMMENT ON COLUMN runtime.queue_archive.last_error IS 'What last went wrong, in words.';
COMMENT ON COLUMN runtime.queue_archive.source_queue IS 'In a dead-letter queue: the queue that gave it up; NULL: was sent there.';
COMMENT ON COLUMN runtime.queue_archive.sent_at IS 'When it was sent.';
COMMENT ON COLUMN runtime.queue_archive.received_at IS 'When it was last received; NULL: never.';

-- Written in the transaction that makes the change, so that an event is told exactly where the
-- change was committed. A transaction that began earlier may commit later: what is still to be
-- told is found by published_at, never by a position that has been reached.
CREATE TABLE runtime.outbox (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    topic varchar(100) NOT NULL,
    resource varchar(100),
    resource_id uuid,
    ordering_key varchar(255),
    payload jsonb NOT NULL DEFAULT '{}',
    headers jsonb NOT NULL DEFAULT '{}',
    actor_id uuid,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    locked_by varchar(255),
    locked_until timestamptz,
    last_error text,
    last_failed_at timestamptz,
    published_at timestamptz,
    failed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT outbox_organization_position_key UNIQUE (organization_id, position),
    CONSTRAINT outbox_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT outbox_topic_check CHECK (topic ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT outbox_resource_check CHECK (btrim(resource) <> '' AND (resource_id IS NULL OR resource IS NOT NULL)),
    CONSTRAINT outbox_ordering_key_check CHECK (btrim(ordering_key) <> ''),
    CONSTRAINT outbox_payload_check CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT outbox_headers_check CHECK (jsonb_typeof(headers) = 'object'),
    CONSTRAINT outbox_attempts_check CHECK (attempts >= 0),
    CONSTRAINT outbox_lease_check CHECK (
        (locked_by IS NULL) = (locked_until IS NULL)
        AND (locked_by IS NULL OR num_nonnulls(published_at, failed_at) = 0)
    ),
    CONSTRAINT outbox_last_error_check CHECK (last_error IS NULL OR last_failed_at IS NOT NULL),
    CONSTRAINT outbox_outcome_check CHECK (num_nonnulls(published_at, failed_at) <= 1),
    CONSTRAINT outbox_failed_at_check CHECK (failed_at IS NULL OR attempts > 0)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE runtime.outbox IS 'Events that webhooks, live clients and other systems are told of, each at least once. Purged some time after they were published.';
COMMENT ON COLUMN runtime.outbox.position IS 'Number of the event, ascending within a transaction; by it a client that was away asks for what it missed, with some overlap.';
COMMENT ON COLUMN runtime.outbox.topic IS 'What kind of event it is: lower case, no spaces, e.g. deal.won.';
COMMENT ON COLUMN runtime.outbox.resource IS 'What it is about: a table, e.g. crm.deals.';
COMMENT ON COLUMN runtime.outbox.resource_id IS 'Row of resource that it is about; it may be gone.';
COMMENT ON COLUMN runtime.outbox.ordering_key IS 'Events that share it are published one after the other, in the order of position; NULL: at any time.';
COMMENT ON COLUMN runtime.outbox.payload IS 'Details of the event; a JSON object.';
COMMENT ON COLUMN runtime.outbox.headers IS 'What is about the event, e.g. a trace; a JSON object.';
COMMENT ON COLUMN runtime.outbox.actor_id IS 'User who caused it; NULL: a program, or a contact.';
COMMENT ON COLUMN runtime.outbox.attempts IS 'How often publishing was tried; not negative.';
COMMENT ON COLUMN runtime.outbox.next_attempt_at IS 'When to publish it, or to try again.';
COMMENT ON COLUMN runtime.outbox.locked_by IS 'Worker that publishes it just now; NULL: none.';
COMMENT ON COLUMN runtime.outbox.locked_until IS 'When another worker may take over from that one.';
COMMENT ON COLUMN runtime.outbox.last_error IS 'What last went wrong, in words.';
COMMENT ON COLUMN runtime.outbox.last_failed_at IS 'When that was.';
COMMENT ON COLUMN runtime.outbox.published_at IS 'When it was published; NULL: not yet.';
COMMENT ON COLUMN runtime.outbox.failed_at IS 'When it was given up; NULL: was not.';
