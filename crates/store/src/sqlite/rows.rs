//! [`Rows`] over one SQLite connection: one file per family of tables.

pub(super) mod clients;
pub(super) mod codes;
pub(super) mod events;
pub(super) mod failures;
pub(super) mod grants;
pub(super) mod keys;
pub(super) mod log;
pub(super) mod meta;
pub(super) mod position;
pub(super) mod sessions;
pub(super) mod users;

use domain::client::Client;
use domain::code::{IssuedCode, IssuedHostCode};
use domain::cookie::Purpose;
use domain::digest::Digest;
use domain::event::{EventKey, EventRecord};
use domain::family::Family;
use domain::feed::FeedHead;
use domain::grant::Grant;
use domain::id::{Family as FamilyKind, Grant as GrantKind, Id, Session as SessionKind, User as UserKind};
use domain::key::KeyRow;
use domain::lockout::{Account, Failures, Place};
use domain::revocation::{LogEntry, Target};
use domain::session::{Face, Session};
use domain::user::User;
use domain::{ClientId, Seq, Subject, Timestamp};
use rusqlite::Connection;

use super::codec::Result;
use crate::intent::SetupCode;
use crate::rows::Rows;

/// The rows that one open transaction sees.
pub(super) struct SqliteRows<'c>(pub(super) &'c Connection);

impl Rows for SqliteRows<'_> {
    fn head(&mut self) -> Result<FeedHead> {
        log::head(self.0)
    }
    fn append_entry(&mut self, entry: &LogEntry) -> Result<()> {
        log::append(self.0, entry)
    }
    fn start_epoch(&mut self, head: &FeedHead) -> Result<()> {
        log::start_epoch(self.0, head)
    }
    fn watermark(&mut self, target: &Target) -> Result<Option<u64>> {
        log::watermark(self.0, target)
    }

    fn event_head(&mut self) -> Result<(u64, Digest)> {
        events::head(self.0)
    }
    fn append_event(&mut self, record: &EventRecord, told_to: Option<&Subject>) -> Result<()> {
        events::append(self.0, record, told_to)
    }
    fn event_key(&mut self) -> Result<EventKey> {
        meta::event_key(self.0)
    }

    fn session(&mut self, id: Id<SessionKind>) -> Result<Option<Session>> {
        sessions::by_id(self.0, id)
    }
    fn put_session(&mut self, session: &Session) -> Result<()> {
        sessions::put(self.0, session)
    }
    fn delete_session(&mut self, id: Id<SessionKind>) -> Result<()> {
        sessions::delete(self.0, id)
    }
    fn sessions_of(&mut self, subject: &Subject) -> Result<Vec<Session>> {
        sessions::of_subject(self.0, subject)
    }
    fn face(&mut self, session: Id<SessionKind>, purpose: &Purpose) -> Result<Option<Face>> {
        sessions::face(self.0, session, purpose)
    }
    fn put_face(&mut self, face: &Face) -> Result<()> {
        sessions::put_face(self.0, face)
    }
    fn delete_application_faces(&mut self, session: Id<SessionKind>) -> Result<()> {
        sessions::delete_application_faces(self.0, session)
    }

    fn code(&mut self, digest: &Digest) -> Result<Option<IssuedCode>> {
        codes::by_digest(self.0, digest)
    }
    fn put_code(&mut self, code: &IssuedCode) -> Result<()> {
        codes::put(self.0, code)
    }
    fn take_host_code(&mut self, digest: &Digest) -> Result<Option<IssuedHostCode>> {
        codes::take_host_code(self.0, digest)
    }
    fn put_host_code(&mut self, code: &IssuedHostCode) -> Result<()> {
        codes::put_host_code(self.0, code)
    }

    fn grant(&mut self, id: Id<GrantKind>) -> Result<Option<Grant>> {
        grants::by_id(self.0, id)
    }
    fn put_grant(&mut self, grant: &Grant) -> Result<()> {
        grants::put(self.0, grant)
    }
    fn grants_of_session(&mut self, session: Id<SessionKind>) -> Result<Vec<Grant>> {
        grants::of_session(self.0, session)
    }
    fn grants_of(&mut self, subject: &Subject, after: Timestamp) -> Result<Vec<Grant>> {
        grants::of_subject(self.0, subject, after)
    }
    fn family(&mut self, id: Id<FamilyKind>) -> Result<Option<Family>> {
        grants::family(self.0, id)
    }
    fn put_family(&mut self, family: &Family) -> Result<()> {
        grants::put_family(self.0, family)
    }

    fn user(&mut self, id: Id<UserKind>) -> Result<Option<User>> {
        users::by_id(self.0, id)
    }
    fn user_by_name_key(&mut self, key: &str) -> Result<Option<User>> {
        users::by_name_key(self.0, key)
    }
    fn put_user(&mut self, user: &User) -> Result<()> {
        users::put(self.0, user)
    }
    fn failures(&mut self, account: Account, place: Place) -> Result<Option<Failures>> {
        failures::at(self.0, account, place)
    }
    fn put_failures(&mut self, account: Account, place: Place, failures: &Failures) -> Result<()> {
        failures::put(self.0, (account, place), failures)
    }
    fn clear_failures(&mut self, account: Account, place: Option<Place>) -> Result<()> {
        failures::clear(self.0, account, place)
    }
    fn failing_places(&mut self, account: Account) -> Result<usize> {
        failures::places(self.0, account)
    }
    fn client(&mut self, id: &ClientId) -> Result<Option<Client>> {
        clients::by_id(self.0, id)
    }
    fn put_client(&mut self, client: &Client) -> Result<()> {
        clients::put(self.0, client)
    }
    fn delete_client(&mut self, id: &ClientId) -> Result<()> {
        clients::delete(self.0, id)
    }

    fn keys(&mut self) -> Result<Vec<KeyRow>> {
        keys::all(self.0)
    }
    fn put_key(&mut self, key: &KeyRow) -> Result<()> {
        keys::put(self.0, key)
    }
    fn setup_code(&mut self) -> Result<Option<(SetupCode, u32)>> {
        meta::setup_code(self.0)
    }
    fn put_setup_code(&mut self, code: Option<(SetupCode, u32)>) -> Result<()> {
        meta::put_setup_code(self.0, code)
    }

    fn idempotent(&mut self, key: &str) -> Result<Option<(Digest, Seq)>> {
        meta::idempotent(self.0, key)
    }
    fn put_idempotent(&mut self, key: &str, request: Digest, seq: Seq, at: Timestamp) -> Result<()> {
        meta::put_idempotent(self.0, key, (request, seq, at))
    }
}
