ALTER TABLE maint.task_schedule ADD CONSTRAINT task_schedule_schedule_check CHECK (maint.is_schedule(schedule));
