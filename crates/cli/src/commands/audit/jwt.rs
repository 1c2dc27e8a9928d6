//! `symbolon audit jwt`. A token never travels as an argument: every process of the machine could read it there.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use audit::jwt::{Callback, Carrier, Endpoint, Minter, Token, is_key_file};
use audit::{Check, Client, Request, Target};
use jose::{Algorithm, SigningKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::Ways;
use super::ways::{Matrix, Subject};
use crate::failure::{Failure, Verdict};
use crate::input;
use crate::out::Out;

const EXAMPLE: &str = "\
Examples:
  symbolon audit jwt < token.txt
  symbolon audit jwt token.txt --jwks https://issuer.example/jwks
  symbolon audit jwt --jwks https://issuer.example/jwks
  symbolon audit jwt token.txt --jwks keys.json --endpoint https://staging.app.example/api/me --active";

/// Tokens: what one says and gives away, its keys, and (--active) what an endpoint lets through.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    /// Where the good one is: a file, an address that answers with it, or - for standard input.
    #[arg(value_name = "FILE|URL|-")]
    source: Option<String>,
    /// The public keys: a JWKS, a PEM, DER or OpenSSH file, or an address of a JWKS.
    #[arg(long, value_name = "FILE|URL")]
    jwks: Option<String>,
    /// An address that accepts it, and changes nothing.
    #[arg(long, value_name = "URL")]
    endpoint: Option<Url>,
    /// It travels in this cookie, and not in Authorization.
    #[arg(long, value_name = "NAME", conflicts_with = "header")]
    cookie: Option<String>,
    /// It travels in this header field, and not in Authorization.
    #[arg(long, value_name = "NAME")]
    header: Option<String>,
    /// Another field of every request to the endpoint, as "Name: value"; repeatable.
    #[arg(long, value_name = "FIELD")]
    add_header: Vec<String>,
    /// A text that only accepted requests are answered with, where status and size do not tell.
    #[arg(long, value_name = "TEXT")]
    accepted_text: Option<String>,
    /// The key that signs in a test environment (PKCS #8 PEM, or the bytes of an HMAC key): tokens that are well signed and wrong are tried, too.
    #[arg(long, value_name = "FILE")]
    sign_with: Option<PathBuf>,
    /// Listen here for a target that fetches keys from where the forged ones say.
    #[arg(long, value_name = "ADDRESS:PORT")]
    callback: Option<SocketAddr>,
    #[command(flatten)]
    ways: Ways,
}

/// No token, key or set of keys is longer.
const LONGEST: usize = 256 * 1024;

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    let source = args.source();
    let addresses = [
        args.endpoint.clone(),
        args.jwks.as_deref().and_then(address),
        source.as_deref().and_then(address),
    ];
    let urls: Vec<Url> = addresses.into_iter().flatten().collect();
    let client = args.ways.client(&urls)?;
    let mut target = Target {
        endpoint: args.endpoint(),
        ..Target::default()
    };
    if let Some(source) = &source {
        target.token = args.good(source, &client).await?;
    }
    if let Some(place) = &args.jwks {
        args.keys(place, &client, &mut target).await?;
    }
    if let Some(token) = &target.token {
        target.minter = match &args.sign_with {
            Some(file) => Some(minter(file, token)?),
            None => Minter::guessed(token),
        };
    }
    if let Some(at) = args.callback {
        let started = Callback::start(at).await;
        target.callback = Some(
            started.map_err(|error| Failure::mistake(format!("cannot listen at {at}")).because(&error))?,
        );
    }
    let names = [
        args.endpoint.as_ref().map(Url::to_string),
        args.jwks.clone(),
        source,
    ];
    target.name = names
        .into_iter()
        .flatten()
        .next()
        .filter(|name| name != "-")
        .unwrap_or_else(|| "token".to_owned());
    let checks: Vec<&'static Check> = audit::all()
        .filter(|check| check.id.starts_with("jwt."))
        .collect();
    let subject = Subject {
        checks,
        target: &target,
        client: &client,
        matrix: Matrix::default(),
    };
    args.ways.audit(subject, out).await
}

impl Args {
    /// Where the token is; nowhere if only keys are looked at.
    fn source(&self) -> Option<String> {
        match (&self.source, &self.jwks) {
            (Some(source), _) => Some(source.clone()),
            (None, Some(_)) if self.endpoint.is_none() => None,
            (None, _) => Some("-".to_owned()),
        }
    }

    fn endpoint(&self) -> Option<Endpoint> {
        let mut endpoint = Endpoint::new(self.endpoint.clone()?);
        endpoint.accepted_text.clone_from(&self.accepted_text);
        let field = |text: &String| {
            text.split_once(':')
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        };
        endpoint.fields = self.add_header.iter().filter_map(field).collect();
        endpoint.carrier = match (&self.cookie, &self.header) {
            (Some(name), _) => Carrier::Cookie(name.clone()),
            (None, Some(name)) => Carrier::Field(name.clone()),
            (None, None) => Carrier::Bearer,
        };
        Some(endpoint)
    }

