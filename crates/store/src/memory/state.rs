//! All tables of the memory store, and their common transaction.

use std::collections::BTreeMap;

use domain::admin_token::AdminToken;
use domain::client::Client;
use domain::code::{IssuedCode, IssuedHostCode};
use domain::event::{EventKey, EventRecord};
use domain::family::Family;
use domain::feed::FeedHead;
use domain::grant::Grant;
use domain::id::{
    AdminToken as AdminTokenKind, Family as FamilyKind, Grant as GrantKind, Id, Session as SessionKind,
    User as UserKind,
};
use domain::key::KeyRow;
use domain::lockout::{Account, Failures, Place};
use domain::revocation::{Class, LogEntry, Target};
use domain::session::{Face, Session};
use domain::user::User;
use domain::{ClientId, Digest, Entropy, Epoch, Seq, Span, Subject};

use super::table::Table;
use crate::intent::{KeptReceipt, LogoutScan, Notice, SetupCode};

/// A watermark: its value is a sequence, or for class `session_secret` a generation.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) target: Target,
    pub(super) value: u64,
    pub(super) seq: Seq,
}

/// Everything.
#[derive(Debug)]
pub(super) struct State {
    pub(super) epochs: Vec<FeedHead>,
    pub(super) log: Vec<LogEntry>,
    pub(super) marks: Table<(Class, String), Mark>,
    pub(super) events: Vec<EventRecord>,
    pub(super) events_told: Table<(Subject, u64), ()>,
    pub(super) event_key: EventKey,
    pub(super) event_genesis: Digest,
    pub(super) largest_lease: Span,
    pub(super) longest_exception: Span,
    pub(super) sessions: Table<Id<SessionKind>, Session>,
    pub(super) sessions_by_subject: Table<(Subject, Id<SessionKind>), ()>,
    pub(super) faces: Table<(Id<SessionKind>, String), Face>,
    pub(super) codes: Table<Digest, IssuedCode>,
    pub(super) host_codes: Table<Digest, IssuedHostCode>,
    pub(super) grants: Table<Id<GrantKind>, Grant>,
    pub(super) grants_by_session: Table<(Id<SessionKind>, Id<GrantKind>), ()>,
    pub(super) families: Table<Id<FamilyKind>, Family>,
    pub(super) users: Table<Id<UserKind>, User>,
    pub(super) names: Table<String, Id<UserKind>>,
    pub(super) failures: Table<(Account, Place), Failures>,
    pub(super) clients: Table<ClientId, Client>,
    pub(super) admin_tokens: Table<Id<AdminTokenKind>, AdminToken>,
    pub(super) keys: Table<String, KeyRow>,
    pub(super) setup_code: Table<(), (SetupCode, u32)>,
    pub(super) receipts: Table<u64, KeptReceipt>,
    pub(super) last_receipt: Table<(), u64>,
    pub(super) parties: Table<(ClientId, Id<SessionKind>), ()>,
    pub(super) scans: Table<ClientId, LogoutScan>,
    pub(super) notices: Table<u64, Notice>,
    pub(super) last_notice: Table<(), u64>,
    /// Lengths of log, events and epochs at the last commit.
    kept: (usize, usize, usize),
}

/// Runs one method of every table.
macro_rules! every_table {
    ($state:ident . $method:ident) => {
        $state.marks.$method();
        $state.sessions.$method();
        $state.sessions_by_subject.$method();
        $state.faces.$method();
        $state.codes.$method();
        $state.host_codes.$method();
        $state.grants.$method();
        $state.grants_by_session.$method();
        $state.families.$method();
        $state.users.$method();
        $state.names.$method();
        $state.events_told.$method();
        $state.failures.$method();
        $state.clients.$method();
        $state.admin_tokens.$method();
        $state.keys.$method();
        $state.setup_code.$method();
        $state.receipts.$method();
        $state.last_receipt.$method();
        $state.parties.$method();
        $state.scans.$method();
        $state.notices.$method();
        $state.last_notice.$method();
    };
}

impl State {
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let genesis = FeedHead {
            seq: Seq::start_of(Epoch::FIRST),
            digest: random_digest(entropy),
        };
        Self {
            epochs: vec![genesis],
            log: Vec::new(),
            marks: Table::default(),
            events: Vec::new(),
            events_told: Table::default(),
            event_key: EventKey::generate(entropy),
            event_genesis: random_digest(entropy),
            largest_lease: Span::from_ms(0),
            longest_exception: Span::from_ms(0),
            sessions: Table::default(),
            sessions_by_subject: Table::default(),
            faces: Table::default(),
            codes: Table::default(),
            host_codes: Table::default(),
            grants: Table::default(),
            grants_by_session: Table::default(),
            families: Table::default(),
            users: Table::default(),
            names: Table::default(),
            failures: Table::default(),
            clients: Table::default(),
            admin_tokens: Table::default(),
            keys: Table::default(),
            setup_code: Table::default(),
            receipts: Table::default(),
            last_receipt: Table::default(),
            parties: Table::default(),
            scans: Table::default(),
            notices: Table::default(),
            last_notice: Table::default(),
            kept: (0, 0, 1),
        }
    }

    /// Commits. Gives what that appended to the log.
    pub(super) fn keep(&mut self) -> &[LogEntry] {
        every_table!(self.keep);
        let kept = (self.log.len(), self.events.len(), self.epochs.len());
        let (before, ..) = std::mem::replace(&mut self.kept, kept);
        self.log.get(before..).unwrap_or_default()
    }

    /// Rolls back.
    pub(super) fn undo(&mut self) {
        every_table!(self.undo);
        self.log.truncate(self.kept.0);
        self.events.truncate(self.kept.1);
        self.epochs.truncate(self.kept.2);
    }

    /// Where the present epoch began.
    pub(super) fn epoch_start(&self) -> FeedHead {
        self.epochs.last().copied().unwrap_or(FeedHead {
            seq: Seq::default(),
            digest: self.event_genesis,
        })
    }

    /// The entries of the present epoch.
    pub(super) fn present(&self) -> &[LogEntry] {
        let start = self.epoch_start().seq;
        let first = self.log.partition_point(|entry| entry.seq <= start);
        self.log.get(first..).unwrap_or_default()
    }

    /// Row counts, for metrics.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        BTreeMap::from([
            ("admin_tokens", self.admin_tokens.len()),
            (
                "client_secrets",
                self.clients.values().map(|c| c.secrets.len()).sum(),
            ),
            ("clients", self.clients.len()),
            ("codes", self.codes.len()),
            ("events", self.events.len()),
            ("faces", self.faces.len()),
            ("families", self.families.len()),
            ("grants", self.grants.len()),
            ("host_codes", self.host_codes.len()),
            ("keys", self.keys.len()),
            ("log_entries", self.log.len()),
            ("logout_notices", self.notices.len()),
            ("logout_scans", self.scans.len()),
            ("password_failures", self.failures.len()),
            ("receipts", self.receipts.len()),
            ("sessions", self.sessions.len()),
            ("users", self.users.len()),
            ("watermarks", self.marks.len()),
        ])
    }
}

fn random_digest(entropy: &dyn Entropy) -> Digest {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    Digest::from_bytes(bytes)
}
