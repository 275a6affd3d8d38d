//! Numbers for people: `display_id`, counted from 1 in every organization and table.
//!
//! The counters are rows of `tenancy.display_counters`. A statement that inserts many rows takes
//! numbers in blocks of growing size and gives back what it did not need, so that a counter is not
//! rewritten for every row: thousands of versions of one row in one transaction make each update
//! slower than the one before.

use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::prelude::*;

use crate::error;
use crate::row_trigger::RowChange;
use crate::spi::Plan;

/// The most numbers taken at once.
const LARGEST_BLOCK: i64 = 1024;

/// What a statement knows of an organization's numbers.
#[derive(Default)]
struct Numbers {
    /// The last number used, or one below the block.
    used: i64,
    /// The last number of the block.
    end: i64,
    /// Size of the block.
    size: i64,
    /// The highest number that a row brought along.
    brought: i64,
}

/// Statements that are inserting now, by table and depth of triggers: a statement that a trigger
/// executes has numbers of its own.
type Statements = HashMap<(pg_sys::Oid, i32), HashMap<[u8; 16], Numbers>>;

thread_local! {
    static STATEMENTS: RefCell<Statements> = RefCell::default();

    static TAKE: Plan = const { Plan::new(
        c"INSERT INTO tenancy.display_counters AS c (organization_id, entity, last_number)
          VALUES ($1, $2, $3)
          ON CONFLICT (organization_id, entity)
          DO UPDATE SET last_number = c.last_number + excluded.last_number
          RETURNING c.last_number",
        COUNTER,
    ) };

    /// Unless another statement has taken more meanwhile.
    static GIVE_BACK: Plan = const { Plan::new(
        c"UPDATE tenancy.display_counters SET last_number = last_number - $3
           WHERE organization_id = $1 AND entity = $2 AND last_number = $4",
        &[
            pg_sys::BuiltinOid::UUIDOID,
            pg_sys::BuiltinOid::TEXTOID,
            pg_sys::BuiltinOid::INT8OID,
            pg_sys::BuiltinOid::INT8OID,
        ],
    ) };

    static RAISE: Plan = const { Plan::new(
        c"INSERT INTO tenancy.display_counters AS c (organization_id, entity, last_number)
          VALUES ($1, $2, $3)
          ON CONFLICT (organization_id, entity)
          DO UPDATE SET last_number = excluded.last_number WHERE c.last_number < excluded.last_number",
        COUNTER,
    ) };
}

/// Organization, table and number.
const COUNTER: &[pg_sys::BuiltinOid] = &[
    pg_sys::BuiltinOid::UUIDOID,
    pg_sys::BuiltinOid::TEXTOID,
    pg_sys::BuiltinOid::INT8OID,
];

/// Fired three times by an INSERT: BEFORE ... FOR EACH STATEMENT forgets what a statement that
/// failed has left, BEFORE ... FOR EACH ROW numbers the rows that bring no number, AFTER ... FOR
/// EACH STATEMENT settles the counters.
///
/// The counter's row is locked until the transaction ends. Numbers may have gaps: a row that ON
/// CONFLICT leaves out has used its number.
#[pg_trigger(sql = "
CREATE FUNCTION crm.assign_display_id() RETURNS trigger
LANGUAGE c SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS '@MODULE_PATHNAME@', '@FUNCTION_NAME@';
")]
fn assign_display_id<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    let key = (trigger.relid()?, depth());
    let entity = || -> Result<String, PgTriggerError> {
        Ok(format!(
            "{}.{}",
            trigger.table_schema()?,
            trigger.table_name()?
        ))
    };
    match (trigger.level(), trigger.when()?) {
        (PgTriggerLevel::Statement, PgTriggerWhen::Before) => {
            STATEMENTS.with_borrow_mut(|statements| statements.remove(&key));
            Ok(None)
        }
        (PgTriggerLevel::Statement, _) => {
            let numbers = STATEMENTS.with_borrow_mut(|statements| statements.remove(&key));
            for (organization, numbers) in numbers.unwrap_or_default() {
                settle(organization, &entity()?, &numbers);
            }
            Ok(None)
        }
        (PgTriggerLevel::Row, _) => {
            let row = RowChange::of(trigger);
            let column = row.typed_column("display_id", pg_sys::BuiltinOid::INT8OID);
            let owner = row.typed_column("organization_id", pg_sys::BuiltinOid::UUIDOID);
            // SAFETY: the column is a uuid.
            let organization = row
                .new_datum(owner)
                .and_then(|datum| unsafe { pgrx::Uuid::from_datum(datum, false) });
            let Some(organization) = organization else {
                return Ok(Some(row.unchanged())); // the column's NOT NULL refuses it
            };
            let organization = *organization.as_bytes();
            let mut numbers = STATEMENTS
                .with_borrow_mut(|statements| {
                    statements.entry(key).or_default().remove(&organization)
                })
                .unwrap_or_default();
            let brought = row.new_datum(column).map(|datum| datum.value() as i64);
            let change = match brought {
                Some(number) => {
                    numbers.brought = numbers.brought.max(number);
                    None
                }
                None => {
                    if numbers.used >= numbers.end {
                        take_block(&mut numbers, organization, &entity()?);
                    }
                    numbers.used += 1;
                    Some((column, Some(pg_sys::Datum::from(numbers.used))))
                }
            };
            STATEMENTS.with_borrow_mut(|statements| {
                statements
                    .entry(key)
                    .or_default()
                    .insert(organization, numbers)
            });
            Ok(Some(row.with(change.as_slice())))
        }
    }
}

fn depth() -> i32 {
    // SAFETY: the function takes no argument and reads a variable.
    unsafe { pgrx::direct_function_call::<i32>(pg_sys::pg_trigger_depth, &[]) }.unwrap_or(0)
}

fn take_block(numbers: &mut Numbers, organization: [u8; 16], entity: &str) {
    numbers.size = (numbers.size * 2).clamp(1, LARGEST_BLOCK);
    let arguments = counter(organization, entity, numbers.size);
    let end: Option<i64> =
        TAKE.with(|plan| plan.run(&arguments, |rows| rows.first().and_then(|row| row.get(1))));
    let Some(end) = end else {
        error::raise(error::internal("a counter's upsert returned no row"));
    };
    numbers.end = end;
    numbers.used = end - numbers.size;
}

fn settle(organization: [u8; 16], entity: &str, numbers: &Numbers) {
    let unused = numbers.end - numbers.used;
    if unused > 0 {
        let [organization, entity, unused] = counter(organization, entity, unused);
        let arguments = [organization, entity, unused, numbers.end.into_datum()];
        GIVE_BACK.with(|plan| plan.run(&arguments, |_| ()));
    }
    if numbers.brought > numbers.used {
        let arguments = counter(organization, entity, numbers.brought);
        RAISE.with(|plan| plan.run(&arguments, |_| ()));
    }
}

fn counter(organization: [u8; 16], entity: &str, number: i64) -> [Option<pg_sys::Datum>; 3] {
    [
        pgrx::Uuid::from_bytes(organization).into_datum(),
        entity.into_datum(),
        number.into_datum(),
    ]
}
