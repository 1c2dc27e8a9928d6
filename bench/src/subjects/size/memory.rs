//! Resident memory before and after: of a map of watermarks, and of a checker that remembers sessions. What is weighed
//! is filled through the verifier's public doors alone.

use std::sync::Arc;

use domain::cookie::{Purpose, SealedPayload, SealingKey, SealingKeys};
use domain::feed::{KeyBundle, LeaseCell, SessionAnswer};
use domain::id::{Id, Session as SessionKind, User};
use domain::revocation::{RevocationMap, Target};
use domain::secret::Secret;
use domain::session::{Face, Origin, Session};
use domain::testing::{ManualClock, SeededEntropy};
use domain::{Assurance, Clock, Seq, Span, Subject};
use http::{HeaderMap, HeaderValue};
use jose::{Algorithm, KeySet, SigningKey};
use verifier::{Checker, CheckerParts, ColdSession, Family, Issuer, JudgedRequest, Outcome, Routes};

use crate::harness::Fault;
use crate::subjects::million::count;

const ISSUER: &str = "https://id.example.org";
const HOST: &str = "app.example.org";
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";

/// Bytes of a remembered session, and of a watermark, at so many of each.
pub(super) fn weigh(number: u64) -> Result<(f64, f64), Fault> {
    let (session, kept) = of_sessions(number)?;
    let mark = of_watermarks(number)?;
    drop(kept);
    Ok((session, mark))
}

/// Bytes for each revoked session in the map.
fn of_watermarks(marks: u64) -> Result<f64, Fault> {
    let (clock, entropy) = (ManualClock::default(), SeededEntropy::new(21));
    let before = resident()?;
    let map = RevocationMap::default();
    for _ in 0..marks {
        let id: Id<SessionKind> = Id::generate(clock.now(), &entropy);
        map.apply(&Target::Session(id), Seq::default());
    }
    let grown = resident()?.saturating_sub(before);
    if map.len() as u64 != marks {
        return Err(Fault::new("the map does not hold what it was given"));
    }
    Ok(count(grown) / count(marks))
}

/// Bytes for each session that a checker remembers, which was shown as many as it has room for.
fn of_sessions(sessions: u64) -> Result<(f64, Checker), Fault> {
    let clock = Arc::new(ManualClock::default());
    let entropy = SeededEntropy::new(22);
    let sealing = Arc::new(SealingKey::generate(&entropy));
    let before = resident()?;
    let checker = checker(sessions, &clock, &sealing)?;
    for _ in 0..sessions {
        let (cookie, answer) = session(&clock, &entropy, &sealing)?;
        let cold = cold(&checker, &cookie)?.ok_or_else(|| Fault::new("a new cookie was not asked about"))?;
        checker.remember_session(&cold, Some(answer)).map_err(said)?;
    }
    let grown = resident()?.saturating_sub(before);
    // The same cookies once more: where a set of places was full, one of them was pushed out.
    let entropy = SeededEntropy::new(22);
    let sealing = SealingKey::generate(&entropy);
    let mut kept = 0u64;
    for _ in 0..sessions {
        let (cookie, _) = session(&clock, &entropy, &sealing)?;
        kept += u64::from(cold(&checker, &cookie)?.is_none());
    }
    if kept < sessions / 2 {
        return Err(Fault::new(format!("only {kept} of {sessions} are remembered")));
    }
    Ok((count(grown) / count(kept), checker))
}

/// What the authority is to be asked about a cookie; nothing where it is remembered.
fn cold(checker: &Checker, cookie: &str) -> Result<Option<Box<ColdSession>>, Fault> {
    let headers = headers(cookie)?;
    let request = JudgedRequest::from_gateway(&headers, Family::Forwarded).map_err(said)?;
    match checker.check(&request) {
        Outcome::NeedsSession(cold) => Ok(Some(cold)),
        // Nobody has a lease here.
        Outcome::Stale { .. } => Ok(None),
        other => Err(Fault::new(format!("{other:?}"))),
    }
}

fn checker(sessions: u64, clock: &Arc<ManualClock>, sealing: &Arc<SealingKey>) -> Result<Checker, Fault> {
    let issuer = Issuer {
        url: ISSUER.to_owned(),
        host: "id.example.org".parse().map_err(said)?,
    };
    let routes =
        Routes::from_raw(Vec::new(), issuer).map_err(|problems| Fault::new(format!("{problems:?}")))?;
    let parts = CheckerParts {
        map: Arc::default(),
        lease: Arc::new(LeaseCell::default()),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        routes: Arc::new(routes),
        capacity: usize::try_from(sessions).unwrap_or(usize::MAX),
    };
    let checker = Checker::new(parts, &SeededEntropy::new(23)).map_err(said)?;
    let signing = SigningKey::generate(Algorithm::Es256).map_err(said)?;
    checker.install_keys(&KeyBundle {
        version: 1,
        signing: KeySet::new([signing.verifying_key().map_err(said)?]).map_err(said)?,
        sealing: SealingKeys::new([Arc::clone(sealing)]),
    });
    Ok(checker)
}

/// A cookie, and what the authority says of its session.
fn session(
    clock: &ManualClock,
    entropy: &SeededEntropy,
    sealing: &SealingKey,
) -> Result<(String, SessionAnswer), Fault> {
    let (now, secret) = (clock.now(), Secret::generate(entropy));
    let id: Id<SessionKind> = Id::generate(now, entropy);
    // Without routes every host shares the authority's own cookie.
    let purpose = Purpose::Authority;
    let digest = secret.digest();
    let payload = SealedPayload {
        session: id,
        secret,
        generation: 1,
    };
    let cookie = sealing.seal(&payload, ISSUER, &purpose, entropy).map_err(said)?;
    let session = Session {
        id,
        subject: Subject::User(Id::<User>::generate(now, entropy)),
        tenant: None,
        device: None,
        rs: Seq::default(),
        generation: 1,
        assurance: Assurance::Aal1,
        amr: vec!["pwd".to_owned()],
        authenticated_at: now,
        created_at: now,
        active_at: now,
        idle: Span::from_days(14),
        expires_at: now + Span::from_days(30),
        origin: Origin::new(Some([203, 0, 113, 7].into()), AGENT),
    };
    let face = Face {
        session: id,
        purpose,
        digest,
        generation: 1,
        previous: None,
    };
    Ok((cookie, SessionAnswer { session, face }))
}

fn headers(cookie: &str) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-forwarded-method", "GET"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", HOST),
        ("x-forwarded-uri", "/"),
        ("x-forwarded-for", "192.0.2.7"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let pair = format!("{}={cookie}", domain::cookie::SESSION_COOKIE);
    headers.insert(http::header::COOKIE, HeaderValue::from_str(&pair).map_err(said)?);
    Ok(headers)
}

/// Resident bytes of this process.
fn resident() -> Result<u64, Fault> {
    let text = std::fs::read_to_string("/proc/self/statm").map_err(Fault::io("/proc/self/statm"))?;
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages
        .map(|pages| pages * 4096)
        .ok_or_else(|| Fault::new("/proc/self/statm"))
}

fn said(error: impl std::fmt::Display) -> Fault {
    Fault::new(error.to_string())
}
