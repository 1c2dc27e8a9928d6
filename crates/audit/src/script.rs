//! What a page gives its own script to prove with that a request comes from it: a `<meta>`, a cookie that scripts read, or a member of a
//! JSON document; and the field in which the script sends it back.

use crate::answer::Answer;
use crate::set_cookie::SetCookie;
use crate::site::markup;

/// A field for requests, and its value.
pub(crate) type Proof = (String, String);

/// The field that most frameworks read: Rails, Laravel, csurf, Lucky.
const USUAL: &str = "x-csrf-token";

/// Names of a `<meta>` or a member with the token: Rails, Laravel and Symfony, Spring, Phoenix.
const NAMES: &[&str] = &[
    "csrf-token",
    "csrf_token",
    "csrftoken",
    "_csrf",
    "_csrf_token",
    "csrf",
    "xsrf-token",
    "xsrf_token",
    "xsrftoken",
];

/// Cookies that scripts copy into a field: Angular, axios and Laravel; Django; others.
const COOKIES: &[(&str, &str)] = &[
    ("xsrf-token", "x-xsrf-token"),
    ("csrftoken", "x-csrftoken"),
    ("csrf-token", USUAL),
    ("csrf_token", USUAL),
    ("_csrf", USUAL),
    ("csrf", USUAL),
];

/// What stands in a page or a document.
pub(crate) fn of_page(page: &Answer) -> Vec<Proof> {
    if page.is_html() {
        return of_markup(&page.text());
    }
    let document = page.json();
    let members = document.as_ref().and_then(serde_json::Value::as_object);
    let is_it = |name: &str| NAMES.contains(&name.to_ascii_lowercase().as_str());
    let found = members
        .into_iter()
        .flatten()
        .find(|(name, value)| is_it(name) && value.is_string());
    found
        .and_then(|(_, value)| Some((USUAL.to_owned(), value.as_str()?.to_owned())))
        .into_iter()
        .collect()
}

fn of_markup(html: &str) -> Vec<Proof> {
    let tags = markup::tags(html);
    let content = |wanted: &[&str]| {
        let metas = tags.iter().filter(|tag| tag.name == "meta");
        let mut named = metas.filter(|tag| {
            let name = tag.attribute("name").unwrap_or_default().to_ascii_lowercase();
            wanted.contains(&name.as_str())
        });
        named.find_map(|tag| tag.attribute("content").filter(|text| !text.is_empty()))
    };
    let Some(token) = content(NAMES) else {
        return Vec::new();
    };
    // Spring says in a second one which field it reads.
    let field = content(&["_csrf_header", "csrf-header"]).unwrap_or(USUAL);
    vec![(field.to_ascii_lowercase(), token.to_owned())]
}

/// What cookies hold that scripts can read.
pub(crate) fn of_cookies<'c>(cookies: impl Iterator<Item = &'c SetCookie>) -> Vec<Proof> {
    let proof = |cookie: &SetCookie| {
        let name = cookie.name.to_ascii_lowercase();
        let bare = name
            .strip_prefix("__host-")
            .or_else(|| name.strip_prefix("__secure-"))
            .unwrap_or(&name);
        let (_, field) = COOKIES.iter().find(|(known, _)| *known == bare)?;
        let value = crate::cookies::percent_decoded(&cookie.value);
        (!cookie.is_http_only && !value.is_empty()).then(|| ((*field).to_owned(), value))
    };
    cookies.filter_map(proof).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frameworks_place_is_read() {
        for (html, field, value) in [
            (
                "<meta name=\"csrf-token\" content=\"a&#43;b==\">",
                "x-csrf-token",
                "a+b==",
            ),
            (
                "<META NAME=_csrf CONTENT=abc><meta name=_csrf_header content=X-XSRF-TOKEN>",
                "x-xsrf-token",
                "abc",
            ),
        ] {
            assert_eq!(of_markup(html), [(field.to_owned(), value.to_owned())]);
        }
        for nothing in [
            "",
            "<meta name=description content=csrf>",
            "<meta name=csrf-token content=''>",
        ] {
            assert!(of_markup(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn cookies_that_scripts_cannot_read_are_none_of_theirs() {
        let read = |field: &str| of_cookies([SetCookie::parse(field).unwrap()].iter());
        assert_eq!(
            read("XSRF-TOKEN=ab%3D; Path=/"),
            [("x-xsrf-token".to_owned(), "ab=".to_owned())]
        );
        assert_eq!(read("__Host-csrftoken=ab; Path=/; Secure")[0].0, "x-csrftoken");
        assert!(read("XSRF-TOKEN=ab; HttpOnly").is_empty() && read("sid=ab").is_empty());
    }
}
