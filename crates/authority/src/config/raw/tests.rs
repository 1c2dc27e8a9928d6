use jose::Algorithm;

use super::*;

fn paths(raw: RawConfig) -> Vec<String> {
    raw.check().unwrap_err().into_iter().map(|p| p.path).collect()
}

#[test]
fn nothing_written_is_a_complete_configuration() {
    let config = RawConfig::default().check().unwrap();
    assert_eq!(
        (config.issuer.as_str(), config.host.as_str()),
        ("http://localhost:8700", "localhost")
    );
    assert_eq!(config.token.algorithms, [Algorithm::Es256]);
    assert!(config.keys.unseal_for > config.session.aal1.absolute);
}

#[test]
fn a_longer_access_token_life_is_refused() {
    let life = |text: &str| RawConfig {
        token: RawToken {
            access_life: Some(text.into()),
            ..RawToken::default()
        },
        ..RawConfig::default()
    };
    assert!(life("15m").check().is_ok());
    assert_eq!(paths(life("16m")), ["token.access_life"]);
}

#[test]
fn room_is_bounded_and_the_alarms_are_in_order() {
    let usual = RawConfig::default().check().unwrap().space;
    assert_eq!(usual, crate::SpaceTerms::default());
    let with = |reserve_mib, low_space_mib, short_space_mib| RawConfig {
        store: RawStore {
            reserve_mib: Some(reserve_mib),
            low_space_mib: Some(low_space_mib),
            short_space_mib: Some(short_space_mib),
            ..RawStore::default()
        },
        ..RawConfig::default()
    };
    let good = with(1, 20, 10).check().unwrap().space;
    assert_eq!(
        (good.reserve_bytes, good.low_bytes, good.short_bytes),
        (1 << 20, 20 << 20, 10 << 20)
    );
    assert_eq!(paths(with(1025, 20, 10)), ["store.reserve_mib"]);
    assert_eq!(paths(with(1, (1 << 20) + 1, 10)), ["store.low_space_mib"]);
    assert_eq!(paths(with(1, 1 << 20, (1 << 20) + 1)), ["store.short_space_mib"]);
    assert_eq!(paths(with(1, 20, 21)), ["store.short_space_mib"]);
}

#[test]
fn the_stores_cache_is_bounded() {
    let with = |cache_mib| RawConfig {
        store: RawStore {
            cache_mib,
            ..RawStore::default()
        },
        ..RawConfig::default()
    };
    assert_eq!(with(None).check().unwrap().store_cache_bytes, 32 << 20);
    assert_eq!(with(Some(1)).check().unwrap().store_cache_bytes, 1 << 20);
    assert_eq!(paths(with(Some(0))), ["store.cache_mib"]);
    assert_eq!(paths(with(Some(16_385))), ["store.cache_mib"]);
}

#[test]
fn receipts_are_bounded_by_number_and_age() {
    let usual = RawConfig::default().check().unwrap().receipts;
    assert_eq!(usual, store::intent::ReceiptTerms::default());
    let with = |most, kept_for: &str| RawConfig {
        store: RawStore {
            receipts: Some(most),
            receipts_for: Some(kept_for.into()),
            ..RawStore::default()
        },
        ..RawConfig::default()
    };
    let good = with(100, "1h").check().unwrap().receipts;
    assert_eq!((good.most, good.kept_for), (100, domain::Span::from_hours(1)));
    for (most, kept_for, path) in [
        (99, "1h", "store.receipts"),
        (10_000_001, "1h", "store.receipts"),
        (100, "59m", "store.receipts_for"),
        (100, "3651d", "store.receipts_for"),
    ] {
        assert_eq!(paths(with(most, kept_for)), [path], "{most} {kept_for}");
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let raw = RawConfig {
        server: RawServer {
            issuer: Some("http://id.example.org/x".into()),
            lease: Some("1h".into()),
            proxies: Some(vec!["127.0.0.1".into(), "gateway".into()]),
            ..RawServer::default()
        },
        session: RawSession {
            idle_aal1: Some("10s".into()),
            overflow: Some("explode".into()),
            applications: Some(vec![
                "http://app.example.org".into(),
                "https://ok.example/".into(),
            ]),
            ..RawSession::default()
        },
        token: RawToken {
            algorithms: Some(vec!["HS256".into()]),
            ..RawToken::default()
        },
        ..RawConfig::default()
    };
    let mut found = paths(raw);
    found.dedup();
    assert_eq!(
        found,
        [
            "server.issuer",
            "server.proxies",
            "session.idle_aal1",
            "session.overflow",
            "server.lease",
            "token.algorithms",
            "session.applications"
        ]
    );
}

#[test]
fn an_idle_limit_beyond_the_absolute_one_is_refused() {
    let session = RawSession {
        idle_aal2: Some("2h".into()),
        absolute_aal2: Some("1h".into()),
        ..RawSession::default()
    };
    assert_eq!(
        paths(RawConfig {
            session,
            ..RawConfig::default()
        }),
        ["session.idle_aal2"]
    );
}

#[test]
fn a_canary_sings_only_where_it_is_asked_for_and_within_bounds() {
    assert_eq!(RawConfig::default().check().unwrap().canary, None);
    let every = |text: &str| RawConfig {
        canary: RawCanary {
            every: Some(text.into()),
        },
        ..RawConfig::default()
    };
    let good = every("1s").check().unwrap().canary;
    assert_eq!(good, Some(domain::Span::from_secs(1)));
    for bad in ["999ms", "61m"] {
        assert_eq!(paths(every(bad)), ["canary.every"], "{bad}");
    }
}

#[test]
fn a_status_list_is_for_named_audiences_and_of_a_bounded_size() {
    assert_eq!(RawConfig::default().check().unwrap().status_list, None);
    let list = |audience: &str, size, ttl: &str| RawConfig {
        status_list: RawStatusList {
            audiences: Some(vec![audience.into()]),
            size: Some(size),
            ttl: Some(ttl.into()),
        },
        ..RawConfig::default()
    };
    let good = list("api", 1024, "5s").check().unwrap().status_list.unwrap();
    assert_eq!((good.size, good.ttl), (1024, domain::Span::from_secs(5)));
    for (audience, size, ttl, path) in [
        ("", 1024, "5s", "status_list.audiences"),
        ("api", 1016, "5s", "status_list.size"),
        ("api", 1 << 21, "5s", "status_list.size"),
        ("api", 1025, "5s", "status_list.size"),
        ("api", 1024, "4s", "status_list.ttl"),
        ("api", 1024, "6m", "status_list.ttl"),
    ] {
        assert_eq!(
            paths(list(audience, size, ttl)),
            [path],
            "{audience} {size} {ttl}"
        );
    }
}

#[test]
fn logouts_are_carried_into_listed_networks_that_are_networks() {
    assert!(RawConfig::default().check().unwrap().logout.private.is_empty());
    let into = |text: &str| RawConfig {
        logout: RawLogout {
            private_networks: Some(vec![text.into()]),
        },
        ..RawConfig::default()
    };
    assert_eq!(into("10.0.0.0/8").check().unwrap().logout.private.len(), 1);
    for bad in ["0.0.0.0/0", "::/0", "::ffff:10.0.0.1", "intranet"] {
        assert_eq!(paths(into(bad)), ["logout.private_networks"], "{bad}");
    }
}
