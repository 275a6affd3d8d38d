CREATE DOMAIN inbox.channel AS text
    CONSTRAINT channel_check CHECK (VALUE IN (
        'sms', 'mms', 'whatsapp', 'email', 'twitter', 'facebook', 'instagram', 'linkedin',
        'telegram', 'voice', 'web', 'other'
    ));
COMMENT ON DOMAIN inbox.channel IS 'By which way something is said: sms, mms, whatsapp, email, twitter, facebook, instagram, linkedin, telegram, voice, web (chat on a site), other.';

CREATE DOMAIN inbox.direction AS text
    CONSTRAINT direction_check CHECK (VALUE IN ('inbound', 'outbound'));
COMMENT ON DOMAIN inbox.direction IS 'Who began: inbound (the contact), outbound (the organization).';

CREATE DOMAIN inbox.conversation_status AS text
    CONSTRAINT conversation_status_check CHECK (VALUE IN ('open', 'pending', 'snoozed', 'resolved'));
COMMENT ON DOMAIN inbox.conversation_status IS 'Whose turn it is: open (the organization''s), pending (the contact''s), snoozed (nobody''s for now), resolved.';

CREATE DOMAIN inbox.message_status AS text
    CONSTRAINT message_status_check CHECK (VALUE IN (
        'draft', 'scheduled', 'queued', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'received'
    ));
COMMENT ON DOMAIN inbox.message_status IS 'Where a message is on its way. Outbound: draft, scheduled, queued, sent, delivered, read, failed, cancelled. Inbound: received and, once a member has seen it, read; or as its provider words it.';

CREATE DOMAIN inbox.call_status AS text
    CONSTRAINT call_status_check CHECK (VALUE IN (
        'queued', 'ringing', 'in_progress', 'completed', 'busy', 'no_answer', 'missed', 'voicemail', 'failed', 'cancelled'
    ));
COMMENT ON DOMAIN inbox.call_status IS 'State of a call: queued, ringing, in_progress, then one of completed (the two sides spoke), busy, no_answer, missed, voicemail, failed, cancelled.';

CREATE DOMAIN inbox.bounce_kind AS text
    CONSTRAINT bounce_kind_check CHECK (VALUE IN ('hard', 'soft', 'block'));
COMMENT ON DOMAIN inbox.bounce_kind IS 'Why mail came back: hard (the address does not exist), soft (for now, e.g. a full mailbox), block (the receiver refuses the sender).';
