//! Files that carry the decision out. Only keys that this version has are written; what is planned stands in a comment,
//! and a route that would need it refuses rather than accept something weaker.

mod claim;
mod drill;
mod gateway;
mod outside;
mod promise;
mod remote;
mod routes;

pub use drill::{Act, Drill, Expect, Plan, Step, Without, drills};
pub use promise::{Limits, Promise, RoutePromise, promise};

use std::fmt::Write as _;

use domain::Span;

use crate::case::Case;
use crate::decide::{decide, mechanism};
use crate::figures::Constants;
use crate::mechanism::Mechanism;
use crate::plan;
use crate::topology::{Client, Gateway, Kind, Topology};

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub text: String,
}

/// The one life of access tokens: the shortest that any client's mechanism wants.
#[must_use]
pub(crate) fn access_life(topology: &Topology, constants: &Constants) -> Option<Span> {
    let lives = topology.clients.iter().filter_map(|client| {
        let case = Case {
            topology,
            client,
            constants,
        };
        plan::access_life(&case, mechanism(topology, client, constants)?)
    });
    lives.min()
}

/// Every file: `symbolon.toml`, `edge.toml` where edges have processes of their own, `clients.sh` where clients must be
/// registered, the gateway's where it is one of docs/gateways, and the drills that show on the running deployment what is promised.
#[must_use]
pub fn files(topology: &Topology, constants: &Constants) -> Vec<File> {
    let mut files = vec![File {
        name: "symbolon.toml",
        text: configuration(topology, constants),
    }];
    let commands = clients(topology, constants);
    if !commands.is_empty() {
        files.push(File {
            name: "clients.sh",
            text: format!("#!/bin/sh\n# Registers the clients, each with its secret printed once. Put your redirect URIs in place.\nset -eu\n{commands}"),
        });
    }
    files.extend(remote::file(topology, constants));
    files.extend(gateway::files(topology, &promise(topology, constants)));
    let plan = drills(topology, constants);
    files.push(File {
        name: "drill.toml",
        text: plan.toml(),
    });
    files.push(File {
        name: "DRILL.md",
        text: plan.page(),
    });
    files
}

fn configuration(topology: &Topology, constants: &Constants) -> String {
    let promise = promise(topology, constants);
    let mut text = format!(
        "# Written by `symbolon advise --emit` for {}.\n# Check it: symbolon config check --config symbolon.toml --against TOPOLOGY.toml\n",
        comment(&topology.deployment.name)
    );
    planned(&mut text, topology, constants);
    let _ = write!(
        text,
        "\n[server]\nissuer = {}\nlease = \"{}\"\n",
        quoted(&topology.deployment.issuer),
        promise.limits.lease
    );
    if topology.deployment.gateway != Gateway::None {
        text.push_str("# The gateway's address: its word about visitors' addresses is believed.\n#proxies = [\"10.0.0.5\"]\n");
    }
    if remote::has_edges(topology, constants) {
        text.push_str(remote::LISTEN);
    }
    session(&mut text, &promise.limits);
    if let Some(life) = promise.limits.access_life {
        let _ = write!(
            text,
            "\n[token]\nalgorithms = [\"ES256\"]\naccess_life = \"{life}\"\n"
        );
    }
    outside::sections(&mut text, topology, constants);
    text.push_str("\n[edge]\n");
    edge(&mut text, topology, &promise);
    text
}

/// What every edge of the deployment reads: the rest of `[edge]`, and the routes.
fn edge(text: &mut String, topology: &Topology, promise: &Promise) {
    let _ = writeln!(text, "max_sessions_in_memory = {}", plan::edge_memory(topology));
    if topology.deployment.gateway != Gateway::None {
        text.push_str("# The gateway's address, where it is not on this machine.\n#peers = [\"10.0.0.5\"]\n");
    }
    for route in &promise.routes {
        self::route(text, route, topology.deployment.gateway);
    }
}

fn planned(text: &mut String, topology: &Topology, constants: &Constants) {
    let mut told: Vec<String> = Vec::new();
    for answer in decide(topology, constants).clients {
        if answer.mechanism.is_none() {
            told.push(format!(
                "# Nothing is written for {}: its requirements exclude each other.",
                comment(&answer.client)
            ));
        }
        for planned in &answer.planned {
            let line = format!("# Planned, not in this version: {}.", planned.feature.title());
            if !told.contains(&line) {
                told.push(line);
            }
        }
    }
    for line in told {
        let _ = writeln!(text, "{line}");
    }
}

