//! The keys that the authority reads, as data: reference, example and the check of unknown keys are made from this.

use domain::setting::Setting;

const fn key(
    path: &'static str,
    form: &'static str,
    default: &'static str,
    bounds: &'static str,
    doc: &'static str,
) -> Setting {
    Setting {
        path,
        form,
        default,
        bounds,
        doc,
    }
}

/// Every key of the authority.
pub const SETTINGS: &[Setting] = &[
    key(
        "server.issuer",
        "text",
        "\"http://localhost:8700\"",
        "https, or http on loopback",
        "Public URL of the authority: `iss` of every token. Scheme, host and port alone.",
    ),
    key(
        "server.lease",
        "duration",
        "\"10s\"",
        "250ms to 60s",
        "How long an edge that hears nothing may go on trusting what it knows.",
    ),
    key(
        "session.idle_aal1",
        "duration",
        "\"14d\"",
        "1m to 90d",
        "How long a session at AAL1 may stay unused.",
    ),
    key(
        "session.absolute_aal1",
        "duration",
        "\"30d\"",
        "5m to 90d",
        "How long a session at AAL1 may live.",
    ),
    key(
        "session.idle_aal2",
        "duration",
        "\"1h\"",
        "1m to 30d",
        "As above, at AAL2.",
    ),
    key(
        "session.absolute_aal2",
        "duration",
        "\"24h\"",
        "5m to 30d",
        "As above, at AAL2.",
    ),
    key(
        "session.idle_aal3",
        "duration",
        "\"15m\"",
        "1m to 12h",
        "As above, at AAL3.",
    ),
    key(
        "session.absolute_aal3",
        "duration",
        "\"12h\"",
        "5m to 12h",
        "As above, at AAL3.",
    ),
    key(
        "session.cap",
        "integer",
        "20",
        "1 to 1000",
        "Most live sessions of one subject.",
    ),
    key(
        "session.overflow",
        "one of oldest_ends, refuse",
        "\"oldest_ends\"",
        "",
        "What happens at a login beyond the cap.",
    ),
    key(
        "session.applications",
        "list of text",
        "[]",
        "origins",
        "Application hosts that may have a session cookie of their own: scheme, host and port, exactly.",
    ),
    key(
        "token.algorithms",
        "list of text",
        "[\"ES256\"]",
        "ES256, EdDSA, PS256, ES384, RS256",
        "Signature algorithms with a key; the first signs. RS256 is for interoperability only.",
    ),
    key(
        "token.access_life",
        "duration",
        "\"5m\"",
        "30s to 15m",
        "Life of an access token. More than 15 minutes is refused.",
    ),
    key(
        "keys.rotate_every",
        "duration",
        "\"30d\"",
        "1h to 365d",
        "How long a key signs before the announced one takes over.",
    ),
    key(
        "keys.announce_for",
        "duration",
        "\"10m\"",
        "1s to 1d",
        "How long a key is published before it signs: at least as long as others cache the key set.",
    ),
    key(
        "login.argon2_memory_kib",
        "integer",
        "19456",
        "7168 to 1048576",
        "Memory of one Argon2id hash, in KiB.",
    ),
    key(
        "login.argon2_passes",
        "integer",
        "2",
        "1 to 10",
        "Passes of Argon2id.",
    ),
    key(
        "login.hashing_places",
        "integer",
        "2",
        "1 to 256",
        "Passwords hashed at once: memory is this many times the above.",
    ),
    key(
        "login.hashing_queue",
        "integer",
        "64",
        "0 to 10000",
        "Logins that may wait for a place; one more gets 503.",
    ),
    key(
        "login.min_password",
        "integer",
        "15",
        "8 to 64",
        "Shortest password, in characters, where it is the only factor.",
    ),
    key(
        "login.attempts_per_account",
        "integer",
        "10",
        "3 to 100",
        "Attempts for one account within the window.",
    ),
    key(
        "login.attempts_per_network",
        "integer",
        "100",
        "10 to 1000000",
        "Attempts from one address network within the window.",
    ),
    key(
        "login.window",
        "duration",
        "\"5m\"",
        "1m to 1d",
        "Over which attempts are counted.",
    ),
];
