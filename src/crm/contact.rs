//! A contact as the caller sees it: its points for fit, and what is kept of its signals.
//!
//! Both stand in one row of `crm.contact_engagement`, which is found by its key below the executor where
//! the policies of both tables are the installer's own. Everywhere else, and where nothing is kept, the
//! executor is asked, and fit and signals are reckoned from the rows that they come from.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use pg_crm_core::scoring::{self, Sums};
use pgrx::prelude::*;

use super::engagement::seconds;
use super::models::{self, Rules};
use super::profile;
use super::score::score_at;
use crate::floats;
use crate::keyed::{Order, Reader, Row, Shown, Table};
use crate::spi::{self, Plan};

thread_local! {
    static CONTACTS: Table = const { Table::new(c"crm", c"contacts", &[c"organization_id"]) };
    static KEPT: Table = const {
        Table::new(
            c"crm",
            c"contact_engagement",
            &[
                c"organization_id",
                c"model_id",
                c"live",
                c"fit",
                c"sums",
                c"as_of",
                c"rank",
                c"contact_id",
            ],
        )
        .ordered(Order {
            index: c"contact_engagement_organization_rank_idx",
            columns: [c"organization_id", c"model_id", c"rank"],
            condition: "(sums<>'{}'::doubleprecision[])",
        })
    };

    /// Whether the contact is live is asked of the row and not in WHERE: the condition would make the
    /// partial indexes of live rows look as good as the key where a table has no statistics yet.
    static SEEN: Plan = const { Plan::new(
        c"SELECT c.organization_id, c.deleted_at IS NULL
            FROM crm.contacts AS c
           WHERE c.id OPERATOR(pg_catalog.=) $1",
        &[pg_sys::BuiltinOid::UUIDOID],
    ) };
    static STATE: Plan = const { Plan::new(
        c"SELECT kept.fit, kept.sums, kept.as_of
            FROM crm.contact_engagement AS kept
           WHERE kept.contact_id OPERATOR(pg_catalog.=) $1
             AND (kept.organization_id OPERATOR(pg_catalog.=) $2) IS TRUE
             AND (kept.model_id OPERATOR(pg_catalog.=) $3) IS TRUE
             AND kept.live",
        &[pg_sys::BuiltinOid::UUIDOID, pg_sys::BuiltinOid::UUIDOID, pg_sys::BuiltinOid::UUIDOID],
    ) };
}

/// A contact as the caller sees it.
pub struct Contact {
    pub id: pgrx::Uuid,
    pub organization: [u8; 16],
    /// By what it is scored.
    pub rules: Rc<Rules>,
    /// Its points for fit.
    pub fit: f64,
    /// What is kept of its signals; `None`: nothing is, they have to be read.
    pub kept: Option<Sums>,
}

impl Contact {
    /// `None` where the contact is absent, deleted, or invisible to the caller.
    pub fn read(id: pgrx::Uuid) -> Option<Self> {
        let source = Source::open();
        let contact = source.get(id);
        source.close();
        contact
    }

    /// What is kept, where it answers for this time: no signal came later.
    pub fn sums(&self, as_of: TimestampWithTimeZone) -> Option<&Sums> {
        self.kept
            .as_ref()
            .filter(|kept| kept.as_of <= seconds(as_of))
    }

    /// From the row that is kept of it.
    fn of_row(
        id: pgrx::Uuid,
        organization: [u8; 16],
        rules: Rc<Rules>,
        fit: f64,
        row: &Row,
    ) -> Self {
        Self {
            id,
            organization,
            rules,
            fit,
            kept: sums(row.get(column::SUMS), row.get(column::AS_OF)),
        }
    }

    /// From the rows: as [`Self::read`] where nothing is kept.
    fn reckoned(id: pgrx::Uuid, organization: [u8; 16], rules: Rc<Rules>) -> Option<Self> {
        let seen = profile::read(&rules, organization, vec![id], false);
        let fit = rules.fit_points(&seen.first().filter(|seen| seen.live)?.profile);
        Some(Self {
            id,
            organization,
            rules,
            fit,
            kept: None,
        })
    }
}

/// From where contacts are read, as long as one call of a function lasts.
#[allow(clippy::large_enum_variant)] // there is one at a time, on the stack
pub enum Source {
    Keys(Keys),
    Executor,
}

