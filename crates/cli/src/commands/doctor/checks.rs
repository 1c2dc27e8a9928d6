//! Checks of this machine.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use authority::{Space, SpaceTerms};
use domain::Clock;
use store::Store;
use url::Url;

use super::{Finding, Judgement};
use crate::clock::SystemClock;
use crate::config::{self, ServingConfig, Source};
use crate::{env, local_store};

const MIB: u64 = 1 << 20;
/// Files may be this much newer than the clock, for clocks of network file systems.
const AHEAD_MS: u64 = 5_000;

/// The configuration with the environment on top; gives the issuer and what applies.
pub(super) fn configuration(
    file: Option<&Path>,
    findings: &mut Vec<Finding>,
) -> (Option<Url>, Option<ServingConfig>) {
    let Some(file) = file else {
        findings.push(
            Finding::new("configuration", Judgement::NotTested, "no file was named")
                .hint("name it with --config FILE"),
        );
        return (None, None);
    };
    let text = match config::read_file(file) {
        Ok(text) => text,
        Err(failure) => {
            findings.push(Finding::of_failure("configuration", &failure));
            return (None, None);
        }
    };
    let source = Source {
        name: file.display().to_string(),
        text,
        environment: env::settings(),
    };
    let judged = config::load(&source, &config::settings());
    let problems = judged
        .as_ref()
        .map_or_else(Clone::clone, |checked| config::judge(checked, &source));
    for problem in &problems {
        findings.push(
            Finding::new("configuration", Judgement::Fail, problem.to_string()).hint(problem.hint.clone()),
        );
    }
    let Ok(checked) = judged else {
        return (None, None);
    };
    if problems.is_empty() {
        findings.push(Finding::new(
            "configuration",
            Judgement::Pass,
            "every key is known and fits",
        ));
    }
    let issuer = checked
        .table
        .get("server")
        .and_then(|server| server.get("issuer")?.as_str());
    let issuer = Url::parse(issuer.unwrap_or("http://localhost:8700")).ok();
    let applies = checked.table.clone().try_into::<config::RawServing>().ok();
    let applies = applies.and_then(|raw| raw.check().ok());
    if let (Some(applies), Some(issuer)) = (&applies, &issuer) {
        findings.push(tls(applies, issuer));
    }
    (issuer, applies)
}

/// `Secure` cookies and tokens need https wherever the network is not this machine alone.
fn tls(config: &ServingConfig, issuer: &Url) -> Finding {
    let local = config.listen.is_loopback();
    match (&config.tls, issuer.scheme()) {
        (Some(files), _) => match crate::listen::check_tls(files) {
            Ok(()) => Finding::new("tls", Judgement::Pass, "certificate and key fit each other"),
            Err(failure) => Finding::of_failure("tls", &failure),
        },
        (None, "https") => Finding::new(
            "tls",
            Judgement::Warn,
            "the issuer is https and this server speaks plain http",
        )
        .hint("a gateway on this machine must end TLS; else give [server.tls] its files"),
        (None, _) if local && crate::client::is_loopback_host(issuer) => {
            Finding::new("tls", Judgement::Pass, "plain http, on this machine alone")
        }
        (None, _) => Finding::new(
            "tls",
            Judgement::Fail,
            "plain http off this machine: cookies and tokens are readable",
        )
        .hint("give [server.tls] its files and make the issuer https"),
    }
}

/// Only its owner may look into it.
pub(super) fn data_directory(directory: &Path, findings: &mut Vec<Finding>) {
    const CHECK: &str = "data directory";
    let Ok(meta) = std::fs::metadata(directory) else {
        findings.push(
            Finding::new(
                CHECK,
                Judgement::NotTested,
                format!("{} does not exist", directory.display()),
            )
            .hint("name it with --data DIR"),
        );
        return;
    };
    let mut open = Vec::new();
    if meta.mode() & 0o077 != 0 {
        open.push(directory.display().to_string());
    }
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries {
        let wide = entry
            .metadata()
            .is_ok_and(|meta| meta.mode() & 0o077 != 0 && !meta.is_symlink());
        if wide {
            open.push(entry.path().display().to_string());
        }
    }
    findings.push(if open.is_empty() {
        Finding::new(CHECK, Judgement::Pass, "private to its owner")
    } else {
        Finding::new(
            CHECK,
            Judgement::Fail,
            format!("open to other users: {}", open.join(", ")),
        )
        .hint("chmod 700 the directory and chmod 600 its files")
    });
}

