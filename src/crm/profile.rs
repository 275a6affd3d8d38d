//! What fit looks at: the attributes of contacts, as a query over the tables that hold them.

use std::cell::RefCell;
use std::collections::HashMap;

use pg_crm_core::scoring::{ATTRIBUTES, Profile};
use pgrx::prelude::*;

use super::models::{COMPANY_CUSTOM, CUSTOM, Rules, TAGS};
use crate::spi::{Plan, Row, kept_text};

/// A table that is joined for what it tells; after those that it needs itself.
const JOINS: &[(&str, &str)] = &[
    (
        "company",
        "LEFT JOIN crm.companies AS company
           ON company.id OPERATOR(pg_catalog.=) c.company_id
          AND company.organization_id OPERATOR(pg_catalog.=) c.organization_id",
    ),
    (
        "industry",
        "LEFT JOIN crm.industries AS industry ON industry.id OPERATOR(pg_catalog.=) company.industry_id",
    ),
    (
        "company_country",
        "LEFT JOIN crm.countries AS company_country ON company_country.id OPERATOR(pg_catalog.=) company.country_id",
    ),
    (
        "country",
        "LEFT JOIN crm.countries AS country ON country.id OPERATOR(pg_catalog.=) c.country_id",
    ),
    (
        "role",
        "LEFT JOIN crm.job_roles AS role ON role.id OPERATOR(pg_catalog.=) c.job_role_id",
    ),
    (
        "stage",
        "LEFT JOIN crm.lifecycle_stages AS stage ON stage.id OPERATOR(pg_catalog.=) c.lifecycle_stage_id",
    ),
];

