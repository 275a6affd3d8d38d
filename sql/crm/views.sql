-- What is counted and looked up for a contact is a sub-select in the list of columns and no join: the
-- planner puts those off until after ORDER BY and LIMIT, and leaves out what is not asked for. So a
-- page of fifty costs fifty look-ups, whatever it is sorted by. The CASE around the times of activities
-- keeps max and min from walking the organization's index on that time in search of the contact.
CREATE VIEW crm.contact_summary WITH (security_invoker = true) AS
SELECT c.id,
       c.organization_id,
       c.display_name,
       c.email,
       c.phone,
       c.title,
       c.company_id,
       coalesce((SELECT co.name FROM crm.companies AS co
                  WHERE co.id = c.company_id AND co.organization_id = c.organization_id),
                c.company_name) AS company_name,
       c.owner_id,
       (SELECT u.name FROM tenancy.users AS u WHERE u.id = c.owner_id) AS owner_name,
       c.lifecycle_stage_id,
       (SELECT l.name FROM crm.lifecycle_stages AS l WHERE l.id = c.lifecycle_stage_id) AS lifecycle_stage,
       c.status,
       c.source,
       c.score,
       c.tags,
       (SELECT count(*) FROM inbox.messages AS m
         WHERE m.organization_id = c.organization_id AND m.contact_id = c.id AND m.deleted_at IS NULL
           AND m.status NOT IN ('draft', 'scheduled', 'cancelled')) AS message_count,
       (SELECT count(*) FROM inbox.calls AS k
         WHERE k.organization_id = c.organization_id AND k.contact_id = c.id AND k.deleted_at IS NULL) AS call_count,
       (SELECT count(*) FROM inbox.emails AS e
         WHERE e.organization_id = c.organization_id AND e.contact_id = c.id AND e.deleted_at IS NULL
           AND (e.direction = 'inbound' OR e.sent_at IS NOT NULL)) AS email_count,
       (SELECT count(*) FROM crm.activities AS a
         WHERE a.organization_id = c.organization_id AND a.contact_id = c.id AND a.deleted_at IS NULL) AS activity_count,
       (SELECT count(*) FROM crm.activities AS a
         WHERE a.organization_id = c.organization_id AND a.contact_id = c.id AND a.deleted_at IS NULL
           AND a.status IN ('pending', 'overdue')) AS open_activity_count,
       (SELECT count(*) FROM crm.deals AS d
         WHERE d.organization_id = c.organization_id AND d.contact_id = c.id AND d.deleted_at IS NULL
           AND d.status = 'open') AS open_deal_count,
       (SELECT coalesce(jsonb_object_agg(v.currency, v.amount), '{}')
          FROM (SELECT d.currency, coalesce(sum(d.amount), 0) AS amount FROM crm.deals AS d
                 WHERE d.organization_id = c.organization_id AND d.contact_id = c.id AND d.deleted_at IS NULL
                   AND d.status = 'open'
                 GROUP BY d.currency) AS v) AS open_deal_amounts,
       (SELECT max(m.created_at) FROM inbox.messages AS m
         WHERE m.organization_id = c.organization_id AND m.contact_id = c.id AND m.deleted_at IS NULL
           AND m.status NOT IN ('draft', 'scheduled', 'cancelled')) AS last_message_at,
       (SELECT max(k.started_at) FROM inbox.calls AS k
         WHERE k.organization_id = c.organization_id AND k.contact_id = c.id AND k.deleted_at IS NULL) AS last_call_at,
       (SELECT max(coalesce(e.sent_at, e.created_at)) FROM inbox.emails AS e
         WHERE e.organization_id = c.organization_id AND e.contact_id = c.id AND e.deleted_at IS NULL
           AND (e.direction = 'inbound' OR e.sent_at IS NOT NULL)) AS last_email_at,
       (SELECT max(CASE WHEN a.status = 'completed' THEN a.completed_at END) FROM crm.activities AS a
         WHERE a.organization_id = c.organization_id AND a.contact_id = c.id AND a.deleted_at IS NULL) AS last_activity_completed_at,
       (SELECT min(CASE WHEN a.status IN ('pending', 'overdue') THEN a.due_at END) FROM crm.activities AS a
         WHERE a.organization_id = c.organization_id AND a.contact_id = c.id AND a.deleted_at IS NULL
           AND a.status IN ('pending', 'overdue')) AS next_activity_due_at,
       c.last_activity_at,
       c.created_at,
       c.updated_at
  FROM crm.contacts AS c
 WHERE c.deleted_at IS NULL;
