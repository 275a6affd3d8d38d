//! What conversations keep of their messages.

use std::collections::BTreeMap;
use std::ffi::CStr;

use pg_crm_core::conversation::{self, Times};
use pgrx::prelude::*;

use crate::error;
use crate::keyed::{self, Known, Outcome, Target};
use crate::spi::{self, Plan, Row, by_key, kept_text};
use crate::transition::{self, Key};

/// What a statement changed in the messages of one conversation.
struct Change {
    /// By how many the live messages grew.
    messages: i32,
    /// By how many the unread ones grew.
    unread: i32,
    /// When those passed that came.
    inbound: Vec<i64>,
    outbound: Vec<i64>,
    /// Whether messages went that had passed: then the kept times may be theirs.
    lost: bool,
}

/// The conversation's key and the columns of a [`Change`], by what the statement did.
const INSERTED: &CStr =
        c"SELECT m.conversation_id, m.organization_id, count(*)::int4, count(*) FILTER (WHERE m.inbound AND m.status <> 'read')::int4,
                 array_agg(m.at) FILTER (WHERE m.inbound), array_agg(m.at) FILTER (WHERE NOT m.inbound AND m.at IS NOT NULL), false
            FROM (SELECT n.organization_id, n.conversation_id, n.direction = 'inbound' AS inbound, n.status,
                         inbox.message_time(n.direction, n.status, n.sent_at, n.created_at) AS at
                    FROM new_rows AS n
                   WHERE n.conversation_id IS NOT NULL AND n.deleted_at IS NULL) AS m
           GROUP BY 1, 2";

const UPDATED: &CStr =
        c"SELECT m.conversation_id, m.organization_id, sum(m.messages)::int4, sum(m.unread)::int4,
                 array_agg(m.at) FILTER (WHERE m.inbound AND m.messages > 0),
                 array_agg(m.at) FILTER (WHERE NOT m.inbound AND m.messages > 0 AND m.at IS NOT NULL),
                 bool_or(m.messages < 0 AND m.at IS NOT NULL)
            FROM (SELECT r.organization_id, r.conversation_id, r.direction = 'inbound' AS inbound, r.at,
                         sum(r.sign) AS messages,
                         sum(CASE WHEN r.direction = 'inbound' AND r.status <> 'read' THEN r.sign ELSE 0 END) AS unread
                    FROM (SELECT 1 AS sign, n.organization_id, n.conversation_id, n.direction, n.status, n.deleted_at,
                                 inbox.message_time(n.direction, n.status, n.sent_at, n.created_at) AS at
                            FROM new_rows AS n
                           UNION ALL
                          SELECT -1, o.organization_id, o.conversation_id, o.direction, o.status, o.deleted_at,
                                 inbox.message_time(o.direction, o.status, o.sent_at, o.created_at)
                            FROM old_rows AS o) AS r
                   WHERE r.conversation_id IS NOT NULL AND r.deleted_at IS NULL
                   GROUP BY 1, 2, 3, 4
                  HAVING sum(r.sign) <> 0
                      OR sum(CASE WHEN r.direction = 'inbound' AND r.status <> 'read' THEN r.sign ELSE 0 END) <> 0) AS m
           GROUP BY 1, 2";

const DELETED: &CStr =
        c"SELECT m.conversation_id, m.organization_id, (-count(*))::int4,
                 (-count(*) FILTER (WHERE m.direction = 'inbound' AND m.status <> 'read'))::int4,
                 NULL::timestamptz[], NULL::timestamptz[],
                 bool_or(inbox.message_time(m.direction, m.status, m.sent_at, m.created_at) IS NOT NULL)
            FROM old_rows AS m
           WHERE m.conversation_id IS NOT NULL AND m.deleted_at IS NULL
           GROUP BY 1, 2";

const KEYS: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::UUIDARRAYOID,
];

/// The conversation of a row of keys.
fn of_row() -> String {
    by_key(["c.id", "n.id"], ["c.organization_id", "n.organization_id"])
}

