//! What is promised of the requests of one route.

use super::{About, Claim, Site};
use crate::emit::promise::RoutePromise;
use crate::figures::{Unit, human, said};

pub(super) fn claims<'a>(site: &Site<'a>, route: &'a RoutePromise) -> Vec<Claim<'a>> {
    let place = format!("{}{}", route.host.as_deref().unwrap_or("every host"), route.path);
    let (worst, added) = (site.worst(route), site.topology.requirements.added_latency);
    let revoked = "what is revoked passes at no edge once `--wait enforced` has returned";
    let cut_off = format!("at an edge that is cut off a revoked credential passes for {worst} at most");
    let latency = format!("the check adds {added} at most at p99");
    let hygiene = "cookies, pages and tokens have no finding above low";
    let mut rows = vec![
        ("guarded", About::Guarded(route), guarded(route), None),
        ("revoked", About::Revoked(route), revoked.to_owned(), Some("F-02")),
        ("cut-off", About::CutOff(route), cut_off, Some("F-02")),
        (
            "store-down",
            About::StoreDown(route),
            store_down(site, route),
            Some("F-14"),
        ),
        ("latency", About::Latency(route), latency, Some("F-04")),
        ("hygiene", About::Hygiene(route), hygiene.to_owned(), None),
    ];
    if let Some((case, chosen)) = site.holder(route) {
        let bytes = human(said(&case, chosen, "F-07").0, Unit::Bytes);
        let words = format!("the credential takes {bytes} of a request's header");
        rows.push(("bytes", About::Bytes(route), words, Some("F-07")));
    }
    let claim = |(what, about, words, figure): (&str, About<'a>, String, Option<&'static str>)| Claim {
        id: format!("{what}/{}", route.name),
        about,
        words: format!("{place}: {words}."),
        figure: figure.and_then(|id| site.figure(route, id)),
    };
    rows.into_iter().map(claim).collect()
}

fn guarded(route: &RoutePromise) -> String {
    let mut words = format!("nobody passes without {}", route.accept.join(" or "));
    for (word, value) in [
        (" for ", route.audience.clone()),
        (" at ", route.assurance.map(str::to_owned)),
        (", signed in within ", route.max_age.map(|age| age.to_string())),
    ] {
        words.extend(value.map(|value| format!("{word}{value}")));
    }
    words
}

fn store_down(site: &Site<'_>, route: &RoutePromise) -> String {
    let covered = site.covered(route);
    match (route.beyond_lease, route.read_only) {
        (Some(_), true) => {
            format!("without the authority and its store reads go on for {covered}, and are refused then")
        }
        (Some(_), false) => {
            format!("without the authority and its store requests go on for {covered}, and are refused then")
        }
        (None, _) => format!("without the authority and its store requests are refused after {covered}"),
    }
}
