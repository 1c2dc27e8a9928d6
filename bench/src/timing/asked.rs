//! The questions: every reason for which a login or a client is refused.

use serde_json::json;

use super::stage::Stage;
use crate::harness::Fault;
use crate::world;

/// Attempts that an account has before it waits.
const FREE: usize = 5;
/// Attempts after which an account is locked, as the stage configures it.
const LOCKED_AFTER: usize = 10;
/// Accounts that are locked. The limit of attempts within a window holds for them too.
const LOCKED: usize = 16;
const PASSWORD: &str = "violet anchors beneath nine harbours 7";
const WRONG: &str = "wrong horse battery staple 77";

/// Requests that are refused for one reason.
pub(crate) struct Question {
    pub(crate) name: &'static str,
    pub(crate) status: u16,
    port: u16,
    names: Vec<String>,
    kind: Kind,
}

enum Kind {
    Login,
    /// With this secret.
    Client(String),
}

impl Question {
    /// The n-th request; names take turns.
    pub(crate) fn request(&self, n: usize) -> Vec<u8> {
        let name = n
            .checked_rem(self.names.len())
            .and_then(|at| self.names.get(at))
            .map_or("", String::as_str);
        let (path, media, body) = match &self.kind {
            Kind::Login => (
                "/api/login",
                "application/json",
                json!({ "username": name, "password": WRONG }).to_string(),
            ),
            Kind::Client(secret) => (
                "/oauth2/token",
                "application/x-www-form-urlencoded",
                format!("grant_type=client_credentials&client_id={name}&client_secret={secret}"),
            ),
        };
        format!(
            "POST {path} HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .into_bytes()
    }
}

/// Logins: the unknown user first. Names have one length, and no account is asked more often than it is heard.
pub(crate) fn logins(stage: &Stage, samples: usize) -> Result<Vec<Question>, Fault> {
    let many = samples.div_ceil(FREE - 1);
    let question = |name, names| Question {
        name,
        status: 401,
        port: stage.public,
        names,
        kind: Kind::Login,
    };
    let named = |start: &str, count: usize| (0..count).map(|n| format!("{start}{n:06}")).collect::<Vec<_>>();
    let made = [
        ("known", true, false),
        ("nopwd", false, false),
        ("disab", true, true),
        ("never", false, true),
    ];
    for (start, with_password, disabled) in made {
        for name in named(start, many) {
            make(stage, &name, with_password, disabled)?;
        }
    }
    let locked = named("lockd", LOCKED);
    let nobody = named("lockx", LOCKED);
    for name in &locked {
        make(stage, name, true, false)?;
    }
    world::note("locking accounts: the waits between attempts are real");
    let both: Vec<String> = locked.iter().chain(&nobody).cloned().collect();
    lock(stage, &both)?;
    Ok(vec![
        question("unknown user", named("ghost", many)),
        question("wrong password", named("known", many)),
        question("user without a password", named("nopwd", many)),
        question("disabled user", named("disab", many)),
        question("disabled, without a password", named("never", many)),
        question("locked user", locked),
        question("locked name that nobody has", nobody),
    ])
}

fn make(stage: &Stage, name: &str, with_password: bool, disabled: bool) -> Result<(), Fault> {
    let body = if with_password {
        json!({ "name": name, "password": PASSWORD })
    } else {
        json!({ "name": name })
    };
    stage.manage("/admin/v1/users", &body)?;
    if disabled {
        stage.manage(&format!("/admin/v1/users/{name}/disable"), &json!({}))?;
    }
    Ok(())
}

/// Fails on each name until it was heard as often as it may be.
fn lock(stage: &Stage, names: &[String]) -> Result<(), Fault> {
    let mut left: Vec<(usize, String)> = names.iter().map(|name| (0, name.clone())).collect();
    let mut connection = stage.connect()?;
    for _ in 0..600 {
        for (failures, name) in &mut left {
            let one = Question {
                name: "",
                status: 401,
                port: stage.public,
                names: vec![name.clone()],
                kind: Kind::Login,
            };
            *failures += usize::from(connection.ask(&one.request(0))? == 401);
        }
        left.retain(|(failures, _)| *failures <= LOCKED_AFTER);
        if left.is_empty() {
            return Ok(());
        }
        world::pause(std::time::Duration::from_secs(1));
    }
    Err(Fault::new(format!(
        "{} accounts were not locked in time",
        left.len()
    )))
}

/// Clients: the unknown one first.
pub(crate) fn clients(stage: &Stage, samples: usize) -> Result<Vec<Question>, Fault> {
    // No pair of client and network fails more often than its limit.
    let many = samples.div_ceil(45);
    let named = |start: &str| (0..many).map(|n| format!("{start}{n:04}")).collect::<Vec<_>>();
    for name in named("confi") {
        let body = json!({ "id": name, "grants": ["client_credentials"], "scopes": ["read"] });
        stage.manage("/admin/v1/clients", &body)?;
    }
    for name in named("publi") {
        let body = json!({ "id": name, "public": true, "grants": ["authorization_code"], "redirect_uris": ["http://127.0.0.1/cb"] });
        stage.manage("/admin/v1/clients", &body)?;
    }
    // Well-formed, and somebody else's.
    let other = stage.manage(
        "/admin/v1/clients",
        &json!({ "id": "other", "grants": ["client_credentials"] }),
    )?;
    let wrong = other
        .get("secret")
        .and_then(|secret| secret.as_str())
        .unwrap_or_default()
        .to_owned();
    let misspelt = format!(
        "{}A",
        wrong.get(..wrong.len().saturating_sub(1)).unwrap_or_default()
    );
    let question = |name, start: &str, secret: &str| Question {
        name,
        status: 401,
        port: stage.public,
        names: named(start),
        kind: Kind::Client(secret.to_owned()),
    };
    Ok(vec![
        question("unknown client", "ghost", &wrong),
        question("wrong secret", "confi", &wrong),
        question("client without a secret", "publi", &wrong),
        question("malformed secret, known client", "confi", &misspelt),
    ])
}
