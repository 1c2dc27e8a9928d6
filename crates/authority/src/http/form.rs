//! Forms and queries, read strictly: one media type, no repeated names.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Uri};
use zeroize::Zeroizing;

use super::refusal::Refusal;

/// The fields of one form. Values are wiped: some are passwords.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    /// The body of a form.
    ///
    /// # Errors
    /// [`Refusal::MediaType`], or [`Refusal::Malformed`] for a repeated name.
    pub(crate) fn of_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        if !is_media(headers, "application/x-www-form-urlencoded") {
            return Err(Refusal::MediaType("Send application/x-www-form-urlencoded."));
        }
        Self::parse(body)
    }

    /// The query of a request.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a repeated name.
    pub(crate) fn of_query(uri: &Uri) -> Result<Self, Refusal> {
        Self::parse(uri.query().unwrap_or_default().as_bytes())
    }

    /// A field's value, empty if it is not there.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// A field's value, to be kept in wiped memory.
    #[must_use]
    pub(crate) fn secret(&self, name: &str) -> Zeroizing<String> {
        Zeroizing::new(self.text(name).to_owned())
    }

    fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let mut fields: Vec<(String, Zeroizing<String>)> = Vec::new();
        for (key, value) in url::form_urlencoded::parse(text) {
            if fields.len() >= 100 || fields.iter().any(|(known, _)| *known == key) {
                return Err(Refusal::Malformed);
            }
            fields.push((key.into_owned(), Zeroizing::new(value.into_owned())));
        }
        Ok(Self(fields))
    }
}

/// Whether the body is said, once, to be of this media type; parameters such as a charset do not matter.
#[must_use]
pub(crate) fn is_media(headers: &HeaderMap, media: &str) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let first = values.next().and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = first.split(';').next().unwrap_or_default().trim();
    values.next().is_none() && essence.eq_ignore_ascii_case(media)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_repeated_field_and_another_media_type_are_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"),
        );
        let fields = Fields::of_body(&headers, b"a=1&b=x%20y").unwrap();
        assert_eq!(
            (fields.text("a"), fields.text("b"), fields.text("c")),
            ("1", "x y", "")
        );
        assert!(Fields::of_body(&headers, b"a=1&a=2").is_err());
        headers.append(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        assert!(Fields::of_body(&headers, b"a=1").is_err());
        assert!(Fields::of_body(&HeaderMap::new(), b"a=1").is_err());
    }
}
