//! The port: every writing method is one intent in one transaction of the writer, every reading one a snapshot.

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
use domain::key::{KeyId, KeyRow};
use domain::lockout::{Account, Failures, Place};
use domain::revocation::{LogEntry, Position, Target};
use domain::session::{Face, Session};
use domain::user::User;
use domain::{ClientId, Digest, Host, Seq, Span, Subject};

use super::reserve::free_bytes;
use super::revoked_keys::{self, Keys};
use super::rows::{
    SqliteRows, admin_tokens, clients, events, failures, grants, keys, log, meta, notices, receipts,
    sessions, users,
};
use super::{Result, SqliteStore, listing, statistics};
use crate::appended::Appended;
use crate::intent::{
    Activity, Actor, AddAdminToken, AddUser, AdminTokenAddition, AdminTokenRemoval, AttemptCount,
    ChangePassword, CodeRedemption, CountAttempt, CreateSession, Disabling, EndEverywhere, EndSession,
    EndedEverywhere, Ending, HostCodeRedemption, KeptReceipt, KeyChange, KeyRetirement, KeyStep, Notice,
    NoticeStep, PasswordChange, Reached, RedeemCode, RedeemHostCode, RemoveAdminToken, RemoveClientSecret,
    RenewSecret, Renewal, RetireKey, Revoke, RevokeOutcome, Rotate, RotateClientSecret, Rotation,
    SecretRotation, SessionCreation, SessionFilter, Setup, SetupCode, Use, UserAddition,
};
use crate::intents;
use crate::port::{MAX_ENTRIES, MAX_PAGE, Room, Store};

/// About what one intent writes, with its indexes, log entry and event.
const INTENT_BYTES: usize = 2048;

#[async_trait]
impl Store for SqliteStore {
    async fn head(&self) -> Result<FeedHead> {
        self.read(log::head).await
    }

    async fn entries_after(&self, after: Seq, limit: usize) -> Result<Vec<LogEntry>> {
        let limit = limit.min(MAX_ENTRIES);
        self.read(move |c| log::entries_after(c, after, limit)).await
    }

    fn appended(&self) -> Appended {
        self.hand.follow()
    }

    async fn digest_at(&self, seq: Seq) -> Result<Option<Digest>> {
        self.read(move |c| log::digest_at(c, seq)).await
    }

    async fn snapshot(&self) -> Result<Snapshot> {
        self.read(|c| {
            Ok(Snapshot {
                head: log::head(c)?,
                marks: log::marks(c)?,
            })
        })
        .await
    }

    async fn revoke(&self, intent: Revoke) -> Result<RevokeOutcome> {
        let bytes = intent.targets.len().saturating_mul(INTENT_BYTES);
        let place = self.place.clone();
        let keys: Keys = intent.targets.iter().filter_map(key_of).cloned().collect();
        self.write_urgent(bytes, move |rows, now| {
            // Before the commit, so that nothing is revoked that a restore would not know of. Where there is no room for it, the
            // revocation comes first: the next start writes what is missing.
            let _ = revoked_keys::add(&place, &keys);
            intents::revoke(rows, now, &intent)
        })
        .await
    }

    async fn reach_receipt(&self, number: u64, reached: Reached) -> Result<()> {
        self.write(INTENT_BYTES, move |rows, _| {
            intents::reach_receipt(rows, number, &reached)
        })
        .await
    }

    async fn receipts(&self, below: Option<u64>, limit: usize) -> Result<Vec<KeptReceipt>> {
        let bounds = (below.unwrap_or(u64::MAX), limit.min(MAX_PAGE));
        self.read(move |c| receipts::newest(c, bounds)).await
    }

    async fn largest_lease(&self) -> Result<Span> {
        self.read(meta::largest_lease).await
    }

    async fn raise_largest_lease(&self, lease: Span) -> Result<()> {
        // A start asks for it, and without it nobody could be revoked.
        self.write_urgent(INTENT_BYTES, move |rows, _| {
            meta::raise_largest_lease(rows.connection, lease)
        })
        .await
    }

