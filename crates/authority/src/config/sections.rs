//! Each section on its own: bounds, defaults, and what is said of a value that will not do.

use std::path::PathBuf;

use domain::access_token::MAX_LIFE;
use domain::cookie::DEVICE_LIFE;
use domain::key::KeyPolicy;
use domain::lockout::LockoutTerms;
use domain::network::Network;
use domain::session::{Overflow, SessionPolicy, Timeouts};
use domain::setting::Problems;
use domain::{Host, Span};
use jose::Algorithm;
use store::intent::ReceiptTerms;

use super::raw::{RawCanary, RawKeys, RawLogin, RawLogout, RawSession, RawStatusList, RawStore, RawToken};
use super::{LoginConfig, TokenConfig};
use crate::logout::LogoutTerms;
use crate::space::SpaceTerms;
use crate::status_list::StatusTerms;

const MIB: u64 = 1 << 20;
const HOUR: Span = Span::from_hours(1);
const DAY: Span = Span::from_days(1);

pub(super) fn issuer(p: &mut Problems, text: Option<&str>) -> (String, Host) {
    let text = text.unwrap_or("http://localhost:8700");
    let hint = "write the public URL, such as \"https://id.example.org\"";
    let parsed = url::Url::parse(text).ok();
    let host = parsed
        .as_ref()
        .and_then(|u| u.host_str())
        .and_then(|h| h.parse::<Host>().ok());
    let (Some(url), Some(host)) = (parsed, host) else {
        p.add("server.issuer", "is not a URL with a host", hint);
        return ("http://localhost:8700".into(), fallback());
    };
    let origin = url.origin().ascii_serialization();
    if origin != text {
        p.add(
            "server.issuer",
            "must be scheme, host and port alone",
            format!("write \"{origin}\""),
        );
    }
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&host)) {
        p.add(
            "server.issuer",
            "plain http is for loopback only",
            "use https, and give [server] tls its files",
        );
    }
    (text.to_owned(), host)
}

/// The one host that is always well formed.
fn fallback() -> Host {
    #[allow(clippy::unwrap_used, reason = "a constant that the tests parse")]
    "localhost".parse().unwrap()
}

fn is_loopback(host: &Host) -> bool {
    let name = host.as_str();
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<std::net::IpAddr>();
    name == "localhost" || name.ends_with(".localhost") || address.is_ok_and(|a| a.is_loopback())
}

pub(super) fn application(p: &mut Problems, origin: &str) {
    let path = "session.applications";
    let Some(url) = url::Url::parse(origin)
        .ok()
        .filter(|u| u.origin().ascii_serialization() == origin)
    else {
        return p.add(
            path,
            format!("\"{origin}\" is not an origin"),
            "write scheme, host and port: \"https://app.example.org\"",
        );
    };
    let host = url.host_str().and_then(|h| h.parse::<Host>().ok());
    if url.scheme() != "https" && !host.is_some_and(|h| url.scheme() == "http" && is_loopback(&h)) {
        p.add(
            path,
            format!("\"{origin}\": plain http is for loopback only"),
            "use https",
        );
    }
}

pub(super) fn session(p: &mut Problems, raw: &RawSession) -> SessionPolicy {
    let default = SessionPolicy::default();
    let mut pair =
        |name: &str, idle: Option<&str>, absolute: Option<&str>, preset: Timeouts, longest: Span| {
            let min = Span::from_mins(1);
            let absolute = p.span(
                &format!("session.absolute_{name}"),
                absolute,
                preset.absolute,
                (Span::from_mins(5), longest),
            );
            let idle = p.span(
                &format!("session.idle_{name}"),
                idle,
                preset.idle.min(absolute),
                (min, longest),
            );
            if idle > absolute {
                p.add(
                    &format!("session.idle_{name}"),
                    "is longer than the absolute limit",
                    format!("choose at most {absolute}"),
                );
            }
            Timeouts { idle, absolute }
        };
    let aal1 = pair(
        "aal1",
        raw.idle_aal1.as_deref(),
        raw.absolute_aal1.as_deref(),
        default.aal1,
        Span::from_days(90),
    );
    let aal2 = pair(
        "aal2",
        raw.idle_aal2.as_deref(),
        raw.absolute_aal2.as_deref(),
        default.aal2,
        Span::from_days(30),
    );
    let aal3 = pair(
        "aal3",
        raw.idle_aal3.as_deref(),
        raw.absolute_aal3.as_deref(),
        default.aal3,
        Span::from_hours(12),
    );
    let overflow = match raw.overflow.as_deref() {
        None | Some("oldest_ends") => Overflow::OldestEnds,
        Some("refuse") => Overflow::Refuse,
        Some(other) => {
            p.add(
                "session.overflow",
                format!("\"{other}\" is unknown"),
                "write \"oldest_ends\" or \"refuse\"",
            );
            Overflow::Refuse
        }
    };
    let cap = p.number("session.cap", raw.cap, u64::from(default.cap), (1, 1000));
    SessionPolicy {
        aal1,
        aal2,
        aal3,
        cap: small(cap),
        overflow,
        renewal_grace: default.renewal_grace,
    }
}

