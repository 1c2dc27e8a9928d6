//! The embedded store, opened by the command line itself: only while no server has it.

use std::path::Path;
use std::sync::Arc;

use domain::secret::{Secret, SetupCode as SetupCodeKind};
use domain::{Clock, Entropy, Span};
use store::Store;
use store::intent::{Actor, SetupCode};
use store::sqlite::{CopyProgress, DATA_FILE, OpenError, RestorePlan, Restored, SqliteStore};
use zeroize::Zeroizing;

use crate::clock::{ForwardClock, SystemClock, SystemEntropy};
use crate::failure::Failure;
use crate::out::{Copying, Out};

/// How long a set-up code is good.
const SETUP_CODE_LIFE: Span = Span::from_mins(15);

/// A new set-up code, in place of any other.
pub(crate) async fn setup_code(directory: &Path) -> Result<Zeroizing<String>, Failure> {
    let store = open(directory)?;
    let code = Secret::<SetupCodeKind>::generate(&SystemEntropy::new());
    let kept = SetupCode {
        digest: code.digest(),
        expires_at: SystemClock.now() + SETUP_CODE_LIFE,
    };
    let put = store.put_setup_code(kept, Actor::new("cli")).await;
    store.close();
    put.map_err(|error| Failure::fault("the code could not be kept").because(&error))?;
    Ok(code.reveal())
}

/// Copies the store into a new file; gives its size.
pub(crate) fn backup(directory: &Path, file: &Path, out: &Out) -> Result<u64, Failure> {
    let store = open(directory)?;
    let mut copying = Copying::new(*out, "Copying");
    let made = store.backup(file, &mut |progress| told(&mut copying, progress));
    store.close();
    Ok(made.map_err(refused)?.bytes)
}

/// Puts a backup in the place of the store.
pub(crate) fn restore(plan: RestorePlan<'_>, out: &Out) -> Result<Restored, Failure> {
    let (clock, entropy) = world();
    let mut copying = Copying::new(*out, "Restoring");
    let mut progress = |progress| told(&mut copying, progress);
    store::sqlite::restore(plan, &clock, &entropy, &mut progress).map_err(refused)
}

/// Opens the store of a directory that has one: a slip in its name must not make a new one.
pub(crate) fn open(directory: &Path) -> Result<Arc<SqliteStore>, Failure> {
    if !has_store(directory) {
        return Err(
            Failure::mistake(format!("{} holds no store", directory.display()))
                .hint("name the data directory of the server with --data DIR"),
        );
    }
    let clock = Arc::new(ForwardClock::new(Arc::new(SystemClock)));
    let store =
        SqliteStore::open(directory, clock.clone(), Arc::new(SystemEntropy::new())).map_err(refused)?;
    // What is written here must not hide from the server's next start that the clock was set back.
    if let Some(time) = store.acted_at() {
        clock.was_at(time);
    }
    Ok(store)
}

/// Whether a directory holds a store.
pub(crate) fn has_store(directory: &Path) -> bool {
    directory.join(DATA_FILE).exists()
}

fn world() -> (Arc<dyn Clock>, Arc<dyn Entropy>) {
    (Arc::new(SystemClock), Arc::new(SystemEntropy::new()))
}

fn told(copying: &mut Copying, progress: CopyProgress) {
    copying.at(progress.done, progress.total);
}

pub(crate) fn refused(error: OpenError) -> Failure {
    let mine = matches!(
        error,
        OpenError::Locked(_)
            | OpenError::Newer { .. }
            | OpenError::NotADatabase(_)
            | OpenError::Foreign(_)
            | OpenError::Missing(_)
            | OpenError::Exists(_)
    );
    let hint = error.hint();
    if mine {
        return Failure::mistake(error.to_string()).hint(hint);
    }
    Failure::fault("the store cannot be used")
        .because(&error)
        .hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Directory;

    fn new_store(directory: &Path) {
        let (clock, entropy) = world();
        SqliteStore::open(directory, clock, entropy).unwrap().close();
    }

    #[tokio::test]
    async fn a_directory_without_a_store_is_left_alone() {
        let dir = Directory::new();
        let failure = setup_code(dir.path()).await.unwrap_err();
        assert!(failure.message.contains("holds no store"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_running_server_keeps_the_store_to_itself() {
        let dir = Directory::new();
        let (clock, entropy) = world();
        let server = SqliteStore::open(dir.path(), clock, entropy).unwrap();
        let failure = setup_code(dir.path()).await.unwrap_err();
        assert!(failure.message.contains("in use"), "{}", failure.message);
        server.close();
        assert!(setup_code(dir.path()).await.unwrap().starts_with("sy_su_"));
    }

    #[tokio::test]
    async fn the_code_that_is_printed_completes_the_setup() {
        let dir = Directory::new();
        new_store(dir.path());
        let code = setup_code(dir.path()).await.unwrap();
        let store = open(dir.path()).unwrap();
        let presented = Secret::<SetupCodeKind>::parse(&code).unwrap().digest();
        let user = domain::user::User {
            id: domain::Id::from_bytes([7; 16]),
            name: "ada".to_owned(),
            email: None,
            tenant: None,
            password: None,
            credential_version: 1,
            disabled_at: None,
            created_at: SystemClock.now(),
            admin: true,
            must_change_password: false,
        };
        let wrong = store
            .complete_setup(domain::Digest::of(b"wrong"), user.clone())
            .await
            .unwrap();
        assert_eq!(wrong, store::intent::Setup::Refused);
        assert_eq!(
            store.complete_setup(presented, user).await.unwrap(),
            store::intent::Setup::Done
        );
        store.close();
    }

    #[test]
    fn a_backup_is_restored_and_never_overwritten() {
        let (dir, other) = (Directory::new(), Directory::new());
        new_store(dir.path());
        let file = other.path().join("copy.db");
        let out = Out::new(false, false);
        assert!(backup(dir.path(), &file, &out).unwrap() > 0);
        assert!(
            backup(dir.path(), &file, &out)
                .unwrap_err()
                .message
                .contains("exists")
        );
        let plan = RestorePlan {
            from: &file,
            into: dir.path(),
            end_edges: false,
        };
        let restored = restore(plan, &out).unwrap();
        assert!(restored.replaced.is_some());
        std::fs::write(&file, "nonsense").unwrap();
        assert_eq!(restore(plan, &out).unwrap_err().exit_code(), 1);
    }
}
