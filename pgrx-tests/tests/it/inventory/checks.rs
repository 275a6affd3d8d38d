//! Checks of the catalog.

use pg_crm_tests::Client;
use postgres::types::ToSql;

use super::run::{Outcome, halves};

pub fn catalog(client: &mut Client, kind: &str, text: &str) -> Outcome {
    match kind {
        "columns" => columns(client, text),
        "key" => key(client, text),
        "unique" => index(client, text, true),
        "index" => index(client, text, false),
        "fkey" => fkey(client, text),
        "values" => values(client, text),
        "partitioned" => partitioned(client, text),
        "isolated" => isolated(client, text),
        "trigger" => trigger(client, text),
        "view" => view(client, text),
        "function" => function(client, text, "f"),
        "procedure" => function(client, text, "p"),
        _ => Err("no such check".to_owned()),
    }
}

/// The rows of a query, whose columns are text, not null.
fn ask(
    client: &mut Client,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Vec<String>>, String> {
    let rows = client
        .query(sql, params)
        .map_err(|error| match error.as_db_error() {
            Some(error) => error.message().to_owned(),
            None => error.to_string(),
        })?;
    Ok(rows
        .iter()
        .map(|row| (0..row.len()).map(|column| row.get(column)).collect())
        .collect())
}

fn require(found: bool, fault: impl FnOnce() -> String) -> Outcome {
    if found { Ok(()) } else { Err(fault()) }
}

/// `s.t (a, b) rest`
fn subject(text: &str) -> Result<(&str, Vec<&str>, &str), String> {
    let (table, rest) = halves(text, "(")?;
    let (list, rest) = halves(rest, ")")?;
    Ok((table, list.split(',').map(str::trim).collect(), rest))
}

/// The server's name of a type's short name.
fn type_name(short: &str) -> String {
    let (name, rest) = short
        .find(['(', '['])
        .map_or((short, ""), |at| short.split_at(at));
    let name = match name {
        "timestamptz" => "timestamp with time zone",
        "varchar" => "character varying",
        "int" => "integer",
        "float8" => "double precision",
        name => name,
    };
    format!("{name}{rest}")
}

fn columns(client: &mut Client, text: &str) -> Outcome {
    let (table, list) = halves(text, ":")?;
    let known = ask(
        client,
        "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
            (a.attgenerated <> '')::text,
            coalesce(regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::[a-z_. ]+(\\[\\])?', '', 'g'), '')
         FROM pg_attribute AS a
         LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped",
        &[&table],
    )?;
    for wanted in list.split([',', '\n']).fold(Vec::new(), join_parentheses) {
        let mut words = wanted.splitn(3, ' ');
        let (name, kind) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let rest = words.next().unwrap_or("");
        let Some(column) = known.iter().find(|column| column[0] == name) else {
            return Err(format!("there is no column {name}"));
        };
        let not_null = kind.ends_with('!');
        let kind = type_name(kind.trim_end_matches('!'));
        require(column[1] == kind, || format!("{name} is {}", column[1]))?;
        require(!not_null || column[2] == "true", || {
            format!("{name} may be NULL")
        })?;
        match rest.strip_prefix("= ") {
            Some(default) => require(column[4] == default, || {
                format!("the default of {name} is {}", column[4])
            })?,
            None => require(
                rest.is_empty() || rest == "generated" && column[3] == "true",
                || format!("{name} is not {rest}"),
            )?,
        }
    }
    Ok(())
}

/// Puts together again what was split within `numeric(15,2)` or `nextval(...)`.
fn join_parentheses(mut list: Vec<String>, part: &str) -> Vec<String> {
    let open = |text: &String| text.matches('(').count() > text.matches(')').count();
    match list.last_mut().filter(|last| open(last)) {
        Some(last) => *last += &format!(",{part}"),
        None if part.trim().is_empty() => {}
        None => list.push(part.trim().to_owned()),
    }
    list
}

fn key(client: &mut Client, text: &str) -> Outcome {
    let (table, columns, _) = subject(text)?;
    let wanted = format!("PRIMARY KEY ({})", columns.join(", "));
    let keys = ask(
        client,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint
         WHERE conrelid = $1::text::regclass AND contype = 'p'",
        &[&table],
    )?;
    require(keys == [[wanted]], || format!("found {keys:?}"))
}

fn index(client: &mut Client, text: &str, unique: bool) -> Outcome {
    let (table, columns, rest) = subject(text)?;
    let (rest, predicate) = rest.split_once("where ").unwrap_or((rest, ""));
    let nulls_equal = rest.contains("nulls not distinct");
    let method = rest
        .split_once("using ")
        .map_or("btree", |(_, method)| method.trim());
    let indexes = ask(
        client,
        "SELECT m.amname::text, i.indisunique::text, i.indnullsnotdistinct::text,
            coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
            (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, true), ',' ORDER BY n)
             FROM generate_series(1, i.indnkeyatts) AS n)
         FROM pg_index AS i
         JOIN pg_class AS c ON c.oid = i.indexrelid
         JOIN pg_am AS m ON m.oid = c.relam
         WHERE i.indrelid = $1::text::regclass AND i.indisvalid IS NOT NULL",
        &[&table],
    )?;
    let fits = |index: &Vec<String>| {
        let found: Vec<&str> = index[4]
            .split(',')
            .map(|name| name.trim_matches('"'))
            .collect();
        let right_columns = if unique {
            found == columns
        } else if method == "gin" {
            columns.iter().all(|column| found.contains(column))
        } else {
            found.starts_with(&columns)
        };
        right_columns
            && index[0] == method
            && (!unique || index[1] == "true" && (index[2] == "true") == nulls_equal)
            && bare(&index[3]) == bare(predicate)
    };
    require(indexes.iter().any(fits), || {
        let near: Vec<String> = indexes
            .iter()
            .map(|index| format!("{} ({}) {}", index[0], index[4], bare(&index[3])))
            .collect();
        format!("none of {near:#?}")
    })
}

