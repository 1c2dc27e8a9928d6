//! Parameters of a request: none repeated, empty ones absent, unknown ones ignored (OAuth 2.1 section 3.1).

use std::fmt;

use url::form_urlencoded;
use zeroize::Zeroizing;

use super::refusal::{ErrorCode, Refusal};

/// The one parameter that may be repeated (RFC 8707 section 2).
const RESOURCE: &str = "resource";
/// Most parameters of one request.
const MOST: usize = 64;

/// Names and values as sent. Values may be secrets: they are wiped when dropped and never shown.
pub(crate) struct Params(Vec<(String, Zeroizing<String>)>);

impl Params {
    /// From an `application/x-www-form-urlencoded` text: a query or a form.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes());
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())))
                .collect(),
        )
    }

    /// Refuses a request that repeats a parameter, known or not, or has too many.
    pub(crate) fn refuse_repeated(&self) -> Result<(), Refusal> {
        if self.0.len() > MOST {
            return Err(ErrorCode::InvalidRequest.because("too many parameters"));
        }
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.retain(|name| *name != RESOURCE);
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        if names.len() < count {
            return Err(ErrorCode::InvalidRequest.because("a parameter is repeated"));
        }
        Ok(())
    }

    /// A parameter; nothing when absent, empty or repeated. Call [`Params::refuse_repeated`] before it is relied on.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(own, _)| own == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value.as_str()).filter(|v| !v.is_empty()),
            _ => None,
        }
    }

    /// A parameter that the request cannot do without.
    pub(crate) fn require(&self, name: &str, missing: &'static str) -> Result<&str, Refusal> {
        self.find(name)
            .ok_or_else(|| ErrorCode::InvalidRequest.because(missing))
    }

    /// Every `resource`.
    pub(crate) fn resources(&self) -> Vec<&str> {
        let named = self.0.iter().filter(|(name, _)| name == RESOURCE);
        named
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
            .collect()
    }

    /// The same parameters as a query, without some and with one more.
    pub(crate) fn to_query(&self, without: &[&str], with: Option<(&str, &str)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if !without.contains(&name.as_str()) && !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some((name, value)) = with {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_parameters_are_refused_but_resource() {
        for (text, good) in [
            ("a=1&b=2", true),
            ("resource=x&resource=y", true),
            ("a=1&a=1", false),
            ("a=1&a=", false),
            ("a=1&%61=2", false),
            ("", true),
        ] {
            assert_eq!(Params::parse(text).refuse_repeated().is_ok(), good, "{text}");
        }
        let many = (0..65).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert!(Params::parse(&many).refuse_repeated().is_err());
    }

    #[test]
    fn empty_is_absent_and_repeated_is_nothing() {
        let params = Params::parse("a=&b=x+y%2Fz&c=1&c=2");
        assert_eq!((params.find("a"), params.find("b")), (None, Some("x y/z")));
        assert_eq!(params.find("c"), None);
        assert_eq!(params.to_query(&["c"], Some(("d", "&"))), "b=x+y%2Fz&d=%26");
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", Params::parse("client_secret=hunter2"));
        assert_eq!(shown, "[\"client_secret\"]");
    }
}
