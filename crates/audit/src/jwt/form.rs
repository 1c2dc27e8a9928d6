//! Tokens in another form than the one that is meant, and texts that are no tokens.

use jose::base64url;
use serde_json::json;

use super::Endpoint;
use super::claims::fix;
use super::endpoint::{Admission, Oracle};
use super::forge::{Bench, FORGES, Forged, changed, forging, part};
use crate::answer::Answer;
use crate::check::{Attempt, Check, Judge, Need, Severity};
use crate::client::Stop;
use crate::leak::leaks;
use crate::probe::Probe;
use crate::request::Request;
use crate::tally::Tally;
use crate::verdict::Judgement;

/// How a check judges whose tokens must be refused in good order.
macro_rules! troubling {
    ($make:expr) => {{
        const ATTEMPT: Attempt = |probe| Box::pin(trouble(probe, $make));
        Judge::Try(ATTEMPT)
    }};
}
pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "jwt.base64-malleable",
        title: "One token has many spellings",
        claim: "A token whose base64url is not canonical is refused.",
        why: "A token that was put on a list of refused ones by its bytes comes back in another spelling.",
        severity: Severity::Low,
        asvs: &["V1.5.3"],
        rfc: &["RFC 7515 section 2", "RFC 4648 section 3.5"],
        sends: "The good token with padding, with the other alphabet, with stray bits at its end, and with white space and other characters inside.",
        fix: fix(
            "Decode strictly, and keep lists of refused tokens by `jti` or session, never by the token's bytes.",
        ),
        judge: forging!(malleable),
        ..FORGES
    },
    Check {
        id: "jwt.trailing-data",
        title: "Something after the token is ignored",
        claim: "A token with a fourth part, or anything else behind it, is refused.",
        why: "What one program sees and another does not is where the two are played against each other.",
        severity: Severity::Low,
        asvs: &["V1.5.3"],
        rfc: &["RFC 7515 section 5.2"],
        sends: "The good token with a fourth part, with a dot, and with an unsigned token behind it.",
        fix: fix("Split at dots and require exactly three parts."),
        judge: forging!(|bench| {
            let good = bench.token.text();
            let none = bench.message(&[("alg", json!("none"))]);
            [
                ("a fourth part", format!("{good}.e30")),
                ("a dot", format!("{good}.")),
                ("a dot before", format!(".{good}")),
                ("another token", format!("{good},{none}.")),
            ]
            .map(|(label, token)| Forged::new(label, token))
            .into()
        }),
        ..FORGES
    },
    Check {
        id: "jwt.json-serialised",
        title: "A token as JSON is accepted",
        claim: "Only the compact form is accepted.",
        why: "The other forms have unprotected headers and several signatures, which nobody thought of here.",
        severity: Severity::Low,
        asvs: &["V1.5.3"],
        rfc: &["RFC 7519 section 1", "RFC 7515 section 7.2"],
        sends: "The good token in the flattened and the general JSON form.",
        fix: fix("Use the library's function for compact tokens."),
        judge: forging!(|bench| {
            let (header, payload, signature) = bench.token.parts();
            let flat = json!({"payload": payload, "protected": header, "signature": signature});
            let general =
                json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]});
            vec![
                Forged::new("flattened", flat.to_string()),
                Forged::new("general", general.to_string()),
            ]
        }),
        ..FORGES
    },
    Check {
        id: "jwt.polyglot",
        title: "A text that is two tokens at once is accepted",
        claim: "What is verified is what is read: a JSON form that also looks like a compact token is refused.",
        asvs: &["V9.1.1", "V1.5.3"],
        rfc: &["CVE-2022-39227", "RFC 8725 section 2.4"],
        sends: "A JSON form with the good signature over the good payload, whose first member is a compact token with other claims.",
        judge: forging!(|bench| {
            let (header, payload, signature) = bench.token.parts();
            let claims = part(&changed(
                &bench.token.claims,
                &[("sub", json!("somebody-else-7d1f"))],
            ));
            let text = |first: &str| {
                format!(
                    "{{\"  {first}.{claims}.\":\"\",\"protected\":\"{header}\",\"payload\":\"{payload}\",\"signature\":\"{signature}\"}}"
                )
            };
            vec![
                Forged::new("compact inside of JSON", text(header)),
                Forged::new(
                    "unsigned inside of JSON",
                    text(&part(&changed(&bench.token.header, &[("alg", json!("none"))]))),
                ),
            ]
        }),
        ..FORGES
    },
    Check {
        id: "jwt.oversized",
        title: "A large token brings the service into trouble",
        claim: "A token of 6 to 60 KiB is refused with a 4xx status, and the next request is served.",
        why: "One request takes a worker's memory or time; many take the service.",
        severity: Severity::Low,
        asvs: &["V15.2.2"],
        rfc: &["RFC 8725 section 3.2"],
        sends: "Unsigned tokens of 6, 20 and 60 KiB.",
        fix: fix("Limit the length of a token to 8 KiB before it is looked at."),
        judge: troubling!(|bench| {
            [6, 20, 60]
                .map(|kib| {
                    let claims = changed(
                        &bench.token.claims,
                        &[("x", json!("A".repeat(kib * 1024 * 3 / 4)))],
                    );
                    Forged::new(
                        format!("{kib} KiB"),
                        format!("{}.{}.AAAA", bench.token.parts().0, part(&claims)),
                    )
                })
                .into()
        }),
        ..FORGES
    },
    Check {
        id: "jwt.deep-json",
        title: "A deeply nested token brings the service into trouble",
        claim: "Claims that are nested a thousand deep are refused with a 4xx status.",
        why: "A parser that recurses overflows its stack, which no handler of errors catches.",
        severity: Severity::Low,
        asvs: &["V15.2.2", "V16.5.3"],
        rfc: &["RFC 8259 section 9"],
        sends: "Tokens whose header, and whose payload, is nested 1000 deep.",
        fix: fix("Verify the signature before the payload is parsed, and limit the depth of the header."),
        judge: troubling!(|bench| {
            let deep =
                base64url::encode(format!("{}1{}", "{\"a\":".repeat(1000), "}".repeat(1000)).as_bytes());
            let (header, payload, signature) = bench.token.parts();
            vec![
                Forged::new("deep payload", format!("{header}.{deep}.{signature}")),
                Forged::new("deep header", format!("{deep}.{payload}.{signature}")),
            ]
        }),
        ..FORGES
    },
    Check {
        id: "jwt.malformed",
        title: "A text that is no token brings the service into trouble, or makes it talk",
        claim: "What is no token is refused with a 4xx status and without traces, paths or names of libraries.",
        why: "A trace names the library and its version; a 5xx is work for whoever watches, and a start for whoever looks.",
        severity: Severity::Low,
        asvs: &["V16.5.1", "V16.5.3"],
        rfc: &["RFC 6750 section 3.1"],
        sends: "A dozen texts: dots only, wrong alphabets, JSON of the wrong kind, huge numbers, a header that is a list.",
        fix: fix(
            "Answer 401 to whatever does not verify, in one place, and write the cause to the log only.",
        ),
        judge: troubling!(malformed),
        ..FORGES
    },
    Check {
        id: "jwt.in-address",
        title: "The token is accepted in the address",
        claim: "A token in the query is not looked at.",
        why: "Addresses stand in logs, histories and `Referer` fields: the token does then, too.",
        severity: Severity::Low,
        asvs: &["V14.2.1"],
        rfc: &["RFC 9700 section 4.3.2", "RFC 6750 section 2.3"],
        sends: "The good token as `access_token`, `token`, `jwt` and `auth` of the query, once each. It then stands in the target's logs: use a token of a test user.",
        fix: fix("Take tokens from `Authorization` or a cookie only."),
        judge: Judge::Try(|probe| Box::pin(in_address(probe))),
        ..FORGES
    },
];