/// A condition without casts, parentheses and spaces.
fn bare(condition: &str) -> String {
    condition
        .replace("::text", "")
        .replace(['(', ')', ' ', '\n'], "")
}

fn fkey(client: &mut Client, text: &str) -> Outcome {
    let (reference, action) = text.split_once(" on delete ").unwrap_or((text, ""));
    let (subject_text, target) = halves(reference, "->")?;
    let (table, columns, _) = subject(subject_text)?;
    let keys = ask(
        client,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint
         WHERE conrelid = $1::text::regclass AND contype = 'f' AND convalidated",
        &[&table],
    )?;
    let begins = format!("FOREIGN KEY ({}) REFERENCES {target}(", columns.join(", "));
    let ends = if action.is_empty() {
        String::new()
    } else {
        let action = action
            .replace("cascade", "CASCADE")
            .replace("restrict", "RESTRICT");
        format!(" ON DELETE {}", action.replace("set null", "SET NULL"))
    };
    let fits = |key: &Vec<String>| {
        key[0]
            .strip_prefix(&begins)
            .and_then(|rest| rest.split_once(')'))
            .is_some_and(|(_, rest)| rest == ends)
    };
    require(keys.iter().any(fits), || format!("none of {keys:#?}"))
}

fn values(client: &mut Client, text: &str) -> Outcome {
    let (domain, list) = halves(text, ":")?;
    let mut wanted: Vec<&str> = list.split([',', '\n']).map(str::trim).collect();
    wanted.retain(|word| !word.is_empty());
    let open = wanted.last() == Some(&"...");
    wanted.retain(|word| *word != "...");
    let found = ask(
        client,
        "SELECT m[1] FROM pg_constraint AS k,
            regexp_matches(pg_get_constraintdef(k.oid), '''([^'']+)''::text', 'g') AS m
         WHERE k.contypid = $1::text::regtype",
        &[&domain],
    )?;
    for word in &wanted {
        require(found.iter().any(|value| value[0] == *word), || {
            format!("lacks {word}")
        })?;
    }
    require(open || found.len() == wanted.len(), || {
        format!("has {found:?}")
    })
}

fn partitioned(client: &mut Client, text: &str) -> Outcome {
    let (table, column) = halves(text, " by ")?;
    let found = ask(
        client,
        "SELECT pg_get_partkeydef(c.oid), coalesce(p.partdefid::regclass::text, ''),
            coalesce(to_regclass(c.oid::regclass || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM'))::text, ''),
            (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint AS k
             WHERE k.conrelid = c.oid AND k.contype = 'p')
         FROM pg_class AS c JOIN pg_partitioned_table AS p ON p.partrelid = c.oid
         WHERE c.oid = $1::text::regclass",
        &[&table],
    )?;
    let Some(found) = found.first() else {
        return Err("is not partitioned".to_owned());
    };
    require(found[0] == format!("RANGE ({column})"), || found[0].clone())?;
    require(!found[1].is_empty(), || {
        "has no default partition".to_owned()
    })?;
    require(!found[2].is_empty(), || {
        "has no partition for this month".to_owned()
    })?;
    require(found[3].contains(column), || found[3].clone())
}

fn isolated(client: &mut Client, table: &str) -> Outcome {
    let found = ask(
        client,
        "SELECT (relrowsecurity AND relforcerowsecurity)::text,
            coalesce((SELECT string_agg(pg_get_expr(polqual, polrelid), ' and ') FROM pg_policy
                      WHERE polrelid = c.oid AND polpermissive), '')
         FROM pg_class AS c WHERE oid = $1::text::regclass",
        &[&table],
    )?;
    let policy = "organization_id = ( SELECT tenancy.current_org_id() AS current_org_id)";
    require(found[0][0] == "true", || {
        "row-level security is off".to_owned()
    })?;
    require(found[0][1].contains(policy), || found[0][1].clone())
}

fn trigger(client: &mut Client, text: &str) -> Outcome {
    let (table, function) = halves(text, " ")?;
    let found = ask(
        client,
        "SELECT tgfoid::regproc::text FROM pg_trigger
         WHERE tgrelid = $1::text::regclass AND NOT tgisinternal AND tgenabled <> 'D'",
        &[&table],
    )?;
    require(found.iter().any(|row| row[0] == function), || {
        format!("found {found:?}")
    })
}

fn view(client: &mut Client, text: &str) -> Outcome {
    let (view, wanted, _) = subject(text)?;
    let found = ask(
        client,
        "SELECT a.attname::text, (coalesce(c.reloptions::text, '') ~ 'security_invoker=(true|on)')::text
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
         WHERE c.oid = $1::text::regclass AND c.relkind = 'v'",
        &[&view],
    )?;
    require(found.iter().all(|column| column[1] == "true"), || {
        "is not security_invoker".to_owned()
    })?;
    for name in wanted {
        require(found.iter().any(|column| column[0] == name), || {
            format!("lacks {name}")
        })?;
    }
    Ok(())
}

/// Callable with these arguments: those that follow have defaults.
fn function(client: &mut Client, text: &str, kind: &str) -> Outcome {
    let (signature, result) = text.split_once("->").unwrap_or((text, ""));
    let (name, arguments, _) = subject(signature)?;
    let arguments: Vec<&str> = arguments
        .into_iter()
        .filter(|name| !name.is_empty())
        .collect();
    let (schema, name) = halves(name, ".")?;
    let found = ask(
        client,
        "SELECT coalesce(pg_get_function_result(p.oid), ''),
            CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END
            || CASE WHEN p.prosecdef THEN ' definer' ELSE ' invoker' END
         FROM pg_proc AS p
         WHERE p.pronamespace::regnamespace::text = $1 AND p.proname = $2 AND p.prokind::text = $3
            AND (p.proargtypes::regtype[])[0:cardinality($4::text[]) - 1] = $4::text[]::regtype[]
            AND p.pronargs - p.pronargdefaults <= cardinality($4::text[])",
        &[&schema, &name, &kind, &arguments],
    )?;
    let Some(found) = found.first() else {
        return Err("there is none".to_owned());
    };
    let mut words: Vec<&str> = result.split_whitespace().collect();
    let known = ["immutable", "stable", "volatile", "definer", "invoker"];
    while let Some(word) = words.pop_if(|word| known.contains(word)) {
        require(found[1].split(' ').any(|has| has == word), || {
            format!("is {}", found[1])
        })?;
    }
    let result = type_name(&words.join(" "));
    let right = match result.strip_suffix("...") {
        Some(begin) => found[0].starts_with(begin),
        None => result.is_empty() || found[0] == result,
    };
    require(right, || format!("returns {}", found[0]))
}
