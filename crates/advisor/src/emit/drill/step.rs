//! Steps that several drills share, and the functions of the shell that they call.

use super::door::{Door, Doors, Way};
use super::{Act, Expect, Step};
use crate::emit::shell;

/// What steps use. A credential stands in a file, never among the arguments, and is put there whole.
pub(super) const FUNCTIONS: &str = r#"set -eu; umask 077
# begin, soon: whether what was begun may go on: nothing here waits or asks for longer than $MOST seconds
begin() { since=$(date +%s); }
soon() { [ $(($(date +%s) - since)) -lt "${MOST:-14400}" ]; }
# check URL METHOD HOST PATH FORMAT: what an edge says of the credential in drill-header
check() {
  curl -sS -m 60 -o /dev/null -w "$5" -H @drill-header -H "X-Forwarded-Method: $2" -H 'X-Forwarded-Proto: https' \
    -H "X-Forwarded-Host: $3" -H "X-Forwarded-Uri: $4" "$1"
}
# ask METHOD HOST PATH: the same of every edge; each different answer once
ask() {
  for edge in $EDGES; do
    check "$edge/check" "$1" "$2" "$3" '%{http_code} %header{symbolon-reason}\n'
  done | sed 's/ *$//' | sort -u
}
# follow METHOD HOST PATH: asks $CUT until it refuses; how far behind it was when it last did not, into drill-watch
follow() {
  behind=0; accepted=0; begin
  while told=$(check "$CUT/check" "$1" "$2" "$3" '%{http_code} %header{symbolon-staleness}'); [ "${told%% *}" = 200 ] && soon; do
    behind=${told##* }; accepted=$((accepted + 1)); sleep 0.05
  done
  echo "{\"accepted\": $accepted, \"behind_ms\": $behind, \"then\": ${told%% *}}" > drill-watching; mv drill-watching drill-watch
}
# token CLIENT: a new access token, into drill-token and drill-header
token() {
  curl -sS -m 60 -f -d grant_type=client_credentials -d "client_id=$1" --data-urlencode "client_secret@$1.secret" \
    "$ISSUER/oauth2/token" | jq -r .access_token > drill-new; mv drill-new drill-token
  sed 's/^/Authorization: Bearer /' drill-token > drill-new; mv drill-new drill-header
}
# part NUMBER: header (0) or claims (1) of a token
part() { jq -R "split(\".\")[$1] | gsub(\"-\"; \"+\") | gsub(\"_\"; \"/\") | @base64d | fromjson"; }
# missing: how often an edge lacks a key that comes next
missing() { symbolon key list --json | jq '[.items[] | select(.state == "announced") | .missing_at[]] | length'; }
# result CHECK: what the doctor says of it
result() { symbolon doctor --json | jq -r --arg check "$1" '.items[] | select(.check == $check) | .result'; }"#;

pub(super) fn run(run: &str, expect: Vec<Expect>) -> Step {
    Step::Run {
        run: run.to_owned(),
        expect,
    }
}

pub(super) fn hand(act: Act, text: impl Into<String>) -> Step {
    Step::Hand {
        act,
        text: text.into(),
    }
}

pub(super) fn is(at: &'static str, value: &str) -> Expect {
    Expect::Is {
        at,
        value: value.to_owned(),
    }
}

pub(super) const fn at_most(at: &'static str, value: u64) -> Expect {
    Expect::AtMost { at, value }
}

pub(super) const fn at_least(at: &'static str, value: u64) -> Expect {
    Expect::AtLeast { at, value }
}

/// The receipt of a revocation that every edge has applied: none was waited out.
pub(super) fn applied() -> Vec<Expect> {
    vec![is("/level", "\"enforced\""), is("/expired", "[]")]
}

/// Registers a client, its secret into a file of its own.
pub(super) fn add(client: &str, audience: &str) -> Step {
    let audience = shell(audience);
    let command = format!(
        "symbolon client add {client} --grant client_credentials --audience {audience} | tr -d '\\n' > {client}.secret"
    );
    run(&command, vec![])
}

pub(super) fn remove(client: &str) -> Step {
    run(
        &format!("symbolon client remove {client}; rm -f {client}.secret"),
        vec![],
    )
}

/// Makes the clients that drill.
pub(super) fn prepare(doors: &Doors<'_>) -> Vec<Step> {
    doors
        .services()
        .map(|(client, audience)| add(client, audience))
        .collect()
}

/// Removes them, and every file.
pub(super) fn clean(doors: &Doors<'_>) -> Vec<Step> {
    let removed = doors.services().map(|(client, _)| remove(client));
    let files = "drill-header drill-token drill-watch drill-session drill-kid drill-answers drill-store.db drill-data";
    removed.chain([run(&format!("rm -rf {files}"), vec![])]).collect()
}

/// A credential into drill-header, and that it passes at every edge.
pub(super) fn enter(door: &Door<'_>) -> Vec<Step> {
    let mut steps = match &door.way {
        Way::Person { url } => vec![hand(
            Act::SignIn,
            format!(
                "Sign in at {url} in a browser, as a person made for drills, and write the cookie that this host set into the file drill-header: \
                 one line, `Cookie: __Host-symbolon=..`."
            ),
        )],
        Way::Service { client, .. } => vec![run(&format!("token {client}"), vec![])],
    };
    steps.push(run(&format!("ask {}", door.request), vec![is("", "200")]));
    if door.client().is_none() {
        let command = format!(
            "check \"$CUT/check\" {} '%header{{symbolon-session}}' > drill-session",
            door.request
        );
        steps.push(run(&command, vec![]));
    }
    steps
}

/// Revokes what the credential rests on.
pub(super) fn revoke(door: &Door<'_>, wait: &str, expect: Vec<Expect>) -> Step {
    let what = match door.client() {
        Some(client) => format!("client {client}"),
        None => "session \"$(cat drill-session)\"".to_owned(),
    };
    run(
        &format!("symbolon revoke {what} --wait {wait} --reason drill --json"),
        expect,
    )
}

pub(super) fn is_revoked(door: &Door<'_>) -> Step {
    run(&format!("ask {}", door.request), vec![is("", "401 revoked")])
}