COMMENT ON VIEW crm.contact_summary IS 'Contacts of the current organization with what was exchanged with them and what is to be done; deleted rows are left out everywhere.';
COMMENT ON COLUMN crm.contact_summary.id IS 'The contact.';
COMMENT ON COLUMN crm.contact_summary.organization_id IS 'The organization.';
COMMENT ON COLUMN crm.contact_summary.display_name IS 'What to show: the first that is given of name, first and last name, e-mail, phone, external_id.';
COMMENT ON COLUMN crm.contact_summary.email IS 'E-mail address as entered.';
COMMENT ON COLUMN crm.contact_summary.phone IS 'Telephone number as entered.';
COMMENT ON COLUMN crm.contact_summary.title IS 'Job title.';
COMMENT ON COLUMN crm.contact_summary.company_id IS 'The contact''s company, where it is one of the tenant''s companies.';
COMMENT ON COLUMN crm.contact_summary.company_name IS 'Name of that company, else the company as entered with the contact.';
COMMENT ON COLUMN crm.contact_summary.owner_id IS 'Member who looks after the contact.';
COMMENT ON COLUMN crm.contact_summary.owner_name IS 'Name of that member.';
COMMENT ON COLUMN crm.contact_summary.lifecycle_stage_id IS 'Lifecycle stage.';
COMMENT ON COLUMN crm.contact_summary.lifecycle_stage IS 'Name of the lifecycle stage.';
COMMENT ON COLUMN crm.contact_summary.status IS 'Whether the contact is worked with.';
COMMENT ON COLUMN crm.contact_summary.source IS 'Where the contact came from.';
COMMENT ON COLUMN crm.contact_summary.score IS 'Score as it was last computed: 0 to 100.';
COMMENT ON COLUMN crm.contact_summary.tags IS 'Names of the contact''s tags, sorted.';
COMMENT ON COLUMN crm.contact_summary.message_count IS 'Messages in either direction; drafts, scheduled and cancelled ones do not count.';
COMMENT ON COLUMN crm.contact_summary.call_count IS 'Calls in either direction, whatever became of them.';
COMMENT ON COLUMN crm.contact_summary.email_count IS 'E-mails received and sent.';
COMMENT ON COLUMN crm.contact_summary.activity_count IS 'Activities with the contact, in any state.';
COMMENT ON COLUMN crm.contact_summary.open_activity_count IS 'Those that are pending or overdue.';
COMMENT ON COLUMN crm.contact_summary.open_deal_count IS 'Open deals.';
COMMENT ON COLUMN crm.contact_summary.open_deal_amounts IS 'What the open deals are worth: a JSON object, sum by currency; {} where there are none.';
COMMENT ON COLUMN crm.contact_summary.last_message_at IS 'When the latest message that counts was made.';
COMMENT ON COLUMN crm.contact_summary.last_call_at IS 'When the latest call began.';
COMMENT ON COLUMN crm.contact_summary.last_email_at IS 'When the latest e-mail was sent or received.';
COMMENT ON COLUMN crm.contact_summary.last_activity_completed_at IS 'When an activity was last completed.';
COMMENT ON COLUMN crm.contact_summary.next_activity_due_at IS 'Earliest due time of an open activity; in the past where it is overdue.';
COMMENT ON COLUMN crm.contact_summary.last_activity_at IS 'When something last passed between the contact and the tenant.';
COMMENT ON COLUMN crm.contact_summary.created_at IS 'When the contact was made.';
COMMENT ON COLUMN crm.contact_summary.updated_at IS 'When the contact was last changed.';

CREATE VIEW crm.deal_pipeline WITH (security_invoker = true) AS
SELECT p.organization_id,
       p.id AS pipeline_id,
       p.name AS pipeline_name,
       s.id AS stage_id,
       s.name AS stage_name,
       s.position,
       CASE WHEN s.is_won THEN 'won' WHEN s.is_lost THEN 'lost' ELSE 'open' END AS outcome,
       d.currency,
       coalesce(d.deal_count, 0) AS deal_count,
       coalesce(d.amount, 0) AS amount,
       round(coalesce(d.weighted_amount, 0), 2) AS weighted_amount,
       CASE WHEN NOT s.is_won AND NOT s.is_lost THEN d.average_days_in_stage END AS average_days_in_stage
  FROM crm.pipelines AS p
  JOIN crm.deal_stages AS s ON s.pipeline_id = p.id AND s.organization_id = p.organization_id
  LEFT JOIN LATERAL (
       SELECT v.currency,
              count(*) AS deal_count,
              sum(v.amount) AS amount,
              sum(v.amount * CASE WHEN s.is_won OR s.is_lost THEN s.probability
                                  ELSE coalesce(v.probability, s.probability) END / 100) AS weighted_amount,
              avg(extract(epoch FROM now() - v.stage_entered_at)::double precision / 86400) AS average_days_in_stage
         FROM crm.deals AS v
        WHERE v.organization_id = s.organization_id AND v.stage_id = s.id AND v.deleted_at IS NULL
          AND v.status = CASE WHEN s.is_won THEN 'won' WHEN s.is_lost THEN 'lost' ELSE 'open' END
        GROUP BY v.currency) AS d ON true
 WHERE p.deleted_at IS NULL AND s.deleted_at IS NULL;
