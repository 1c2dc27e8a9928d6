//! `typ`: what kind of token this is (RFC 7515 section 4.1.9, RFC 8725 section 3.11).

use crate::error::JoseError;

/// The kind of token that a verifier accepts, such as `at+jwt` (RFC 9068).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenKind {
    /// A full media type in lower case.
    media_type: Box<str>,
}

impl TokenKind {
    /// A kind named by its media type; one without `/` means `application/...`.
    ///
    /// # Errors
    /// [`JoseError::Setting`] when the text is not a media type.
    pub fn new(typ: &str) -> Result<Self, JoseError> {
        if !is_media_type(typ) {
            return Err(JoseError::Setting("typ"));
        }
        let prefix = if typ.contains('/') { "" } else { PREFIX };
        Ok(Self {
            media_type: format!("{prefix}{typ}").to_ascii_lowercase().into(),
        })
    }

    /// Whether a header's `typ` names this kind. Letter case does not matter.
    #[must_use]
    pub fn is_named(&self, typ: &str) -> bool {
        if typ.contains('/') {
            return self.media_type.eq_ignore_ascii_case(typ);
        }
        self.media_type
            .strip_prefix(PREFIX)
            .is_some_and(|name| name.eq_ignore_ascii_case(typ))
    }
}

const PREFIX: &str = "application/";

/// RFC 6838 section 4.2, with at most one `/` and no parameters. Such text needs no escaping in JSON.
pub(crate) fn is_media_type(text: &str) -> bool {
    let mut names = text.splitn(2, '/');
    text.len() <= 100 && names.all(is_restricted_name)
}

fn is_restricted_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_as_media_types() {
        let kind = TokenKind::new("at+jwt").unwrap();
        for same in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(kind.is_named(same), "{same}");
            assert_eq!(TokenKind::new(same).unwrap(), kind);
        }
        for other in [
            "",
            "jwt",
            "JWT",
            "at+jwt ",
            "text/at+jwt",
            "/at+jwt",
            "application/",
            "application/at+jwt;v=1",
        ] {
            assert!(!kind.is_named(other), "{other}");
        }
        for bad in ["", "/", "a/", "/a", "a b", "a\"", "a/b/c", "é"] {
            assert_eq!(TokenKind::new(bad), Err(JoseError::Setting("typ")), "{bad}");
        }
        assert!(TokenKind::new("text/x").unwrap().is_named("TEXT/X"));
        assert!(!TokenKind::new("text/x").unwrap().is_named("x"));
    }
}
