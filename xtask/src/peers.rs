//! The real servers that tests run against, and how they get onto a Debian-like machine.

mod wheels;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use crate::{Failure, out, steps, world};

/// A program from outside that tests start.
struct Peer {
    program: &'static str,
    /// Debian's packages that bring it.
    packages: &'static [&'static str],
    /// The tests that fail without it.
    needed_by: &'static str,
}

const PEERS: &[Peer] = &[
    Peer {
        program: "nginx",
        packages: &["nginx"],
        needed_by: "the check service behind a real nginx",
    },
    Peer {
        program: "caddy",
        packages: &["caddy"],
        needed_by: "the check service behind a real Caddy",
    },
    Peer {
        program: "haproxy",
        packages: &["haproxy"],
        needed_by: "the check service behind a real HAProxy",
    },
    Peer {
        program: "python3",
        packages: &["python3", "python3-venv"],
        needed_by: "fetching Envoy and Traefik",
    },
    Peer {
        program: "setsid",
        packages: &["util-linux"],
        needed_by: "commands on a terminal",
    },
    Peer {
        program: "curl",
        packages: &["curl"],
        needed_by: "the commands of an emitted drill",
    },
    Peer {
        program: "jq",
        packages: &["jq"],
        needed_by: "the same",
    },
    Peer {
        program: "chromium",
        packages: &["chromium"],
        needed_by: "the demo in a real browser",
    },
    Peer {
        program: "chromedriver",
        packages: &["chromium-driver"],
        needed_by: "the same",
    },
    Peer {
        program: "faketime",
        packages: &["faketime"],
        needed_by: "a clock that jumps under the server",
    },
    Peer {
        program: "ip",
        packages: &["iproute2"],
        needed_by: "edges in networks of their own whose link goes down",
    },
    Peer {
        program: "xmllint",
        packages: &["libxml2-utils"],
        needed_by: "JUnit reports against their schema",
    },
    Peer {
        program: "node",
        packages: &["nodejs"],
        needed_by: "the audit against targets from npm",
    },
    Peer {
        program: "npm",
        packages: &["npm"],
        needed_by: "the same",
    },
    Peer {
        program: "go",
        packages: &["golang-go"],
        needed_by: "the audit against targets of Go",
    },
    Peer {
        program: "python3",
        packages: &["python3"],
        needed_by: "the audit against targets from PyPI",
    },
    Peer {
        program: "pip3",
        packages: &["python3-pip"],
        needed_by: "the same",
    },
];

/// What has to be done before the tests can run.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    Install(Vec<&'static str>),
    /// A person must do it: what to type.
    Tell(String),
}

/// Installs the missing peers, or says how to.
pub(crate) fn ensure() -> Result<(), Failure> {
    for peer in PEERS {
        let place = world::find_program(peer.program);
        let found = place.map_or("not installed".to_owned(), |path| path.display().to_string());
        out::progress(&format!(
            "      {}: {found} (needed by {})",
            peer.program, peer.needed_by
        ));
    }
    match plan(&missing(), is_root(), world::find_program("apt-get").is_some()) {
        Plan::Nothing => {}
        Plan::Tell(text) => return Err(Failure::Fault(text)),
        Plan::Install(packages) => install(&packages)?,
    }
    wheels::ensure()
}

fn missing() -> Vec<&'static Peer> {
    let absent = |peer: &&Peer| world::find_program(peer.program).is_none();
    PEERS.iter().filter(absent).collect()
}

fn plan(missing: &[&'static Peer], root: bool, apt: bool) -> Plan {
    let packages: Vec<&'static str> = missing.iter().flat_map(|peer| peer.packages).copied().collect();
    let programs: Vec<&str> = missing.iter().map(|peer| peer.program).collect();
    match (missing, root, apt) {
        ([], _, _) => Plan::Nothing,
        (_, true, true) => Plan::Install(packages),
        (_, false, true) => Plan::Tell(format!(
            "the tests need {}. Type this, then try again:\n  sudo apt-get update && sudo apt-get install --yes --no-install-recommends {}",
            programs.join(", "),
            packages.join(" "),
        )),
        (_, _, false) => Plan::Tell(format!(
            "the tests need these programs on the PATH: {}",
            programs.join(", ")
        )),
    }
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    let guard = NoServices::forbid(Path::new("/usr/sbin/policy-rc.d"));
    let guard = guard
        .map_err(|error| Failure::Fault(format!("cannot keep apt-get from starting services: {error}")))?;
    let install = ["install", "--yes", "--no-install-recommends"];
    steps::command(apt_get(&["update"]))
        .and_then(|()| steps::command(apt_get(&[&install, packages].concat())))?;
    drop(guard);
    match missing().as_slice() {
        [] => Ok(()),
        still => Err(Failure::Fault(format!(
            "apt-get brought no {}",
            plan_names(still)
        ))),
    }
}

fn plan_names(peers: &[&Peer]) -> String {
    peers
        .iter()
        .map(|peer| peer.program)
        .collect::<Vec<_>>()
        .join(", ")
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("RUNLEVEL", "1");
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// While this lives, Debian's packages start no services: a peer is started by its test alone.
struct NoServices<'a> {
    /// The file to take away again. None if the machine has its own rule, which stays.
    made: Option<&'a Path>,
}

impl<'a> NoServices<'a> {
    fn forbid(path: &'a Path) -> io::Result<NoServices<'a>> {
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(path)
        {
            Ok(mut file) => {
                let guard = NoServices { made: Some(path) };
                file.write_all(b"#!/bin/sh\nexit 101\n")?;
                Ok(guard)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(NoServices { made: None }),
            Err(error) => Err(error),
        }
    }
}

impl Drop for NoServices<'_> {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.made.map(fs::remove_file) {
            out::error(&format!(
                "cannot remove what keeps services from starting: {error}"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NGINX: &Peer = &Peer {
        program: "nginx",
        packages: &["nginx", "nginx-common"],
        needed_by: "a test",
    };

    #[test]
    fn nothing_missing_means_nothing_to_do() {
        assert_eq!(plan(&[], false, false), Plan::Nothing);
    }

    #[test]
    fn root_installs_and_others_are_told() {
        assert_eq!(
            plan(&[NGINX], true, true),
            Plan::Install(vec!["nginx", "nginx-common"])
        );
        assert!(
            matches!(plan(&[NGINX], false, true), Plan::Tell(text) if text.ends_with("recommends nginx nginx-common"))
        );
        assert!(matches!(plan(&[NGINX], true, false), Plan::Tell(text) if text.ends_with("PATH: nginx")));
    }

    #[test]
    fn the_guard_goes_away_but_a_rule_of_the_machine_stays() {
        let folder = std::env::temp_dir().join(format!("xtask-peers-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("policy-rc.d");
        let guard = NoServices::forbid(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "#!/bin/sh\nexit 101\n");
        drop(guard);
        assert!(!path.exists());

        fs::write(&path, "theirs").unwrap();
        drop(NoServices::forbid(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        fs::remove_dir_all(&folder).unwrap();
    }
}
