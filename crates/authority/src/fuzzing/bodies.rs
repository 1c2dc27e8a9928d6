//! JSON bodies: of the admin API, and of a first-party application's sign-in.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use crate::flows::admin::form::{Form, ListBounds};
use crate::http::admin::body::members;
use crate::http::api::{LoginBody, json_body};

/// The data are a body. No member counts twice, and nothing that was not asked for passes.
pub fn fuzz_json_bodies(data: &[u8]) {
    sign_in(data);
    if let Ok(members) = members(data) {
        if !data.is_empty() {
            let strict: Map<String, Value> =
                jose::strict_json::object_from_slice(data, 16).expect("laxer than strict");
            assert_eq!(strict, members);
        }
        form(members);
    }
    if let Ok(query) = std::str::from_utf8(data) {
        let mut form = Form::of_query(query);
        let limit = form.number("limit", 100, (1, 1000));
        let after = form.text("after", 10);
        if form.finish(()).is_ok() {
            assert!((1..=1000).contains(&limit) && after.is_none_or(|text| text.chars().count() <= 10));
            let names = url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned());
            let names: Vec<String> = names.collect();
            assert!(
                names.len() <= 2 && names.iter().all(|name| name == "limit" || name == "after"),
                "{names:?}"
            );
        }
    }
}

fn sign_in(data: &[u8]) {
    let headers: HeaderMap = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))]
        .into_iter()
        .collect();
    let Ok(body) = json_body::<LoginBody>(&headers, data) else {
        return;
    };
    let strict: Map<String, Value> =
        jose::strict_json::object_from_slice(data, 1).expect("laxer than strict");
    assert_eq!(strict.len(), 2);
    assert_eq!(strict["username"], Value::String(body.username));
    assert_eq!(strict["password"], Value::String(body.password));
}

fn form(members: Map<String, Value>) {
    let names: Vec<String> = members.keys().cloned().collect();
    let mut form = Form::new(members);
    let name = form.required("name", 64, "choose one");
    let list = form.list("scopes", ListBounds { items: 5, chars: 8 });
    let number = form.number("limit", 7, (1, 9));
    form.flag("admin", false);
    let mut nested = form.object("refresh");
    nested.flag("rotate", true);
    form.join(nested);
    let password = form.secret("password");
    if form.finish(()).is_ok() {
        const KNOWN: [&str; 6] = ["name", "scopes", "limit", "admin", "refresh", "password"];
        assert!(
            names.iter().all(|name| KNOWN.contains(&name.as_str())),
            "{names:?}"
        );
        assert!(!name.is_empty() && name.chars().count() <= 64 && !name.chars().any(char::is_control));
        assert!(list.len() <= 5 && list.iter().all(|item| (1..=8).contains(&item.chars().count())));
        assert!((1..=9).contains(&number));
        assert!(password.is_none() || names.iter().any(|name| name == "password"));
    }
}
