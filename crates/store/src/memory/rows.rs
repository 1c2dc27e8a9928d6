//! The row operations, over maps.

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

use super::state::{Mark, State};
use crate::error::StoreError;
use crate::intent::{KeptReceipt, LogoutScan, Notice, SetupCode};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, StoreError>;

impl Rows for State {
    fn head(&mut self) -> Result<FeedHead> {
        let last = self.present().last();
        Ok(last.map_or_else(
            || self.epoch_start(),
            |entry| FeedHead {
                seq: entry.seq,
                digest: entry.digest,
            },
        ))
    }

    fn append_entry(&mut self, entry: &LogEntry) -> Result<()> {
        let head = self.head()?;
        if !entry.follows(head.seq, &head.digest) {
            return Err(StoreError::Corrupt(
                "an entry that does not follow the head".to_owned(),
            ));
        }
        let value = match entry.target {
            Target::SessionSecret(_, generation) => u64::from(generation),
            _ => entry.seq.as_u64(),
        };
        let key = (entry.target.class(), entry.target.watermark_key());
        if self.marks.row(&key).is_none_or(|mark| mark.value < value) {
            let mark = Mark {
                target: entry.target.clone(),
                value,
                seq: entry.seq,
            };
            self.marks.put(key, mark);
        }
        self.log.push(entry.clone());
        Ok(())
    }

    fn start_epoch(&mut self, head: &FeedHead) -> Result<()> {
        self.epochs.push(*head);
        Ok(())
    }

    fn watermark(&mut self, target: &Target) -> Result<Option<u64>> {
        let mark = self.marks.row(&(target.class(), target.watermark_key()));
        Ok(mark.map(|m| m.value))
    }

    fn event_head(&mut self) -> Result<(u64, Digest)> {
        let last = self.events.last().map(|e| (e.number, e.digest));
        Ok(last.unwrap_or((0, self.event_genesis)))
    }

    fn append_event(&mut self, record: &EventRecord, told_to: Option<&Subject>) -> Result<()> {
        if let Some(subject) = told_to {
            self.events_told.put((subject.clone(), record.number), ());
        }
        self.events.push(record.clone());
        Ok(())
    }

    fn event_key(&mut self) -> Result<EventKey> {
        Ok(EventKey::from_bytes(*self.event_key.as_bytes()))
    }

    fn session(&mut self, id: Id<SessionKind>) -> Result<Option<Session>> {
        Ok(self.sessions.row(&id))
    }

    fn insert_session(&mut self, session: &Session, face: &Face) -> Result<bool> {
        if self.sessions.row(&session.id).is_some() {
            return Ok(false);
        }
        self.sessions_by_subject
            .put((session.subject.clone(), session.id), ());
        self.sessions.put(session.id, session.clone());
        self.put_face(face)?;
        Ok(true)
    }

    fn update_session(&mut self, session: &Session) -> Result<()> {
        self.sessions.put(session.id, session.clone());
        Ok(())
    }

    fn delete_session(&mut self, id: Id<SessionKind>) -> Result<()> {
        if let Some(session) = self.sessions.take(&id) {
            self.sessions_by_subject.take(&(session.subject, id));
        }
        self.delete_faces(id, |_| true);
        for client in self.parties_of(id)? {
            self.take_party(id, &client)?;
        }
        Ok(())
    }

    fn sessions_of(&mut self, subject: &Subject) -> Result<Vec<Session>> {
        let first = (subject.clone(), Id::from_bytes([0; 16]));
        let last = (subject.clone(), Id::from_bytes([0xff; 16]));
        let ids = self.sessions_by_subject.keys_in(first..=last);
        let mut found: Vec<Session> = ids.filter_map(|(_, id)| self.sessions.row(id)).collect();
        found.sort_by_key(|s| (s.active_at, s.id));
        Ok(found)
    }

    fn face(&mut self, session: Id<SessionKind>, purpose: &Purpose) -> Result<Option<Face>> {
        Ok(self.faces.row(&(session, purpose.label())))
    }

    fn put_face(&mut self, face: &Face) -> Result<()> {
        self.faces.put((face.session, face.purpose.label()), face.clone());
        Ok(())
    }

    fn delete_application_faces(&mut self, session: Id<SessionKind>) -> Result<()> {
        self.delete_faces(session, |label| label != Purpose::Authority.label());
        Ok(())
    }

    fn code(&mut self, digest: &Digest) -> Result<Option<IssuedCode>> {
        Ok(self.codes.row(digest))
    }

    fn put_code(&mut self, code: &IssuedCode) -> Result<()> {
        self.codes.put(code.digest, code.clone());
        Ok(())
    }

