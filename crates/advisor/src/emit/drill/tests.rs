use super::*;
use crate::gallery::GALLERY;

fn plan(text: &str) -> Plan {
    let raw: crate::RawTopology = ::toml::from_str(text).unwrap();
    drills(&raw.check().unwrap(), &Constants::default())
}

fn commands(steps: &[Step]) -> Vec<&str> {
    fn run(step: &Step) -> Option<&str> {
        match step {
            Step::Run { run, .. } => Some(run),
            Step::Hand { .. } => None,
        }
    }
    steps.iter().filter_map(run).collect()
}

fn of<'p>(plan: &'p Plan, id: &str) -> &'p Drill {
    let found = plan.drills.iter().find(|drill| drill.id == id);
    found.unwrap_or_else(|| panic!("{id}: {:#?}", plan.without))
}

const SERVICE: &str = "[deployment]\nedges = 3\n[requirements]\nrevocation_reads = \"2s\"\nrevocation_writes = \"2s\"\n\
    [[client]]\nname = \"api\"\nkind = \"server\"\nhosts = [\"api.example.org\"]\naudience = \"https://api.example.org\"\n";

#[test]
fn every_promise_of_a_topology_has_a_drill_or_says_why_not() {
    let mut drilled = 0;
    for (name, text) in GALLERY.iter().copied().chain([("service", SERVICE)]) {
        let raw: crate::RawTopology = ::toml::from_str(text).unwrap();
        let (topology, constants) = (raw.check().unwrap(), Constants::default());
        let promise = promise(&topology, &constants);
        let site = Site {
            topology: &topology,
            constants: &constants,
            promise: &promise,
        };
        let plan = drills(&topology, &constants);
        let mut ids: Vec<String> = claims(&site).into_iter().map(|claim| claim.id).collect();
        // Of each route, what it guards, refuses, goes on with, adds, and carries.
        for route in &promise.routes {
            for what in [
                "guarded",
                "revoked",
                "cut-off",
                "store-down",
                "latency",
                "hygiene",
            ] {
                assert!(ids.contains(&format!("{what}/{}", route.name)), "{name}: {ids:?}");
            }
        }
        for id in &ids {
            let with = plan.drills.iter().filter(|drill| drill.id == *id).count();
            let without = plan
                .without
                .iter()
                .filter(|other| other.id == *id && !other.why.is_empty());
            assert_eq!(with + without.count(), 1, "{name}: {id}");
        }
        for drill in &plan.drills {
            assert!(
                !commands(&drill.steps).is_empty() && drill.fails.ends_with('.'),
                "{name}: {drill:?}"
            );
        }
        drilled += plan.drills.len();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: two promises have one id");
    }
    assert!(drilled > 150, "{drilled}");
}

/// Every figure is a promise's, or is told to be a price.
#[test]
fn every_figure_is_drilled_or_said_to_be_a_price() {
    let plan = plan(SERVICE);
    for (id, name, _) in crate::figures::FIGURES {
        let drilled = plan
            .drills
            .iter()
            .filter_map(|drill| drill.figure)
            .any(|(of, _)| of == *id);
        let priced = plan
            .without
            .iter()
            .any(|other| other.id.split(", ").any(|of| of == *id));
        assert!(drilled || priced, "{id} {name}");
    }
}

#[test]
fn bounds_are_those_of_the_configuration() {
    let cut = of(&plan(SERVICE), "cut-off/api").clone();
    // The lease is 1s there: with a thousandth and 3 ms.
    let bound = Expect::AtMost {
        at: "/behind_ms",
        value: 1004,
    };
    let told = |step: &Step| matches!(step, Step::Run { expect, .. } if expect.contains(&bound));
    assert!(cut.steps.iter().any(told), "{cut:#?}");
    assert!(cut.claim.contains("1004ms"), "{}", cut.claim);
    let longer = SERVICE.replace("2s", "5s");
    assert_ne!(of(&plan(&longer), "cut-off/api").steps, cut.steps);
}

