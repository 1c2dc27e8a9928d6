//! `symbolon token`: read from standard input, never from an argument.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use domain::{Clock, Reason};
use jose::{AudienceSet, JwkSet, KeySet, Limits, TokenKind, Verifier};
use serde_json::{Map, Value, json};
use url::Url;

use crate::client::{Ask, HttpClient};
use crate::clock::SystemClock;
use crate::failure::{Failure, Verdict};
use crate::input;
use crate::out::{Out, printable};
use crate::token::{Unverified, explain};

/// Tokens: explain one, or verify one strictly.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  symbolon token inspect < token.txt")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Explain a token from standard input, field by field. Nothing is verified.
    #[command(after_help = "Example:\n  symbolon token inspect < token.txt")]
    Inspect,
    /// Verify a token from standard input strictly; exit 1 when it is refused.
    #[command(
        after_help = "Example:\n  symbolon token verify --jwks http://localhost:8700/oauth2/jwks \\\n    \
        --issuer http://localhost:8700 --audience api < token.txt"
    )]
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// The issuer's keys: a file, or an https URL (http on this machine).
    #[arg(long, value_name = "FILE|URL")]
    jwks: String,
    /// The issuer, byte for byte.
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// An audience that is accepted; repeatable.
    #[arg(long = "audience", value_name = "A", required = true)]
    audiences: Vec<String>,
    /// The kind of token.
    #[arg(long = "type", value_name = "TYP", default_value = "at+jwt")]
    kind: String,
    /// PEM file of the certificate authorities to trust for the URL, in place of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    match args.action {
        Action::Inspect => inspect(out),
        Action::Verify(verify) => verify.run(out).await,
    }
}

fn inspect(out: &Out) -> Result<Verdict, Failure> {
    let text = input::text("token")?;
    let token = Unverified::decode(text.trim())
        .map_err(|error| Failure::mistake("this cannot be taken apart as a JWT").because(&error))?;
    let explained = explain(&token, SystemClock.now());
    if out.is_json() {
        out.json(&json!({
            "verified": false, "header": token.header, "claims": token.claims,
            "explained": explained.lines, "remarks": explained.remarks,
        }));
        return Ok(Verdict::Done);
    }
    out.note("Nothing here is verified: anybody could have written it. `symbolon token verify` checks.");
    for part in ["header", "payload"] {
        let lines = explained.lines.iter().filter(|line| line.part == part);
        out.table(
            &[&part.to_uppercase(), "VALUE", "MEANING"],
            lines.map(|line| vec![printable(&line.name), line.value.clone(), line.meaning.to_owned()]),
        );
    }
    out.line(&format!("signature: {} bytes", token.signature_len));
    for remark in &explained.remarks {
        out.line(&format!("remark: {remark}"));
    }
    Ok(Verdict::Done)
}

impl Verify {
    async fn run(&self, out: &Out) -> Result<Verdict, Failure> {
        let wrong = |what: &str, error: jose::JoseError| Failure::mistake(what).because(&error);
        let keys = jwk_set(&self.jwks, self.ca.as_deref(), out).await?;
        let set = JwkSet::parse(&keys).map_err(|error| wrong("the key set is refused", error))?;
        let keys = KeySet::from_jwk_set(&set).map_err(|error| wrong("the key set is refused", error))?;
        let audiences = AudienceSet::new(self.audiences.clone());
        let verifier = Verifier::builder()
            .issuer(&self.issuer)
            .audiences(audiences.map_err(|error| wrong("an audience is empty", error))?)
            .kind(TokenKind::new(&self.kind).map_err(|error| wrong("--type is not a media type", error))?)
            .keys(keys)
            .limits(Limits::default())
            .build();
        let token = input::text("token")?;
        match verifier.verify::<Map<String, Value>>(token.trim().as_bytes(), SystemClock.now().as_secs()) {
            Ok(verified) => {
                accepted(verified.claims(), verified.kid().as_str(), out);
                Ok(Verdict::Done)
            }
            Err(error) => {
                refused(&error, out);
                Ok(Verdict::Finding)
            }
        }
    }
}

fn accepted(claims: &Map<String, Value>, kid: &str, out: &Out) {
    if out.is_json() {
        return out
            .json(&json!({"verdict": "accepted", "kid": kid, "claims": claims, "revocation": "not tested"}));
    }
    out.line(&format!(
        "accepted: signed by key {}; issuer, audience, kind and time agree",
        printable(kid)
    ));
    out.note("Not tested: whether it was revoked. Only an edge that follows the log knows.");
}

fn refused(error: &jose::JoseError, out: &Out) {
    let reason = Reason::from(error);
    if out.is_json() {
        return out.json(&json!({"verdict": "refused", "reason": reason, "detail": error.to_string()}));
    }
    out.line(&format!("refused: {reason}: {error}"));
}

async fn jwk_set(place: &str, ca: Option<&Path>, out: &Out) -> Result<Vec<u8>, Failure> {
    let url = Url::parse(place)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url else {
        return std::fs::read(place)
            .map_err(|error| Failure::mistake(format!("cannot read the key set {place}")).because(&error));
    };
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let client = HttpClient::new(&url, ca)?;
    let ask = Ask::read(&target);
    let answer = out
        .while_waiting("Fetching the key set", client.send(&ask))
        .await?;
    if !answer.status.is_success() {
        return Err(Failure::fault(format!("{place} answered {}", answer.status)));
    }
    Ok(answer.body.to_vec())
}
