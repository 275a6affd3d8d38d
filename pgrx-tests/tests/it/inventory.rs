//! The list of requirements: what the whole has to do, item by item, each with a check.
//!
//! The items stand in `inventory/s*.txt`, whose form [`parse`] describes. An item holds by its
//! checks against a database; or it waits for a part that is still to be built, and its checks must
//! then fail, so that the list cannot go stale; or the documents alone meet it.

mod checks;
mod parse;
mod run;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use parse::{Item, Status, parse};
use run::Runner;

/// Each section's text and how many items it has.
const SECTIONS: [(&str, &str, usize); 5] = [
    ("S0", include_str!("inventory/s0.txt"), 53),
    ("S1", include_str!("inventory/s1.txt"), 86),
    ("S2", include_str!("inventory/s2.txt"), 119),
    ("S3", include_str!("inventory/s3.txt"), 76),
    ("S4", include_str!("inventory/s4.txt"), 69),
];

/// How many items of a section hold, wait, are documented, and are not what the list says.
#[derive(Clone, Copy, Default)]
struct Count {
    hold: usize,
    wait: usize,
    documented: usize,
    wrong: usize,
}

/// The sections that have been checked, so that the last of them can print the sum.
static CHECKED: Mutex<Vec<Count>> = Mutex::new(Vec::new());

#[track_caller]
fn check_section(index: usize) {
    let (section, text, _) = SECTIONS[index];
    let mut runner = Runner::new();
    let mut count = Count::default();
    let mut wrong = Vec::new();
    for item in parse(section, text) {
        let faults = faults(&mut runner, &item);
        if !faults.is_empty() {
            count.wrong += 1;
            let faults = faults.join("\n    ");
            wrong.push(format!("{} {}\n    {faults}", item.id, item.statement));
            continue;
        }
        match item.status() {
            Status::Holds => count.hold += 1,
            Status::Waits => count.wait += 1,
            Status::Documented => count.documented += 1,
        }
    }
    report(count);
    assert!(
        wrong.is_empty(),
        "{} items are not as the list says:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What is not as the list says of an item.
fn faults(runner: &mut Runner, item: &Item) -> Vec<String> {
    let mut faults = Vec::new();
    for check in &item.holding {
        if let Err(fault) = runner.check(check) {
            faults.push(format!("line {}: {fault}", check.line));
        }
    }
    let mut holds = !item.waiting.is_empty();
    for check in &item.waiting {
        if let Err(fault) = runner.check(check) {
            holds = false;
            // That would wait for ever.
            if fault.contains("syntax error") {
                faults.push(format!("line {}: {fault}", check.line));
            }
        }
    }
    if holds {
        faults.push(format!(
            "line {}: holds already, and needs to wait no longer",
            item.waiting[0].line
        ));
    }
    faults
}

/// Past the capture of what tests print, since this line is for whoever runs them.
fn report(count: Count) {
    let mut checked = CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
    checked.push(count);
    if checked.len() < SECTIONS.len() {
        return;
    }
    let sum = |of: fn(&Count) -> usize| checked.iter().map(of).sum::<usize>();
    let all: usize = SECTIONS.iter().map(|(_, _, items)| items).sum();
    let (hold, wait) = (sum(|count| count.hold), sum(|count| count.wait));
    let (documented, wrong) = (sum(|count| count.documented), sum(|count| count.wrong));
    let mut line = format!("{hold} of {all} hold, {wait} wait, {documented} documented");
    if wrong > 0 {
        line += &format!(", {wrong} not as the list says");
    }
    let _ = writeln!(std::io::stdout(), "\nrequirements: {line}");
}

#[test]
fn companies_chat_sales_and_marketing_are_as_required() {
    check_section(0);
}

#[test]
fn organizations_workflows_and_operation_are_as_required() {
    check_section(1);
}

#[test]
fn creators_commerce_billing_and_documents_are_as_required() {
    check_section(2);
}

#[test]
fn contacts_deals_activities_and_calls_are_as_required() {
    check_section(3);
}

#[test]
fn the_inbox_and_its_upkeep_are_as_required() {
    check_section(4);
}

#[test]
fn every_requirement_is_listed_once() {
    for (section, text, items) in SECTIONS {
        let listed: Vec<String> = parse(section, text)
            .into_iter()
            .map(|item| item.id)
            .collect();
        let expected: Vec<String> = (1..=items)
            .map(|number| format!("{section}-{number}"))
            .collect();
        let known: BTreeSet<_> = listed.iter().collect();
        let missing: Vec<_> = expected.iter().filter(|id| !known.contains(id)).collect();
        assert!(missing.is_empty(), "missing: {missing:?}");
        assert_eq!(listed, expected, "in order, each once");
    }
}

/// A list whose checks cannot fail would say nothing.
#[test]
fn what_does_not_hold_is_found() {
    let mut runner = Runner::new();
    let items = parse("F", include_str!("inventory/false.txt"));
    assert!(items.len() > 30, "there are {} of them", items.len());
    let held: Vec<_> = items
        .iter()
        .filter(|item| faults(&mut runner, item).is_empty())
        .map(|item| format!("{} {}", item.id, item.statement))
        .collect();
    assert!(held.is_empty(), "these hold: {held:#?}");
}
