//! [`Rows`] over one SQLite connection: one file per family of tables.

pub(super) mod admin_tokens;
pub(super) mod clients;
pub(super) mod codes;
pub(super) mod events;
pub(super) mod failures;
pub(super) mod grants;
pub(super) mod keys;
pub(super) mod log;
pub(super) mod meta;
pub(super) mod notices;
pub(super) mod position;
pub(super) mod receipts;
pub(super) mod sessions;
pub(super) mod users;

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
use rusqlite::Connection;

use super::codec::Result;
use super::known::Known;
use crate::intent::{KeptReceipt, LogoutScan, Notice, SetupCode};
use crate::rows::Rows;

/// The rows that one open transaction sees.
pub(super) struct SqliteRows<'c> {
    pub(super) connection: &'c Connection,
    /// What the writer need not ask. Readers know nothing.
    known: Option<&'c mut Known>,
}

impl<'c> SqliteRows<'c> {
    /// As anybody sees them.
    pub(super) const fn of(connection: &'c Connection) -> Self {
        Self {
            connection,
            known: None,
        }
    }

    /// As the writer sees them. Whoever undoes something tells `known`.
    pub(super) const fn of_writer(connection: &'c Connection, known: &'c mut Known) -> Self {
        Self {
            connection,
            known: Some(known),
        }
    }
}

