//! The power fails while an older store is opened: the next start migrates it, and nothing is gone.

use faults::{Disk, Draw};

use super::tests::{NEXT, nickname, old_store, version};
use crate::sqlite::schema::SCHEMA;
use crate::sqlite::scratch::{Scratch, raw};

#[test]
fn a_power_loss_during_a_migration_leaves_the_old_store_or_the_new_one() {
    let scratch = Scratch::new();
    old_store(&scratch);
    let disk = Disk::watch(&scratch.path).unwrap();
    assert_eq!(
        disk.root(),
        scratch.path,
        "the system's own temporary directory is no link"
    );
    drop(scratch.writer(&NEXT).unwrap());
    disk.stop();
    let kept = format!("symbolon.db.before-v{}", NEXT.version);
    let (mut old, mut new) = (0, 0);
    for cut in 0..=disk.position() {
        let after = Scratch::new();
        let mut draw = Draw::new(cut as u64);
        disk.after_power_loss(cut, &mut draw)
            .write_to(&after.path)
            .unwrap();
        let _quick = Disk::watch(&after.path).unwrap();
        match version(&after, "symbolon.db") {
            found if found == SCHEMA.version => old += 1,
            found if found == NEXT.version => new += 1,
            other => panic!("cut {cut}: version {other}"),
        }
        drop(
            after
                .writer(&NEXT)
                .unwrap_or_else(|e| panic!("cut before {}: {e}", disk.step(cut))),
        );
        assert_eq!(version(&after, "symbolon.db"), NEXT.version);
        assert_eq!(nickname(&after, "symbolon.db").unwrap(), "ADA", "cut {cut}");
        let said: String = raw(&after.file("symbolon.db"))
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(said, "ok");
        if let Ok(file) = std::fs::metadata(after.file(&kept)) {
            assert!(file.len() > 0);
            assert_eq!(
                version(&after, &kept),
                SCHEMA.version,
                "a copy under its name is whole"
            );
        }
    }
    assert!(old > 0 && new > 0, "{old} {new}");
}