fn malleable(bench: &Bench<'_>) -> Vec<Forged> {
    let (header, payload, signature) = bench.token.parts();
    let token = |signature: &str| format!("{header}.{payload}.{signature}");
    let mut list = vec![
        Forged::new("padding", token(&format!("{signature}=="))),
        Forged::new(
            "white space at the end of a part",
            format!("{header}.{payload} .{signature}"),
        ),
        Forged::new("a tab inside the signature", token(&with_inside(signature, '\t'))),
        Forged::new(
            "a character of no alphabet inside the signature",
            token(&with_inside(signature, '!')),
        ),
    ];
    if signature.contains(['-', '_']) {
        list.push(Forged::new(
            "the other alphabet",
            token(&signature.replace('-', "+").replace('_', "/")),
        ));
    }
    if let Some(other) = stray_bits(signature) {
        list.push(Forged::new("stray bits", token(&other)));
    }
    list
}

fn with_inside(text: &str, stray: char) -> String {
    let parts = text.split_at_checked(4);
    parts.map_or_else(String::new, |(start, end)| format!("{start}{stray}{end}"))
}

/// The same bytes to a lenient decoder: the last character with one of its unused bits set.
fn stray_bits(text: &str) -> Option<String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if text.len().is_multiple_of(4) {
        return None;
    }
    let (start, last) = text.split_at_checked(text.len() - 1)?;
    let at = ALPHABET.find(last)?;
    Some(format!("{start}{}", ALPHABET.chars().nth(at ^ 1)?))
}

