use super::*;
use crate::harness::Size;

fn row(predicted: f64, measured: f64) -> Row {
    Row {
        shape: "shape",
        figure: "F-09 cores",
        unit: "cores",
        predicted,
        measured,
    }
}

#[test]
fn a_prediction_is_judged_by_what_was_measured() {
    assert!(row(1.25, 1.0).is_within() && row(0.75, 1.0).is_within() && row(0.0, 0.0).is_within());
    assert!(!row(1.26, 1.0).is_within() && !row(0.74, 1.0).is_within() && !row(1.0, 0.0).is_within());
    let text = table(&[row(1.0, 1.0), row(2.0, 1.0)]);
    assert!(
        text.contains("1 of 2 within 25 %") && text.contains("100.0 %  MISSED"),
        "{text}"
    );
}

#[test]
fn what_is_fitted_is_a_file_that_the_advice_reads() {
    let fitted = Fitted {
        warm_us: 20.5,
        verify_us: 80.0,
        verify_eddsa_us: 85.0,
        verify_rs256_us: 40.0,
        unseal_us: 30.0,
        token_bytes: 500.0,
        cookie_bytes: 160.0,
        propagation_ms: vec![1.5, 2.5, 9.0],
        commit_ms: vec![0.2, 0.3, 4.0],
        reads_of_a_lookup: 3.0,
    };
    assert_eq!(fitted.propagation(0.5), 2.5);
    let constants = frozen(&fitted).unwrap();
    assert_eq!((constants.verify_us, constants.propagation_p99_ms), (80.0, 9.0));
    assert_eq!(
        (constants.verify_eddsa_us, constants.verify_rs256_us),
        (85.0, 40.0)
    );
    assert_eq!((constants.commit_p50_ms, constants.commit_p99_ms), (0.3, 4.0));
    let lines = fitted.text();
    let lines: Vec<&str> = lines.lines().filter(|line| !line.starts_with('#')).collect();
    let mut read = Constants::default();
    for line in &lines {
        let (name, rest) = line.split_once(" = ").unwrap();
        let value = rest.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(read.set(name, value), Ok(()));
    }
    assert_eq!(read, constants);
    assert_eq!(lines.len(), fitted.constants().len());
}

/// Everything runs at its smallest size: what it finds is no figure.
#[test]
fn the_comparison_still_works() {
    crate::stage::build();
    let ground = Ground::new(Size::Tiny).unwrap();
    let (_, rows) = compared(&ground).unwrap();
    assert_eq!(rows.len(), 8);
    // What no load can change: bytes, and operations at the store.
    for row in rows.iter().filter(|row| row.unit != "ms" && row.unit != "cores") {
        assert!(row.is_within(), "{} {}", row.shape, row.figure);
    }
}
