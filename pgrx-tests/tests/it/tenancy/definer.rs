//! Functions that see past the policies: SECURITY DEFINER, and a tenant's role may call them.
//!
//! There is one pattern for them. Wherever such a function names a table with policies, it says in the
//! same statement whose rows it means, `t.organization_id = (SELECT tenancy.current_org_id())` (the
//! getter bare, or a variable that holds its value, will do as well), or joins by organization_id to
//! rows of which that is said. Or it begins by asking `tenancy.require_operator()`.

use std::collections::{BTreeMap, BTreeSet};

use pg_crm_tests::{Db, Sql, shared};

/// What may stand on the other side of an equation.
const GETTERS: &[&str] = &["tenancy.current_org_id", "tenancy.current_user_id"];

/// Functions that are something else on purpose.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "crm.measure_demo_tables()",
        "ANALYZE of five tables that it names itself; its caller learns nothing",
    ),
    (
        "tenancy.accept_invitation(text,uuid)",
        "whose invitation it is says the digest of a secret, and the user is the one who was invited",
    ),
    (
        "tenancy.create_organization(text,text,uuid)",
        "makes an organization that is nobody's yet; its owner is the current user, where there is one",
    ),
];

/// Functions in C, which no test can read.
const NATIVE: &[(&str, &str)] = &[
    (
        "tenancy.authenticate(text)",
        "sets what a signature proves, and returns no more than that",
    ),
    (
        "tenancy.set_context(uuid,uuid)",
        "asks whether the organization and the user may be entered, and tells nothing else",
    ),
];

/// Names, words and marks of a function's body; strings are `'`, comments nothing.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '\'' {
            tokens.push("'".to_owned());
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else if first.is_alphanumeric() || first == '_' || first == '$' {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || "_.$".contains(c)))
                .unwrap_or(rest.len());
            tokens.push(rest[..end].to_lowercase());
            end
        } else {
            tokens.push(first.to_string());
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// A table with policies that the body names, under which alias, and where.
struct Mention {
    table: String,
    alias: String,
    at: usize,
    inserts: bool,
}

struct Body<'a> {
    tokens: Vec<String>,
    /// The tables with policies: whether they have a column organization_id.
    tables: &'a BTreeMap<String, bool>,
}

impl Body<'_> {
    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", String::as_str)
    }

    fn mentions(&self) -> Vec<Mention> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            if !self.tables.contains_key(token) {
                continue;
            }
            let mut next = at + 1;
            if self.token(next) == "as" {
                next += 1;
            }
            let inserts = self.token(at.wrapping_sub(1)) == "into"
                && self.token(at.wrapping_sub(2)) == "insert";
            found.push(Mention {
                table: token.clone(),
                alias: self.token(next).to_owned(),
                at,
                inserts,
            });
        }
        found
    }

    /// Whether the tokens from `at` on are an expression of known value.
    fn is_known(&self, at: usize, known: &BTreeSet<String>) -> bool {
        let at = match (self.token(at), self.token(at + 1)) {
            ("(", "select") => at + 2,
            _ => at,
        };
        GETTERS.contains(&self.token(at)) || known.contains(self.token(at))
    }

    /// Adds what follows from what is known: variables, and columns of rows that are bound.
    fn learn(&self, known: &mut BTreeSet<String>) {
        for at in 0..self.tokens.len() {
            let (name, next) = (self.token(at), self.token(at + 1));
            let equals = next == "=" || (next == ":" && self.token(at + 2) == "=");
            let value = if next == ":" { at + 3 } else { at + 2 };
            if equals && self.is_known(value, known) {
                known.insert(name.to_owned());
            }
            // x = y says as much of y.
            if next == "=" && known.contains(name) && self.token(at + 2).contains('.') {
                known.insert(self.token(at + 2).to_owned());
            }
            // name CONSTANT uuid := ...
            if next == "constant" && self.token(at + 3) == ":" && self.is_known(at + 5, known) {
                known.insert(name.to_owned());
            }
            // SELECT o.id INTO name
            if next == "into" && known.contains(name) {
                known.insert(self.token(at + 2).to_owned());
            }
        }
    }

    /// The tables of which the body does not say whose rows it means.
    fn unbound(&self) -> Vec<String> {
        let mut known = BTreeSet::new();
        loop {
            let before = known.len();
            self.learn(&mut known);
            if known.len() == before {
                break;
            }
        }
        let guard = self
            .tokens
            .iter()
            .position(|t| t == "tenancy.require_operator");
        let is_bound = |mention: &Mention| {
            if guard.is_some_and(|guard| guard < mention.at) {
                return true;
            }
            if mention.inserts {
                let end = self.tokens[mention.at..]
                    .iter()
                    .position(|token| token == ";")
                    .map_or(self.tokens.len(), |length| mention.at + length);
                return (mention.at..end).any(|at| self.is_known(at, &known));
            }
            let columns: &[&str] = if self.tables[&mention.table] {
                &["organization_id"]
            } else {
                &["id", "user_id"]
            };
            columns
                .iter()
                .any(|column| known.contains(&format!("{}.{column}", mention.alias)))
        };
        let mut unbound: Vec<_> = self
            .mentions()
            .iter()
            .filter(|mention| !is_bound(mention))
            .map(|mention| mention.table.clone())
            .collect();
        if guard.is_none() && self.tokens.iter().any(|token| token == "execute") {
            unbound.push("EXECUTE".to_owned());
        }
        unbound
    }
}

