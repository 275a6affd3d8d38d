//! Schema `commerce`: orders, products and galleries.

use pg_crm_tests::{Sql, shared};

use crate::billing::states::States;

const ORDERS: States = States {
    table: "commerce.orders",
    needs: ("total_amount", "10"),
    times: &[
        "placed_at",
        "paid_at",
        "shipped_at",
        "delivered_at",
        "cancelled_at",
    ],
    born: &[
        ("pending", "placed_at"),
        ("pending; placed_at = NULL", "placed_at"),
        ("paid; placed_at = NULL", "placed_at"),
        ("draft", ""),
        ("draft; placed_at = NULL", ""),
        ("cancelled", "cancelled_at"),
        ("cancelled; placed_at = NULL", "cancelled_at"),
        ("refunded", "placed_at"),
    ],
    walk: &[
        ("draft", ""),
        ("pending", "placed_at"),
        ("paid", "placed_at paid_at"),
        ("shipped", "placed_at paid_at shipped_at"),
        ("delivered", "placed_at paid_at shipped_at delivered_at"),
        (
            "cancelled",
            "placed_at paid_at shipped_at delivered_at cancelled_at",
        ),
        (
            "refunded",
            "placed_at paid_at shipped_at delivered_at cancelled_at",
        ),
        ("completed", "placed_at paid_at shipped_at delivered_at"),
        ("draft", "placed_at"),
    ],
};

const PRODUCTS: States = States {
    table: "commerce.products",
    needs: ("name, price", "'Shoe', 10"),
    times: &["published_at", "archived_at"],
    born: &[
        ("draft", ""),
        ("active", "published_at"),
        ("archived", "archived_at"),
    ],
    walk: &[
        ("draft", ""),
        ("active", "published_at"),
        ("archived", "published_at archived_at"),
        ("active", "published_at"),
        ("draft", ""),
    ],
};

const GALLERIES: States = States {
    table: "commerce.shoppable_galleries",
    needs: ("name", "'Summer'"),
    times: PRODUCTS.times,
    born: &[
        ("draft", ""),
        ("published", "published_at"),
        ("archived", "archived_at"),
    ],
    walk: &[
        ("draft", ""),
        ("published", "published_at"),
        ("archived", "published_at archived_at"),
        ("draft", ""),
    ],
};

#[test]
fn who_sets_the_state_of_an_order_or_product_gets_its_time() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        ORDERS.check(tx);
        PRODUCTS.check(tx);
        GALLERIES.check(tx);
    });
}

#[test]
fn states_and_times_that_contradict_each_other_are_refused() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        ORDERS.refuses(
            tx,
            &[
                ("pending", "placed_at = NULL", "orders_placed_at_check"),
                (
                    "draft",
                    "status = 'draft', paid_at = now()",
                    "orders_draft_check",
                ),
                (
                    "pending",
                    "cancelled_at = now()",
                    "orders_cancelled_at_check",
                ),
            ],
        );
        ORDERS.refuses_new(
            tx,
            &[("status, paid_at", "'draft', now()", "orders_draft_check")],
        );
        PRODUCTS.refuses(
            tx,
            &[
                (
                    "active",
                    "archived_at = now()",
                    "products_archived_at_check",
                ),
                (
                    "draft",
                    "status = 'draft', published_at = now()",
                    "products_published_at_check",
                ),
            ],
        );
        GALLERIES.refuses_new(
            tx,
            &[(
                "status, archived_at",
                "'draft', now()",
                "shoppable_galleries_archived_at_check",
            )],
        );
    });
}

/// Of an order that was brought along, nobody says that it was paid just now.
#[test]
fn a_time_that_is_not_known_stays_unknown() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO commerce.orders (status, placed_at) VALUES ('paid', '2015-01-01')");
        tx.exec("UPDATE commerce.orders SET status = 'paid', note = 'x'");
        assert_eq!(
            tx.lines("SELECT placed_at::date, paid_at, version FROM commerce.orders"),
            ["2015-01-01||2"]
        );
    });
}

/// What is entered without a state has been placed; a draft not yet.
#[test]
fn an_order_counts_from_when_it_is_no_draft() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let placed = "SELECT s.signal, s.occurred_at = now() FROM commerce.orders AS o, crm.order_signals(o.status, o.placed_at) AS s";
    db.app().in_org(&acme, |tx| {
        tx.exec("INSERT INTO crm.contacts (first_name) VALUES ('Ann')");
        tx.exec("INSERT INTO commerce.orders (contact_id, total_amount) SELECT id, 10 FROM crm.contacts");
        assert_eq!(tx.lines(placed), ["order_placed|t"]);
        tx.exec("DELETE FROM commerce.orders");
        tx.exec("INSERT INTO commerce.orders (contact_id, status) SELECT id, 'draft' FROM crm.contacts");
        assert_eq!(tx.lines(placed), [] as [&str; 0]);
        tx.exec("UPDATE commerce.orders SET status = 'pending'");
        assert_eq!(tx.lines(placed), ["order_placed|t"]);
        // A cart that was given up was never placed.
        tx.exec("DELETE FROM commerce.orders");
        tx.exec("INSERT INTO commerce.orders (contact_id, status) SELECT id, 'draft' FROM crm.contacts");
        tx.exec("UPDATE commerce.orders SET status = 'cancelled'");
        assert_eq!(tx.lines("SELECT placed_at FROM commerce.orders"), [""]);
    });
}

/// Shops reckon in ways of their own; the items are there to be read.
#[test]
fn the_amounts_of_an_order_are_the_applications() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        tx.exec(
            "WITH o AS (INSERT INTO commerce.orders (total_amount) VALUES (10) RETURNING id)
             INSERT INTO commerce.order_items (order_id, name, unit_price) SELECT id, 'Shoe', 7 FROM o",
        );
        assert_eq!(
            tx.lines("SELECT subtotal_amount, total_amount, version FROM commerce.orders"),
            ["|10.00|1"]
        );
    });
}
