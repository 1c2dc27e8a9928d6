//! The drills that `symbolon advise --emit` writes, carried out as the plan says on the deployment that it emitted: the verdict is
//! read from what is printed, and a broken promise fails its drill.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test code"
)]

mod stage;
mod support;

use std::cell::RefCell;
use std::path::Path;
use std::process::{Command, Stdio};

use stage::edge_node::{Cable, EdgeNode};
use stage::server::{Plan, Server};
use stage::{free_port, wait_for};
use support::{Directory, symbolon};

const TOPOLOGY: &str = "[deployment]\nname = \"Drilled\"\nedges = 3\n\
    [requirements]\nrevocation_reads = \"6s\"\nrevocation_writes = \"6s\"\n\
    [[client]]\nname = \"api\"\nkind = \"server\"\nhosts = [\"api.example.org\"]\naudience = \"https://api.example.org\"\n";

/// What a test cannot wait for or does not own: a round of the canary, this machine's health, and its speed.
const ELSEWHERE: [&str; 3] = ["canary", "clock", "latency/api"];

/// The emitted deployment, and the shell that drills it.
struct Drilled {
    plan: toml::Table,
    shell: String,
    cable: Cable,
    place: Plan,
    server: RefCell<Option<Server>>,
    _edges: [EdgeNode; 2],
    _emitted: Directory,
}

fn emit(file: &str, dir: &Path) -> toml::Table {
    let out = dir.join("out");
    let said = symbolon(&["advise", file, "--emit", out.to_str().unwrap()], "");
    assert!(said.code == 0 && said.err.contains("DRILL.md"), "{}", said.err);
    let page = std::fs::read_to_string(out.join("DRILL.md")).unwrap();
    let plan: toml::Table = std::fs::read_to_string(out.join("drill.toml"))
        .unwrap()
        .parse()
        .unwrap();
    for drill in plan["drill"].as_array().unwrap() {
        assert!(page.contains(&format!("\n## {}\n", drill["id"].as_str().unwrap())));
    }
    plan
}

/// Variables and functions, as the plan's head gives them.
fn shell(plan: &toml::Table, ours: &[(&str, String)]) -> String {
    let mut text = String::new();
    for setting in plan["setting"].as_array().unwrap() {
        let name = setting["name"].as_str().unwrap();
        let own = ours.iter().find(|(other, _)| *other == name);
        let value = own.map_or(setting["usual"].as_str().unwrap(), |(_, value)| value);
        text.push_str(&format!("{name}='{value}'\n"));
    }
    text + plan["functions"].as_str().unwrap()
}

impl Drilled {
    /// What was emitted, on ports of the test's own; `change` breaks it. Keys are announced for as long before they sign.
    fn start(announced: &str, change: impl Fn(String) -> String) -> Self {
        let emitted = Directory::new();
        let topology = emitted.path().join("topology.toml");
        std::fs::write(&topology, TOPOLOGY).unwrap();
        let plan = emit(topology.to_str().unwrap(), emitted.path());
        let out = emitted.path().join("out");
        let read = |name: &str| change(std::fs::read_to_string(out.join(name)).unwrap());
        let mut place = Plan::new("drilled", "http://localhost:{public}", "");
        let (feed, issuer) = (free_port(), format!("http://localhost:{}", place.public));
        let listen = format!(
            "[server]\nlisten = \"127.0.0.1:{}\"\nadmin_listen = \"127.0.0.1:{}\"\n",
            place.public, place.admin
        );
        place.config = read("symbolon.toml")
            .replace("https://id.example.org", &issuer)
            .replace("127.0.0.1:8702", &format!("127.0.0.1:{feed}"))
            .replacen("[server]\n", &listen, 1)
            .replacen(
                "[edge]\n",
                &format!("[edge]\nlisten = \"127.0.0.1:{}\"\n", place.edge),
                1,
            );
        place.variables = vec![("SYMBOLON_KEYS__ANNOUNCE_FOR", announced.to_owned())];
        place.elsewhere = Some(place.dir.path().join("symbolon-data"));
        let server = place.start();
        let cable = Cable::to(feed);
        let file = read("edge.toml");
        let (_, routes) = file.split_once("\nmax_sessions_in_memory").unwrap();
        let routes = format!("max_sessions_in_memory{routes}");
        let edges = [
            EdgeNode::add(&server, "fra-1", Some(cable.port), &routes),
            EdgeNode::add(&server, "fra-2", None, &routes),
        ];
        edges.iter().for_each(EdgeNode::wait_until_ready);
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let ours = [
            ("ISSUER", issuer),
            ("CUT", url(edges[0].check)),
            (
                "EDGES",
                [edges[0].check, edges[1].check, place.edge].map(url).join(" "),
            ),
            ("CONFIG", out.join("symbolon.toml").display().to_string()),
            ("TOPOLOGY", topology.display().to_string()),
        ];
        Self {
            shell: shell(&plan, &ours),
            plan,
            cable,
            place,
            server: RefCell::new(Some(server)),
            _edges: edges,
            _emitted: emitted,
        }
    }

