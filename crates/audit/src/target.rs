//! What is known of a target before the checks run.

use serde_json::Value;
use url::Url;

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::jwt::{Endpoint, Token};
use crate::pentest::Application;
use crate::set_cookie::{Jar, SetCookie};

/// Everything that a command line, an inventory and the first look around gave. A suite that needs more adds a member.
#[derive(Debug, Default)]
pub struct Target {
    /// What reports call it.
    pub name: String,
    /// A good token.
    pub token: Option<Token>,
    /// The public keys that tokens are verified with, as JWKs.
    pub keys: Option<Vec<Value>>,
    /// A place that accepts the token.
    pub endpoint: Option<Endpoint>,
    /// One site in each environment.
    pub sites: Vec<Site>,
    /// What a penetration test is told.
    pub application: Option<Application>,
}

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
    /// Values of the session cookie, each from a new session: (name, values).
    pub samples: Option<(String, Vec<String>)>,
}

/// One page that was fetched.
#[derive(Debug)]
pub struct Page {
    /// Whether a signed-in browser fetched it, and a stranger gets something else.
    pub is_private: bool,
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

    /// Every cookie that any page set, with the page; removals are left out.
    pub fn cookies(&self, now_s: i64) -> impl Iterator<Item = (&Page, SetCookie)> {
        let of_page = |page| {
            let page: &Page = page;
            page.answer.set_cookies().map(move |cookie| (page, cookie))
        };
        self.pages
            .iter()
            .flat_map(of_page)
            .filter(move |(_, cookie)| !cookie.is_removal(now_s))
    }
}
