//! A running product, asked as a deployment would: checks, tokens, look-ups, revocations, and what its store did.

use serde_json::Value;

use crate::harness::{Core, Cpu, Fault, Ground, on_core};
use crate::stage::{Driving as _, Load, Product, ask, described, request_bytes};
use crate::world;

/// The header fields of one check.
pub(super) type Fields = Vec<(String, String)>;

/// A running product with one client of its own.
pub(super) struct Site {
    pub(super) product: Product,
    secret: String,
    form: String,
}

/// Reads and writes since the start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) reads: f64,
    pub(super) writes: f64,
}

impl Site {
    /// # Errors
    /// It does not start.
    pub(super) fn start(
        ground: &Ground,
        extra: &str,
        audience: Option<&str>,
        scopes: &[&str],
    ) -> Result<Self, Fault> {
        let product = Product::start(ground, &format!("[token]\naccess_life = \"15m\"\n{extra}"))?;
        let issuer = product.issuer();
        let mut words = vec![
            "client",
            "add",
            "machine",
            "--grant",
            "client_credentials",
            "--audience",
        ];
        words.push(audience.unwrap_or(&issuer));
        for scope in scopes {
            words.extend(["--scope", scope]);
        }
        let made = product.run(&words, "")?;
        let secret = made
            .get("secret")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let form = format!("grant_type=client_credentials&scope={}", scopes.join("+"));
        Ok(Self {
            product,
            secret,
            form,
        })
    }

    fn post(&self, path: &str, form: &str) -> Result<crate::stage::Answer, Fault> {
        let body = format!("{form}&client_id=machine&client_secret={}", self.secret);
        let lines = [
            format!("host: localhost:{}", self.product.public()),
            "content-type: application/x-www-form-urlencoded".to_owned(),
        ];
        ask(self.product.public(), &format!("POST {path}"), &lines, &body)
    }

    /// # Errors
    /// One was not issued.
    pub(super) fn tokens(&self, count: u64) -> Result<Vec<String>, Fault> {
        (0..count)
            .map(|_| self.post("/oauth2/token", &self.form)?.text("access_token"))
            .collect()
    }

    /// # Errors
    /// It is not active.
    pub(super) fn introspect(&self, token: &str) -> Result<(), Fault> {
        let answer = self.post("/oauth2/introspect", &format!("token={token}"))?;
        if answer.status == 200 && answer.body.contains("\"active\":true") {
            return Ok(());
        }
        Err(Fault::new(format!(
            "introspection: {} {}",
            answer.status, answer.body
        )))
    }

    /// Milliseconds from asking for a token's revocation to its first refusal.
    fn exposure(&self, token: &str) -> Result<f64, Fault> {
        let fields = bearer(token);
        self.product.check(&fields)?;
        let began = world::now();
        let answer = self.post("/oauth2/revoke", &format!("token={token}"))?;
        if answer.status != 200 {
            return Err(Fault::new(format!("revoke: {} {}", answer.status, answer.body)));
        }
        while self.product.check(&fields).is_ok() {
            if began.elapsed().as_secs() > 30 {
                return Err(Fault::new("a revocation never held"));
            }
        }
        Ok(began.elapsed().as_secs_f64() * 1000.0)
    }

    /// CPU time of the product for one check, microseconds: all are sent in turn, `times` times over. Not each several times
    /// in a row: the connections would carry one that is not known yet all at once.
    ///
    /// # Errors
    /// A check was refused.
    pub(super) fn check_us(&self, all: &[Fields], times: u64, known: bool) -> Result<f64, Fault> {
        let requests: Vec<_> = all.iter().map(|fields| request_bytes("/check", fields)).collect();
        let count = all.len() as u64 * times;
        let each = all.len().max(1) as u64;
        let order = (0..count)
            .map(|n| u32::try_from(n % each).unwrap_or_default())
            .collect();
        if known {
            let once = (0..each).map(|n| u32::try_from(n).unwrap_or_default()).collect();
            Load::new(&self.product.edge(), requests.clone(), once, each)?.drive()?;
        }
        let mut load = Load::new(&self.product.edge(), requests, order, count)?;
        let cpu = Cpu::Processes(vec![self.product.process.id()]);
        let used = || cpu.used().map_err(Fault::io("CPU time"));
        on_core(Core::Load, || {
            let before = used()?;
            load.drive()?;
            Ok(used()?.saturating_sub(before).as_secs_f64() * 1e6 / count as f64)
        })
    }

    /// What the store has done so far.
    ///
    /// # Errors
    /// The metrics do not answer.
    pub(super) fn done(&self) -> Result<Done, Fault> {
        let page = self.product.metrics()?;
        let number = |name: &str| {
            let line = page.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().parse().ok())
                .ok_or_else(|| Fault::new(format!("{name} is no metric")))
        };
        Ok(Done {
            reads: number("symbolon_store_reads ")?,
            writes: number("symbolon_store_writes ")?,
        })
    }
}

/// A running product with tokens that may be revoked.
pub(super) struct Revoking {
    pub(super) site: Site,
    pub(super) tokens: Vec<String>,
}

/// Exposures of each, in order of size. They take turns, so that a machine that grows slower harms all alike.
///
/// # Errors
/// A revocation did not succeed, or never held.
pub(super) fn exposures(all: &[&Revoking]) -> Result<Vec<Vec<f64>>, Fault> {
    let mut found: Vec<Vec<f64>> = all.iter().map(|_| Vec::new()).collect();
    let turns = all.iter().map(|one| one.tokens.len()).max().unwrap_or_default();
    for turn in 0..turns {
        for (one, found) in all.iter().zip(&mut found) {
            if let Some(token) = one.tokens.get(turn) {
                found.push(one.site.exposure(token)?);
            }
        }
    }
    for found in &mut found {
        found.sort_by(f64::total_cmp);
    }
    Ok(found)
}

/// The middle of what is in order.
pub(super) fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

pub(super) fn bearer(token: &str) -> Fields {
    described(("authorization", format!("Bearer {token}")))
}

pub(super) fn cookie(cookie: &str) -> Fields {
    described(("cookie", cookie.to_owned()))
}

/// The bytes of a request's credential, with its name: the last field of what is described.
pub(super) fn credential_bytes(fields: &Fields) -> f64 {
    fields
        .last()
        .map_or(0, |(name, value)| name.len() + 2 + value.len()) as f64
}
