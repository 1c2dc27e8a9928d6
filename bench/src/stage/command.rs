//! A management command of the real program.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::Fault;

/// Runs it on the server whose data are in `data`, with `input` on its standard input; what it printed as JSON.
///
/// # Errors
/// It does not start, fails, or prints something else.
pub(crate) fn managed(symbolon: &Path, data: &Path, words: &[&str], input: &str) -> Result<Value, Fault> {
    let mut command = Command::new(symbolon);
    command.args(words).arg("--json").arg("--data").arg(data);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().map_err(Fault::io("a command"))?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes())
            .map_err(Fault::io("a command's input"))?;
    }
    let output = child.wait_with_output().map_err(Fault::io("a command"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Fault::new(format!("{words:?}: {said}")));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Fault::new(format!("{words:?}: {error}")))
}