    /// What commands print; nothing is heard of those that go on in the background.
    fn run(&self, commands: &str) -> Result<String, String> {
        let program = Path::new(env!("CARGO_BIN_EXE_symbolon")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-c", &format!("{}\n{commands}", self.shell)])
            .current_dir(self.place.dir.path())
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        if output.status.success() {
            return Ok(printed);
        }
        Err(format!("{printed}{}", String::from_utf8_lossy(&output.stderr)))
    }

    fn hand(&self, act: &str) {
        match act {
            "cut" => self.cable.cut(),
            "mend" => self.cable.mend(),
            "stop" => self.server.take().unwrap().kill(),
            "start" => drop(self.server.replace(Some(self.place.start()))),
            other => panic!("{other} is not done here"),
        }
    }

    fn steps(&self, steps: &toml::Value) -> Result<(), String> {
        for step in steps.as_array().unwrap() {
            if let Some(act) = step.get("hand") {
                self.hand(act.as_str().unwrap());
                continue;
            }
            let run = step["run"].as_str().unwrap();
            let printed = self.run(run).map_err(|told| format!("{run}failed: {told}"))?;
            let expected = step.get("expect").and_then(toml::Value::as_array);
            for expect in expected.into_iter().flatten() {
                holds(expect, &printed).map_err(|told| format!("{run}{told}"))?;
            }
        }
        Ok(())
    }

    fn drill(&self, id: &str) -> Result<(), String> {
        let mut all = self.plan["drill"].as_array().unwrap().iter();
        let drill = all.find(|drill| drill["id"].as_str() == Some(id)).unwrap();
        self.steps(&drill["step"])
    }

    /// Keys are announced for a second here; a time is read to the second.
    fn wait_for_reserve(&self) {
        let old = "symbolon key list --json | jq '[.items[] | select(.state == \"announced\")] | \
                   (map(.missing_at[]) | length == 0) and (map(.created_at | sub(\"[.][0-9]+\"; \"\") | fromdate) | max + 2 < now)'";
        wait_for("a reserve that was announced", || {
            self.run(old).is_ok_and(|told| told.trim() == "true")
        });
    }
}

/// Reads a verdict as the plan's head says.
fn holds(expect: &toml::Value, printed: &str) -> Result<(), String> {
    let at = expect["at"].as_str().unwrap();
    let found = match at {
        "" => printed.trim().to_owned(),
        _ => {
            let json: serde_json::Value =
                serde_json::from_str(printed).map_err(|error| format!("{error}: {printed}"))?;
            json.pointer(at)
                .ok_or_else(|| format!("nothing at {at}: {printed}"))?
                .to_string()
        }
    };
    let number = || found.parse::<f64>().unwrap_or(f64::NAN);
    let bound = |name: &str| expect.get(name).map(|bound| bound.as_integer().unwrap() as f64);
    let (is_so, wanted) = match (expect.get("is"), bound("at_most"), bound("at_least")) {
        (Some(text), None, None) => (text.as_str() == Some(found.as_str()), format!("{text:?}")),
        (None, Some(most), None) => (number() <= most, format!("at most {most}")),
        (None, None, Some(least)) => (number() >= least, format!("at least {least}")),
        other => panic!("{other:?}"),
    };
    if is_so {
        return Ok(());
    }
    Err(format!("{at} is {found}, and not {wanted}"))
}

#[test]
fn the_emitted_drills_pass_on_what_was_emitted_and_fail_where_a_promise_is_broken() {
    let sound = Drilled::start("1s", |file| file);
    sound.steps(&sound.plan["prepare"]).unwrap();
    let mut ran = Vec::new();
    for drill in sound.plan["drill"].as_array().unwrap() {
        let id = drill["id"].as_str().unwrap();
        if !ELSEWHERE.contains(&id) {
            sound.wait_for_reserve();
            assert_eq!(sound.drill(id), Ok(()), "{id}");
            ran.push(id.to_owned());
        }
    }
    for id in [
        "revoked/api",
        "cut-off/api",
        "store-down/api",
        "key-rotation",
        "leaked-key",
        "mass-logout",
    ] {
        assert!(ran.contains(&id.to_owned()), "{ran:?}");
    }
    assert!(ran.len() >= 14, "{ran:?}");
    sound.steps(&sound.plan["clean"]).unwrap();

    // Longer leases, and no bound of the route's own.
    let broken = Drilled::start("1s", |file| {
        let longer = file
            .replace("lease = \"5s\"", "lease = \"8s\"")
            .replace("max_staleness = \"5s\"\n", "");
        assert_ne!(longer, file);
        longer
    });
    broken.steps(&broken.plan["prepare"]).unwrap();
    assert_eq!(
        broken.drill("revoked/api"),
        Ok(()),
        "who is connected refuses all the same"
    );
    let told = broken.drill("cut-off/api").unwrap_err();
    assert!(
        told.contains("/behind_ms is ") && told.contains("at most 5008"),
        "{told}"
    );
    broken.cable.mend();
    let told = broken.drill("lease").unwrap_err();
    assert!(told.contains("at most 5000"), "{told}");
}

#[test]
fn an_open_route_and_a_key_that_was_just_announced_fail_their_drills() {
    let open = Drilled::start("10m", |file| {
        let start = file.split("\naccept = ").next().unwrap().len();
        let end = file.find("\nmax_staleness").unwrap();
        format!("{}\npublic = true{}", &file[..start], &file[end..])
    });
    open.steps(&open.plan["prepare"]).unwrap();
    let told = open.drill("guarded/api").unwrap_err();
    assert!(told.contains(" is 200, and not "), "{told}");
    let told = open.drill("key-rotation").unwrap_err();
    assert!(told.contains("key rotate") && told.contains("failed: "), "{told}");
}

#[test]
fn every_step_of_a_worked_topology_is_a_shells() {
    let advice = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/advice");
    let mut read = 0;
    for entry in std::fs::read_dir(advice).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let dir = Directory::new();
        let plan = emit(file.to_str().unwrap(), dir.path());
        let head = shell(&plan, &[]);
        let drills = plan["drill"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|drill| drill["step"].as_array().unwrap());
        for run in drills.filter_map(|step| step.get("run")) {
            let text = format!("{head}\n{}", run.as_str().unwrap());
            let output = Command::new("sh").args(["-n", "-c", &text]).output().unwrap();
            assert!(
                output.status.success(),
                "{}: {text}",
                String::from_utf8_lossy(&output.stderr)
            );
            read += 1;
        }
    }
    assert!(read > 200, "{read}");
}
