//! What came back.

use std::time::Duration;

use url::Url;

use crate::client::Stop;
use crate::set_cookie::SetCookie;

/// An answer, bounded: a body beyond the limit is cut, and one that cannot be unpacked is kept as it came.
#[derive(Clone)]
pub struct Answer {
    /// The address that was asked.
    pub url: Url,
    /// The status code.
    pub status: u16,
    pub(crate) fields: Vec<(String, String)>,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// Whether there was more than the limit.
    pub is_cut: bool,
    /// Whether the body is not in the encoding that it claims.
    pub is_garbled: bool,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

impl Answer {
    /// The first field of this name, whatever its case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every field of this name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let same = move |field: &&'a (String, String)| field.0.eq_ignore_ascii_case(name);
        let found: Vec<&str> = self
            .fields
            .iter()
            .filter(same)
            .map(|(_, value)| value.as_str())
            .collect();
        found.into_iter()
    }

    /// Every field, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, if it is.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Every cookie that it sets.
    pub fn set_cookies(&self) -> impl Iterator<Item = SetCookie> {
        self.all("set-cookie").filter_map(SetCookie::parse)
    }

    /// Where it redirects to.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        self.url.join(self.field("location")?).ok()
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether the target says nothing of what it was asked: it is busy, or broken. Such an answer is neither a yes nor a refusal.
    #[must_use]
    pub const fn says_nothing(&self) -> bool {
        decides_nothing(self.status)
    }

    /// The answer, if it says something: the one way in which a check may take an answer for a refusal.
    ///
    /// # Errors
    /// [`Stop::Unsure`].
    pub fn heard(self) -> Result<Self, Stop> {
        if self.says_nothing() {
            let (path, status) = (self.url.path(), self.status);
            return Err(Stop::Unsure(format!(
                "{path} answers {status}, which decides nothing"
            )));
        }
        Ok(self)
    }

    /// Whether it says that it is HTML, and can be read.
    #[must_use]
    pub fn is_html(&self) -> bool {
        let kind = self.field("content-type").filter(|_| !self.is_garbled);
        kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
    }
}

/// Whether a status says that the target is busy or broken: 408, 425, 429 and 5xx, but for 501 and 505, which refuse a method and a
/// version.
pub(crate) const fn decides_nothing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 506..=599)
}

/// Fields and body may hold credentials.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} with {} fields and {} bytes",
            self.status,
            self.fields.len(),
            self.body.len()
        )
    }
}
