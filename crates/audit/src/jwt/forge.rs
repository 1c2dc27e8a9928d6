//! Forged tokens: presented to the endpoint one after the other, between two that are good.

use super::endpoint::Admission;
use crate::check::Need;
use crate::client::Stop;
use crate::probe::Probe;
use crate::verdict::{Finding, Judgement};

/// A token that no verifier may accept, and what is wrong with it.
pub(super) struct Forged {
    /// Names the variant in reports; the same from run to run.
    pub(super) label: String,
    /// As it is presented.
    pub(super) token: String,
}

impl Forged {
    pub(super) fn new(label: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            token: token.into(),
        }
    }
}

/// Presents each of `forged`; accepted ones are findings. The good token goes first, so that acceptance is known, and last,
/// so that a server that refuses everything by now is not taken for a strict one.
pub(super) async fn present(probe: &Probe<'_>, forged: Vec<Forged>) -> Result<Judgement, Stop> {
    let (Some(endpoint), Some(token)) = (&probe.target.endpoint, &probe.target.token) else {
        return Ok(Judgement::not_tested(Need::Endpoint.missing()));
    };
    let good = token.text();
    let oracle = match endpoint.oracle(probe, good).await? {
        Ok(oracle) => oracle,
        Err(why) => return Ok(Judgement::inconclusive(why.clone())),
    };
    let (mut findings, mut unclear) = (Vec::new(), Vec::new());
    let tried = forged.len();
    for Forged { label, token } in forged {
        match probe.send(endpoint.request(&token)).await {
            Ok(answer) => match oracle.judge(&answer) {
                Admission::Accepted => findings.push(Finding::at(
                    label,
                    format!("accepted with status {}", answer.status),
                )),
                Admission::Refused => {}
                Admission::Unclear => unclear.push(label),
            },
            // A server may hang up on a token it dislikes: it has not let it through.
            Err(Stop::Broken(_)) => {}
            Err(stop) => return Err(stop),
        }
    }
    if !findings.is_empty() {
        return Ok(Judgement::Fail(findings));
    }
    let again = probe.send(endpoint.request(good)).await?;
    if oracle.judge(&again) != Admission::Accepted {
        return Ok(Judgement::inconclusive(format!(
            "the endpoint does not accept the good token any more (status {})",
            again.status
        )));
    }
    if !unclear.is_empty() {
        return Ok(Judgement::inconclusive(format!(
            "the answers to {} are like neither",
            unclear.join(", ")
        )));
    }
    Ok(Judgement::pass(format!("{tried} forged tokens were refused")))
}
