CREATE DOMAIN voice.assistant_status AS text
    CONSTRAINT assistant_status_check CHECK (VALUE IN ('draft', 'active', 'paused', 'archived'));
COMMENT ON DOMAIN voice.assistant_status IS 'State of a voice assistant: draft, active (takes and makes calls), paused, archived.';

CREATE DOMAIN voice.phone_number_status AS text
    CONSTRAINT phone_number_status_check CHECK (VALUE IN ('pending', 'active', 'suspended', 'released'));
COMMENT ON DOMAIN voice.phone_number_status IS 'State of a telephone number: pending (ordered or being ported), active, suspended, released (given back to the provider).';

CREATE DOMAIN voice.call_type AS text
    CONSTRAINT call_type_check CHECK (VALUE IN ('inbound_phone', 'outbound_phone', 'web'));
COMMENT ON DOMAIN voice.call_type IS 'How a call with an assistant came about: inbound_phone (somebody called the number), outbound_phone (the assistant called), web (in a browser or an app).';

CREATE DOMAIN voice.call_status AS text
    CONSTRAINT call_status_check CHECK (VALUE IN ('scheduled', 'queued', 'ringing', 'in_progress', 'forwarding', 'ended'));
COMMENT ON DOMAIN voice.call_status IS 'State of a call with an assistant: scheduled, queued, ringing, in_progress, forwarding (being handed to a person), ended, however it ended.';

CREATE DOMAIN voice.sentiment AS text
    CONSTRAINT sentiment_check CHECK (VALUE IN ('positive', 'neutral', 'negative', 'mixed'));
COMMENT ON DOMAIN voice.sentiment IS 'Mood of whom an assistant talked with: positive, neutral, negative, mixed.';
