//! Two deployments of another shape than the one that was fitted: predicted from a topology, and measured in time-lapse:
//! the same requests for each new credential, in a shorter time.

use advisor::figures::{Scheme, price};
use advisor::mechanism::Mechanism;
use advisor::{Constants, RawTopology, Topology};

use super::fit::Fitted;
use super::site::{Revoking, Site, bearer, cookie, credential_bytes, middle};
use super::{Row, frozen};
use crate::harness::{Fault, Ground};

/// A hundred requests a second, of 18,000 tokens that live 15 minutes: each is used five times.
const SERVICE_API: &str = "[scale]\nusers = 18000\nsessions = 18000\nrequests_per_second = 100\npeak_factor = 1\n\
    logins_per_day = 0\nrevocations_per_day = 0\n[[client]]\nkind = \"server\"\n";
const USES_OF_A_TOKEN: u64 = 5;
const SERVICE: &str = "service API";

/// Four hundred requests a second, of 144,000 sessions that the edge keeps for an hour: each is used ten times in it.
/// A partner asks about a token at every request.
const WEB: &str = "[scale]\nusers = 144000\nsessions = 144000\nrequests_per_second = 400\npeak_factor = 1\n\
    logins_per_day = 0\nrevocations_per_day = 0\n[[client]]\nname = \"web\"\nkind = \"browser_same_site\"\nshare = 100\n\
    [[client]]\nname = \"partner\"\nkind = \"partner\"\nshare = 0\n";
const USES_OF_A_COOKIE: u64 = 10;
const BOTH: &str = "web and partner";

fn topology(text: &str) -> Result<Topology, Fault> {
    let raw: RawTopology = toml::from_str(text).map_err(|error| Fault::new(error.to_string()))?;
    raw.check()
        .map_err(|problems| Fault::new(format!("{problems:?}")))
}

/// A figure of the model.
fn predicted(
    topology: &Topology,
    constants: &Constants,
    mechanism: Mechanism,
    id: &str,
) -> Result<f64, Fault> {
    let client = topology.clients.first().ok_or_else(|| Fault::new("no client"))?;
    let case = advisor::case::Case {
        topology,
        client,
        constants,
    };
    Ok(price(&case, Scheme::Ours(mechanism)).value(id))
}

/// # Errors
/// Something could not be measured.
pub(super) fn service_api(ground: &Ground, fitted: &Fitted) -> Result<(Vec<Row>, Revoking), Fault> {
    let (topology, constants) = (topology(SERVICE_API)?, frozen(fitted)?);
    let said = |id: &str| predicted(&topology, &constants, Mechanism::EdgeToken, id);
    let audience = "https://orders.example.org/api/v2";
    let route = format!(
        "[[route]]\nmatch = {{ host = \"app.example.org\" }}\naccept = [\"bearer\"]\naudience = \"{audience}\"\n"
    );
    let site = Site::start(
        ground,
        &route,
        Some(audience),
        &["orders.read", "orders.write", "invoices.read"],
    )?;
    let count = ground.scaled(600, 20);
    // What is renewed in the topology in so many seconds.
    let seconds = count as f64 * 900.0 / topology.scale.sessions as f64;
    let before = site.done()?;
    let tokens = site.tokens(count)?;
    let writes = site.done()?.writes - before.writes;
    let fields: Vec<_> = tokens.iter().map(|token| bearer(token)).collect();
    let check_us = site.check_us(&fields, USES_OF_A_TOKEN, false)?;
    let rows = vec![
        row(
            SERVICE,
            ("F-09 cores for checks", "cores"),
            said("F-09")?,
            cores(&topology, check_us),
        ),
        row(
            SERVICE,
            ("F-05 look-ups and writes", "1/s"),
            said("F-05")?,
            writes / seconds,
        ),
        row(
            SERVICE,
            ("F-07 header of a request", "bytes"),
            said("F-07")?,
            fields.first().map_or(0.0, credential_bytes),
        ),
    ];
    let tokens = tokens.into_iter().take(few(ground)).collect();
    Ok((rows, Revoking { site, tokens }))
}

/// # Errors
/// Something could not be measured.
pub(super) fn web_and_partner(ground: &Ground, fitted: &Fitted) -> Result<(Vec<Row>, Revoking), Fault> {
    let (topology, constants) = (topology(WEB)?, frozen(fitted)?);
    let said = |mechanism, id: &str| predicted(&topology, &constants, mechanism, id);
    let site = Site::start(ground, "", None, &["read"])?;
    let cookies: Vec<_> = site
        .product
        .sessions(ground.scaled(300, 6))?
        .iter()
        .map(|one| cookie(one))
        .collect();
    let check_us = site.check_us(&cookies, USES_OF_A_COOKIE, false)?;
    let tokens = site.tokens(few(ground) as u64)?;
    let rps = topology.scale.peak_rps() as f64;
    let asked = ground.scaled(200, 10);
    let before = site.done()?;
    for token in tokens
        .iter()
        .cycle()
        .take(usize::try_from(asked).unwrap_or_default())
    {
        site.introspect(token)?;
    }
    let reads = site.done()?.reads - before.reads;
    let looked_up = reads / fitted.reads_of_a_lookup / asked as f64 * rps;
    let rows = vec![
        row(
            BOTH,
            ("F-09 cores for checks", "cores"),
            said(Mechanism::EdgeSession, "F-09")?,
            cores(&topology, check_us),
        ),
        row(
            BOTH,
            ("F-05 look-ups, introspection", "1/s"),
            said(Mechanism::ServerSession, "F-05")?,
            looked_up,
        ),
        row(
            BOTH,
            ("F-07 header of a request", "bytes"),
            said(Mechanism::EdgeSession, "F-07")?,
            cookies.first().map_or(0.0, credential_bytes),
        ),
    ];
    Ok((rows, Revoking { site, tokens }))
}

/// What revocations took at the two, of which `fitted` has what they took at the small one.
///
/// # Errors
/// A topology is not one.
pub(super) fn exposures(fitted: &Fitted, api: &[f64], web: &[f64]) -> Result<Vec<Row>, Fault> {
    let constants = frozen(fitted)?;
    let one = |shape, text, mechanism, measured: &[f64]| {
        let said = predicted(&topology(text)?, &constants, mechanism, "F-01")?;
        Ok(row(
            shape,
            ("F-01 exposure, expected", "ms"),
            said,
            middle(measured),
        ))
    };
    Ok(vec![
        one(SERVICE, SERVICE_API, Mechanism::EdgeToken, api)?,
        one(BOTH, WEB, Mechanism::EdgeSession, web)?,
    ])
}

fn few(ground: &Ground) -> usize {
    usize::try_from(ground.scaled(80, 3)).unwrap_or(3)
}

fn cores(topology: &Topology, check_us: f64) -> f64 {
    topology.scale.peak_rps() as f64 * check_us / 1e6
}

fn row(
    shape: &'static str,
    (figure, unit): (&'static str, &'static str),
    predicted: f64,
    measured: f64,
) -> Row {
    Row {
        shape,
        figure,
        unit,
        predicted,
        measured,
    }
}
