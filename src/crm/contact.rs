//! A contact as the caller sees it: its points for fit, and what is kept of its signals.
//!
//! Both stand in one row of `crm.contact_engagement`, which is found by its key below the executor where
//! the policies of both tables are the installer's own. Everywhere else, and where nothing is kept, the
//! executor is asked, and fit and signals are reckoned from the rows that they come from.

use std::rc::Rc;

use pg_crm_core::scoring::Sums;
use pgrx::prelude::*;

use super::engagement::seconds;
use super::models::{self, Rules};
use super::profile;
use crate::keyed::{Reader, Table};
use crate::spi::{Plan, Row};

thread_local! {
    static CONTACTS: Table = const { Table::new(c"crm", c"contacts", &[c"organization_id"]) };
    static KEPT: Table = const {
        Table::new(
            c"crm",
            c"contact_engagement",
            &[c"organization_id", c"model_id", c"live", c"fit", c"sums", c"as_of"],
        )
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
pub enum Source {
    /// By the key of what is kept.
    Keys {
        contacts: Reader,
        kept: Reader,
    },
    Executor,
}

impl Source {
    pub fn open() -> Self {
        let contacts = CONTACTS.with(Table::reader);
        let kept = KEPT.with(Table::reader);
        match (contacts, kept) {
            (Some(contacts), Some(kept)) => Self::Keys {
                contacts,
                kept: kept.begin(),
            },
            (some, other) => {
                some.into_iter().chain(other).for_each(Reader::close);
                Self::Executor
            }
        }
    }

    /// The contact, where it is there, live and visible.
    pub fn get(&self, id: pgrx::Uuid) -> Option<Contact> {
        if let Self::Keys { contacts, kept } = self {
            let found = kept.find(id, |row| {
                let organization = row.organization().filter(|of| contacts.shows(*of))?;
                let rules = models::in_force(organization);
                let of = row.get::<pgrx::Uuid>(1)?;
                if *of.as_bytes() != rules.id {
                    return None;
                }
                if row.get::<bool>(2) != Some(true) {
                    return Some(None);
                }
                // Not all of it is known: the rows are.
                let fit = row.get::<f64>(3)?;
                Some(Some(Contact {
                    id,
                    organization,
                    rules,
                    fit,
                    kept: sums(row.get(4), row.get(5)),
                }))
            });
            if let Some(contact) = found {
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
        if let Self::Keys { contacts, kept } = self {
            contacts.close();
            kept.close();
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

fn state(row: &Row) -> Option<(f64, Option<Sums>)> {
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