pub(super) fn token(p: &mut Problems, raw: &RawToken) -> TokenConfig {
    let life = p.span(
        "token.access_life",
        raw.access_life.as_deref(),
        Span::from_mins(5),
        (Span::from_secs(30), MAX_LIFE),
    );
    let names = raw.algorithms.clone().unwrap_or_else(|| vec!["ES256".into()]);
    let mut algorithms = Vec::new();
    for name in &names {
        match name.parse::<Algorithm>() {
            Ok(algorithm) if algorithms.contains(&algorithm) => p.add(
                "token.algorithms",
                format!("{name} is listed twice"),
                "list each once",
            ),
            Ok(algorithm) => algorithms.push(algorithm),
            Err(_) => p.add(
                "token.algorithms",
                format!("\"{name}\" is not offered"),
                "choose ES256, EdDSA, PS256, ES384 or RS256",
            ),
        }
    }
    if names.is_empty() {
        p.add("token.algorithms", "is empty", "list at least one: [\"ES256\"]");
    }
    TokenConfig {
        algorithms,
        access_life: life,
    }
}

pub(super) fn receipts(p: &mut Problems, raw: &RawStore) -> ReceiptTerms {
    let usual = ReceiptTerms::default();
    ReceiptTerms {
        most: p.number("store.receipts", raw.receipts, usual.most, (100, 10_000_000)),
        kept_for: p.span(
            "store.receipts_for",
            raw.receipts_for.as_deref(),
            usual.kept_for,
            (HOUR, Span::from_days(3650)),
        ),
    }
}

pub(super) fn canary(p: &mut Problems, raw: &RawCanary) -> Option<Span> {
    let every = raw.every.as_deref()?;
    Some(p.span(
        "canary.every",
        Some(every),
        Span::from_secs(30),
        (Span::from_secs(1), HOUR),
    ))
}

pub(super) fn logout(p: &mut Problems, raw: &RawLogout) -> LogoutTerms {
    let mut private = Vec::new();
    for text in raw.private_networks.iter().flatten() {
        match Network::parse(text).filter(|network| !network.is_everybody() && network.is_canonical()) {
            Some(network) => private.push(network),
            None => p.add(
                "logout.private_networks",
                format!("\"{text}\" is not an address or a network"),
                "write \"10.1.2.3\" or \"10.0.0.0/24\"; a network of everybody is none",
            ),
        }
    }
    LogoutTerms { private }
}

pub(super) fn status_list(p: &mut Problems, raw: &RawStatusList) -> Option<StatusTerms> {
    let size = p.number("status_list.size", raw.size, 131_072, (1024, 1 << 20));
    if !size.is_multiple_of(8) {
        p.add("status_list.size", "is no multiple of 8", "write 131072");
    }
    let ttl = (Span::from_secs(5), Span::from_mins(5));
    let ttl = p.span("status_list.ttl", raw.ttl.as_deref(), Span::from_secs(15), ttl);
    let audiences = raw.audiences.clone().unwrap_or_default();
    if audiences.iter().any(String::is_empty) || audiences.len() > 50 {
        p.add(
            "status_list.audiences",
            "has an empty item or more than 50",
            "name each audience as tokens do",
        );
    }
    (!audiences.is_empty()).then(|| StatusTerms {
        audiences,
        size: usize::try_from(size).unwrap_or(usize::MAX),
        ttl,
    })
}

