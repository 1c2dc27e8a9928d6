//! The port, over the memory tables: each intent under the lock, each read too.

use std::collections::BTreeMap;

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
use domain::lockout::{Account, Failures, Place};
use domain::revocation::{LogEntry, Position};
use domain::session::{Face, Session};
use domain::user::User;
use domain::{ClientId, Digest, Host, Seq, Span, Subject, Timestamp};

use super::MemoryStore;
use super::sweep::sweep;
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
use crate::intents;
use crate::port::{MAX_ENTRIES, MAX_PAGE, Store};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Store for MemoryStore {
    async fn head(&self) -> Result<FeedHead> {
        self.transact(|rows, _| rows.head())
    }

    async fn entries_after(&self, after: Seq, limit: usize) -> Result<Vec<LogEntry>> {
        self.transact(|rows, _| {
            let all = rows.present();
            let first = all.partition_point(|entry| entry.seq <= after);
            let found = all.iter().skip(first).take(limit.min(MAX_ENTRIES));
            Ok(found.cloned().collect())
        })
    }

    fn appended(&self) -> Appended {
        self.hand.follow()
    }

    async fn digest_at(&self, seq: Seq) -> Result<Option<Digest>> {
        self.transact(|rows, _| {
            let start = rows.epoch_start();
            let found = rows.present().iter().find(|entry| entry.seq == seq);
            Ok(found
                .map(|entry| entry.digest)
                .or((start.seq == seq).then_some(start.digest)))
        })
    }

    async fn snapshot(&self) -> Result<Snapshot> {
        self.transact(|rows, _| {
            let marks = rows.marks.values().map(|m| (m.target.clone(), m.seq)).collect();
            Ok(Snapshot {
                head: rows.head()?,
                marks,
            })
        })
    }

    async fn revoke(&self, intent: Revoke) -> Result<RevokeOutcome> {
        self.transact(|rows, now| intents::revoke(rows, now, &intent))
    }

    async fn reach_receipt(&self, number: u64, reached: Reached) -> Result<()> {
        self.transact(|rows, _| intents::reach_receipt(rows, number, &reached))
    }

    async fn receipts(&self, below: Option<u64>, limit: usize) -> Result<Vec<KeptReceipt>> {
        self.transact(|rows, _| {
            let wanted = |r: &&KeptReceipt| below.is_none_or(|below| r.number < below);
            let newest_first = rows.receipts.values().rev().filter(wanted);
            Ok(newest_first.take(limit.min(MAX_PAGE)).cloned().collect())
        })
    }

    async fn largest_lease(&self) -> Result<Span> {
        self.transact(|rows, _| Ok(rows.largest_lease))
    }

    async fn raise_largest_lease(&self, lease: Span) -> Result<()> {
        self.transact(|rows, _| {
            rows.largest_lease = rows.largest_lease.max(lease);
            Ok(())
        })
    }

    async fn longest_exception(&self) -> Result<Span> {
        self.transact(|rows, _| Ok(rows.longest_exception))
    }

    async fn put_longest_exception(&self, beyond: Span) -> Result<()> {
        self.transact(|rows, _| {
            rows.longest_exception = beyond;
            Ok(())
        })
    }

    async fn create_session(&self, intent: CreateSession) -> Result<SessionCreation> {
        self.transact(|rows, now| intents::create_session(rows, now, &intent))
    }

    async fn session(
        &self,
        id: Id<SessionKind>,
        purpose: &Purpose,
    ) -> Result<Option<(Session, Option<Face>)>> {
        self.transact(|rows, _| {
            let face = rows.face(id, purpose)?;
            Ok(rows.session(id)?.map(|session| (session, face)))
        })
    }

    async fn sessions(&self, filter: SessionFilter) -> Result<Vec<Session>> {
        self.transact(|rows, now| {
            let all: Vec<Session> = match &filter.subject {
                Some(subject) => rows.sessions_of(subject)?,
                None => rows.sessions.values().cloned().collect(),
            };
            let mut page: Vec<Session> = Vec::new();
            let mut newest_first = all;
            newest_first.sort_by_key(|s| std::cmp::Reverse(s.id));
            for session in newest_first {
                if page.len() == filter.limit.min(MAX_PAGE) {
                    break;
                }
                if filter.after.is_none_or(|after| session.id < after)
                    && intents::is_live(rows, now, &session)?
                {
                    page.push(session);
                }
            }
            Ok(page)
        })
    }

    async fn renew_secret(&self, intent: RenewSecret) -> Result<Renewal> {
        self.transact(|rows, now| intents::renew_secret(rows, now, intent))
    }

    async fn end_session(&self, intent: EndSession) -> Result<Ending> {
        self.transact(|rows, now| intents::end_session(rows, now, &intent))
    }

    async fn end_everywhere(&self, intent: EndEverywhere) -> Result<EndedEverywhere> {
        self.transact(|rows, now| intents::end_everywhere(rows, now, &intent))
    }

    async fn joined_hosts(&self, sessions: Vec<Id<SessionKind>>) -> Result<Vec<(Id<SessionKind>, Host)>> {
        self.transact(|rows, _| {
            let joined = |face: &Face| match &face.purpose {
                Purpose::Application(host) if sessions.contains(&face.session) => {
                    Some((face.session, host.clone()))
                }
                _ => None,
            };
            Ok(rows.faces.values().filter_map(joined).collect())
        })
    }

    async fn record_activity(&self, batch: Vec<Activity>) -> Result<()> {
        self.transact(|rows, now| intents::record_activity(rows, now, &batch))
    }

    async fn issue_host_code(&self, code: IssuedHostCode) -> Result<()> {
        self.transact(|rows, _| intents::issue_host_code(rows, &code))
    }

    async fn redeem_host_code(&self, intent: RedeemHostCode) -> Result<HostCodeRedemption> {
        self.transact(|rows, now| intents::redeem_host_code(rows, now, intent))
    }

    async fn issue_code(&self, code: IssuedCode) -> Result<()> {
        self.transact(|rows, _| intents::issue_code(rows, &code))
    }

    async fn redeem_code(&self, intent: RedeemCode) -> Result<CodeRedemption> {
        self.transact(|rows, now| intents::redeem_code(rows, now, intent))
    }

    async fn lineage(&self, family: Id<Family>) -> Result<Option<LineageKey>> {
        self.transact(|rows, _| Ok(rows.family(family)?.map(|f| f.lineage)))
    }

    async fn rotate(&self, intent: Rotate) -> Result<Rotation> {
        self.transact(|rows, now| intents::rotate(rows, now, &intent))
    }

    async fn grant(&self, id: Id<GrantKind>) -> Result<Option<(Grant, bool)>> {
        self.transact(|rows, now| intents::grant_state(rows, now, id))
    }

    async fn family_grant(
        &self,
        family: Id<Family>,
        presented: Digest,
    ) -> Result<Option<(Grant, bool, bool)>> {
        self.transact(|rows, now| intents::family_state(rows, now, family, presented))
    }

    async fn is_revoked(&self, position: Position) -> Result<bool> {
        self.transact(|rows, _| intents::is_revoked(rows, &position))
    }

    async fn clients_to_tell(&self, limit: usize, passing_over: &[ClientId]) -> Result<Vec<ClientId>> {
        self.transact(|rows, now| {
            let notices = rows.notices.values().map(|n| (&n.client, n.due_at));
            let scans = rows.scans.values().map(|s| (&s.client, s.since));
            let mut first: BTreeMap<ClientId, Timestamp> = BTreeMap::new();
            for (client, at) in notices.chain(scans).filter(|(_, at)| *at <= now) {
                let known = first.entry(client.clone()).or_insert(at);
                *known = at.min(*known);
            }
            first.retain(|client, _| !passing_over.contains(client));
            let mut order: Vec<(Timestamp, ClientId)> = first.into_iter().map(|(c, at)| (at, c)).collect();
            order.sort();
            Ok(order
                .into_iter()
                .map(|(_, client)| client)
                .take(limit.min(MAX_PAGE))
                .collect())
        })
    }

    async fn spread_logout(&self, client: &ClientId) -> Result<bool> {
        self.transact(|rows, now| intents::spread_logout(rows, now, client))
    }

    async fn due_notices(&self, client: &ClientId, limit: usize) -> Result<Vec<Notice>> {
        self.transact(|rows, now| {
            let wanted = |n: &&Notice| n.due_at <= now && n.client == *client;
            let mut due: Vec<Notice> = rows.notices.values().filter(wanted).cloned().collect();
            due.sort_by_key(|notice| (notice.due_at, notice.number));
            due.truncate(limit.min(MAX_PAGE));
            Ok(due)
        })
    }

    async fn failing_notices(&self, limit: usize) -> Result<Vec<Notice>> {
        self.transact(|rows, _| {
            let mut failing: Vec<Notice> = rows.notices.values().filter(|n| n.tries > 0).cloned().collect();
            failing.sort_by_key(|notice| (std::cmp::Reverse(notice.tries), notice.number));
            failing.truncate(limit.min(MAX_PAGE));
            Ok(failing)
        })
    }

    async fn step_notice(&self, number: u64, step: NoticeStep) -> Result<()> {
        self.transact(|rows, now| intents::step_notice(rows, now, (number, step)))
    }

    async fn add_user(&self, intent: AddUser) -> Result<UserAddition> {
        self.transact(|rows, now| intents::add_user(rows, now, &intent))
    }

    async fn user(&self, id: Id<UserKind>) -> Result<Option<User>> {
        self.transact(|rows, _| rows.user(id))
    }

    async fn user_by_name(&self, name: &str) -> Result<Option<User>> {
        self.transact(|rows, _| rows.user_by_name_key(&User::name_key(name)))
    }

    async fn users(&self, after: Option<Id<UserKind>>, limit: usize) -> Result<Vec<User>> {
        self.transact(|rows, _| {
            let later = rows.users.values().filter(|u| after.is_none_or(|a| u.id > a));
            Ok(later.take(limit.min(MAX_PAGE)).cloned().collect())
        })
    }

    async fn change_password(&self, intent: ChangePassword) -> Result<PasswordChange> {
        self.transact(|rows, now| intents::change_password(rows, now, intent))
    }

    async fn count_attempt(&self, intent: CountAttempt) -> Result<AttemptCount> {
        self.transact(|rows, now| intents::count_attempt(rows, now, &intent))
    }

    async fn failures(&self, user: Id<UserKind>) -> Result<Failures> {
        self.transact(|rows, _| {
            let found = rows.failures(Account::User(user), Place::Elsewhere)?;
            Ok(found.unwrap_or_default())
        })
    }

    async fn unlock_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling> {
        self.transact(|rows, now| intents::unlock_user(rows, now, id, &actor))
    }

    async fn disable_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling> {
        self.transact(|rows, now| intents::disable_user(rows, now, id, &actor))
    }

    async fn enable_user(&self, id: Id<UserKind>, actor: Actor) -> Result<Disabling> {
        self.transact(|rows, now| intents::enable_user(rows, now, id, &actor))
    }

    async fn add_client(&self, client: Client, actor: Actor) -> Result<bool> {
        self.transact(|rows, now| intents::add_client(rows, now, &client, &actor))
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        self.transact(|rows, _| rows.client(id))
    }

    async fn clients(&self, after: Option<ClientId>, limit: usize) -> Result<Vec<Client>> {
        self.transact(|rows, _| {
            let is_later = |c: &&Client| after.as_ref().is_none_or(|a| c.id > *a);
            let later = rows.clients.values().filter(is_later);
            Ok(later.take(limit.min(MAX_PAGE)).cloned().collect())
        })
    }

    async fn remove_client(&self, id: &ClientId, actor: Actor) -> Result<Disabling> {
        self.transact(|rows, now| intents::remove_client(rows, now, id, &actor))
    }

    async fn rotate_client_secret(&self, intent: RotateClientSecret) -> Result<SecretRotation> {
        self.transact(|rows, now| intents::rotate_client_secret(rows, now, &intent))
    }

    async fn remove_client_secret(&self, intent: RemoveClientSecret) -> Result<Option<SecretRemoval>> {
        self.transact(|rows, now| intents::remove_client_secret(rows, now, &intent))
    }

    async fn add_admin_token(&self, intent: AddAdminToken) -> Result<AdminTokenAddition> {
        self.transact(|rows, now| intents::add_admin_token(rows, now, &intent))
    }

    async fn admin_token(&self, digest: Digest) -> Result<Option<AdminToken>> {
        self.transact(|rows, _| Ok(rows.admin_tokens.values().find(|t| t.digest == digest).cloned()))
    }

    async fn admin_tokens(&self) -> Result<Vec<AdminToken>> {
        self.transact(|rows, _| rows.admin_tokens())
    }

    async fn remove_admin_token(&self, intent: RemoveAdminToken) -> Result<AdminTokenRemoval> {
        self.transact(|rows, now| intents::remove_admin_token(rows, now, &intent))
    }

    async fn record_use(&self, used: Use) -> Result<()> {
        self.transact(|rows, now| intents::record_use(rows, now, &used))
    }

    async fn keys(&self) -> Result<Vec<KeyRow>> {
        self.transact(|rows, _| rows.keys())
    }

    async fn change_key(&self, step: KeyStep, actor: Actor) -> Result<KeyChange> {
        self.transact(|rows, now| intents::change_key(rows, now, step, &actor))
    }

    async fn retire_key(&self, intent: RetireKey) -> Result<KeyRetirement> {
        self.transact(|rows, now| intents::retire_key(rows, now, &intent))
    }

    async fn put_setup_code(&self, code: SetupCode, actor: Actor) -> Result<()> {
        self.transact(|rows, now| intents::put_setup_code(rows, now, code, &actor))
    }

    async fn complete_setup(&self, presented: Digest, user: User) -> Result<Setup> {
        self.transact(|rows, now| intents::complete_setup(rows, now, presented, user))
    }

    async fn has_administrator(&self) -> Result<bool> {
        self.transact(|rows, _| Ok(rows.users.values().any(|u| u.admin)))
    }

    async fn append_events(&self, events: Vec<Event>) -> Result<()> {
        self.transact(|rows, now| intents::append_events(rows, now, &events))
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<Vec<EventRecord>> {
        self.transact(|rows, _| {
            let later = rows.events.iter().filter(|e| e.number > after);
            Ok(later.take(limit.min(MAX_ENTRIES)).cloned().collect())
        })
    }

    async fn events_told(
        &self,
        subject: &Subject,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<EventRecord>> {
        self.transact(|rows, _| {
            let range = (subject.clone(), 0)..(subject.clone(), below.unwrap_or(u64::MAX));
            let numbers = rows.events_told.keys_in(range).rev().take(limit.min(MAX_PAGE));
            let at = |number: u64| usize::try_from(number.checked_sub(1)?).ok();
            let record = |key: &(Subject, u64)| rows.events.get(at(key.1)?).cloned();
            Ok(numbers.filter_map(record).collect())
        })
    }

    async fn event_key(&self) -> Result<EventKey> {
        self.transact(|rows, _| rows.event_key())
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        self.transact(|rows, now| sweep(rows, now, limit))
    }

    async fn statistics(&self) -> Result<Vec<(&'static str, u64)>> {
        self.transact(|rows, _| {
            let counts = rows.counts().into_iter();
            Ok(counts
                .map(|(name, n)| (name, u64::try_from(n).unwrap_or(u64::MAX)))
                .collect())
        })
    }
}
