//! The steps, promise by promise. Commands are of this version: a test gives each to the command line's own definition.

use domain::Span;

use super::door::{self, Door, Doors, Way};
use super::step::{add, at_most, enter, hand, is, remove, run};
use super::{Act, Step, edges};
use crate::emit::claim::{About, Site};
use crate::emit::promise::RoutePromise;
use crate::emit::shell;
use crate::figures::said;
use crate::mechanism::Mechanism;
use crate::plan;

/// Steps, whom they hurt, and what a failure means.
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) harm: Option<&'static str>,
    pub(super) fails: &'static str,
}

impl Script {
    pub(super) const fn new(steps: Vec<Step>, fails: &'static str) -> Self {
        Self {
            steps,
            harm: None,
            fails,
        }
    }

    pub(super) fn harms(self, whom: &'static str) -> Self {
        Self {
            harm: Some(whom),
            ..self
        }
    }

    fn one(command: &str, expect: Vec<super::Expect>, fails: &'static str) -> Self {
        Self::new(vec![run(command, expect)], fails)
    }
}

/// The drill of a promise, or why there is none.
pub(super) fn of(site: &Site<'_>, doors: &Doors<'_>, about: About<'_>) -> Result<Script, String> {
    match about {
        About::Configuration => Ok(Script::one(
            "symbolon config check --config \"$CONFIG\" --against \"$TOPOLOGY\"",
            vec![],
            "A limit was loosened: the output names the key, the limit and the remedy.",
        )),
        About::Issuer => Ok(Script::one(
            "curl -sS -m 60 -f \"$ISSUER/.well-known/openid-configuration\" | jq -r .issuer | grep -Fx \"$ISSUER\" > /dev/null",
            vec![],
            "Tokens name another issuer than clients ask: every verifier refuses them.",
        )),
        About::Clock => Ok(Script::one(
            "symbolon doctor --config \"$CONFIG\"",
            vec![],
            "The line that says fail names what is wrong. After a clock that was set back: docs/OPERATIONS.md, clock trouble.",
        )),
        About::Records => Ok(records()),
        About::Lease => Ok(Script::one(
            "symbolon edge list --json | jq '[.items[].lease_left_ms // 0] | max'",
            vec![at_most("", site.promise.limits.lease.as_ms())],
            "Edges get longer leases than was promised, and one that is cut off accepts for so long. Mend [server] lease.",
        )),
        About::Idle(most) => limit(doors, ("idle_expires_at", "last_active_at"), most),
        About::Absolute(most) => limit(doors, ("expires_at", "created_at"), most),
        About::TokenLife(most) => token_life(doors, most),
        About::KeyRotation => edges::rotation(doors),
        About::LeakedKey => edges::leaked_key(doors),
        About::MassLogout => edges::mass_logout(doors),
        About::Canary => Ok(Script::one(
            "result canary",
            vec![is("", "pass")],
            "`symbolon doctor` says which edge accepted too late or did not answer. `not_tested` is no pass: wait for a round.",
        )),
        About::StatusList(audience) => Ok(status_list(audience)),
        About::Told(client) => Ok(told(client)),
        About::Guarded(route) => Ok(guarded(site, route)),
        About::Revoked(route) => doors.through(route).map(edges::revoked),
        About::CutOff(route) => doors.apart(route).map(|door| edges::cut_off(site, door)),
        About::StoreDown(route) => doors.apart(route).map(|door| edges::store_down(site, door)),
        About::Latency(route) => doors.through(route).map(|door| latency(site, door)),
        About::Bytes(route) => bytes(site, doors, route),
        About::Hygiene(route) => doors.through(route).map(hygiene),
    }
}

fn limit(doors: &Doors<'_>, (end, begin): (&str, &str), most: Span) -> Result<Script, String> {
    let mut steps = enter(doors.person()?);
    let command = format!(
        "symbolon session show \"$(cat drill-session)\" --json | jq '[.{end}, .{begin}] | map(sub(\"[.][0-9]+\"; \"\") | fromdate) | .[0] - .[1]'"
    );
    steps.push(run(&command, vec![at_most("", most.as_secs())]));
    let fails = "Sessions live longer than the topology or its rule book allows. Mend the keys of [session]; sessions that are open keep their limits until they end.";
    Ok(Script::new(steps, fails))
}

fn token_life(doors: &Doors<'_>, most: Span) -> Result<Script, String> {
    let (_, client) = doors.service()?;
    let command = format!("token {client}; part 1 < drill-token | jq '.exp - .iat'");
    Ok(Script::one(
        &command,
        vec![at_most("", most.as_secs())],
        "Tokens live longer than was promised to who cannot ask about them. Mend [token] access_life.",
    ))
}

