//! What is kept of fit: triggers on the tables that it looks at.
//!
//! A trigger FOR EACH ROW, whose WHEN asks for the columns that count, notes which rows changed; one FOR
//! EACH STATEMENT works on all of them at once. So an update of anything else costs next to nothing, and
//! no rows are copied for a transition table. A note that outlives an error does no harm: what it leads
//! to is reckoned from the rows as they are.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use pg_crm_core::scoring::ATTRIBUTES;
use pgrx::prelude::*;

use super::models::{self, Rules};
use super::profile;
use crate::error;
use crate::spi::{self, Plan, Row, by_key, kept_text};
use crate::transition::Key;

/// Rows whose change changes fit.
#[derive(Default)]
struct Notes {
    /// Contacts, and whether they are new.
    contacts: BTreeMap<Key, bool>,
    /// Keys of other tables' rows; of an organization, or (nil) everybody's.
    others: BTreeMap<Via, BTreeSet<Key>>,
}

/// How a row of another table is found by contacts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Via {
    Company,
    Industry,
    JobRole,
    LifecycleStage,
}

impl Via {
    /// The attributes that such rows tell, as [`Rules::mask`] has them.
    fn mask(self) -> u64 {
        let prefix = match self {
            Self::Company => "company",
            Self::Industry => "company.industry",
            Self::JobRole => "job_role",
            Self::LifecycleStage => "lifecycle_stage",
        };
        let named = ATTRIBUTES
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| name.starts_with(prefix))
            .fold(0, |mask, (place, _)| mask | 1 << place);
        match self {
            Self::Company => named | models::COMPANY_CUSTOM,
            _ => named,
        }
    }
}

/// Contacts that are worked on at a time.
const BATCH: usize = 1000;

const KEYS: &[pg_sys::BuiltinOid] = &[pg_sys::BuiltinOid::UUIDARRAYOID];

/// Contacts, points, whether they are live; the organization, the model, its half-lives.
const FITS: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDARRAYOID,
    pg_sys::BuiltinOid::FLOAT8ARRAYOID,
    pg_sys::BuiltinOid::BOOLARRAYOID,
    pg_sys::BuiltinOid::UUIDOID,
    pg_sys::BuiltinOid::UUIDOID,
    pg_sys::BuiltinOid::FLOAT8ARRAYOID,
];

const AS_ROWS: &str = "unnest($1, $2, $3) AS n (contact_id, fit, live)";

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();

    /// Signals that came before, in the same statement, are all that there are: the state is complete.
    static BEGIN: Plan = Plan::new(
        kept_text(format!(
            "INSERT INTO crm.contact_engagement AS kept (contact_id, organization_id, model_id, fit, live)
             SELECT n.contact_id, $4, $5, n.fit, n.live FROM {AS_ROWS}
             ON CONFLICT (contact_id, organization_id, model_id) DO UPDATE
                SET fit = excluded.fit, live = excluded.live, refresh_at = '-infinity',
                    rank = crm.engagement_rank($6, kept.sums, kept.as_of, clock_timestamp())"
        )),
        FITS,
    );

    /// A state that is not complete stays so.
    static CHANGE: Plan = Plan::new(
        kept_text(format!(
            "UPDATE crm.contact_engagement AS kept
                SET fit = n.fit, live = n.live, refresh_at = '-infinity'
               FROM {AS_ROWS}
              WHERE {KEPT} AND (kept.model_id = $5) IS TRUE
                AND kept.fit IS NOT NULL",
            KEPT = by_key(["kept.contact_id", "n.contact_id"], ["kept.organization_id", "$4"]),
        )),
        FITS,
    );

    static OF_COMPANIES: Plan = Plan::new(kept_text(contacts("c.company_id = ANY ($1)")), KEYS);
    static OF_INDUSTRIES: Plan = Plan::new(
        kept_text(contacts(
            "EXISTS (SELECT FROM crm.companies AS company
                      WHERE company.id = c.company_id AND company.organization_id = c.organization_id
                        AND company.industry_id = ANY ($1))",
        )),
        KEYS,
    );
    static OF_JOB_ROLES: Plan = Plan::new(kept_text(contacts("c.job_role_id = ANY ($1)")), KEYS);
    static OF_STAGES: Plan = Plan::new(kept_text(contacts("c.lifecycle_stage_id = ANY ($1)")), KEYS);
}

fn contacts(condition: &str) -> String {
    format!("SELECT c.id, c.organization_id FROM crm.contacts AS c WHERE {condition}")
}

