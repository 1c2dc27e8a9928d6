//! The C library's calls on files, under its own names: a program that links this crate calls these. Each does the
//! system call and writes it down if it concerns a watched directory.
#![allow(
    unsafe_code,
    reason = "the C library's calling conventions; every pointer is the caller's, with the contract of the call"
)]

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use libc::{c_char, c_int, c_long, c_uint, c_void, mode_t, off_t, size_t, ssize_t};

use crate::disk::{inode, with_journal};
use crate::journal::{Inode, Journal};

/// Opens; a file that is made by it is a step.
///
/// # Safety
/// As `open(2)`: `path` is a C string. The third argument is variadic in C; on the platforms of this crate it comes in
/// the same register, and is read only by the system, and only where the flags ask for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's path is a C string that outlives this call.
    let text = unsafe { text(path) };
    let call = || {
        // SAFETY: the arguments are the caller's, for the call that the caller meant.
        let fd = unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, flags, c_uint::from(mode)) };
        c_int::try_from(fd).unwrap_or(-1)
    };
    if flags & (libc::O_CREAT | libc::O_TRUNC) == 0 {
        return call();
    }
    with_journal(place(&text), |found| {
        let Some((journal, name)) = found else {
            return call();
        };
        let before = std::fs::symlink_metadata(&text).ok();
        let fd = call();
        if fd >= 0 {
            match (before, std::fs::symlink_metadata(&text).ok()) {
                (None, Some(made)) => journal.made_file(name, inode(&made)),
                (Some(there), _) if flags & libc::O_TRUNC != 0 => {
                    if let Some(id) = journal.id_of(inode(&there)) {
                        journal.truncated(id, 0);
                    }
                }
                _ => {}
            }
        }
        fd
    })
}

/// As [`open`]: offsets have 64 bits anyway.
///
/// # Safety
/// As [`open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the same contract.
    unsafe { open(path, flags, mode) }
}

/// Writes at the file's own offset.
///
/// # Safety
/// As `write(2)`: `buffer` has `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, buffer: *const c_void, length: size_t) -> ssize_t {
    let call = |length: size_t| {
        // SAFETY: the buffer is the caller's, and not longer than the caller said.
        size(unsafe { libc::syscall(libc::SYS_write, fd, buffer, length) })
    };
    with_journal(file(fd), |found| {
        let Some((journal, id)) = found else {
            return call(length);
        };
        // SAFETY: takes numbers only.
        let at = unsafe { libc::syscall(libc::SYS_lseek, fd, 0 as off_t, libc::SEEK_CUR) };
        let at = usize::try_from(at).unwrap_or(0);
        let fits = journal.room_for(id, at, length);
        if fits == 0 && length > 0 {
            return full();
        }
        let wrote = call(fits);
        // SAFETY: the system has just read as many bytes from there.
        journal.wrote(id, at, unsafe { bytes(buffer, wrote) });
        wrote
    })
}

/// Writes at an offset.
///
/// # Safety
/// As `pwrite(2)`: `buffer` has `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(fd: c_int, buffer: *const c_void, length: size_t, at: off_t) -> ssize_t {
    let call = |length: size_t| {
        // SAFETY: the buffer is the caller's, and not longer than the caller said.
        size(unsafe { libc::syscall(libc::SYS_pwrite64, fd, buffer, length, at) })
    };
    with_journal(file(fd), |found| {
        let Some((journal, id)) = found else {
            return call(length);
        };
        let from = usize::try_from(at).unwrap_or(0);
        let fits = journal.room_for(id, from, length);
        if fits == 0 && length > 0 {
            return full();
        }
        let wrote = call(fits);
        // SAFETY: the system has just read as many bytes from there.
        journal.wrote(id, from, unsafe { bytes(buffer, wrote) });
        wrote
    })
}

/// As [`pwrite`].
///
/// # Safety
/// As [`pwrite`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(fd: c_int, buffer: *const c_void, length: size_t, at: off_t) -> ssize_t {
    // SAFETY: the same contract.
    unsafe { pwrite(fd, buffer, length, at) }
}

/// Sets a file's length.
#[unsafe(no_mangle)]
pub extern "C" fn ftruncate(fd: c_int, length: off_t) -> c_int {
    with_journal(file(fd), |found| {
        // SAFETY: takes numbers only.
        let done = unsafe { libc::syscall(libc::SYS_ftruncate, fd, length) };
        if let (Some((journal, id)), 0) = (found, done) {
            journal.truncated(id, usize::try_from(length).unwrap_or(0));
        }
        status(done)
    })
}

/// As [`ftruncate`].
#[unsafe(no_mangle)]
pub extern "C" fn ftruncate64(fd: c_int, length: off_t) -> c_int {
    ftruncate(fd, length)
}

/// Syncs a file, or the names in a directory. In a watched one it is written down in place of being done.
#[unsafe(no_mangle)]
pub extern "C" fn fsync(fd: c_int) -> c_int {
    let is_file = with_journal(file(fd), |found| {
        found.map(|(journal, id)| journal.synced(id)).is_some()
    });
    let is_watched = is_file
        || with_journal(directory(fd), |found| {
            found.map(|(journal, name)| journal.synced_names(name)).is_some()
        });
    if is_watched {
        return 0;
    }
    // SAFETY: takes a number only.
    status(unsafe { libc::syscall(libc::SYS_fsync, fd) })
}

