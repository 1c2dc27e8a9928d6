//! `symbolon audit`: checks against a system that you may test.

mod checks;
mod cookies;
mod jwt;
mod ways;

use clap::Subcommand;

pub(crate) use ways::{Matrix, Subject, Ways, now_s};

use crate::failure::{Failure, Verdict};
use crate::out::Out;

const EXAMPLE: &str = "\
Examples:
  symbolon audit cookies https://staging.app.example/ --html audit.html
  symbolon audit jwt < token.txt
  symbolon audit jwt token.txt --endpoint https://staging.app.example/api/me --active
  symbolon audit checks jwt.alg-none

Run it only against systems that you may test. Without --active nothing changes state and no forged credential is sent.";

/// Audit: cookies, pages and tokens of any system, with ASVS ids, evidence and fixes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Cookies(Box<cookies::Args>),
    Jwt(Box<jwt::Args>),
    Checks(checks::Args),
}

pub(crate) async fn run(args: Args, out: &Out) -> Result<Verdict, Failure> {
    match args.action {
        Action::Cookies(args) => cookies::run(*args, out).await,
        Action::Jwt(args) => jwt::run(*args, out).await,
        Action::Checks(args) => checks::run(&args, out),
    }
}
