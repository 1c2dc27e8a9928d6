//! `/.symbolon/` on an application's host: how it gets its own cookie, gives it up, and tells its pages who they are.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Reason;
use domain::code::challenge_of;
use domain::cookie::{FLOW_COOKIE, SESSION_COOKIE};
use domain::feed::HostJoin;
use domain::secret::{FlowSecret, HostCode, Secret};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use verifier::{CredentialKind, JudgedRequest, Kind, Refusal, Route, pairs};

use crate::answer;
use crate::body::{Body, BodyError, full};
use crate::edge::Edge;
use crate::judge::Denial;
use crate::page;
use crate::query::{encode, parameter, return_path};

const TOKEN: &str = "x-csrf-token";
const FORM: &str = "application/x-www-form-urlencoded";
/// Longest form, in bytes, and how long it may take to arrive.
const MAX_FORM: usize = 4096;
const FORM_TIME: Duration = Duration::from_secs(5);

/// Where these pages are.
pub(crate) const PREFIX: &str = "/.symbolon/";

/// Where a sign-in begins.
pub(crate) const LOGIN: &str = "/.symbolon/login";

/// A session is needed, and proof against CSRF to change anything.
pub(crate) fn own_route(issuer: &str) -> Arc<Route> {
    let accept = vec![CredentialKind::Session];
    Arc::new(Route {
        name: "symbolon".to_owned(),
        accept,
        ..Route::any(issuer)
    })
}

impl Edge {
    /// Answers one of these pages.
    pub(crate) async fn answer_host(&self, request: &JudgedRequest<'_>) -> Response<Body> {
        let query = request.target().split_once('?').map_or("", |(_, query)| query);
        let page = request.path().strip_prefix(PREFIX).unwrap_or_default();
        match (request.method(), page) {
            (&Method::GET, "login") => self.begin_login(request, &return_path(parameter(query, "return_to"))),
            (&Method::GET, "callback") => self.finish_login(request, query).await,
            (&Method::POST, "logout") => self.logout(request).await,
            (&Method::GET, "session") => self.who_am_i(request).await,
            (&Method::GET, "jwks") => json(self.identity.jwks().to_owned()),
            (_, "login" | "callback" | "logout" | "session" | "jwks") => {
                answer::bare(StatusCode::METHOD_NOT_ALLOWED)
            }
            _ => answer::bare(StatusCode::NOT_FOUND),
        }
    }

    /// As the login page, and back to the very page that was refused. Only a navigation can come back to one.
    pub(crate) fn login_for(&self, refused: &JudgedRequest<'_>) -> Response<Body> {
        match refused.method() {
            &Method::GET => self.begin_login(refused, &return_path(Some(refused.target().to_owned()))),
            _ => answer::bare(StatusCode::UNAUTHORIZED),
        }
    }

    /// To the authority, with a secret of this browser.
    fn begin_login(&self, request: &JudgedRequest<'_>, path: &str) -> Response<Body> {
        let issuer = &self.config.routes.issuer().url;
        // The routes in force, by which the cookie will be judged: not those of the start.
        let routes = self.judge.follow.checker.routes();
        if routes.shares_authority_cookie(request.authority().host()) {
            return redirect(StatusCode::FOUND, &format!("{issuer}/login"));
        }
        let secret = Secret::<FlowSecret>::generate(self.entropy.as_ref()).reveal();
        let challenge = jose::base64url::encode(challenge_of(&secret).as_bytes());
        let origin = encode(&request.authority().origin());
        let mut response = redirect(
            StatusCode::FOUND,
            &format!("{issuer}/session/join?origin={origin}&challenge={challenge}"),
        );
        let value = format!("{}.{}", secret.as_str(), jose::base64url::encode(path.as_bytes()));
        let cookie = format!("{FLOW_COOKIE}={value}; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=600");
        set_cookie(&mut response, &cookie);
        response
    }

