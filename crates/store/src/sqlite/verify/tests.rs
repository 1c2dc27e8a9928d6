use super::*;
use crate::intent::{Actor, Revoke};
use crate::intents;
use crate::sqlite::rows::SqliteRows;
use crate::sqlite::schema::SCHEMA;
use crate::sqlite::scratch::Scratch;
use domain::id::Id;
use domain::revocation::Target;

fn filled(scratch: &Scratch) -> Connection {
    let connection = scratch.writer(&SCHEMA).unwrap();
    let targets = vec![
        Target::All,
        Target::Session(Id::from_bytes([7; 16])),
        Target::SessionSecret(Id::from_bytes([8; 16]), 3),
        Target::Client("web".parse().unwrap()),
    ];
    let intent = Revoke {
        targets,
        reason: "test".to_owned(),
        actor: Actor::system(),
        receipt: None,
    };
    let now = domain::Timestamp::from_secs(1);
    intents::revoke(&mut SqliteRows::of(&connection), now, &intent).unwrap();
    connection
}

#[test]
fn what_was_written_fits() {
    verify_chains(&filled(&Scratch::new())).unwrap();
}

#[test]
fn every_change_behind_our_back_is_found() {
    for change in [
        "UPDATE log SET key = 'ses_00000000000000000000000000' WHERE class = 'session'",
        "UPDATE log SET at = at + 1 WHERE class = 'all'",
        "DELETE FROM log WHERE class = 'session'",
        "UPDATE events SET body = replace(body, 'test', 'best')",
        "DELETE FROM events WHERE number = 2",
        "UPDATE events SET at = at + 1 WHERE number = 1",
        "DELETE FROM watermarks WHERE class = 'session_secret'",
        "UPDATE watermarks SET mark = mark - 1 WHERE class = 'client'",
        "UPDATE epochs SET digest = zeroblob(32)",
        "UPDATE meta SET event_genesis = zeroblob(32)",
    ] {
        let connection = filled(&Scratch::new());
        connection.execute_batch(change).unwrap();
        assert!(verify_chains(&connection).is_err(), "{change}");
    }
}
