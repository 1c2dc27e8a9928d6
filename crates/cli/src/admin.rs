//! The admin API of a running server, as the management commands use it.

use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use crate::admin_file::AdminFile;
use crate::client::{ANSWER_TIMEOUT, Answer, Ask, HttpClient};
use crate::failure::Failure;
use crate::out::Out;
use crate::{env, out};

const TOKEN_VARIABLE: &str = "SYMBOLON_TOKEN";

/// How a management command finds its server.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ServerArgs {
    /// Data directory of a server on this machine.
    #[arg(long, value_name = "DIR", default_value = "symbolon-data", global = true)]
    pub(crate) data: PathBuf,
    /// Base URL of the admin API, in place of the data directory; the token is read from SYMBOLON_TOKEN.
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) url: Option<Url>,
    /// PEM file of the certificate authorities to trust, in place of the system's.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) ca: Option<PathBuf>,
}

/// A server whose admin API can be asked.
pub(crate) struct Admin {
    client: HttpClient,
    base: Url,
    token: Zeroizing<String>,
    out: Out,
}

impl ServerArgs {
    /// The server that was named, or the one whose data directory this is.
    pub(crate) fn admin(&self, out: &Out) -> Result<Admin, Failure> {
        if let Some(admin) = self.admin_if_any(out)? {
            return Ok(admin);
        }
        Err(
            Failure::mistake(format!("no server is running on {}", self.data.display())).hint(
                "start one with `symbolon serve`, name its data directory with --data DIR, or use --url and SYMBOLON_TOKEN",
            ),
        )
    }