/// By the key of what is kept.
pub struct Keys {
    kept: Reader,
    /// Whose contacts are visible.
    contacts: Shown,
    /// The model that was asked for last: mostly the next contact is of the same organization.
    last: RefCell<Option<([u8; 16], Rc<Rules>)>>,
}

/// The columns of what is kept, as they are read.
mod column {
    pub const MODEL: usize = 1;
    pub const LIVE: usize = 2;
    pub const FIT: usize = 3;
    pub const SUMS: usize = 4;
    pub const AS_OF: usize = 5;
    pub const RANK: usize = 6;
    pub const CONTACT: usize = 7;
}

impl Keys {
    fn rules(&self, organization: [u8; 16]) -> Rc<Rules> {
        let mut last = self.last.borrow_mut();
        match &*last {
            Some((of, rules)) if *of == organization => rules.clone(),
            _ => {
                let rules = models::in_force(organization);
                *last = Some((organization, rules.clone()));
                rules
            }
        }
    }

    /// Hands what is kept of an organization's live contacts that are visible, by these rules, to `read`,
    /// the highest rank first, as long as it goes on. `None`: that cannot be read so.
    pub fn descend(
        &self,
        organization: [u8; 16],
        rules: &Rc<Rules>,
        mut read: impl FnMut(Ranked) -> ControlFlow<()>,
    ) -> Option<()> {
        if !self.contacts.shows(Some(organization)) {
            return None;
        }
        self.kept
            .descend([&organization, &rules.id], |row| {
                let (Some(id), Some(rank), Some(true)) = (
                    row.uuid(column::CONTACT).map(pgrx::Uuid::from_bytes),
                    row.get(column::RANK),
                    row.get::<bool>(column::LIVE),
                ) else {
                    return ControlFlow::Continue(());
                };
                read(Ranked {
                    id,
                    rank,
                    row: Some(row),
                })
            })
            .then_some(())
    }

    /// What `read` makes of the contact's organization, rules, points for fit, and row; within, `None`
    /// for a contact that is deleted. `None` where the rows have to be asked.
    fn known<R>(
        &self,
        row: &Row,
        read: impl Fn([u8; 16], Rc<Rules>, f64, &Row) -> Option<R>,
    ) -> Option<Option<R>> {
        let organization = row.organization()?;
        if !self.contacts.shows(Some(organization)) {
            return None;
        }
        let rules = self.rules(organization);
        if row.uuid(column::MODEL)? != rules.id {
            return None;
        }
        if row.get::<bool>(column::LIVE) != Some(true) {
            return Some(None);
        }
        // Not all of it is known: the rows are.
        let fit = row.get::<f64>(column::FIT)?;
        read(organization, rules, fit, row).map(Some)
    }

    /// The score, likewise.
    fn score(&self, row: &Row, at: f64) -> Option<Option<i32>> {
        self.known(row, |_, rules, fit, row| {
            let kept_at = seconds(row.get(column::AS_OF)?);
            let values = floats::values(row.floats(column::SUMS)?);
            (kept_at <= at)
                .then(|| scoring::score(fit + scoring::points(values, kept_at, &rules, at)))
        })
    }
}

/// A contact in the order of ranks.
pub struct Ranked<'a> {
    pub id: pgrx::Uuid,
    pub rank: f64,
    /// What is kept of it, where that was read below the executor.
    pub row: Option<&'a Row<'a>>,
}

impl Ranked<'_> {
    /// Its engagement, where what is kept tells it.
    pub fn engagement(&self, rules: &Rules, at: f64) -> Option<f64> {
        let row = self.row?;
        row.get::<f64>(column::FIT)?;
        let kept_at = seconds(row.get(column::AS_OF)?);
        let values = floats::values(row.floats(column::SUMS)?);
        (kept_at <= at).then(|| scoring::engagement(values, kept_at, rules, at))
    }

    /// The contact; `None` where its rows have to be asked.
    pub fn contact(&self, organization: [u8; 16], rules: &Rc<Rules>) -> Option<Contact> {
        let row = self.row?;
        let fit = row.get(column::FIT)?;
        Some(Contact::of_row(
            self.id,
            organization,
            rules.clone(),
            fit,
            row,
        ))
    }
}

impl Source {
    pub fn open() -> Self {
        let opened = CONTACTS.with(|contacts| KEPT.with(|kept| kept.reader_with(contacts)));
        match opened {
            Some((kept, contacts)) => Self::Keys(Keys {
                kept: kept.begin(),
                contacts,
                last: RefCell::default(),
            }),
            None => Self::Executor,
        }
    }

