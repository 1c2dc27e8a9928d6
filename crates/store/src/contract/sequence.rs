//! Random sequences of intents, judged by an independent map: what the log says is revoked is never accepted again.

use domain::cookie::Purpose;
use domain::family::{RefreshToken, open_successor};
use domain::grant::Grant;
use domain::revocation::{Judgement, Position, RevocationMap, Target};
use domain::session::Session;
use domain::user::User;
use domain::{Epoch, Seq, Span, Subject};

use super::Bench;
use super::bench::{BOUND, OFFLINE};
use crate::intent::{
    Activity, Actor, ChangePassword, CodeRedemption, EndSession, PasswordChange, RedeemCode, RenewSecret,
    Renewal, Rotation, SessionCreation,
};

/// One intent, drawn at random: which, on what, how.
pub type Step = (u8, u8, u8);

#[derive(Debug)]
struct Play<'a> {
    b: &'a Bench,
    map: RevocationMap,
    read: Seq,
    users: Vec<User>,
    /// Positions read earlier: logins that take their time.
    began: Vec<Seq>,
    sessions: Vec<Session>,
    codes: Vec<(RedeemCode, RefreshToken, Position)>,
    tokens: Vec<(Grant, RefreshToken)>,
}

/// Plays the steps on an empty store.
pub async fn play(b: &Bench, steps: &[Step]) {
    let mut play = Play {
        b,
        map: RevocationMap::default(),
        read: Seq::start_of(Epoch::FIRST),
        users: vec![b.user("ada").await, b.user("bob").await],
        began: vec![b.head().await],
        sessions: Vec::new(),
        codes: Vec::new(),
        tokens: Vec::new(),
    };
    for step in steps {
        play.step(*step).await;
        play.follow().await;
    }
    b.audit().await;
}

fn pick<T>(from: &[T], at: u8) -> Option<&T> {
    from.get(usize::from(at).checked_rem(from.len())?)
}

