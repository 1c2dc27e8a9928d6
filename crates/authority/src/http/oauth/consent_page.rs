//! The page on which a subject allows or refuses what a client asks for.

use askama::Template;
use axum::response::Response;
use domain::Span;

use super::DECISION;
use crate::authority::Authority;
use crate::flows::oauth::authorize::{ConsentQuestion, PATH};
use crate::flows::return_to::ReturnTo;
use crate::flows::session::Live;
use crate::http::pages;
use crate::http::refusal::Refusal;

/// The form field that carries the request; the authorization endpoint judges it again with the decision.
pub(super) const REQUEST_FIELD: &str = "request";

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    action: &'static str,
    question: &'a ConsentQuestion,
    name: String,
    life: String,
    token: String,
}

/// Asks. The form's policy names where the decision leads to: the client's redirect URI.
pub(super) async fn ask(
    authority: &Authority,
    question: &ConsentQuestion,
    live: &Live,
) -> Result<Response, Refusal> {
    let back = ReturnTo::parse(&format!("{PATH}?{}", question.request), authority.issuer());
    let onward = match back {
        Some(back) => back.onward(authority).await?,
        None => vec![],
    };
    let template = ConsentPage {
        action: DECISION,
        name: pages::name_of(authority, live).await?,
        life: in_words(question.life),
        token: live.csrf_token(),
        question,
    };
    pages::page_to(&template, &onward)
}

/// A length of time for a reader: the largest unit that divides it.
fn in_words(span: Span) -> String {
    let ms = span.as_ms();
    let units = [
        (86_400_000, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1000, "second"),
    ];
    let fitting = units
        .iter()
        .find(|(size, _)| ms >= *size && ms.is_multiple_of(*size));
    match fitting {
        Some((size, unit)) if ms == *size => format!("one {unit}"),
        Some((size, unit)) => format!("{} {unit}s", ms / size),
        None => span.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_say_them() {
        for (span, words) in [
            (Span::from_days(30), "30 days"),
            (Span::from_hours(1), "one hour"),
            (Span::from_mins(90), "90 minutes"),
            (Span::from_ms(1500), "1500ms"),
        ] {
            assert_eq!(in_words(span), words);
        }
    }
}
