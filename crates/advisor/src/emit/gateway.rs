//! What stands in front, as far as this version has it documented and tested: from the very files of docs/gateways.

use std::fmt::Write as _;

use super::{File, Promise, comment};
use crate::topology::{Gateway, Topology};

/// The names in the documented files.
const AUTHORITY: &str = "id.example.org";
const APPLICATION: &str = "app.example.org";
/// Where the part for one application begins, in files that have one for each.
const PART: &str = "# The application.\n";

/// A file of docs/gateways.
struct Documented {
    name: &'static str,
    text: &'static str,
    /// What to do with it.
    then: &'static str,
    hosts: Hosts,
    /// A file that goes with it as it is.
    beside: Option<(&'static str, &'static str)>,
}

/// How a file names the applications' hosts.
enum Hosts {
    /// In a part for each. `any` stands for routes of every host.
    Each { any: &'static str },
    /// In one list, wherever `listed` stands.
    List {
        listed: &'static str,
        one: fn(&str) -> String,
        between: &'static str,
        any: &'static str,
    },
    /// Not at all: every host but the authority's is asked about.
    All,
}

fn documented(gateway: Gateway) -> Option<Documented> {
    Some(match gateway {
        Gateway::Nginx => Documented {
            name: "nginx.conf",
            text: include_str!("../../../../docs/gateways/nginx.conf"),
            then: "include it in the http block of nginx",
            hosts: Hosts::Each { any: "_" },
            beside: None,
        },
        Gateway::Caddy => Documented {
            name: "Caddyfile",
            text: include_str!("../../../../docs/gateways/Caddyfile"),
            then: "caddy run --config Caddyfile",
            // Caddy gets certificates for names; a port alone has none.
            hosts: Hosts::Each { any: ":443" },
            beside: None,
        },
        Gateway::Haproxy => Documented {
            name: "haproxy.cfg",
            text: include_str!("../../../../docs/gateways/haproxy.cfg"),
            then: "start HAProxy where symbolon.lua lies, or write the whole path of that file",
            hosts: Hosts::All,
            beside: Some((
                "symbolon.lua",
                include_str!("../../../../docs/gateways/symbolon.lua"),
            )),
        },
        Gateway::Traefik => Documented {
            name: "traefik-dynamic.yml",
            text: include_str!("../../../../docs/gateways/traefik-dynamic.yml"),
            then: "for Traefik's file provider; `websecure` is the entry point of your own configuration",
            hosts: Hosts::List {
                listed: "(Host(`app.example.org`))",
                one: |host| format!("Host(`{host}`)"),
                between: " || ",
                any: "PathPrefix(`/`)",
            },
            beside: None,
        },
        Gateway::Envoy => Documented {
            name: "envoy.yaml",
            text: include_str!("../../../../docs/gateways/envoy.yaml"),
            then: "envoy -c envoy.yaml",
            hosts: Hosts::List {
                listed: "[app.example.org]",
                one: |host| format!("\"{host}\""),
                between: ", ",
                any: "\"*\"",
            },
            beside: None,
        },
        Gateway::None | Gateway::Other => return None,
    })
}

/// The gateway's files, where there is a documented one.
pub(super) fn files(topology: &Topology, promise: &Promise) -> Vec<File> {
    let Some(documented) = documented(topology.deployment.gateway) else {
        return Vec::new();
    };
    let issuer = topology.deployment.issuer.trim_start_matches("https://");
    let issuer = issuer.split(':').next().unwrap_or(issuer);
    let hosts = hosts(promise);
    let mut text = format!(
        "# Written by `symbolon advise --emit` for {}: {}.\n\
         # Put the addresses of edge, authority and application and your certificates in place; everything else stays.\n",
        comment(&topology.deployment.name),
        documented.then
    );
    if hosts.contains(&issuer) {
        let _ = writeln!(
            text,
            "# {issuer} is the authority's own host: put the application at another."
        );
    }
    // The first lines say what the documented file is.
    for line in documented.text.lines().skip_while(|line| line.starts_with('#')) {
        let _ = writeln!(text, "{}", line.replace(AUTHORITY, issuer));
    }
    let hosts: Vec<&str> = hosts.into_iter().filter(|host| *host != issuer).collect();
    let text = named(&text, &documented.hosts, &hosts);
    let mut files = vec![File {
        name: documented.name,
        text: format!("{}\n", text.trim_end()),
    }];
    files.extend(documented.beside.map(|(name, text)| File {
        name,
        text: text.to_owned(),
    }));
    files
}

/// The text with the hosts in their places. Without any the example's name stays.
fn named(text: &str, way: &Hosts, hosts: &[&str]) -> String {
    match way {
        Hosts::Each { any } => {
            let Some((head, part)) = text.split_once(PART) else {
                return text.to_owned();
            };
            let parts = hosts.iter().map(|host| {
                let part = part.replace(APPLICATION, if *host == ANY { any } else { host });
                format!("{PART}{}\n\n", part.trim_end())
            });
            format!("{head}{}", parts.collect::<String>())
        }
        Hosts::List { .. } if hosts.is_empty() => text.to_owned(),
        Hosts::List {
            listed,
            one,
            between,
            any,
        } => {
            let names = hosts.iter().map(|host| match *host {
                ANY => (*any).to_owned(),
                host => one(host),
            });
            let names = names.collect::<Vec<_>>().join(between);
            let (open, close) = (
                listed.get(..1).unwrap_or_default(),
                listed.get(listed.len() - 1..),
            );
            text.replace(listed, &format!("{open}{names}{}", close.unwrap_or_default()))
        }
        Hosts::All => text.to_owned(),
    }
}

/// Stands for every host.
const ANY: &str = "*";

/// Each host once, and [`ANY`] for routes of every host.
fn hosts(promise: &Promise) -> Vec<&str> {
    let mut hosts: Vec<&str> = Vec::new();
    for route in &promise.routes {
        let host = route.host.as_deref().unwrap_or(ANY);
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}
