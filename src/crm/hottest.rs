//! The hottest contacts, by the index of ranks: see [`pg_crm_core::scoring::rank`] for why the order is
//! exact.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::rc::Rc;

use pg_crm_core::scoring::rank;
use pgrx::prelude::*;

use super::contact::{Contact, Ranked, Source};
use super::engagement::{clock, seconds};
use super::models::{self, Rules};
use super::score::{engagement_at, score_at};
use crate::error;
use crate::spi::{self, Plan};

/// Every state of the organization under its model, the highest rank first. It is read only as far as
/// it has to be.
const BY_RANK: &std::ffi::CStr = c"
SELECT kept.contact_id,
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

/// The hottest so far.
struct Hottest {
    best: BinaryHeap<Candidate>,
    n: usize,
    as_of: TimestampWithTimeZone,
    /// What a rank allows more at this time: see [`rank::slack`].
    slack: f64,
}

impl Hottest {
    /// Whether somebody with this rank, or any lower one, may be among them.
    fn is_possible(&self, rules: &Rules, rank: f64) -> bool {
        let bound = rank::bound(rules.half_lives(), rank, self.slack, seconds(self.as_of));
        self.is_among(bound)
    }

    fn is_among(&self, engagement: f64) -> bool {
        self.best.len() < self.n
            || self
                .best
                .peek()
                .is_some_and(|worst| engagement >= worst.engagement)
    }

    fn take(&mut self, contact: Contact, engagement: f64) {
        if self.is_among(engagement) {
            self.best.push(Candidate {
                engagement,
                contact,
            });
            if self.best.len() > self.n {
                self.best.pop();
            }
        }
    }
}

/// The `n` contacts of an organization with the most engagement at a time, the hottest first.
fn hottest(
    organization: pgrx::Uuid,
    rules: &Rc<Rules>,
    n: usize,
    as_of: TimestampWithTimeZone,
) -> Vec<Candidate> {
    let mut hottest = Hottest {
        best: BinaryHeap::new(),
        n,
        as_of,
        slack: rank::slack(rules.half_lives(), seconds(as_of), clock()),
    };
    if n > 0 {
        let source = Source::open();
        let of = *organization.as_bytes();
        let mut look = |ranked: Ranked| {
            if !hottest.is_possible(rules, ranked.rank) {
                return ControlFlow::Break(());
            }
            let engagement = ranked.engagement(rules, seconds(as_of));
            if engagement.is_some_and(|engagement| !hottest.is_among(engagement)) {
                return ControlFlow::Continue(());
            }
            // Of what is not complete the rows tell, if the contact is there to be seen.
            let contact = ranked.contact(of, rules).or_else(|| source.get(ranked.id));
            if let Some(contact) = contact {
                let engagement = engagement.unwrap_or_else(|| engagement_at(&contact, as_of));
                hottest.take(contact, engagement);
            }
            ControlFlow::Continue(())
        };
        let done = match &source {
            Source::Keys(keys) => keys.descend(of, rules, &mut look),
            Source::Executor => None,
        };
        if done.is_none() {
            by_executor(organization, rules, &mut look);
        }
        source.close();
    }
    hottest.best.into_sorted_vec()
}

fn by_executor(
    organization: pgrx::Uuid,
    rules: &Rules,
    look: &mut impl FnMut(Ranked) -> ControlFlow<()>,
) {
    thread_local! {
        static PLAN: Plan = const { Plan::new(
            BY_RANK,
            &[pg_sys::BuiltinOid::UUIDOID, pg_sys::BuiltinOid::UUIDOID],
        ) };
    }
    let arguments = [organization.into_datum(), rules.uuid().into_datum()];
    let read = |row: spi::Row| match (row.get::<pgrx::Uuid>(1), row.get(2)) {
        (Some(id), Some(rank)) => look(Ranked {
            id,
            rank,
            row: None,
        }),
        _ => ControlFlow::Continue(()),
    };
    PLAN.with(|plan| spi::by_keys(|| plan.read_while(&arguments, BATCH, read)));
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
