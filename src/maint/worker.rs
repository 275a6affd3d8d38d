//! The background worker, for servers without pg_cron.
//!
//! A launcher, which is there only where `pg_crm.maintenance_databases` named one when the server
//! started with the library preloaded, starts a short-lived worker in each of these databases at every
//! interval. The worker runs what is due by `maint.task_schedule`, each task as a statement of its own,
//! and ends. What fails is in the log, and the next interval begins anew: a database that was dropped, or
//! has no pg_crm yet, keeps nobody else's tasks from running. On a standby there is no launcher until it
//! is promoted.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_int};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use pgrx::PgList;
use pgrx::bgworkers::{
    BackgroundWorker, BackgroundWorkerBuilder, BackgroundWorkerStatus, DynamicBackgroundWorker,
    SignalWakeFlags,
};
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;

use crate::error::OrRaise;

static DATABASES: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static INTERVAL: GucSetting<i32> = GucSetting::<i32>::new(60);
static ROLE: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));

const LAUNCHER: &str = "pg_crm maintenance launcher";
const WORKER: &str = "pg_crm maintenance worker";

/// Defines the settings and, where the server is just starting, the launcher.
pub fn register() {
    GucRegistry::define_string_guc(
        c"pg_crm.maintenance_databases",
        c"Databases in which the background worker runs the tasks of maint.task_schedule.",
        c"A list of names, divided by commas. Empty: none, and no launcher is started. Needs pg_crm in shared_preload_libraries, and a restart for the first name.",
        &DATABASES,
        GucContext::Sighup,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_crm.maintenance_interval",
        c"How often the background worker looks for tasks that are due.",
        c"",
        &INTERVAL,
        1,
        86_400,
        GucContext::Sighup,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_string_guc(
        c"pg_crm.maintenance_role",
        c"The role that the background worker connects as.",
        c"It must have LOGIN and be a member of crm_admin, and need be no superuser. Empty: nothing is run.",
        &ROLE,
        GucContext::Sighup,
        GucFlags::default(),
    );
    // SAFETY: a plain reading of a variable that the postmaster sets.
    let starting = unsafe { pg_sys::process_shared_preload_libraries_in_progress };
    if starting && !databases().is_empty() {
        BackgroundWorkerBuilder::new(LAUNCHER)
            .set_library("pg_crm")
            .set_function("pg_crm_maintenance_launcher")
            .enable_spi_access() // after recovery alone
            .set_restart_time(Some(Duration::from_secs(10)))
            .load();
    }
}

fn text(setting: &GucSetting<Option<CString>>) -> String {
    setting
        .get()
        .map(|value| value.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The names of `pg_crm.maintenance_databases`, each once.
fn databases() -> Vec<String> {
    let mut names = Vec::new();
    for name in text(&DATABASES).split(',') {
        let name = name.trim().trim_matches('"').to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn is_running(worker: &DynamicBackgroundWorker) -> bool {
    matches!(
        worker.pid(),
        Ok(_) | Err(BackgroundWorkerStatus::NotYetStarted)
    )
}

/// Starts a worker in every database where the last one has ended.
fn start_workers(workers: &mut HashMap<String, DynamicBackgroundWorker>) {
    if text(&ROLE).is_empty() {
        log!("{LAUNCHER}: pg_crm.maintenance_role is not set, and nothing is run");
        return;
    }
    workers.retain(|_, worker| is_running(worker));
    // SAFETY: a plain reading of what is set in every process of the server.
    let pid = unsafe { pg_sys::MyProcPid };
    for database in databases() {
        if workers.contains_key(&database) {
            continue;
        }
        let started = BackgroundWorkerBuilder::new(WORKER)
            .set_library("pg_crm")
            .set_function("pg_crm_maintenance_worker")
            .set_extra(&database)
            .set_notify_pid(pid)
            .enable_spi_access()
            .load_dynamic();
        match started {
            Ok(worker) => {
                workers.insert(database, worker);
            }
            Err(_) => {
                log!(
                    "{LAUNCHER}: no worker for database \"{database}\": max_worker_processes is reached"
                );
            }
        }
    }
}

/// The launcher's process.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_crm_maintenance_launcher(_argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    // To no database: it is for pg_stat_activity to show.
    BackgroundWorker::connect_worker_to_spi(None, None);
    let mut workers = HashMap::new();
    let mut begun: Option<Instant> = None;
    loop {
        if BackgroundWorker::sighup_received() {
            // SAFETY: as every process of the server does after SIGHUP.
            unsafe { pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP) };
        }
        let interval = Duration::from_secs(u64::try_from(INTERVAL.get()).unwrap_or(60));
        // A worker that ends wakes the launcher too.
        let left = begun.map_or(Duration::ZERO, |begun| {
            interval.saturating_sub(begun.elapsed())
        });
        if left.is_zero() {
            begun = Some(Instant::now());
            start_workers(&mut workers);
        } else if !BackgroundWorker::wait_latch(Some(left.max(Duration::from_millis(1)))) {
            break;
        }
    }
    for (_, worker) in workers {
        worker.terminate();
    }
}

/// Works in a transaction of its own; an error ends that alone, and is in the log.
fn attempt<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    PgTryBuilder::new(AssertUnwindSafe(|| Some(work())))
        .catch_others(|error| {
            let reason = match &error {
                CaughtError::PostgresError(report)
                | CaughtError::ErrorReport(report)
                | CaughtError::RustPanic {
                    ereport: report, ..
                } => format!("{} ({:?})", report.message(), report.sql_error_code()),
            };
            // SAFETY: the error was caught at the top: nothing of the transaction is in use any more.
            unsafe { pg_sys::AbortOutOfAnyTransaction() };
            warning!("{WORKER}: {what} failed: {reason}");
            None
        })
        .execute()
}

/// Whether the functions that are about to be called are those of the extension.
const IS_INSTALLED: &str = "SELECT EXISTS (SELECT FROM pg_catalog.pg_extension AS e
   JOIN pg_catalog.pg_depend AS d ON d.refobjid = e.oid AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
  WHERE e.extname = 'pg_crm' AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    AND d.objid = pg_catalog.to_regprocedure('maint.take_due_task()'))";

fn is_installed() -> bool {
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            client
                .select(IS_INSTALLED, Some(1), &[])
                .or_raise()
                .first()
                .get_one::<bool>()
                .or_raise()
                .unwrap_or(false)
        })
    })
}

