//! Drills of what edges do: refuse what was revoked, also when they are cut off, and let through what is good while keys change.

use super::door::{Door, Doors};
use super::script::Script;
use super::step::{applied, at_least, at_most, enter, hand, is, is_revoked, revoke, run};
use super::{Act, Expect, Step};
use crate::emit::claim::Site;

const CUT: &str = "Cut the edge $CUT off from the authority, so that what it sends to the feed is lost and nobody is told. On the edge's machine: \
    `nft add table inet drill; nft add chain inet drill out '{ type filter hook output priority 0; }'; nft add rule inet drill out tcp dport 8702 drop`.";
const MEND: &str = "Let it back: `nft delete table inet drill`.";

pub(super) fn revoked(door: &Door<'_>) -> Script {
    let mut steps = enter(door);
    steps.push(revoke(door, "enforced", applied()));
    steps.push(is_revoked(door));
    Script::new(
        steps,
        "An edge under `expired` had not applied the entry when its lease ran out: it is cut off, frozen or too slow (`symbolon edge list`). \
         One that still answers 200 decides by another route or another configuration.",
    )
}

pub(super) fn mass_logout(doors: &Doors<'_>) -> Result<Script, String> {
    let door = doors.first()?;
    let mut steps = enter(door);
    steps.push(run(
        "symbolon revoke all --wait enforced --reason drill --json",
        applied(),
    ));
    steps.push(is_revoked(door));
    let fails = "As for a single revocation: `expired` names the edges that were not reached.";
    Ok(Script::new(steps, fails).harms("Everybody signs in again, and every client gets a new token."))
}

/// From a good answer to the verdict: `cut` takes the contact away, and what was learnt of it stands in drill-watch.
fn without_contact(door: &Door<'_>, cut: Vec<Step>, mend: Step, expect: Vec<Expect>) -> Vec<Step> {
    let mut steps = enter(door);
    let follow = format!("rm -f drill-watch; (follow {}) > /dev/null 2>&1 &", door.request);
    steps.push(run(&follow, vec![]));
    steps.extend(cut);
    steps.push(run(
        "begin; until [ -s drill-watch ]; do soon; sleep 0.2; done; cat drill-watch",
        expect,
    ));
    steps.push(mend);
    steps
}

pub(super) fn cut_off(site: &Site<'_>, door: &Door<'_>) -> Script {
    let cut = vec![
        hand(Act::Cut, CUT),
        revoke(door, "durable", vec![is("/level", "\"durable\"")]),
    ];
    let worst = site.worst(door.route).as_ms();
    let expect = vec![
        at_least("/accepted", 1),
        at_most("/behind_ms", worst),
        is("/then", "503"),
    ];
    let mut steps = without_contact(door, cut, hand(Act::Mend, MEND), expect);
    let back = format!(
        "begin; until [ \"$(ask {0})\" = '401 revoked' ]; do soon; sleep 0.2; done; ask {0}",
        door.request
    );
    steps.push(run(&back, vec![is("", "401 revoked")]));
    Script::new(
        steps,
        "`behind_ms` above the bound: the edge trusts its copy for longer than was promised. Hold max_staleness and beyond_lease of its route, and \
         [server] lease, against the emitted ones. If it does not come back, its credential or its way to the feed is broken.",
    )
}

pub(super) fn store_down(site: &Site<'_>, door: &Door<'_>) -> Script {
    let covered = site.covered(door.route);
    let mut expect = vec![at_most("/behind_ms", site.worst(door.route).as_ms())];
    if door.route.beyond_lease.is_some() {
        // A token that ends meanwhile is refused for that: nobody can renew it. One lease is room for when it was asked for.
        let life = door.client().and(site.promise.limits.access_life);
        let least = life.map_or(covered, |life| life.min(covered));
        expect.push(at_least(
            "/behind_ms",
            least.saturating_sub(site.promise.limits.lease).as_ms(),
        ));
    }
    let stop = hand(
        Act::Stop,
        "Stop the authority, and with it its store: `systemctl stop symbolon`.",
    );
    let start = hand(Act::Start, "Start it again: `systemctl start symbolon`.");
    let mut steps = without_contact(door, vec![stop], start, expect);
    let renew = door.client().map(|client| format!("token {client}; "));
    let back = format!(
        "begin; until symbolon edge list > /dev/null 2>&1; do soon; sleep 0.2; done; {1}begin; until [ \"$(ask {0})\" = 200 ]; do soon; sleep 0.2; done; ask {0}",
        door.request,
        renew.unwrap_or_default()
    );
    steps.push(run(&back, vec![is("", "200")]));
    let fails = "Refused too early: the route has no exception beyond the lease, or a shorter one than store_down asks for. Too late: a longer one.";
    Script::new(steps, fails)
        .harms("While it is stopped nobody signs in, no token is renewed and nothing can be revoked.")
}

/// What is asked all the while is let through all the while.
pub(super) fn rotation(doors: &Doors<'_>) -> Result<Script, String> {
    let door = doors.first()?;
    let mut steps = enter(door);
    steps.push(reserve_is_held());
    let asking = format!(
        "rm -f drill-stop drill-done; (begin; while [ ! -e drill-stop ] && [ -e drill-header ] && soon; do ask {}; done > drill-answers 2>&1; touch drill-done) > /dev/null 2>&1 &",
        door.request
    );
    steps.push(run(&asking, vec![]));
    // The second is refused until every edge has what the first announced.
    steps.push(run(
        "symbolon key rotate ES256 --json\nbegin; until [ \"$(missing)\" = 0 ]; do soon; sleep 0.2; done\nsymbolon key rotate seal --json",
        vec![],
    ));
    if let Some(client) = door.client() {
        let command = format!(
            "token {client}; part 0 < drill-token | jq -r .kid > drill-kid\n\
             symbolon key list --json | jq -r --arg kid \"$(cat drill-kid)\" '.items[] | select(.kid == $kid) | .state'"
        );
        steps.push(run(&command, vec![is("", "signing")]));
        steps.push(run(&format!("ask {}", door.request), vec![is("", "200")]));
    }
    steps.push(run(
        "touch drill-stop; begin; until [ -e drill-done ]; do soon; sleep 0.1; done; rm -f drill-stop drill-done; sort -u drill-answers",
        vec![is("", "200")],
    ));
    Ok(Script::new(
        steps,
        "`key rotate` refuses while the key in reserve was not announced for long enough, or an edge has not confirmed it: `symbolon key list` names \
         that edge under missing_at. A request that was refused means that an edge did not have the key in time.",
    ))
}

pub(super) fn leaked_key(doors: &Doors<'_>) -> Result<Script, String> {
    let (door, client) = doors.service()?;
    let mut steps = enter(door);
    steps.push(reserve_is_held());
    steps.push(run(
        "part 0 < drill-token | jq -r .kid > drill-kid\nsymbolon key retire \"$(cat drill-kid)\" --wait enforced --reason drill --json",
        applied(),
    ));
    let refused = format!("ask {} | cut -d ' ' -f 1 | sort -u", door.request);
    steps.push(run(&refused, vec![is("", "401")]));
    steps.push(run(
        &format!("token {client}; ask {}", door.request),
        vec![is("", "200")],
    ));
    let fails = "An edge that still accepts has not applied the entry; one that refuses the new token has not fetched the new key (`symbolon key list`).";
    Ok(Script::new(steps, fails)
        .harms("Every token that this key signed ends; clients get new ones by themselves."))
}

/// Every edge has the keys that come next.
fn reserve_is_held() -> Step {
    run("missing", vec![is("", "0")])
}
