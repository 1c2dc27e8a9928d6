//! OAuth clients.

use domain::ClientId;

use super::Bench;
use super::bench::BOUND;
use crate::intent::{Actor, Disabling, Rotation};

pub async fn a_client_is_added_once(b: &Bench) {
    let (row, actor) = (b.client_row("web"), Actor::new("cli"));
    assert_eq!(b.store.add_client(row.clone(), actor.clone()).await, Ok(true));
    assert_eq!(b.kinds(0).await, ["client.added"]);
    let before = b.mark().await;
    let mut other = b.client_row("web");
    other.secrets.clear();
    assert_eq!(b.store.add_client(other, actor).await, Ok(false));
    assert_eq!(b.mark().await, before);
    let found = b.store.client(&row.id).await;
    assert_eq!(found, Ok(Some(row)));
    assert_eq!(b.store.client(&"other".parse().unwrap()).await, Ok(None));
}

pub async fn clients_come_in_pages(b: &Bench) {
    for id in ["c", "a", "b"] {
        b.store
            .add_client(b.client_row(id), Actor::new("cli"))
            .await
            .unwrap();
    }
    let page = |after: Option<&str>| b.store.clients(after.map(|a| a.parse().unwrap()), 2);
    let ids =
        |page: Vec<domain::client::Client>| -> Vec<ClientId> { page.into_iter().map(|c| c.id).collect() };
    assert_eq!(
        ids(page(None).await.unwrap()),
        ["a", "b"].map(|i| i.parse().unwrap())
    );
    assert_eq!(
        ids(page(Some("b")).await.unwrap()),
        ["c"].map(|i| i.parse().unwrap())
    );
}

pub async fn a_client_is_removed_once(b: &Bench) {
    let actor = Actor::new("cli");
    let row = b.client_row("web");
    b.store.add_client(row.clone(), actor.clone()).await.unwrap();
    b.store.remove_client(&row.id, actor.clone()).await.unwrap();
    let before = b.mark().await;
    let again = b.store.remove_client(&row.id, actor).await;
    assert_eq!(again, Ok(Disabling::Unknown));
    assert_eq!(b.mark().await, before);
}

pub async fn a_removed_client_loses_everything_even_under_its_old_id(b: &Bench) {
    let actor = Actor::new("cli");
    let user = b.user("ada").await;
    let row = b.client_row("web");
    b.store.add_client(row.clone(), actor.clone()).await.unwrap();
    let session = b.signed_in(&user).await;
    let held = b.granted(&session, BOUND).await;
    let skip = b.events().await.len();
    let outcome = b.store.remove_client(&row.id, actor.clone()).await;
    assert_eq!(outcome, Ok(Disabling::Done(b.head().await)));
    assert_eq!(b.kinds(skip).await, ["client.removed"]);
    assert_eq!(b.store.client(&row.id).await, Ok(None));
    assert_eq!(b.store.add_client(row, actor).await, Ok(true));
    assert_eq!(b.refresh(&held.token).await.0, Rotation::Revoked);
    assert!(b.lives(&session).await);
    let later = b.signed_in(&user).await;
    let anew = b.granted(&later, BOUND).await;
    assert!(b.rotates(&anew.token).await);
}
