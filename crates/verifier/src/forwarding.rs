//! The request to judge: described by a gateway's headers, or the request itself.

use std::borrow::Cow;

use domain::Reason;
use http::{HeaderMap, HeaderValue, Method};

use crate::authority::RequestAuthority;
use crate::names::{FORWARDED_FAMILY, ORIGINAL_FAMILY, is_disguised, is_smuggled};
use crate::path::normalise;
use crate::refusal::Refusal;

/// Which headers describe the request. One family per listener: the other's presence is an attack or a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri`.
    #[default]
    Forwarded,
    /// `X-Original-Method`, `X-Original-URL`.
    Original,
}

/// A request that reached the proxy itself.
#[derive(Debug, Clone, Copy)]
pub struct DirectRequest<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Whether it came over TLS.
    pub secure: bool,
    /// `Host`, or `:authority`.
    pub authority: &'a str,
    /// Path and query as received.
    pub target: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
}

/// A request whose description was found sound. Only such a request can be checked.
#[derive(Debug)]
pub struct JudgedRequest<'a> {
    pub(crate) method: Method,
    pub(crate) authority: RequestAuthority<'a>,
    pub(crate) path: Cow<'a, str>,
    target: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

impl Family {
    /// The word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forwarded => "x-forwarded",
            Self::Original => "x-original",
        }
    }

    /// From the configuration's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Forwarded, Self::Original]
            .into_iter()
            .find(|f| f.as_str() == text)
    }
}

impl<'a> JudgedRequest<'a> {
    /// The request that a gateway describes in one family of headers.
    ///
    /// # Errors
    /// [`Reason::BadForwarding`] for a missing, repeated, foreign, disguised or unreadable member, and for an identity
    /// header of the client's own;
    /// [`Reason::AmbiguousPath`].
    pub fn from_gateway(headers: &'a HeaderMap, family: Family) -> Result<Self, Refusal> {
        let described = Description::read(headers)?;
        match family {
            Family::Forwarded => {
                let [method, proto, host, uri] = described.only(&described.forwarded, &described.original)?;
                Self::build((method, host, uri), scheme(proto)?, headers)
            }
            Family::Original => {
                let [method, url] = described.only(&described.original, &described.forwarded)?;
                let (proto, rest) = url
                    .split_once("://")
                    .ok_or(bad("X-Original-URL is not an absolute URL"))?;
                let start = rest.find('/').ok_or(bad("X-Original-URL has no path"))?;
                let (host, target) = rest
                    .split_at_checked(start)
                    .ok_or(bad("X-Original-URL has no path"))?;
                Self::build((method, host, target), scheme(proto)?, headers)
            }
        }
    }

    /// The request itself, as a proxy received it.
    ///
    /// # Errors
    /// [`Reason::BadForwarding`] for a disguised header or an unreadable host; [`Reason::AmbiguousPath`].
    pub fn from_direct(request: DirectRequest<'a>) -> Result<Self, Refusal> {
        refuse_disguised(request.headers)?;
        let parts = (request.method.as_str(), request.authority, request.target);
        Self::build(parts, request.secure, request.headers)
    }

    fn build(parts: (&str, &'a str, &'a str), secure: bool, headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let (method, host, target) = parts;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| bad("the method is not one"))?;
        let authority = RequestAuthority::parse(host, secure).ok_or(bad("the host is not one"))?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if !query.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return Err(Refusal::new(
                Reason::AmbiguousPath,
                "the query has a character that must be encoded",
            ));
        }
        Ok(Self {
            method,
            authority,
            path: normalise(path)?,
            target,
            headers,
        })
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// Where it was sent to.
    #[must_use]
    pub const fn authority(&self) -> &RequestAuthority<'a> {
        &self.authority
    }

    /// The path as routes match it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Path and query exactly as the client sent them.
    #[must_use]
    pub const fn target(&self) -> &'a str {
        self.target
    }

    /// The headers that hold its credentials.
    #[must_use]
    pub const fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// Whether the method only reads (RFC 9110 section 9.2.1). An unknown method does not.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

const fn bad(detail: &'static str) -> Refusal {
    Refusal::new(Reason::BadForwarding, detail)
}

fn refuse_disguised(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.keys().any(|name| is_disguised(name.as_str())) {
        return Err(bad("a protected header is spelt with an underscore"));
    }
    Ok(())
}

/// The members of both families, found in one walk over a request's headers.
#[derive(Default)]
struct Description<'a> {
    forwarded: [Option<&'a HeaderValue>; 4],
    original: [Option<&'a HeaderValue>; 2],
}

impl<'a> Description<'a> {
    /// A gateway that asks forwards the client's headers itself: what we cannot remove there, we refuse here.
    fn read(headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let mut found = Self::default();
        for (name, value) in headers {
            let name = name.as_str();
            if let Some(place) = found.place(name) {
                if place.replace(value).is_some() {
                    return Err(bad("a member is repeated"));
                }
            } else if is_disguised(name) {
                return Err(bad("a protected header is spelt with an underscore"));
            } else if is_smuggled(name) {
                return Err(bad("the client sent an identity header of its own"));
            }
        }
        Ok(found)
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<&'a HeaderValue>> {
        // No other name is worth comparing with six.
        if !name.starts_with("x-") {
            return None;
        }
        let forwarded = FORWARDED_FAMILY.iter().position(|member| *member == name);
        if let Some(at) = forwarded {
            return self.forwarded.get_mut(at);
        }
        let at = ORIGINAL_FAMILY.iter().position(|member| *member == name)?;
        self.original.get_mut(at)
    }

    /// All members of one family, and none of the other.
    fn only<const N: usize>(
        &self,
        own: &[Option<&'a HeaderValue>; N],
        other: &[Option<&'a HeaderValue>],
    ) -> Result<[&'a str; N], Refusal> {
        if other.iter().any(Option::is_some) {
            return Err(bad("a member of the other family is present"));
        }
        let mut texts = [""; N];
        for (text, member) in texts.iter_mut().zip(own) {
            let value = member.ok_or(bad("a member is missing"))?;
            *text = value.to_str().map_err(|_| bad("a member is not plain text"))?;
        }
        Ok(texts)
    }
}

fn scheme(text: &str) -> Result<bool, Refusal> {
    match text {
        "https" => Ok(true),
        "http" => Ok(false),
        _ => Err(bad("the scheme is neither http nor https")),
    }
}

#[cfg(test)]
mod tests;