    /// Back from the authority with a one-time code.
    async fn finish_login(&self, request: &JudgedRequest<'_>, query: &str) -> Response<Body> {
        let failed = |status| clear_flow(page::sign_in_failed(status));
        let flow = flow_cookie(request.headers());
        let code = parameter(query, "code").and_then(|code| Secret::<HostCode>::parse(&code).ok());
        let host = request.authority().to_host();
        let (Some((flow, path)), Some(code), Some(host)) = (flow, code, host) else {
            return failed(StatusCode::BAD_REQUEST);
        };
        match self.judge.follow.link.redeem_host_code(code, flow, host).await {
            Ok(HostJoin::Joined { cookie, .. }) => {
                let mut response = clear_flow(page::signed_in(&path));
                let cookie = format!("{SESSION_COOKIE}={cookie}; HttpOnly; Secure; Path=/; SameSite=Strict");
                set_cookie(&mut response, &cookie);
                response
            }
            Ok(HostJoin::Refused) => failed(StatusCode::BAD_REQUEST),
            Err(_) => page::sign_in_failed(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// This host's cookie goes at once; the session is ended on the authority's own page.
    async fn logout(&self, request: &JudgedRequest<'_>) -> Response<Body> {
        if let Err(denial) = self.judge.judge(request, Some(&self.own_route)).await {
            return answer::denial(&denial);
        }
        let mut response = redirect(
            StatusCode::SEE_OTHER,
            &format!("{}/logout", self.config.routes.issuer().url),
        );
        clear_session(&mut response);
        response
    }

    /// For the application's own pages: who is signed in, and the token that unsafe requests need.
    async fn who_am_i(&self, request: &JudgedRequest<'_>) -> Response<Body> {
        let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
        if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
            let refusal = Refusal::new(Reason::Csrf, "another origin asked for the session's token");
            return answer::refusal(refusal);
        }
        let permit = match self.judge.judge(request, Some(&self.own_route)).await {
            Ok(permit) => permit,
            Err(denial) => return answer::denial(&denial),
        };
        match permit.holder().map(|holder| (holder, holder.kind())) {
            Some((holder, Kind::Session(session))) => json(
                serde_json::json!({
                    "subject": holder.position().subject,
                    "session": holder.position().session,
                    "assurance": holder.assurance(),
                    "expires_at": holder.ends_at(),
                    "csrf_token": *session.csrf_token(),
                })
                .to_string(),
            ),
            _ => answer::denial(&Denial {
                refusal: Reason::MissingCredential.into(),
                retry_after: None,
                route: Some(Arc::clone(&self.own_route)),
            }),
        }
    }
}

/// A page without script sends the CSRF token as a form field: it counts as if it were in the header.
pub(crate) async fn form_token<B>(parts: &mut Parts, body: B)
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BodyError>,
{
    let form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == FORM);
    if parts.method != Method::POST || !form || parts.headers.contains_key(TOKEN) {
        return;
    }
    let Ok(Ok(whole)) = tokio::time::timeout(FORM_TIME, Limited::new(body, MAX_FORM).collect()).await else {
        return;
    };
    let text = String::from_utf8(whole.to_bytes().into()).unwrap_or_default();
    if let Some(value) = parameter(&text, "csrf_token").and_then(|token| HeaderValue::from_str(&token).ok()) {
        parts.headers.insert(TOKEN, value);
    }
}

/// The flow cookie: there exactly once, with a sound secret and path.
fn flow_cookie(headers: &HeaderMap) -> Option<(Secret<FlowSecret>, String)> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| pairs(value.as_bytes()))
        .filter(|pair| pair.name.eq_ignore_ascii_case(FLOW_COOKIE.as_bytes()));
    let (one, None) = (found.next()?, found.next()) else {
        return None;
    };
    let value = std::str::from_utf8(one.value)
        .ok()
        .filter(|_| one.name == FLOW_COOKIE.as_bytes())?;
    let (secret, path) = value.split_once('.')?;
    let path = String::from_utf8(jose::base64url::decode(path.as_bytes()).ok()?).ok()?;
    Some((Secret::parse(secret).ok()?, return_path(Some(path))))
}

fn clear_flow(mut response: Response<Body>) -> Response<Body> {
    set_cookie(
        &mut response,
        &format!("{FLOW_COOKIE}=; HttpOnly; Secure; Path=/; SameSite=Lax; Max-Age=0"),
    );
    response
}

/// Takes this host's cookie away.
pub(crate) fn clear_session(response: &mut Response<Body>) {
    let cookie = format!("{SESSION_COOKIE}=; HttpOnly; Secure; Path=/; SameSite=Strict; Max-Age=0");
    set_cookie(response, &cookie);
}

fn set_cookie(response: &mut Response<Body>, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

pub(crate) fn redirect(status: StatusCode, to: &str) -> Response<Body> {
    match HeaderValue::from_str(to) {
        Ok(value) => {
            let mut response = answer::bare(status);
            response.headers_mut().insert(header::LOCATION, value);
            response
        }
        Err(_) => answer::bare(StatusCode::BAD_REQUEST),
    }
}

fn json(text: String) -> Response<Body> {
    let mut response = Response::new(full(text));
    answer::keep_private(response.headers_mut());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
