use domain::feed::RenewalReply;
use domain::id::Id;
use domain::revocation::Target;
use store::intent::Actor;
use zeroize::Zeroizing;

use crate::flows::admin::written::rfc3339;

use super::*;
use crate::testing::{authority, config};
use crate::{Authority, Gateway, KeyEncryptionKey, World};

async fn renewal(gateway: &Gateway, clock: &dyn Clock) -> Renewal {
    let head = gateway.snapshot().await.unwrap().head;
    Renewal {
        edge: "edge-1".parse().unwrap(),
        incarnation: Id::from_bytes([1; 16]),
        t0: clock.boot(),
        frontier: head.seq,
        digest: head.digest,
    }
}

fn start(n: u8) -> EdgeStart {
    EdgeStart {
        edge: "edge-1".parse().unwrap(),
        incarnation: Id::from_bytes([n; 16]),
    }
}

fn everything() -> Revoke {
    Revoke {
        targets: vec![Target::All],
        reason: String::new(),
        actor: Actor::new("test"),
        receipt: None,
    }
}

#[tokio::test]
async fn a_renewal_that_raced_an_enforced_revocation_gets_no_lease_without_it() {
    let (authority, clock) = authority().await;
    let gateway = Gateway::new(authority.clone());
    // Leases of an earlier process are out.
    clock.advance(Span::from_secs(1));
    let asked = renewal(&gateway, clock.as_ref()).await;
    // The node has read the head for this renewal; the revocation commits and finds nobody to wait for.
    let (read_at, head) = (clock.boot(), authority.store.head().await.unwrap());
    let receipt = authority
        .revoke(everything(), Level::Enforced)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((receipt.acknowledged.len(), receipt.expired.len()), (0, 0));
    assert_eq!(authority.revoker.grant(&asked, head, read_at), None);
    let Ok(RenewalReply::Granted(grant)) = gateway.renew(&asked).await else {
        panic!("a later reading is good");
    };
    assert_eq!(grant.frontier, receipt.seq);
}

#[tokio::test]
async fn a_receipt_names_the_routes_that_may_still_accept() {
    let (authority, clock) = authority().await;
    let gateway = Gateway::new(authority.clone());
    let asked = renewal(&gateway, clock.as_ref()).await;
    let exception = ("reports".to_owned(), Span::from_secs(60));
    gateway.declare_exceptions(&asked.edge, vec![exception]);
    gateway.begin(&start(1));
    assert!(matches!(
        gateway.renew(&asked).await,
        Ok(RenewalReply::Granted(_))
    ));
    let lease_end = clock.now() + authority.config.lease.lease + authority.config.lease.margin();
    clock.advance(Span::from_secs(20));
    let receipt = authority
        .revoke(everything(), Level::Enforced)
        .await
        .unwrap()
        .unwrap();
    // Its clock may run as much slower as one of a lease of that length.
    let until = rfc3339(lease_end + Span::from_secs(60) + Span::from_ms(63));
    let exempt = Exemption {
        edge: "edge-1".into(),
        route: "reports".into(),
        until,
    };
    assert_eq!(receipt.exempt, [exempt]);
    let promised_nothing = authority
        .revoke(everything(), Level::Durable)
        .await
        .unwrap()
        .unwrap();
    assert!(promised_nothing.exempt.is_empty());
    clock.advance(Span::from_secs(61));
    let receipt = authority
        .revoke(everything(), Level::Enforced)
        .await
        .unwrap()
        .unwrap();
    assert!(receipt.exempt.is_empty(), "its time is over");
    // An edge that has applied the log refuses on every route.
    let caught_up = renewal(&gateway, clock.as_ref()).await;
    assert!(matches!(
        gateway.renew(&caught_up).await,
        Ok(RenewalReply::Granted(_))
    ));
    let revoker = &authority.revoker;
    let head = authority.store.head().await.unwrap().seq;
    assert_eq!(revoker.exempt(head, clock.boot()), (vec![], None));
}

#[tokio::test]
async fn after_a_restart_receipts_say_until_when_edges_that_are_not_back_may_be_exempt() {
    let (before, clock) = authority().await;
    let declared = Exceptions::from([("news".to_owned(), Span::from_secs(60))]);
    assert!(before.revoker.join(&start(1), 1, declared).await.unwrap());
    let world = World {
        store: Arc::clone(&before.store),
        clock: Arc::clone(&before.clock),
        entropy: Arc::clone(&before.entropy),
    };
    let opened_at = clock.now();
    let kek = KeyEncryptionKey::new(Zeroizing::new([9; 32]));
    let after = Authority::open(config(), world, kek).await.unwrap();
    let terms = after.config.lease;
    let until = opened_at + terms.lease + terms.margin() + Span::from_secs(60) + Span::from_ms(63);
    clock.advance(terms.lease + terms.margin());
    let told = async |level| {
        let receipt = after.revoke(everything(), level).await.unwrap().unwrap();
        receipt.unknown_exempt_until
    };
    assert_eq!(
        told(Level::Enforced).await,
        Some(until),
        "the other start has named no route to it"
    );
    assert_eq!(told(Level::Durable).await, None, "promises nothing");
    let recorded = async || after.store.longest_exception().await.unwrap();
    after.revoker.forget_unknown().await.unwrap();
    assert_eq!(recorded().await, Span::from_secs(60), "one may still be there");
    let short = Exceptions::from([("news".to_owned(), Span::from_secs(5))]);
    assert!(after.revoker.join(&start(2), 1, short).await.unwrap());
    assert_eq!(recorded().await, Span::from_secs(60));
    clock.advance(Span::from_secs(60) + Span::from_ms(63));
    assert_eq!(told(Level::Enforced).await, None);
    after.revoker.forget_unknown().await.unwrap();
    assert_eq!(recorded().await, Span::from_secs(5), "what this process knows");
}
