//! The form of the list of requirements.
//!
//! ```text
//! # A comment.
//! S1-12 What must hold, in one line.
//!   columns tenancy.organizations: name varchar(255)!, slug varchar(100)!
//!   unique tenancy.organizations (slug) where deleted_at IS NULL
//!   waits tenancy
//!   function tenancy.authenticate(text) -> uuid
//! ```
//!
//! An item begins at the margin; its checks are indented by two spaces, and what is indented deeper
//! continues the line above. Checks below `waits <part>` hold only when that part is built.
//!
//! | check | holds where |
//! |---|---|
//! | `columns s.t: c type[!][ = default][ generated], ...` | the table has these columns; `!` is NOT NULL |
//! | `key s.t (c, ...)` | this is the primary key |
//! | `unique s.t (c, ...)[ nulls not distinct][ where ...]` | a unique index has exactly these columns and this predicate |
//! | `index s.t (c, ...)[ using gin][ where ...]` | an index begins with these columns (gin: has them) and has this predicate |
//! | `fkey s.t (c, ...) -> s.u[ on delete ...]` | there is this foreign key |
//! | `values s.d: a, b[, ...]` | the domain takes exactly these words (with `...`, at least these) |
//! | `refuses s.t <constraint or SQLSTATE>: c = v, ...` | this UPDATE of the sample rows is refused so |
//! | `takes s.t: c = v, ...` | this UPDATE of the sample rows is taken |
//! | `partitioned s.t by c` | by range on c, with a partition for this month and a default one |
//! | `isolated s.t` | row-level security is on and forced, by the organization |
//! | `trigger s.t f` | an enabled trigger calls this function |
//! | `view s.v (c, ...)` | a view with security_invoker has these columns |
//! | `function s.f(type, ...)[ -> type][ stable]` | it can be called so, and returns that (with `...`, what begins so); likewise `procedure` |
//! | `true: expression` | the superuser's answer is true |
//! | `does[ as role]: statement; ...; SELECT ...` | the last answer is true, within the organization of the sample rows |
//! | `fails[ as role] SQLSTATE: statement; ...` | it fails so |
//! | `documented: phrase` | README.md or a hand-written document has it |
//!
//! Roles: app (what `does` and `fails` mean when they name none), readonly, admin, superuser, and
//! nobody, which is app without an organization. `$creator_campaign` stands for the id of the sample
//! row `creator campaign`; see `tenancy/rows.sql`.

/// A requirement.
pub struct Item {
    pub id: String,
    pub statement: String,
    /// What holds now.
    pub holding: Vec<Check>,
    /// The part that has to be built yet, if any.
    pub part: Option<String>,
    /// What holds when it is.
    pub waiting: Vec<Check>,
}

/// What a check can be; see the table above.
const KINDS: &[&str] = &[
    "columns",
    "key",
    "unique",
    "index",
    "fkey",
    "values",
    "refuses",
    "takes",
    "partitioned",
    "isolated",
    "trigger",
    "view",
    "function",
    "procedure",
    "true",
    "does",
    "fails",
    "documented",
];

/// The parts that an item may wait for.
const PARTS: &[&str] = &[
    "analytics",
    "audit",
    "billing",
    "compliance",
    "creator",
    "documentation",
    "inbox",
    "integration",
    "maintenance",
    "marketing",
    "monitoring",
    "packaging",
    "queues",
    "scoring",
    "search",
    "security",
    "tenancy",
    "validation",
    "workflow",
];

pub enum Status {
    Holds,
    Waits,
    Documented,
}

/// `kind subject: text`, or `kind text` where nothing is subject to it.
pub struct Check {
    pub line: usize,
    pub kind: String,
    pub text: String,
}

impl Item {
    pub fn status(&self) -> Status {
        if self.part.is_some() {
            Status::Waits
        } else if self.holding.iter().all(|check| check.kind == "documented") {
            Status::Documented
        } else {
            Status::Holds
        }
    }
}

/// The items of a section; panics at a line that is none of the above.
#[track_caller]
pub fn parse(section: &str, text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let here = || format!("{section}, line {number}: {line}");
        let indent = line.len() - line.trim_start().len();
        let content = line.trim();
        if content.is_empty() || line.starts_with('#') {
            continue;
        }
        if indent == 0 {
            let (id, statement) = content
                .split_once(' ')
                .unwrap_or_else(|| panic!("{}", here()));
            assert!(id.starts_with(section), "{}", here());
            if let Some(item) = items.last() {
                assert_has_checks(item);
            }
            items.push(Item {
                id: id.to_owned(),
                statement: statement.to_owned(),
                holding: Vec::new(),
                part: None,
                waiting: Vec::new(),
            });
            continue;
        }
        let item = items.last_mut().unwrap_or_else(|| panic!("{}", here()));
        let checks = match item.part {
            Some(_) => &mut item.waiting,
            None => &mut item.holding,
        };
        if indent > 2 {
            let check = checks.last_mut().unwrap_or_else(|| panic!("{}", here()));
            check.text += "\n";
            check.text += content;
            continue;
        }
        let (kind, text) = content
            .split_once(' ')
            .unwrap_or_else(|| panic!("{}", here()));
        if kind == "waits" {
            assert!(item.part.is_none(), "{}: waits twice", here());
            assert!(PARTS.contains(&text), "{}: no such part", here());
            item.part = Some(text.to_owned());
            continue;
        }
        let kind = kind.trim_end_matches(':');
        assert!(KINDS.contains(&kind), "{}: no such check", here());
        checks.push(Check {
            line: number,
            kind: kind.to_owned(),
            text: text.to_owned(),
        });
    }
    if let Some(item) = items.last() {
        assert_has_checks(item);
    }
    items
}

/// Nothing holds, or waits, by assertion alone.
#[track_caller]
fn assert_has_checks(item: &Item) {
    let checks = match item.part {
        Some(_) => &item.waiting,
        None => &item.holding,
    };
    assert!(!checks.is_empty(), "{} has no check", item.id);
}
