//! Each check passes once and fails once.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::testing::Directory;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn directory_result(path: &Path) -> Judgement {
    let mut findings = Vec::new();
    data_directory(path, &mut findings);
    findings[0].result
}

#[test]
fn a_private_directory_passes_and_an_open_one_fails() {
    let dir = Directory::new();
    mode(dir.path(), 0o700);
    let file = dir.path().join("symbolon.db");
    std::fs::write(&file, "x").unwrap();
    mode(&file, 0o600);
    assert_eq!(directory_result(dir.path()), Judgement::Pass);
    mode(&file, 0o644);
    assert_eq!(directory_result(dir.path()), Judgement::Fail);
    mode(&file, 0o600);
    mode(dir.path(), 0o755);
    assert_eq!(directory_result(dir.path()), Judgement::Fail);
    assert_eq!(directory_result(&dir.path().join("none")), Judgement::NotTested);
}

#[test]
fn little_room_warns_and_a_reserve_in_use_fails() {
    let dir = Directory::new();
    let judged = |reserve_bytes, low_bytes, short_bytes| {
        let terms = SpaceTerms {
            reserve_bytes,
            low_bytes,
            short_bytes,
        };
        disk_space(dir.path(), terms).result
    };
    assert_eq!(judged(10, 0, 0), Judgement::Pass);
    assert_eq!(judged(10, u64::MAX, 0), Judgement::Warn);
    assert_eq!(judged(10, u64::MAX, u64::MAX), Judgement::Fail);
    std::fs::write(dir.path().join("reserve"), [0; 10]).unwrap();
    assert_eq!(judged(10, 0, 0), Judgement::Pass);
    assert_eq!(judged(11, 0, 0), Judgement::Fail, "it is in use");
    let none = disk_space(&dir.path().join("none"), SpaceTerms::default());
    assert_eq!(none.result, Judgement::NotTested);
}

#[test]
fn the_configuration_sets_the_limits_of_room() {
    let dir = Directory::new();
    let file = dir.path().join("symbolon.toml");
    std::fs::write(
        &file,
        "[store]\nreserve_mib = 1\nlow_space_mib = 3\nshort_space_mib = 2\n",
    )
    .unwrap();
    let terms = space_terms(Some(&file));
    assert_eq!(
        (terms.reserve_bytes, terms.low_bytes, terms.short_bytes),
        (MIB, 3 * MIB, 2 * MIB)
    );
    assert_eq!(space_terms(None), SpaceTerms::default());
}

#[test]
fn a_clock_behind_its_files_fails_and_is_never_a_pass() {
    assert_eq!(against_files(Some(100_000), 10_000).result, Judgement::Fail);
    assert_eq!(against_files(Some(10_000), 100_000).result, Judgement::NotTested);
    assert_eq!(against_files(None, 100_000).result, Judgement::NotTested);
}

#[tokio::test]
async fn a_store_is_whole_damaged_or_not_there() {
    let dir = Directory::new();
    assert_eq!(stopped_store(dir.path()).await.result, Judgement::NotTested);
    std::fs::write(
        dir.path().join(store::sqlite::DATA_FILE),
        "this is no database, whatever its name says",
    )
    .unwrap();
    assert_eq!(stopped_store(dir.path()).await.result, Judgement::Fail);
    let good = Directory::new();
    let (clock, entropy) = (SystemClock, crate::clock::SystemEntropy::new());
    let opened = store::sqlite::SqliteStore::open(
        good.path(),
        std::sync::Arc::new(clock),
        std::sync::Arc::new(entropy),
    );
    opened.unwrap().close();
    assert_eq!(stopped_store(good.path()).await.result, Judgement::Pass);
}

fn configured(text: &str) -> Vec<(&'static str, Judgement)> {
    let dir = Directory::new();
    let file = dir.path().join("symbolon.toml");
    std::fs::write(&file, text).unwrap();
    let mut findings = Vec::new();
    configuration(Some(&file), &mut findings);
    findings
        .iter()
        .map(|finding| (finding.check, finding.result))
        .collect()
}

#[test]
fn plain_http_is_for_this_machine() {
    let pass = [("configuration", Judgement::Pass), ("tls", Judgement::Pass)];
    assert_eq!(configured(""), pass);
    let gateway = "[server]\nissuer = \"https://id.example.org\"\n";
    assert_eq!(configured(gateway)[1], ("tls", Judgement::Warn));
    assert_eq!(
        configured("[server]\nlisten = \"0.0.0.0:80\"\n")[0],
        ("configuration", Judgement::Fail)
    );
    assert_eq!(configured("[serve]\n")[0], ("configuration", Judgement::Fail));
}
