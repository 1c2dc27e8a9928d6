//! Codes of problems, and errors of the OAuth endpoints. One list each; a test finds words that are answered but not
//! listed, and words that are listed but never answered.

/// A code of `application/problem+json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable word.
    pub word: &'static str,
    /// The HTTP status it comes with.
    pub status: u16,
    /// What it means.
    pub meaning: &'static str,
}

const fn code(word: &'static str, status: u16, meaning: &'static str) -> Code {
    Code {
        word,
        status,
        meaning,
    }
}

/// Every code, in the order of the alphabet.
pub const CODES: &[Code] = &[
    code(
        "ambiguous_credential",
        400,
        "The request carries two session cookies.",
    ),
    code(
        "backup_failed",
        500,
        "The backup could not be written; the detail says why.",
    ),
    code(
        "busy",
        503,
        "All places for the work are taken; come back shortly.",
    ),
    code("client_taken", 409, "A client of this id exists."),
    code("csrf", 403, "The request lacks proof that our own page sent it."),
    code(
        "exceeds_token",
        403,
        "The admin token would make one with more scope or a longer life than its own.",
    ),
    code(
        "file_exists",
        409,
        "There is something at the path of the backup.",
    ),
    code(
        "idempotency_conflict",
        422,
        "The idempotency key was used for another request.",
    ),
    code(
        "insufficient_scope",
        403,
        "The admin token lacks the scope that the operation needs.",
    ),
    code(
        "internal",
        500,
        "Something is broken; the server's log says what.",
    ),
    code(
        "invalid",
        422,
        "Members of the request are wrong; `errors` names every one of them.",
    ),
    code(
        "invalid_credentials",
        401,
        "User name or password is wrong, or the user may not sign in.",
    ),
    code(
        "key_in_use",
        409,
        "The key signs or is in reserve: retire it, so that the reserve takes over first.",
    ),
    code(
        "key_not_ready",
        409,
        "The key in reserve may not take over yet; the detail says why.",
    ),
    code("last_secret", 409, "It is the client's only secret that lives."),
    code("malformed_request", 400, "The request cannot be read."),
    code("method_not_allowed", 405, "The path has no such method."),
    code(
        "missing_credential",
        401,
        "The request needs a session and carries none.",
    ),
    code(
        "name_taken",
        409,
        "A user of this name exists, without regard to case.",
    ),
    code(
        "no_backup",
        409,
        "This kind of store is backed up by its own tools.",
    ),
    code(
        "no_room",
        503,
        "The server's disk is full: signing in and refreshing have to wait, reading and revoking go on.",
    ),
    code(
        "not_acceptable",
        406,
        "The media types that the request accepts do not include the one there is.",
    ),
    code("not_found", 404, "There is no such thing, or no such path."),
    code("outdated", 409, "Somebody else changed it at the same time."),
    code(
        "overtaken",
        409,
        "The session or the password changed while the request ran.",
    ),
    code(
        "password_change_required",
        403,
        "The password fits and has to be replaced at /login/password first.",
    ),
    code("public_client", 409, "A public client has no secret."),
    code(
        "reauthentication_required",
        403,
        "The last authentication is too old for this: authenticate again.",
    ),
    code("session_cap", 409, "The subject has as many sessions as it may."),
    code("token_expired", 401, "The admin token has ended."),
    code("too_large", 413, "The body is longer than is accepted."),
    code(
        "too_many_attempts",
        429,
        "Too many attempts; Retry-After says when to come back.",
    ),
    code(
        "too_many_secrets",
        409,
        "As many secrets of the client are alive as there may be.",
    ),
    code(
        "too_many_tokens",
        409,
        "There are as many admin tokens as there may be.",
    ),
    code(
        "unauthorized",
        401,
        "The admin API needs an administrator's token.",
    ),
    code(
        "unavailable",
        503,
        "The store cannot be reached; come back shortly.",
    ),
    code(
        "unknown_application",
        400,
        "The application is not one that may have a session of its own.",
    ),
    code(
        "unsupported_media_type",
        415,
        "The body must be application/json.",
    ),
    code("user_disabled", 409, "The user is disabled."),
];

/// Errors of the OAuth endpoints.
pub const OAUTH_CODES: &[(&str, &str)] = &[
    ("access_denied", "The user did not consent."),
    (
        "consent_required",
        "`prompt=none` was asked for, and the user would have to consent.",
    ),
    (
        "invalid_client",
        "The client is unknown or its authentication failed.",
    ),
    (
        "invalid_grant",
        "The code or refresh token is unknown, used, expired, revoked, or another client's.",
    ),
    (
        "invalid_request",
        "A parameter is missing, repeated or malformed.",
    ),
    (
        "invalid_scope",
        "The scope is unknown, malformed, or more than was granted.",
    ),
    (
        "invalid_target",
        "The resource is not one of the client's audiences.",
    ),
    (
        "login_required",
        "`prompt=none` was asked for, and the user would have to sign in.",
    ),
    ("request_not_supported", "Request objects are not offered."),
    (
        "request_uri_not_supported",
        "Request objects by reference are not offered.",
    ),
    ("server_error", "Something is broken; the server's log says what."),
    (
        "temporarily_unavailable",
        "The store cannot be reached or has no room, or all places are taken; come back as Retry-After says.",
    ),
    ("unauthorized_client", "The client may not use this grant type."),
    ("unsupported_grant_type", "The grant type is not offered."),
    (
        "unsupported_response_type",
        "The response type is not offered: only `code` is.",
    ),
];
