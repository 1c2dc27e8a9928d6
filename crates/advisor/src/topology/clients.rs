//! `[[client]]`: each on its own, how its fields fit each other, and how clients fit each other.

use domain::Host;
use domain::setting::Problems;

use super::choice::{list, word, words};
use super::{Client, Kind, Operation, RawClient};

pub(super) fn clients(p: &mut Problems, raw: Vec<RawClient>) -> Vec<Client> {
    if raw.is_empty() {
        p.add(
            "client",
            "no client is described",
            "write [[client]] and below it name = \"web\" and kind = \"browser_same_site\"",
        );
    }
    let even = 100 / (raw.len().max(1) as u64);
    let mut clients: Vec<Client> = Vec::new();
    for (index, raw) in raw.into_iter().enumerate() {
        let client = client(p, index, raw, even);
        if clients.iter().any(|other| other.name == client.name) {
            p.add(
                &format!("client.{index}.name"),
                format!("\"{}\" is described twice", client.name),
                "give each client a name of its own",
            );
        }
        clients.push(client);
    }
    places(p, &clients);
    let shares: u64 = clients.iter().map(|client| client.share).sum();
    if shares > 100 {
        p.add(
            "client",
            format!("the shares add up to {shares} percent"),
            "lower a share: together they are at most 100",
        );
    }
    clients
}

/// One path takes tokens for one audience.
fn places(p: &mut Problems, clients: &[Client]) {
    for (index, client) in clients.iter().enumerate() {
        let shares = |other: &&Client| {
            let a_host = other.hosts.iter().any(|host| client.hosts.contains(host));
            (a_host || (other.hosts.is_empty() && client.hosts.is_empty())) && other.path == client.path
        };
        let differs = |other: &&Client| {
            let tokens = other.has_tokens() && client.has_tokens();
            let connected = !other.offline_validation && !client.offline_validation;
            tokens && connected && other.audience != client.audience
        };
        if let Some(other) = clients.iter().take(index).filter(shares).find(differs) {
            p.add(
                &format!("client.{index}.audience"),
                format!(
                    "\"{}\" and \"{}\" call one path, for different audiences",
                    other.name, client.name
                ),
                "write the same audience, or give them hosts or paths of their own",
            );
        }
    }
}

fn client(p: &mut Problems, index: usize, raw: RawClient, even: u64) -> Client {
    let at = |key: &str| format!("client.{index}.{key}");
    let kind = match raw.kind.as_deref() {
        Some(text) => word(p, &at("kind"), Some(text), (Kind::Server, Kind::parse)),
        None => {
            let kinds = list(Kind::ALL, Kind::as_str);
            p.add(
                &at("kind"),
                "is missing",
                format!("write kind = \"..\", one of {kinds}"),
            );
            Kind::Server
        }
    };
    let written = raw
        .operations
        .unwrap_or_else(|| vec!["reads".into(), "writes".into()]);
    if written.is_empty() {
        p.add(&at("operations"), "is empty", "list at least one: [\"reads\"]");
    }
    let operations = words(
        p,
        &at("operations"),
        &written,
        Operation::parse,
        &list(Operation::ALL, Operation::as_str),
    );
    let path = raw.path.unwrap_or_else(|| "/*".to_owned());
    if !is_pattern(&path) {
        p.add(
            &at("path"),
            format!("\"{path}\" is not a path"),
            "write \"/x\", or \"/x/*\" for all below",
        );
    }
    let client = Client {
        name: raw.name.unwrap_or_else(|| format!("client-{}", index + 1)),
        kind,
        operations,
        share: p.number(&at("share"), raw.share, even.max(1), (0, 100)),
        secret: raw.secret.unwrap_or(matches!(kind, Kind::Server | Kind::Partner)),
        keystore: raw
            .keystore
            .unwrap_or(matches!(kind, Kind::Mobile | Kind::Desktop)),
        dpop: raw.dpop.unwrap_or(false),
        mtls: raw.mtls.unwrap_or(false),
        acts_for_user: raw
            .acts_for_user
            .unwrap_or(!matches!(kind, Kind::Server | Kind::Partner | Kind::Iot)),
        same_host_api: raw.same_host_api.unwrap_or(kind == Kind::Spa),
        offline_validation: raw.offline_validation.unwrap_or(false),
        hosts: raw.hosts.unwrap_or_default(),
        path,
        audience: raw.audience,
    };
    fits(p, index, &client);
    client
}

/// How the fields of a client fit each other.
fn fits(p: &mut Problems, index: usize, client: &Client) {
    let at = |key: &str| format!("client.{index}.{key}");
    if client.name.parse::<domain::ClientId>().is_err() {
        p.add(
            &at("name"),
            format!("\"{}\" is not a client's name", client.name),
            "write letters, digits, '.', '_' or '-'",
        );
    }
    for host in &client.hosts {
        if host.parse::<Host>().is_err() {
            p.add(
                &at("hosts"),
                format!("\"{host}\" is not a host"),
                "write a host: \"app.example.org\"",
            );
        }
    }
    if client.secret && matches!(client.kind, Kind::Spa | Kind::Mobile | Kind::Desktop) {
        p.add(
            &at("secret"),
            format!("a {} cannot keep a secret", client.kind.title()),
            "leave it out: what ships to everybody is known to everybody (RFC 8252 section 8.5)",
        );
    }
    if client.dpop && !client.has_tokens() {
        p.add(
            &at("dpop"),
            "a navigation carries no proof",
            "leave it out: DPoP is for clients that hold a token",
        );
    }
    if client
        .audience
        .as_deref()
        .is_some_and(|text| text.is_empty() || text.chars().any(char::is_control))
    {
        p.add(
            &at("audience"),
            "is not an audience",
            "write whom the tokens are for: \"https://api.example.org\"",
        );
    }
    if client.same_host_api && client.kind != Kind::Spa {
        p.add(
            &at("same_host_api"),
            "is asked of single-page applications only",
            "leave it out, or write kind = \"spa\"",
        );
    }
}

/// One path, or one and all below it; plain characters only, so that every reading of it is the same.
fn is_pattern(path: &str) -> bool {
    let plain = path.strip_suffix("/*").unwrap_or(path);
    let segments = plain.strip_prefix('/').unwrap_or(plain);
    let sound = |segment: &str| {
        !segment.is_empty()
            && segment != "."
            && segment != ".."
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
    };
    path.starts_with('/') && (segments.is_empty() || segments.split('/').all(sound))
}

pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    }
}
