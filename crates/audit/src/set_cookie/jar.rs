//! What a browser would keep and send back (RFC 6265bis sections 5.7 and 5.8). One jar is one browser.

use std::net::IpAddr;

use url::Url;

use super::{PAIR_BYTES, SetCookie};
use crate::scope::is_loopback;

/// The cookies of one browser.
#[derive(Debug, Clone, Default)]
pub struct Jar {
    kept: Vec<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    cookie: SetCookie,
    host: String,
    /// Whether only this very host gets it.
    is_host_only: bool,
    path: String,
}

/// A target cannot make us keep cookies without end.
const MOST: usize = 300;

impl Jar {
    /// Keeps what `url` set, or takes it away.
    pub fn keep(&mut self, cookie: SetCookie, url: &Url, now_s: i64) {
        let Some(kept) = accepted(cookie, url) else {
            return;
        };
        let same = |other: &Kept| {
            other.cookie.name == kept.cookie.name && other.host == kept.host && other.path == kept.path
        };
        let place = self.kept.iter().position(same);
        let is_removal = kept.cookie.is_removal(now_s);
        match place {
            Some(at) if is_removal => _ = self.kept.remove(at),
            // It keeps its place: the order of sending is that of the first setting.
            Some(at) => {
                if let Some(old) = self.kept.get_mut(at) {
                    *old = kept;
                }
            }
            None if !is_removal && self.kept.len() < MOST => self.kept.push(kept),
            None => {}
        }
    }

    /// Keeps every cookie of an answer.
    pub fn take(&mut self, answer: &crate::Answer, now_s: i64) {
        for cookie in answer.set_cookies() {
            self.keep(cookie, &answer.url, now_s);
        }
    }

    /// The `Cookie` field for a request to `url`; empty if there is none.
    #[must_use]
    pub fn header(&self, url: &Url) -> String {
        let pair = |kept: &&Kept| {
            let (name, value) = (&kept.cookie.name, &kept.cookie.value);
            if name.is_empty() {
                value.clone()
            } else {
                format!("{name}={value}")
            }
        };
        self.matching(url).iter().map(pair).collect::<Vec<_>>().join("; ")
    }

    /// The value that `url` would be sent under this name.
    #[must_use]
    pub fn value(&self, url: &Url, name: &str) -> Option<&str> {
        let found = self
            .matching(url)
            .into_iter()
            .find(|kept| kept.cookie.name == name)?;
        Some(found.cookie.value.as_str())
    }

    /// Every cookie.
    pub fn cookies(&self) -> impl Iterator<Item = &SetCookie> {
        self.kept.iter().map(|kept| &kept.cookie)
    }

    /// Takes every cookie of this name away.
    pub fn forget(&mut self, name: &str) {
        self.kept.retain(|kept| kept.cookie.name != name);
    }

    fn matching(&self, url: &Url) -> Vec<&Kept> {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let is_safe = url.scheme() == "https" || is_loopback(&host);
        let path = url.path();
        let fits = |kept: &&Kept| {
            let host_fits = if kept.is_host_only {
                kept.host == host
            } else {
                domain_matches(&host, &kept.host)
            };
            host_fits && path_matches(path, &kept.path) && (is_safe || !kept.cookie.is_secure)
        };
        let mut found: Vec<&Kept> = self.kept.iter().filter(fits).collect();
        found.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        found
    }
}

/// A cookie as it is kept, or nothing if a browser would drop it.
fn accepted(cookie: SetCookie, url: &Url) -> Option<Kept> {
    let host = url.host_str()?.to_ascii_lowercase();
    let is_safe = url.scheme() == "https" || is_loopback(&host);
    if cookie.pair_bytes() > PAIR_BYTES || (cookie.is_secure && !is_safe) {
        return None;
    }
    let path = cookie
        .path
        .clone()
        .unwrap_or_else(|| default_path(url.path()).to_owned());
    if cookie.has_prefix("__Secure-") && !cookie.is_secure {
        return None;
    }
    let is_of_host = cookie.is_secure && cookie.domain.is_none() && cookie.path.as_deref() == Some("/");
    if cookie.has_prefix("__Host-") && !is_of_host {
        return None;
    }
    let is_host_only = cookie.domain.is_none();
    let domain = cookie.domain.clone().unwrap_or_else(|| host.clone());
    // Without the list of public suffixes: a domain of one label is one.
    if !is_host_only && (!domain_matches(&host, &domain) || (!domain.contains('.') && domain != host)) {
        return None;
    }
    Some(Kept {
        cookie,
        host: domain,
        is_host_only,
        path,
    })
}

fn domain_matches(host: &str, domain: &str) -> bool {
    let is_below = host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    host == domain || (is_below && host.parse::<IpAddr>().is_err())
}

fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => path.get(..at).unwrap_or("/"),
    }
}

fn path_matches(path: &str, cookie: &str) -> bool {
    match path.strip_prefix(cookie) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests;
