//! The keys of `[[route]]`, as data.

use domain::setting::Setting;

const fn key(path: &'static str, form: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting {
        path,
        form,
        default,
        bounds: "",
        doc,
    }
}

const fn bounded(path: &'static str, form: &'static str, bounds: &'static str, doc: &'static str) -> Setting {
    Setting {
        path,
        form,
        default: "",
        bounds,
        doc,
    }
}

/// Every key of a route. The first route that covers a request decides; a request that none covers is refused.
pub const SETTINGS: &[Setting] = &[
    key(
        "[[route]].name",
        "text",
        "",
        "A name for events, metrics and receipts; without one, route-1, route-2 and so on.",
    ),
    key(
        "[[route]].match.host",
        "text",
        "\"*\"",
        "A host without its port, or *.example.org for every name below it.",
    ),
    key(
        "[[route]].match.path",
        "text",
        "\"/*\"",
        "One path, or \"/x/*\" for /x and everything below it. Written unencoded.",
    ),
    key(
        "[[route]].match.methods",
        "list of text",
        "[]",
        "Methods in capitals; empty covers all.",
    ),
    key(
        "[[route]].accept",
        "list of session, bearer, dpop",
        "[\"session\", \"bearer\"]",
        "Kinds of credential that count. All others are ignored, and removed before the upstream.",
    ),
    key(
        "[[route]].audience",
        "text",
        "",
        "Whom a token must be for; without it, the issuer itself.",
    ),
    key(
        "[[route]].scopes",
        "list of text",
        "[]",
        "Scopes that a token must have, all of them. Only on routes without sessions, which have none.",
    ),
    key(
        "[[route]].assurance",
        "one of aal1, aal2, aal3",
        "",
        "Least assurance of the authentication.",
    ),
    bounded(
        "[[route]].max_age",
        "duration",
        "1s to 365d",
        "Longest time since the subject authenticated.",
    ),
    key(
        "[[route]].csrf",
        "boolean",
        "true",
        "Whether unsafe methods with a session need proof against CSRF. Never asked of tokens.",
    ),
    bounded(
        "[[route]].max_staleness",
        "duration",
        "150ms to 60s",
        "How long ago the edge may have heard from the authority; without it, the lease.",
    ),
    key(
        "[[route]].on_stale",
        "one of refuse, ask",
        "\"refuse\"",
        "Beyond it: 503, or ask the authority for each request.",
    ),
    bounded(
        "[[route]].beyond_lease",
        "duration",
        "1s to 15m",
        "A written exception: goes on accepting that long after the lease. Receipts name the route.",
    ),
    key(
        "[[route]].read_only",
        "boolean",
        "false",
        "The exception is for GET and HEAD only.",
    ),
    key(
        "[[route]].upstream",
        "text",
        "",
        "http://host:port that the built-in proxy sends the requests to.",
    ),
    key(
        "[[route]].identity",
        "boolean",
        "true",
        "Sign Symbolon-Identity for the upstream. One that takes the plain headers from its gateway can do without.",
    ),
    key(
        "[[route]].public",
        "boolean",
        "false",
        "Let through without a credential, and without an identity.",
    ),
];
