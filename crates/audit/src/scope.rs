//! Where a run may go: origins that were named, at addresses that were looked up once.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use url::{Host, Url};

/// The origins of a run. A name is looked up once; every later connection goes to the address found then, so that a
/// name cannot lead the run elsewhere half-way (DNS rebinding).
pub struct Scope {
    origins: Vec<(String, u16)>,
    addresses: Vec<IpAddr>,
    pinned: Mutex<BTreeMap<String, IpAddr>>,
    lookup: Lookup,
}

/// Looks a name up.
pub(crate) type Lookup = Arc<dyn Fn(String) -> LookupAnswer + Send + Sync>;
/// What a look-up comes to.
pub(crate) type LookupAnswer = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Why a run may not go somewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Neither http nor https, or without a host.
    #[error("{0} is not an address for http or https")]
    NotHttp(String),
    /// It holds a name or a password, which would stand in every report.
    #[error(
        "the address of {0} holds a name or a password: leave both out, and give a credential where the command asks for one"
    )]
    Userinfo(String),
    /// Not named on the command line.
    #[error("{0} was not named, so nothing is sent there")]
    NotNamed(String),
    /// The name is not known.
    #[error("{0} has no address")]
    NoAddress(String),
    /// The name leads into a private network.
    #[error(
        "{host} leads to {address}, which is not a public address; name the address as well if that is meant"
    )]
    Private {
        /// The name.
        host: String,
        /// Where it leads.
        address: IpAddr,
    },
}

impl Scope {
    /// The origins of `urls`, and nothing else.
    ///
    /// # Errors
    /// [`ScopeError::NotHttp`], [`ScopeError::Userinfo`].
    pub fn of<'a>(urls: impl IntoIterator<Item = &'a Url>) -> Result<Self, ScopeError> {
        let mut scope = Self {
            origins: Vec::new(),
            addresses: Vec::new(),
            pinned: Mutex::default(),
            lookup: Arc::new(|host| Box::pin(system_lookup(host))),
        };
        for url in urls {
            scope.add(url)?;
        }
        Ok(scope)
    }

    /// Adds the origin of `url`.
    ///
    /// # Errors
    /// [`ScopeError::NotHttp`], [`ScopeError::Userinfo`].
    pub fn add(&mut self, url: &Url) -> Result<(), ScopeError> {
        let origin = origin(url)?;
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
        Ok(())
    }

    /// Permits a loopback or private address that a name leads to.
    pub fn permit(&mut self, address: IpAddr) {
        self.addresses.push(address);
    }

    /// Whether the origin of `url` was named.
    #[must_use]
    pub fn holds(&self, url: &Url) -> bool {
        self.permits(url).is_ok()
    }

    /// The origin of `url`, if something may be sent there.
    pub(crate) fn permits(&self, url: &Url) -> Result<(String, u16), ScopeError> {
        let (host, port) = origin(url)?;
        let origin = (host, port);
        if self.origins.contains(&origin) {
            return Ok(origin);
        }
        Err(ScopeError::NotNamed(format!("{}:{port}", origin.0)))
    }

    /// Whether this host was named, under any port.
    #[must_use]
    pub fn holds_host(&self, host: &str) -> bool {
        self.origins.iter().any(|(named, _)| named == host)
    }

    /// The one address to connect to for `url`.
    pub(crate) async fn address(&self, url: &Url) -> Result<SocketAddr, ScopeError> {
        let (host, port) = self.permits(url)?;
        if let Some(address) = self.pins().get(&host) {
            return Ok(SocketAddr::new(*address, port));
        }
        let address = self.look_up(url, &host).await?;
        // Whoever pinned it first decides, also for a request that was looking at the same time.
        let address = *self.pins().entry(host).or_insert(address);
        Ok(SocketAddr::new(address, port))
    }

    async fn look_up(&self, url: &Url, host: &str) -> Result<IpAddr, ScopeError> {
        // An address that stands on the command line was named, wherever it leads.
        match url.host() {
            Some(Host::Ipv4(address)) => return Ok(address.into()),
            Some(Host::Ipv6(address)) => return Ok(address.into()),
            _ => {}
        }
        let none = || ScopeError::NoAddress(host.to_owned());
        let found = (self.lookup)(host.to_owned()).await.map_err(|_| none())?;
        // One private address among public ones is enough to refuse: the next connection might take it.
        let local_name = host == "localhost" || host.ends_with(".localhost");
        let permitted = |address: &IpAddr| {
            is_public(*address) || self.addresses.contains(address) || (local_name && address.is_loopback())
        };
        if let Some(address) = found.iter().find(|address| !permitted(address)) {
            return Err(ScopeError::Private {
                host: host.to_owned(),
                address: *address,
            });
        }
        let first_v4 = found.iter().find(|address| address.is_ipv4());
        first_v4.or(found.first()).copied().ok_or_else(none)
    }

    fn pins(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, IpAddr>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope")
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

/// Host and port of an http or https address without a name and a password.
fn origin(url: &Url) -> Result<(String, u16), ScopeError> {
    let not_http = || ScopeError::NotHttp(url.scheme().to_owned());
    if !matches!(url.scheme(), "http" | "https") {
        return Err(not_http());
    }
    let host = url.host_str().ok_or_else(not_http)?;
    let port = url.port_or_known_default().ok_or_else(not_http)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ScopeError::Userinfo(host.to_owned()));
    }
    Ok((host.to_ascii_lowercase(), port))
}

async fn system_lookup(host: String) -> std::io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((host, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Whether a host's name says that it is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether an address is one of the open Internet: none of this machine, of a private or shared network, of a link, of documents,
/// benchmarks or groups, and none that translates IPv4, which could lead to any of these (RFC 6890 and its registries).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    // Protocol assignments, and the relays of 6to4.
    let assigned = matches!((a, b, c), (192, 0, 0) | (192, 88, 99));
    let benchmarks = a == 198 && matches!(b, 18 | 19);
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || shared
        || assigned
        || benchmarks)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Global unicast (RFC 4291) is 2000::/3; everything else is loopback, local, multicast or unassigned. Of it, 6to4 and what
    // IETF protocols have (Teredo) lead elsewhere, and two ranges are for documents.
    let [first, second, ..] = address.segments();
    let assigned = first == 0x2001 && second < 0x0200;
    let documents = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    first & 0xe000 == 0x2000 && first != 0x2002 && !assigned && !documents
}

#[cfg(test)]
mod tests;