impl Play<'_> {
    /// Applies what the log says since the last step.
    async fn follow(&mut self) {
        let entries = self.b.store.entries_after(self.read, 10_000).await.unwrap();
        for entry in entries {
            assert_eq!(Some(entry.seq), self.read.next());
            self.map.apply(&entry.target, entry.seq);
            self.read = entry.seq;
        }
    }

    fn must_be_clear(&self, at: &Position) {
        assert_eq!(self.map.judge(at), Judgement::Clear, "accepted: {at:?}");
    }

    async fn step(&mut self, (which, on, how): Step) {
        match which % 12 {
            0 | 1 => self.login(on, how).await,
            2 => self.authorize(on, how).await,
            3 => self.redeem(on).await,
            4..=6 => self.refresh(on).await,
            7 => self.revoke(on, how).await,
            8 => self.renew(on).await,
            9 => self.end(on, how).await,
            10 => self.account(on, how).await,
            _ => self.pass_time(how).await,
        }
    }

    async fn login(&mut self, on: u8, how: u8) {
        let user = pick(&self.users, on).unwrap().clone();
        let rs = *pick(&self.began, how).unwrap();
        self.began.push(self.b.head().await);
        let mut intent = self.b.login(&user, rs);
        intent.cap = 3;
        intent.replaces = pick(&self.sessions, how)
            .map(|s| s.id)
            .filter(|_| how.is_multiple_of(5));
        let session = intent.session.clone();
        if let SessionCreation::Created { .. } = self.b.store.create_session(intent).await.unwrap() {
            self.must_be_clear(&session.position());
            self.sessions.push(session);
        }
    }

    async fn authorize(&mut self, on: u8, how: u8) {
        let Some(session) = pick(&self.sessions, on).cloned() else {
            return;
        };
        let terms = if how.is_multiple_of(2) { BOUND } else { OFFLINE };
        let (code, proof) = self.b.code(&session, terms.scope);
        self.b.store.issue_code(code.clone()).await.unwrap();
        let (intent, token) = self.b.redemption(&code, proof, terms);
        self.codes.push((intent, token, code.position));
    }

    async fn redeem(&mut self, on: u8) {
        let Some((intent, token, position)) = pick(&self.codes, on) else {
            return;
        };
        let outcome = self.b.store.redeem_code(intent.clone()).await;
        if let Ok(CodeRedemption::Redeemed { grant, .. }) = outcome {
            self.must_be_clear(position);
            let copy = RefreshToken::parse(&token.reveal()).unwrap();
            self.tokens.push((*grant, copy));
        }
    }

    async fn refresh(&mut self, on: u8) {
        let Some((grant, token)) = pick(&self.tokens, on) else {
            return;
        };
        if self.b.store.lineage(token.family()).await.unwrap().is_none() {
            return;
        }
        let (outcome, next) = self.b.refresh(token).await;
        let next = match outcome {
            Rotation::Rotated(_) => next,
            Rotation::Retried(_, sealed) => open_successor(token, &sealed).unwrap(),
            Rotation::Replayed(seq) => {
                let dead = [Target::Grant(grant.id), Target::Session(grant.session.unwrap())];
                let marks = self.b.store.snapshot().await.unwrap().marks;
                for target in dead {
                    assert!(marks.iter().any(|(t, at)| *t == target && *at <= seq));
                }
                return;
            }
            _ => return,
        };
        self.must_be_clear(&grant.position());
        self.tokens.push((grant.clone(), next));
    }

    async fn revoke(&mut self, on: u8, how: u8) {
        let user = pick(&self.users, on).unwrap();
        let target = match (how % 8, pick(&self.sessions, on), pick(&self.tokens, on)) {
            (0, ..) => Target::All,
            (1, ..) => Target::Client("web".parse().unwrap()),
            (2, ..) => Target::Subject(Subject::User(user.id)),
            (3, Some(s), _) => Target::Device(s.device.unwrap()),
            (4, Some(s), _) => Target::SessionSecret(s.id, u32::from(on % 4)),
            (5 | 6, Some(s), _) => Target::Session(s.id),
            (_, _, Some((grant, _))) => Target::Grant(grant.id),
            _ => return,
        };
        self.b.revoke(target).await;
    }

    async fn renew(&mut self, on: u8) {
        let Some(session) = pick(&self.sessions, on).cloned() else {
            return;
        };
        let intent = RenewSecret {
            session: session.id,
            generation: session.generation,
            secret: self.b.digest(),
            authenticated: None,
            credential_version: None,
            idle: None,
            cause: "privilege",
        };
        if let Renewal::Renewed { generation, .. } = self.b.store.renew_secret(intent).await.unwrap() {
            self.must_be_clear(&session.position());
            self.sessions.push(Session {
                generation,
                ..session
            });
        }
    }

    async fn end(&mut self, on: u8, how: u8) {
        let Some(session) = pick(&self.sessions, on) else {
            return;
        };
        let intent = EndSession {
            session: session.id,
            offline_too: how.is_multiple_of(2),
            cause: "logout",
            actor: Actor::system(),
        };
        self.b.store.end_session(intent).await.unwrap();
        let row = self
            .b
            .store
            .session(session.id, &Purpose::Authority)
            .await
            .unwrap();
        assert!(row.is_none() || !self.b.lives(session).await || self.b.now() >= session.expires_at);
    }

    async fn account(&mut self, on: u8, how: u8) {
        let actor = Actor::new("cli");
        let keep = pick(&self.sessions, how).map(|s| (s.id, self.b.digest()));
        let count = self.users.len();
        let user = &mut self.users[usize::from(on) % count];
        match how % 3 {
            0 => _ = self.b.store.disable_user(user.id, actor).await.unwrap(),
            1 => _ = self.b.store.enable_user(user.id, actor).await.unwrap(),
            _ => {
                let intent = ChangePassword {
                    user: user.id,
                    password: "$argon2id$new".to_owned(),
                    credential_version: user.credential_version,
                    must_change: false,
                    keep,
                    actor,
                };
                let outcome = self.b.store.change_password(intent).await.unwrap();
                if let PasswordChange::Changed { .. } = outcome {
                    user.credential_version += 1;
                }
            }
        }
    }

    async fn pass_time(&mut self, how: u8) {
        self.b.clock.advance(Span::from_secs(u64::from(how) * 7));
        let seen: Vec<Activity> = self
            .sessions
            .iter()
            .filter(|_| !how.is_multiple_of(4))
            .map(|s| Activity {
                session: s.id,
                at: self.b.now(),
            })
            .collect();
        self.b.store.record_activity(seen).await.unwrap();
        if how.is_multiple_of(3) {
            self.b.store.sweep(usize::from(how)).await.unwrap();
        }
    }
}