fn malformed(bench: &Bench<'_>) -> Vec<Forged> {
    let (header, payload, signature) = bench.token.parts();
    let of = |text: &str| base64url::encode(text.as_bytes());
    let texts = [
        ("dots", "...".to_owned()),
        ("empty parts", "..".to_owned()),
        ("percent signs", "%00.%ff.%2e".to_owned()),
        ("one word", "token".to_owned()),
        ("the wrong alphabet", format!("{header}.{payload}.!!!!")),
        ("header is a list", format!("{}.{payload}.{signature}", of("[]"))),
        ("header is null", format!("{}.{payload}.{signature}", of("null"))),
        (
            "header is cut",
            format!("{}.{payload}.{signature}", of("{\"alg\":")),
        ),
        (
            "header is not UTF-8",
            format!("{}.{payload}.{signature}", base64url::encode(&[0xff, 0xfe, 0x7b])),
        ),
        (
            "payload is a number",
            format!("{header}.{}.{signature}", of("1e999")),
        ),
        (
            "kid is an object",
            format!(
                "{}.{payload}.{signature}",
                part(&changed(&bench.token.header, &[("kid", json!({"$ne": null}))]))
            ),
        ),
        (
            "alg is a number",
            format!(
                "{}.{payload}.{signature}",
                part(&changed(&bench.token.header, &[("alg", json!(256))]))
            ),
        ),
        (
            "exp is huge",
            format!(
                "{header}.{}.{signature}",
                part(&changed(&bench.token.claims, &[("exp", json!(1e300))]))
            ),
        ),
    ];
    texts.map(|(label, text)| Forged::new(label, text)).into()
}

async fn trouble(probe: &Probe<'_>, make: fn(&Bench<'_>) -> Vec<Forged>) -> Result<Judgement, Stop> {
    let (Some(endpoint), Some(token)) = (&probe.target.endpoint, &probe.target.token) else {
        return Ok(Judgement::not_tested(Need::Endpoint.missing()));
    };
    let good = token.text();
    let oracle = match endpoint.oracle(probe, good).await? {
        Ok(oracle) => oracle,
        Err(why) => return Ok(Judgement::inconclusive(why.clone())),
    };
    let mut tally = Tally::default();
    for Forged { label, token } in make(&Bench { token, probe }) {
        let answer = probe.send(endpoint.request(&token)).await;
        troubled(&mut tally, &label, answer, oracle);
    }
    // The good one is served afterwards, or what was asked did harm.
    let again = probe.send(endpoint.request(good)).await?;
    if again.status >= 500 {
        tally.find("afterwards", "the good token is answered with a fault");
    } else if oracle.judge(&again) != Admission::Accepted {
        tally.leave_open(format!(
            "afterwards the good token is answered with {}",
            again.status
        ));
    }
    Ok(tally.judged("each was refused, in few words"))
}

/// What an answer to something that is no token says of the service.
fn troubled(tally: &mut Tally, label: &str, answer: Result<Answer, Stop>, oracle: &Oracle) {
    match answer {
        // One that asks to come back later counts requests, and has not looked at this one.
        Ok(answer) if answer.status == 503 && answer.field("retry-after").is_some() => {
            tally.note(label, answer.heard().map(|_| false), "");
        }
        Ok(answer) if answer.status >= 500 && answer.status != 501 => {
            tally.find(label, format!("answered with status {}", answer.status));
        }
        Ok(answer) if oracle.judge(&answer) == Admission::Accepted => {
            tally.find(label, format!("accepted with status {}", answer.status));
        }
        Ok(answer) => match leaks(&answer.text()) {
            Some(what) => tally.find(label, format!("the answer shows {what}")),
            None => tally.note(label, answer.heard().map(|_| false), ""),
        },
        Err(Stop::Slow(after_s)) => tally.find(label, format!("no answer within {after_s} s")),
        // A service may hang up on a text that is far too long, and some texts fit into no field. The good token is tried at the end.
        Err(Stop::Broken(_) | Stop::Unsendable(_)) => {}
        Err(stop) => tally.note(label, Err(stop), ""),
    }
}

async fn in_address(probe: &Probe<'_>) -> Result<Judgement, Stop> {
    let (Some(endpoint), Some(token)) = (&probe.target.endpoint, &probe.target.token) else {
        return Ok(Judgement::not_tested(Need::Endpoint.missing()));
    };
    let oracle = match endpoint.oracle(probe, token.text()).await? {
        Ok(oracle) => oracle,
        Err(why) => return Ok(Judgement::inconclusive(why.clone())),
    };
    let mut tally = Tally::default();
    for name in ["access_token", "token", "jwt", "auth"] {
        let answer = probe.send(with_query(endpoint, name, token.text())).await;
        let taken = answer.and_then(|answer| match oracle.judge(&answer) {
            Admission::Accepted => Ok(true),
            Admission::Refused => Ok(false),
            Admission::Unclear => Err(Stop::Unsure(format!(
                "the answer, with {}, is like neither",
                answer.status
            ))),
        });
        tally.note(&format!("query {name}"), taken, "accepted");
    }
    Ok(tally.judged("four names in the query were ignored"))
}

fn with_query(endpoint: &Endpoint, name: &str, token: &str) -> Request {
    let mut request = endpoint.bare();
    request.url.query_pairs_mut().append_pair(name, token);
    request
}