COMMENT ON VIEW crm.deal_pipeline IS 'Deals of the current organization by pipeline, stage and currency. An ordinary stage counts its open deals, a won stage the won ones, a lost stage the lost ones; a stage without any has one row, with no currency. Deals in no stage and deleted rows are left out.';
COMMENT ON COLUMN crm.deal_pipeline.organization_id IS 'The organization.';
COMMENT ON COLUMN crm.deal_pipeline.pipeline_id IS 'The pipeline.';
COMMENT ON COLUMN crm.deal_pipeline.pipeline_name IS 'Name of the pipeline.';
COMMENT ON COLUMN crm.deal_pipeline.stage_id IS 'The stage.';
COMMENT ON COLUMN crm.deal_pipeline.stage_name IS 'Name of the stage.';
COMMENT ON COLUMN crm.deal_pipeline.position IS 'Place of the stage in the pipeline, earliest first.';
COMMENT ON COLUMN crm.deal_pipeline.outcome IS 'State of the deals that are counted: open, won, lost.';
COMMENT ON COLUMN crm.deal_pipeline.currency IS 'Currency of the amounts: ISO 4217; NULL where the stage holds no deal.';
COMMENT ON COLUMN crm.deal_pipeline.deal_count IS 'Number of deals.';
COMMENT ON COLUMN crm.deal_pipeline.amount IS 'Sum of their amounts, in currency; unknown amounts count as nothing.';
COMMENT ON COLUMN crm.deal_pipeline.weighted_amount IS 'Sum of the amounts, each multiplied by the deal''s chance of being won, or by the stage''s where the deal has none.';
COMMENT ON COLUMN crm.deal_pipeline.average_days_in_stage IS 'For how many days these deals have been in the stage, on average; NULL for won and lost stages.';

-- Two looks into two indexes: what is open, and what was completed of late. The many that were
-- completed long ago are not read.
CREATE VIEW crm.activity_dashboard WITH (security_invoker = true) AS
SELECT a.organization_id,
       a.assignee_id,
       (SELECT u.name FROM tenancy.users AS u WHERE u.id = a.assignee_id) AS assignee_name,
       count(*) FILTER (WHERE a.is_open AND (a.due_at >= now() OR a.due_at IS NULL)) AS pending_count,
       count(*) FILTER (WHERE a.is_open AND a.due_at < now()) AS overdue_count,
       count(*) FILTER (WHERE a.is_open AND a.due_at >= date_trunc('day', now())
                          AND a.due_at < date_trunc('day', now()) + interval '1 day') AS due_today_count,
       count(*) FILTER (WHERE NOT a.is_open) AS completed_last_7_days_count,
       min(a.due_at) FILTER (WHERE a.is_open AND a.due_at >= now()) AS next_due_at
  FROM (SELECT o.organization_id, o.assignee_id, o.due_at, true AS is_open
          FROM crm.activities AS o
         WHERE o.status IN ('pending', 'overdue') AND o.deleted_at IS NULL
         UNION ALL
        SELECT d.organization_id, d.assignee_id, d.due_at, false
          FROM crm.activities AS d
         WHERE d.status = 'completed' AND d.deleted_at IS NULL
           AND d.completed_at IS NOT NULL AND d.completed_at >= now() - interval '7 days'
           AND d.completed_at <= now()) AS a
 GROUP BY a.organization_id, a.assignee_id;
COMMENT ON VIEW crm.activity_dashboard IS 'Activities of the current organization by assignee: what is to be done and what was done of late. An activity is overdue by the clock, whether or not it has been marked so. Deleted rows are left out.';
COMMENT ON COLUMN crm.activity_dashboard.organization_id IS 'The organization.';
COMMENT ON COLUMN crm.activity_dashboard.assignee_id IS 'Member who is to do them; NULL: nobody yet.';
COMMENT ON COLUMN crm.activity_dashboard.assignee_name IS 'Name of that member.';
COMMENT ON COLUMN crm.activity_dashboard.pending_count IS 'Open activities that are not past their due time, or have none.';
COMMENT ON COLUMN crm.activity_dashboard.overdue_count IS 'Open activities that are past their due time.';
COMMENT ON COLUMN crm.activity_dashboard.due_today_count IS 'Open activities that are due on the present day of the session''s time zone, those that are overdue since this morning included.';
COMMENT ON COLUMN crm.activity_dashboard.completed_last_7_days_count IS 'Activities completed within the last 168 hours.';
COMMENT ON COLUMN crm.activity_dashboard.next_due_at IS 'Earliest due time that has not passed yet.';
