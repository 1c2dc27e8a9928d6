//! The port that the authority speaks to. Back ends implement it; the contract suite holds each to the same behaviour.

use async_trait::async_trait;
use domain::admin_token::AdminToken;
use domain::client::{Client, SecretRemoval};
use domain::code::{IssuedCode, IssuedHostCode};
use domain::cookie::Purpose;
use domain::event::{Event, EventKey, EventRecord};
use domain::family::LineageKey;
use domain::feed::{FeedHead, Snapshot};
use domain::grant::Grant;
use domain::id::{Family, Grant as GrantKind, Id, Session as SessionKind, User as UserKind};
use domain::key::KeyRow;
use domain::lockout::Failures;
use domain::revocation::LogEntry;
use domain::session::{Face, Session};
use domain::user::User;
use domain::{ClientId, Digest, Host, Seq, Span, Subject};

use crate::appended::Appended;
use crate::error::StoreError;
use crate::intent::{
    Activity, Actor, AddAdminToken, AddUser, AdminTokenAddition, AdminTokenRemoval, AttemptCount,
    ChangePassword, CodeRedemption, CountAttempt, CreateSession, Disabling, EndEverywhere, EndSession,
    EndedEverywhere, Ending, HostCodeRedemption, KeptReceipt, KeyChange, KeyRetirement, KeyStep, Notice,
    NoticeStep, PasswordChange, Reached, RedeemCode, RedeemHostCode, RemoveAdminToken, RemoveClientSecret,
    RenewSecret, Renewal, RetireKey, Revoke, RevokeOutcome, Rotate, RotateClientSecret, Rotation,
    SecretRotation, SessionCreation, SessionFilter, Setup, SetupCode, Use, UserAddition,
};

/// Most log entries or events that one read yields.
pub(crate) const MAX_ENTRIES: usize = 10_000;
/// Most sessions, users or clients that one read yields.
pub(crate) const MAX_PAGE: usize = 1000;

/// Room for what is written next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that the file system has left for this process.
    pub free_bytes: u64,
    /// Bytes kept back for revocations.
    pub reserve_bytes: u64,
    /// Bytes that should be kept back: while it is fewer, only revocations are written.
    pub reserve_wanted_bytes: u64,
    /// Size of the log file beside the data.
    pub log_file_bytes: u64,
}

