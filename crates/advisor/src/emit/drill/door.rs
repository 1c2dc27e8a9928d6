//! How whoever drills gets through a route: with a session of a person, or as a service.

use crate::emit::claim::Site;
use crate::emit::promise::RoutePromise;
use crate::emit::{remote, shell};

/// A route that somebody can pass.
#[derive(Debug)]
pub(super) struct Door<'a> {
    pub(super) route: &'a RoutePromise,
    /// Method, host and path of a request that this route decides, as words of the shell.
    pub(super) request: String,
    pub(super) way: Way,
}

#[derive(Debug)]
pub(super) enum Way {
    /// A person signs in at this address.
    Person { url: String },
    /// A client of this name, with tokens for this audience.
    Service { client: String, audience: String },
}

/// Every route with its door, or why nobody passes it.
pub(super) struct Doors<'a> {
    all: Vec<(&'a RoutePromise, Result<Door<'a>, &'static str>)>,
    has_edges: bool,
}

impl<'a> Doors<'a> {
    pub(super) fn of(site: &Site<'a>) -> Self {
        let routes = site.promise.routes.iter().enumerate();
        Self {
            all: routes
                .map(|(at, route)| (route, door(site, at + 1, route)))
                .collect(),
            has_edges: remote::has_edges(site.topology, site.constants),
        }
    }

    fn open(&self) -> impl Iterator<Item = &Door<'a>> {
        self.all.iter().filter_map(|(_, door)| door.as_ref().ok())
    }

    /// The route's own.
    pub(super) fn through(&self, route: &RoutePromise) -> Result<&Door<'a>, String> {
        match self.all.iter().find(|(other, _)| other.name == route.name) {
            Some((_, Ok(door))) => Ok(door),
            Some((_, Err(why))) => Err((*why).to_owned()),
            None => Err("the route is not written".to_owned()),
        }
    }

    /// The same where an edge can be without its authority.
    pub(super) fn apart(&self, route: &RoutePromise) -> Result<&Door<'a>, String> {
        if self.has_edges {
            return self.through(route);
        }
        Err("the one edge is in the authority's process: nothing comes between them, and it stops with the authority".to_owned())
    }

    /// The first that somebody can pass.
    pub(super) fn first(&self) -> Result<&Door<'a>, String> {
        let none = || "nobody passes any route in this version".to_owned();
        self.open().next().ok_or_else(none)
    }

    /// The first for people.
    pub(super) fn person(&self) -> Result<&Door<'a>, String> {
        let none = || {
            "nobody signs in to a route in this version; the drill `configuration` holds the keys that set it"
                .to_owned()
        };
        self.open().find(|door| door.client().is_none()).ok_or_else(none)
    }

    /// The first for services, with its client.
    pub(super) fn service(&self) -> Result<(&Door<'a>, &str), String> {
        let none = || {
            "no route takes the token of a service; the drill `configuration` holds the key that sets it"
                .to_owned()
        };
        self.open()
            .find_map(|door| Some((door, door.client()?)))
            .ok_or_else(none)
    }

    /// Clients that drill, with their audiences.
    pub(super) fn services(&self) -> impl Iterator<Item = (&str, &str)> {
        self.open().filter_map(|door| match &door.way {
            Way::Service { client, audience } => Some((client.as_str(), audience.as_str())),
            Way::Person { .. } => None,
        })
    }
}

impl Door<'_> {
    pub(super) fn client(&self) -> Option<&str> {
        match &self.way {
            Way::Service { client, .. } => Some(client),
            Way::Person { .. } => None,
        }
    }
}

/// Method, host and path. The method is safe, so that no proof against CSRF is asked for, and reaches the route.
pub(super) fn request(site: &Site<'_>, route: &RoutePromise) -> String {
    let method = if route.except_reads { "OPTIONS" } else { "GET" };
    let host = host(site, route);
    let host = host.split_once(':').map_or(host, |(name, _)| name);
    format!("{method} {} {}", shell(host), shell(&path(route)))
}

/// The route's, or the authority's where it has none.
fn host<'s>(site: &'s Site<'_>, route: &'s RoutePromise) -> &'s str {
    let issuer = site.promise.limits.issuer.as_str();
    let own = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    route.host.as_deref().unwrap_or(own)
}

fn path(route: &RoutePromise) -> String {
    route.path.replace('*', "drill")
}

fn door<'a>(site: &Site<'a>, number: usize, route: &'a RoutePromise) -> Result<Door<'a>, &'static str> {
    if route.assurance.is_some() {
        return Err("nobody passes this route in this version: a second factor is planned");
    }
    let way = if route.accept.contains(&"session") {
        Way::Person {
            url: format!("https://{}{}", host(site, route), path(route)),
        }
    } else if route.accept.contains(&"bearer") {
        let issuer = &site.promise.limits.issuer;
        Way::Service {
            client: format!("drill-{number}"),
            audience: route.audience.clone().unwrap_or_else(|| issuer.clone()),
        }
    } else {
        return Err("nobody passes this route in this version: tokens bound to a key are planned");
    };
    Ok(Door {
        route,
        request: request(site, route),
        way,
    })
}
