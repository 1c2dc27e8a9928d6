//! Names of keys that lead the look-up elsewhere.

use serde_json::Value;

use super::forge::{Bench, FORGES, Forged, forging};
use crate::check::Check;

const NAMES: Check = Check {
    claim: "`kid` is looked up among known keys, and is nothing else.",
    asvs: &["V9.1.3"],
    rfc: &["RFC 8725 section 3.10"],
    fix: super::claims::fix(
        "Look `kid` up in a map of the keys that were loaded at start, and refuse what is not in it.",
    ),
    ..FORGES
};

/// A secret that stands in the query.
const WORD: &str = "symbolon-audit";

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.kid-empty-file",
        title: "`kid` is a path: an empty file is taken for the key",
        sends: "The good token's claims under HS256 of an empty secret, with `kid` leading to `/dev/null` from several depths.",
        judge: forging!(|bench| {
            let kids = [
                "/dev/null",
                "../../../../../../../../dev/null",
                "file:///dev/null",
                "....//....//....//....//....//dev/null",
                "..%2f..%2f..%2f..%2f..%2fdev%2fnull",
            ];
            kids.iter()
                .flat_map(|kid| named(bench, kid, &["", "\0"]))
                .collect()
        }),
        ..NAMES
    },
    Check {
        id: "jwt.kid-traversal",
        title: "`kid` is a path: a file that everybody knows is taken for the key",
        asvs: &["V9.1.3"],
        sends: "The same with `kid` leading to files of Linux whose content is known, and that content as the secret.",
        judge: forging!(|bench| {
            let files = [
                ("proc/sys/kernel/ostype", "Linux"),
                ("proc/sys/net/ipv4/ip_default_ttl", "64"),
                ("sys/module/printk/parameters/time", "Y"),
            ];
            files
                .iter()
                .flat_map(|(path, content)| {
                    let kids = [format!("/{path}"), format!("../../../../../../../../{path}")];
                    kids.into_iter()
                        .flat_map(move |kid| named(bench, &kid, &[content, &format!("{content}\n")]))
                })
                .collect()
        }),
        ..NAMES
    },
    Check {
        id: "jwt.kid-query",
        title: "`kid` is part of a query: the token brings its own secret",
        asvs: &["V9.1.3", "V1.2.4"],
        sends: "The same with `kid` closing a text of SQL and selecting a secret of the token's own choice.",
        judge: forging!(|bench| {
            let kids = [
                format!("x' UNION SELECT '{WORD}'-- -"),
                format!("x' UNION ALL SELECT '{WORD}';-- -"),
                format!("x\" UNION SELECT \"{WORD}\"-- -"),
                format!("0 UNION SELECT '{WORD}'-- -"),
                format!("x') UNION SELECT '{WORD}'-- -"),
                format!("x' UNION SELECT '{WORD}' WHERE '1'='1"),
            ];
            kids.iter().flat_map(|kid| named(bench, kid, &[WORD])).collect()
        }),
        ..NAMES
    },
];

fn named(bench: &Bench<'_>, kid: &str, secrets: &[&str]) -> Vec<Forged> {
    let of = |secret: &&str| {
        Forged::new(
            format!("kid {kid:?}, secret of {} bytes", secret.len()),
            bench.with_mac("HS256", secret.as_bytes(), &[("kid", Value::from(kid))]),
        )
    };
    secrets.iter().map(of).collect()
}
