CREATE INDEX notifications_organization_user_created_at_idx ON notify.notifications (organization_id, user_id, created_at);
CREATE INDEX notifications_organization_user_unread_idx ON notify.notifications (organization_id, user_id, created_at) WHERE channel = 'in_app' AND read_at IS NULL AND archived_at IS NULL;
CREATE INDEX notifications_organization_actor_idx ON notify.notifications (organization_id, actor_id);
CREATE INDEX notifications_organization_pending_idx ON notify.notifications (organization_id, scheduled_at) WHERE status = 'pending';
CREATE INDEX notifications_organization_resource_idx ON notify.notifications (organization_id, resource_id) WHERE resource_id IS NOT NULL;
-- For the purge, which goes over all organizations.
CREATE INDEX notifications_expires_at_idx ON notify.notifications (expires_at) WHERE expires_at IS NOT NULL;