thread_local! {
    /// What reads the messages' changes.
    static CHANGES: transition::Plans = transition::Plans::default();

    /// Conversations, where what they keep sets nothing else in motion but `updated_at`.
    static CONVERSATIONS: Target = const {
        Target {
            schema: c"inbox",
            name: c"conversations",
            key: &[c"id", c"organization_id"],
            columns: &[
                c"message_count",
                c"unread_count",
                c"last_message_at",
                c"last_inbound_at",
                c"first_reply_at",
                c"waiting_since",
                c"updated_at",
                c"status",
                c"resolved_at",
            ],
            changed: &[
                pg_sys::BuiltinOid::INT4OID,
                pg_sys::BuiltinOid::INT4OID,
                pg_sys::BuiltinOid::TIMESTAMPTZOID,
                pg_sys::BuiltinOid::TIMESTAMPTZOID,
                pg_sys::BuiltinOid::TIMESTAMPTZOID,
                pg_sys::BuiltinOid::TIMESTAMPTZOID,
                pg_sys::BuiltinOid::TIMESTAMPTZOID,
            ],
            // What a program writes by hand is put right by the latter; this is no program's.
            unmoved: &[[c"crm", c"touch_updated_at"], [c"inbox", c"restore_conversation"]],
            vouched: &[
                c"conversations_last_inbound_at_check",
                c"conversations_message_count_check",
                c"conversations_unread_count_check",
                c"conversations_waiting_since_check",
            ],
            known: Known::nothing(),
        }
    };

    /// By itself and not within the UPDATE: that one has to begin at the latest versions of the rows,
    /// or it would wait for who waits for this lock. In the order of the keys, each found by its id and
    /// in no other way, whatever statistics there were when the plan was made.
    static LOCK: Plan = Plan::new(
        kept_text(format!(
            "SELECT c.*
            FROM unnest($1, $2) AS n (id, organization_id)
           CROSS JOIN LATERAL (SELECT c.id, c.organization_id, c.status::text, c.resolved_at, c.updated_at,
                                      c.last_message_at, c.last_inbound_at, c.first_reply_at, c.waiting_since
                                 FROM inbox.conversations AS c
                                WHERE {}
                                  FOR NO KEY UPDATE) AS c",
            of_row()
        )),
        KEYS,
    );

    /// Counts are added to and never reckoned anew: within one statement other triggers may have more
    /// to add.
    static WRITE: Plan = Plan::new(
        kept_text(format!(
            "UPDATE inbox.conversations AS c
             SET message_count = c.message_count + n.messages,
                 unread_count = c.unread_count + n.unread,
                 last_message_at = n.last_message_at,
                 last_inbound_at = n.last_inbound_at,
                 first_reply_at = n.first_reply_at,
                 waiting_since = n.waiting_since
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
              AS n (id, organization_id, messages, unread, last_message_at, last_inbound_at, first_reply_at, waiting_since)
           WHERE {}",
            of_row()
        )),
        &[
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::UUIDARRAYOID,
            pg_sys::BuiltinOid::INT4ARRAYOID,
            pg_sys::BuiltinOid::INT4ARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
            pg_sys::BuiltinOid::TIMESTAMPTZARRAYOID,
        ],
    );

    static REOPEN: Plan = Plan::new(
        kept_text(format!(
            "UPDATE inbox.conversations AS c
             SET status = 'open', resolved_at = NULL, snoozed_until = NULL
            FROM unnest($1, $2) AS n (id, organization_id)
           WHERE {}",
            of_row()
        )),
        KEYS,
    );

    static RECKON: Plan = Plan::new(
        kept_text(format!(
            "UPDATE inbox.conversations AS c
             SET last_message_at = s.last_message_at,
                 last_inbound_at = s.last_inbound_at,
                 first_reply_at = s.first_reply_at,
                 waiting_since = CASE WHEN c.status <> 'resolved' THEN s.waiting_since END
            FROM unnest($1, $2) AS n (id, organization_id)
           CROSS JOIN LATERAL inbox.conversation_statistics(n.organization_id, n.id) AS s
           WHERE {}
             AND (c.last_message_at, c.last_inbound_at, c.first_reply_at, c.waiting_since)
                 IS DISTINCT FROM (s.last_message_at, s.last_inbound_at, s.first_reply_at,
                                   CASE WHEN c.status <> 'resolved' THEN s.waiting_since END)",
            of_row()
        )),
        KEYS,
    );
}

/// AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT on `inbox.messages`, with transition tables
/// `new_rows`, `old_rows`: keeps in `inbox.conversations` what `inbox.conversation_statistics` tells.
///
/// Messages that come in their order are reckoned from the kept times; where one is late or goes, the
/// conversation's times are reckoned from its messages. It runs as its owner, since the application's
/// own values would not hold, and must be granted to nobody.
///
/// Declared in `sql/inbox/functions.sql`: pgrx would place it before its schema.
#[pg_trigger(sql = false)]
fn keep_conversations<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let (sql, inserted) = match trigger.op()? {
        PgTriggerOperation::Insert => (INSERTED, true),
        PgTriggerOperation::Update => (UPDATED, false),
        PgTriggerOperation::Delete | PgTriggerOperation::Truncate => (DELETED, false),
    };
    let changes: BTreeMap<Key, Change> = transition::read(
        trigger,
        &CHANGES,
        || sql.to_owned(),
        |rows| rows.iter().map(|r| (Key::of(&r), Change::of(&r))).collect(),
    );
    if !changes.is_empty() {
        spi::by_keys(|| keep(&changes, inserted));
    }
    Ok(None)
}

fn run(plan: &'static std::thread::LocalKey<Plan>, keys: &[Key]) {
    if !keys.is_empty() {
        plan.with(|plan| plan.run(&Key::columns(keys.iter()), |_| ()));
    }
}

fn keep(changes: &BTreeMap<Key, Change>, inserted: bool) {
    let done = advance(changes, inserted);
    let rest = || changes.keys().skip(done);
    if rest().next().is_none() {
        return;
    }
    // None are left where they are deleted together with their messages.
    let kept: Vec<Kept> = LOCK.with(|plan| {
        plan.run(&Key::columns(rest()), |rows| {
            rows.iter().map(|r| Kept::of(&r)).collect()
        })
    });

    let (mut written, mut unclear, mut reopened) = (Vec::new(), Vec::new(), Vec::new());
    let (mut messages, mut unread) = (Vec::new(), Vec::new());
    let mut times: [Vec<Option<TimestampWithTimeZone>>; 4] = Default::default();
    for kept in &kept {
        let Some(change) = changes.get(&kept.key) else {
            continue;
        };
        let new = kept.advanced(change);
        if new.is_none() {
            unclear.push(kept.key);
        }
        if inserted && kept.reopens(change.inbound.iter().max().copied()) {
            reopened.push(kept.key);
        }
        let new = new.unwrap_or(kept.times);
        if change.messages != 0 || change.unread != 0 || new != kept.times {
            written.push(kept.key);
            messages.push(change.messages);
            unread.push(change.unread);
            let columns = [
                new.last_message,
                new.last_inbound,
                new.first_reply,
                new.waiting_since,
            ];
            for (column, time) in times.iter_mut().zip(columns) {
                column.push(time.map(timestamp));
            }
        }
    }
    if !written.is_empty() {
        let [last_message, last_inbound, first_reply, waiting_since] = times;
        let [ids, organizations] = Key::columns(written.iter());
        let arguments = [
            ids,
            organizations,
            messages.into_datum(),
            unread.into_datum(),
            last_message.into_datum(),
            last_inbound.into_datum(),
            first_reply.into_datum(),
            waiting_since.into_datum(),
        ];
        WRITE.with(|plan| plan.run(&arguments, |_| ()));
    }
    run(&REOPEN, &reopened);
    run(&RECKON, &unclear);
}

/// Writes what can be reckoned from what is kept, one conversation after the other. Returns how many are
/// done: the others need a look at their messages, or the executor.
fn advance(changes: &BTreeMap<Key, Change>, inserted: bool) -> usize {
    let done = CONVERSATIONS.with(|conversations| {
        conversations.write(|writer| {
            changes
                .iter()
                .take_while(|(key, change)| {
                    let written = writer.change(&key.parts(), |row| {
                        advanced_row(**key, change, inserted, row)
                    });
                    written != Outcome::Undecided
                })
                .count()
        })
    });
    done.unwrap_or(0)
}

