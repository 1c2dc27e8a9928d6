//! What each member of a header or a payload means, in plain language.

/// Members of the JOSE header.
pub(crate) const HEADER: &[(&str, &str)] = &[
    (
        "alg",
        "algorithm that it claims to be signed with; a verifier uses the key's own and only compares",
    ),
    ("kid", "name of the key that it claims to be signed with"),
    ("typ", "kind of token"),
    ("cty", "kind of content"),
    (
        "crit",
        "extensions that a verifier must understand; Symbolon refuses every one",
    ),
    ("b64", "an unencoded payload; Symbolon refuses it"),
    ("zip", "compression; Symbolon refuses it"),
    ("enc", "encryption; Symbolon refuses it"),
    (
        "jku",
        "address of keys, told by the token itself: never to be followed",
    ),
    ("jwk", "a key told by the token itself: never to be used"),
    (
        "x5u",
        "address of a certificate, told by the token itself: never to be followed",
    ),
    ("x5c", "a certificate told by the token itself: never to be used"),
];

/// Claims of the payload.
pub(crate) const CLAIMS: &[(&str, &str)] = &[
    ("iss", "issuer: who says that it made this token"),
    ("sub", "subject: whom it is about"),
    ("aud", "audience: which APIs may accept it"),
    ("exp", "end of its life"),
    ("nbf", "not to be used before"),
    ("iat", "when it was issued"),
    (
        "jti",
        "id of this one token; revoke it with `symbolon revoke jti`",
    ),
    ("client_id", "OAuth client that it was issued to"),
    ("scope", "what the client may ask for"),
    ("auth_time", "when the subject last proved who they are"),
    ("acr", "how strongly they proved it"),
    ("amr", "by which methods"),
    ("cnf", "bound to a key: whoever presents it must prove possession"),
    ("sid", "session that it belongs to; it dies with it"),
    ("tid", "tenant"),
    ("did", "device"),
    ("gid", "grant that it came from; it dies with it"),
    (
        "rs",
        "position of the revocation log from before the sign-in: later revocations refuse this token",
    ),
    ("nonce", "ties an id token to one sign-in"),
    ("azp", "client that an id token was issued to"),
    ("at_hash", "ties an id token to an access token"),
];

/// Claims that hold a time.
pub(crate) const TIMES: &[&str] = &["exp", "nbf", "iat", "auth_time"];

/// The meaning of a member, if it is a registered one.
pub(crate) fn meaning(list: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    list.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}
