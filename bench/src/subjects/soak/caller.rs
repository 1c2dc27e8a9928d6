//! One of those who ask: signs in, checks, refreshes, signs out, revokes, and knows what each answer has to be.

use std::collections::VecDeque;
use std::fmt::Write as _;

use domain::Digest;
use serde_json::Value;

use super::PASSWORD;
use super::tally::Tally;
use crate::harness::Fault;
use crate::subjects::serving::{Answer, Client, Plan, Server, described};
use crate::world;

/// Accounts of each caller.
pub(super) const USERS: usize = 8;
/// Sessions that a caller holds.
const SESSIONS: usize = 16;
/// Steps after which its duties begin anew.
const ROUND: u64 = 1000;
/// How often a session that has just ended may still be let through, a millisecond apart: an edge hears of a logout
/// right after it was answered. Of a revocation that was enforced it has heard before.
const PATIENCE: u32 = 1000;
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Duty {
    /// A credential that the edge has seen.
    Check,
    /// One that it has not.
    Cold,
    Login,
    Refresh,
    Logout,
    Revocation,
}

/// A session as its owner has it.
#[derive(Debug)]
struct Live {
    cookie: String,
    csrf: String,
    id: String,
}

/// One caller with its connections.
pub(super) struct Caller {
    pub(super) tally: Tally,
    plan: Plan,
    number: usize,
    edge: Client,
    public: Client,
    admin: Client,
    admin_token: String,
    client_secret: String,
    steps: u64,
    logins: usize,
    sessions: VecDeque<Live>,
    refresh: String,
    bearer: String,
}

pub(super) fn user_name(caller: usize, user: usize) -> String {
    format!("user-{caller}-{user}")
}

impl Duty {
    pub(super) const ALL: [Self; 6] = [
        Self::Check,
        Self::Cold,
        Self::Login,
        Self::Refresh,
        Self::Logout,
        Self::Revocation,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Cold => "cold check",
            Self::Login => "login",
            Self::Refresh => "refresh",
            Self::Logout => "logout",
            Self::Revocation => "revocation",
        }
    }
}

impl Caller {
    /// Signs in and gets tokens.
    pub(super) fn begin(server: &Server, number: usize, client_secret: &str) -> Result<Self, Fault> {
        let plan = server.plan.clone();
        let mut caller = Self {
            tally: Tally::default(),
            number,
            edge: Client::connect(plan.edge)?,
            public: Client::connect(plan.public)?,
            admin: Client::connect(plan.admin)?,
            admin_token: server.admin_token()?,
            client_secret: client_secret.to_owned(),
            steps: number as u64 * 37,
            logins: 0,
            sessions: VecDeque::new(),
            refresh: String::new(),
            bearer: String::new(),
            plan,
        };
        for _ in 0..SESSIONS {
            caller.login();
        }
        caller.tokens()?;
        let wrong = caller.tally.unexpected().next().map(|(kind, _)| kind.to_owned());
        wrong.map_or(Ok(caller), |kind| Err(Fault::new(format!("seeding: {kind}"))))
    }

    /// Does what is next; says how many operations that were.
    pub(super) fn step(&mut self) -> u64 {
        self.steps += 1;
        match self.steps % ROUND {
            0 | 500 => self.login(),
            250 => self.log_out(),
            750 => self.revoke(),
            at if at % 125 == 60 => self.renew(),
            _ => self.check(),
        }
    }

    fn login(&mut self) -> u64 {
        let user = user_name(self.number, self.logins % USERS);
        self.logins += 1;
        let body = format!("{{\"username\":\"{user}\",\"password\":\"{PASSWORD}\"}}");
        let Some(answer) = self.asked(Duty::Login, &[JSON], &body) else {
            return 1;
        };
        let cookie = answer
            .header("set-cookie")
            .and_then(|value| value.split(';').next());
        let (csrf, id) = (answer.text("csrf_token"), answer.text("session"));
        let (Some(cookie), Some(csrf), Some(id)) = (cookie, csrf, id) else {
            self.tally
                .wrong(format!("login {}: {}", answer.status, answer.body));
            return 1;
        };
        let live = Live {
            cookie: cookie.to_owned(),
            csrf,
            id,
        };
        let passed = self.passes(Duty::Cold, ("cookie", &live.cookie));
        if passed != Some(200) {
            self.tally.wrong(format!("cold check {passed:?}"));
        }
        self.sessions.push_back(live);
        2
    }

    /// A session, or every eighth time a token.
    fn check(&mut self) -> u64 {
        let bearer = format!("Bearer {}", self.bearer);
        let cookie = self
            .sessions
            .front()
            .map(|live| live.cookie.clone())
            .unwrap_or_default();
        self.sessions.rotate_left(1.min(self.sessions.len()));
        let credential = if self.steps.is_multiple_of(8) {
            ("authorization", bearer.as_str())
        } else {
            ("cookie", cookie.as_str())
        };
        let status = self.passes(Duty::Check, credential);
        if status != Some(200) {
            self.tally
                .wrong(format!("check with {} {status:?}", credential.0));
        }
        1
    }

    fn log_out(&mut self) -> u64 {
        let Some(live) = self.sessions.pop_front() else {
            return 0;
        };
        let origin = self.plan.issuer();
        let headers = [
            ("cookie", live.cookie.as_str()),
            ("origin", &origin),
            ("x-csrf-token", &live.csrf),
        ];
        if let Some(answer) = self.asked(Duty::Logout, &headers, "") {
            self.expect("logout", &answer, 204);
        }
        self.refused("logout", &live, PATIENCE)
    }

