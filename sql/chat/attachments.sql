ALTER TABLE chat.knowledge_base ALTER COLUMN author_id SET DEFAULT tenancy.current_user_id();
