CREATE VIEW maint.settings_check WITH (security_invoker = true) AS
SELECT s.name, s.current_value, s.rule, s.recommended, s.is_met, s.severity, s.reason, s.pending_restart
  FROM maint.settings_found() AS s
 ORDER BY s.is_met, array_position(ARRAY['critical', 'warning', 'info'], s.severity), s.name;
COMMENT ON VIEW maint.settings_check IS 'The server''s settings against those that the documents recommend and a database that must not lose rows needs; what is not met comes first.';
COMMENT ON COLUMN maint.settings_check.name IS 'The setting.';
COMMENT ON COLUMN maint.settings_check.current_value IS 'What a session of this database begins with, in the server''s words.';
COMMENT ON COLUMN maint.settings_check.rule IS 'How it is compared: at least, at most, within (more than 0 and at most), is, one of, names (a list that has it).';
COMMENT ON COLUMN maint.settings_check.recommended IS 'What is recommended, with its unit.';
COMMENT ON COLUMN maint.settings_check.is_met IS 'Whether it is so.';
COMMENT ON COLUMN maint.settings_check.severity IS 'How much it matters where it is not: critical (rows can be lost), warning, info (speed and insight; to be weighed against the machine).';
COMMENT ON COLUMN maint.settings_check.reason IS 'Why it is recommended.';
COMMENT ON COLUMN maint.settings_check.pending_restart IS 'Whether another value waits for a restart.';
