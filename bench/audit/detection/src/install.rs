//! Brings the targets and the other tool from their registries: pinned, with hashes, everything below `target/detection`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Fault;

/// Where everything is that was brought.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    /// `bench/audit`.
    sources: PathBuf,
    /// `target/detection`.
    pub(crate) built: PathBuf,
}

impl Shelf {
    pub(crate) fn new(sources: PathBuf, built: PathBuf) -> Self {
        Self { sources, built }
    }

    /// Every package of npm that a target is made of. Gives the folder to run the servers in.
    ///
    /// # Errors
    /// npm is not there, or does not bring what the lock file says.
    pub(crate) fn node(&self) -> Result<PathBuf, Fault> {
        let (from, to) = (self.sources.join("node"), self.built.join("node"));
        fs::create_dir_all(&to).map_err(Fault::io("a folder for npm"))?;
        for entry in fs::read_dir(&from).map_err(Fault::io("bench/audit/node"))? {
            let file = entry.map_err(Fault::io("bench/audit/node"))?;
            fs::copy(file.path(), to.join(file.file_name())).map_err(Fault::io("a copy for npm"))?;
        }
        once(&to.join("installed"), &from.join("package-lock.json"), || {
            let mut npm = Command::new("npm");
            npm.current_dir(&to).args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ]);
            finished("npm", npm)
        })?;
        Ok(to)
    }

    /// The packages of PyPI of one file of requirements. Gives the folder for `PYTHONPATH`.
    ///
    /// # Errors
    /// pip is not there, or a package has another hash.
    pub(crate) fn python(&self, set: &str) -> Result<PathBuf, Fault> {
        let list = self.sources.join("python/sets").join(format!("{set}.txt"));
        let to = self.built.join("python").join(set);
        once(&to.join(".installed"), &list, || {
            if to.exists() {
                fs::remove_dir_all(&to).map_err(Fault::io("an old folder of pip"))?;
            }
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--root-user-action=ignore", "--no-warn-script-location"])
                .args(["--require-hashes", "--no-deps"]);
            // wapiti's own parts are published as sources only.
            if set != "wapiti" {
                pip.args(["--only-binary", ":all:"]);
            }
            pip.arg("--target").arg(&to).arg("--requirement").arg(&list);
            finished("python3 -m pip", pip)
        })?;
        Ok(to)
    }

    /// The program of all targets of Go, built of modules with the hashes of `go.sum`. Go itself sees what is built already.
    ///
    /// # Errors
    /// Go is not there, or a module has another hash.
    pub(crate) fn go(&self) -> Result<PathBuf, Fault> {
        let program = self.built.join("go/targets");
        let mut go = Command::new("go");
        go.current_dir(self.sources.join("go"))
            .args(["build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-o"])
            .arg(&program)
            .arg(".")
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0");
        finished("go", go)?;
        Ok(program)
    }

    /// The source of a Python server.
    pub(crate) fn source(&self, program: &str) -> PathBuf {
        self.sources.join(program)
    }
}

/// Does `work` unless it was done for the same list before.
fn once(stamp: &Path, list: &Path, work: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
    let wanted = fs::read(list).map_err(Fault::io("a list of packages"))?;
    if fs::read(stamp).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(stamp, wanted).map_err(Fault::io("a stamp"))
}

fn finished(name: &str, mut command: Command) -> Result<(), Fault> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        Fault::new(format!(
            "{name} does not start ({error}): cargo xtask bench audit installs it"
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Fault::new(format!(
        "{name} ended with {}: {}",
        output.status,
        said.trim()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_brought_again_and_what_changed_is() {
        let folder = std::env::temp_dir().join(format!("detection-install-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (stamp, list) = (folder.join("stamp"), folder.join("list"));
        let mut times = 0;
        for text in ["a==1", "a==1", "a==2"] {
            fs::write(&list, text).unwrap();
            once(&stamp, &list, || {
                times += 1;
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(times, 2);
        fs::write(&list, "a==3").unwrap();
        assert!(once(&stamp, &list, || Err(Fault::new("no net"))).is_err());
        assert_eq!(fs::read(&stamp).unwrap(), b"a==2");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_program_that_is_missing_or_fails_says_so() {
        let missing = finished("npm", Command::new("no-such-program-here")).unwrap_err();
        assert!(missing.to_string().contains("xtask"), "{missing}");
        assert!(finished("false", Command::new("false")).is_err());
    }
}
