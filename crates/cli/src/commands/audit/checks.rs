//! `symbolon audit checks`.

use serde_json::{Value, json};

use crate::failure::{Failure, Verdict};
use crate::out::Out;

/// List all checks, or explain one: what, why, how to fix it, how to silence it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  symbolon audit checks\n  symbolon audit checks cookies.not-secure")]
pub(crate) struct Args {
    /// The check to explain.
    #[arg(value_name = "ID")]
    check: Option<String>,
    /// Every page, each after a line that names its file.
    #[arg(long, hide = true)]
    pages: bool,
}

pub(crate) fn run(args: &Args, out: &Out) -> Result<Verdict, Failure> {
    if args.pages {
        for check in audit::all() {
            out.verbatim(&format!("%%% {}.md\n{}", check.id, audit::docs::page(check)));
        }
        return Ok(Verdict::Done);
    }
    let Some(id) = &args.check else {
        let rows: Vec<Value> = audit::all().map(row).collect();
        let page = json!({"items": rows});
        out.list(
            &page,
            &[
                ("CHECK", "id"),
                ("SEVERITY", "severity"),
                ("ACTIVE", "active"),
                ("ASVS", "asvs"),
                ("WRONG WHEN IT FAILS", "title"),
            ],
        );
        return Ok(Verdict::Done);
    };
    let unknown =
        || Failure::mistake(format!("there is no check {id}")).hint("`symbolon audit checks` lists them");
    let check = audit::by_id(id).ok_or_else(unknown)?;
    if out.is_json() {
        out.json(&row(check));
    } else {
        out.verbatim(&audit::docs::page(check));
    }
    Ok(Verdict::Done)
}

fn row(check: &audit::Check) -> Value {
    json!({
        "id": check.id, "title": check.title, "claim": check.claim, "why": check.why, "severity": check.severity, "active": check.active,
        "asvs": check.asvs, "rfc": check.rfc, "sends": check.sends, "fix": check.fix.text,
    })
}
