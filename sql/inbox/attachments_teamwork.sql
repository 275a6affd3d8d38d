ALTER TABLE inbox.assignments ALTER COLUMN assigned_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE inbox.templates ALTER COLUMN created_by SET DEFAULT tenancy.current_user_id();
ALTER TABLE inbox.conversation_reads ALTER COLUMN member_id SET DEFAULT tenancy.current_user_id();