    /// The server, or nothing when no URL was given and none runs on the data directory. A server that was killed leaves
    /// its file behind; whoever opens the store then finds out by the store's own lock.
    pub(crate) async fn running(&self, out: &Out) -> Result<Option<Admin>, Failure> {
        let admin = self.admin_if_any(out)?;
        match admin {
            Some(admin) if self.url.is_none() && !admin.client.is_answered().await => {
                out.note("admin.json is left over from a server that does not run any more");
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// The server that is named by URL or data directory, whether it runs or not.
    pub(crate) fn admin_if_any(&self, out: &Out) -> Result<Option<Admin>, Failure> {
        if let Some(url) = &self.url {
            let token = env::secret(TOKEN_VARIABLE).ok_or_else(|| {
                Failure::mistake("--url needs an admin token")
                    .hint(format!("set {TOKEN_VARIABLE}; tokens never travel as arguments"))
            })?;
            return Admin::new(url.clone(), token, self, out).map(Some);
        }
        let Some(file) = AdminFile::read(&self.data)? else {
            return Ok(None);
        };
        let url = Url::parse(&file.url)
            .map_err(|error| Failure::mistake("the URL in admin.json is not one").because(&error))?;
        Admin::new(url, file.token, self, out).map(Some)
    }
}

impl Admin {
    fn new(base: Url, token: Zeroizing<String>, args: &ServerArgs, out: &Out) -> Result<Self, Failure> {
        let client = HttpClient::new(&base, args.ca.as_deref())?;
        Ok(Self {
            client,
            base,
            token,
            out: *out,
        })
    }

    /// `GET /admin/v1/{segments}?{query}`; empty values are left out.
    pub(crate) async fn read(&self, segments: &[&str], query: &[(&str, String)]) -> Result<Value, Failure> {
        let target = self.target(segments, query)?;
        let ask = Ask {
            bearer: Some(&self.token),
            ..Ask::read(&target)
        };
        let answer = self
            .out
            .while_waiting("Waiting for the server", self.client.send(&ask));
        judged(&answer.await?)
    }

    /// The same, as the text that the server wrote: for what is hashed byte for byte.
    pub(crate) async fn read_text(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
    ) -> Result<String, Failure> {
        let target = self.target(segments, query)?;
        let ask = Ask {
            bearer: Some(&self.token),
            ..Ask::read(&target)
        };
        let answer = self
            .out
            .while_waiting("Waiting for the server", self.client.send(&ask));
        let answer = answer.await?;
        judged(&answer)?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// A change.
    pub(crate) async fn send(
        &self,
        method: Method,
        segments: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        self.send_within(ANSWER_TIMEOUT, method, segments, body).await
    }

    /// A removal; empty values of the query are left out.
    pub(crate) async fn remove(&self, segments: &[&str], query: &[(&str, String)]) -> Result<Value, Failure> {
        let target = self.target(segments, query)?;
        let ask = Ask {
            method: Method::DELETE,
            bearer: Some(&self.token),
            ..Ask::read(&target)
        };
        let answer = self
            .out
            .while_waiting("Waiting for the server", self.client.send(&ask));
        judged(&answer.await?)
    }

    /// A change that may take its time.
    pub(crate) async fn send_within(
        &self,
        timeout: Duration,
        method: Method,
        segments: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let target = self.target(segments, &[])?;
        self.change(timeout, (method, &target), body).await
    }

    /// A change that is told by its query, and may take its time.
    pub(crate) async fn send_query(
        &self,
        timeout: Duration,
        (method, segments): (Method, &[&str]),
        query: &[(&str, String)],
    ) -> Result<Value, Failure> {
        let target = self.target(segments, query)?;
        self.change(timeout, (method, &target), None).await
    }

    async fn change(
        &self,
        timeout: Duration,
        (method, target): (Method, &str),
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let body = body.map(without_nulls);
        let ask = Ask {
            method,
            target,
            bearer: Some(&self.token),
            body: body.as_ref(),
            timeout,
        };
        let answer = self
            .out
            .while_waiting("Waiting for the server", self.client.send(&ask));
        judged(&answer.await?)
    }

    /// Names of people and clients become path segments: each is escaped, so that none can climb out.
    fn target(&self, segments: &[&str], query: &[(&str, String)]) -> Result<String, Failure> {
        let mut url = self.base.clone();
        url.set_path("");
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(Failure::mistake("a name is empty or made of dots"));
        }
        url.path_segments_mut()
            .map_err(|()| Failure::mistake("the URL of the admin API cannot have a path"))?
            .extend(["admin", "v1"].iter().chain(segments));
        url.set_query(None);
        let given = query.iter().filter(|(_, value)| !value.is_empty());
        for (name, value) in given {
            url.query_pairs_mut().append_pair(name, value);
        }
        let query = url.query().map(|text| format!("?{text}")).unwrap_or_default();
        Ok(format!("{}{query}", url.path()))
    }
}

/// What was not given is left out.
fn without_nulls(body: &Value) -> Value {
    match body {
        Value::Object(members) => {
            let given = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(given.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

/// Success with its JSON, or the problem that the server told (RFC 9457).
fn judged(answer: &Answer) -> Result<Value, Failure> {
    let parsed = serde_json::from_slice::<Value>(&answer.body);
    if answer.status.is_success() {
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        return parsed.map_err(|error| {
            Failure::fault("the server's answer is not JSON")
                .because(&error)
                .hint("is this the URL of the admin API?")
        });
    }
    Err(problem(answer, &parsed.unwrap_or_default()))
}

fn problem(answer: &Answer, problem: &Value) -> Failure {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).map(out::printable);
    let message = text("detail").or_else(|| text("title"));
    let message = message.unwrap_or_else(|| format!("the server answered {}", answer.status));
    let mut failure = if answer.status.is_server_error() {
        Failure::fault(message)
    } else {
        Failure::mistake(message)
    };
    for error in problem
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let part = |name: &str| {
            error
                .get(name)
                .and_then(Value::as_str)
                .map(out::printable)
                .unwrap_or_default()
        };
        failure
            .causes
            .push(format!("{} {} ({})", part("path"), part("message"), part("hint")));
    }
    if let Some(code) = text("code") {
        failure = failure.code(code);
    }
    let hint = text("hint").or_else(|| match answer.status.as_u16() {
        401 => Some(format!(
            "the token is not (or no longer) good: the server makes a new one at each start; check {TOKEN_VARIABLE} or --data"
        )),
        503 => Some("the server cannot do its work now: `symbolon doctor` says why".to_owned()),
        _ => None,
    });
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    fn admin() -> Admin {
        let args = ServerArgs {
            data: PathBuf::new(),
            url: None,
            ca: None,
        };
        let base = Url::parse("http://localhost:8701/ignored?x").unwrap();
        Admin::new(
            base,
            Zeroizing::new("t".to_owned()),
            &args,
            &Out::new(false, false),
        )
        .unwrap()
    }

    #[test]
    fn a_name_cannot_climb_out_of_its_segment() {
        let target = |name: &str| admin().target(&["users", name, "disable"], &[]);
        assert_eq!(
            target("a/../b?x#y%2f").unwrap(),
            "/admin/v1/users/a%2F..%2Fb%3Fx%23y%252f/disable"
        );
        for bad in ["", ".", ".."] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn absent_filters_are_left_out() {
        let query = [("subject", "user:a b".to_owned()), ("after", String::new())];
        assert_eq!(
            admin().target(&["sessions"], &query).unwrap(),
            "/admin/v1/sessions?subject=user%3Aa+b"
        );
    }

    #[test]
    fn problems_keep_code_and_hint() {
        let answer = |status: u16, body: &'static str| Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.into(),
        };
        let failure = judged(&answer(
            409,
            r#"{"detail":"taken","code":"name_taken","hint":"choose"}"#,
        ))
        .unwrap_err();
        assert_eq!(
            (failure.message.as_str(), failure.code.as_deref()),
            ("taken", Some("name_taken"))
        );
        assert_eq!(
            (failure.hint.as_deref(), failure.exit_code()),
            (Some("choose"), 1)
        );
        assert_eq!(judged(&answer(503, "busy")).unwrap_err().exit_code(), 2);
        assert!(judged(&answer(200, "<html>")).is_err());
        assert_eq!(judged(&answer(204, "")).unwrap(), Value::Null);
    }
}
