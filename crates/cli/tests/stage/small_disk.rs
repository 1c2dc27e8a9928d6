//! A small file system of a test's own, whatever this machine permits.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::TempDir;

/// As [`SmallDisk::new`] found it permitted.
enum Kind {
    /// Mounted here; with the words before the command that made it root's.
    Mounted(&'static [&'static str]),
    /// What containers have at `/dev/shm`, shared with nobody here.
    SharedMemory,
}

/// A file system of a few megabytes.
pub struct SmallDisk {
    path: PathBuf,
    kind: Kind,
    _dir: TempDir,
}

/// The largest `/dev/shm` that a test fills.
const LARGEST_SHARED: u64 = 256 << 20;

impl SmallDisk {
    /// Tries a mount (also with `sudo -n`; [`in_namespace`] goes where one is permitted), then a small `/dev/shm`. On a machine that has none of these the
    /// test fails and says so; the store's own tests of a full disk need nothing of the machine.
    pub fn new(mib: u32) -> Self {
        let dir = TempDir::new("small-disk");
        let at = dir.path().join("disk");
        std::fs::create_dir(&at).unwrap();
        let found = mounted(&at, mib);
        let (path, kind) = found.unwrap_or_else(shared_memory);
        Self {
            path,
            kind,
            _dir: dir,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file until there is no room for another byte.
    pub fn fill(&self) {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .open(self.path.join("ballast"))
            .unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            let chunk = vec![1; size];
            while file.write_all(&chunk).is_ok() {}
        }
    }

    pub fn make_room(&self) {
        std::fs::remove_file(self.path.join("ballast")).unwrap();
    }
}

/// As what this is, and then as root where nobody is asked for a password: the runners of CI.
fn mounted(at: &Path, mib: u32) -> Option<(PathBuf, Kind)> {
    let owner = rustix::process::getuid().as_raw();
    let options = format!("size={mib}m,mode=0700,uid={owner}");
    let is_mounted = |by: &[&'static str]| {
        let words = [by, &["mount", "-t", "tmpfs", "-o", &options, "tmpfs"]].concat();
        let mut command = Command::new(words[0]);
        let command = command.args(&words[1..]).arg(at).stdin(Stdio::null());
        let status = command.stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let by = [&[][..], &["sudo", "-n"]].into_iter().find(|by| is_mounted(by))?;
    Some((at.to_owned(), Kind::Mounted(by)))
}

/// Where this process may not mount, runs this test again where it may: as root of a user namespace of its own. Says how
/// that ended; nothing where it is not needed or not permitted.
pub fn in_namespace(test: &str) -> Option<bool> {
    const INSIDE: &str = "SYMBOLON_TEST_IN_NAMESPACE";
    let dir = TempDir::new("may-mount");
    if std::env::var_os(INSIDE).is_some() || may_mount(dir.path()) {
        return None;
    }
    let unshare = |program: &Path, args: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount"]);
        let command = command.arg(program).args(args).env(INSIDE, "1");
        command.status().is_ok_and(|status| status.success())
    };
    let own = std::env::current_exe().unwrap();
    unshare(Path::new("true"), &[]).then(|| unshare(&own, &["--exact", test]))
}

fn may_mount(at: &Path) -> bool {
    let mounted = mounted(at, 1);
    if let Some((path, Kind::Mounted(by))) = &mounted {
        unmount(path, by);
    }
    mounted.is_some()
}

fn unmount(path: &Path, by: &[&str]) {
    let words = [by, &["umount", "--lazy"]].concat();
    let _ = Command::new(words[0]).args(&words[1..]).arg(path).status();
}

fn shared_memory() -> (PathBuf, Kind) {
    let bytes = rustix::fs::statvfs("/dev/shm").map_or(u64::MAX, |disk| disk.f_blocks * disk.f_frsize);
    assert!(
        bytes <= LARGEST_SHARED,
        "no small file system: not permitted are a mount and a user namespace, and /dev/shm has {bytes} bytes"
    );
    let path = Path::new("/dev/shm").join(format!("symbolon-{}", std::process::id()));
    std::fs::create_dir(&path).unwrap();
    (path, Kind::SharedMemory)
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        match &self.kind {
            Kind::Mounted(by) => unmount(&self.path, by),
            Kind::SharedMemory => {
                let _ = std::fs::remove_dir_all(&self.path);
            }
        }
    }
}