/// Also of a route that nobody passes.
fn guarded(site: &Site<'_>, route: &RoutePromise) -> Script {
    let command = format!(
        "echo 'Accept: */*' > drill-header; ask {}",
        door::request(site, route)
    );
    Script::one(
        &command,
        vec![is("", "401 missing_credential")],
        "The route is open, or another one decides; 403 no_route says that none does. Compare the order and the hosts of [[route]].",
    )
}

fn latency(site: &Site<'_>, door: &Door<'_>) -> Script {
    let most = site.topology.requirements.added_latency.as_ms();
    let mut steps = enter(door);
    // Every part after # is the same address: one connection, a thousand times.
    let command = format!(
        "check \"$CUT/check#[1-1000]\" {} '%{{time_total}}\\n' | jq -s 'sort | .[989] * 1000'",
        door.request
    );
    steps.push(run(&command, vec![at_most("", most)]));
    Script::new(
        steps,
        "Ask from where the gateway runs: the way there counts. If it is slow from there, the edge asks the authority (max_staleness, on_stale) or its machine has no room.",
    )
}

fn bytes(site: &Site<'_>, doors: &Doors<'_>, route: &RoutePromise) -> Result<Script, String> {
    let door = doors.through(route)?;
    let (case, chosen) = site.holder(route).ok_or("no client's credential is for it")?;
    if chosen == Mechanism::ServerSession && !case.client.has_cookies() {
        return Err("the figure is of an opaque token, and this version's tokens are signed ones".to_owned());
    }
    let most = said(&case, chosen, "F-07").0.ceil() as u64;
    let mut steps = enter(door);
    steps.push(run("tr -d '\\n' < drill-header | wc -c", vec![at_most("", most)]));
    Ok(Script::new(
        steps,
        "Credentials are longer than the figures count with. Give --constants your cookie_bytes or token_bytes, and decide again.",
    ))
}

fn hygiene(door: &Door<'_>) -> Script {
    let command = match &door.way {
        Way::Person { url } => format!(
            "symbolon audit cookies {0} --fail-on medium\nsymbolon pentest {0} --fail-on medium",
            shell(url)
        ),
        Way::Service { client, .. } => {
            format!(
                "token {client}; symbolon audit jwt drill-token --jwks \"$ISSUER/oauth2/jwks\" --fail-on medium"
            )
        }
    };
    Script::one(
        &command,
        vec![],
        "Each finding comes with its evidence and its fix.",
    )
}

fn status_list(audience: &str) -> Script {
    const CLIENT: &str = "drill-list";
    let list = "curl -sS -m 60 -f \"$(part 1 < drill-token | jq -r .status.status_list.uri)\" | part 1";
    let steps = vec![
        add(CLIENT, audience),
        run(
            &format!("token {CLIENT}; {list} > drill-before; jq .ttl drill-before"),
            vec![at_most("", plan::LIST_TTL.as_secs())],
        ),
        run(
            &format!("symbolon revoke client {CLIENT} --reason drill --json"),
            vec![is("/level", "\"durable\"")],
        ),
        run(
            &format!(
                "sleep {}; {list} > drill-after; jq -s '.[0].status_list.lst != .[1].status_list.lst' drill-before drill-after",
                plan::listed_exposure().as_secs()
            ),
            vec![is("", "true")],
        ),
        remove(CLIENT),
        run("rm -f drill-before drill-after", vec![]),
    ];
    Script::new(
        steps,
        "Without `status` in the token its audience is not in [status_list] audiences. That the partner pulls the list, and refuses what it lists, is seen at the partner's.",
    )
}

fn told(client: &str) -> Script {
    let text = format!(
        "Sign in to {client} as a person made for drills, sign out at $ISSUER/logout, and see within a few seconds that {client} asks to sign in again."
    );
    let steps = vec![
        hand(Act::SignOut, text),
        run("result logout", vec![is("", "pass")]),
    ];
    Script::new(
        steps,
        "`symbolon doctor` names clients that were not told: an address that is private and not in [logout] private_networks, or an answer that was no 2xx.",
    )
}

fn records() -> Script {
    let steps = vec![
        run(
            "rm -rf drill-store.db drill-data; symbolon backup drill-store.db",
            vec![],
        ),
        run(
            "symbolon restore drill-store.db --data drill-data --json | jq '.epoch > 0'",
            vec![is("", "true")],
        ),
    ];
    Script::new(
        steps,
        "There is no copy that can be put in place: what is lost with the machine is lost.",
    )
}
