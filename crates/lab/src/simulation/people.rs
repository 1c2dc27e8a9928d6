//! Who signs in, who revokes, what breaks.

use domain::id::Id;
use domain::revocation::{Class, Position, Target};
use domain::{Seq, Subject};
use jose::KeyId;

use super::events::{Event, Login, ToEdge};
use super::history::{Credential, Revocation};
use super::world::{EDGES, PRIMARY, RELAY, World};
use crate::Sabotage;

/// What a revocation of a class names in a credential; nothing if it has no such thing.
pub(super) fn target_of(class: Class, at: &Position) -> Option<Target> {
    Some(match class {
        Class::All => Target::All,
        Class::Tenant => Target::Tenant(at.tenant.clone()?),
        Class::Client => Target::Client(at.client.clone()?),
        Class::Subject => Target::Subject(at.subject.clone()),
        Class::Device => Target::Device(at.device?),
        Class::Grant => Target::Grant(at.grant?),
        Class::Session => Target::Session(at.session?),
        Class::Jti => Target::Jti(at.jti?),
        Class::SessionSecret => Target::SessionSecret(at.session?, at.generation? + 1),
        Class::Key => Target::Key(at.key.clone()?),
    })
}

impl World {
    /// A little of everything, again and again.
    pub(super) fn people(&mut self) {
        match self.random.below(1000) {
            0..=299 => self.begin_login(),
            300..=399 => self.revoke(),
            400..=899 => self.probe(),
            900..=939 => {
                let (edge, for_ms) = (self.any_edge(), self.random.between(50, 12_000));
                self.pause(edge, for_ms);
            }
            940..=969 => {
                let (edge, for_ms) = (self.any_edge(), self.random.between(500, 15_000));
                self.cut(edge, for_ms);
            }
            970..=984 => {
                let edge = self.any_edge();
                self.restart_edge(edge);
            }
            985..=989 => self.restart_node(if self.random.percent(50) { PRIMARY } else { RELAY }),
            990..=996 => self.store.back_up(),
            _ => self.restore(),
        }
        let pause = self.random.between(1, 120);
        self.events.plan(self.now_ms + pause, Event::People);
    }

    fn any_edge(&self) -> usize {
        usize::try_from(self.random.below(EDGES as u64)).unwrap_or_default()
    }

    /// Mostly one of the newest: the older ones are revoked already.
    pub(super) fn any_credential(&self) -> Option<usize> {
        let known = self.history.credentials.len();
        let among = if self.random.percent(80) {
            known.min(12)
        } else {
            known
        } as u64;
        let back = usize::try_from(self.random.below(among)).unwrap_or_default();
        known.checked_sub(1 + back)
    }

    /// Checks at every edge of the newest credentials that a revocation names: it has just been enforced.
    pub(super) fn probe_named(&mut self, revocation: usize) {
        let Some(record) = self.history.revocations.get(revocation) else {
            return;
        };
        let newest = self.history.credentials.iter().enumerate().rev();
        let named: Vec<usize> = newest
            .filter(|(_, known)| {
                target_of(record.target.class(), &known.position).as_ref() == Some(&record.target)
            })
            .map(|(index, _)| index)
            .take(3)
            .collect();
        for edge in 0..EDGES {
            named.iter().for_each(|credential| self.check(edge, *credential));
        }
    }

    /// Checks at every edge, now.
    pub(super) fn probe(&mut self) {
        for edge in 0..EDGES {
            for _ in 0..2 {
                if let Some(credential) = self.any_credential() {
                    self.check(edge, credential);
                }
            }
        }
    }

    /// The position in the log is read before the evidence.
    fn begin_login(&mut self) {
        let random = &self.random;
        let pick = |kind: &str, of: u64| format!("{kind}{}", random.below(of));
        let subject: Subject = format!("client:{}", pick("subject", 4))
            .parse()
            .unwrap_or_else(|_| unreachable!("a valid subject"));
        let position = Position {
            tenant: pick("tenant", 2).parse().ok(),
            client: pick("app", 2).parse().ok(),
            device: Some(Id::from_bytes(
                [u8::try_from(random.below(6)).unwrap_or_default(); 16],
            )),
            grant: Some(Id::from_bytes(random.bytes())),
            session: Some(Id::from_bytes(random.bytes())),
            jti: Some(Id::from_bytes(random.bytes())),
            generation: Some(1),
            key: KeyId::new(&format!("key-{}", self.key_number)).ok(),
            ..Position::of(subject, self.store.head().seq)
        };
        let login = Login {
            began: self.moment(),
            position,
        };
        let evidence = self.now_ms + random.below(1500);
        self.events.plan(evidence, Event::FinishLogin(Box::new(login)));
    }

    /// One intent: the position is compared with the watermarks, and the credential exists.
    pub(super) fn finish_login(&mut self, login: Login) {
        let mut position = login.position;
        if self.plan.is(Sabotage::LateRs) {
            position.rs = self.store.head().seq;
        }
        if self.store.is_revoked(&position) || position.rs > self.store.head().seq {
            return;
        }
        self.history.credentials.push(Credential {
            began: login.began,
            position,
        });
    }

    pub(super) fn revoke(&mut self) {
        let Some(credential) = self.any_credential() else {
            return;
        };
        // Everything and everybody of a tenant seldom: nobody would be left to revoke.
        let class = match self.random.below(40) {
            0 => Class::All,
            1 => Class::Tenant,
            2 => Class::Client,
            3 => Class::Key,
            n if n < 12 => Class::Subject,
            n if n < 18 => Class::Device,
            n if n < 24 => Class::Grant,
            n if n < 32 => Class::Session,
            n if n < 36 => Class::Jti,
            _ => Class::SessionSecret,
        };
        let known = self.history.credentials.get(credential);
        let Some(target) = known.and_then(|known| target_of(class, &known.position)) else {
            return;
        };
        if class == Class::Key {
            self.key_number += 1;
        }
        let Some(entry) = self.store.commit(&target, self.now_ms) else {
            return;
        };
        let revocation = self.record(target, entry.seq);
        for edge in 0..EDGES {
            self.tell_edge(edge, &ToEdge::Entries(vec![entry.clone()]));
        }
        self.order += 1;
        self.wait_for(revocation);
    }

    fn record(&mut self, target: Target, seq: Seq) -> usize {
        let committed = self.moment();
        self.history.revocations.push(Revocation {
            target,
            seq,
            committed,
            frozen: None,
            enforced: None,
            disturbed: false,
        });
        self.history.revocations.len() - 1
    }

    pub(super) fn cut(&mut self, edge: usize, for_ms: u64) {
        if let Some(known) = self.edges.get_mut(edge).filter(|known| !known.cut) {
            known.cut = true;
            self.events.plan(self.now_ms + for_ms, Event::Heal(edge));
        }
    }

    /// The store goes back to its last backup: an authority that serves it is a new process.
    fn restore(&mut self) {
        let new_epoch = !self.plan.is(Sabotage::NoNewEpoch);
        self.store.restore(new_epoch);
        if new_epoch && let Some(entry) = self.store.commit(&Target::All, self.now_ms) {
            self.record(Target::All, entry.seq);
            self.order += 1;
        }
        self.restart_node(PRIMARY);
        self.restart_node(RELAY);
    }
}