    fn take_host_code(&mut self, digest: &Digest) -> Result<Option<IssuedHostCode>> {
        Ok(self.host_codes.take(digest))
    }

    fn put_host_code(&mut self, code: &IssuedHostCode) -> Result<()> {
        self.host_codes.put(code.digest, code.clone());
        Ok(())
    }

    fn grant(&mut self, id: Id<GrantKind>) -> Result<Option<Grant>> {
        Ok(self.grants.row(&id))
    }

    fn put_grant(&mut self, grant: &Grant) -> Result<()> {
        if let Some(session) = grant.session {
            self.grants_by_session.put((session, grant.id), ());
        }
        self.grants.put(grant.id, grant.clone());
        Ok(())
    }

    fn grants_of_session(&mut self, session: Id<SessionKind>) -> Result<Vec<Grant>> {
        let (first, last) = (Id::from_bytes([0; 16]), Id::from_bytes([0xff; 16]));
        let ids = self.grants_by_session.keys_in((session, first)..=(session, last));
        Ok(ids.filter_map(|(_, id)| self.grants.row(id)).collect())
    }

    fn grants_of(&mut self, subject: &Subject, after: Timestamp) -> Result<Vec<Grant>> {
        let theirs = |g: &&Grant| g.subject == *subject && g.expires_at > after;
        Ok(self.grants.values().filter(theirs).cloned().collect())
    }

    fn family(&mut self, id: Id<FamilyKind>) -> Result<Option<Family>> {
        Ok(self.families.row(&id))
    }

    fn insert_family(&mut self, family: &Family) -> Result<()> {
        self.families.put(family.id, family.clone());
        Ok(())
    }

    fn use_family(&mut self, family: &Family) -> Result<()> {
        self.families.put(family.id, family.clone());
        Ok(())
    }

    fn user(&mut self, id: Id<UserKind>) -> Result<Option<User>> {
        Ok(self.users.row(&id))
    }

    fn user_by_name_key(&mut self, key: &str) -> Result<Option<User>> {
        let id = self.names.row(&key.to_owned());
        Ok(id.and_then(|id| self.users.row(&id)))
    }

    fn put_user(&mut self, user: &User) -> Result<()> {
        if let Some(before) = self.users.row(&user.id) {
            self.names.take(&User::name_key(&before.name));
        }
        self.names.put(User::name_key(&user.name), user.id);
        self.users.put(user.id, user.clone());
        Ok(())
    }

    fn failures(&mut self, account: Account, place: Place) -> Result<Option<Failures>> {
        Ok(self.failures.row(&(account, place)))
    }

    fn put_failures(&mut self, account: Account, place: Place, failures: &Failures) -> Result<()> {
        self.failures.put((account, place), *failures);
        Ok(())
    }

    fn clear_failures(&mut self, account: Account, place: Option<Place>) -> Result<()> {
        let theirs: Vec<_> = match place {
            Some(place) => vec![(account, place)],
            None => self.places_of(account).collect(),
        };
        for key in theirs {
            self.failures.take(&key);
        }
        Ok(())
    }

    fn failing_places(&mut self, account: Account) -> Result<usize> {
        Ok(self
            .places_of(account)
            .filter(|key| key.1 != Place::Elsewhere)
            .count())
    }

    fn client(&mut self, id: &ClientId) -> Result<Option<Client>> {
        Ok(self.clients.row(id))
    }

    fn put_client(&mut self, client: &Client) -> Result<()> {
        self.clients.put(client.id.clone(), client.clone());
        Ok(())
    }

    fn delete_client(&mut self, id: &ClientId) -> Result<()> {
        self.clients.take(id);
        Ok(())
    }

    fn admin_tokens(&mut self) -> Result<Vec<AdminToken>> {
        Ok(self.admin_tokens.values().cloned().collect())
    }

    fn put_admin_token(&mut self, token: &AdminToken) -> Result<()> {
        self.admin_tokens.put(token.id, token.clone());
        Ok(())
    }

    fn delete_admin_token(&mut self, id: Id<AdminTokenKind>) -> Result<()> {
        self.admin_tokens.take(&id);
        Ok(())
    }

    fn keys(&mut self) -> Result<Vec<KeyRow>> {
        Ok(self.keys.values().cloned().collect())
    }

    fn put_key(&mut self, key: &KeyRow) -> Result<()> {
        self.keys.put(key.id.to_string(), key.clone());
        Ok(())
    }

    fn setup_code(&mut self) -> Result<Option<(SetupCode, u32)>> {
        Ok(self.setup_code.row(&()))
    }