/// AFTER INSERT or UPDATE FOR EACH ROW and, to do what the rows ask for, AFTER INSERT or UPDATE FOR
/// EACH STATEMENT: keeps the fit of `crm.contact_engagement`.
///
/// It runs as its owner, like `crm.keep_engagement()`, and for the same reasons.
#[pg_trigger(sql = "
CREATE FUNCTION crm.keep_fit() RETURNS trigger
LANGUAGE c SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS '@MODULE_PATHNAME@', '@FUNCTION_NAME@';
")]
fn keep_fit<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let data = trigger.trigger_data();
    if data.tg_event & pg_sys::TRIGGER_EVENT_ROW == 0 {
        flush();
        return Ok(None);
    }
    let schema = trigger.table_schema()?;
    let table = trigger.table_name()?;
    let inserted = matches!(trigger.op()?, PgTriggerOperation::Insert);
    let tuple = if inserted {
        data.tg_trigtuple
    } else {
        data.tg_newtuple
    };
    let key = |organization: Option<pgrx::Uuid>| {
        let id = column(data, tuple, c"id")
            .unwrap_or_else(|| error::raise(error::internal("a key is NULL")));
        Key::new(id, organization.unwrap_or(pgrx::Uuid::from_bytes([0; 16])))
    };
    let key = key(column(data, tuple, c"organization_id"));
    let via = match (schema.as_str(), table.as_str()) {
        ("crm", "contacts") => None,
        ("crm", "companies") => Some(Via::Company),
        ("crm", "industries") => Some(Via::Industry),
        ("crm", "job_roles") => Some(Via::JobRole),
        ("crm", "lifecycle_stages") => Some(Via::LifecycleStage),
        _ => error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
                format!("\"{schema}.{table}\" is no table that fit looks at"),
            )
            .set_hint("keep_fit() is for the tables of pg_crm itself."),
        ),
    };
    NOTES.with_borrow_mut(|notes| match via {
        None => *notes.contacts.entry(key).or_default() |= inserted,
        Some(via) => {
            notes.others.entry(via).or_default().insert(key);
        }
    });
    Ok(None)
}

/// A uuid column of a row that the trigger was fired for.
fn column(
    data: &pg_sys::TriggerData,
    tuple: pg_sys::HeapTuple,
    name: &std::ffi::CStr,
) -> Option<pgrx::Uuid> {
    // SAFETY: the relation of a trigger call is open while it lasts, and the tuple is one of its rows.
    unsafe {
        let descriptor = (*data.tg_relation).rd_att;
        let number = pg_sys::SPI_fnumber(descriptor, name.as_ptr());
        let mut null = false;
        let datum = pg_sys::SPI_getbinval(tuple, descriptor, number, &mut null);
        pgrx::Uuid::from_datum(datum, null)
    }
}

/// Does what was noted.
fn flush() {
    let notes = NOTES.with_borrow_mut(std::mem::take);
    if notes.contacts.is_empty() && notes.others.is_empty() {
        return;
    }
    spi::by_keys(|| {
        for (via, keys) in notes.others {
            keep(&through(via, &keys), false, via.mask());
        }
        let (new, changed): (Vec<_>, Vec<_>) =
            notes.contacts.into_iter().partition(|(_, new)| *new);
        let keys = |contacts: Vec<(Key, bool)>| contacts.into_iter().map(|(key, _)| key).collect();
        keep(&keys(new), true, u64::MAX);
        keep(&keys(changed), false, u64::MAX);
    });
}

/// The contacts of which rows of other tables tell something.
fn through(via: Via, keys: &BTreeSet<Key>) -> BTreeSet<Key> {
    let plan = match via {
        Via::Company => &OF_COMPANIES,
        Via::Industry => &OF_INDUSTRIES,
        Via::JobRole => &OF_JOB_ROLES,
        Via::LifecycleStage => &OF_STAGES,
    };
    let ids: Vec<pgrx::Uuid> = keys.iter().map(Key::id).collect();
    plan.with(|plan| {
        plan.run(&[ids.into_datum()], |rows| {
            rows.iter().map(|row: Row| Key::of(&row)).collect()
        })
    })
}

/// Reckons the fit of contacts anew, by every model that counts and looks at any of these attributes.
/// Of `new` ones nothing was kept.
fn keep(keys: &BTreeSet<Key>, new: bool, attributes: u64) {
    let mut by_organization = BTreeMap::<[u8; 16], Vec<pgrx::Uuid>>::new();
    for key in keys {
        by_organization
            .entry(key.organization())
            .or_default()
            .push(key.id());
    }
    for organization in by_organization.keys() {
        models::hold_signals(*organization, false);
    }
    for (organization, contacts) in by_organization {
        let counting = models::counting(organization);
        let looks = |rules: &Rules| new || attributes == u64::MAX || rules.mask & attributes != 0;
        for rules in counting.iter().filter(|rules| looks(rules)) {
            for batch in contacts.chunks(BATCH) {
                let plan = if new { &BEGIN } else { &CHANGE };
                write(plan, rules, organization, batch.to_vec());
            }
        }
    }
}

fn write(
    plan: &'static std::thread::LocalKey<Plan>,
    rules: &Rules,
    organization: [u8; 16],
    contacts: Vec<pgrx::Uuid>,
) {
    let mut seen = profile::read(rules, organization, contacts, true);
    seen.sort_by_key(|seen| seen.contact);
    if seen.is_empty() {
        return;
    }
    let contacts: Vec<pgrx::Uuid> = seen
        .iter()
        .map(|seen| pgrx::Uuid::from_bytes(seen.contact))
        .collect();
    let points: Vec<f64> = seen
        .iter()
        .map(|seen| rules.fit_points(&seen.profile))
        .collect();
    let live: Vec<bool> = seen.iter().map(|seen| seen.live).collect();
    let arguments = [
        contacts.into_datum(),
        points.into_datum(),
        live.into_datum(),
        pgrx::Uuid::from_bytes(organization).into_datum(),
        rules.uuid().into_datum(),
        rules.half_lives().to_vec().into_datum(),
    ];
    plan.with(|plan| plan.run(&arguments, |_| ()));
}