/// As [`fsync`]: what differs is not needed to read the data.
#[unsafe(no_mangle)]
pub extern "C" fn fdatasync(fd: c_int) -> c_int {
    fsync(fd)
}

/// Renames within a watched directory, or outside of all.
///
/// # Safety
/// As `rename(2)`: both are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's paths are C strings that outlive this call.
    let (old, new) = unsafe { (text(from), text(to)) };
    with_journal(places(&old, &new), |found| {
        // SAFETY: the arguments are the caller's, for the call that the caller meant.
        let done = unsafe {
            libc::syscall(
                libc::SYS_renameat2,
                libc::AT_FDCWD,
                from,
                libc::AT_FDCWD,
                to,
                0 as c_uint,
            )
        };
        if let (Some((journal, (old, new))), 0) = (found, done) {
            journal.renamed(old, new);
        }
        status(done)
    })
}

/// Removes a name.
///
/// # Safety
/// As `unlink(2)`: a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's path is a C string that outlives this call.
    let text = unsafe { text(path) };
    with_journal(place(&text), |found| {
        // SAFETY: the argument is the caller's, for the call that the caller meant.
        let done = unsafe { libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, 0) };
        if let (Some((journal, name)), 0) = (found, done) {
            journal.removed(name);
        }
        status(done)
    })
}

/// Gives a file a second name. Paths relative to an open directory are not recognised; nobody here uses them.
///
/// # Safety
/// As `linkat(2)`: both are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn linkat(
    from_directory: c_int,
    from: *const c_char,
    to_directory: c_int,
    to: *const c_char,
    flags: c_int,
) -> c_int {
    // SAFETY: the caller's paths are C strings that outlive this call.
    let (old, new) = unsafe { (text(from), text(to)) };
    with_journal(places(&old, &new), |found| {
        // SAFETY: the arguments are the caller's, for the call that the caller meant.
        let done = unsafe { libc::syscall(libc::SYS_linkat, from_directory, from, to_directory, to, flags) };
        if let (Some((journal, (old, new))), 0) = (found, done) {
            journal.linked(old, new);
        }
        status(done)
    })
}

/// Makes a directory.
///
/// # Safety
/// As `mkdir(2)`: a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the caller's path is a C string that outlives this call.
    let text = unsafe { text(path) };
    with_journal(place(&text), |found| {
        // SAFETY: the arguments are the caller's, for the call that the caller meant.
        let done = unsafe { libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, c_uint::from(mode)) };
        if let (Some((journal, name)), 0, Ok(made)) = (found, done, std::fs::metadata(&text)) {
            journal.made_directory(name, inode(&made));
        }
        status(done)
    })
}

/// The path of a C string, made absolute.
///
/// # Safety
/// It is one.
unsafe fn text(path: *const c_char) -> PathBuf {
    // SAFETY: promised by the caller.
    let text = unsafe { CStr::from_ptr(path) };
    let path = Path::new(OsStr::from_bytes(text.to_bytes()));
    if path.is_absolute() {
        return path.to_path_buf();
    }
    std::env::current_dir().unwrap_or_default().join(path)
}

/// The bytes that a call has taken from a buffer.
///
/// # Safety
/// The buffer has `taken` readable bytes, if that is not negative.
unsafe fn bytes<'b>(buffer: *const c_void, taken: ssize_t) -> &'b [u8] {
    match usize::try_from(taken) {
        // SAFETY: promised by the caller; the slice is copied before the call that it belongs to returns.
        Ok(length) if length > 0 => unsafe { std::slice::from_raw_parts(buffer.cast(), length) },
        _ => &[],
    }
}

fn place(path: &Path) -> impl Fn(&Journal) -> Option<PathBuf> {
    |journal| journal.name(path)
}

fn places(from: &Path, to: &Path) -> impl Fn(&Journal) -> Option<(PathBuf, PathBuf)> {
    |journal| Some((journal.name(from)?, journal.name(to)?))
}

fn file(fd: c_int) -> impl Fn(&Journal) -> Option<usize> {
    move |journal| journal.id_of(inode_of(fd)?)
}

fn directory(fd: c_int) -> impl Fn(&Journal) -> Option<PathBuf> {
    move |journal| journal.directory_of(inode_of(fd)?)
}

fn inode_of(fd: c_int) -> Option<Inode> {
    // SAFETY: all zeros is a value of this plain record, and the system writes to it alone.
    let (done, status) = unsafe {
        let mut status: libc::stat = std::mem::zeroed();
        (libc::fstat(fd, &raw mut status), status)
    };
    (done == 0).then_some((status.st_dev, status.st_ino))
}

fn full() -> ssize_t {
    // SAFETY: the C library's own place for the error of this thread.
    unsafe { *libc::__errno_location() = libc::ENOSPC };
    -1
}

fn size(result: c_long) -> ssize_t {
    ssize_t::try_from(result).unwrap_or(-1)
}

fn status(result: c_long) -> c_int {
    c_int::try_from(result).unwrap_or(-1)
}
