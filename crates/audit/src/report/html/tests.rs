use super::*;
use crate::testing::{outcome, report};

#[test]
fn the_page_needs_nothing_and_believes_nothing() {
    let mut one = outcome("jwt.x", Verdict::Fail, &["V9.1.1"]);
    one.findings[0].place = "<script>alert(1)</script>".to_owned();
    one.findings[0].compared = Some(Compared::New);
    let page = html(
        &report(vec![one, outcome("jwt.y", Verdict::NotTested, &["V9.1.2"])]),
        None,
        "",
    );
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    for outside in ["src=", "href=\"http", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(
        page.contains("V9.1.1<span> failed")
            && page.contains("V9.1.2<span> not tested")
            && page.contains("V9.1.3<span> no check")
    );
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_was_not_tested_stands_once_for_each_reason() {
    let mut told = outcome("jwt.a", Verdict::NotTested, &[]);
    "no <key>".clone_into(&mut told.why);
    let mut same = told.clone();
    "jwt.b".clone_into(&mut same.check);
    let page = html(
        &report(vec![told, outcome("jwt.c", Verdict::Pass, &[]), same]),
        None,
        "",
    );
    assert_eq!(page.matches("<strong>no &lt;key&gt;</strong>").count(), 1);
    assert!(page.contains(">jwt.a</code>, <code") && page.contains(">jwt.b</code></li>"));
    assert_eq!(page.matches("<tr><td><code>").count(), 1);
}

#[test]
fn what_stands_between_backticks_is_code_and_nothing_of_it_markup() {
    assert_eq!(
        prose("set `a<b>` and `c`, not `d"),
        "set <code>a&lt;b&gt;</code> and <code>c</code>, not `d"
    );
}
