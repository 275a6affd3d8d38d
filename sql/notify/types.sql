CREATE DOMAIN notify.channel AS text
    CONSTRAINT channel_check CHECK (VALUE IN ('in_app', 'email', 'sms', 'push', 'chat', 'webhook'));
COMMENT ON DOMAIN notify.channel IS 'By which way a member is notified: in_app, email, sms, push (to a device), chat (a messenger of the team), webhook.';

CREATE DOMAIN notify.notification_status AS text
    CONSTRAINT notification_status_check CHECK (VALUE IN ('pending', 'sent', 'delivered', 'failed', 'skipped'));
COMMENT ON DOMAIN notify.notification_status IS 'Where a notification is on its way: pending, sent, delivered, failed, skipped (the member does not want it).';

CREATE DOMAIN notify.frequency AS text
    CONSTRAINT frequency_check CHECK (VALUE IN ('immediate', 'hourly', 'daily', 'weekly'));
COMMENT ON DOMAIN notify.frequency IS 'How often notifications are sent: immediate (each at once), hourly, daily, weekly (together).';
