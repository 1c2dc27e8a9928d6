//! Paging: every row once, in order, and an end.

use super::*;

async fn pages(api: &Api, path: &str, id: &str) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let (status, page) = api.get(&format!("{path}?limit=2{after}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|row| match &row[id] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }));
        let Some(next) = page["next"].as_str() else {
            return seen;
        };
        after = format!("&after={next}");
    }
}

fn is_set(rows: &[String], count: usize) -> bool {
    rows.iter().collect::<std::collections::BTreeSet<_>>().len() == count && rows.len() == count
}

#[tokio::test]
async fn every_list_is_paged_without_gaps_or_repeats() {
    let api = Api::new().await;
    let ada = api.user("ada").await;
    for n in 0..4 {
        api.clock.advance(Span::from_ms(1));
        api.user(&format!("user-{n}")).await;
        api.client(&format!("client-{n}")).await;
        api.session(&ada).await;
    }
    let users = pages(&api, "/admin/v1/users", "id").await;
    assert!(is_set(&users, 5) && users.is_sorted(), "{users:?}");
    assert_eq!(
        pages(&api, "/admin/v1/clients", "id").await,
        ["client-0", "client-1", "client-2", "client-3"]
    );
    let sessions = pages(&api, "/admin/v1/sessions", "id").await;
    assert!(
        is_set(&sessions, 4) && sessions.iter().rev().is_sorted(),
        "{sessions:?}"
    );
    let events = pages(&api, "/admin/v1/events", "number").await;
    let expected: Vec<String> = (1..=events.len()).map(|n| n.to_string()).collect();
    assert!(events.len() > 12 && events == expected, "{events:?}");
}