    /// Answered once it is enforced: from then on no edge lets it through.
    fn revoke(&mut self) -> u64 {
        let Some(live) = self.sessions.pop_front() else {
            return 0;
        };
        let bearer = format!("Bearer {}", self.admin_token);
        let body = format!(
            "{{\"class\":\"session\",\"key\":\"{}\",\"wait\":\"enforced\"}}",
            live.id
        );
        let headers = [JSON, ("authorization", bearer.as_str())];
        if let Some(answer) = self.asked(Duty::Revocation, &headers, &body) {
            self.expect("revocation", &answer, 200);
        }
        self.refused("revocation", &live, 0)
    }

    /// Rotates the refresh token.
    fn renew(&mut self) -> u64 {
        let body = format!(
            "grant_type=refresh_token&client_id=app&client_secret={}&refresh_token={}",
            self.client_secret, self.refresh
        );
        if let Some(answer) = self.asked(Duty::Refresh, &[FORM], &body) {
            self.expect("refresh", &answer, 200);
            self.take_tokens(&answer);
        }
        1
    }

    /// Whether a session that has ended is refused.
    fn refused(&mut self, by: &str, live: &Live, patience: u32) -> u64 {
        for _ in 0..=patience {
            match self.passes(Duty::Check, ("cookie", &live.cookie)) {
                Some(401) => return 2,
                Some(200) => world::pause(std::time::Duration::from_millis(1)),
                other => {
                    self.tally.wrong(format!("check after {by} {other:?}"));
                    return 2;
                }
            }
        }
        self.tally.wrong(format!("let through after {by}"));
        2
    }

    /// The authorization code flow, for the first tokens; in a session of its own that is never ended.
    fn tokens(&mut self) -> Result<(), Fault> {
        let live = self.sessions.pop_back().ok_or_else(|| Fault::new("no session"))?;
        let verifier = "a-verifier-of-at-least-forty-three-characters-0";
        let challenge = jose::base64url::encode(Digest::of(verifier.as_bytes()).as_bytes());
        let redirect = "https%3A%2F%2Fapp.example.org%2Fcallback";
        let target = format!(
            "/oauth2/authorize?response_type=code&client_id=app&redirect_uri={redirect}&scope=read&state=s\
             &code_challenge={challenge}&code_challenge_method=S256"
        );
        let answer = self.public.ask("GET", &target, &[("cookie", &live.cookie)], "")?;
        let location = answer.header("location").unwrap_or_default();
        let code = location
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix("code="));
        let code =
            code.ok_or_else(|| Fault::new(format!("no code: {} {location} {}", answer.status, answer.body)))?;
        let mut body = String::from("grant_type=authorization_code&client_id=app");
        let secret = &self.client_secret;
        let _ = write!(
            body,
            "&client_secret={secret}&code={code}&redirect_uri={redirect}&code_verifier={verifier}"
        );
        let answer = self.public.ask("POST", "/oauth2/token", &[FORM], &body)?;
        self.take_tokens(&answer);
        if self.refresh.is_empty() {
            return Err(Fault::new(format!("no refresh token: {}", answer.body)));
        }
        Ok(())
    }

    fn take_tokens(&mut self, answer: &Answer) {
        if let (Some(refresh), Some(bearer)) = (answer.text("refresh_token"), answer.text("access_token")) {
            (self.refresh, self.bearer) = (refresh, bearer);
        }
    }

    /// The status of a check.
    fn passes(&mut self, duty: Duty, credential: (&str, &str)) -> Option<u16> {
        let headers = described(credential);
        let answer = self.asked(duty, &headers, "");
        answer.map(|answer| answer.status)
    }

    fn expect(&mut self, what: &str, answer: &Answer, status: u16) {
        if answer.status != status {
            let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let code = body
                .get("code")
                .or_else(|| body.get("error"))
                .map(Value::to_string);
            self.tally
                .wrong(format!("{what} {} {}", answer.status, code.unwrap_or_default()));
        }
    }

    /// Asks, and takes the time. Without an answer it is counted, and the connection made anew.
    fn asked(&mut self, duty: Duty, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
        let plan = &self.plan;
        let (client, port, method, target) = match duty {
            Duty::Check | Duty::Cold => (&mut self.edge, plan.edge, "GET", "/check"),
            Duty::Login => (&mut self.public, plan.public, "POST", "/api/login"),
            Duty::Logout => (&mut self.public, plan.public, "POST", "/api/logout"),
            Duty::Refresh => (&mut self.public, plan.public, "POST", "/oauth2/token"),
            Duty::Revocation => (&mut self.admin, plan.admin, "POST", "/admin/v1/revocations"),
        };
        // Asked too seldom to keep a connection: the server closes one on which nothing comes.
        if !matches!(duty, Duty::Check | Duty::Cold)
            && let Ok(anew) = Client::connect(port)
        {
            *client = anew;
        }
        let began = world::now();
        match client.ask(method, target, headers, body) {
            Ok(answer) => {
                self.tally.took(duty, began.elapsed());
                Some(answer)
            }
            Err(fault) => {
                self.tally.wrong(format!("{}: {fault}", duty.name()));
                if let Ok(anew) = Client::connect(port) {
                    *client = anew;
                }
                None
            }
        }
    }
}