    /// The score of a contact at a time; `None` where it is absent, deleted or invisible.
    pub fn score(&self, id: pgrx::Uuid, as_of: TimestampWithTimeZone) -> Option<i32> {
        if let Self::Keys(keys) = self {
            let at = seconds(as_of);
            if let Some(score) = keys.kept.find(id, |row| keys.score(row, at)) {
                return score;
            }
        }
        Some(score_at(&self.get(id)?, as_of))
    }

    /// The scores of many contacts, likewise, in their order.
    pub fn scores(&self, ids: &[pgrx::Uuid], as_of: TimestampWithTimeZone) -> Vec<Option<i32>> {
        // In the order of the keys, so that neighbours are found on one page.
        let mut sorted: Vec<[u8; 16]> = ids.iter().map(|id| *id.as_bytes()).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut scores: Vec<Option<Option<i32>>> = vec![None; sorted.len()];
        let places: HashMap<[u8; 16], usize> = sorted.iter().copied().zip(0..).collect();
        // Where one by one they would be found on every page, pages are read one after the other: from
        // some two rows for each page on that is measured to be faster.
        if let Self::Keys(keys) = self
            && sorted.len() / 2 > keys.kept.pages()
        {
            let at = seconds(as_of);
            let place = |id| places.get(&id).copied();
            keys.kept.each(column::CONTACT, place, |place, row| {
                if let Some(score @ None) = scores.get_mut(place) {
                    *score = keys.score(row, at);
                }
            });
        }
        for (id, score) in sorted.iter().zip(&mut scores) {
            if score.is_none() {
                pgrx::check_for_interrupts!();
                *score = Some(self.score(pgrx::Uuid::from_bytes(*id), as_of));
            }
        }
        let score = |id: &pgrx::Uuid| *scores.get(*places.get(id.as_bytes())?)?;
        ids.iter().map(|id| score(id).flatten()).collect()
    }

    /// The contact, where it is there, live and visible.
    pub fn get(&self, id: pgrx::Uuid) -> Option<Contact> {
        if let Self::Keys(keys) = self {
            let contact = |organization, rules, fit, row: &Row| {
                Some(Contact::of_row(id, organization, rules, fit, row))
            };
            if let Some(contact) = keys.kept.find(id, |row| keys.known(row, contact)) {
                return contact;
            }
        }
        let (organization, rules) = seen(id)?;
        let kept = STATE.with(|plan| {
            let arguments = [
                id.into_datum(),
                pgrx::Uuid::from_bytes(organization).into_datum(),
                rules.uuid().into_datum(),
            ];
            plan.read(&arguments, |rows| rows.first().and_then(|row| state(&row)))
        });
        match kept {
            Some((fit, kept)) => Some(Contact {
                id,
                organization,
                rules,
                fit,
                kept,
            }),
            None => Contact::reckoned(id, organization, rules),
        }
    }

    pub fn close(self) {
        if let Self::Keys(keys) = self {
            keys.kept.close();
        }
    }
}

/// The organization of a contact that is live and visible, and by what it is scored.
pub fn seen(id: pgrx::Uuid) -> Option<([u8; 16], Rc<Rules>)> {
    let organization = SEEN.with(|plan| {
        plan.read(&[id.into_datum()], |rows| {
            rows.iter()
                .find(|row| row.get(2) == Some(true))
                .and_then(|row| row.get::<pgrx::Uuid>(1))
        })
    })?;
    let organization = *organization.as_bytes();
    Some((organization, models::in_force(organization)))
}

fn state(row: &spi::Row) -> Option<(f64, Option<Sums>)> {
    Some((row.get(1)?, sums(row.get(2), row.get(3))))
}

/// What is kept of signals, from its columns.
pub fn sums(values: Option<Vec<f64>>, as_of: Option<TimestampWithTimeZone>) -> Option<Sums> {
    Some(Sums {
        values: values?,
        as_of: seconds(as_of?),
    })
}

/// The contact whose columns are at hand: for queries over all contacts.
pub fn of_columns(
    id: pgrx::Uuid,
    organization: pgrx::Uuid,
    fit: Option<f64>,
    kept: Option<Sums>,
) -> Option<Contact> {
    let organization = *organization.as_bytes();
    let rules = models::in_force(organization);
    match fit {
        Some(fit) => Some(Contact {
            id,
            organization,
            rules,
            fit,
            kept,
        }),
        None => Contact::reckoned(id, organization, rules),
    }
}
