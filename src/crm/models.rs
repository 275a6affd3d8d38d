//! The models by which contacts are scored: the active version of an organization's own, or the
//! built-in one.
//!
//! A version's rules are frozen once it is no draft, so what was read of a row holds as long as the
//! row's version does. A reader asks for the model that its snapshot shows, a trigger for those that
//! count by now: the active one, and one whose states are being made.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_crm_core::scoring::{ATTRIBUTES, Attribute, BUILT_IN, Model, rules};
use pgrx::prelude::*;

use crate::error;
use crate::lookup::{Found, Table, Version};

/// The id of the built-in model, by its version. No row of `crm.score_models` has it.
pub const BUILT_IN_ID: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// Buckets of organizations for [`hold_signals`]: so many locks a transaction takes at most.
const BUCKETS: i32 = 64;

/// The class of those advisory locks.
const LOCK_CLASS: i32 = 0x70_67_63_72; // "pgcr"

const IN_USE: Table = Table {
    schema: c"crm",
    name: c"score_models",
    index: c"score_models_organization_in_use_idx",
};

/// A model and its id.
pub struct Rules {
    pub id: [u8; 16],
    own: Option<Model>,
    /// Bit by bit which of [`ATTRIBUTES`] its fit looks at, then tags, own fields, the company's.
    pub mask: u64,
}

/// The bits of a mask above the named attributes.
pub const TAGS: u64 = 1 << ATTRIBUTES.len();
pub const CUSTOM: u64 = TAGS << 1;
pub const COMPANY_CUSTOM: u64 = TAGS << 2;

impl Rules {
    fn new(id: [u8; 16], own: Option<Model>) -> Self {
        let mut rules = Self { id, own, mask: 0 };
        rules.mask = rules
            .fit
            .iter()
            .map(|rule| match &rule.attribute {
                Attribute::Named(place) => 1 << place,
                Attribute::Tag => TAGS,
                Attribute::Custom(_) => CUSTOM,
                Attribute::CompanyCustom(_) => COMPANY_CUSTOM,
            })
            .fold(0, |mask: u64, bit: u64| mask | bit);
        rules
    }

    /// Its id as a value.
    pub fn uuid(&self) -> pgrx::Uuid {
        pgrx::Uuid::from_bytes(self.id)
    }
}

impl std::ops::Deref for Rules {
    type Target = Model;

    fn deref(&self) -> &Model {
        match &self.own {
            Some(model) => model,
            None => &BUILT_IN,
        }
    }
}

/// The model that answered last for each organization, as long as a snapshot lasts.
struct Seen {
    snapshot: Moment,
    last: Option<([u8; 16], Rc<Rules>)>,
    models: HashMap<[u8; 16], Rc<Rules>>,
}

/// What two snapshots of one transaction agree in exactly when they show the same.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Moment {
    transaction: u32,
    xmin: u32,
    xmax: u32,
    running: (u32, i32),
    command: u32,
}

impl Moment {
    fn now() -> Self {
        // SAFETY: a function is called within a statement, which has a snapshot.
        unsafe {
            let snapshot = pg_sys::GetActiveSnapshot();
            #[cfg(any(feature = "pg15", feature = "pg16"))]
            let transaction = (*pg_sys::MyProc).lxid;
            #[cfg(not(any(feature = "pg15", feature = "pg16")))]
            let transaction = (*pg_sys::MyProc).vxid.lxid;
            Self {
                transaction,
                xmin: (*snapshot).xmin.into(),
                xmax: (*snapshot).xmax.into(),
                running: ((*snapshot).xcnt, (*snapshot).subxcnt),
                command: (*snapshot).curcid,
            }
        }
    }
}

/// The rules of a row, and which version of it they were read of.
type Parsed = (Version, Rc<Rules>);

thread_local! {
    static PARSED: RefCell<HashMap<[u8; 16], Parsed>> = RefCell::default();
    static ZERO: Rc<Rules> = Rc::new(Rules::new(BUILT_IN_ID, None));
    static SEEN: RefCell<Seen> = RefCell::new(Seen {
        snapshot: Moment::default(),
        last: None,
        models: HashMap::new(),
    });
}

/// Above so many the parsed models are forgotten: a backend may serve any number of organizations.
const MOST_PARSED: usize = 1000;

/// The built-in model.
pub fn built_in() -> Rc<Rules> {
    ZERO.with(Rc::clone)
}

