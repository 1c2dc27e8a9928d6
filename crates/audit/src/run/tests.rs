use super::*;
use crate::jwt::Token;
use crate::testing::{NOW_S, Server, client, proofs, reply};

fn check(id: &str) -> &'static Check {
    crate::by_id(id).unwrap()
}

#[tokio::test]
async fn what_is_not_permitted_or_not_given_is_not_tested() {
    let server = Server::start(std::sync::Arc::new(|_| reply(200, &[], ""))).await;
    let client = client(&[server.url()]);
    let checks = [check("jwt.alg-none"), check("jwt.no-expiry")];
    let options = Options {
        now_s: NOW_S,
        ..Options::default()
    };
    let report = run(&checks, &Target::default(), &client, &options, &|_| {}).await;
    let whys: Vec<_> = report
        .outcomes
        .iter()
        .map(|outcome| (outcome.verdict, outcome.why.as_str()))
        .collect();
    assert_eq!(whys[0].0, Verdict::NotTested);
    assert!(whys[0].1.contains("--active"), "{whys:?}");
    assert_eq!(whys[1], (Verdict::NotTested, "no token was given"));
    assert_eq!((report.requests, report.has_finding(Severity::Info)), (0, false));
}

#[tokio::test]
async fn a_target_that_is_gone_is_neither_passed_nor_failed() {
    let proofs = proofs();
    let proof = proofs.iter().find(|proof| proof.check == "jwt.alg-none").unwrap();
    let server = Server::start(std::sync::Arc::clone(&proof.fails.handler)).await;
    let client = std::sync::Arc::new(client(&[server.url()]));
    let target = (proof.fails.target)(server.url().clone(), std::sync::Arc::clone(&client)).await;
    drop(server);
    tokio::task::yield_now().await;
    let options = Options {
        is_active: true,
        now_s: NOW_S,
        ..Options::default()
    };
    let report = run(&[check("jwt.alg-none")], &target, &client, &options, &|_| {}).await;
    assert_eq!(
        report.outcomes[0].verdict,
        Verdict::Inconclusive,
        "{:?}",
        report.outcomes[0].why
    );
    assert!(report.judged_nothing());
    let log = crate::report::sarif::sarif(&report);
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[tokio::test]
async fn a_silenced_finding_is_reported_and_not_counted() {
    let text = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln";
    let target = Target {
        token: Token::parse(text).ok(),
        ..Target::default()
    };
    let silence = "[[silence]]\ncheck = \"jwt.no-expiry\"\nreason = \"a demo\"\nuntil = \"2099-01-01\"";
    for (silences, is_loud) in [
        (Silences::default(), true),
        (Silences::parse(silence).unwrap(), false),
    ] {
        let options = Options {
            now_s: NOW_S,
            silences,
            ..Options::default()
        };
        let url = url::Url::parse("http://127.0.0.1:1/").unwrap();
        let report = run(
            &[check("jwt.no-expiry")],
            &target,
            &client(&[&url]),
            &options,
            &|_| {},
        )
        .await;
        assert_eq!(report.outcomes[0].verdict, Verdict::Fail);
        assert_eq!(report.has_finding(Severity::High), is_loud);
        assert!(!report.has_finding(Severity::Critical));
        assert_eq!(report.outcomes[0].findings[0].silenced.is_none(), is_loud);
    }
}

#[tokio::test]
async fn evidence_shows_what_happened_without_the_credentials() {
    let proofs = proofs();
    let proof = proofs.iter().find(|proof| proof.check == "jwt.alg-none").unwrap();
    let outcome = proof.fails.judge("jwt.alg-none").await;
    let evidence = serde_json::to_string(&outcome.evidence).unwrap();
    assert!(
        evidence.contains("HTTP 200") && evidence.contains("authorization: Bearer eyJ"),
        "{evidence}"
    );
    assert!(
        !evidence.contains(".MEU") && evidence.contains("[signature]"),
        "{evidence}"
    );
}
