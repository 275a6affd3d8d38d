CREATE DOMAIN runtime.presence_status AS text
    CONSTRAINT presence_status_check CHECK (VALUE IN ('online', 'away', 'typing', 'offline'));
COMMENT ON DOMAIN runtime.presence_status IS 'What a member is doing: online, away (signed in, but not there), typing, offline.';

CREATE DOMAIN runtime.message_status AS text
    CONSTRAINT message_status_check CHECK (VALUE IN ('ready', 'in_flight', 'dead'));
COMMENT ON DOMAIN runtime.message_status IS 'State of a queued message: ready (waits to be received), in_flight (received, but not completed yet), dead (given up).';

CREATE DOMAIN runtime.message_outcome AS text
    CONSTRAINT message_outcome_check CHECK (VALUE IN ('completed', 'dead', 'expired', 'discarded'));
COMMENT ON DOMAIN runtime.message_outcome IS 'What became of a message: completed, dead (given up), expired (nobody received it in time), discarded (taken out by a member).';
