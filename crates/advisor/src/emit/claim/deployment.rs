//! What is promised of the deployment as a whole.

use super::{About, Claim, Site};
use crate::emit::outside::{Outside, outside};
use crate::emit::promise::Limits;
use crate::plan;

/// What every deployment promises.
const ALWAYS: &[(&str, About<'static>, &str)] = &[
    (
        "configuration",
        About::Configuration,
        "The configuration that runs keeps every limit of the topology.",
    ),
    (
        "clock",
        About::Clock,
        "The clock, the keys, the store and the certificate are sound.",
    ),
    (
        "records",
        About::Records,
        "The store can be copied while it runs, and the copy can be put in its place.",
    ),
    (
        "key-rotation",
        About::KeyRotation,
        "Keys change and no good request is refused.",
    ),
    (
        "leaked-key",
        About::LeakedKey,
        "What a leaked key made is refused at every edge once the key is retired.",
    ),
];

pub(super) fn claims<'a>(site: &Site<'a>) -> Vec<Claim<'a>> {
    let always = ALWAYS
        .iter()
        .map(|(id, about, words)| claim(id, *about, (*words).to_owned()));
    let mut all: Vec<Claim<'a>> = always.collect();
    all.extend(limits(site));
    all.extend(of_outside(site));
    all
}

fn claim<'a>(id: &str, about: About<'a>, words: String) -> Claim<'a> {
    Claim {
        id: id.to_owned(),
        about,
        words,
        figure: None,
    }
}

fn limits<'a>(site: &Site<'a>) -> Vec<Claim<'a>> {
    // Every limit is named, so that a new one is given a claim. Limits a level, and origins, are keys of the configuration.
    let Limits {
        issuer,
        lease,
        session: _,
        idle,
        absolute,
        access_life,
        self_contained_life,
        applications: _,
    } = &site.promise.limits;
    let mut all = vec![claim(
        "issuer",
        About::Issuer,
        format!("The authority is found at {issuer}."),
    )];
    if !site.promise.routes.is_empty() {
        let words = format!(
            "No edge trusts what it knows for longer than {lease} without hearing from the authority."
        );
        all.push(claim("lease", About::Lease, words));
    }
    if let Some(span) = *idle {
        let words = format!("A session that nobody uses ends after {span}.");
        all.push(claim("idle", About::Idle(span), words));
    }
    if let Some(span) = *absolute {
        let words = format!("A session ends {span} after the sign-in, however much it is used.");
        all.push(claim("absolute", About::Absolute(span), words));
    }
    if let Some(life) = (*self_contained_life).or(*access_life) {
        let more = match self_contained_life {
            Some(_) => {
                ": with its reader's leeway, the longest that one passes after a revocation where nobody asks"
            }
            None => "",
        };
        let words = format!("An access token lives for {life}{more}.");
        all.push(claim("token-life", About::TokenLife(life), words));
    }
    all
}

fn of_outside<'a>(site: &Site<'a>) -> Vec<Claim<'a>> {
    let Outside {
        listed,
        places: _,
        canary,
        told,
        told_inside: _,
    } = outside(site.topology, site.constants);
    let words = "Everybody can be signed out at once, at every edge.".to_owned();
    let mut all = vec![Claim {
        figure: site.any_figure("F-12"),
        ..claim("mass-logout", About::MassLogout, words)
    }];
    if canary {
        let words = "In each round every edge refuses a credential of the server's own that was revoked.";
        all.push(Claim {
            figure: site.any_figure("F-01"),
            ..claim("canary", About::Canary, words.to_owned())
        });
    }
    all.extend(listed.into_iter().map(|audience| {
        let within = plan::listed_exposure();
        let words = format!("Who pulls the status list for {audience} sees a revocation within {within}.");
        claim(
            &format!("status-list/{audience}"),
            About::StatusList(audience),
            words,
        )
    }));
    all.extend(told.into_iter().map(|client| {
        let words = format!("{client} is told when a session ends, and ends its own.");
        claim(&format!("logout/{client}"), About::Told(client), words)
    }));
    all
}
