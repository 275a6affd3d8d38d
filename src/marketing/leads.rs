//! Scores of leads, by the rules of contacts.
//!
//! Leads are few signals each, all of them in `crm.signals`: nothing is kept, every score is reckoned
//! from the rows. What a lead did becomes its contact's when it is converted, and from then on it has
//! the contact's score.

use std::rc::Rc;

use pg_crm_core::scoring::{self, ATTRIBUTES, Line, Profile};
use pgrx::prelude::*;

use crate::crm::contact::Contact;
use crate::crm::models::{self, Rules};
use crate::crm::score;
use crate::spi::{Plan, Row, kept_text};

/// The expression of an attribute of [`ATTRIBUTES`]; leads have fewer than contacts.
fn expression(attribute: &str) -> &'static str {
    match attribute {
        "email" => "l.email_norm",
        "phone" => "l.phone_e164",
        "company" => "l.company_name",
        "title" => "l.title",
        "first_name" => "l.first_name",
        "last_name" => "l.last_name",
        "source" => "l.source",
        "status" => "l.status",
        "language" => "l.language",
        "owner" => "l.owner_id",
        "do_not_contact" => "l.do_not_contact",
        _ => "NULL",
    }
}

thread_local! {
    static LEAD: Plan = Plan::new(
        kept_text(format!(
            "SELECT l.organization_id, l.converted_contact_id, l.custom_fields::pg_catalog.jsonb, {}
               FROM marketing.leads AS l
              WHERE l.id OPERATOR(pg_catalog.=) $1 AND l.deleted_at IS NULL
                AND ($2 IS NULL OR l.organization_id OPERATOR(pg_catalog.=) $2)",
            ATTRIBUTES
                .iter()
                .map(|(name, _)| format!("{}::pg_catalog.text", expression(name)))
                .collect::<Vec<_>>()
                .join(", ")
        )),
        &[pg_sys::BuiltinOid::UUIDOID, pg_sys::BuiltinOid::UUIDOID],
    );

    static SIGNALS: Plan = const { Plan::new(
        c"SELECT s.signal, s.occurred_at, s.weight
            FROM crm.signals AS s
           WHERE s.lead_id OPERATOR(pg_catalog.=) $1
             AND s.occurred_at OPERATOR(pg_catalog.<=) $2
             AND s.organization_id OPERATOR(pg_catalog.=) $3",
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::TIMESTAMPTZOID,
            pg_sys::BuiltinOid::UUIDOID,
        ],
    ) };
}

/// A lead as the caller sees it.
struct Lead {
    id: pgrx::Uuid,
    organization: pgrx::Uuid,
    contact: Option<pgrx::Uuid>,
    rules: Rc<Rules>,
    profile: Profile,
}

impl Lead {
    /// `None` where it is absent, deleted, or invisible to the caller.
    fn read(id: pgrx::Uuid, organization: Option<pgrx::Uuid>) -> Option<Self> {
        LEAD.with(|plan| {
            let arguments = [id.into_datum(), organization.into_datum()];
            plan.read(&arguments, |rows| {
                rows.first().and_then(|row| Self::of(id, &row))
            })
        })
    }

    fn of(id: pgrx::Uuid, row: &Row) -> Option<Self> {
        let organization = row.get::<pgrx::Uuid>(1)?;
        let custom = match row.get::<pgrx::JsonB>(3) {
            Some(pgrx::JsonB(serde_json::Value::Object(fields))) => fields,
            _ => serde_json::Map::new(),
        };
        let named = (4..)
            .zip(ATTRIBUTES)
            .map(|(column, _)| row.get(column))
            .collect();
        Some(Self {
            id,
            organization,
            contact: row.get(2),
            rules: models::in_force(*organization.as_bytes()),
            profile: Profile {
                named,
                custom,
                ..Profile::default()
            },
        })
    }

    /// The lines of its own score.
    fn lines(&self, as_of: TimestampWithTimeZone) -> Vec<Line> {
        let arguments = [
            self.id.into_datum(),
            as_of.into_datum(),
            self.organization.into_datum(),
        ];
        let sums = SIGNALS
            .with(|plan| plan.read(&arguments, |rows| score::summed(&self.rules, as_of, &rows)));
        let mut lines = self.rules.fit(&self.profile);
        lines.extend(self.rules.engagement(&sums));
        lines
    }

    fn score(&self, as_of: TimestampWithTimeZone) -> i32 {
        let contact = self.contact.and_then(Contact::read);
        contact.map_or_else(
            || scoring::score(self.lines(as_of).iter().map(|line| line.points).sum()),
            |contact| score::score_at(&contact, as_of),
        )
    }
}

#[pg_extern(stable, parallel_safe, schema = "marketing")]
fn calculate_lead_score(
    lead_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
    organization_id: default!(Option<pgrx::Uuid>, "NULL"),
) -> Option<i32> {
    Some(Lead::read(lead_id?, organization_id)?.score(as_of?))
}

#[pg_extern(stable, parallel_safe, schema = "marketing")]
#[allow(clippy::type_complexity)] // pgrx reads the columns from this very type
fn explain_lead_score(
    lead_id: Option<pgrx::Uuid>,
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> TableIterator<
    'static,
    (
        name!(component, String),
        name!(signal, String),
        name!(raw, f64),
        name!(points, f64),
    ),
> {
    let lines = lead_id.zip(as_of).and_then(|(id, as_of)| {
        let lead = Lead::read(id, None)?;
        match lead.contact {
            Some(contact) => score::explained(contact, as_of),
            None => Some(lead.lines(as_of)),
        }
    });
    TableIterator::new(
        lines
            .unwrap_or_default()
            .into_iter()
            .map(|l| (l.component.to_owned(), l.signal, l.raw, l.points)),
    )
}
