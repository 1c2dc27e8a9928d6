//! From the start of the program to its first good answer, on a data directory with a million sessions.

use std::time::Duration;

use super::million;
use super::serving::{Client, Plan, Server, described};
use crate::harness::Plan as Measured;
use crate::harness::{Bound, Contender, Fault, Figure, Ground, Sample, Subject, Unit};
use crate::world;

pub(super) const START: Subject = Subject {
    name: "start",
    what: "symbolon serve on a million sessions and 100000 watermarks: until /readyz and /check say yes",
    baseline: "none: an absolute bound",
    prepare,
};

/// A start each turn; what it measures is when the first good answer came.
struct Starting {
    plan: Plan,
    token: String,
    secret: String,
    asked: Asked,
}

#[derive(Debug, Clone, Copy)]
enum Asked {
    Ready,
    Check,
}

fn prepare(ground: &Ground) -> Result<Measured, Fault> {
    let (sessions, marks) = (ground.scaled(1_000_000, 200), ground.scaled(100_000, 50));
    let route = format!("[[route]]\nmatch = {{ host = \"{}\" }}\n", super::serving::HOST);
    let plan = Plan::new(ground, &ground.scratch.join("start"), &route)?;
    let server = plan.start()?;
    let issuer = plan.issuer();
    let words = [
        "client",
        "add",
        "bench",
        "--grant",
        "client_credentials",
        "--audience",
        &issuer,
    ];
    let made = server.run(&words, "")?;
    let secret = made
        .get("secret")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned();
    server.stop()?;
    million::fill(&plan.data(), sessions, marks)?;
    let server = plan.start()?;
    let token = token(&server, &secret)?;
    server.stop()?;
    let one = |asked| {
        Box::new(Starting {
            plan: plan.clone(),
            token: token.clone(),
            secret: secret.clone(),
            asked,
        })
    };
    Ok(Measured {
        contenders: vec![one(Asked::Ready), one(Asked::Check)],
        figures: vec![
            Figure::new("first /readyz that says yes", Unit::Seconds, |samples| {
                value(samples, 0)
            })
            .bound(Bound::at_most(2.0)),
            Figure::new("first /check that lets a token pass", Unit::Seconds, |samples| {
                value(samples, 1)
            })
            .bound(Bound::at_most(2.0)),
        ],
        remark: format!("{sessions} sessions, {marks} watermarks; page cache warm"),
    })
}

fn value(samples: &[Sample], at: usize) -> f64 {
    samples.get(at).map_or(f64::NAN, |sample| sample.value)
}

impl Contender for Starting {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::Ready => "until ready",
            Asked::Check => "until a check",
        }
    }

    fn turn(&mut self) -> Result<Sample, Fault> {
        let began = world::now();
        let mut server = self.plan.launch()?;
        let (asked, bearer) = (self.asked, format!("Bearer {}", self.token));
        server.wait_until(|plan| match asked {
            Asked::Ready => says_yes(plan.public, "/readyz", &[]),
            Asked::Check => says_yes(plan.edge, "/check", &described(("authorization", &bearer))),
        })?;
        let wall = began.elapsed();
        // A fresh one for the next turn: this one lives for minutes.
        self.token = token(&server, &self.secret)?;
        server.stop()?;
        Ok(Sample {
            operations: 1,
            wall,
            cpu: Duration::ZERO,
            value: wall.as_secs_f64(),
            ..Sample::default()
        })
    }
}

fn says_yes(port: u16, path: &str, headers: &[(&str, &str)]) -> bool {
    let answer = Client::connect(port).and_then(|mut client| client.ask("GET", path, headers, ""));
    answer.is_ok_and(|answer| answer.status == 200)
}

fn token(server: &Server, secret: &str) -> Result<String, Fault> {
    let body = format!("grant_type=client_credentials&client_id=bench&client_secret={secret}");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = Client::connect(server.plan.public)?.ask("POST", "/oauth2/token", &form, &body)?;
    let token = answer.text("access_token");
    token.ok_or_else(|| Fault::new(format!("no token: {} {}", answer.status, answer.body)))
}
