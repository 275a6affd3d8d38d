//! Variables of templates.

use pg_crm_tests::{Sql, shared};

#[test]
fn variables_are_found_in_their_order() {
    let db = shared().fresh_db();
    let mut app = db.app();
    for (template, variables) in [
        (Some("Hello {{name}}"), "{name}"),
        (Some("{{ b }}, {{a}} and {{b}}"), "{b,a}"),
        (
            Some("{{contact.first_name}} {{_x.1}}"),
            "{contact.first_name,_x.1}",
        ),
        (Some("{{\tname\n}}"), "{name}"),
        (Some("{{{name}}}"), "{name}"),
        (Some("{{a}}{{b}}"), "{a,b}"),
        // Text, since no variable can be called so.
        (
            Some("{{1}} {{}} {{a b}} {{a.}} {{.a}} {{name} {name}} {{naïve}} {{#if}}"),
            "{}",
        ),
        (Some("no variable"), "{}"),
        (Some(""), "{}"),
        (None, "{}"),
    ] {
        let found: String = app.one("SELECT inbox.template_variables($1)::text", &[&template]);
        assert_eq!(found, variables, "{template:?}");
    }
}

#[test]
fn a_template_declares_the_variables_that_it_uses() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        for (subject, content, variables, missing) in [
            ("NULL", "Hello", "{}", ""),
            ("NULL", "Hello {{name}}", "{name}", ""),
            ("'{{topic}}'", "Hello {{name}}", "{name,topic,unused}", ""),
            ("NULL", "{{1}} {{", "{}", ""),
            ("NULL", "Hello {{name}}", "{}", "name"),
            ("NULL", "Hello {{Name}}", "{name}", "Name"),
            (
                "'{{topic}} {{b}}'",
                "{{b}} {{a}} {{c}}",
                "{c}",
                "a, b, topic",
            ),
            // One variable would be read across the two.
            ("'{{'", "name}}", "{}", ""),
        ] {
            let insert = format!(
                "INSERT INTO inbox.templates (name, subject, content, variables)
                 VALUES (crm.uuid_v7(), {subject}, '{content}', '{variables}')"
            );
            if missing.is_empty() {
                tx.exec(&insert);
            } else {
                let error = tx.fails_with(&insert, "23514");
                assert_eq!(
                    error.detail(),
                    Some(&*format!("Not in column \"variables\": {missing}."))
                );
                assert_eq!(
                    (error.table(), error.column()),
                    (Some("templates"), Some("variables"))
                );
            }
        }
    });
}

#[test]
fn a_template_that_is_changed_still_declares_its_variables() {
    let db = shared().fresh_db();
    let acme = db.org("Acme");
    let mut app = db.app();
    app.in_org(&acme, |tx| {
        tx.exec("INSERT INTO inbox.templates (name, content, variables) VALUES ('a', '{{name}}', '{name}')");
        tx.fails_with("UPDATE inbox.templates SET variables = '{}'", "23514");
        tx.fails_with("UPDATE inbox.templates SET content = '{{nam}}'", "23514");
        tx.fails_with("UPDATE inbox.templates SET subject = '{{topic}}'", "23514");
        tx.exec("UPDATE inbox.templates SET subject = '{{topic}}', variables = '{topic,name}'");
        tx.exec("UPDATE inbox.templates SET content = 'Hello', variables = '{topic}', is_active = false");
        assert_eq!(
            tx.fails_with("UPDATE inbox.templates SET variables = NULL", "23502").column(),
            Some("variables")
        );
    });
}