#[test]
fn what_goes_on_has_a_least_and_what_refuses_has_none() {
    let goes_on = "[deployment]\nedges = 3\n[requirements]\nstore_down = \"reads\"\noutage = \"2m\"\nrevocation_reads = \"10m\"\n\
        [[client]]\nname = \"web\"\nkind = \"browser_same_site\"\nhosts = [\"app.example.org\"]\n";
    let least = |plan: &Plan, id: &str| {
        let steps = &of(plan, id).steps;
        let bounds = steps.iter().filter_map(|step| match step {
            Step::Run { expect, .. } => expect.iter().find_map(|expect| match expect {
                Expect::AtLeast {
                    at: "/behind_ms",
                    value,
                } => Some(*value),
                _ => None,
            }),
            Step::Hand { .. } => None,
        });
        bounds.max()
    };
    let plan = plan(goes_on);
    assert_eq!(least(&plan, "store-down/web-reads"), Some(120_000));
    assert_eq!(least(&plan, "store-down/web"), None);
    // A safe method that is no read reaches the route for the rest.
    assert!(
        commands(&of(&plan, "revoked/web").steps)
            .iter()
            .any(|run| run.starts_with("ask OPTIONS "))
    );
    assert!(
        commands(&of(&plan, "revoked/web-reads").steps)
            .iter()
            .any(|run| run.starts_with("ask GET "))
    );
}

#[test]
fn only_what_the_decision_uses_is_drilled() {
    let one =
        plan("[[client]]\nname = \"web\"\nkind = \"browser_same_site\"\nhosts = [\"app.example.org\"]\n");
    let ids: Vec<&str> = one.drills.iter().map(|drill| drill.id.as_str()).collect();
    assert!(ids.contains(&"revoked/web"), "{ids:?}");
    for absent in ["cut-off/web", "canary", "idle", "leaked-key"] {
        assert!(!ids.contains(&absent), "{absent}: {ids:?}");
    }
    let bound = "[deployment]\nedges = 4\n[requirements]\ncompliance = [\"asvs-l3\"]\n[[client]]\nname = \"phone\"\nkind = \"mobile\"\ndpop = true\n";
    let bound = plan(bound);
    assert!(bound.drills.iter().any(|drill| drill.id == "guarded/phone"));
    let why = bound
        .without
        .iter()
        .find(|other| other.id == "revoked/phone")
        .unwrap();
    assert!(why.why.contains("planned"), "{why:?}");
}

#[test]
fn the_file_says_the_same_as_the_plan_whatever_names_hold() {
    let text = SERVICE.replace(
        "audience = \"https://api",
        "audience = \"x'; rm -r . '\\\"''' # https://api",
    );
    for text in GALLERY.iter().map(|(_, text)| *text).chain([text.as_str()]) {
        let plan = plan(text);
        let table: ::toml::Table = plan
            .toml()
            .parse()
            .unwrap_or_else(|error| panic!("{error}\n{}", plan.toml()));
        let read = table["drill"].as_array().unwrap();
        assert_eq!(read.len(), plan.drills.len());
        for (read, drill) in read.iter().zip(&plan.drills) {
            assert_eq!(read["id"].as_str(), Some(drill.id.as_str()));
            assert_eq!(read["promise"].as_str(), Some(drill.claim.as_str()));
            let run = read["step"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|step| step.get("run"));
            let run: Vec<&str> = run.map(|run| run.as_str().unwrap().trim_end()).collect();
            assert_eq!(run, commands(&drill.steps));
        }
        let page = plan.page();
        for drill in &plan.drills {
            assert_eq!(
                page.matches(&format!("\n## {}\n", drill.id)).count(),
                1,
                "{}",
                drill.id
            );
        }
    }
    let made = plan(&text);
    let add = commands(&made.prepare)[0].to_owned();
    assert!(
        add.contains("--audience 'x'\\''; rm -r . '\\''\"'\\'''\\'''\\'' # https://api.example.org' |"),
        "{add}"
    );
}