#[track_caller]
fn tables(db: &Db) -> BTreeMap<String, bool> {
    let rows = db.superuser().rows_text(
        "SELECT c.oid::regclass::text,
            EXISTS (SELECT FROM pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped)
         FROM pg_class AS c WHERE c.relrowsecurity",
    );
    rows.into_iter()
        .map(|row| {
            let mut values = row.into_iter().flatten();
            let table = values.next().expect("a name");
            (table, values.next().as_deref() == Some("t"))
        })
        .collect()
}

#[test]
fn every_function_that_sees_past_the_policies_says_whose_rows_it_means() {
    let db = shared().fresh_db();
    let tables = tables(&db);
    assert!(tables.len() > 100, "{tables:?}");
    let functions = db.superuser().rows_text(
        "SELECT p.oid::regprocedure::text, l.lanname, p.prosrc
         FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
         WHERE p.prosecdef AND p.pronamespace::regnamespace::text !~ '^(pg_|information_schema$)'
            AND (has_function_privilege('crm_app', p.oid, 'EXECUTE')
                OR has_function_privilege('crm_readonly', p.oid, 'EXECUTE'))
         ORDER BY 1",
    );
    let mut native = Vec::new();
    let mut unbound = Vec::new();
    let mut read = 0;
    for function in functions {
        let [Some(name), Some(language), Some(source)] = function.as_slice() else {
            panic!("{function:?}");
        };
        if language == "c" {
            native.push(name.clone());
            continue;
        }
        read += 1;
        let found = Body {
            tokens: tokens(source),
            tables: &tables,
        }
        .unbound();
        if !found.is_empty() && !EXCEPTIONS.iter().any(|(exception, _)| exception == name) {
            unbound.push(format!("{name}: {found:?}"));
        }
    }
    let known: Vec<_> = NATIVE.iter().map(|(name, _)| *name).collect();
    assert_eq!(native, known, "functions in C");
    assert!(unbound.is_empty(), "{unbound:#?}");
    assert!(read >= 4, "the catalog query finds {read} functions");
}

/// What the test above would say of bodies, good and bad.
#[test]
fn a_forgotten_filter_is_found() {
    let tables = tables(&shared().fresh_db());
    let unbound = |source: &str| {
        Body {
            tokens: tokens(source),
            tables: &tables,
        }
        .unbound()
    };
    for good in [
        "SELECT c.id FROM crm.contacts AS c WHERE c.organization_id = (SELECT tenancy.current_org_id()) AND c.search_vector @@ $1",
        "SELECT c.id FROM crm.contacts c WHERE c.organization_id = tenancy.current_org_id()",
        "SELECT 1 FROM crm.contacts AS c JOIN crm.deals AS d ON d.contact_id = c.id AND d.organization_id = c.organization_id
          WHERE c.organization_id = (SELECT tenancy.current_org_id())",
        "SELECT 1 FROM crm.contacts AS c JOIN crm.deals AS d ON c.organization_id = d.organization_id
          WHERE c.organization_id = (SELECT tenancy.current_org_id())",
        "DECLARE o CONSTANT uuid := tenancy.current_org_id(); BEGIN UPDATE crm.contacts AS c SET title = '' WHERE c.organization_id = o; END",
        "BEGIN INSERT INTO crm.tags (organization_id, name) VALUES (tenancy.current_org_id(), $1); END",
        "BEGIN PERFORM tenancy.require_operator($1); DELETE FROM crm.tags AS t WHERE t.organization_id = $1; EXECUTE x; END",
        "SELECT u.name FROM tenancy.users AS u WHERE u.id = tenancy.current_user_id()",
        "-- FROM crm.contacts\n SELECT 'crm.contacts'",
    ] {
        assert_eq!(unbound(good), [] as [&str; 0], "{good}");
    }
    for (bad, found) in [
        (
            "SELECT c.id FROM crm.contacts AS c WHERE c.search_vector @@ $1",
            "crm.contacts",
        ),
        (
            "SELECT c.id FROM crm.contacts AS c WHERE c.organization_id = $1",
            "crm.contacts",
        ),
        (
            "SELECT 1 FROM crm.contacts AS c JOIN crm.deals AS d ON d.contact_id = c.id WHERE c.organization_id = tenancy.current_org_id()",
            "crm.deals",
        ),
        (
            "SELECT 1 FROM crm.contacts AS c WHERE c.organization_id = tenancy.current_org_id() UNION ALL SELECT 1 FROM crm.tags AS t",
            "crm.tags",
        ),
        ("DELETE FROM crm.tags AS t WHERE t.id = $1", "crm.tags"),
        (
            "INSERT INTO crm.tags (organization_id, name) VALUES ($1, $2)",
            "crm.tags",
        ),
        ("EXECUTE format('SELECT 1 FROM %I', $1) INTO x", "EXECUTE"),
        (
            "DELETE FROM crm.tags AS t WHERE t.id = $1; PERFORM tenancy.require_operator($1)",
            "crm.tags",
        ),
        ("SELECT u.name FROM tenancy.users AS u", "tenancy.users"),
    ] {
        assert_eq!(unbound(bad), [found], "{bad}");
    }
}
