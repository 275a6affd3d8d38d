//! A contact as the caller sees it: what fit needs, and what is kept of its signals.

use pg_crm_core::scoring::{BUILT_IN, Profile, Sums};
use pgrx::prelude::*;

use super::engagement::seconds;
use crate::keyed::{Reader, Table, Tuple};
use crate::spi::{Plan, Row};

thread_local! {
    static CONTACTS: Table = const {
        Table::new(
            c"crm",
            c"contacts",
            &[
                c"organization_id",
                c"email_norm",
                c"phone_e164",
                c"company_id",
                c"company_name",
                c"title",
                c"lifecycle_stage_id",
                c"deleted_at",
            ],
        )
    };
    static STAGES: Table =
        const { Table::new(c"crm", c"lifecycle_stages", &[c"organization_id", c"code"]) };
    static KEPT: Table =
        const { Table::new(c"crm", c"contact_engagement", &[c"organization_id", c"sums", c"as_of"]) };

    static PLAN: Plan = const { Plan::new(CONTACT, &[pg_sys::BuiltinOid::UUIDOID]) };
}

/// Whether the contact is live is asked of the row and not in WHERE: the condition would make the
/// partial indexes of live rows look as good as the key where a table has no statistics yet.
const CONTACT: &std::ffi::CStr = c"
SELECT c.email_norm IS NOT NULL,
       c.phone_e164 IS NOT NULL,
       c.company_id IS NOT NULL OR c.company_name IS NOT NULL,
       c.title IS NOT NULL,
       stage.code::pg_catalog.text,
       kept.sums,
       kept.as_of,
       c.deleted_at IS NULL
  FROM crm.contacts AS c
  LEFT JOIN crm.lifecycle_stages AS stage
    ON stage.id OPERATOR(pg_catalog.=) c.lifecycle_stage_id
  LEFT JOIN crm.contact_engagement AS kept
    ON kept.contact_id OPERATOR(pg_catalog.=) c.id
   AND kept.organization_id OPERATOR(pg_catalog.=) c.organization_id
 WHERE c.id OPERATOR(pg_catalog.=) $1";

/// A contact as the caller sees it.
pub struct Contact {
    pub profile: Profile,
    /// `None` where it has never done anything.
    pub kept: Option<Sums>,
}

impl Contact {
    /// `None` where the contact is absent, deleted, or invisible to the caller.
    pub fn read(id: pgrx::Uuid) -> Option<Self> {
        Source::open().read(id)
    }

    /// Whether the kept state answers for this time: no signal came later.
    pub fn answers_for(&self, as_of: TimestampWithTimeZone) -> bool {
        self.kept
            .as_ref()
            .is_none_or(|kept| kept.as_of <= seconds(as_of))
    }

    /// The sum of the decayed weights before any cap, by the kept state.
    pub fn engagement(&self, as_of: TimestampWithTimeZone) -> f64 {
        self.kept
            .as_ref()
            .map_or(0.0, |kept| kept.engagement(&BUILT_IN, seconds(as_of)))
    }

    /// The points of all groups, caps applied, by the kept state.
    pub fn kept_points(&self, as_of: TimestampWithTimeZone) -> f64 {
        self.kept
            .as_ref()
            .map_or(0.0, |kept| kept.points(&BUILT_IN, seconds(as_of)))
    }
}

/// From where contacts are read, as long as one call of a function lasts.
pub enum Source {
    /// By the tables' keys: contacts, stages, what is kept.
    Keys(Box<[Reader; 3]>),
    Executor,
}

impl Source {
    pub fn open() -> Self {
        let mut open = Vec::with_capacity(3);
        for table in [&CONTACTS, &STAGES, &KEPT] {
            open.extend(table.with(Table::reader));
        }
        match <[Reader; 3]>::try_from(open) {
            Ok(readers) => Self::Keys(Box::new(readers)),
            Err(some) => {
                some.into_iter().for_each(Reader::close);
                Self::Executor
            }
        }
    }

    /// The contact, where it is there, live and visible.
    pub fn get(&self, id: pgrx::Uuid) -> Option<Contact> {
        match self {
            Self::Keys(readers) => by_keys(readers, id),
            Self::Executor => PLAN.with(|plan| {
                plan.read(&[id.into_datum()], |rows| {
                    rows.iter().find_map(|row| from_executor(&row))
                })
            }),
        }
    }

    fn read(self, id: pgrx::Uuid) -> Option<Contact> {
        let contact = self.get(id);
        self.close();
        contact
    }

    pub fn close(self) {
        if let Self::Keys(readers) = self {
            readers.into_iter().for_each(Reader::close);
        }
    }
}

fn by_keys([contacts, stages, kept]: &[Reader; 3], id: pgrx::Uuid) -> Option<Contact> {
    let (organization, mut profile, stage) = contacts.find(id, |row| {
        if row.has(7) {
            return None;
        }
        let profile = Profile {
            has_email: row.has(1),
            has_phone: row.has(2),
            has_company: row.has(3) || row.has(4),
            has_title: row.has(5),
            lifecycle_stage: None,
        };
        Some((row.organization(), profile, row.get::<pgrx::Uuid>(6)))
    })?;
    profile.lifecycle_stage = stage.and_then(|stage| stages.find(stage, |row| row.get(1)));
    let kept = kept.find(id, |row: &Tuple<'_>| {
        (row.organization() == organization)
            .then(|| sums(row.get(1), row.get(2)))
            .flatten()
    });
    Some(Contact { profile, kept })
}

fn from_executor(row: &Row) -> Option<Contact> {
    if row.get(8) != Some(true) {
        return None;
    }
    let flag = |ordinal| row.get(ordinal).unwrap_or(false);
    Some(Contact {
        profile: Profile {
            has_email: flag(1),
            has_phone: flag(2),
            has_company: flag(3),
            has_title: flag(4),
            lifecycle_stage: row.get(5),
        },
        kept: sums(row.get(6), row.get(7)),
    })
}

/// What is kept, from its columns.
pub fn sums(values: Option<Vec<f64>>, as_of: Option<TimestampWithTimeZone>) -> Option<Sums> {
    Some(Sums {
        values: values?,
        as_of: seconds(as_of?),
    })
}
