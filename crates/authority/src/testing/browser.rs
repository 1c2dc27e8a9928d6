//! A browser for tests: keeps cookies, says where its requests come from, sends forms with the token of their page.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};

use super::{PASSWORD, send, text};
use crate::Authority;
use crate::http::public;

/// One browser, at the public router of one authority.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// What a browser sees of an answer.
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(authority: &Arc<Authority>) -> Self {
        Self {
            router: public(Arc::clone(authority)),
            cookies: BTreeMap::new(),
        }
    }

    /// Signs in by `/api/login` with the password of every test user.
    pub(crate) async fn signed_in(authority: &Arc<Authority>, name: &str) -> Self {
        let mut browser = Self::new(authority);
        let seen = browser.login(name, PASSWORD).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
        browser
    }

    pub(crate) async fn login(&mut self, username: &str, password: &str) -> Seen {
        let body = serde_json::json!({ "username": username, "password": password });
        self.call(Method::POST, "/api/login", &[], &body.to_string())
            .await
    }

    /// A navigation.
    pub(crate) async fn navigate(&mut self, path: &str) -> Seen {
        let headers = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        self.send(Method::GET, path, &headers, Body::empty()).await
    }

    /// Opens a page and sends its form.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let page = self.navigate(path).await;
        let token = page.token();
        let action = path.split('?').next().unwrap();
        self.post(action, &token, fields).await
    }

    /// Sends a form with a token, as our own page does.
    pub(crate) async fn post(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) -> Seen {
        let body = http_form(fields, token);
        let form = (CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
        self.send(
            Method::POST,
            path,
            &[form, ("sec-fetch-site", "same-origin")],
            Body::from(body),
        )
        .await
    }

    /// A script of our own page calls the API.
    pub(crate) async fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Seen {
        let mut all = vec![
            (CONTENT_TYPE.as_str(), "application/json"),
            ("sec-fetch-site", "same-origin"),
        ];
        all.extend(headers);
        self.send(method, path, &all, Body::from(body.to_owned())).await
    }

    /// Any request, with the cookies that are kept.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Seen {
        let jar: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
        if !jar.is_empty() {
            request = request.header(COOKIE, jar.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = send(&self.router, request.body(body).unwrap()).await;
        self.keep(&response);
        Seen {
            status: response.status(),
            headers: response.headers().clone(),
            body: text(response).await,
        }
    }

    fn keep(&mut self, response: &Response<Body>) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Seen {
    /// The CSRF token of the first form.
    pub(crate) fn token(&self) -> String {
        let start = r#"name="csrf_token" value=""#;
        let at = self.body.find(start).expect(&self.body) + start.len();
        self.body[at..].split('"').next().unwrap().to_owned()
    }

    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |v| v.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

fn http_form(fields: &[(&str, &str)], token: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf_token", token).extend_pairs(fields);
    form.finish()
}