/// The expression of an attribute of [`ATTRIBUTES`], and the joined tables that it names.
fn expression(attribute: &str) -> (&'static str, &'static [&'static str]) {
    match attribute {
        "email" => ("c.email_norm", &[]),
        "phone" => ("c.phone_e164", &[]),
        "company" => ("coalesce(company.name, c.company_name)", &["company"]),
        "title" => ("c.title", &[]),
        "lifecycle_stage" => ("stage.code", &["stage"]),
        "first_name" => ("c.first_name", &[]),
        "last_name" => ("c.last_name", &[]),
        "source" => ("c.source", &[]),
        "status" => ("c.status", &[]),
        "city" => ("c.city", &[]),
        "state" => ("c.state", &[]),
        "postal_code" => ("c.postal_code", &[]),
        "country" => ("country.code", &["country"]),
        "language" => ("c.language", &[]),
        "time_zone" => ("c.time_zone", &[]),
        "owner" => ("c.owner_id", &[]),
        "do_not_contact" => ("c.do_not_contact", &[]),
        "email_opt_out" => ("(c.email_opt_out_at IS NOT NULL)", &[]),
        "phone_opt_out" => ("(c.phone_opt_out_at IS NOT NULL)", &[]),
        "email_bounced" => ("(c.email_bounced_at IS NOT NULL)", &[]),
        "job_role" => ("role.code", &["role"]),
        "job_role.department" => ("role.department", &["role"]),
        "job_role.seniority" => ("role.seniority", &["role"]),
        "company.domain" => ("company.domain_norm", &["company"]),
        "company.industry" => ("industry.code", &["company", "industry"]),
        "company.country" => ("company_country.code", &["company", "company_country"]),
        "company.city" => ("company.city", &["company"]),
        "company.state" => ("company.state", &["company"]),
        "company.account_type" => ("company.account_type", &["company"]),
        "company.billing_type" => ("company.billing_type", &["company"]),
        "company.annual_revenue" => ("company.annual_revenue", &["company"]),
        "company.number_of_employees" => ("company.number_of_employees", &["company"]),
        _ => ("NULL", &[]),
    }
}

/// By the contacts' ids and nothing else: the organization must not look as good, see
/// [`super::engagement`].
///
/// The query for the attributes of a mask, of contacts ($2) of an organization ($1): contact_id, live,
/// the named attributes in their order, tags, own fields, the company's own fields.
fn query(mask: u64) -> String {
    let mut joins: Vec<&str> = Vec::new();
    let mut columns = Vec::new();
    for (place, (name, _)) in ATTRIBUTES.iter().enumerate() {
        if mask & (1 << place) == 0 {
            continue;
        }
        let (expression, needs) = expression(name);
        columns.push(format!("{expression}::pg_catalog.text"));
        joins.extend(needs);
    }
    if mask & TAGS != 0 {
        columns.push("c.tags".to_owned());
    }
    if mask & CUSTOM != 0 {
        columns.push("c.custom_fields::pg_catalog.jsonb".to_owned());
    }
    if mask & COMPANY_CUSTOM != 0 {
        columns.push("company.custom_fields::pg_catalog.jsonb".to_owned());
        joins.push("company");
    }
    let joins: Vec<&str> = JOINS
        .iter()
        .filter(|(name, _)| joins.contains(name))
        .map(|(_, join)| *join)
        .collect();
    let mut all = vec!["c.id".to_owned(), "c.deleted_at IS NULL".to_owned()];
    all.extend(columns);
    format!(
        "SELECT {} FROM crm.contacts AS c {}
          WHERE (c.organization_id OPERATOR(pg_catalog.=) $1) IS TRUE
            AND c.id OPERATOR(pg_catalog.=) ANY ($2)",
        all.join(", "),
        joins.join(" "),
    )
}

/// A contact's points for fit.
pub struct Fit {
    pub contact: [u8; 16],
    /// It is not deleted.
    pub live: bool,
    pub profile: Profile,
}

/// What the caller sees of these contacts of an organization, as far as the rules look at it.
///
/// `latest`: as of now and with what the calling statement did, for triggers.
pub fn read(
    rules: &Rules,
    organization: [u8; 16],
    contacts: Vec<pgrx::Uuid>,
    latest: bool,
) -> Vec<Fit> {
    thread_local! {
        /// By masks. Made once per backend and kept.
        static PLANS: RefCell<HashMap<u64, &'static Plan>> = RefCell::default();
    }
    let plan = PLANS.with_borrow_mut(|plans| {
        *plans.entry(rules.mask).or_insert_with(|| {
            Box::leak(Box::new(Plan::new(
                kept_text(query(rules.mask)),
                &[
                    pg_sys::BuiltinOid::UUIDOID,
                    pg_sys::BuiltinOid::UUIDARRAYOID,
                ],
            )))
        })
    });
    let arguments = [
        pgrx::Uuid::from_bytes(organization).into_datum(),
        contacts.into_datum(),
    ];
    let read = |rows: crate::spi::Rows| {
        rows.iter()
            .filter_map(|row| fit(rules.mask, &row))
            .collect()
    };
    if latest {
        plan.run(&arguments, read)
    } else {
        plan.read(&arguments, read)
    }
}

fn fit(mask: u64, row: &Row) -> Option<Fit> {
    let mut profile = Profile {
        named: vec![None; ATTRIBUTES.len()],
        ..Profile::default()
    };
    let mut column = 2;
    let mut next = |bit: u64| {
        (mask & bit != 0).then(|| {
            column += 1;
            column
        })
    };
    for (place, value) in profile.named.iter_mut().enumerate() {
        if let Some(column) = next(1 << place) {
            *value = row.get(column);
        }
    }
    if let Some(column) = next(TAGS) {
        let tags = row.get::<Vec<Option<String>>>(column);
        profile.tags = tags.unwrap_or_default().into_iter().flatten().collect();
    }
    let mut object = |bit: u64| {
        let fields = next(bit).and_then(|column| row.get::<pgrx::JsonB>(column));
        match fields {
            Some(pgrx::JsonB(serde_json::Value::Object(fields))) => fields,
            _ => serde_json::Map::new(),
        }
    };
    profile.custom = object(CUSTOM);
    profile.company_custom = object(COMPANY_CUSTOM);
    Some(Fit {
        contact: *row.get::<pgrx::Uuid>(1)?.as_bytes(),
        live: row.get(2).unwrap_or(false),
        profile,
    })
}