/// Atomic intents and plain reads. Time inside an intent is the store's own clock.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    // The log.

    /// The committed head, read from the store and never from memory: a login's `rs`.
    async fn head(&self) -> Result<FeedHead, StoreError>;
    /// Entries after a position of the current epoch, at most `limit` (<= 10 000), in order.
    async fn entries_after(&self, after: Seq, limit: usize) -> Result<Vec<LogEntry>, StoreError>;
    /// What commits append to the log, as they append it. A log that others append to as well is read now and then.
    fn appended(&self) -> Appended;
    /// The chain digest at a position; nothing if it is not part of this log.
    async fn digest_at(&self, seq: Seq) -> Result<Option<Digest>, StoreError>;
    /// All watermarks at one position.
    async fn snapshot(&self) -> Result<Snapshot, StoreError>;
    /// Revokes.
    async fn revoke(&self, intent: Revoke) -> Result<RevokeOutcome, StoreError>;
    /// Says what the level of a kept receipt came to; nothing where the receipt is gone, or was told before.
    async fn reach_receipt(&self, number: u64, reached: Reached) -> Result<(), StoreError>;
    /// Receipts, newest first, below a number, at most `limit` (<= 1000).
    async fn receipts(&self, below: Option<u64>, limit: usize) -> Result<Vec<KeptReceipt>, StoreError>;
    /// The largest lease ever granted on this log.
    async fn largest_lease(&self) -> Result<Span, StoreError>;
    /// Raises the largest lease; called before a longer one is granted.
    async fn raise_largest_lease(&self, lease: Span) -> Result<(), StoreError>;
    /// The longest time after its lease for which a route of an edge in another process may go on accepting.
    async fn longest_exception(&self) -> Result<Span, StoreError>;
    /// Another such time: a longer one before that edge is granted a lease, a shorter one once no edge has a longer one.
    async fn put_longest_exception(&self, beyond: Span) -> Result<(), StoreError>;

    // Sessions.

    /// A login's last step.
    async fn create_session(&self, intent: CreateSession) -> Result<SessionCreation, StoreError>;
    /// A session with its face at a host; the session alone is told by the face's absence.
    async fn session(
        &self,
        id: Id<SessionKind>,
        purpose: &Purpose,
    ) -> Result<Option<(Session, Option<Face>)>, StoreError>;
    /// Live sessions.
    async fn sessions(&self, filter: SessionFilter) -> Result<Vec<Session>, StoreError>;
    /// A new secret.
    async fn renew_secret(&self, intent: RenewSecret) -> Result<Renewal, StoreError>;
    /// Ends one.
    async fn end_session(&self, intent: EndSession) -> Result<Ending, StoreError>;
    /// Ends all of a subject's, with its grants.
    async fn end_everywhere(&self, intent: EndEverywhere) -> Result<EndedEverywhere, StoreError>;
    /// The application hosts that have a face of these sessions (at most 1000).
    async fn joined_hosts(
        &self,
        sessions: Vec<Id<SessionKind>>,
    ) -> Result<Vec<(Id<SessionKind>, Host)>, StoreError>;
    /// Records activity, in a batch. Unknown sessions are passed over.
    async fn record_activity(&self, batch: Vec<Activity>) -> Result<(), StoreError>;
    /// Keeps a host code.
    async fn issue_host_code(&self, code: IssuedHostCode) -> Result<(), StoreError>;
    /// Redeems it.
    async fn redeem_host_code(&self, intent: RedeemHostCode) -> Result<HostCodeRedemption, StoreError>;

    // OAuth.

    /// Keeps an authorization code.
    async fn issue_code(&self, code: IssuedCode) -> Result<(), StoreError>;
    /// Redeems it.
    async fn redeem_code(&self, intent: RedeemCode) -> Result<CodeRedemption, StoreError>;
    /// The lineage key of a family, to prepare a rotation.
    async fn lineage(&self, family: Id<Family>) -> Result<Option<LineageKey>, StoreError>;
    /// Rotates.
    async fn rotate(&self, intent: Rotate) -> Result<Rotation, StoreError>;
    /// A grant, with whether it lives now (end and revocations considered).
    async fn grant(&self, id: Id<GrantKind>) -> Result<Option<(Grant, bool)>, StoreError>;
    /// A family's grant, whether it lives, and whether the digest is its current token: for revocation and introspection.
    async fn family_grant(
        &self,
        family: Id<Family>,
        presented: Digest,
    ) -> Result<Option<(Grant, bool, bool)>, StoreError>;
    /// Whether a position is covered by a revocation now: for introspection and userinfo.
    async fn is_revoked(&self, position: domain::revocation::Position) -> Result<bool, StoreError>;

    // Whom to tell that sessions end.

    /// Clients for whom something is due, longest due first, at most `limit` (<= 1000); some are passed over.
    async fn clients_to_tell(
        &self,
        limit: usize,
        passing_over: &[ClientId],
    ) -> Result<Vec<ClientId>, StoreError>;
    /// Notes the next few sessions of a client that ended very many at once; says whether to go on at once.
    async fn spread_logout(&self, client: &ClientId) -> Result<bool, StoreError>;
    /// A client's notices that are due, longest due first, at most `limit` (<= 1000).
    async fn due_notices(&self, client: &ClientId, limit: usize) -> Result<Vec<Notice>, StoreError>;
    /// Those that were tried in vain, most often first, at most `limit` (<= 1000).
    async fn failing_notices(&self, limit: usize) -> Result<Vec<Notice>, StoreError>;
    /// What became of a try; nothing happens where the notice is gone.
    async fn step_notice(&self, number: u64, step: NoticeStep) -> Result<(), StoreError>;

    // Users and clients.

    /// Adds a user.
    async fn add_user(&self, intent: AddUser) -> Result<UserAddition, StoreError>;
    /// By id.
    async fn user(&self, id: Id<UserKind>) -> Result<Option<User>, StoreError>;
    /// By name, without regard to case.
    async fn user_by_name(&self, name: &str) -> Result<Option<User>, StoreError>;
    /// A page of users in order of their ids, at most `limit` (<= 1000).
    async fn users(&self, after: Option<Id<UserKind>>, limit: usize) -> Result<Vec<User>, StoreError>;
    /// Sets a password.
    async fn change_password(&self, intent: ChangePassword) -> Result<PasswordChange, StoreError>;
    /// Counts an attempt to give a password, before the password is looked at.
    async fn count_attempt(&self, intent: CountAttempt) -> Result<AttemptCount, StoreError>;
    /// A user's attempts from unknown places since the last success.
    async fn failures(&self, user: Id<UserKind>) -> Result<Failures, StoreError>;
    /// Lets attempts be heard again. `Done` carries the head.
    async fn unlock_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling, StoreError>;
    /// Disables a user and revokes everything of theirs (class `subject`).
    async fn disable_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling, StoreError>;
    /// Lets a user sign in again; nothing that was revoked comes back. `Done` carries the head.
    async fn enable_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling, StoreError>;
    /// Adds a client; `false` if the id is taken.
    async fn add_client(&self, client: Client, actor: Actor) -> Result<bool, StoreError>;
    /// By id.
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError>;
    /// A page of clients in order of their ids, at most `limit` (<= 1000).
    async fn clients(&self, after: Option<ClientId>, limit: usize) -> Result<Vec<Client>, StoreError>;
    /// Removes a client and revokes everything of its (class `client`).
    async fn remove_client(&self, id: &ClientId, actor: Actor) -> Result<Disabling, StoreError>;
    /// Puts a new secret in place of a client's present ones.
    async fn rotate_client_secret(&self, intent: RotateClientSecret) -> Result<SecretRotation, StoreError>;
    /// Removes one of a client's secrets; nothing where there is no such client.
    async fn remove_client_secret(
        &self,
        intent: RemoveClientSecret,
    ) -> Result<Option<SecretRemoval>, StoreError>;

    // Tokens of the admin API.

    /// Adds a token.
    async fn add_admin_token(&self, intent: AddAdminToken) -> Result<AdminTokenAddition, StoreError>;
    /// By digest, also if it has ended.
    async fn admin_token(&self, digest: Digest) -> Result<Option<AdminToken>, StoreError>;
    /// All of them, those that have ended too; in order of their ids.
    async fn admin_tokens(&self) -> Result<Vec<AdminToken>, StoreError>;
    /// Removes one.
    async fn remove_admin_token(&self, intent: RemoveAdminToken) -> Result<AdminTokenRemoval, StoreError>;
    /// Records a use of a credential, coarsely: most calls write nothing.
    async fn record_use(&self, used: Use) -> Result<(), StoreError>;

    // Keys, set-up, events.

    /// All keys, removed ones too.
    async fn keys(&self) -> Result<Vec<KeyRow>, StoreError>;
    /// One step of a key's life.
    async fn change_key(&self, step: KeyStep, actor: Actor) -> Result<KeyChange, StoreError>;
    /// A key is bad: the reserve takes over, the key goes, and what it made is revoked, all together.
    async fn retire_key(&self, intent: RetireKey) -> Result<KeyRetirement, StoreError>;
    /// Keeps a set-up code in place of any other.
    async fn put_setup_code(&self, code: SetupCode, actor: Actor) -> Result<(), StoreError>;
    /// Uses it: makes the first administrator.
    async fn complete_setup(&self, presented: Digest, user: User) -> Result<Setup, StoreError>;
    /// Whether any administrator exists.
    async fn has_administrator(&self) -> Result<bool, StoreError>;
    /// Appends events that belong to no intent above.
    async fn append_events(&self, events: Vec<Event>) -> Result<(), StoreError>;
    /// Events after a number, at most `limit` (<= 10 000).
    async fn events_after(&self, after: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError>;
    /// What a subject is told of its own security, newest first, below a number, at most `limit` (<= 1000).
    async fn events_told(
        &self,
        subject: &Subject,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<EventRecord>, StoreError>;
    /// The key that hashes ids in events.
    async fn event_key(&self) -> Result<EventKey, StoreError>;

    // Housekeeping.

    /// Deletes what is over: sessions past their ends or revoked, spent codes, ended families, old receipts; at
    /// most `limit` rows. Says how many. Never touches watermarks, log or events.
    async fn sweep(&self, limit: usize) -> Result<usize, StoreError>;
    /// What the disk under the store has left; nothing where the store has no disk that it can ask.
    fn room(&self) -> Option<Room> {
        None
    }
    /// Counts for metrics and `doctor`: (name, value) pairs such as `sessions`, `watermarks`, `log_entries`, `bytes`.
    async fn statistics(&self) -> Result<Vec<(&'static str, u64)>, StoreError>;
}