fn advanced_row(key: Key, change: &Change, inserted: bool, row: &keyed::Row) -> keyed::Change {
    let kept = Kept::of_row(key, row);
    let (Some(messages), Some(unread), Some(new)) = (
        row.get::<i32>(0)
            .and_then(|messages| messages.checked_add(change.messages)),
        row.get::<i32>(1)
            .and_then(|unread| unread.checked_add(change.unread)),
        kept.advanced(change),
    ) else {
        return keyed::Change::Ask;
    };
    // What a check of the table would refuse, it is to refuse.
    let is_sound = (0..=messages).contains(&unread)
        && (new.last_inbound.is_none() || new.last_inbound <= new.last_message)
        && (new.waiting_since.is_none() || !kept.is_resolved());
    if !is_sound || inserted && kept.reopens(change.inbound.iter().max().copied()) {
        return keyed::Change::Ask;
    }
    if change.messages == 0 && change.unread == 0 && new == kept.times {
        return keyed::Change::Lock;
    }
    // SAFETY: a plain reading of the transaction's start time.
    let now = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
    let time = |time: Option<i64>| time.map(pg_sys::Datum::from);
    keyed::Change::To(vec![
        messages.into_datum(),
        unread.into_datum(),
        time(new.last_message),
        time(new.last_inbound),
        time(new.first_reply),
        time(new.waiting_since),
        time(Some(now)),
    ])
}

impl Change {
    fn of(row: &Row) -> Self {
        let times = |ordinal| -> Vec<i64> {
            row.get::<Vec<TimestampWithTimeZone>>(ordinal)
                .unwrap_or_default()
                .into_iter()
                .map(i64::from)
                .collect()
        };
        Self {
            messages: row.get(3).unwrap_or(0),
            unread: row.get(4).unwrap_or(0),
            inbound: times(5),
            outbound: times(6),
            lost: row.get(7).unwrap_or(false),
        }
    }
}

/// What a conversation keeps now.
struct Kept {
    key: Key,
    status: String,
    resolved_at: Option<i64>,
    updated_at: Option<i64>,
    times: Times,
}

impl Kept {
    fn of(row: &Row) -> Self {
        let time = |ordinal| row.get::<TimestampWithTimeZone>(ordinal).map(i64::from);
        Self {
            key: Key::of(row),
            status: row.get(3).unwrap_or_default(),
            resolved_at: time(4),
            updated_at: time(5),
            times: Times {
                last_message: time(6),
                last_inbound: time(7),
                first_reply: time(8),
                waiting_since: time(9),
            },
        }
    }

    fn of_row(key: Key, row: &keyed::Row) -> Self {
        let time = |column| row.get::<TimestampWithTimeZone>(column).map(i64::from);
        Self {
            key,
            status: row.get(7).unwrap_or_default(),
            resolved_at: time(8),
            updated_at: time(6),
            times: Times {
                last_message: time(2),
                last_inbound: time(3),
                first_reply: time(4),
                waiting_since: time(5),
            },
        }
    }

    fn is_resolved(&self) -> bool {
        self.status == "resolved"
    }

    /// The times after a change; `None` where the messages have to be asked.
    fn advanced(&self, change: &Change) -> Option<Times> {
        if change.lost {
            return None;
        }
        let resolved = self.is_resolved();
        conversation::advance(self.times, resolved, &change.inbound, &change.outbound)
    }

    /// Whether a message of the contact's, the last of which came at this time, opens it again. When
    /// it was put off is not kept; what came long before its last change can only be old.
    fn reopens(&self, last_inbound: Option<i64>) -> bool {
        const DAY: i64 = 86_400_000_000;
        let Some(at) = last_inbound else {
            return false;
        };
        match self.status.as_str() {
            "open" => false,
            "resolved" => self.resolved_at.is_some_and(|resolved| at > resolved),
            _ => self
                .updated_at
                .is_some_and(|updated| at > updated.saturating_sub(DAY)),
        }
    }
}

fn timestamp(microseconds: i64) -> TimestampWithTimeZone {
    TimestampWithTimeZone::try_from(microseconds)
        .unwrap_or_else(|e| error::raise(error::internal(format!("{e:?}"))))
}
