//! The row operations that intents are written over. One transaction's view: everything written is seen by later reads
//! of the same transaction, and nothing is kept unless it commits.

use domain::admin_token::AdminToken;
use domain::client::Client;
use domain::code::{IssuedCode, IssuedHostCode};
use domain::cookie::Purpose;
use domain::digest::Digest;
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
use domain::revocation::{LogEntry, Target};
use domain::session::{Face, Session};
use domain::user::User;
use domain::{ClientId, Subject, Timestamp};

use crate::error::StoreError;
use crate::intent::{KeptReceipt, LogoutScan, Notice, SetupCode};

type Result<T> = std::result::Result<T, StoreError>;

/// Rows within one transaction. Synchronous: a back end runs an intent where its transaction lives.
pub trait Rows {
    /// The head of the log.
    fn head(&mut self) -> Result<FeedHead>;
    /// Appends an entry (its `seq` follows the head) and raises its watermark.
    fn append_entry(&mut self, entry: &LogEntry) -> Result<()>;
    /// Makes the start of a new epoch the head. Watermarks stay; older entries are no longer part of the log.
    fn start_epoch(&mut self, head: &FeedHead) -> Result<()>;
    /// The watermark of a target: a sequence, or for class `session_secret` the least generation.
    fn watermark(&mut self, target: &Target) -> Result<Option<u64>>;

    /// The last event's number and digest.
    fn event_head(&mut self) -> Result<(u64, Digest)>;
    /// Appends an event (its number follows); the subject it is told to finds it again.
    fn append_event(&mut self, record: &EventRecord, told_to: Option<&Subject>) -> Result<()>;
    /// The key that hashes ids in events.
    fn event_key(&mut self) -> Result<EventKey>;

    /// A session.
    fn session(&mut self, id: Id<SessionKind>) -> Result<Option<Session>>;
    /// Inserts a new one with its first face; does nothing and says `false` where the id was used before.
    fn insert_session(&mut self, session: &Session, face: &Face) -> Result<bool>;
    /// Writes what can happen to a session while it lives: generation, assurance, methods, times of use, idle limit.
    fn update_session(&mut self, session: &Session) -> Result<()>;
    /// Deletes it with its faces.
    fn delete_session(&mut self, id: Id<SessionKind>) -> Result<()>;
    /// All sessions of a subject, least recently active first.
    fn sessions_of(&mut self, subject: &Subject) -> Result<Vec<Session>>;
    /// A face.
    fn face(&mut self, session: Id<SessionKind>, purpose: &Purpose) -> Result<Option<Face>>;
    /// Inserts or replaces.
    fn put_face(&mut self, face: &Face) -> Result<()>;
    /// Deletes all faces of a session but the authority's.
    fn delete_application_faces(&mut self, session: Id<SessionKind>) -> Result<()>;

    /// An authorization code.
    fn code(&mut self, digest: &Digest) -> Result<Option<IssuedCode>>;
    /// Inserts or replaces.
    fn put_code(&mut self, code: &IssuedCode) -> Result<()>;
    /// A host code, removed as it is read: it is good for one try.
    fn take_host_code(&mut self, digest: &Digest) -> Result<Option<IssuedHostCode>>;
    /// Inserts.
    fn put_host_code(&mut self, code: &IssuedHostCode) -> Result<()>;

    /// A grant.
    fn grant(&mut self, id: Id<GrantKind>) -> Result<Option<Grant>>;
    /// Inserts or replaces.
    fn put_grant(&mut self, grant: &Grant) -> Result<()>;
    /// Grants made in a session.
    fn grants_of_session(&mut self, session: Id<SessionKind>) -> Result<Vec<Grant>>;
    /// Grants of a subject that end after a time: their sessions may be long gone.
    fn grants_of(&mut self, subject: &Subject, after: Timestamp) -> Result<Vec<Grant>>;
    /// A family.
    fn family(&mut self, id: Id<FamilyKind>) -> Result<Option<Family>>;
    /// Inserts a new one.
    fn insert_family(&mut self, family: &Family) -> Result<()>;
    /// Writes what a use of a family changes: its tokens, when it was used, and what counts against it.
    fn use_family(&mut self, family: &Family) -> Result<()>;

