//! What stands in front, as far as this version has it documented and tested: nginx, from docs/gateways/nginx.conf itself.

use std::fmt::Write as _;

use super::{File, Promise, comment};
use crate::topology::{Gateway, Topology};

const NGINX: &str = include_str!("../../../../docs/gateways/nginx.conf");
/// Where the parts of that file begin.
const AUTHORITY: &str = "# The authority, on its own host.\n";
const APPLICATION: &str = "# The application.\n";

/// The gateway's file, where there is one.
pub(super) fn file(topology: &Topology, promise: &Promise) -> Option<File> {
    if topology.deployment.gateway != Gateway::Nginx {
        return None;
    }
    let (head, rest) = NGINX.split_once(AUTHORITY)?;
    let (authority, application) = rest.split_once(APPLICATION)?;
    // Its first lines say what the documented file is.
    let head: String = head
        .lines()
        .skip_while(|line| line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let issuer = topology.deployment.issuer.trim_start_matches("https://");
    let issuer = issuer.split(':').next().unwrap_or(issuer);
    let mut text = format!(
        "# Written by `symbolon advise --emit` for {}: include it in the http block of nginx.\n\
         # Put the addresses of edge, authority and application and your certificates in place; everything else stays.\n{head}{AUTHORITY}{}",
        comment(&topology.deployment.name),
        authority.replace("id.example.org", issuer)
    );
    for host in hosts(promise) {
        if host == issuer {
            let _ = writeln!(
                text,
                "# {host} is the authority's own host: put the application at another.\n"
            );
            continue;
        }
        let _ = writeln!(
            text,
            "{APPLICATION}{}",
            application.replace("app.example.org", host).trim_end()
        );
    }
    Some(File {
        name: "nginx.conf",
        text: format!("{}\n", text.trim_end()),
    })
}

/// Each host once; `_` for routes of every host.
fn hosts(promise: &Promise) -> Vec<&str> {
    let mut hosts: Vec<&str> = Vec::new();
    for route in &promise.routes {
        let host = route.host.as_deref().unwrap_or("_");
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}
