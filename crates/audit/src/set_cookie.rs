//! `Set-Cookie` as a browser reads it (RFC 6265bis section 5.6), and the jar that keeps what it would keep.

mod date;
mod jar;

pub use jar::Jar;

/// Where a browser sends a cookie along from another site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Never.
    Strict,
    /// On navigation only.
    Lax,
    /// Always.
    None,
}

/// A cookie with its attributes. Its value is a secret: there is no `Debug` text of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    /// The name; may be empty.
    pub name: String,
    /// The value.
    pub value: String,
    /// `Domain`, without a leading dot, in lower case.
    pub domain: Option<String>,
    /// `Path`, if it begins with a slash.
    pub path: Option<String>,
    /// `Secure`.
    pub is_secure: bool,
    /// `HttpOnly`.
    pub is_http_only: bool,
    /// `Partitioned`.
    pub is_partitioned: bool,
    /// `SameSite`, if it is one of the known words.
    pub same_site: Option<SameSite>,
    /// `Max-Age`, in seconds.
    pub max_age_s: Option<i64>,
    /// `Expires`, in seconds since 1970.
    pub expires_s: Option<i64>,
}

/// A browser drops a cookie whose name and value are longer together (RFC 6265bis section 5.6).
pub(crate) const PAIR_BYTES: usize = 4096;
/// And an attribute whose value is.
const ATTRIBUTE_BYTES: usize = 1024;

impl SetCookie {
    /// Reads one field; `None` if a browser would not keep it.
    #[must_use]
    pub fn parse(field: &str) -> Option<Self> {
        let harmful = |c: char| c.is_control() && c != '\t';
        if field.contains(harmful) {
            return None;
        }
        let mut parts = field.split(';');
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let (name, value) = (trim(name), trim(value));
        if name.is_empty() && value.is_empty() {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: None,
            path: None,
            is_secure: false,
            is_http_only: false,
            is_partitioned: false,
            same_site: None,
            max_age_s: None,
            expires_s: None,
        };
        parts.for_each(|part| cookie.attribute(part));
        Some(cookie)
    }

    fn attribute(&mut self, part: &str) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = trim(value);
        if value.len() > ATTRIBUTE_BYTES {
            return;
        }
        // The last one of a name counts.
        match trim(name).to_ascii_lowercase().as_str() {
            "domain" => {
                let domain = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase();
                self.domain = Some(domain).filter(|domain| !domain.is_empty());
            }
            "path" => self.path = Some(value.to_owned()).filter(|path| path.starts_with('/')),
            "secure" => self.is_secure = true,
            "httponly" => self.is_http_only = true,
            "partitioned" => self.is_partitioned = true,
            "samesite" => {
                self.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => Some(SameSite::Strict),
                    "lax" => Some(SameSite::Lax),
                    "none" => Some(SameSite::None),
                    _ => None,
                };
            }
            "max-age" => self.max_age_s = max_age(value).or(self.max_age_s),
            "expires" => self.expires_s = date::parse(value).or(self.expires_s),
            _ => {}
        }
    }

    /// Seconds it lives from `now_s` on; `None` until the browser is closed.
    #[must_use]
    pub fn lifetime_s(&self, now_s: i64) -> Option<i64> {
        self.max_age_s
            .or_else(|| self.expires_s.map(|end| end.saturating_sub(now_s)))
    }

    /// Whether it takes a cookie away rather than setting one.
    #[must_use]
    pub fn is_removal(&self, now_s: i64) -> bool {
        self.lifetime_s(now_s).is_some_and(|left| left <= 0)
    }

    /// Whether its name begins so, in any case, as browsers compare prefixes.
    #[must_use]
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.name
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }

    /// Bytes of name and value.
    #[must_use]
    pub const fn pair_bytes(&self) -> usize {
        self.name.len() + self.value.len()
    }
}

impl std::fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetCookie({}, {} characters)", self.name, self.value.len())
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn max_age(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let farthest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(farthest))
}
