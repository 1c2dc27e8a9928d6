//! Targets on loopback: each a process of its own that ends with the bench.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use serde_json::Value;

use crate::install::Shelf;
use crate::truth::{Kind, Target};
use crate::{Fault, world};

/// Accounts that only exist for the length of a run, on loopback.
pub(crate) const PASSWORDS: [(&str, &str); 5] = [
    ("ADA", "Kestrel-over-9-quarries"),
    ("BOB", "Lantern-under-4-bridges"),
    ("EVE", "a password of no use"),
    ("APP", "secret-of-client-app"),
    ("OTHER", "secret-of-client-other"),
];

/// How long a target may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(20);

/// A target that runs.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// Where it is, with `/` at its end.
    pub(crate) url: String,
    /// For what belongs to this run.
    pub(crate) folder: PathBuf,
    /// Who vouches for it, if it speaks TLS.
    pub(crate) authority: Option<PathBuf>,
    told: Value,
}

impl Running {
    /// Starts it, and waits until it says where it is.
    ///
    /// # Errors
    /// It ends, or does not get ready.
    pub(crate) fn start(target: &Target, shelf: &Shelf) -> Result<Self, Fault> {
        let folder = shelf
            .built
            .join("runs")
            .join(target.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Fault::io("an old run"))?;
        }
        fs::create_dir_all(&folder).map_err(Fault::io("a folder for a run"))?;
        let authority = match target.kind {
            Kind::Site => Some(certify(&folder)?),
            Kind::Token => None,
        };
        let log = fs::File::create(folder.join("log")).map_err(Fault::io("a log"))?;
        let same = log.try_clone().map_err(Fault::io("a log"))?;
        let mut command = command(target, shelf)?;
        // It ends when this pipe does, however the bench ends.
        let running = command
            .arg(&folder)
            .envs(PASSWORDS)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(same);
        let child = running.spawn().map_err(Fault::io("a target"))?;
        let mut running = Self {
            child,
            url: String::new(),
            folder,
            authority,
            told: Value::Null,
        };
        running.told = running.ready(&target.name)?;
        let port = running
            .told
            .get("port")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let scheme = if running.authority.is_some() {
            "https"
        } else {
            "http"
        };
        running.url = format!("{scheme}://127.0.0.1:{port}/");
        Ok(running)
    }

    fn ready(&mut self, name: &str) -> Result<Value, Fault> {
        let began = world::now();
        loop {
            if let Ok(text) = fs::read(self.folder.join("ready.json")) {
                return serde_json::from_slice(&text).map_err(|error| Fault::new(format!("{name}: {error}")));
            }
            let ended = self.child.try_wait().map_err(Fault::io("a target"))?;
            if ended.is_some() || began.elapsed() > PATIENCE {
                let said = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(Fault::new(format!("{name} does not start: {}", said.trim())));
            }
            world::pause(GLANCE);
        }
    }

    /// What the target said of itself.
    pub(crate) fn known(&self, member: &str) -> Option<&Value> {
        self.told.get(member)
    }

    /// The same as text.
    pub(crate) fn told(&self, member: &str) -> &str {
        self.known(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// Writes a file for the run.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Fault> {
        let file = self.folder.join(name);
        fs::write(&file, text).map_err(Fault::io("a file for a run"))?;
        Ok(file)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(target: &Target, shelf: &Shelf) -> Result<Command, Fault> {
    if let Some(word) = target.program.strip_prefix("go/") {
        let mut command = Command::new(shelf.go()?);
        command.arg(word).arg(&target.usage);
        return Ok(command);
    }
    let Some(source) = target.program.strip_prefix("node/") else {
        let packages = shelf.python(&target.set)?;
        let mut command = Command::new("python3");
        command
            .arg(shelf.source(&target.program))
            .arg(&target.usage)
            .env("PYTHONPATH", packages)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        return Ok(command);
    };
    let folder = shelf.node()?;
    let mut command = Command::new("node");
    command
        .arg(folder.join(source))
        .arg(&target.set)
        .arg(&target.usage)
        .env("NODE_ENV", "production");
    Ok(command)
}

/// Writes a certificate for loopback, and the one of the authority that made it. Gives the latter's file.
fn certify(folder: &Path) -> Result<PathBuf, Fault> {
    let fault = |error: rcgen::Error| Fault::new(format!("a certificate: {error}"));
    let key = KeyPair::generate().map_err(fault)?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = params.self_signed(&key).map_err(fault)?;
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate().map_err(fault)?;
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).map_err(fault)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &issuer).map_err(fault)?;
    let write = |name: &str, text: String| {
        let file = folder.join(name);
        fs::write(&file, text)
            .map_err(Fault::io("a certificate"))
            .map(|()| file)
    };
    write("tls.pem", certificate.pem())?;
    write("tls.key", key.serialize_pem())?;
    write("authority.pem", authority.pem())
}
