//! The hottest contacts, by the index of ranks: see [`pg_crm_core::scoring::rank`] for why the order is
//! exact.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use pg_crm_core::scoring::rank;
use pgrx::prelude::*;

use super::contact::{self, Contact, Source};
use super::engagement::{clock, seconds};
use super::models::{self, Rules};
use super::score::{engagement_at, score_at};
use crate::error;
use crate::spi::{self, Plan};

/// Every state of the organization under its model, the highest rank first. It is read only as far as
/// it has to be.
const BY_RANK: &std::ffi::CStr = c"
SELECT kept.contact_id,
       kept.sums,
       kept.as_of,
       kept.rank
  FROM crm.contact_engagement AS kept
 WHERE kept.organization_id OPERATOR(pg_catalog.=) $1
   AND kept.model_id OPERATOR(pg_catalog.=) $2
   AND kept.live
   AND kept.sums OPERATOR(pg_catalog.<>) '{}'
 ORDER BY kept.rank DESC";

/// Rows fetched at a time.
const BATCH: i64 = 64;

/// A contact that may be among the hottest. The greatest is the one to go first.
struct Candidate {
    engagement: f64,
    contact: Contact,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .engagement
            .total_cmp(&self.engagement)
            .then_with(|| self.contact.id.as_bytes().cmp(other.contact.id.as_bytes()))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// The `n` contacts of an organization with the most engagement at a time, the hottest first.
fn hottest(
    organization: pgrx::Uuid,
    rules: &Rules,
    n: usize,
    as_of: TimestampWithTimeZone,
) -> Vec<Candidate> {
    thread_local! {
        static PLAN: Plan = const { Plan::new(
            BY_RANK,
            &[pg_sys::BuiltinOid::UUIDOID, pg_sys::BuiltinOid::UUIDOID],
        ) };
    }
    let half_lives = rules.half_lives();
    let at = seconds(as_of);
    let slack = rank::slack(half_lives, at, clock());
    let source = Source::open();
    let mut best = BinaryHeap::new();
    let read = |row: spi::Row| {
        let (Some(id), Some(kept), Some(bound)) = (
            row.get::<pgrx::Uuid>(1),
            contact::sums(row.get(2), row.get(3)),
            row.get(4),
        ) else {
            return ControlFlow::Continue(());
        };
        let full = best.len() >= n;
        let worst = best.peek().map(|worst: &Candidate| worst.engagement);
        if full && worst.is_none_or(|worst| worst > rank::bound(half_lives, bound, slack, at)) {
            return ControlFlow::Break(());
        }
        // Whose state does not answer is asked by its signals, and only if it is there to be seen. A
        // state that is not complete has no bound.
        let known = (bound < f64::INFINITY && kept.as_of <= at).then(|| kept.engagement(rules, at));
        if full && known.is_some_and(|known| worst.is_some_and(|worst| known < worst)) {
            return ControlFlow::Continue(());
        }
        if let Some(contact) = source.get(id) {
            let engagement = known.unwrap_or_else(|| engagement_at(&contact, as_of));
            best.push(Candidate {
                engagement,
                contact,
            });
            if best.len() > n {
                best.pop();
            }
        }
        ControlFlow::Continue(())
    };
    if n > 0 {
        let arguments = [organization.into_datum(), rules.uuid().into_datum()];
        PLAN.with(|plan| spi::by_keys(|| plan.read_while(&arguments, BATCH, read)));
    }
    source.close();
    best.into_sorted_vec()
}

#[pg_extern(stable, parallel_safe)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from this very type
fn hottest_contacts(
    n: default!(Option<i32>, "100"),
    as_of: default!(Option<TimestampWithTimeZone>, "pg_catalog.now()"),
) -> TableIterator<
    'static,
    (
        name!(contact_id, pgrx::Uuid),
        name!(engagement, f64),
        name!(score, i32),
    ),
> {
    let n = n
        .map_or(Ok(usize::MAX), usize::try_from)
        .unwrap_or_else(|_| {
            error::raise(error::report(
                PgSqlErrorCode::ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
                "the number of contacts must not be negative",
            ))
        });
    let organization = crate::tenancy::context::current_org_id();
    let lines = as_of.zip(organization).map(|(as_of, organization)| {
        let rules = models::in_force(*organization.as_bytes());
        hottest(organization, &rules, n, as_of)
            .into_iter()
            .map(|hot| {
                let score = score_at(&hot.contact, as_of);
                (hot.contact.id, hot.engagement, score)
            })
            .collect::<Vec<_>>()
    });
    TableIterator::new(lines.unwrap_or_default())
}