    /// A user.
    fn user(&mut self, id: Id<UserKind>) -> Result<Option<User>>;
    /// By [`User::name_key`].
    fn user_by_name_key(&mut self, key: &str) -> Result<Option<User>>;
    /// Inserts or replaces.
    fn put_user(&mut self, user: &User) -> Result<()>;
    /// Attempts since the last success.
    fn failures(&mut self, account: Account, place: Place) -> Result<Option<Failures>>;
    /// Inserts or replaces.
    fn put_failures(&mut self, account: Account, place: Place, failures: &Failures) -> Result<()>;
    /// Deletes those of one place, or all of the account.
    fn clear_failures(&mut self, account: Account, place: Option<Place>) -> Result<()>;
    /// How many known places of the account have failures.
    fn failing_places(&mut self, account: Account) -> Result<usize>;
    /// A client.
    fn client(&mut self, id: &ClientId) -> Result<Option<Client>>;
    /// Inserts or replaces.
    fn put_client(&mut self, client: &Client) -> Result<()>;
    /// Deletes.
    fn delete_client(&mut self, id: &ClientId) -> Result<()>;
    /// All tokens of the admin API, those that have ended too; in order of their ids.
    fn admin_tokens(&mut self) -> Result<Vec<AdminToken>>;
    /// Inserts. Of a token that is there already only its last use changes.
    fn put_admin_token(&mut self, token: &AdminToken) -> Result<()>;
    /// Deletes.
    fn delete_admin_token(&mut self, id: Id<AdminTokenKind>) -> Result<()>;

    /// All keys.
    fn keys(&mut self) -> Result<Vec<KeyRow>>;
    /// Inserts or replaces.
    fn put_key(&mut self, key: &KeyRow) -> Result<()>;
    /// The set-up code and how often a wrong one was tried.
    fn setup_code(&mut self) -> Result<Option<(SetupCode, u32)>>;
    /// Replaces or, with nothing, removes it.
    fn put_setup_code(&mut self, code: Option<(SetupCode, u32)>) -> Result<()>;

    /// The number of the newest receipt; 0 before the first.
    fn last_receipt(&mut self) -> Result<u64>;
    /// A receipt.
    fn receipt(&mut self, number: u64) -> Result<Option<KeptReceipt>>;
    /// The receipt of a request that had an idempotency key, by the digest of its actor and key.
    fn receipt_of_key(&mut self, key: &Digest) -> Result<Option<KeptReceipt>>;
    /// Inserts or replaces.
    fn put_receipt(&mut self, receipt: &KeptReceipt) -> Result<()>;
    /// Deletes all up to a number.
    fn forget_receipts(&mut self, up_to: u64) -> Result<()>;

    /// A client wants to be told when this session ends. The session's row is there; it goes with it.
    fn put_party(&mut self, session: Id<SessionKind>, client: &ClientId) -> Result<()>;
    /// Who wants to be told.
    fn parties_of(&mut self, session: Id<SessionKind>) -> Result<Vec<ClientId>>;
    /// Removes one; says whether it was there.
    fn take_party(&mut self, session: Id<SessionKind>, client: &ClientId) -> Result<bool>;
    /// Sessions of a client that wants to be told, in order of their ids.
    fn parties_after(
        &mut self,
        client: &ClientId,
        after: Option<Id<SessionKind>>,
        limit: usize,
    ) -> Result<Vec<Id<SessionKind>>>;
    /// Clients that want to be told.
    fn told_clients(&mut self) -> Result<Vec<ClientId>>;
    /// Whether a client's sessions are looked through.
    fn scan(&mut self, client: &ClientId) -> Result<Option<LogoutScan>>;
    /// Inserts or replaces.
    fn put_scan(&mut self, scan: &LogoutScan) -> Result<()>;
    /// Deletes.
    fn delete_scan(&mut self, client: &ClientId) -> Result<()>;
    /// The number of the newest notice; 0 before the first.
    fn last_notice(&mut self) -> Result<u64>;
    /// How many of a client's wait; beyond a bound it is not counted.
    fn waiting_notices(&mut self, client: &ClientId, bound: u64) -> Result<u64>;
    /// A notice.
    fn notice(&mut self, number: u64) -> Result<Option<Notice>>;
    /// Inserts; of one that is there already, when it is due and its tries change.
    fn put_notice(&mut self, notice: &Notice) -> Result<()>;
    /// Deletes.
    fn delete_notice(&mut self, number: u64) -> Result<()>;
}
