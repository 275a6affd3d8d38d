//! States and their times: who sets only the state gets the time. For the tests of all schemas.

use pg_crm_tests::Sql;

/// What a row's times are, state by state.
pub struct States {
    pub table: &'static str,
    /// Columns that a row needs besides its state, and their values.
    pub needs: (&'static str, &'static str),
    /// The times that go with the states.
    pub times: &'static [&'static str],
    /// States that a new row has, and the times that it has then. `state; column = value, ...` where a
    /// state needs more.
    pub born: &'static [(&'static str, &'static str)],
    /// States that one row goes through, and the times that it has then.
    pub walk: &'static [(&'static str, &'static str)],
}

/// The state, and what else it needs: assignments.
fn parts(step: &'static str) -> (&'static str, Vec<(&'static str, &'static str)>) {
    let (state, rest) = step.split_once(';').unwrap_or((step, ""));
    let rest = rest
        .split(',')
        .filter_map(|assignment| assignment.split_once('='))
        .map(|(column, value)| (column.trim(), value.trim()))
        .collect();
    (state.trim(), rest)
}

impl States {
    #[track_caller]
    fn given(&self, client: &mut impl Sql, id: &str) -> String {
        let times: Vec<String> = self
            .times
            .iter()
            .map(|time| format!("CASE WHEN {time} IS NOT NULL THEN '{time}' END"))
            .collect();
        client.one(
            &format!(
                "SELECT concat_ws(' ', {}) FROM {} WHERE id::text = $1",
                times.join(", "),
                self.table
            ),
            &[&id],
        )
    }

    #[track_caller]
    fn insert(&self, client: &mut impl Sql, step: &'static str) -> String {
        let (state, rest) = parts(step);
        let (mut columns, mut values) = (self.needs.0.to_owned(), self.needs.1.to_owned());
        for (column, value) in rest {
            columns += &format!(", {column}");
            values += &format!(", {value}");
        }
        client.one(
            &format!(
                "INSERT INTO {} ({columns}, status) VALUES ({values}, '{state}') RETURNING id::text",
                self.table
            ),
            &[],
        )
    }

    /// Tries all of it, each new row in a savepoint of its own.
    #[track_caller]
    pub fn check(&self, client: &mut impl Sql) {
        let undo = "ROLLBACK TO SAVEPOINT states; RELEASE SAVEPOINT states";
        for (step, times) in self.born {
            client.exec("SAVEPOINT states");
            let id = self.insert(client, step);
            assert_eq!(
                self.given(client, &id),
                *times,
                "{} is made {step}",
                self.table
            );
            client.exec(undo);
        }
        let mut steps = self.walk.iter();
        let Some((first, times)) = steps.next() else {
            return;
        };
        client.exec("SAVEPOINT states");
        let id = self.insert(client, first);
        assert_eq!(
            self.given(client, &id),
            *times,
            "{} is made {first}",
            self.table
        );
        for (step, times) in steps {
            let (state, rest) = parts(step);
            let more: String = rest
                .iter()
                .map(|(column, value)| format!(", {column} = {value}"))
                .collect();
            client.exec(&format!(
                "UPDATE {} SET status = '{state}'{more} WHERE id = '{id}'",
                self.table
            ));
            assert_eq!(
                self.given(client, &id),
                *times,
                "{} becomes {step}",
                self.table
            );
        }
        client.exec(undo);
    }

    /// Asserts that a row of the first state of the walk cannot take these values.
    #[track_caller]
    pub fn refuses(&self, client: &mut impl Sql, cases: &[(&'static str, &str, &str)]) {
        for (begin, assignments, check) in cases {
            client.exec("SAVEPOINT states");
            let id = self.insert(client, begin);
            let error = client.fails_with(
                &format!("UPDATE {} SET {assignments} WHERE id = '{id}'", self.table),
                "23514",
            );
            assert_eq!(
                error.constraint(),
                Some(*check),
                "{} {begin}: {assignments}",
                self.table
            );
            client.exec("ROLLBACK TO SAVEPOINT states; RELEASE SAVEPOINT states");
        }
    }

    /// Asserts that no row can be made with these columns.
    #[track_caller]
    pub fn refuses_new(&self, client: &mut impl Sql, cases: &[(&str, &str, &str)]) {
        for (columns, values, check) in cases {
            let error = client.fails_with(
                &format!(
                    "INSERT INTO {} ({}, {columns}) VALUES ({}, {values})",
                    self.table, self.needs.0, self.needs.1
                ),
                "23514",
            );
            assert_eq!(error.constraint(), Some(*check), "{}: {values}", self.table);
        }
    }
}