    async fn longest_exception(&self) -> Result<Span> {
        self.read(meta::longest_exception).await
    }

    async fn put_longest_exception(&self, beyond: Span) -> Result<()> {
        // An edge asks for it that joins, and without it that edge could not be told what is revoked.
        self.write_urgent(INTENT_BYTES, move |rows, _| {
            meta::put_longest_exception(rows.connection, beyond)
        })
        .await
    }

    async fn create_session(&self, intent: CreateSession) -> Result<SessionCreation> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::create_session(rows, now, &intent)
        })
        .await
    }

    async fn session(
        &self,
        id: Id<SessionKind>,
        purpose: &Purpose,
    ) -> Result<Option<(Session, Option<Face>)>> {
        let purpose = purpose.clone();
        self.read(move |c| {
            let Some(session) = sessions::by_id(c, id)? else {
                return Ok(None);
            };
            Ok(Some((session, sessions::face(c, id, &purpose)?)))
        })
        .await
    }

    async fn sessions(&self, filter: SessionFilter) -> Result<Vec<Session>> {
        let now = self.clock.now();
        self.read(move |c| listing::live_sessions(c, now, &filter)).await
    }

    async fn renew_secret(&self, intent: RenewSecret) -> Result<Renewal> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::renew_secret(rows, now, intent.clone())
        })
        .await
    }

    async fn end_session(&self, intent: EndSession) -> Result<Ending> {
        self.write_urgent(INTENT_BYTES, move |rows, now| {
            intents::end_session(rows, now, &intent)
        })
        .await
    }

    async fn end_everywhere(&self, intent: EndEverywhere) -> Result<EndedEverywhere> {
        self.write_urgent(INTENT_BYTES, move |rows, now| {
            intents::end_everywhere(rows, now, &intent)
        })
        .await
    }

    async fn joined_hosts(&self, sessions: Vec<Id<SessionKind>>) -> Result<Vec<(Id<SessionKind>, Host)>> {
        self.read(move |c| sessions::joined_hosts(c, &sessions)).await
    }

    async fn record_activity(&self, batch: Vec<Activity>) -> Result<()> {
        let bytes = batch.len().saturating_mul(INTENT_BYTES / 4);
        self.write(bytes, move |rows, now| {
            intents::record_activity(rows, now, &batch)
        })
        .await
    }

    async fn issue_host_code(&self, code: IssuedHostCode) -> Result<()> {
        self.write(INTENT_BYTES, move |rows, _| intents::issue_host_code(rows, &code))
            .await
    }

    async fn redeem_host_code(&self, intent: RedeemHostCode) -> Result<HostCodeRedemption> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::redeem_host_code(rows, now, intent.clone())
        })
        .await
    }

    async fn issue_code(&self, code: IssuedCode) -> Result<()> {
        self.write(INTENT_BYTES, move |rows, _| intents::issue_code(rows, &code))
            .await
    }

    async fn redeem_code(&self, intent: RedeemCode) -> Result<CodeRedemption> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::redeem_code(rows, now, intent.clone())
        })
        .await
    }

    async fn lineage(&self, family: Id<Family>) -> Result<Option<LineageKey>> {
        self.read(move |c| grants::lineage(c, family)).await
    }

    async fn rotate(&self, intent: Rotate) -> Result<Rotation> {
        self.write(INTENT_BYTES, move |rows, now| intents::rotate(rows, now, &intent))
            .await
    }

    async fn grant(&self, id: Id<GrantKind>) -> Result<Option<(Grant, bool)>> {
        let now = self.clock.now();
        self.read(move |c| intents::grant_state(&mut SqliteRows::of(c), now, id))
            .await
    }

    async fn family_grant(
        &self,
        family: Id<Family>,
        presented: Digest,
    ) -> Result<Option<(Grant, bool, bool)>> {
        let now = self.clock.now();
        self.read(move |c| intents::family_state(&mut SqliteRows::of(c), now, family, presented))
            .await
    }

    async fn is_revoked(&self, position: Position) -> Result<bool> {
        self.read(move |c| intents::is_revoked(&mut SqliteRows::of(c), &position))
            .await
    }

    async fn clients_to_tell(&self, limit: usize, passing_over: &[ClientId]) -> Result<Vec<ClientId>> {
        let (now, limit) = (self.clock.now(), limit.min(MAX_PAGE));
        let passing_over: Vec<String> = passing_over.iter().map(ToString::to_string).collect();
        self.read(move |c| notices::clients(c, now, (limit, &passing_over)))
            .await
    }

    async fn spread_logout(&self, client: &ClientId) -> Result<bool> {
        let client = client.clone();
        self.write(INTENT_BYTES, move |rows, now| {
            intents::spread_logout(rows, now, &client)
        })
        .await
    }

    async fn due_notices(&self, client: &ClientId, limit: usize) -> Result<Vec<Notice>> {
        let (now, client, limit) = (self.clock.now(), client.clone(), limit.min(MAX_PAGE));
        self.read(move |c| notices::due(c, now, (&client, limit))).await
    }

    async fn failing_notices(&self, limit: usize) -> Result<Vec<Notice>> {
        let limit = limit.min(MAX_PAGE);
        self.read(move |c| notices::failing(c, limit)).await
    }

    async fn step_notice(&self, number: u64, step: NoticeStep) -> Result<()> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::step_notice(rows, now, (number, step))
        })
        .await
    }

    async fn add_user(&self, intent: AddUser) -> Result<UserAddition> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::add_user(rows, now, &intent)
        })
        .await
    }

    async fn user(&self, id: Id<UserKind>) -> Result<Option<User>> {
        self.read(move |c| users::by_id(c, id)).await
    }

    async fn user_by_name(&self, name: &str) -> Result<Option<User>> {
        let key = User::name_key(name);
        self.read(move |c| users::by_name_key(c, &key)).await
    }

    async fn users(&self, after: Option<Id<UserKind>>, limit: usize) -> Result<Vec<User>> {
        self.read(move |c| users::page(c, after, limit.min(MAX_PAGE)))
            .await
    }

    async fn change_password(&self, intent: ChangePassword) -> Result<PasswordChange> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::change_password(rows, now, intent.clone())
        })
        .await
    }

    async fn count_attempt(&self, intent: CountAttempt) -> Result<AttemptCount> {
        self.write(INTENT_BYTES / 4, move |rows, now| {
            intents::count_attempt(rows, now, &intent)
        })
        .await
    }

    async fn failures(&self, user: Id<UserKind>) -> Result<Failures> {
        let (account, place) = (Account::User(user), Place::Elsewhere);
        let found = self.read(move |c| failures::at(c, account, place)).await?;
        Ok(found.unwrap_or_default())
    }

    async fn unlock_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::unlock_user(rows, now, id, &actor)
        })
        .await
    }

    async fn disable_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling> {
        self.write_urgent(INTENT_BYTES, move |rows, now| {
            intents::disable_user(rows, now, id, &actor)
        })
        .await
    }

    async fn enable_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::enable_user(rows, now, id, &actor)
        })
        .await
    }

    async fn add_client(&self, client: Client, actor: Actor) -> Result<bool> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::add_client(rows, now, &client, &actor)
        })
        .await
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        let id = id.clone();
        self.read(move |c| clients::by_id(c, &id)).await
    }

    async fn clients(&self, after: Option<ClientId>, limit: usize) -> Result<Vec<Client>> {
        self.read(move |c| clients::page(c, after.as_ref(), limit.min(MAX_PAGE)))
            .await
    }

    async fn remove_client(&self, id: &ClientId, actor: Actor) -> Result<Disabling> {
        let id = id.clone();
        self.write_urgent(INTENT_BYTES, move |rows, now| {
            intents::remove_client(rows, now, &id, &actor)
        })
        .await
    }

    async fn rotate_client_secret(&self, intent: RotateClientSecret) -> Result<SecretRotation> {
        let revokes = intent.revoke;
        let rotate = move |rows: &mut SqliteRows<'_>, now| intents::rotate_client_secret(rows, now, &intent);
        if revokes {
            return self.write_urgent(INTENT_BYTES, rotate).await;
        }
        self.write(INTENT_BYTES, rotate).await
    }

    async fn remove_client_secret(&self, intent: RemoveClientSecret) -> Result<Option<SecretRemoval>> {
        self.write_urgent(INTENT_BYTES, move |rows, now| {
            intents::remove_client_secret(rows, now, &intent)
        })
        .await
    }

    async fn add_admin_token(&self, intent: AddAdminToken) -> Result<AdminTokenAddition> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::add_admin_token(rows, now, &intent)
        })
        .await
    }

    async fn admin_token(&self, digest: Digest) -> Result<Option<AdminToken>> {
        self.read(move |c| admin_tokens::by_digest(c, &digest)).await
    }

    async fn admin_tokens(&self) -> Result<Vec<AdminToken>> {
        self.read(admin_tokens::all).await
    }

    async fn remove_admin_token(&self, intent: RemoveAdminToken) -> Result<AdminTokenRemoval> {
        self.write_urgent(INTENT_BYTES, move |rows, now| {
            intents::remove_admin_token(rows, now, &intent)
        })
        .await
    }

    async fn record_use(&self, used: Use) -> Result<()> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::record_use(rows, now, &used)
        })
        .await
    }

    async fn keys(&self) -> Result<Vec<KeyRow>> {
        self.read(keys::all).await
    }

    async fn change_key(&self, step: KeyStep, actor: Actor) -> Result<KeyChange> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::change_key(rows, now, step.clone(), &actor)
        })
        .await
    }

    async fn retire_key(&self, intent: RetireKey) -> Result<KeyRetirement> {
        self.write_urgent(INTENT_BYTES, move |rows, now| {
            intents::retire_key(rows, now, &intent)
        })
        .await
    }

    async fn put_setup_code(&self, code: SetupCode, actor: Actor) -> Result<()> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::put_setup_code(rows, now, code, &actor)
        })
        .await
    }

    async fn complete_setup(&self, presented: Digest, user: User) -> Result<Setup> {
        self.write(INTENT_BYTES, move |rows, now| {
            intents::complete_setup(rows, now, presented, user.clone())
        })
        .await
    }

    async fn has_administrator(&self) -> Result<bool> {
        self.read(users::has_administrator).await
    }

    async fn append_events(&self, events: Vec<Event>) -> Result<()> {
        let bytes = events.len().saturating_mul(INTENT_BYTES / 4);
        self.write(bytes, move |rows, now| intents::append_events(rows, now, &events))
            .await
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<Vec<EventRecord>> {
        let limit = limit.min(MAX_ENTRIES);
        self.read(move |c| events::after(c, after, limit)).await
    }

    async fn events_told(
        &self,
        subject: &Subject,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<EventRecord>> {
        let subject = subject.clone();
        let bounds = (below.unwrap_or(u64::MAX), limit.min(MAX_PAGE));
        self.read(move |c| events::told(c, &subject, bounds)).await
    }

    async fn event_key(&self) -> Result<EventKey> {
        self.read(meta::event_key).await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.sweep_window(limit).await
    }

    fn room(&self) -> Option<Room> {
        let (reserve_bytes, reserve_wanted_bytes) = self.reserve.state();
        Some(Room {
            free_bytes: free_bytes(&self.place.directory)?,
            reserve_bytes,
            reserve_wanted_bytes,
            log_file_bytes: std::fs::metadata(self.place.beside("-wal")).map_or(0, |file| file.len()),
        })
    }

    async fn statistics(&self) -> Result<Vec<(&'static str, u64)>> {
        let mut counts = self.read(statistics::statistics).await?;
        if let Some(room) = self.room() {
            counts.extend([
                ("free_bytes", room.free_bytes),
                ("log_file_bytes", room.log_file_bytes),
                ("reserve_bytes", room.reserve_bytes),
                ("reserve_wanted_bytes", room.reserve_wanted_bytes),
            ]);
        }
        Ok(counts)
    }
}

const fn key_of(target: &Target) -> Option<&KeyId> {
    match target {
        Target::Key(key) => Some(key),
        _ => None,
    }
}
