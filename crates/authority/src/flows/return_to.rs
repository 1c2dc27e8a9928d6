//! Where a sign-in leads back to: a path on this very host, or nowhere.

use domain::ClientId;
use url::Url;

use crate::authority::Authority;
use crate::error::Fault;

/// Longest path with query: an authorization request fits.
const LONGEST: usize = 8000;

/// A path on the authority's own host that every browser reads as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Checks a text. Only a path that begins with one slash will do, made of plain ASCII, that no parser can read as
    /// another host: `//x`, `/\x`, encoded slashes in front and control characters (which browsers drop) are refused.
    #[must_use]
    pub fn parse(text: &str, issuer: &str) -> Option<Self> {
        let plain = text.len() <= LONGEST
            && text
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#');
        let (path, _) = text.split_once('?').unwrap_or((text, ""));
        let lower = path.to_ascii_lowercase();
        let ambiguous = path.contains("//") || ["%2f", "%5c", "%00"].iter().any(|e| lower.contains(e));
        if !plain || !path.starts_with('/') || ambiguous {
            return None;
        }
        let base = Url::parse(issuer).ok()?;
        let url = base.join(text).ok()?;
        // The strict reading above and the browsers' own (WHATWG) must agree that this is the same host.
        let same = url.origin() == base.origin() && !url.path().starts_with("//");
        let loops = matches!(url.path(), "/login" | "/login/password" | "/logout" | "/setup");
        (same && !loops).then(|| Self(text.to_owned()))
    }

    /// The path with its query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The login page that leads back here.
    #[must_use]
    pub fn login_page(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", &self.0)
            .finish();
        format!("/login?{query}")
    }

    /// The origins that the path redirects on to: a listed application, or a client's registered redirect URI. The
    /// login form's policy must name them, or Chromium stops the redirect that follows the form.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn onward(&self, authority: &Authority) -> Result<Vec<String>, Fault> {
        let Some(url) = Url::parse(&authority.config.issuer)
            .ok()
            .and_then(|b| b.join(&self.0).ok())
        else {
            return Ok(vec![]);
        };
        let parameter = |name: &str| {
            url.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        match url.path() {
            "/session/join" => Ok(parameter("origin")
                .filter(|origin| authority.config.applications.contains(origin))
                .into_iter()
                .collect()),
            "/oauth2/authorize" => {
                let id = parameter("client_id").and_then(|id| id.parse::<ClientId>().ok());
                let Some((id, uri)) = id.zip(parameter("redirect_uri")) else {
                    return Ok(vec![]);
                };
                let client = authority.store.client(&id).await?;
                let registered = client.is_some_and(|c| c.redirect_uris.iter().any(|r| covers(r, &uri)));
                Ok(registered.then(|| source(&uri)).flatten().into_iter().collect())
            }
            _ => Ok(vec![]),
        }
    }
}

/// Exact, but for the port of a loopback address (RFC 8252 section 7.3). Only a policy is widened by this: the
/// authorization endpoint compares for itself.
fn covers(registered: &str, uri: &str) -> bool {
    if registered == uri {
        return true;
    }
    let (Ok(mut one), Ok(mut two)) = (Url::parse(registered), Url::parse(uri)) else {
        return false;
    };
    let loopback = |u: &Url| u.scheme() == "http" && matches!(u.host_str(), Some("127.0.0.1" | "[::1]"));
    loopback(&one) && loopback(&two) && one.set_port(None).is_ok() && two.set_port(None).is_ok() && one == two
}

/// The source expression of a URI: its origin, or its scheme where that has no origin (an app's own scheme).
fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    Some(match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        scheme => format!("{scheme}:"),
    })
}

#[cfg(test)]
mod tests;