impl Rows for SqliteRows<'_> {
    fn head(&mut self) -> Result<FeedHead> {
        match &mut self.known {
            Some(known) => known.head(self.connection),
            None => log::head(self.connection),
        }
    }
    fn append_entry(&mut self, entry: &LogEntry) -> Result<()> {
        let head = self.head()?;
        log::append(self.connection, &head, entry)?;
        if let Some(known) = &mut self.known {
            known.appended(entry);
        }
        Ok(())
    }
    fn start_epoch(&mut self, head: &FeedHead) -> Result<()> {
        log::start_epoch(self.connection, head)?;
        if let Some(known) = &mut self.known {
            known.set_head(*head);
        }
        Ok(())
    }
    fn watermark(&mut self, target: &Target) -> Result<Option<u64>> {
        if let Some(known) = &mut self.known
            && !known.may_be_marked(self.connection, target)?
        {
            return Ok(None);
        }
        log::watermark(self.connection, target)
    }

    fn event_head(&mut self) -> Result<(u64, Digest)> {
        match &mut self.known {
            Some(known) => known.event_head(self.connection),
            None => events::head(self.connection),
        }
    }
    fn append_event(&mut self, record: &EventRecord, told_to: Option<&Subject>) -> Result<()> {
        events::append(self.connection, record, told_to)?;
        if let Some(known) = &mut self.known {
            known.set_event_head(record.number, record.digest);
        }
        Ok(())
    }
    fn event_key(&mut self) -> Result<EventKey> {
        match &mut self.known {
            Some(known) => known.event_key(self.connection),
            None => meta::event_key(self.connection),
        }
    }

    fn session(&mut self, id: Id<SessionKind>) -> Result<Option<Session>> {
        sessions::by_id(self.connection, id)
    }
    fn insert_session(&mut self, session: &Session, face: &Face) -> Result<bool> {
        let is_new = sessions::insert(self.connection, session)?;
        if is_new {
            sessions::insert_face(self.connection, face)?;
        }
        Ok(is_new)
    }
    fn update_session(&mut self, session: &Session) -> Result<()> {
        sessions::update(self.connection, session)
    }
    fn delete_session(&mut self, id: Id<SessionKind>) -> Result<()> {
        sessions::delete(self.connection, id)
    }
    fn sessions_of(&mut self, subject: &Subject) -> Result<Vec<Session>> {
        sessions::of_subject(self.connection, subject)
    }
    fn face(&mut self, session: Id<SessionKind>, purpose: &Purpose) -> Result<Option<Face>> {
        sessions::face(self.connection, session, purpose)
    }
    fn put_face(&mut self, face: &Face) -> Result<()> {
        sessions::put_face(self.connection, face)
    }
    fn delete_application_faces(&mut self, session: Id<SessionKind>) -> Result<()> {
        sessions::delete_application_faces(self.connection, session)
    }

    fn code(&mut self, digest: &Digest) -> Result<Option<IssuedCode>> {
        codes::by_digest(self.connection, digest)
    }
    fn put_code(&mut self, code: &IssuedCode) -> Result<()> {
        codes::put(self.connection, code)
    }
    fn take_host_code(&mut self, digest: &Digest) -> Result<Option<IssuedHostCode>> {
        codes::take_host_code(self.connection, digest)
    }
    fn put_host_code(&mut self, code: &IssuedHostCode) -> Result<()> {
        codes::put_host_code(self.connection, code)
    }

    fn grant(&mut self, id: Id<GrantKind>) -> Result<Option<Grant>> {
        grants::by_id(self.connection, id)
    }
    fn put_grant(&mut self, grant: &Grant) -> Result<()> {
        grants::put(self.connection, grant)
    }
    fn grants_of_session(&mut self, session: Id<SessionKind>) -> Result<Vec<Grant>> {
        grants::of_session(self.connection, session)
    }
    fn grants_of(&mut self, subject: &Subject, after: Timestamp) -> Result<Vec<Grant>> {
        grants::of_subject(self.connection, subject, after)
    }
    fn family(&mut self, id: Id<FamilyKind>) -> Result<Option<Family>> {
        grants::family(self.connection, id)
    }
    fn insert_family(&mut self, family: &Family) -> Result<()> {
        grants::insert_family(self.connection, family)
    }
    fn use_family(&mut self, family: &Family) -> Result<()> {
        grants::use_family(self.connection, family)
    }

    fn user(&mut self, id: Id<UserKind>) -> Result<Option<User>> {
        users::by_id(self.connection, id)
    }
    fn user_by_name_key(&mut self, key: &str) -> Result<Option<User>> {
        users::by_name_key(self.connection, key)
    }
    fn put_user(&mut self, user: &User) -> Result<()> {
        users::put(self.connection, user)
    }
    fn failures(&mut self, account: Account, place: Place) -> Result<Option<Failures>> {
        failures::at(self.connection, account, place)
    }
    fn put_failures(&mut self, account: Account, place: Place, failures: &Failures) -> Result<()> {
        failures::put(self.connection, (account, place), failures)
    }
    fn clear_failures(&mut self, account: Account, place: Option<Place>) -> Result<()> {
        failures::clear(self.connection, account, place)
    }
    fn failing_places(&mut self, account: Account) -> Result<usize> {
        failures::places(self.connection, account)
    }
    fn client(&mut self, id: &ClientId) -> Result<Option<Client>> {
        clients::by_id(self.connection, id)
    }
    fn put_client(&mut self, client: &Client) -> Result<()> {
        clients::put(self.connection, client)
    }
    fn delete_client(&mut self, id: &ClientId) -> Result<()> {
        clients::delete(self.connection, id)
    }
    fn admin_tokens(&mut self) -> Result<Vec<AdminToken>> {
        admin_tokens::all(self.connection)
    }
    fn put_admin_token(&mut self, token: &AdminToken) -> Result<()> {
        admin_tokens::put(self.connection, token)
    }
    fn delete_admin_token(&mut self, id: Id<AdminTokenKind>) -> Result<()> {
        admin_tokens::delete(self.connection, id)
    }

    fn keys(&mut self) -> Result<Vec<KeyRow>> {
        keys::all(self.connection)
    }
    fn put_key(&mut self, key: &KeyRow) -> Result<()> {
        keys::put(self.connection, key)
    }
    fn setup_code(&mut self) -> Result<Option<(SetupCode, u32)>> {
        meta::setup_code(self.connection)
    }
    fn put_setup_code(&mut self, code: Option<(SetupCode, u32)>) -> Result<()> {
        meta::put_setup_code(self.connection, code)
    }

    fn last_receipt(&mut self) -> Result<u64> {
        receipts::last(self.connection)
    }
    fn receipt(&mut self, number: u64) -> Result<Option<KeptReceipt>> {
        receipts::by_number(self.connection, number)
    }
    fn receipt_of_key(&mut self, key: &Digest) -> Result<Option<KeptReceipt>> {
        receipts::by_key(self.connection, key)
    }
    fn put_receipt(&mut self, receipt: &KeptReceipt) -> Result<()> {
        receipts::put(self.connection, receipt)
    }
    fn forget_receipts(&mut self, up_to: u64) -> Result<()> {
        receipts::forget(self.connection, up_to)
    }

    fn put_party(&mut self, session: Id<SessionKind>, client: &ClientId) -> Result<()> {
        notices::put_party(self.connection, session, client)
    }
    fn parties_of(&mut self, session: Id<SessionKind>) -> Result<Vec<ClientId>> {
        notices::parties_of(self.connection, session)
    }
    fn take_party(&mut self, session: Id<SessionKind>, client: &ClientId) -> Result<bool> {
        notices::take_party(self.connection, session, client)
    }
    fn parties_after(
        &mut self,
        client: &ClientId,
        after: Option<Id<SessionKind>>,
        limit: usize,
    ) -> Result<Vec<Id<SessionKind>>> {
        notices::parties_after(self.connection, client, (after, limit))
    }
    fn told_clients(&mut self) -> Result<Vec<ClientId>> {
        notices::told_clients(self.connection)
    }
    fn scan(&mut self, client: &ClientId) -> Result<Option<LogoutScan>> {
        notices::scan(self.connection, client)
    }
    fn put_scan(&mut self, scan: &LogoutScan) -> Result<()> {
        notices::put_scan(self.connection, scan)
    }
    fn delete_scan(&mut self, client: &ClientId) -> Result<()> {
        notices::delete_scan(self.connection, client)
    }
    fn last_notice(&mut self) -> Result<u64> {
        notices::last(self.connection)
    }
    fn waiting_notices(&mut self, client: &ClientId, bound: u64) -> Result<u64> {
        notices::count(self.connection, client, bound)
    }
    fn notice(&mut self, number: u64) -> Result<Option<Notice>> {
        notices::by_number(self.connection, number)
    }
    fn put_notice(&mut self, notice: &Notice) -> Result<()> {
        notices::put(self.connection, notice)
    }
    fn delete_notice(&mut self, number: u64) -> Result<()> {
        notices::delete(self.connection, number)
    }
}
