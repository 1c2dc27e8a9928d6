//! Evidence: a request and its answer, without the credentials.

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::redact::{Redacted, Secrets};
use crate::request::Request;

/// What was sent and what came back. Made from redacted texts only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Method, address, fields, and the beginning of the body.
    pub request: Redacted,
    /// Status, fields, and the beginning of the body; or why there is none.
    pub response: Redacted,
    /// From the first byte sent to the last byte read.
    pub took_ms: u64,
}

/// So much of a body is evidence.
const SHOWN_BYTES: usize = 1024;
/// So many fields are.
const SHOWN_FIELDS: usize = 40;

impl Exchange {
    pub(crate) fn of(request: &Request, answer: &Answer, secrets: &Secrets) -> Self {
        let fields = answer.fields();
        let head = format!("HTTP {}", answer.status);
        let took = u64::try_from(answer.took.as_millis()).unwrap_or(u64::MAX);
        Self {
            request: shown_request(request, secrets),
            response: shown(&head, fields, &answer.body, secrets),
            took_ms: took,
        }
    }

    /// The same without the secrets that have become known since.
    pub(crate) fn again(&self, secrets: &Secrets) -> Self {
        Self {
            request: secrets.redact(self.request.as_str()),
            response: secrets.redact(self.response.as_str()),
            took_ms: self.took_ms,
        }
    }

    pub(crate) fn without_answer(request: &Request, why: &str, secrets: &Secrets) -> Self {
        Self {
            request: shown_request(request, secrets),
            response: secrets.redact(why),
            took_ms: 0,
        }
    }

    pub(crate) fn raw(request: &[u8], answer: &[u8], secrets: &Secrets) -> Self {
        let text = |bytes: &[u8]| lines(&String::from_utf8_lossy(bytes), secrets);
        Self {
            request: text(request),
            response: text(answer),
            took_ms: 0,
        }
    }
}

pub(crate) fn shown_request(request: &Request, secrets: &Secrets) -> Redacted {
    let head = format!("{} {}", request.method, request.url);
    let fields = request
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    shown(&head, fields, &request.body, secrets)
}

fn shown<'a>(
    head: &str,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    body: &[u8],
    secrets: &Secrets,
) -> Redacted {
    let mut text = head.to_owned();
    for (name, value) in fields.take(SHOWN_FIELDS) {
        let value: String = secrets
            .field(name, value)
            .as_str()
            .chars()
            .take(SHOWN_BYTES)
            .collect();
        text.push_str(&format!("\n{name}: {value}"));
    }
    if !body.is_empty() {
        // Redacted first and cut then: half a secret is not recognised.
        let shown: String = secrets
            .redact(&String::from_utf8_lossy(body))
            .as_str()
            .chars()
            .take(SHOWN_BYTES)
            .collect();
        text.push_str(&format!("\n\n{shown}"));
        if body.len() > SHOWN_BYTES {
            text.push_str(&format!("\n[{} bytes in all]", body.len()));
        }
    }
    secrets.redact(&text)
}

/// A message that was not built from fields: each line is taken for one if it looks like one.
fn lines(text: &str, secrets: &Secrets) -> Redacted {
    let line = |line: &str| match line.split_once(": ") {
        Some((name, value)) => format!("{name}: {}", secrets.field(name, value).as_str()),
        None => line.to_owned(),
    };
    let whole = secrets.redact(&text.lines().map(line).collect::<Vec<_>>().join("\n"));
    secrets.redact(&whole.as_str().chars().take(SHOWN_BYTES).collect::<String>())
}
