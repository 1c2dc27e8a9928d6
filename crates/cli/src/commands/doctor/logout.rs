//! Whether clients hear that sessions end.

use serde_json::Value;

use super::{Finding, Judgement};

/// Tries in vain from which on it is worth a look: some minutes.
const MANY: u64 = 5;

/// Whether clients are told of logouts, as the server has it.
pub(super) fn logout(status: &Value) -> Finding {
    const CHECK: &str = "logout";
    let Some(told) = status.get("logout") else {
        return Finding::new(CHECK, Judgement::NotTested, "the server does not say");
    };
    let waiting = told.get("waiting").and_then(Value::as_u64).unwrap_or(0);
    let failing = told
        .get("failing")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut clients: Vec<&str> = failing
        .filter(|one| one.get("tries").and_then(Value::as_u64) >= Some(MANY))
        .filter_map(|one| one.get("client").and_then(Value::as_str))
        .collect();
    clients.sort_unstable();
    clients.dedup();
    if clients.is_empty() {
        return Finding::new(
            CHECK,
            Judgement::Pass,
            format!("{waiting} notices wait, none for long"),
        );
    }
    let text = format!(
        "not told that sessions ended, though tried again and again: {}",
        clients.join(", ")
    );
    Finding::new(CHECK, Judgement::Warn, text)
        .hint("does its backchannel_logout_uri answer? private addresses need [logout] private_networks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_client_that_does_not_hear_is_a_warning() {
        let judged = |failing: Value| logout(&json!({"logout": {"waiting": 2, "failing": failing}})).result;
        assert_eq!(judged(json!([])), Judgement::Pass);
        assert_eq!(judged(json!([{"client": "web", "tries": 4}])), Judgement::Pass);
        assert_eq!(judged(json!([{"client": "web", "tries": 5}])), Judgement::Warn);
        assert_eq!(logout(&json!({})).result, Judgement::NotTested);
    }
}
