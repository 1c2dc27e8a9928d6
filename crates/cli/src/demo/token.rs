//! The sample client: gets a token by the authorization code flow with PKCE, as any client would.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use domain::secret::{FlowSecret, Secret};
use domain::{Digest, Entropy};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::{CLIENT, Demo};

/// Most sessions that the demo keeps tokens for.
const MOST: usize = 100;

/// What the sample client holds, by session.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, Held>>);

#[derive(Debug, Clone, Default)]
struct Held {
    state: Option<String>,
    verifier: Option<String>,
    access_token: Option<String>,
}

impl Tokens {
    /// The access token got in a session.
    pub(crate) fn access(&self, session: &str) -> Option<String> {
        self.lock()
            .get(session)
            .and_then(|held| held.access_token.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins: the URL of the authorization request.
pub(crate) fn begin(demo: &Demo, session: &str, entropy: &dyn Entropy) -> String {
    let state = Secret::<FlowSecret>::generate(entropy).reveal().to_string();
    let verifier = Secret::<FlowSecret>::generate(entropy).reveal().to_string();
    let challenge = jose::base64url::encode(Digest::of(verifier.as_bytes()).as_bytes());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", CLIENT)
        .append_pair("redirect_uri", &redirect_uri(demo))
        .append_pair("scope", "hello")
        .append_pair("state", &state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .finish();
    let mut held = demo.tokens.lock();
    if held.len() >= MOST {
        held.clear();
    }
    held.insert(
        session.to_owned(),
        Held {
            state: Some(state),
            verifier: Some(verifier),
            access_token: None,
        },
    );
    format!("{}/oauth2/authorize?{query}", demo.authority.issuer())
}

/// Ends: redeems the code at the token endpoint. Says why not, in one line.
pub(crate) async fn finish(demo: &Demo, session: &str, code: &str, state: &str) -> Result<(), String> {
    let held = demo.tokens.lock().get(session).cloned().unwrap_or_default();
    if held.state.as_deref() != Some(state) {
        return Err("the state is not the one that this session began with".into());
    }
    let verifier = held.verifier.ok_or("there is no flow to end")?;
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &redirect_uri(demo))
        .append_pair("code_verifier", &verifier)
        .append_pair("client_id", CLIENT)
        .append_pair("client_secret", &demo.client_secret)
        .finish();
    let host = demo.authority.issuer().rsplit('/').next().unwrap_or("localhost");
    let request = Request::post("/oauth2/token")
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .map_err(|e| e.to_string())?;
    let answer = demo
        .public
        .clone()
        .oneshot(request)
        .await
        .map_err(|e| e.to_string())?;
    let status = answer.status();
    let bytes = answer
        .into_body()
        .collect()
        .await
        .map_err(|e| e.to_string())?
        .to_bytes();
    let answer: Value = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
    let member = |name: &str| answer.get(name).and_then(Value::as_str);
    if status != StatusCode::OK {
        return Err(format!(
            "the token endpoint refused: {}",
            member("error").unwrap_or("no reason")
        ));
    }
    let access_token = member("access_token").map(str::to_owned);
    demo.tokens.lock().insert(
        session.to_owned(),
        Held {
            access_token,
            ..Held::default()
        },
    );
    Ok(())
}

/// Header and claims of a token, for people to read. Never a judgement: that is the edges' work.
pub(crate) fn unverified_parts(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.');
    let mut part = || -> Option<Value> {
        let bytes = jose::base64url::decode(parts.next()?.as_bytes()).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    Some((part()?, part()?))
}

fn redirect_uri(demo: &Demo) -> String {
    format!("{}/app/token/callback", demo.origin)
}
