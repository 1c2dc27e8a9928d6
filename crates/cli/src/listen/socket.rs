//! A Unix socket to listen on: whoever may open the file may ask. It appears under its name with its mode, never before.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use edge::SocketFile;
use tokio::net::{UnixListener, UnixStream};

/// A bound socket; its file goes when this does.
#[derive(Debug)]
pub(super) struct BoundSocket {
    listener: UnixListener,
    path: PathBuf,
    /// Device and inode: a file that took its place since is somebody else's.
    identity: (u64, u64),
}

impl BoundSocket {
    /// Binds inside a folder that nobody else may enter, sets the mode, then moves the socket to its name. A socket that
    /// was left there by a process that is gone is replaced.
    ///
    /// # Errors
    /// Somebody listens there, another kind of file is there, or the folder cannot be written.
    pub(super) fn bind(file: &SocketFile) -> io::Result<Self> {
        refuse_what_is_there(&file.path)?;
        let mut folder = file.path.clone().into_os_string();
        folder.push(".new");
        let (folder, inner) = (PathBuf::from(&folder), Path::new(&folder).join("s"));
        // What an interrupted start left.
        let _ = fs::remove_file(&inner).and_then(|()| fs::remove_dir(&folder));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let bound = Self::bind_in(&inner, file);
        let _ = fs::remove_file(&inner);
        fs::remove_dir(&folder)?;
        bound
    }

    fn bind_in(inner: &Path, file: &SocketFile) -> io::Result<Self> {
        let listener = UnixListener::bind(inner)?;
        fs::set_permissions(inner, Permissions::from_mode(file.mode))?;
        let identity = identity(inner)?;
        fs::rename(inner, &file.path)?;
        Ok(Self {
            listener,
            path: file.path.clone(),
            identity,
        })
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }
}

impl Drop for BoundSocket {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|now| now == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn refuse_what_is_there(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if !found.file_type().is_socket() => Err(ErrorKind::AlreadyExists.into()),
        Ok(_) => match std::os::unix::net::UnixStream::connect(path) {
            Ok(_) => Err(ErrorKind::AddrInUse.into()),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
            Err(error) => Err(error),
        },
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str) -> (PathBuf, SocketFile) {
        let folder = std::env::temp_dir().join(format!("symbolon-socket-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("check.sock");
        (folder, SocketFile { path, mode: 0o660 })
    }

    #[tokio::test]
    async fn it_has_its_mode_and_goes_when_it_is_closed() {
        let (folder, file) = at("mode");
        let bound = BoundSocket::bind(&file).unwrap();
        let found = fs::symlink_metadata(&file.path).unwrap();
        assert!(found.file_type().is_socket());
        assert_eq!(found.permissions().mode() & 0o777, 0o660);
        let (client, server) = tokio::join!(UnixStream::connect(&file.path), bound.accept());
        assert!(client.is_ok() && server.is_ok());
        drop(bound);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left");
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_socket_that_nobody_listens_on_is_replaced_and_others_are_not() {
        let (folder, file) = at("stale");
        drop(std::os::unix::net::UnixListener::bind(&file.path).unwrap());
        let bound = BoundSocket::bind(&file).unwrap();
        let error = BoundSocket::bind(&file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse, "somebody listens");
        drop(bound);
        fs::write(&file.path, "precious").unwrap();
        let error = BoundSocket::bind(&file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "precious");
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_file_that_took_its_place_stays() {
        let (folder, file) = at("replaced");
        let bound = BoundSocket::bind(&file).unwrap();
        fs::remove_file(&file.path).unwrap();
        fs::write(&file.path, "another").unwrap();
        drop(bound);
        assert!(file.path.exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
