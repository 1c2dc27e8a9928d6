use super::*;

fn heard(lines: &[&str]) -> Tally {
    let mut tally = Tally::default();
    lines.iter().for_each(|line| tally.hear(line));
    tally
}

#[test]
fn options_are_read_and_others_refused() {
    let filter = Some("refresh".to_owned());
    assert_eq!(
        Options::parse(&["--filter", "refresh"]),
        Ok(Options {
            filter: filter.clone(),
            list: false
        })
    );
    assert_eq!(
        Options::parse(&["--list", "--filter=refresh"]),
        Ok(Options { filter, list: true })
    );
    assert!(Options::parse(&["--filter"]).is_err());
    assert!(Options::parse(&["refresh"]).is_err());
}

#[test]
fn adds_up_what_the_programs_say() {
    let tally = heard(&[
        "test jws::tests::refuses ... ok",
        "test jws::tests::panics - should panic ... ok",
        "test jws::tests::breaks ... FAILED",
        "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        "test result: ok. 40 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.01s",
    ]);
    assert_eq!((tally.passed, tally.failed, tally.ignored), (42, 1, 3));
    assert_eq!(
        tally.names.into_iter().collect::<Vec<_>>(),
        ["jws::tests::panics", "jws::tests::refuses"]
    );
}

fn attack(id: &str, tests: &[&str]) -> Attack {
    Attack {
        id: id.to_owned(),
        what: "w".to_owned(),
        stopped_by: "s".to_owned(),
        tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        checks: Vec::new(),
    }
}

#[test]
fn an_attack_is_proven_by_a_test_that_passed_alone() {
    let attacks = [
        attack("A1", &["jose::jws::tests::refuses"]),
        attack("A2", &["cli/tests/nginx.rs::denies", "jose::lost"]),
    ];
    let all = heard(&[
        "test jws::tests::refuses ... ok",
        "test denies ... ok",
        "test lost ... ok",
    ]);
    assert_eq!(unproven(&attacks, &all), [""; 0]);
    let example = [attack("A3", &["jose/src/presented.rs (compile_fail)"])];
    let line = "test crates/jose/src/presented.rs - presented::Presented (line 17) - compile fail ... ok";
    assert_eq!(
        (
            unproven(&example, &heard(&[line])).len(),
            unproven(&example, &all).len()
        ),
        (0, 1)
    );
    let some = heard(&["test jws::tests::refuses ... ok", "test denies ... FAILED"]);
    assert_eq!(unproven(&attacks, &some).len(), 2);
}

#[test]
fn listens_to_a_program_and_to_how_it_ends() {
    let says = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        listen(shell).unwrap()
    };
    let (tally, ended_well) = says("echo 'test result: ok. 7 passed; 0 failed; 0 ignored'");
    assert_eq!((tally.passed, ended_well), (7, true));
    assert!(!says("exit 101").1);
}
