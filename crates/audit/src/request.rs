//! What is sent.

use http::Method;
use url::Url;

/// The version of HTTP that a request is sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2: negotiated under TLS, with prior knowledge without.
    Http2,
}

/// One request. Built up by its methods.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) protocol: Protocol,
}

impl Request {
    /// A request without fields and body.
    #[must_use]
    pub const fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            fields: Vec::new(),
            body: Vec::new(),
            protocol: Protocol::Http1,
        }
    }

    /// GET.
    #[must_use]
    pub const fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// POST of a form.
    #[must_use]
    pub fn form(url: Url, fields: &[(&str, &str)]) -> Self {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        Self::new(Method::POST, url)
            .field("content-type", "application/x-www-form-urlencoded")
            .body(body.finish())
    }

    /// POST of a JSON document.
    #[must_use]
    pub fn json(url: Url, document: &serde_json::Value) -> Self {
        Self::new(Method::POST, url)
            .field("content-type", "application/json")
            .body(document.to_string())
    }

    /// Adds a field. One that HTTP does not permit is refused when the request is sent; [`crate::Client::raw`] takes any.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Adds `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.field("authorization", format!("Bearer {token}"))
    }

    /// Adds `Cookie`, unless the text is empty.
    #[must_use]
    pub fn cookies(self, header: &str) -> Self {
        if header.is_empty() {
            return self;
        }
        self.field("cookie", header)
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the version of HTTP.
    #[must_use]
    pub const fn over(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Where it goes.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }
}

/// Fields and body may hold credentials.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.url.path())
    }
}