fn session(text: &mut String, limits: &Limits) {
    text.push_str("\n[session]\n");
    for (level, idle, absolute) in &limits.session {
        let _ = writeln!(
            text,
            "idle_{level} = \"{idle}\"\nabsolute_{level} = \"{absolute}\""
        );
    }
    let origins: Vec<String> = limits.applications.iter().map(|origin| quoted(origin)).collect();
    if !origins.is_empty() {
        let _ = writeln!(text, "applications = [{}]", origins.join(", "));
    }
}

fn route(text: &mut String, route: &RoutePromise, gateway: Gateway) {
    let list = |words: &[&str]| {
        words
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(", ")
    };
    text.push_str("\n[[route]]\n");
    for note in &route.notes {
        let _ = writeln!(text, "# {}", comment(note));
    }
    let _ = write!(text, "name = {}\nmatch = {{ ", quoted(&route.name));
    if let Some(host) = &route.host {
        let _ = write!(text, "host = {}, ", quoted(host));
    }
    let _ = write!(text, "path = {}", quoted(&route.path));
    if !route.methods.is_empty() {
        let _ = write!(text, ", methods = [{}]", list(&route.methods));
    }
    let _ = writeln!(text, " }}\naccept = [{}]", list(&route.accept));
    if let Some(audience) = &route.audience {
        let _ = writeln!(text, "audience = {}", quoted(audience));
    }
    if let Some(assurance) = route.assurance {
        let _ = writeln!(text, "assurance = \"{assurance}\"");
    }
    if let Some(age) = route.max_age {
        let _ = writeln!(text, "max_age = \"{age}\"");
    }
    let _ = writeln!(text, "max_staleness = \"{}\"", route.max_staleness);
    if let Some(beyond) = route.beyond_lease {
        let _ = writeln!(text, "beyond_lease = \"{beyond}\"");
        if route.read_only {
            text.push_str("read_only = true\n");
        }
    } else if route.asks {
        text.push_str("on_stale = \"ask\"\n");
    }
    if gateway == Gateway::None {
        text.push_str("# Where the built-in proxy sends it.\n#upstream = \"http://127.0.0.1:3000\"\n");
    }
}

fn clients(topology: &Topology, constants: &Constants) -> String {
    let mut text = String::new();
    for client in &topology.clients {
        let Some(chosen) = mechanism(topology, client, constants) else {
            continue;
        };
        let by_cookie =
            chosen == Mechanism::EdgeSession || (chosen == Mechanism::ServerSession && client.has_cookies());
        if !by_cookie {
            let case = Case {
                topology,
                client,
                constants,
            };
            command(&mut text, topology, client, plan::tells_logouts(&case, chosen));
        }
    }
    text
}

fn command(text: &mut String, topology: &Topology, client: &Client, is_told: bool) {
    let begin = text.len();
    let _ = write!(text, "symbolon client add {}", shell(&client.name));
    if client.secret && !client.acts_for_user {
        text.push_str(" --grant client_credentials");
    } else if !client.acts_for_user {
        // Neither a secret nor a person: such a device has no way to sign in yet.
        text.truncate(begin);
        let _ = writeln!(
            text,
            "# {}: signs in by certificate or on another device; both are planned, not in this version.",
            client.name
        );
        return;
    } else {
        if !client.secret {
            text.push_str(" --public");
        }
        let host = client.hosts.first().map_or("app.example.org", String::as_str);
        let redirect = match client.kind {
            Kind::Mobile => "com.example.app:/callback".to_owned(),
            Kind::Desktop | Kind::Iot => "http://127.0.0.1/callback".to_owned(),
            _ => format!("https://{host}/callback"),
        };
        let _ = write!(text, " --redirect-uri {}", shell(&redirect));
        if is_told {
            let told = format!("https://{host}/backchannel-logout");
            let _ = write!(text, " --scope openid --backchannel-logout-uri {}", shell(&told));
        }
    }
    let audience = client.audience.as_deref().unwrap_or(&topology.deployment.issuer);
    let _ = writeln!(text, " --audience {}", shell(audience));
}

/// A TOML text. What topologies may name was judged; control characters are escaped all the same.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// One line, whatever it holds.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A word of a shell command.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests;
