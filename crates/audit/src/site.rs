//! Sites: what an inventory says of them, and what a look around finds.

mod inventory;
pub(crate) mod markup;
mod visit;

use url::Url;

pub use inventory::{Inventory, InventoryError, Place, Secret, SignIn};
pub use visit::visit;

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::set_cookie::{Jar, SetCookie};

/// One site, as it was found.
#[derive(Debug)]
pub struct Site {
    /// Such as `production`.
    pub environment: String,
    /// Where it begins.
    pub url: Url,
    /// What was fetched, in order.
    pub pages: Vec<Page>,
    /// The browser that is signed in, if one is.
    pub signed_in: Option<Jar>,
    /// The name of the session cookie, if the inventory says it, or the sign-in set one that no name gives away.
    pub session_cookie: Option<String>,
    /// Values of the session cookie, each from a new session, with the cookie's name.
    pub samples: Option<(String, Vec<String>)>,
    /// What went wrong on the way: pages that could not be fetched, a sign-in that did not work.
    pub troubles: Vec<String>,
}

/// One page that was fetched.
#[derive(Debug)]
pub struct Page {
    /// Whether a signed-in browser fetched it, and a stranger gets something else.
    pub is_private: bool,
    /// Whether it was asked for without cookies.
    pub is_fresh: bool,
    /// What came.
    pub answer: Answer,
    /// The same as evidence.
    pub exchange: Exchange,
}

impl Site {
    /// Whether the run is signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        self.signed_in.is_some()
    }

    /// Whether it is under https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Every cookie that any page set, with the page; removals are left out, and each name comes once.
    #[must_use]
    pub fn cookies(&self, now_s: i64) -> Vec<(&Page, SetCookie)> {
        let mut found: Vec<(&Page, SetCookie)> = Vec::new();
        for page in &self.pages {
            for cookie in page
                .answer
                .set_cookies()
                .filter(|cookie| !cookie.is_removal(now_s))
            {
                // The last one counts, as in a browser.
                found.retain(|(_, other)| other.name != cookie.name);
                found.push((page, cookie));
            }
        }
        found
    }

    /// Whether this cookie stands for a session: it is named so, or its name says so.
    #[must_use]
    pub fn is_session(&self, cookie: &SetCookie) -> bool {
        if let Some(name) = &self.session_cookie {
            return cookie.name == *name;
        }
        let words = words(&cookie.name);
        !is_against_forgery(cookie)
            && !words.iter().any(|word| BESIDE.contains(&word.as_str()))
            && words.iter().any(|word| speaks_of_a_session(word))
    }

    /// Pages that are HTML.
    pub fn documents(&self) -> impl Iterator<Item = &Page> {
        self.pages.iter().filter(|page| page.answer.is_html())
    }
}

/// What a sign-in by another party keeps until it comes back, where to go next, and what pages look like.
const BESIDE: &[&str] = &[
    "callback",
    "challenge",
    "nonce",
    "pkce",
    "redirect",
    "return",
    "returnto",
    "state",
    "theme",
    "url",
    "verifier",
];

/// The words of a name, in small letters: `.AspNetCore.Session` and `laravel_session` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        let begins = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_small);
        was_small = c.is_ascii_lowercase();
        if begins {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            last.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `PHPSESSID`, `ASPSESSIONIDQACBDS`, `phpbb3_sid`, `access_token`, `remember_me`; but not `sidebar` and `author`.
fn speaks_of_a_session(word: &str) -> bool {
    const WITHIN: &[&str] = &["sess", "token", "jwt", "remember", "aspxauth"];
    const BEGIN: &[&str] = &["login", "identity", "sso", "ticket", "signin", "auth"];
    WITHIN.iter().any(|part| word.contains(part))
        || word.ends_with("sid")
        || (BEGIN.iter().any(|part| word.starts_with(part)) && !word.starts_with("author"))
}

/// Whether the name says that it is a token against forgery.
fn is_against_forgery(cookie: &SetCookie) -> bool {
    let name = cookie.name.to_ascii_lowercase();
    ["csrf", "xsrf", "antiforgery", "verificationtoken"]
        .iter()
        .any(|word| name.contains(word))
}

impl Page {
    /// The path, as reports name it.
    #[must_use]
    pub fn path(&self) -> &str {
        self.answer.url.path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sessions_are_told_from_others() {
        let site = crate::testing::site("production", "https://app.example/", &[]);
        let is = |name: &str| site.is_session(&SetCookie::parse(&format!("{name}=x")).unwrap());
        for session in [
            "connect.sid",
            "__Host-sid",
            "PHPSESSID",
            "JSESSIONID",
            "ASPSESSIONIDQACBDSAB",
            "ASP.NET_SessionId",
            ".ASPXAUTH",
            ".AspNetCore.Identity.Application",
            "laravel_session",
            "_app_session",
            "sessionid",
            "sessionId",
            "__Secure-authjs.session-token",
            "next-auth.session-token",
            "access_token",
            "authToken",
            "remember_user_token",
            "wordpress_logged_in_login",
            "phpbb3_abc_sid",
        ] {
            assert!(is(session), "{session}");
        }
        for other in [
            "theme",
            "sidebar_state",
            "author",
            "csrftoken",
            "XSRF-TOKEN",
            ".AspNetCore.Antiforgery.Zx81",
            "__RequestVerificationToken",
            "__Secure-authjs.callback-url",
            "authjs.pkce.code_verifier",
            "auth_state",
            "oauth_nonce",
            "considered",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