    fn put_setup_code(&mut self, code: Option<(SetupCode, u32)>) -> Result<()> {
        match code {
            Some(row) => self.setup_code.put((), row),
            None => _ = self.setup_code.take(&()),
        }
        Ok(())
    }

    fn last_receipt(&mut self) -> Result<u64> {
        Ok(self.last_receipt.row(&()).unwrap_or(0))
    }

    fn receipt(&mut self, number: u64) -> Result<Option<KeptReceipt>> {
        Ok(self.receipts.row(&number))
    }

    fn receipt_of_key(&mut self, key: &Digest) -> Result<Option<KeptReceipt>> {
        let of_key = |r: &&KeptReceipt| r.repeats.is_some_and(|mark| mark.key == *key);
        Ok(self.receipts.values().find(of_key).cloned())
    }

    fn put_receipt(&mut self, receipt: &KeptReceipt) -> Result<()> {
        let last = self.last_receipt()?.max(receipt.number);
        self.last_receipt.put((), last);
        self.receipts.put(receipt.number, receipt.clone());
        Ok(())
    }

    fn forget_receipts(&mut self, up_to: u64) -> Result<()> {
        let old: Vec<u64> = self.receipts.keys_in(..=up_to).copied().collect();
        for number in old {
            self.receipts.take(&number);
        }
        Ok(())
    }

    fn put_party(&mut self, session: Id<SessionKind>, client: &ClientId) -> Result<()> {
        self.parties.put((client.clone(), session), ());
        Ok(())
    }

    fn parties_of(&mut self, session: Id<SessionKind>) -> Result<Vec<ClientId>> {
        let all = self.parties.iter().map(|(key, ())| key);
        let own = all.filter(|(_, id)| *id == session);
        Ok(own.map(|(client, _)| client.clone()).collect())
    }

    fn take_party(&mut self, session: Id<SessionKind>, client: &ClientId) -> Result<bool> {
        Ok(self.parties.take(&(client.clone(), session)).is_some())
    }

    fn parties_after(
        &mut self,
        client: &ClientId,
        after: Option<Id<SessionKind>>,
        limit: usize,
    ) -> Result<Vec<Id<SessionKind>>> {
        let all = self.parties.iter().map(|(key, ())| key);
        let own = all.filter(|(told, id)| told == client && after.is_none_or(|after| *id > after));
        Ok(own.map(|(_, id)| *id).take(limit).collect())
    }

    fn told_clients(&mut self) -> Result<Vec<ClientId>> {
        let told = self.clients.values().filter(|client| client.logout.is_some());
        Ok(told.map(|client| client.id.clone()).collect())
    }

    fn scan(&mut self, client: &ClientId) -> Result<Option<LogoutScan>> {
        Ok(self.scans.row(client))
    }

    fn put_scan(&mut self, scan: &LogoutScan) -> Result<()> {
        self.scans.put(scan.client.clone(), scan.clone());
        Ok(())
    }

    fn delete_scan(&mut self, client: &ClientId) -> Result<()> {
        self.scans.take(client);
        Ok(())
    }

    fn last_notice(&mut self) -> Result<u64> {
        Ok(self.last_notice.row(&()).unwrap_or(0))
    }

    fn waiting_notices(&mut self, client: &ClientId, bound: u64) -> Result<u64> {
        let own = self.notices.values().filter(|notice| notice.client == *client);
        Ok(u64::try_from(own.count()).unwrap_or(u64::MAX).min(bound))
    }

    fn notice(&mut self, number: u64) -> Result<Option<Notice>> {
        Ok(self.notices.row(&number))
    }

    fn put_notice(&mut self, notice: &Notice) -> Result<()> {
        let last = self.last_notice()?.max(notice.number);
        self.last_notice.put((), last);
        self.notices.put(notice.number, notice.clone());
        Ok(())
    }

    fn delete_notice(&mut self, number: u64) -> Result<()> {
        self.notices.take(&number);
        Ok(())
    }
}

impl State {
    fn places_of(&self, account: Account) -> impl Iterator<Item = (Account, Place)> {
        let all = (account, Place::Elsewhere)..;
        self.failures
            .keys_in(all)
            .take_while(move |key| key.0 == account)
            .copied()
    }

    fn delete_faces(&mut self, session: Id<SessionKind>, which: impl Fn(&str) -> bool) {
        let all = (session, String::new())..;
        let theirs = self.faces.keys_in(all).take_while(|(id, _)| *id == session);
        let doomed: Vec<_> = theirs.filter(|(_, label)| which(label)).cloned().collect();
        for key in doomed {
            self.faces.take(&key);
        }
    }
}