    async fn good(&self, source: &str, client: &Client) -> Result<Option<Token>, Failure> {
        let refused =
            |error: audit::jwt::TokenError| Failure::mistake("this cannot be looked at").because(&error);
        if Token::parse(source).is_ok() {
            return Err(Failure::mistake(
                "a token was given as an argument, where every process of this machine can read it",
            )
            .hint("pipe it in, or name a file; and take this one for known"));
        }
        let text = if source == "-" {
            input::text("token")?
        } else if let Some(url) = address(source) {
            if client.is_dry() {
                return Ok(None);
            }
            let text = fetched(&url, client).await?;
            Zeroizing::new(
                first_of(&text).ok_or_else(|| Failure::mistake(format!("{url} answers with no token")))?,
            )
        } else {
            let bytes = Zeroizing::new(read(Path::new(source))?);
            Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
        };
        Token::parse(&text).map(Some).map_err(refused)
    }

    async fn keys(&self, place: &str, client: &Client, target: &mut Target) -> Result<(), Failure> {
        let text = match address(place) {
            // What would be fetched is not known: the keys are then not there.
            Some(_) if client.is_dry() => return Ok(()),
            Some(url) => {
                let text = fetched(&url, client).await?;
                target.keys_from = Some(url);
                text
            }
            None => {
                let bytes = read(Path::new(place))?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                target.key_file = Some(bytes);
                text
            }
        };
        let unusable = || {
            Failure::mistake(format!("{place} holds no keys"))
                .hint("a JWKS, one JWK, or the file of a public key: PEM, DER or OpenSSH")
        };
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(mut members)) => {
                target.keys = Some(match members.remove("keys") {
                    Some(Value::Array(keys)) => keys,
                    Some(_) => return Err(unusable()),
                    None if members.contains_key("kty") => vec![Value::Object(members)],
                    None => return Err(unusable()),
                });
            }
            _ if text.contains("-----BEGIN ") || target.key_file.as_deref().is_some_and(is_key_file) => {}
            _ => return Err(unusable()),
        }
        Ok(())
    }
}

/// An address, if it is one of http or https.
fn address(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

async fn fetched(url: &Url, client: &Client) -> Result<String, Failure> {
    let answer = client.send(&Request::get(url.clone())).await;
    let answer = answer.map_err(|stop| Failure::fault(format!("{url} cannot be fetched")).because(&stop))?;
    if !answer.is_success() {
        return Err(Failure::fault(format!("{url} answers {}", answer.status)));
    }
    Ok(answer.text())
}

/// The first token in a text.
fn first_of(text: &str) -> Option<String> {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let words = text.split(|c| !is_of_token(c));
    words
        .filter(|word| word.starts_with("eyJ"))
        .find(|word| Token::parse(word).is_ok())
        .map(str::to_owned)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::mistake(format!("{} cannot be read", file.display())).because(&error))?;
    if bytes.len() > LONGEST {
        return Err(Failure::mistake(format!(
            "{} is longer than {LONGEST} bytes",
            file.display()
        )));
    }
    Ok(bytes)
}

/// The key that signs tokens like this one.
fn minter(file: &Path, token: &Token) -> Result<Minter, Failure> {
    let bytes = Zeroizing::new(read(file)?);
    let alg = token.alg();
    if alg.starts_with("HS") {
        return Ok(Minter::Hmac(
            alg.to_owned(),
            Zeroizing::new(bytes.trim_ascii_end().to_vec()),
        ));
    }
    let kinds = [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::EdDsa,
        Algorithm::Ps256,
        Algorithm::Rs256,
    ];
    let kind = kinds.into_iter().find(|kind| kind.is_named(alg));
    let kind = kind.ok_or_else(|| {
        Failure::mistake("the token's algorithm is one that this program does not sign with")
            .hint("leave --sign-with out")
    })?;
    let der = PrivatePkcs8KeyDer::from_pem_slice(&bytes).map_err(|error| {
        Failure::mistake(format!("{} is no PKCS #8 key in PEM", file.display())).because(&error)
    })?;
    let key = SigningKey::from_pkcs8(kind, der.secret_pkcs8_der()).map_err(|error| {
        Failure::mistake(format!("{} does not fit the token's algorithm", file.display())).because(&error)
    })?;
    Ok(Minter::Key(Box::new(key)))
}

#[cfg(test)]
mod tests {
    use super::first_of;

    #[test]
    fn the_first_token_of_an_answer_is_found() {
        let token = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln";
        let answer = format!("{{\"id\":\"eyJx\",\"access_token\":\"{token}\"}}");
        assert_eq!(first_of(&answer).as_deref(), Some(token));
        assert_eq!(first_of("{}"), None);
    }
}
