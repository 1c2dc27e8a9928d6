//! Relative links in Markdown lead somewhere.

use super::Report;
use crate::tree::{File, Tree};

const RULE: &str = "links";

/// Follows every relative link of every Markdown file.
pub(crate) fn check(tree: &Tree, report: &mut Report) {
    let mut followed = 0_usize;
    for file in tree.files().filter(|file| file.path.ends_with(".md")) {
        for (line, target) in links(file) {
            followed += 1;
            if !resolve(&file.path, &target).is_some_and(|path| tree.has(&path)) {
                report.find(
                    RULE,
                    &format!("{}:{line}", file.path),
                    &format!("the link to {target} leads nowhere"),
                );
            }
        }
    }
    report
        .figures
        .push(format!("links: {followed} relative links followed"));
}

/// The relative targets with their lines, without `#fragment` and title. Code is no link.
fn links(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (at, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every second part between backticks is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
        let inline = prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .map(|(target, _)| target);
        let reference = prose
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]: "))
            .map(|(_, target)| target);
        let targets = inline
            .chain(reference)
            .filter_map(|target| target.split_whitespace().next());
        let paths = targets
            .filter(|target| is_relative(target))
            .map(|target| target.split('#').next().unwrap_or_default());
        found.extend(
            paths
                .filter(|path| !path.is_empty())
                .map(|path| (at + 1, path.to_owned())),
        );
    }
    found
}

fn is_relative(target: &str) -> bool {
    !target.contains("://") && !target.starts_with("mailto:")
}

/// The path from the root that a link in `from` means. None where it leaves the repository.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let mut report = Report::default();
        let tree = Tree::of(&[
            ("docs/A.md", text),
            ("docs/B.md", ""),
            ("crates/a/src/lib.rs", ""),
            ("C.md", ""),
        ]);
        check(&tree, &mut report);
        report.findings
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        for text in [
            "[b](B.md) and [c](../C.md#part \"title\")",
            "[a](../crates/a/) [a](./B.md)",
            "[x]: B.md",
            "[top](#top)",
            "[web](https://example.org/x.md)",
            "`[code](nowhere.md)`",
            "```\n[code](nowhere.md)\n```",
            "[root](..)",
        ] {
            assert_eq!(findings(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_fail() {
        for text in [
            "[b](C.md)",
            "[b](B.md) [d](D.md#x)",
            "[x]: D.md",
            "[out](../../B.md)",
            "```\n```\n[e](E.md)",
        ] {
            assert_eq!(findings(text).len(), 1, "{text}");
        }
        assert_eq!(
            findings("a\n\n[b](x.md)"),
            ["docs/A.md:3: the link to x.md leads nowhere [links]"]
        );
    }
}
