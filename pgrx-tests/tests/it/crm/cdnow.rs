//! Ranking real customers: CDNOW's purchases until 1997-09-30, and who bought again after.

use std::fs;
use std::io::Write;

use pg_crm_tests::{Sql, shared};

const AS_OF: &str = "1997-09-30 00:00:00+00";

#[test]
fn hot_contacts_are_those_who_buy_again() {
    let path = std::env::var_os("PG_CRM_CDNOW")
        .expect("PG_CRM_CDNOW is not set: it names CDNOW_master.txt, with a line of headings");
    let purchases = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()));
    let mut rows = String::new();
    for line in purchases.lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(fields.len(), 4, "{line:?} is no purchase");
        rows += &format!("{}\t{}\t{}\n", fields[0], fields[1], fields[3]);
    }
    assert_eq!(
        rows.lines().count(),
        69_659,
        "purchases in {}",
        path.display()
    );

    let db = shared().fresh_db();
    let cdnow = db.org("CDNOW");
    let mut app = db.app();
    app.exec("CREATE TEMPORARY TABLE purchase (customer text, day date, amount numeric)");
    let mut copy = app
        .copy_in("COPY purchase FROM STDIN")
        .expect("COPY begins");
    copy.write_all(rows.as_bytes()).expect("rows are sent");
    copy.finish().expect("COPY ends");

    app.in_org(&cdnow, |tx| {
        tx.exec("INSERT INTO crm.contacts (external_id) SELECT DISTINCT customer FROM purchase");
        tx.exec_with(
            "INSERT INTO commerce.orders (contact_id, status, total_amount, placed_at)
             SELECT c.id, 'completed', p.amount, p.day::timestamp AT TIME ZONE 'UTC'
               FROM purchase AS p
               JOIN crm.contacts AS c ON c.external_id = p.customer
              WHERE p.day::timestamp AT TIME ZONE 'UTC' <= $1::text::timestamptz",
            &[&AS_OF],
        );
    });
    // As autovacuum does after a load.
    db.superuser().exec("ANALYZE");

    // How much each one bought later, the hottest first.
    let later: Vec<i64> = app.in_org(&cdnow, |tx| {
        tx.column(
            "SELECT coalesce(later.purchases, 0)
               FROM crm.hottest_contacts(1000000, $1::text::timestamptz) AS h
               JOIN crm.contacts AS c ON c.id = h.contact_id
               LEFT JOIN (SELECT customer, count(*) AS purchases
                            FROM purchase
                           WHERE day > '1997-09-30'
                           GROUP BY customer) AS later ON later.customer = c.external_id
              ORDER BY h.engagement DESC, c.external_id",
            &[&AS_OF],
        )
    });
    assert_eq!(later.len(), 23_570, "ranked customers");

    let auc = auc(&later);
    assert!((auc - 0.7681).abs() <= 0.002, "AUC {auc}");
    let all: i64 = later.iter().sum();
    let top: i64 = later[..later.len() / 10].iter().sum();
    let share = top as f64 / all as f64;
    assert!(
        (share - 0.467).abs() <= 0.002,
        "the top tenth's share {share}"
    );
}

/// How often a customer who bought again is ranked before one who did not.
fn auc(later: &[i64]) -> f64 {
    let (mut buyers, mut pairs) = (0_u64, 0_u64);
    for &purchases in later {
        if purchases > 0 {
            buyers += 1;
        } else {
            pairs += buyers;
        }
    }
    pairs as f64 / (buyers * (later.len() as u64 - buyers)) as f64
}