pub(super) fn store_cache(p: &mut Problems, raw: &RawStore) -> u64 {
    let mib = p.number("store.cache_mib", raw.cache_mib, 32, (1, 16_384));
    mib.saturating_mul(MIB)
}

pub(super) fn space(p: &mut Problems, raw: &RawStore) -> SpaceTerms {
    let usual = SpaceTerms::default();
    let mut mib = |path: &str, value: Option<u64>, preset: u64, most: u64| {
        p.number(path, value, preset / MIB, (0, most)).saturating_mul(MIB)
    };
    let reserve_bytes = mib("store.reserve_mib", raw.reserve_mib, usual.reserve_bytes, 1024);
    let low_bytes = mib("store.low_space_mib", raw.low_space_mib, usual.low_bytes, 1 << 20);
    let short_bytes = mib(
        "store.short_space_mib",
        raw.short_space_mib,
        usual.short_bytes,
        1 << 20,
    );
    if short_bytes > low_bytes {
        p.add(
            "store.short_space_mib",
            "is more than store.low_space_mib",
            format!("choose at most {}", low_bytes / MIB),
        );
    }
    SpaceTerms {
        reserve_bytes,
        low_bytes,
        short_bytes,
    }
}

pub(super) fn keys(p: &mut Problems, raw: &RawKeys, access_life: Span, longest_session: Span) -> KeyPolicy {
    let default = KeyPolicy::default();
    let rotate = p.span(
        "keys.rotate_every",
        raw.rotate_every.as_deref(),
        default.rotate_every,
        (HOUR, Span::from_days(365)),
    );
    let announce = p.span(
        "keys.announce_for",
        raw.announce_for.as_deref(),
        default.announce_for,
        (Span::from_secs(1), DAY),
    );
    KeyPolicy {
        rotate_every: rotate,
        announce_for: announce,
        // The longest life any client's token may have, and the leeway of whoever checks it.
        verify_for: access_life.max(MAX_LIFE) + Span::from_mins(5),
        // Device cookies are sealed by the same keys.
        unseal_for: longest_session.max(DEVICE_LIFE) + HOUR,
    }
}

pub(super) fn login(p: &mut Problems, raw: &RawLogin) -> LoginConfig {
    let d = LoginConfig::default();
    let mut n = |name: &str, value: Option<u64>, default: u64, bounds: (u64, u64)| {
        small(p.number(&format!("login.{name}"), value, default, bounds))
    };
    let argon2_memory_kib = n(
        "argon2_memory_kib",
        raw.argon2_memory_kib,
        d.argon2_memory_kib.into(),
        (7168, 1_048_576),
    );
    let argon2_passes = n(
        "argon2_passes",
        raw.argon2_passes,
        d.argon2_passes.into(),
        (1, 10),
    );
    let places = n(
        "hashing_places",
        raw.hashing_places,
        d.hashing_places as u64,
        (1, 256),
    );
    let queue = n(
        "hashing_queue",
        raw.hashing_queue,
        d.hashing_queue as u64,
        (0, 10_000),
    );
    let min_password = n("min_password", raw.min_password, d.min_password as u64, (8, 64));
    let after = n(
        "lockout_after",
        raw.lockout_after,
        d.lockout.after.into(),
        (10, 100),
    );
    let attempts_per_account = n(
        "attempts_per_account",
        raw.attempts_per_account,
        d.attempts_per_account.into(),
        (3, 100),
    );
    let attempts_per_network = n(
        "attempts_per_network",
        raw.attempts_per_network,
        d.attempts_per_network.into(),
        (10, 1_000_000),
    );
    let window = p.span(
        "login.window",
        raw.window.as_deref(),
        d.window,
        (Span::from_mins(1), DAY),
    );
    LoginConfig {
        argon2_memory_kib,
        argon2_passes,
        hashing_places: places as usize,
        hashing_queue: queue as usize,
        min_password: min_password as usize,
        breached_passwords: named(raw.breached_passwords.as_ref()),
        lockout: LockoutTerms { after, ..d.lockout },
        attempts_per_account,
        attempts_per_network,
        window,
    }
}

/// A file that is named; an empty name is none.
fn named(file: Option<&String>) -> Option<PathBuf> {
    file.filter(|name| !name.is_empty()).map(Into::into)
}

/// Numbers here were bounded far below 2^32.
fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
