//! What counts as a signal: one entry per table, used by the triggers that keep the state and by the
//! queries that read the rows themselves, so that both always mean the same.

/// A table whose rows are signals.
pub struct Source {
    /// The table, qualified.
    pub table: &'static str,
    /// A set-returning member function over columns of its row `r`: (signal, occurred_at).
    pub signals: &'static str,
    /// Rows that count at all.
    pub live: &'static str,
    /// How much one counts; negative: against the contact.
    pub times: &'static str,
    /// Whether something passed between the contact and the tenant, so that it is activity.
    pub passes: bool,
}

/// The signal that nothing passed.
pub const BOUNCED: &str = "email_bounced";

/// All of them. The functions are in `sql/crm/functions.sql`. A call or an e-mail that stands in a
/// thread as a message (`message_id`) is counted once, as that message.
pub const SOURCES: &[Source] = &[
    Source {
        table: "inbox.messages",
        signals: "crm.message_signals(r.direction, r.status, coalesce(r.sent_at, r.created_at))",
        live: "r.deleted_at IS NULL",
        times: "1::pg_catalog.float8",
        passes: true,
    },
    Source {
        table: "inbox.calls",
        signals: "crm.call_signals(r.direction, r.status, coalesce(r.started_at, r.created_at))",
        live: "r.deleted_at IS NULL AND r.message_id IS NULL",
        times: "1::pg_catalog.float8",
        passes: true,
    },
    Source {
        table: "inbox.emails",
        signals: "crm.email_signals(CASE WHEN r.message_id IS NULL THEN r.direction END, r.created_at, r.sent_at, r.opened_at, r.clicked_at, r.replied_at, r.bounced_at)",
        live: "r.deleted_at IS NULL",
        times: "1::pg_catalog.float8",
        passes: true,
    },
    Source {
        table: "crm.activities",
        signals: "crm.activity_signals(r.kind, r.status, r.completed_at, r.outcome)",
        live: "r.deleted_at IS NULL",
        times: "1::pg_catalog.float8",
        passes: true,
    },
    Source {
        table: "crm.deals",
        signals: "crm.deal_signals(r.status, r.created_at, r.advanced_at, r.closed_at)",
        live: "r.deleted_at IS NULL",
        times: "1::pg_catalog.float8",
        passes: true,
    },
    Source {
        table: "commerce.orders",
        signals: "crm.order_signals(r.status, r.placed_at)",
        live: "r.deleted_at IS NULL",
        times: "1::pg_catalog.float8",
        passes: true,
    },
    Source {
        table: "crm.signals",
        signals: "crm.recorded_signals(r.signal, r.occurred_at)",
        live: "true",
        times: "r.weight",
        passes: false,
    },
    Source {
        table: EVENTS,
        signals: "crm.event_signals(r.name, r.occurred_at)",
        live: "true",
        times: "1::pg_catalog.float8",
        passes: false,
    },
];

/// By far the most rows, of which few models count any.
const EVENTS: &str = "analytics.events";

impl Source {
    /// The source of a table.
    pub fn of(schema: &str, table: &str) -> Option<&'static Self> {
        SOURCES
            .iter()
            .find(|s| s.table.split_once('.') == Some((schema, table)))
    }

    /// The signals of the rows of `relation` (the table or a transition table): (contact_id,
    /// organization_id, signal, occurred_at, times, sign).
    pub fn select(&self, relation: &str, sign: i32) -> String {
        format!(
            "SELECT r.contact_id, r.organization_id, s.signal, s.occurred_at, {times} AS times, {sign} AS sign
               FROM {relation} AS r
              CROSS JOIN LATERAL {signals} AS s
              WHERE r.contact_id IS NOT NULL
                AND {live}",
            times = self.times,
            signals = self.signals,
            live = self.live,
        )
    }
}

/// The signals of all tables, with events or without.
pub fn select_all(events: bool) -> String {
    SOURCES
        .iter()
        .filter(|s| events || s.table != EVENTS)
        .map(|s| s.select(s.table, 1))
        .collect::<Vec<_>>()
        .join("\nUNION ALL\n")
}

/// The time of the latest signal of the contact `c` that passed: the greatest of the tables' own
/// latest ones, each found through its contact's rows.
pub fn latest(contact: &str) -> String {
    let of_table = |source: &Source| {
        format!(
            "(SELECT max(s.occurred_at) FROM ({}) AS s
               WHERE s.organization_id = {contact}.organization_id AND s.contact_id = {contact}.id
                 AND s.signal <> '{BOUNCED}')",
            source.select(source.table, 1),
        )
    };
    let tables: Vec<String> = SOURCES.iter().filter(|s| s.passes).map(of_table).collect();
    format!("greatest({})", tables.join(", "))
}
