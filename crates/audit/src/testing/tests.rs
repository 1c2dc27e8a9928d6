use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::*;

/// So many proofs are tried side by side: some wait for a server to fall silent.
const AT_ONCE: usize = 6;

/// Some checks measure times: the trials of one test at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The proof of teeth: each check finds its fault, and is silent about the same target without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_fails_one_target_and_passes_its_twin() {
    let _alone = ALONE.lock().await;
    let mut proven = BTreeSet::new();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut trials = JoinSet::new();
    for proof in proofs() {
        proven.insert(proof.check);
        let turns = Arc::clone(&turns);
        trials.spawn(async move {
            let _turn = turns.acquire().await;
            let fails = wrong(proof.check, &proof.fails, Verdict::Fail).await;
            let passes = wrong(proof.check, &proof.passes, Verdict::Pass).await;
            [fails, passes]
        });
    }
    let mut list: Vec<String> = trials.join_all().await.into_iter().flatten().flatten().collect();
    list.extend(
        crate::all()
            .filter(|check| !proven.contains(check.id))
            .map(|check| format!("{}: no proof", check.id)),
    );
    list.sort();
    assert!(list.is_empty(), "{}", list.join("\n"));
}

/// What came of it, if that is not what was expected.
async fn wrong(check: &'static str, stand: &Stand, expected: Verdict) -> Option<String> {
    let outcome = stand.judge(check).await;
    let seen: Vec<_> = outcome
        .findings
        .iter()
        .map(|found| format!("{}: {}", found.place, found.detail))
        .collect();
    let told = format!(
        "{check}: {:?}, not {expected:?}: {} {seen:?}",
        outcome.verdict, outcome.why
    );
    (outcome.verdict != expected).then_some(told)
}

/// A server that is too busy for one request: the one of this number, counted from 1, or the first behind it that matters. Where a
/// sign-in leads does not: the page that tells is asked for by itself.
struct Busy {
    asked: AtomicUsize,
    number: usize,
    leads_to: Mutex<String>,
    was_busy: AtomicBool,
}

impl Busy {
    fn answer(&self, ask: &Ask, handler: &Handler) -> Reply {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let mut leads_to = self.leads_to.lock().unwrap();
        let is_landing = ask.method() == "GET" && ask.uri().path() == leads_to.as_str();
        if asked >= self.number && !is_landing && !self.was_busy.swap(true, Ordering::Relaxed) {
            return reply(503, &[], "try again");
        }
        let answer = handler(ask);
        let location = answer.headers().get("location");
        *leads_to = location.map_or_else(String::new, |value| value.to_str().unwrap_or_default().to_owned());
        answer
    }
}

fn busy(stand: Stand, number: usize) -> (Stand, Arc<Busy>) {
    let busy = Arc::new(Busy {
        asked: AtomicUsize::new(0),
        number,
        leads_to: Mutex::default(),
        was_busy: AtomicBool::new(false),
    });
    let (answers, handler) = (Arc::clone(&busy), Arc::clone(&stand.handler));
    let stand = Stand {
        handler: Arc::new(move |ask| answers.answer(ask, &handler)),
        own: None,
        target: stand.target,
    };
    (stand, busy)
}

/// These send one attempt after the other until the answers change; one that is lost on the way changes nothing.
const MANY: [&str; 3] = [
    "login.unlimited-guesses",
    "login.stuffing",
    "login.forwarded-address",
];

/// The sound twins of checks that send something, made anew for each trial: a server remembers.
fn sound() -> BTreeMap<&'static str, Stand> {
    let sends = |proof: &Proof| {
        let check = crate::registry::by_id(proof.check).unwrap();
        matches!(check.judge, crate::Judge::Try(_)) && proof.passes.own.is_none()
    };
    let all = proofs().into_iter().filter(sends);
    all.map(|proof| (proof.check, proof.passes)).collect()
}

/// An answer that decides nothing is never taken for a refusal, whichever it is: a check that was not answered does not pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_check_passes_that_was_not_answered() {
    let _alone = ALONE.lock().await;
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut counted = JoinSet::new();
    for (check, stand) in sound() {
        let turns = Arc::clone(&turns);
        counted.spawn(async move {
            let _turn = turns.acquire().await;
            let (stand, busy) = busy(stand, usize::MAX);
            stand.judge(check).await;
            (check, busy.asked.load(Ordering::Relaxed))
        });
    }
    let requests: BTreeMap<_, _> = counted.join_all().await.into_iter().collect();
    let mut trials = JoinSet::new();
    // The last request, and one in the middle: each alone.
    for part in [1, 2] {
        for (check, stand) in sound() {
            if MANY.contains(&check) {
                continue;
            }
            let turns = Arc::clone(&turns);
            let number = requests[check].div_ceil(part).max(1);
            trials.spawn(async move {
                let _turn = turns.acquire().await;
                let (stand, busy) = busy(stand, number);
                let outcome = stand.judge(check).await;
                let was_busy = busy.was_busy.load(Ordering::Relaxed);
                let passed = was_busy && outcome.verdict == Verdict::Pass;
                passed.then(|| {
                    format!(
                        "{check}: passes though request {number} was not answered: {}",
                        outcome.why
                    )
                })
            });
        }
    }
    let mut list: Vec<String> = trials.join_all().await.into_iter().flatten().collect();
    list.sort();
    assert!(list.is_empty(), "{}", list.join("\n"));
}
