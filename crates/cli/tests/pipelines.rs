//! The GitHub Action and the GitLab template do what they say: their own steps are run here, with the program that was built.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]
#![allow(clippy::disallowed_methods, reason = "drives real processes")]

mod stage;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use stage::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

const ACTION: &str = include_str!("../../../integrations/github-action/action.yml");
const TEMPLATE: &str = include_str!("../../../integrations/gitlab/symbolon-audit.gitlab-ci.yml");

fn parsed(text: &str) -> Yaml {
    let mut documents = YamlLoader::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn keys(table: &Yaml) -> BTreeSet<String> {
    let keys = table.as_hash().unwrap().keys();
    keys.map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// Words of letters, digits and dashes behind `mark`.
fn behind(text: &str, mark: &str) -> BTreeSet<String> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let words = text.split(mark).skip(1);
    words
        .map(|rest| rest.chars().take_while(|c| is_of_word(*c)).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A site that sets a careless cookie. It serves until the test is over.
fn site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nset-cookie: sid=12345678\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            );
        }
    });
    url
}

/// What the step of the action does with these inputs.
fn act(dir: &Path, inputs: &[(&str, &str)]) -> Output {
    let action = parsed(ACTION);
    let steps = action["runs"]["steps"].as_vec().unwrap();
    let [step] = steps.as_slice() else {
        panic!("one step")
    };
    let mut command = Command::new(step["shell"].as_str().unwrap());
    command
        .arg("-c")
        .arg(step["run"].as_str().unwrap())
        .current_dir(dir);
    for (variable, value) in step["env"].as_hash().unwrap() {
        let value = value.as_str().unwrap();
        let name = value.trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        let given = inputs.iter().find(|(input, _)| *input == name);
        let default = action["inputs"][name]["default"].as_str().unwrap();
        command.env(
            variable.as_str().unwrap(),
            given.map_or(default, |(_, value)| value),
        );
    }
    command
        .env("GITHUB_OUTPUT", dir.join("outputs"))
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_action_names_the_inputs_that_it_uses_and_no_others() {
    let action = parsed(ACTION);
    assert_eq!(keys(&action["inputs"]), behind(ACTION, "inputs."));
    let step = &action["runs"]["steps"][0];
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    let script = step["run"].as_str().unwrap();
    // No input is text of the script, where it could hold commands.
    assert!(!script.contains("${{"));
    let mut used: BTreeSet<String> = behind(script, "$")
        .union(&behind(script, "${"))
        .cloned()
        .collect();
    used.retain(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    assert!(used.remove("GITHUB_OUTPUT"));
    assert_eq!(used, keys(&step["env"]));
    let id = step["id"].as_str().unwrap();
    for name in keys(&action["outputs"]) {
        let value = action["outputs"][name.as_str()]["value"].as_str().unwrap();
        assert_eq!(value, format!("${{{{ steps.{id}.outputs.{name} }}}}"));
        assert!(script.contains(&format!("echo \"{name}=")), "{name}");
    }
}

#[test]
fn the_action_audits_hands_its_files_on_and_fails_where_it_should() {
    let dir = TempDir::new("pipeline-action");
    let (url, program) = (site(), env!("CARGO_BIN_EXE_symbolon"));
    let output = act(
        dir.path(),
        &[("urls", &format!("{url} {url}b")), ("program", program)],
    );
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let outputs = std::fs::read_to_string(dir.path().join("outputs")).unwrap();
    for line in outputs.lines() {
        let (_, file) = line.split_once('=').unwrap();
        assert!(dir.path().join(file).metadata().unwrap().len() > 500, "{file}");
    }
    assert_eq!(outputs.lines().count(), 2);
    assert!(dir.path().join("symbolon-audit.xml").exists());

    // The inventory, silences and an earlier report are passed on, and decide.
    let inventory = format!("[[site]]\nenvironment = \"one\"\nurl = \"{url}\"\nsamples = 2\n");
    std::fs::write(dir.path().join("sites.toml"), inventory).unwrap();
    let known = "[[silence]]\ncheck = \"cookies.not-secure\"\nreason = \"a test\"\nuntil = \"2999-01-01\"\n";
    std::fs::write(dir.path().join("silences.toml"), known).unwrap();
    std::fs::rename(
        dir.path().join("symbolon-audit.json"),
        dir.path().join("before.json"),
    )
    .unwrap();
    let inputs = [
        ("inventory", "sites.toml"),
        ("silences", "silences.toml"),
        ("baseline", "before.json"),
        ("fail-on", "critical"),
        ("program", program),
    ];
    let output = act(dir.path(), &inputs);
    let said = told(&output);
    assert!(
        said.contains("1 findings silenced") && said.contains("(new)"),
        "{said}"
    );
    let report = std::fs::read_to_string(dir.path().join("symbolon-audit.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let is_critical =
        |outcome: &serde_json::Value| outcome["severity"] == "critical" && outcome["verdict"] == "fail";
    let has_critical = report["outcomes"].as_array().unwrap().iter().any(is_critical);
    assert_eq!(output.status.code(), Some(i32::from(has_critical)), "{said}");

    // A mistake is one: nothing is taken for a clean run.
    let output = act(dir.path(), &[("inventory", "nowhere.toml"), ("program", program)]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
}

#[test]
fn the_template_runs_and_leaves_what_it_hands_on() {
    let dir = TempDir::new("pipeline-template");
    let template = parsed(TEMPLATE);
    let job = &template["symbolon-audit"];
    let used = behind(TEMPLATE, "\"$");
    assert_eq!(keys(&job["variables"]), used);
    let inventory = format!(
        "[[site]]\nenvironment = \"one\"\nurl = \"{}\"\nsamples = 2\n",
        site()
    );
    let name = job["variables"]["AUDIT_INVENTORY"].as_str().unwrap();
    std::fs::write(dir.path().join(name), inventory).unwrap();
    let programs = dir.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_symbolon"), programs.join("symbolon")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let lines: Vec<&str> = job["script"]
        .as_vec()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let mut command = Command::new("sh");
    command.arg("-ec").arg(lines.join("\n")).current_dir(dir.path());
    for (variable, value) in job["variables"].as_hash().unwrap() {
        command.env(variable.as_str().unwrap(), value.as_str().unwrap());
    }
    let output = command
        .env("PATH", format!("{}:{path}", programs.display()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let artifacts = &job["artifacts"];
    let mut files: Vec<&str> = artifacts["paths"]
        .as_vec()
        .unwrap()
        .iter()
        .map(|path| path.as_str().unwrap())
        .collect();
    files.push(artifacts["reports"]["junit"].as_str().unwrap());
    for file in files {
        assert!(dir.path().join(file).metadata().unwrap().len() > 500, "{file}");
    }
    assert_eq!(artifacts["when"].as_str(), Some("always"));
}