/// Takes the next task that is due: its name and its command.
fn take_due_task() -> Option<(String, String)> {
    BackgroundWorker::transaction(|| {
        Spi::connect_mut(|client| {
            let (task, command) = client
                .update(
                    "SELECT task, command FROM maint.take_due_task()",
                    Some(1),
                    &[],
                )
                .or_raise()
                .first()
                .get_two::<String, String>()
                .or_raise();
            task.zip(command)
        })
    })
}

/// Executes one statement as a client would have it: the procedure that it calls may commit.
///
/// Not by SPI, which executes a CALL that commits only within somebody's portal.
fn execute(command: &CStr) {
    let sql = command.as_ptr();
    // SAFETY: what exec_simple_query does with a statement that returns no rows. What must outlive the
    // commits is in a memory context below the topmost one. An error unwinds, and who catches it ends the
    // transaction, and with it the portal; the little memory goes with the process.
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::pgstat_report_activity(pg_sys::BackendState::STATE_RUNNING, sql);
        pg_sys::StartTransactionCommand();
        let memory = pg_sys::AllocSetContextCreateExtended(
            pg_sys::TopMemoryContext,
            c"pg_crm maintenance task".as_ptr(),
            pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        );
        pg_sys::MemoryContextSwitchTo(memory);
        let parsed = PgList::<pg_sys::RawStmt>::from_pg(pg_sys::pg_parse_query(sql));
        for statement in parsed.iter_ptr() {
            pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
            let rewritten = pg_sys::pg_analyze_and_rewrite_fixedparams(
                statement,
                sql,
                std::ptr::null(),
                0,
                std::ptr::null_mut(),
            );
            let planned = pg_sys::pg_plan_queries(rewritten, sql, 0, std::ptr::null_mut());
            pg_sys::PopActiveSnapshot();
            let portal = pg_sys::CreatePortal(c"".as_ptr(), true, true);
            (*portal).visible = false;
            pg_sys::PortalDefineQuery(
                portal,
                std::ptr::null(),
                sql,
                pg_sys::CommandTag::CMDTAG_CALL,
                planned,
                std::ptr::null_mut(),
            );
            pg_sys::PortalStart(portal, std::ptr::null_mut(), 0, std::ptr::null_mut());
            let nowhere = pg_sys::CreateDestReceiver(pg_sys::CommandDest::DestNone);
            pg_sys::PortalRun(
                portal,
                std::ffi::c_long::MAX,
                true,
                #[cfg(not(feature = "pg18"))]
                true,
                nowhere,
                nowhere,
                std::ptr::null_mut(),
            );
            pg_sys::PortalDrop(portal, false);
        }
        pg_sys::CommitTransactionCommand();
        pg_sys::MemoryContextDelete(memory);
        pg_sys::pgstat_report_activity(pg_sys::BackendState::STATE_IDLE, std::ptr::null());
    }
}

unsafe extern "C-unwind" {
    /// The server's handler of SIGTERM, as it is: pgrx's wrapper is no function of that kind.
    fn die(signal: c_int);
}

/// The process of a worker: runs what is due in one database, and ends.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_crm_maintenance_worker(_argument: pg_sys::Datum) {
    // SAFETY: the server's own handler, which ends the process at the next point where that is safe.
    unsafe {
        #[cfg(not(feature = "pg18"))]
        use pg_sys::pqsignal;
        #[cfg(feature = "pg18")]
        use pg_sys::pqsignal_be as pqsignal;
        pqsignal(pg_sys::SIGTERM as i32, Some(die));
        pg_sys::BackgroundWorkerUnblockSignals();
    }
    let (database, role) = (BackgroundWorker::get_extra(), text(&ROLE));
    BackgroundWorker::connect_worker_to_spi(Some(database), Some(&role));
    // SAFETY: both strings are NUL-terminated, and the setting takes the value.
    unsafe {
        pg_sys::SetConfigOption(
            c"search_path".as_ptr(),
            c"pg_catalog, pg_temp".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_OVERRIDE,
        );
    }
    match attempt(
        &format!("looking for pg_crm in database \"{database}\""),
        is_installed,
    ) {
        Some(true) => {}
        Some(false) => {
            log!("{WORKER}: pg_crm is not installed in database \"{database}\"");
            return;
        }
        None => return,
    }
    let taking = format!("taking a task of database \"{database}\"");
    while let Some(Some((task, command))) = attempt(&taking, take_due_task) {
        if let Ok(command) = CString::new(command) {
            attempt(&format!("task {task} of database \"{database}\""), || {
                execute(&command);
            });
        }
    }
}