/// The limits that the configuration sets; the usual ones without it.
pub(super) fn space_terms(file: Option<&Path>) -> SpaceTerms {
    let read = || {
        let file = file?;
        let source = Source {
            name: file.display().to_string(),
            text: config::read_file(file).ok()?,
            environment: env::settings(),
        };
        let checked = config::load(&source, &config::settings()).ok()?;
        let raw = checked.table.try_into::<authority::RawConfig>().ok()?;
        raw.check().ok().map(|config| config.space)
    };
    read().unwrap_or_default()
}

/// Room to write, and what is kept back for revocations.
pub(super) fn disk_space(directory: &Path, terms: SpaceTerms) -> Finding {
    const CHECK: &str = "disk space";
    match rustix::fs::statvfs(directory) {
        Err(_) => Finding::new(CHECK, Judgement::NotTested, "the data directory cannot be asked"),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let has = std::fs::metadata(directory.join("reserve")).map_or(0, |file| file.len());
            let text = format!(
                "{} MiB free, {} MiB kept back for revocations",
                free / MIB,
                has / MIB
            );
            // An empty reserve was given to revocations; one that is not there yet was never made.
            let in_use = has < terms.reserve_bytes && directory.join("reserve").exists();
            match terms.judge_free(free) {
                _ if in_use => Finding::new(CHECK, Judgement::Fail, text)
                    .hint("make room: the reserve is in use, and only revocations are written"),
                Space::Short => Finding::new(CHECK, Judgement::Fail, text).hint(
                    "make room: a full disk refuses sign-ins, and revocations once the reserve is used up",
                ),
                Space::Low => Finding::new(CHECK, Judgement::Warn, text).hint("make room soon"),
                Space::Ample => Finding::new(CHECK, Judgement::Pass, text),
            }
        }
    }
}

/// A clock that lies behind the files was set back, or has not been set since start.
pub(super) fn wall_clock(directory: &Path) -> Finding {
    let newest = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.metadata().ok()?.modified().ok())
        .filter_map(|time| u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok())
        .max();
    against_files(newest, SystemClock.now().as_ms())
}

fn against_files(newest_ms: Option<u64>, now_ms: u64) -> Finding {
    const CHECK: &str = "clock";
    match newest_ms {
        Some(newest) if newest > now_ms.saturating_add(AHEAD_MS) => Finding::new(
            CHECK,
            Judgement::Fail,
            format!(
                "the clock is {} s behind the newest file of the data directory",
                (newest - now_ms) / 1000
            ),
        )
        .hint("set the clock before a start: set back by more than five minutes, a server signs everybody out; run a time service"),
        Some(_) => Finding::new(
            CHECK,
            Judgement::NotTested,
            "not behind its own files; against other clocks: not tested",
        )
        .hint("run a time service (NTP): ends of sessions and tokens depend on it"),
        None => Finding::new(
            CHECK,
            Judgement::NotTested,
            "there are no files to compare it with",
        ),
    }
}

/// Opening checks the file; the statistics read it.
pub(super) async fn stopped_store(directory: &Path) -> Finding {
    const CHECK: &str = "store";
    if !local_store::has_store(directory) {
        return Finding::new(CHECK, Judgement::NotTested, "the data directory holds no store");
    }
    let store = match local_store::open(directory) {
        Ok(store) => store,
        Err(failure) => return Finding::of_failure(CHECK, &failure),
    };
    let counted = store.statistics().await;
    store.close();
    match counted {
        Ok(counts) => {
            let texts = counts.iter().map(|(name, value)| format!("{name} {value}"));
            Finding::new(
                CHECK,
                Judgement::Pass,
                format!("whole; {}", texts.collect::<Vec<_>>().join(", ")),
            )
        }
        Err(error) => Finding::new(CHECK, Judgement::Fail, error.to_string()),
    }
}

#[cfg(test)]
mod tests;
