//! Reading on a hot standby, where no transaction may get an id.

use std::path::PathBuf;

use pg_crm_tests::{Cluster, Db, Sql, tool};
use postgres::{Config, NoTls};

use super::contact;

/// A standby of the database's server; it is stopped when the value goes.
pub struct Standby<'a> {
    db: &'a Db,
    dir: PathBuf,
}

impl<'a> Standby<'a> {
    #[track_caller]
    pub fn of(db: &'a Db) -> Self {
        let dir = db.cluster().scratch("standby");
        let path = dir.to_str().expect("UTF-8");
        let backup = ["-D", path, "-R", "-X", "stream", "-c", "fast", "--no-sync"];
        tool(db, "pg_basebackup", &backup, "").ok();
        let standby = Self {
            db,
            dir: dir.clone(),
        };
        let options = format!("-c unix_socket_directories={path}");
        let log = dir.join("log");
        let log = log.to_str().expect("UTF-8");
        tool(
            db,
            "pg_ctl",
            &["-D", path, "-w", "-l", log, "-o", &options, "start"],
            "",
        )
        .ok();
        standby
    }

    #[track_caller]
    pub fn connect(&self, role: &str) -> postgres::Client {
        Config::new()
            .host_path(&self.dir)
            .user(role)
            .dbname(self.db.name())
            .connect(NoTls)
            .expect("a standby lets read")
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        let dir = self.dir.to_string_lossy();
        tool(
            self.db,
            "pg_ctl",
            &["-D", &dir, "-m", "immediate", "stop"],
            "",
        );
    }
}

#[test]
fn scores_tags_and_roles_are_read_on_a_hot_standby() {
    let cluster = Cluster::start(&[]);
    let db = cluster.fresh_db();
    let acme = db.org("Acme");
    db.app().in_org(&acme, |tx| {
        let ann = contact(tx, "Ann");
        tx.exec_with(
            "INSERT INTO commerce.orders (contact_id, placed_at) VALUES ($1, '2024-03-01 00:00+00'), ($1, '2024-03-02 00:00+00')",
            &[&ann],
        );
        tx.exec_with(
            "WITH tag AS (INSERT INTO crm.tags (name) VALUES ('vip') RETURNING id)
             INSERT INTO crm.contact_tags (contact_id, tag_id) SELECT $1, id FROM tag",
            &[&ann],
        );
    });
    let standby = Standby::of(&db);
    for role in ["app_user", "readonly_user"] {
        let mut client = standby.connect(role);
        assert!(client.one::<bool>("SELECT pg_is_in_recovery()", &[]));
        let read = client.in_org(&acme, |tx| {
            tx.lines(
                // By the kept state, and from the rows.
                "SELECT crm.calculate_contact_score(id, '2024-05-01 00:00+00'),
                        crm.calculate_contact_score(id, '2024-03-01 00:00+00'),
                        (SELECT sum(points) FROM crm.explain_contact_score(id, '2024-03-01 00:00+00')),
                        (SELECT count(*) FROM crm.hottest_contacts()),
                        crm.get_contact_tags(id)
                   FROM crm.contacts",
            )
        });
        assert_eq!(read, ["10|10|10|1|{vip}"], "{role}");
        let roles = client.in_org_as(&acme, acme.owner, |tx| {
            tx.lines("SELECT tenancy.has_role('owner'), tenancy.may_act_as('owner')")
        });
        assert_eq!(roles, ["t|t"], "{role}");
    }
}
