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
        const WORDS: &[&str] = &[
            "sess", "sid", "auth", "token", "jwt", "login", "remember", "identity", "sso", "ticket",
        ];
        let name = cookie.name.to_ascii_lowercase();
        !is_against_forgery(cookie) && WORDS.iter().any(|word| name.contains(word))
    }

    /// Pages that are HTML.
    pub fn documents(&self) -> impl Iterator<Item = &Page> {
        self.pages.iter().filter(|page| page.answer.is_html())
    }
}

/// Whether the name says that it is a token against forgery.
fn is_against_forgery(cookie: &SetCookie) -> bool {
    let name = cookie.name.to_ascii_lowercase();
    ["csrf", "xsrf", "antiforgery"]
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
