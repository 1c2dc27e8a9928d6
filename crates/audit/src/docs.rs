//! Pages made from the checks: one each, and an index.

use std::fmt::Write as _;

use crate::asvs;
use crate::check::{Check, Judge};
use crate::registry::{SUITES, all};

const MADE: &str = "<!-- Made from the code: do not edit. -->\n\n";

/// The page of one check.
#[must_use]
pub fn page(check: &Check) -> String {
    let mut page = format!("{MADE}# {}: {}\n\n", check.id, check.title);
    let how = if check.active {
        "active: runs with `--active` only"
    } else {
        "passive"
    };
    let _ = writeln!(
        page,
        "Severity **{}**, {how}.\n\n**Claim.** {}\n",
        check.severity.word(),
        check.claim
    );
    let _ = writeln!(page, "**Why.** {}\n", check.why);
    let does = match check.judge {
        Judge::Look(_) => "What it looks at",
        Judge::Try(_) => "What it sends",
    };
    let _ = writeln!(page, "**{does}.** {}\n", check.sends);
    let needs: Vec<&str> = check.needs.iter().map(|need| need.missing()).collect();
    let _ = writeln!(page, "It is *not tested* where {}.\n", needs.join(", or "));
    page.push_str("## Who demands it\n\n");
    for id in check.asvs {
        if let Some(one) = asvs::by_id(id) {
            let _ = writeln!(page, "- ASVS 5.0 {id} (level {}): {}", one.level, one.summary);
        }
    }
    for section in check.rfc {
        let _ = writeln!(page, "- {section}");
    }
    let _ = writeln!(page, "\n## How to fix it\n\n{}", check.fix.text);
    for snippet in check.fix.snippets {
        let _ = writeln!(
            page,
            "\n{}:\n\n```text\n{}\n```",
            snippet.stack,
            snippet.code.trim_end()
        );
    }
    let _ = writeln!(
        page,
        "\n## How to silence it\n\nWith a reason and an end date, in the file that `--silences` names:\n\n\
         ```toml\n[[silence]]\ncheck = \"{}\"\nplace = \"as the report names it; left out: every place\"\nreason = \"why this is acceptable for now\"\nuntil = \"2027-06-30\"\n```",
        check.id
    );
    page
}

/// The list of all checks.
#[must_use]
pub fn index() -> String {
    let ids: std::collections::BTreeSet<_> = all().flat_map(|check| check.asvs).collect();
    let mut page = format!(
        "{MADE}# Checks\n\n{} checks over {} requirements of ASVS 5.0.\n",
        all().count(),
        ids.len()
    );
    for suite in SUITES {
        let _ = writeln!(
            page,
            "\n## {}\n\n| check | what is wrong when it fails | severity | active | ASVS |\n|---|---|---|---|---|",
            suite.title
        );
        for check in suite.checks() {
            let active = if check.active { "yes" } else { "" };
            let _ = writeln!(
                page,
                "| [{id}](checks/{id}.md) | {} | {} | {active} | {} |",
                check.title,
                check.severity.word(),
                check.asvs.join(", "),
                id = check.id
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_why_how_and_until_when() {
        for check in all() {
            let page = page(check);
            for part in [
                check.id,
                check.claim,
                check.why,
                check.fix.text,
                "## How to silence it",
                "until = ",
            ] {
                assert!(page.contains(part), "{}: {part}", check.id);
            }
        }
        assert!(all().all(|check| index().contains(&format!("(checks/{}.md)", check.id))));
    }
}
