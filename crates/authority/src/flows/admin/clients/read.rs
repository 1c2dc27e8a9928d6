//! A client as it is asked for: every rule about its members, and about their combinations.

use std::collections::BTreeSet;

use domain::access_token::MAX_LIFE;
use domain::client::{BackchannelLogout, GrantType, RefreshPolicy};
use domain::feed::{CANARY_AUDIENCE, CANARY_CLIENT};
use domain::secret::{ClientSecret, Secret};
use domain::{ClientId, Span};

use super::grant_types;
use crate::flows::admin::form::{Form, ListBounds};
use crate::flows::admin::redirect_uri;

const NAME_MOST: usize = 128;
const YEAR: Span = Span::from_days(365);

/// A client to be.
pub(super) struct NewClient {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) public: bool,
    pub(super) secret: Option<Secret<ClientSecret>>,
    pub(super) grants: BTreeSet<GrantType>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) scopes: BTreeSet<String>,
    pub(super) consent: bool,
    pub(super) access_token_life: Span,
    pub(super) refresh: RefreshPolicy,
    pub(super) logout: Option<BackchannelLogout>,
}

/// Reads every member; what is wrong is noted in the form.
pub(super) fn read(f: &mut Form, usual_life: Span) -> NewClient {
    let id = f.required("id", 64, ID_HINT);
    if id.parse::<ClientId>().is_err() && !id.is_empty() {
        f.wrong("id", "is not a client id", ID_HINT);
    }
    let name = f.text("name", NAME_MOST).filter(|n| !n.trim().is_empty());
    let public = f.flag("public", false);
    let secret = secret(f, public);
    let redirect_uris = redirect_uris(f);
    let grants = grants(f, public, &redirect_uris);
    let audiences = f.list(
        "audiences",
        ListBounds {
            items: 50,
            chars: 255,
        },
    );
    plain_words(f, "audiences", &audiences, "an audience");
    reserved(f, &id, &audiences);
    let scopes = f.list(
        "scopes",
        ListBounds {
            items: 100,
            chars: 100,
        },
    );
    plain_words(f, "scopes", &scopes, "a scope");
    let consent = f.flag("consent", true);
    let access_token_life = f.span("access_token_life", usual_life, (Span::from_secs(30), MAX_LIFE));
    let refresh = refresh(f, public);
    let logout = logout(f, public);
    NewClient {
        id,
        name,
        public,
        secret,
        grants,
        redirect_uris,
        audiences,
        scopes: scopes.into_iter().collect(),
        consent,
        access_token_life,
        refresh,
        logout,
    }
}

pub(super) const ID_HINT: &str = "use 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'";

/// Only secrets of our form: 256 random bits are what lets a store keep a plain digest.
fn secret(f: &mut Form, public: bool) -> Option<Secret<ClientSecret>> {
    let text = f.secret("secret")?;
    if public {
        f.wrong(
            "secret",
            "is given for a public client",
            "leave it out, or leave out \"public\"",
        );
        return None;
    }
    let parsed = Secret::parse(&text).ok();
    if parsed.is_none() {
        f.wrong(
            "secret",
            "is not a client secret of this server's form",
            "leave it out: a secret is made and shown once; one made by another installation begins with sy_cs_",
        );
    }
    parsed
}

fn redirect_uris(f: &mut Form) -> Vec<String> {
    let uris = f.list(
        "redirect_uris",
        ListBounds {
            items: 50,
            chars: redirect_uri::LONGEST,
        },
    );
    let mut seen = BTreeSet::new();
    for (index, uri) in uris.iter().enumerate() {
        let path = format!("redirect_uris[{index}]");
        if let Err((message, hint)) = redirect_uri::check(uri) {
            f.wrong(&path, message, hint);
        } else if !seen.insert(uri) {
            f.wrong(&path, "is listed twice", "list each once");
        }
    }
    uris
}

