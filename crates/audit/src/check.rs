//! A check as data.

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::client::Stop;
use crate::pentest::Part;
use crate::probe::Probe;
use crate::target::Target;
use crate::verdict::Judgement;

/// One claim about a target, where it is demanded, and how it is put to the proof.
#[derive(Debug)]
pub struct Check {
    /// Stable and unique: `suite.words-with-dashes`. Reports, silences and pages name the check by it.
    pub id: &'static str,
    /// What is wrong when it fails, in a few words.
    pub title: &'static str,
    /// What is true of a target that passes.
    pub claim: &'static str,
    /// What an attacker does with it.
    pub why: &'static str,
    /// How bad a failure is.
    pub severity: Severity,
    /// Requirement ids of ASVS 5.0 that it looks at; [`crate::asvs`] knows their levels.
    pub asvs: &'static [&'static str],
    /// Sections of the standards that say so.
    pub rfc: &'static [&'static str],
    /// What the target must give; without it the check is not tested.
    pub needs: &'static [Need],
    /// Whether it changes state or sends forged credentials. It then runs only when that was asked for.
    pub active: bool,
    /// What it sends, in words, for its page and for those who permit the test.
    pub sends: &'static str,
    /// What to do about it.
    pub fix: Fix,
    /// How it judges.
    pub judge: Judge,
}

/// How a check comes to its judgement.
#[derive(Clone, Copy)]
pub enum Judge {
    /// Looks at what is known of the target already, and sends nothing.
    Look(fn(&Probe<'_>) -> Judgement),
    /// Sends something and looks at the answers.
    Try(Attempt),
}

/// What a check does that sends something: `|probe| Box::pin(async move { .. })`.
pub type Attempt =
    for<'a> fn(&'a Probe<'a>) -> Pin<Box<dyn Future<Output = Result<Judgement, Stop>> + Send + 'a>>;

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Look(_) => "Look",
            Self::Try(_) => "Try",
        })
    }
}

/// How bad a failure is. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A layer of defence is missing.
    Low,
    /// Exploitable together with something else.
    Medium,
    /// Exploitable, with some condition.
    High,
    /// Anybody may become anybody.
    Critical,
}

impl Severity {
    /// All, from the least.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in reports and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What to do about a failure.
#[derive(Debug)]
pub struct Fix {
    /// In words.
    pub text: &'static str,
    /// For common stacks.
    pub snippets: &'static [Snippet],
}

/// How one stack is put right.
#[derive(Debug)]
pub struct Snippet {
    /// Name of the stack, such as `nginx`.
    pub stack: &'static str,
    /// Configuration or code.
    pub code: &'static str,
}

/// Something that a check cannot do without. Each names how it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A token to look at.
    Token,
    /// The public keys that tokens are verified with.
    Keys,
    /// A public key that tokens are verified with, in whatever form.
    PublicKey,
    /// The file of a public key, byte for byte.
    KeyFile,
    /// A place that accepts the token.
    Endpoint,
    /// The key that signs the target's tokens.
    Minter,
    /// A server of the run's own.
    Callback,
    /// At least one site whose pages were fetched.
    Pages,
    /// A site where the run is signed in.
    SignedIn,
    /// At least two environments of one site.
    Environments,
    /// A part of the description of a target for a penetration test.
    Described(Part),
}

impl Need {
    /// Whether `target` gives it.
    #[must_use]
    pub fn is_met(self, target: &Target) -> bool {
        match self {
            Self::Token => target.token.is_some(),
            Self::Keys => target.keys.is_some(),
            Self::PublicKey => target.keys.is_some() || target.key_file.is_some(),
            Self::KeyFile => target.key_file.is_some(),
            Self::Endpoint => target.endpoint.is_some(),
            Self::Minter => target.minter.is_some(),
            Self::Callback => target.callback.is_some(),
            Self::Pages => !target.sites.is_empty(),
            Self::SignedIn => target.sites.iter().any(|site| site.is_signed_in()),
            Self::Environments => target.sites.len() > 1,
            Self::Described(part) => target.application.as_ref().is_some_and(|app| part.is_in(app)),
        }
    }

    /// What is missing and how it is given.
    #[must_use]
    pub const fn missing(self) -> &'static str {
        match self {
            Self::Token => "no token was given",
            Self::Keys => "no set of public keys was given (--jwks URL or FILE)",
            Self::PublicKey => "no public key was given (--jwks URL or FILE)",
            Self::KeyFile => "no file of a public key was given (--jwks FILE)",
            Self::Minter => {
                "the key that signs is not known: it was not guessed, and none of a test environment was given (--sign-with FILE)"
            }
            Self::Callback => {
                "no address was given at which the target can call back (--callback ADDRESS:PORT)"
            }
            Self::Endpoint => "no endpoint was given that accepts the token (--endpoint URL)",
            Self::Pages => "no page was fetched",
            Self::SignedIn => "not signed in: the inventory says how (sign_in)",
            Self::Environments => "needs two environments of a site to compare",
            Self::Described(part) => part.missing(),
        }
    }
}
