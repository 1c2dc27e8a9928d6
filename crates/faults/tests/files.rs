//! The calls of the standard library arrive, and what was not synced may be gone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use faults::{Disk, Draw};

/// A directory of a test's own, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Everything that may be found under a name, over many seeds.
fn found(disk: &Disk, cut: usize, name: &str) -> BTreeSet<Option<Vec<u8>>> {
    let mut draw = Draw::new(1);
    let one = |_| {
        disk.after_power_loss(cut, &mut draw)
            .file(name)
            .map(<[u8]>::to_vec)
    };
    (0..2000).map(one).collect()
}

fn some(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

#[test]
fn what_was_synced_is_there_whatever_the_seed() {
    let scratch = Scratch::new("synced");
    let disk = Disk::watch(&scratch.0).unwrap();
    let mut file = File::create(disk.root().join("a")).unwrap();
    file.write_all(b"first").unwrap();
    file.sync_all().unwrap();
    assert_eq!(
        found(&disk, disk.position(), "a"),
        [None, some("first")].into(),
        "its name is not"
    );
    File::open(disk.root()).unwrap().sync_all().unwrap();
    assert_eq!(found(&disk, disk.position(), "a"), [some("first")].into());
    file.write_all(b" second").unwrap();
    let later = found(&disk, disk.position(), "a");
    assert!(later.contains(&some("first")) && later.contains(&some("first second")));
    assert!(
        later.contains(&some("first\0\0\0\0\0\0\0")),
        "a length without its bytes: {later:?}"
    );
    assert_eq!(
        found(&disk, 2, "a").len(),
        4,
        "not there, empty, zeros, or the write that is on its way"
    );
}

#[test]
fn writes_are_dropped_reordered_and_torn_by_sectors() {
    let scratch = Scratch::new("torn");
    fs::write(scratch.0.join("a"), [b'0'; 2048]).unwrap();
    let disk = Disk::watch(&scratch.0).unwrap();
    let mut file = fs::OpenOptions::new()
        .write(true)
        .open(disk.root().join("a"))
        .unwrap();
    file.write_all(&[b'1'; 1024]).unwrap();
    file.write_all(&[b'2'; 1024]).unwrap();
    let sectors = |content: &[u8]| content.chunks(512).map(|s| s[0]).collect::<Vec<u8>>();
    let all: BTreeSet<Vec<u8>> = found(&disk, disk.position(), "a")
        .into_iter()
        .map(|content| {
            let content = content.unwrap();
            assert!(
                content.chunks(512).all(|s| s.iter().all(|b| *b == s[0])),
                "no sector is torn"
            );
            sectors(&content)
        })
        .collect();
    assert_eq!(all.len(), 16, "each of four sectors by itself");
    assert!(all.contains(b"0022".as_slice()), "the later write alone");
}

#[test]
fn names_count_once_their_directory_is_synced() {
    let scratch = Scratch::new("names");
    fs::write(scratch.0.join("a"), "old").unwrap();
    let disk = Disk::watch(&scratch.0).unwrap();
    let root = disk.root();
    let mut file = File::create(root.join("b")).unwrap();
    file.write_all(b"new").unwrap();
    file.sync_all().unwrap();
    fs::hard_link(root.join("a"), root.join("kept")).unwrap();
    fs::rename(root.join("b"), root.join("a")).unwrap();
    fs::create_dir(root.join("c")).unwrap();
    let unsynced = disk.position();
    assert_eq!(
        found(&disk, unsynced, "a"),
        [some("old"), some("new")].into(),
        "one or the other"
    );
    assert_eq!(found(&disk, unsynced, "kept"), [None, some("old")].into());
    File::open(&root).unwrap().sync_all().unwrap();
    assert_eq!(found(&disk, disk.position(), "a"), [some("new")].into());
    assert_eq!(found(&disk, disk.position(), "b"), [None].into());
    fs::remove_file(root.join("a")).unwrap();
    fs::write(root.join("c/d"), "x").unwrap();
    assert_eq!(found(&disk, disk.position(), "a"), [None, some("new")].into());
    assert!(found(&disk, disk.position(), "c/d").contains(&some("x")));
}

#[test]
fn a_disk_that_lies_keeps_nothing_for_sure() {
    let scratch = Scratch::new("lies");
    let disk = Disk::watch(&scratch.0).unwrap();
    disk.lie_about_syncs();
    let mut file = File::create(disk.root().join("a")).unwrap();
    file.write_all(b"x").unwrap();
    file.sync_all().unwrap();
    File::open(disk.root()).unwrap().sync_all().unwrap();
    assert!(found(&disk, disk.position(), "a").contains(&None));
}

#[test]
fn a_full_disk_refuses_and_a_removed_file_makes_room() {
    let scratch = Scratch::new("full");
    fs::write(scratch.0.join("ballast"), [0; 8192]).unwrap();
    let disk = Disk::watch(&scratch.0).unwrap();
    disk.set_room(Some(4096));
    let mut file = File::create(disk.root().join("a")).unwrap();
    let refused = file.write_all(&[1; 5000]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageFull);
    assert_eq!(
        fs::metadata(disk.root().join("a")).unwrap().len(),
        4096,
        "what fitted"
    );
    assert_eq!(disk.room(), Some(0));
    fs::remove_file(disk.root().join("ballast")).unwrap();
    assert_eq!(disk.room(), Some(8192));
    file.write_all(&[1; 8192]).unwrap();
    assert!(file.write_all(&[1]).is_err());
    file.set_len(0).unwrap();
    assert_eq!(disk.room(), Some(12_288));
}
