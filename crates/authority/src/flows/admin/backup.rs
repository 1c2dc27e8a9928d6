//! A copy of the embedded store, while it runs.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use domain::event::Event;
use serde::Serialize;
use serde_json::{Map, Value};
use store::intent::Actor;
use utoipa::ToSchema;

use super::form::Form;
use super::{Conflict, Refusal};
use crate::authority::Authority;

/// A store that can copy itself. The composition root joins it to the embedded store.
#[async_trait]
pub trait Backup: Send + Sync + std::fmt::Debug {
    /// Writes a complete copy, readable by its owner alone, to a file that does not exist yet; says its size in bytes.
    async fn backup(&self, to: &Path) -> Result<u64, String>;
}

/// What was written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BackupView {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// Writes a backup.
///
/// # Errors
/// Every problem of the request; the file exists; the store has no backup of its own; a fault.
pub async fn backup(
    authority: &Authority,
    store: Option<&Arc<dyn Backup>>,
    fields: Map<String, Value>,
    actor: Actor,
) -> Result<BackupView, Refusal> {
    let mut form = Form::new(fields);
    let text = form.required("path", 4096, "name a file on the server's machine");
    let path = PathBuf::from(&text);
    if !text.is_empty() && !is_plain(&path) {
        form.wrong(
            "path",
            "is not absolute, or holds \"..\"",
            "write the full path of a file",
        );
    }
    let path = form.finish(path)?;
    let store = store.ok_or(Conflict::NoBackup)?;
    let place = path.clone();
    let look = tokio::task::spawn_blocking(move || (place.symlink_metadata().is_ok(), has_directory(&place)));
    let (taken, has_directory) = look.await.map_err(|e| Refusal::BackupFailed(e.to_string()))?;
    if taken {
        return Err(Conflict::FileExists.into());
    }
    if !has_directory {
        return Err(Refusal::invalid(
            "path",
            "is in no directory that exists",
            "make the directory first",
        ));
    }
    begun(authority, &text, &actor).await?;
    let bytes = store.backup(&path).await.map_err(Refusal::BackupFailed)?;
    Ok(BackupView { path: text, bytes })
}

/// A copy holds everything: that one was begun is on record before its first byte, and so in the copy itself.
async fn begun(authority: &Authority, path: &str, actor: &Actor) -> Result<(), Refusal> {
    let Some(act) = actor.act() else {
        return Ok(());
    };
    let event = Event::AdminActed {
        actor: actor.to_string(),
        action: act.action.to_owned(),
        target: Some(path.to_owned()),
        outcome: "begun".to_owned(),
        reason: act.reason.clone(),
        request: act.request.clone(),
    };
    authority.store.append_events(vec![event]).await?;
    Ok(())
}

fn is_plain(path: &Path) -> bool {
    path.is_absolute()
        && path.file_name().is_some()
        && path
            .components()
            .all(|c| matches!(c, Component::RootDir | Component::Normal(_)))
}

fn has_directory(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_absolute_and_goes_straight() {
        for (path, plain) in [
            ("/var/backups/a.db", true),
            ("a.db", false),
            ("./a.db", false),
            ("/var/../etc/a.db", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(is_plain(Path::new(path)), plain, "{path}");
        }
    }
}
