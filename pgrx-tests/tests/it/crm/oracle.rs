//! The programs of `oracles/`, which know the answers by other means than the extension.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// What the script answers to this input. It runs by the interpreter that `PG_CRM_PYTHON` names.
#[track_caller]
pub fn ask(script: &str, input: &str) -> String {
    let python = std::env::var_os("PG_CRM_PYTHON").expect(
        "PG_CRM_PYTHON is not set: it names the Python interpreter that has the packages of \
         scripts/requirements-test.txt",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("oracles")
        .join(script);
    let mut process = Command::new(&python)
        .arg(&script)
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("could not run {}: {error}", python.display()));
    let mut pipe = process.stdin.take().expect("stdin is piped");
    // Written beside the reading, so that neither side waits for the other.
    let output = thread::scope(|scope| {
        scope.spawn(move || pipe.write_all(input.as_bytes()).ok());
        process.wait_with_output()
    })
    .expect("the oracle ends");
    assert!(
        output.status.success(),
        "{} failed with {}:\n{}",
        script.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("output is UTF-8")
}
