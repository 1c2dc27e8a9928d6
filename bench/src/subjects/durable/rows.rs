//! The rows of the bare loop, as the product would write them, made before the time is taken.

use domain::event::{Event, EventKey};
use domain::id::{Family, Id, Session};
use domain::revocation::Class;
use domain::session::Origin;
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Assurance, Clock, Seq, Span, Subject, Timestamp};
use rusqlite::{Connection, params};

use super::Kind;

/// Every digest.
const DIGEST: [u8; 32] = [0x5a; 32];
const AGENT: &str = "agent 1";
const NETWORK: &str = "203.0.1.0/24";
/// As long as a sealed successor.
const SEALED: [u8; 92] = [0x5a; 92];

/// One write: its own row, and the body of its event.
pub(super) struct Row {
    id: [u8; 16],
    text: String,
    at: i64,
    body: String,
}

/// Makes rows.
pub(super) struct Maker {
    kind: Kind,
    clock: ManualClock,
    entropy: SeededEntropy,
    key: EventKey,
    /// Who signs in.
    subjects: Vec<Subject>,
    /// What is rotated.
    families: Vec<[u8; 16]>,
    turn: usize,
}

impl Maker {
    pub(super) fn new(kind: Kind, start: Timestamp, subjects: Vec<Subject>, families: Vec<[u8; 16]>) -> Self {
        let entropy = SeededEntropy::new(crate::world::unix_time_s());
        Self {
            kind,
            clock: ManualClock::new(start),
            key: EventKey::generate(&entropy),
            entropy,
            subjects,
            families,
            turn: 0,
        }
    }

    pub(super) fn rows(&mut self, amount: usize) -> Vec<Row> {
        let first = self.turn * amount;
        self.turn += 1;
        (0..amount)
            .filter_map(|number| self.row(first + number, number))
            .collect()
    }

    fn row(&self, overall: usize, number: usize) -> Option<Row> {
        self.clock.advance(Span::from_ms(1));
        let id = Id::<Session>::generate(self.clock.now(), &self.entropy);
        let at = column(self.clock.now().as_ms());
        let (row_id, text, event) = match self.kind {
            Kind::Sessions => {
                let subject = self.subjects.get(overall % self.subjects.len().max(1))?;
                (*id.as_bytes(), subject.to_string(), self.created(&id, subject))
            }
            Kind::Rotations => {
                let family = self.families.get(number)?;
                (*family, String::new(), self.refreshed(family)?)
            }
            Kind::Revocations => (*id.as_bytes(), id.to_string(), self.revoked(&id)),
        };
        let body = serde_json::to_string(&event).ok()?;
        Some(Row {
            id: row_id,
            text,
            at,
            body,
        })
    }

    fn created(&self, id: &Id<Session>, subject: &Subject) -> Event {
        Event::SessionCreated {
            session: self.key.hash(id),
            subject: subject.clone(),
            assurance: Assurance::Aal1,
            amr: vec!["pwd".to_owned()],
            origin: origin(),
            seq: Seq::default(),
        }
    }

    fn refreshed(&self, family: &[u8; 16]) -> Option<Event> {
        Some(Event::TokenRefreshed {
            family: self.key.hash(&Id::<Family>::from_bytes(*family)),
            client: "web".parse().ok()?,
            generation: 2,
            origin: origin(),
        })
    }

    fn revoked(&self, id: &Id<Session>) -> Event {
        Event::Revoked {
            class: Class::Session,
            key: Some(self.key.hash(id).as_str().to_owned()),
            cause: "bench".to_owned(),
            actor: "bench".to_owned(),
            seq: Seq::default(),
        }
    }
}

impl Row {
    /// Writes the row, and its event under a number.
    pub(super) fn write(&self, connection: &Connection, kind: Kind, number: i64) -> rusqlite::Result<()> {
        let word = match kind {
            Kind::Sessions => {
                self.session(connection, number)?;
                "session.created"
            }
            Kind::Rotations => {
                self.rotation(connection)?;
                "token.refreshed"
            }
            Kind::Revocations => {
                self.revocation(connection, number)?;
                "revocation.committed"
            }
        };
        let sql = "INSERT INTO events (number, at, kind, body, digest) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = connection.prepare_cached(sql)?;
        insert.execute(params![number, self.at, word, self.body, DIGEST])?;
        Ok(())
    }

    /// The session, in its table and its index, its face, and what its subject is told.
    fn session(&self, connection: &Connection, number: i64) -> rusqlite::Result<()> {
        let sql = "INSERT INTO sessions (id, subject, tenant, device, rs, generation, assurance, amr,
                authenticated_at, created_at, active_at, idle_ms, expires_at, network, agent)
            VALUES (?1, ?2, NULL, NULL, ?3, 1, 1, '[\"pwd\"]', ?4, ?4, ?4, 3600000, ?5, ?6, ?7)";
        let (rs, end) = (column(Seq::default().as_u64()), self.at + 86_400_000);
        connection
            .prepare_cached(sql)?
            .execute(params![self.id, self.text, rs, self.at, end, NETWORK, AGENT])?;
        let sql = "INSERT INTO faces (session, host, digest, generation, previous, previous_until)
            VALUES (?1, '', ?2, 1, NULL, NULL)";
        connection
            .prepare_cached(sql)?
            .execute(params![self.id, DIGEST])?;
        let sql = "INSERT INTO events_told (subject, number) VALUES (?1, ?2)";
        connection
            .prepare_cached(sql)?
            .execute(params![self.text, number])?;
        Ok(())
    }

    /// What a rotation changes in its family; the index stays.
    fn rotation(&self, connection: &Connection) -> rusqlite::Result<()> {
        let sql =
            "UPDATE families SET generation = generation + 1, current = ?2, foreign_streak = 0, used_at = ?3,
                previous = ?2, previous_rotated_at = ?3, previous_network = ?4, previous_agent = ?5,
                previous_retries = 0, previous_foreign = 0, previous_successor = ?6
            WHERE id = ?1";
        let values = params![self.id, DIGEST, self.at, NETWORK, AGENT, SEALED];
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The log's entry and its watermark.
    fn revocation(&self, connection: &Connection, number: i64) -> rusqlite::Result<()> {
        let seq = column(Seq::start_of(domain::Epoch::FIRST).as_u64()) + number;
        let sql = "INSERT INTO log (seq, class, key, at, digest) VALUES (?1, 'session', ?2, ?3, ?4)";
        connection
            .prepare_cached(sql)?
            .execute(params![seq, self.text, self.at, DIGEST])?;
        let sql = "INSERT INTO watermarks (class, key, mark, generation) VALUES ('session', ?1, ?2, NULL)";
        connection.prepare_cached(sql)?.execute(params![self.text, seq])?;
        Ok(())
    }
}

fn origin() -> Origin {
    Origin {
        network: NETWORK.to_owned(),
        agent: AGENT.to_owned(),
    }
}

fn column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
