//! `symbolon advise` without a file, on a real terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod stage;
mod support;

use rustix::termios::{LocalModes, Termios};
use stage::TempDir;
use stage::terminal::{Ended, Terminal};
use support::symbolon;

/// The last words of the first questions, which wait for an answer.
const WAITS: [&str; 10] = [
    "[browser_same_site] ",
    "[1] ",
    "[1] ",
    "[nginx] ",
    "[none] ",
    "[2000] ",
    "[100] ",
    "[10s] ",
    "[none] ",
    "[refuse] ",
];
const SUMMARY: &str = "Enter to go on, b for the last question again: ";

fn files(dir: &TempDir) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir.path().join("out")) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn fits(shown: &str) {
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn enter_all_the_way_writes_the_topology_and_what_carries_it_out() {
    let dir = TempDir::new("dialogue");
    let mut terminal = Terminal::run(dir.path(), &["advise", "--emit", "out"]);
    let mut shown = String::new();
    for waits in WAITS {
        shown.push_str(&terminal.wait(waits));
        terminal.press("\n");
    }
    shown.push_str(&terminal.wait(SUMMARY));
    let summary = shown.rsplit("[refuse] ").next().unwrap();
    assert!(summary.contains("kind = \"browser_same_site\"") && summary.contains("gateway = \"nginx\""));
    assert_eq!(files(&dir), [""; 0], "nothing is written before it is confirmed");
    terminal.press("\n");
    let end = terminal.end();
    let report = end.shown;
    assert_eq!(end.how, Ended::Code(0), "{report}");
    shown.push_str(&report);
    fits(&shown);
    assert!(report.contains("Use a server session."), "{report}");
    let written = [
        "DRILL.md",
        "drill.toml",
        "nginx.conf",
        "symbolon.toml",
        "topology.toml",
    ];
    assert_eq!(files(&dir), written);

    let out = dir.path().join("out");
    let path = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let again = symbolon(&["advise", &path("topology.toml")], "");
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(
        report.contains(&again.out),
        "the file says what was answered:\n{report}\n{}",
        again.out
    );
    let against = [
        "--config",
        &path("symbolon.toml"),
        "--against",
        &path("topology.toml"),
    ];
    let checked = symbolon(&[&["config", "check"], &against[..]].concat(), "");
    assert_eq!(checked.code, 0, "{}", checked.out);

    // Another dialogue would end in files that are there: it is said before the first question.
    let refused = Terminal::run(dir.path(), &["advise", "--emit", "out"]);
    let refused = refused.end();
    assert_eq!(refused.how, Ended::Code(1));
    let said = refused.shown;
    assert!(
        said.contains("exists and is left alone") && !said.contains("Who sends"),
        "{said}"
    );
}

#[test]
fn a_wrong_answer_has_its_hint_and_one_can_go_back() {
    let dir = TempDir::new("dialogue");
    let mut terminal = Terminal::run(dir.path(), &["advise", "--emit", "out"]);
    terminal.wait(WAITS[0]);
    terminal.press("spaceship\n");
    terminal.wait("\"spaceship\" is not among the choices: a number from 1 to 9, or a word\n");
    terminal.wait(WAITS[0]);
    terminal.press("5\n");
    terminal.wait("In how many places");
    terminal.press("0\n");
    // The file's own check speaks, with its remedy.
    terminal.wait("0 is out of bounds: choose 1 to 100000\n");
    terminal.wait("In how many places");
    terminal.press("many\n");
    terminal.wait("write a number\n");
    terminal.press("12\n");
    terminal.wait("In how many regions");
    terminal.press("b\n");
    terminal.wait("In how many places");
    terminal.press("b\n");
    terminal.wait("Who sends requests?");
    terminal.press("mobile, spa\n");
    terminal.wait("In how many places");
    terminal.press("8\n");
    terminal.wait("In how many regions");
    for waits in &WAITS[2..] {
        terminal.wait(waits);
        terminal.press("\n");
    }
    terminal.wait(SUMMARY);
    terminal.press("yes\n");
    terminal.wait("Enter, or b\n");
    terminal.press("b\n");
    terminal.wait("while the store is down?");
    terminal.press("b\n");
    terminal.wait("Which rule books apply?");
    terminal.press("asvs-l1\n");
    terminal.wait("[refuse] ");
    terminal.press("1\n");
    let summary = terminal.wait(SUMMARY);
    assert!(
        summary.contains("compliance = [\"asvs-l1\"]") && summary.contains("edges = 8\n"),
        "{summary}"
    );
    terminal.press("\n");
    let end = terminal.end();
    let report = end.shown;
    assert_eq!(end.how, Ended::Code(0), "{report}");
    let topology = std::fs::read_to_string(dir.path().join("out/topology.toml")).unwrap();
    for line in [
        "kind = \"mobile\"",
        "kind = \"spa\"",
        "edges = 8\n",
        "compliance = [\"asvs-l1\"]",
    ] {
        assert!(topology.contains(line), "{line} in\n{topology}");
    }
    assert!(!topology.contains("edges = 12") && !topology.contains("browser_same_site"));
}

#[test]
fn ctrl_c_and_ctrl_d_leave_the_terminal_as_it_was_and_write_nothing() {
    let dir = TempDir::new("dialogue");
    for (key, expected) in [("\u{3}", Ended::Signal(2)), ("\u{4}", Ended::Code(1))] {
        let mut terminal = Terminal::run(dir.path(), &["advise", "--emit", "out"]);
        let before = terminal.settings();
        terminal.wait(WAITS[0]);
        terminal.press("spa\n");
        terminal.wait(WAITS[1]);
        terminal.press(key);
        let end = terminal.end();
        assert_eq!(end.how, expected, "{}", end.shown);
        let modes = |settings: &Termios| (settings.input_modes, settings.output_modes, settings.local_modes);
        assert_eq!(modes(&before), modes(&end.settings));
        assert!(
            before
                .local_modes
                .contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
        );
        assert!(!dir.path().join("out").exists());
    }
}
