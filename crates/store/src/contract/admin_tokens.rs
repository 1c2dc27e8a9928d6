//! Tokens of the admin API.

use domain::admin_token::{AdminScope, AdminToken, MOST_TOKENS, USE_GRAIN};
use domain::id::{AdminToken as AdminTokenKind, Id};
use domain::{Span, TokenName};

use super::Bench;
use crate::intent::{Actor, AddAdminToken, AdminTokenAddition, AdminTokenRemoval, RemoveAdminToken, Use};

fn row(b: &Bench, name: &str, scopes: &[AdminScope]) -> AdminToken {
    AdminToken {
        id: b.id(),
        name: name.parse().unwrap(),
        digest: b.digest(),
        scopes: scopes.iter().copied().collect(),
        made_by: None,
        created_at: b.now(),
        expires_at: b.now() + Span::from_days(30),
        used_at: None,
    }
}

async fn add(b: &Bench, token: &AdminToken) -> AdminTokenAddition {
    let intent = AddAdminToken {
        token: token.clone(),
        actor: Actor::new("admin:local"),
    };
    b.store.add_admin_token(intent).await.unwrap()
}

async fn added(b: &Bench, token: AdminToken) -> AdminToken {
    assert_eq!(add(b, &token).await, AdminTokenAddition::Added);
    token
}

async fn remove(b: &Bench, id: Id<AdminTokenKind>, made_too: bool) -> AdminTokenRemoval {
    let intent = RemoveAdminToken {
        id,
        made_too,
        actor: Actor::new("admin:local"),
    };
    b.store.remove_admin_token(intent).await.unwrap()
}

async fn names(b: &Bench) -> Vec<String> {
    let all = b.store.admin_tokens().await.unwrap();
    let mut names: Vec<String> = all.iter().map(|t| t.name.to_string()).collect();
    names.sort();
    names
}

pub async fn a_token_is_found_by_its_digest_until_it_is_removed(b: &Bench) {
    let token = added(b, row(b, "ops", &[AdminScope::Read, AdminScope::Metrics])).await;
    assert_eq!(b.store.admin_token(token.digest).await, Ok(Some(token.clone())));
    assert_eq!(b.store.admin_token(b.digest()).await, Ok(None));
    assert_eq!(b.store.admin_tokens().await, Ok(vec![token.clone()]));
    let gone = AdminTokenRemoval::Removed(vec![token.name.clone()]);
    assert_eq!(remove(b, token.id, false).await, gone);
    assert_eq!(b.store.admin_token(token.digest).await, Ok(None));
    assert_eq!(b.kinds(0).await, ["admin_token.added", "admin_token.removed"]);
    let before = b.mark().await;
    assert_eq!(remove(b, token.id, false).await, AdminTokenRemoval::Unknown);
    assert_eq!(b.mark().await, before);
}

pub async fn a_name_is_free_again_when_its_token_has_ended(b: &Bench) {
    let first = added(b, row(b, "ops", &[AdminScope::Read])).await;
    let before = b.mark().await;
    assert_eq!(add(b, &row(b, "ops", &[])).await, AdminTokenAddition::NameTaken);
    assert_eq!(b.mark().await, before);
    b.clock.advance(Span::from_days(30));
    let second = added(b, row(b, "ops", &[AdminScope::Read])).await;
    assert_eq!(b.store.admin_token(first.digest).await, Ok(None), "swept");
    assert_eq!(b.store.admin_tokens().await, Ok(vec![second]));
}

pub async fn there_are_only_so_many_tokens(b: &Bench) {
    for n in 0..MOST_TOKENS {
        added(b, row(b, &format!("t{n}"), &[AdminScope::Read])).await;
    }
    let before = b.mark().await;
    assert_eq!(add(b, &row(b, "more", &[])).await, AdminTokenAddition::TooMany);
    assert_eq!(b.mark().await, before);
    b.clock.advance(Span::from_days(30));
    added(b, row(b, "more", &[])).await;
    assert_eq!(names(b).await, ["more"], "what has ended makes room");
}

pub async fn a_token_makes_none_that_is_stronger(b: &Bench) {
    let maker = added(b, row(b, "maker", &[AdminScope::Tokens, AdminScope::Read])).await;
    let made = |name: &str, scopes: &[AdminScope]| AdminToken {
        made_by: Some(maker.id),
        ..row(b, name, scopes)
    };
    let before = b.mark().await;
    let wider = made("wider", &[AdminScope::Keys]);
    assert_eq!(add(b, &wider).await, AdminTokenAddition::Exceeds);
    let longer = AdminToken {
        expires_at: maker.expires_at + Span::from_ms(1),
        ..made("longer", &[AdminScope::Read])
    };
    assert_eq!(add(b, &longer).await, AdminTokenAddition::Exceeds);
    assert_eq!(b.mark().await, before);
    added(b, made("equal", &[AdminScope::Tokens, AdminScope::Read])).await;
    // A call that began before its token was removed makes nothing after it.
    remove(b, maker.id, false).await;
    assert_eq!(
        add(b, &made("late", &[AdminScope::Read])).await,
        AdminTokenAddition::Exceeds
    );
}

pub async fn what_a_token_made_can_go_with_it(b: &Bench) {
    let scopes = [AdminScope::Tokens];
    let root = added(b, row(b, "root", &scopes)).await;
    let by = |maker: &AdminToken, name: &str| AdminToken {
        made_by: Some(maker.id),
        ..row(b, name, &scopes)
    };
    let child = added(b, by(&root, "child")).await;
    added(b, by(&child, "grandchild")).await;
    let other = added(b, by(&root, "other")).await;
    added(b, row(b, "stranger", &scopes)).await;
    let gone = remove(b, child.id, true).await;
    let expected: Vec<TokenName> = ["child", "grandchild"].map(|n| n.parse().unwrap()).into();
    assert_eq!(gone, AdminTokenRemoval::Removed(expected));
    assert_eq!(names(b).await, ["other", "root", "stranger"]);
    remove(b, root.id, false).await;
    assert_eq!(
        names(b).await,
        ["other", "stranger"],
        "only where it is asked for"
    );
    assert!(b.store.admin_token(other.digest).await.unwrap().is_some());
}

pub async fn a_use_is_recorded_once_in_a_while(b: &Bench) {
    let token = added(b, row(b, "ops", &[AdminScope::Read])).await;
    let seen = async || b.store.admin_token(token.digest).await.unwrap().unwrap().used_at;
    let before = b.mark().await;
    b.store.record_use(Use::AdminToken(token.id)).await.unwrap();
    let first = b.now();
    assert_eq!(seen().await, Some(first));
    b.clock.advance(USE_GRAIN.saturating_sub(Span::from_ms(1)));
    b.store.record_use(Use::AdminToken(token.id)).await.unwrap();
    assert_eq!(seen().await, Some(first));
    b.clock.advance(Span::from_ms(1));
    b.store.record_use(Use::AdminToken(token.id)).await.unwrap();
    assert_eq!(seen().await, Some(b.now()));
    b.store.record_use(Use::AdminToken(b.id())).await.unwrap();
    assert_eq!(b.mark().await, before, "no event");
}
