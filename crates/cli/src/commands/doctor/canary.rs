//! What the server's canary has seen.

use serde_json::Value;

use super::{Finding, Judgement};

/// Whether revocation holds at every edge, as the canary has seen it since the server's start.
pub(super) fn canary(status: &Value) -> Finding {
    const CHECK: &str = "canary";
    let told = status.get("canary").filter(|told| !told.is_null());
    let Some(told) = told else {
        let text = "none is configured: nothing measures whether revocation holds at every edge";
        return Finding::new(CHECK, Judgement::NotTested, text).hint("set [canary] every = \"30s\"");
    };
    let edges: Vec<(&String, &Value)> = told
        .get("edges")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .collect();
    let named = |bad: &dyn Fn(&Value) -> bool| {
        let names = edges.iter().filter(|(_, edge)| bad(edge));
        names
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let late = named(&|edge| edge.get("accepted_late").and_then(Value::as_u64) > Some(0));
    let unsung = named(&|edge| edge.get("last").and_then(Value::as_str) != Some("refused"));
    if !late.is_empty() {
        let text = format!("accepted after the time by which nobody may: {late}");
        Finding::new(CHECK, Judgement::Fail, text)
            .hint("remove these edges, and revoke again with --wait wait_out: `symbolon edge remove NAME`")
    } else if edges.is_empty() {
        let text = "no round so far: no edge has a lease, or the server has just started";
        Finding::new(CHECK, Judgement::NotTested, text)
    } else if unsung.is_empty() {
        let text = format!("refused in the last round at all {} edges", edges.len());
        Finding::new(CHECK, Judgement::Pass, text)
    } else {
        let text = format!("not heard in the last round at: {unsung}");
        Finding::new(CHECK, Judgement::Warn, text)
            .hint("cut off, or older than the canary? see `symbolon edge list`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(canary: Value) -> Judgement {
        super::canary(&json!({ "canary": canary })).result
    }

    #[test]
    fn a_round_that_every_edge_refused_passes_and_a_late_acceptance_fails() {
        let edge = |last: &str, late: u64| json!({"last": last, "accepted_late": late});
        let edges = |edges: Value| json!({"every_ms": 30_000, "rounds": 1, "edges": edges});
        let well = edges(json!({"a": edge("refused", 0), "b": edge("refused", 0)}));
        assert_eq!(judged(well), Judgement::Pass);
        // It refuses again, and has accepted before: whoever looks a day later must see it.
        let late = edges(json!({"a": edge("refused", 0), "b": edge("refused", 1)}));
        assert_eq!(judged(late), Judgement::Fail);
        let silent = edges(json!({"a": edge("refused", 0), "b": edge("silent", 0)}));
        assert_eq!(judged(silent), Judgement::Warn);
        assert_eq!(judged(edges(json!({}))), Judgement::NotTested);
        assert_eq!(judged(Value::Null), Judgement::NotTested, "none is no pass");
    }
}