/// The model that is in force for an organization, as the calling statement sees it.
pub fn in_force(organization: [u8; 16]) -> Rc<Rules> {
    let now = Moment::now();
    let known = SEEN.with_borrow_mut(|seen| {
        if seen.snapshot != now {
            seen.snapshot = now;
            seen.last = None;
            seen.models.clear();
        }
        match &seen.last {
            Some((of, rules)) if *of == organization => Some(rules.clone()),
            _ => seen.models.get(&organization).cloned(),
        }
    });
    if let Some(rules) = known {
        return rules;
    }
    let rules = IN_USE
        .each(&[(c"organization_id", &organization)], |row| {
            is_active(row).then(|| parsed(row))
        })
        .unwrap_or_else(built_in);
    SEEN.with_borrow_mut(|seen| {
        seen.models.insert(organization, rules.clone());
        seen.last = Some((organization, rules.clone()));
    });
    rules
}

/// The models by which the states of an organization's contacts are kept at this very moment: the one
/// in force, and those that are being prepared.
pub fn counting(organization: [u8; 16]) -> Vec<Rc<Rules>> {
    let mut active = None;
    let mut building = Vec::new();
    IN_USE.any_now(&[(c"organization_id", &organization)], |row| {
        if is_active(row) {
            active = Some(parsed(row));
        } else {
            building.push(parsed(row));
        }
        false
    });
    building.insert(0, active.unwrap_or_else(built_in));
    building
}

/// A model by its id, for whom nothing is decided by it but what to compute.
pub fn by_id(organization: [u8; 16], id: [u8; 16]) -> Option<Rc<Rules>> {
    if id == BUILT_IN_ID {
        return Some(built_in());
    }
    let table = Table {
        schema: c"crm",
        name: c"score_models",
        index: c"score_models_pkey",
    };
    table.first(&[(c"id", &id), (c"organization_id", &organization)], parsed)
}

fn is_active(row: &Found) -> bool {
    row.get::<&str>(c"status") == Some("active")
}

fn parsed(row: &Found) -> Rc<Rules> {
    let Some(id) = row.get::<pgrx::Uuid>(c"id").map(|id| *id.as_bytes()) else {
        return built_in();
    };
    let version = row.version();
    let known = PARSED.with_borrow(|parsed| {
        parsed
            .get(&id)
            .and_then(|(of, rules)| (*of == version).then(|| rules.clone()))
    });
    known.unwrap_or_else(|| {
        let text = row
            .get::<pgrx::JsonB>(c"rules")
            .map(|rules| rules.0.to_string());
        let model = rules::read(&text.unwrap_or_default()).unwrap_or_else(|problems| {
            let detail: Vec<String> = problems.iter().map(ToString::to_string).collect();
            error::raise(
                error::report(
                    PgSqlErrorCode::ERRCODE_CHECK_VIOLATION,
                    format!(
                        "the rules of score model {} cannot be read",
                        pgrx::Uuid::from_bytes(id)
                    ),
                )
                .set_detail(detail.join("\n"))
                .set_hint("Activate another version of the organization's score model."),
            )
        });
        let rules = Rc::new(Rules::new(id, Some(model)));
        PARSED.with_borrow_mut(|parsed| {
            if parsed.len() >= MOST_PARSED {
                parsed.clear();
            }
            parsed.insert(id, (version, rules.clone()));
        });
        rules
    })
}

/// Until the transaction ends, no model of the organization begins to count or, for `change`, nobody
/// adds signals by the models that count now.
pub fn hold_signals(organization: [u8; 16], change: bool) {
    let bucket = organization
        .iter()
        .fold(0_i32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(i32::from(*byte))
        })
        .rem_euclid(BUCKETS);
    let arguments = [LOCK_CLASS.into_datum(), bucket.into_datum()];
    // SAFETY: both functions take two integers and return nothing.
    unsafe {
        if change {
            pgrx::direct_function_call::<()>(pg_sys::pg_advisory_xact_lock_int4, &arguments);
        } else {
            pgrx::direct_function_call::<()>(pg_sys::pg_advisory_xact_lock_shared_int4, &arguments);
        }
    }
}

/// Waits until nobody adds signals to an organization's contacts, and keeps it so until the
/// transaction ends.
#[pg_extern(volatile, parallel_unsafe)]
fn hold_signals_of(organization_id: pgrx::Uuid) {
    hold_signals(*organization_id.as_bytes(), true);
}

/// The model by which an organization's contacts are scored.
#[pg_extern(stable, strict, parallel_safe)]
fn score_model_of(organization_id: pgrx::Uuid) -> pgrx::Uuid {
    in_force(*organization_id.as_bytes()).uuid()
}

/// The groups of the model in force: half-life in seconds, cap in points.
#[pg_extern(stable, parallel_safe)]
fn signal_groups() -> TableIterator<
    'static,
    (
        name!(signal_group, String),
        name!(half_life, f64),
        name!(cap, f64),
    ),
> {
    let rules = crate::tenancy::context::current_org_id()
        .map_or_else(built_in, |id| in_force(*id.as_bytes()));
    let groups: Vec<_> = rules
        .groups
        .iter()
        .map(|g| (g.name.clone(), g.half_life, g.cap))
        .collect();
    TableIterator::new(groups)
}
