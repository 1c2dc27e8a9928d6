//! Reference pages made from the code. Whoever publishes them compares them with what is made now.

mod codes;

pub use codes::{CODES, Code, OAUTH_CODES};

use std::fmt::Write;

use domain::Reason;
use domain::event::Event;

const MADE: &str = "<!-- Made from the code: do not edit. -->\n\n";

/// docs/EVENTS.md: every kind of event with its fields.
#[must_use]
pub fn events() -> String {
    let mut page = String::from(MADE);
    page.push_str(
        "# Events\n\nState changes are durable, ordered and hash-chained. Each event has a `number` (from 1, without gaps), \
         the time `at` (RFC 3339, the store's clock), its `kind`, a `body`, and a `digest`.\n\n\
         The digest is SHA-256 over four parts, each preceded by its length in bytes (8 bytes, big endian): the digest \
         before (32 bytes; before the first a random one that the store keeps), the number (8 bytes, big endian), the time in milliseconds since 1970 \
         (8 bytes, big endian), and the body exactly as it is shown. `GET /admin/v1/events/verify` checks the chain; \
         keep the number and the digest that it tells elsewhere, and a later check from there (`?after=&digest=`) shows \
         whether history was rewritten.\n\n\
         Ids of sessions, grants, families and tokens appear as keyed hashes: they can be correlated, but do not name rows. \
         No event holds a secret.\n\n\
         Refusals are not events but aggregates: see `GET /admin/v1/refusals`.\n\n\
         | kind | meaning | fields |\n|---|---|---|\n",
    );
    for (kind, meaning, fields) in Event::KINDS {
        let fields: Vec<String> = fields.iter().map(|f| format!("`{f}`")).collect();
        let _ = writeln!(page, "| `{kind}` | {meaning} | {} |", fields.join(", "));
    }
    page
}

/// docs/ERRORS.md: reasons of edges, codes of problems, errors of the OAuth endpoints.
#[must_use]
pub fn errors() -> String {
    let mut page = String::from(MADE);
    page.push_str(
        "# Errors\n\n## Reasons of an edge\n\nIn the header `Symbolon-Reason`, in metrics and in `GET /admin/v1/refusals`.\n\n\
         | reason | status | meaning |\n|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let _ = writeln!(
            page,
            "| `{reason}` | {} | {} |",
            reason.status(),
            reason.explanation()
        );
    }
    page.push_str(
        "\n## Codes of problems\n\nIn the member `code` of `application/problem+json` (RFC 9457), from the JSON API, the pages \
         and the admin API.\n\n| code | status | meaning |\n|---|---|---|\n",
    );
    for code in CODES {
        let _ = writeln!(page, "| `{}` | {} | {} |", code.word, code.status, code.meaning);
    }
    page.push_str(
        "\n## Errors of the OAuth endpoints\n\nIn the member `error`, as RFC 6749, RFC 8707 and OpenID Connect Core register \
         them.\n\n| error | meaning |\n|---|---|\n",
    );
    for (word, meaning) in OAUTH_CODES {
        let _ = writeln!(page, "| `{word}` | {meaning} |");
    }
    page
}

/// docs/openapi.json: the admin API.
#[must_use]
pub fn openapi() -> String {
    // What utoipa holds can always be written; an empty file would be seen by the comparison.
    let mut text = crate::http::admin::document()
        .to_pretty_json()
        .unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