fn grants(f: &mut Form, public: bool, redirect_uris: &[String]) -> BTreeSet<GrantType> {
    let words = f.list("grants", ListBounds { items: 10, chars: 64 });
    let (grants, unknown) = grant_types(&words);
    for index in &unknown {
        let known: Vec<&str> = GrantType::ALL.iter().map(|g| g.as_str()).collect();
        f.wrong(
            &format!("grants[{index}]"),
            "is not offered",
            format!("choose {}", known.join(", ")),
        );
    }
    let has = |grant| grants.contains(&grant);
    if words.is_empty() {
        f.wrong(
            "grants",
            "names no grant",
            "list at least one, such as authorization_code",
        );
    }
    if has(GrantType::AuthorizationCode) && redirect_uris.is_empty() {
        f.wrong(
            "redirect_uris",
            "is empty",
            "authorization_code needs a redirect URI",
        );
    }
    if !has(GrantType::AuthorizationCode) && !redirect_uris.is_empty() && unknown.is_empty() {
        f.wrong(
            "redirect_uris",
            "is for authorization_code alone",
            "add that grant, or leave the URIs out",
        );
    }
    if has(GrantType::RefreshToken) && !has(GrantType::AuthorizationCode) {
        f.wrong(
            "grants",
            "refresh_token has nothing to refresh",
            "add authorization_code",
        );
    }
    if public && has(GrantType::ClientCredentials) {
        f.wrong(
            "grants",
            "client_credentials needs a secret",
            "leave out \"public\", or that grant",
        );
    }
    grants
}

/// RFC 6749 section 3.3: what may stand in a list that is parted by spaces.
fn plain_words(f: &mut Form, name: &str, words: &[String], what: &str) {
    for (index, word) in words.iter().enumerate() {
        if !word
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        {
            let hint = "use visible ASCII characters but '\"' and '\\'";
            f.wrong(&format!("{name}[{index}]"), format!("is not {what}"), hint);
        }
    }
}

/// OpenID Connect Back-Channel Logout 1.0 section 2.2. Which addresses may be reached is judged at each try: names change.
fn logout(f: &mut Form, public: bool) -> Option<BackchannelLogout> {
    let uri = f.text("backchannel_logout_uri", redirect_uri::LONGEST);
    let session_required = f.flag("backchannel_logout_session_required", false);
    let Some(uri) = uri else {
        if session_required {
            f.wrong(
                "backchannel_logout_session_required",
                "needs backchannel_logout_uri",
                "say where the client is told",
            );
        }
        return None;
    };
    let is_http = uri.starts_with("https://") || uri.starts_with("http://");
    match redirect_uri::check(&uri) {
        Err((message, hint)) => f.wrong("backchannel_logout_uri", message, hint),
        Ok(()) if public && !uri.starts_with("https://") => f.wrong(
            "backchannel_logout_uri",
            "is not https, and the client keeps no secret",
            "use https",
        ),
        Ok(()) if !is_http => f.wrong("backchannel_logout_uri", "is no web address", "use https"),
        Ok(()) => {}
    }
    Some(BackchannelLogout {
        uri,
        session_required,
    })
}

/// What is the canary's alone: a token of a client must not pass for one of its.
fn reserved(f: &mut Form, id: &str, audiences: &[String]) {
    if id == CANARY_CLIENT {
        f.wrong("id", "is the canary's", "choose another");
    }
    for (index, _) in audiences
        .iter()
        .enumerate()
        .filter(|(_, name)| *name == CANARY_AUDIENCE)
    {
        f.wrong(
            &format!("audiences[{index}]"),
            "is the canary's, which opens nothing",
            "choose another",
        );
    }
}

fn refresh(form: &mut Form, public: bool) -> RefreshPolicy {
    let usual = RefreshPolicy::default();
    let mut f = form.object("refresh");
    let minute = Span::from_mins(1);
    let absolute = f.span("absolute", usual.absolute, (minute, YEAR));
    let idle = f.span("idle", usual.idle.min(absolute), (minute, YEAR));
    if idle > absolute {
        f.wrong(
            "idle",
            "is longer than the absolute life",
            format!("choose at most {absolute}"),
        );
    }
    let none = Span::from_ms(0);
    let retry_window = f.span("retry_window", usual.retry_window, (none, minute));
    let rotate = f.flag("rotate", usual.rotate);
    if public && !rotate {
        f.wrong(
            "rotate",
            "must be true for a public client",
            "leave it out (RFC 9700 section 4.14.2)",
        );
    }
    form.join(f);
    RefreshPolicy {
        absolute,
        idle,
        retry_window,
        rotate,
    }
}
