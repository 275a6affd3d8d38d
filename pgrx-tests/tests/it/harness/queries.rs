//! Values and errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_crm_tests::{Sql, Uuid, Value, json};

use super::stand_in;

#[test]
fn values_come_as_they_are_asked_for() {
    let db = stand_in().empty_db();
    let mut client = db.superuser();
    assert_eq!(client.one::<i32>("SELECT $1 + 1", &[&41]), 42);
    assert_eq!(client.one::<Option<i32>>("SELECT NULL::integer", &[]), None);
    assert_eq!(
        client.one::<Uuid>("SELECT $1::uuid", &[&Uuid::nil()]),
        Uuid::nil()
    );
    assert_eq!(
        client.one::<Value>(r#"SELECT '{"a": 1}'::jsonb"#, &[]),
        json!({"a": 1})
    );
    assert_eq!(client.opt::<i32>("SELECT 1 WHERE false", &[]), None);
    assert_eq!(client.opt::<i32>("SELECT 1", &[]), Some(1));
    assert_eq!(
        client.column::<i32>("SELECT generate_series(1, 3)", &[]),
        [1, 2, 3]
    );
    let texts = client.rows_text("SELECT 1.50, NULL, '1 day'::interval, true");
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(texts, [[text("1.50"), None, text("1 day"), text("t")]]);
    assert_eq!(client.lines("SELECT 1, NULL, ''; SELECT 2"), ["1||", "2"]);
}

#[test]
fn errors_are_asserted_and_do_not_spoil_a_transaction() {
    let db = stand_in().fresh_db();
    let mut client = db.superuser();
    let error = client.fails_with(
        "INSERT INTO tenancy.notes VALUES (gen_random_uuid(), '')",
        "23514",
    );
    assert_eq!(error.constraint(), Some("notes_body_check"));
    assert!(
        error
            .detail()
            .is_some_and(|detail| detail.starts_with("Failing row contains"))
    );

    let mut tx = client.transaction().expect("a transaction begins");
    tx.fails_with("SELECT 'x'::uuid", "22P02");
    tx.fails_with_params("SELECT $1::text::uuid", &[&"x"], "22P02");
    assert_eq!(tx.one::<i32>("SELECT 1", &[]), 1);
    drop(tx);

    let wrong = catch_unwind(AssertUnwindSafe(|| {
        client.fails_with("SELECT 1/0", "22023")
    }));
    let message = *wrong
        .err()
        .and_then(|panic| panic.downcast::<String>().ok())
        .expect("it panics");
    assert!(
        message.contains("22012: division by zero\nand should have failed with 22023"),
        "{message}"
    );
    let right = catch_unwind(AssertUnwindSafe(|| client.fails_with("SELECT 1", "22023")));
    assert!(right.is_err());
}
