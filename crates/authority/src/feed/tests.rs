mod words;

use bytes::Bytes;
use domain::feed::wire::{Frame, FrameBuffer, Hello, RefusalWord, Reply, Request, Version, Versions};
use domain::feed::{EdgeCredential, EdgeName, EdgeStart, Exceptions, FeedHead, Renewal};
use domain::id::{Id, Incarnation};
use domain::revocation::{RevocationMap, Target};
use domain::testing::ManualClock;
use domain::{Clock, Seq, Span};
use http_body_util::{BodyExt, Either, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::json;
use store::intent::{Actor, Revoke};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;
use crate::flows::admin::{Conflict, Refusal, edges};
use crate::revoke::Level;
use crate::testing::{authority_with, config};

const V1: Version = Version::V1;

struct World {
    authority: Arc<Authority>,
    clock: Arc<ManualClock>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

impl World {
    async fn new() -> Self {
        let feed = FeedConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            connections: 16,
        };
        let mut config = config();
        config.feed = Some(feed);
        let (authority, clock) = authority_with(config).await;
        let server = FeedServer::bind(&authority, feed).await.unwrap();
        let (address, stop) = (server.address().unwrap(), watch::Sender::new(false));
        tokio::spawn(server.run(stop.subscribe()));
        Self {
            authority,
            clock,
            address,
            stop,
        }
    }

    async fn try_add(&self, name: &str) -> Result<EdgeCredential, Refusal> {
        let body = json!({"name": name, "url": format!("https://{}", self.address)});
        let body = body.as_object().unwrap().clone();
        let added = edges::add(&self.authority, body, Actor::system()).await?;
        Ok(EdgeCredential::parse(&added.credential).unwrap())
    }

    async fn add(&self, name: &str) -> EdgeCredential {
        self.try_add(name).await.unwrap()
    }

    async fn remove(&self, name: &str, previous: bool) {
        let body = json!({ "previous": previous }).as_object().unwrap().clone();
        edges::remove(&self.authority, name, body, Actor::system())
            .await
            .unwrap();
    }

    async fn revoke(&self, target: Target) {
        let intent = Revoke {
            targets: vec![target],
            reason: String::new(),
            actor: Actor::system(),
            receipt: None,
        };
        self.authority
            .revoke(intent, Level::Durable)
            .await
            .unwrap()
            .unwrap();
    }

    async fn connect(&self, credential: &EdgeCredential) -> Result<Wire, String> {
        let shown = Some((credential.certificate.clone(), credential.private_key.to_vec()));
        self.dial(credential, shown, &rustls::version::TLS13).await
    }

    async fn greeted(&self, credential: &EdgeCredential) -> Result<Wire, String> {
        let mut wire = self.connect(credential).await?;
        match wire.ask(&hello(&credential.edge, Versions::OURS)).await? {
            Reply::Welcome(V1) => Ok(wire),
            other => Err(format!("{other:?}")),
        }
    }

    async fn dial(
        &self,
        trusting: &EdgeCredential,
        shown: Option<(Vec<u8>, Vec<u8>)>,
        version: &'static SupportedProtocolVersion,
    ) -> Result<Wire, String> {
        let stream = TcpStream::connect(self.address).await.map_err(text)?;
        self.over(stream, trusting, shown, version).await
    }

    async fn over(
        &self,
        stream: TcpStream,
        trusting: &EdgeCredential,
        shown: Option<(Vec<u8>, Vec<u8>)>,
        version: &'static SupportedProtocolVersion,
    ) -> Result<Wire, String> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(trusting.trust.clone())).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let time = Arc::new(tls::Wall(self.clock.clone()));
        let builder = ClientConfig::builder_with_details(provider, time)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match shown {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(
                    vec![CertificateDer::from(certificate)],
                    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
                )
                .unwrap(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(trusting.server_name.clone()).unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        let (sender, connection) = builder
            .handshake(TokioIo::new(stream.map_err(text)?))
            .await
            .map_err(text)?;
        tokio::spawn(connection);
        Ok(Wire(sender))
    }
}

struct Wire(SendRequest<Either<Full<Bytes>, words::Saying>>);

impl Wire {
    async fn send(&mut self, bytes: Vec<u8>) -> Result<http::Response<hyper::body::Incoming>, String> {
        let request = http::Request::post("https://x/feed")
            .body(Either::Left(Full::from(bytes)))
            .unwrap();
        self.0.send_request(request).await.map_err(text)
    }

    async fn ask(&mut self, request: &Request) -> Result<Reply, String> {
        self.ask_bytes(request.encode(V1).unwrap()).await
    }

    async fn ask_bytes(&mut self, bytes: Vec<u8>) -> Result<Reply, String> {
        let answer = self
            .send(bytes)
            .await?
            .into_body()
            .collect()
            .await
            .map_err(text)?;
        let bytes = answer.to_bytes();
        Frame::parse(&bytes)
            .and_then(|frame| Reply::decode(frame, V1))
            .map_err(text)
    }
}

fn text(error: impl std::error::Error) -> String {
    format!("{error:?}")
}

fn hello(edge: &EdgeName, versions: Versions) -> Request {
    Request::Hello(Hello {
        versions,
        edge: edge.clone(),
        start: Id::from_bytes([1; 16]),
        exceptions: vec![("news".into(), Span::from_mins(5))],
    })
}

/// The greeting of another start, whose routes have no exceptions.
fn hello_of(edge: &EdgeName, n: u8) -> Request {
    Request::Hello(Hello {
        versions: Versions::OURS,
        edge: edge.clone(),
        start: Id::from_bytes([n; 16]),
        exceptions: vec![],
    })
}

fn renew(edge: &EdgeName, head: FeedHead) -> Request {
    renew_of(edge, 1, head)
}

fn renew_of(edge: &EdgeName, n: u8, head: FeedHead) -> Request {
    Request::Renew(Renewal {
        edge: edge.clone(),
        incarnation: Id::<Incarnation>::from_bytes([n; 16]),
        t0: domain::BootTime::from_ms(7),
        frontier: head.seq,
        digest: head.digest,
    })
}

fn is_refused(reply: &Reply, word: RefusalWord) -> bool {
    matches!(reply, Reply::Refused(own, versions) if *own == word && *versions == Versions::OURS)
}

#[tokio::test]
async fn an_edge_joins_follows_and_has_a_lease() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    world.revoke(Target::Client("old".parse().unwrap())).await;
    let mut wire = world.greeted(&credential).await.unwrap();
    let Reply::Snapshot(sealed) = wire.ask(&Request::SnapshotWanted { have: None }).await.unwrap() else {
        panic!("no snapshot")
    };
    let (name, snapshot) = (sealed.name(), sealed.open().unwrap());
    assert_eq!(snapshot.marks.len(), 1);
    let again = wire.ask(&Request::SnapshotWanted { have: Some(name) }).await;
    assert!(
        matches!(again.unwrap(), Reply::SnapshotSame(same) if same == name),
        "not sent twice"
    );
    let granted = wire.ask(&renew(&credential.edge, snapshot.head)).await.unwrap();
    let Reply::Granted(grant) = granted else {
        panic!("{granted:?}")
    };
    assert_eq!((grant.t0.as_ms(), grant.frontier), (7, snapshot.head.seq));
    assert_eq!(world.authority.revoker.edges()[0].edge, credential.edge);

    let follow = Request::Follow {
        after: snapshot.head.seq,
    };
    let mut stream = wire.send(follow.encode(V1).unwrap()).await.unwrap().into_body();
    world.revoke(Target::Client("web".parse().unwrap())).await;
    let mut buffer = FrameBuffer::default();
    buffer.push(stream.frame().await.unwrap().unwrap().data_ref().unwrap());
    let reply = buffer.take(|frame| Reply::decode(frame, V1)).unwrap().unwrap();
    let Reply::Entries(entries) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(entries[0].target, Target::Client("web".parse().unwrap()));
    assert!(entries[0].follows(snapshot.head.seq, &snapshot.head.digest));
    let frontier = entries[0].seq;
    let word = Request::Acknowledge {
        edge: credential.edge.clone(),
        incarnation: Id::from_bytes([1; 16]),
        frontier,
    };
    assert!(matches!(wire.ask(&word).await.unwrap(), Reply::Done));
    assert_eq!(world.authority.revoker.edges()[0].frontier, frontier);
    world.stop.send_replace(true);
}

#[tokio::test]
async fn entries_that_nobody_handed_over_are_read_and_none_is_left_out() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    let mut wire = world.greeted(&credential).await.unwrap();
    let head = world.authority.store.head().await.unwrap();
    let follow = Request::Follow { after: head.seq };
    let mut stream = wire.send(follow.encode(V1).unwrap()).await.unwrap().into_body();
    // Two commits before the tail has its turn: the hand holds the second alone.
    for name in ["one", "two"] {
        let intent = Revoke {
            targets: vec![Target::Client(name.parse().unwrap())],
            reason: String::new(),
            actor: Actor::system(),
            receipt: None,
        };
        world.authority.store.revoke(intent).await.unwrap();
    }
    assert_eq!(world.authority.store.appended().after(head.seq), None);
    let (mut buffer, mut at) = (FrameBuffer::default(), head);
    for name in ["one", "two"] {
        let taken = loop {
            if let Some(taken) = buffer.take(|frame| Reply::decode(frame, V1)).unwrap() {
                break taken;
            }
            buffer.push(stream.frame().await.unwrap().unwrap().data_ref().unwrap());
        };
        let Reply::Entries(entries) = taken else {
            panic!("{taken:?}")
        };
        for entry in entries {
            assert!(entry.follows(at.seq, &at.digest), "{name}");
            at = FeedHead {
                seq: entry.seq,
                digest: entry.digest,
            };
        }
        if at.seq == head.seq.next().and_then(Seq::next).unwrap() {
            break;
        }
    }
    assert_eq!(at, world.authority.store.head().await.unwrap());
    world.stop.send_replace(true);
}

#[tokio::test]
async fn a_position_of_another_log_is_sent_for_a_snapshot() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    let mut wire = world.greeted(&credential).await.unwrap();
    let elsewhere = Seq::start_of(domain::Epoch::from_u32(7).unwrap());
    let reply = wire.ask(&Request::Follow { after: elsewhere }).await.unwrap();
    assert!(matches!(reply, Reply::Resynchronise));
    let head = FeedHead {
        digest: domain::Digest::of(b"another"),
        ..world.authority.store.head().await.unwrap()
    };
    let reply = wire.ask(&renew(&credential.edge, head)).await.unwrap();
    assert!(matches!(reply, Reply::Resynchronise), "{reply:?}");
}

#[tokio::test]
async fn without_a_certificate_of_this_authority_nobody_gets_in() {
    let (world, other) = (World::new().await, World::new().await);
    let (own, foreign) = (world.add("fra-1").await, other.add("fra-1").await);
    let shown = |c: &EdgeCredential| Some((c.certificate.clone(), c.private_key.to_vec()));
    let tls13 = &rustls::version::TLS13;
    for (what, shown, version) in [
        ("no certificate", None, tls13),
        ("another authority's", shown(&foreign), tls13),
        ("an older TLS", shown(&own), &rustls::version::TLS12),
    ] {
        let asked = match world.dial(&own, shown, version).await {
            Ok(mut wire) => wire.ask(&hello(&own.edge, Versions::OURS)).await.map(drop),
            Err(error) => Err(error),
        };
        assert!(asked.is_err(), "{what}");
    }
    assert!(
        world.connect(&foreign).await.is_err(),
        "an edge trusts its own authority alone"
    );
    world.greeted(&own).await.unwrap();
}

/// Strangers who connect and say nothing have the places of their address, and no other.
#[tokio::test]
async fn strangers_from_one_address_keep_no_edge_out() {
    let world = World::new().await;
    let own = world.add("fra-1").await;
    let mut silent = Vec::new();
    for _ in 0..2 * handshakes::MOST_OF_ONE {
        silent.push(TcpStream::connect(world.address).await.unwrap());
    }
    // Another address of this machine, as an edge elsewhere has.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 2], 0).into()).unwrap();
    let stream = socket.connect(world.address).await.unwrap();
    let shown = Some((own.certificate.clone(), own.private_key.to_vec()));
    let mut wire = world
        .over(stream, &own, shown, &rustls::version::TLS13)
        .await
        .unwrap();
    assert!(matches!(
        wire.ask(&hello(&own.edge, Versions::OURS)).await,
        Ok(Reply::Welcome(V1))
    ));
    drop(silent);
    while world.connect(&own).await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// A certificate of ours for a key that no row knows: an authority whose store went back, or a stolen key of the feed.
#[tokio::test]
async fn a_certified_key_that_is_nobodys_is_refused() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    let ca = FeedCa::open(&world.authority).await.unwrap();
    let made = ca.edge(
        &credential.edge,
        world.clock.now(),
        world.authority.entropy.as_ref(),
    );
    let made = made.unwrap();
    let stray = EdgeCredential {
        certificate: made.certificate,
        private_key: made.private_key,
        ..credential.clone()
    };
    assert!(world.greeted(&stray).await.is_err());
    world.greeted(&credential).await.unwrap();
}

#[tokio::test]
async fn an_edge_speaks_for_itself_alone_and_after_its_greeting() {
    let world = World::new().await;
    let (own, other) = (world.add("fra-1").await, world.add("fra-2").await);
    let head = world.authority.store.head().await.unwrap();
    let mut wire = world.connect(&own).await.unwrap();
    let early = wire.ask(&renew(&own.edge, head)).await.unwrap();
    assert!(
        is_refused(&early, RefusalWord::Edge),
        "before its greeting: {early:?}"
    );
    let early = wire.ask(&Request::Follow { after: head.seq }).await.unwrap();
    assert!(is_refused(&early, RefusalWord::Edge));
    wire.ask(&hello(&own.edge, Versions::OURS)).await.unwrap();
    let acknowledge = Request::Acknowledge {
        edge: other.edge.clone(),
        incarnation: Id::from_bytes([1; 16]),
        frontier: head.seq,
    };
    let keys = Request::KeysWanted {
        edge: other.edge.clone(),
        known: Some(world.authority.keys.version()),
        wait: Span::from_ms(0),
    };
    let of_another_start = Request::Acknowledge {
        edge: own.edge.clone(),
        incarnation: Id::from_bytes([2; 16]),
        frontier: head.seq,
    };
    for request in [
        hello(&other.edge, Versions::OURS),
        hello_of(&own.edge, 2),
        renew(&other.edge, head),
        renew_of(&own.edge, 2, head),
        acknowledge,
        of_another_start,
        keys,
    ] {
        let reply = wire.ask(&request).await.unwrap();
        assert!(is_refused(&reply, RefusalWord::Edge), "{request:?}");
    }
    assert!(world.authority.revoker.edges().is_empty());
}

/// One connection a start: what comes on an earlier one says nothing any more.
#[tokio::test]
async fn a_start_is_heard_where_it_greeted_last() {
    let world = World::new().await;
    let own = world.add("fra-1").await;
    let head = world.authority.store.head().await.unwrap();
    let mut first = world.greeted(&own).await.unwrap();
    let mut second = world.greeted(&own).await.unwrap();
    let late = first.ask(&renew(&own.edge, head)).await.unwrap();
    assert!(is_refused(&late, RefusalWord::Edge), "{late:?}");
    drop(first);
    let granted = second.ask(&renew(&own.edge, head)).await.unwrap();
    assert!(matches!(granted, Reply::Granted(_)), "{granted:?}");
    let start = EdgeStart {
        edge: own.edge.clone(),
        incarnation: Id::from_bytes([1; 16]),
    };
    let number = (0..u64::MAX).find(|n| world.authority.revoker.hears(&start, *n));
    drop(second);
    let gone = async {
        while world.authority.revoker.hears(&start, number.unwrap()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
}

/// A second start that declares less takes nothing from what the first may still do.
#[tokio::test]
async fn a_receipt_names_what_an_earlier_start_of_an_edge_may_still_accept() {
    let world = World::new().await;
    let own = world.add("fra-1").await;
    world.clock.advance(Span::from_secs(11));
    let head = world.authority.store.head().await.unwrap();
    let mut first = world.greeted(&own).await.unwrap();
    first.ask(&renew(&own.edge, head)).await.unwrap();
    let mut second = world.connect(&own).await.unwrap();
    assert!(matches!(
        second.ask(&hello_of(&own.edge, 2)).await,
        Ok(Reply::Welcome(V1))
    ));
    second.ask(&renew_of(&own.edge, 2, head)).await.unwrap();
    world.clock.advance(Span::from_secs(11));
    let intent = Revoke {
        targets: vec![Target::All],
        reason: String::new(),
        actor: Actor::system(),
        receipt: None,
    };
    let receipt = world.authority.revoke(intent, Level::Enforced).await;
    let exempt = receipt.unwrap().unwrap().exempt;
    let named: Vec<_> = exempt
        .iter()
        .map(|e| (e.edge.as_str(), e.route.as_str()))
        .collect();
    assert_eq!(named, [("fra-1", "news")]);
}

#[tokio::test]
async fn nobody_speaks_under_the_name_of_an_edge_in_this_process() {
    let world = World::new().await;
    let made_before = world.add("fra-1").await;
    let gateway = Gateway::new(Arc::clone(&world.authority));
    for name in ["edge", "fra-1"] {
        gateway.declare_exceptions(&name.parse().unwrap(), vec![]);
    }
    assert!(matches!(world.try_add("edge").await, Err(Refusal::Invalid(_))));
    let refused = world.greeted(&made_before).await.err().unwrap();
    assert!(refused.contains("Refused(Edge"), "{refused}");
    world.add("edge-2").await;
}

#[tokio::test]
async fn one_start_too_many_of_an_edge_is_told_to_come_again() {
    let world = World::new().await;
    let own = world.add("fra-1").await;
    for n in 0..64 {
        let start = EdgeStart {
            edge: own.edge.clone(),
            incarnation: Id::from_bytes([100 + n; 16]),
        };
        let joined = world
            .authority
            .revoker
            .join(&start, 1_000_000, Exceptions::default());
        assert!(joined.await.unwrap(), "{n}");
    }
    let refused = world.greeted(&own).await.err().unwrap();
    assert!(refused.contains("Refused(Unavailable"), "{refused}");
    world.greeted(&world.add("fra-2").await).await.unwrap();
}

#[tokio::test]
async fn an_edge_cannot_acknowledge_what_was_never_committed() {
    let world = World::new().await;
    let own = world.add("fra-1").await;
    let mut wire = world.greeted(&own).await.unwrap();
    let head = world.authority.store.head().await.unwrap();
    wire.ask(&renew(&own.edge, head)).await.unwrap();
    let acknowledge = |frontier| Request::Acknowledge {
        edge: own.edge.clone(),
        incarnation: Id::from_bytes([1; 16]),
        frontier,
    };
    let ahead = wire.ask(&acknowledge(head.seq.next().unwrap())).await.unwrap();
    assert!(is_refused(&ahead, RefusalWord::Unavailable), "{ahead:?}");
    assert_eq!(world.authority.revoker.edges()[0].frontier, head.seq);
    // Committed by somebody who has not said so yet.
    let intent = Revoke {
        targets: vec![Target::All],
        reason: String::new(),
        actor: Actor::system(),
        receipt: None,
    };
    world.authority.store.revoke(intent).await.unwrap();
    let told = wire.ask(&acknowledge(head.seq.next().unwrap())).await.unwrap();
    assert!(matches!(told, Reply::Done), "{told:?}");
}

/// What the authority's word lets through goes on for a while: whoever revokes meanwhile waits for that edge.
#[tokio::test]
async fn a_word_is_on_record_before_it_is_read() {
    let world = World::new().await;
    let own = world.add("fra-1").await;
    world.clock.advance(Span::from_secs(11));
    let mut wire = world.greeted(&own).await.unwrap();
    let head = world.authority.store.head().await.unwrap().seq;
    let nobody = domain::Subject::Client("web".parse().unwrap());
    let position = domain::revocation::Position::of(nobody, head);
    let reply = wire.ask(&Request::IsRevoked(Box::new(position))).await.unwrap();
    let Reply::Revoked(word) = reply else {
        panic!("{reply:?}")
    };
    let lease = world.authority.config.lease;
    assert_eq!((word.revoked, word.carries), (false, lease.lease));
    // Just before the word is over, by whichever clock.
    world.clock.advance(lease.lease);
    let start = EdgeStart {
        edge: own.edge.clone(),
        incarnation: Id::from_bytes([1; 16]),
    };
    let authority = Arc::clone(&world.authority);
    let revoking = tokio::spawn(async move {
        let intent = Revoke {
            targets: vec![Target::Client("web".parse().unwrap())],
            reason: String::new(),
            actor: Actor::system(),
            receipt: None,
        };
        authority.revoke(intent, Level::Enforced).await.unwrap().unwrap()
    });
    // Counts once the entry is there, and with it whom to wait for.
    let (revoker, seq) = (&world.authority.revoker, head.next().unwrap());
    while !revoker.acknowledge(&start.edge, start.incarnation, seq) {
        tokio::task::yield_now().await;
    }
    assert_eq!(revoking.await.unwrap().acknowledged, [own.edge]);
}

#[tokio::test]
async fn a_removed_edge_is_cut_off_and_stays_out() {
    let world = World::new().await;
    let (gone, stays) = (world.add("fra-1").await, world.add("fra-2").await);
    let mut cut = world.greeted(&gone).await.unwrap();
    let mut kept = world.greeted(&stays).await.unwrap();
    let head = world.authority.store.head().await.unwrap().seq;
    let follow = Request::Follow { after: head }.encode(V1).unwrap();
    let mut stream = cut.send(follow).await.unwrap().into_body();
    world.remove("fra-1", false).await;
    let ended = async { while stream.frame().await.is_some_and(|part| part.is_ok()) {} };
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .unwrap();
    assert!(cut.ask(&Request::EntriesWanted { after: head }).await.is_err());
    assert!(world.greeted(&gone).await.is_err());
    kept.ask(&Request::EntriesWanted { after: head }).await.unwrap();
    assert!(matches!(world.try_add("fra-1").await, Ok(again) if again.certificate != gone.certificate));
    // Another process on the same store reads it from the log.
    let roster = Roster::default();
    roster.load(world.authority.store.as_ref()).await.unwrap();
    let key = tls::key_of(&CertificateDer::from(gone.certificate)).unwrap();
    assert!(roster.find(&key).is_none());
    let key = tls::key_of(&CertificateDer::from(stays.certificate)).unwrap();
    assert_eq!(roster.find(&key).unwrap().edge, stays.edge);
}

/// Whoever revokes the key by itself, without a word to the feed: the log is enough.
#[tokio::test]
async fn a_key_that_the_log_revokes_is_cut_off() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    let wire = world.greeted(&credential).await.unwrap();
    let key = tls::key_of(&CertificateDer::from(credential.certificate.clone())).unwrap();
    world.revoke(Target::Key(key)).await;
    let closed = async {
        while !wire.0.is_closed() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .unwrap();
    assert!(world.greeted(&credential).await.is_err());
}

#[tokio::test]
async fn a_credential_is_rotated_with_an_overlap() {
    let world = World::new().await;
    let first = world.add("fra-1").await;
    world.clock.advance(Span::from_secs(1));
    let second = world.add("fra-1").await;
    world.greeted(&first).await.unwrap();
    world.greeted(&second).await.unwrap();
    let third = world.try_add("fra-1").await.unwrap_err();
    assert!(matches!(
        third,
        Refusal::Conflict(Conflict::TooManyCredentials(2))
    ));
    world.remove("fra-1", true).await;
    assert!(world.greeted(&first).await.is_err());
    world.greeted(&second).await.unwrap();
    let body = json!({"previous": true}).as_object().unwrap().clone();
    let nothing = edges::remove(&world.authority, "fra-1", body, Actor::system()).await;
    assert!(matches!(nothing, Err(Refusal::Unknown("edge"))));
}

#[tokio::test]
async fn a_credential_has_an_end() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    world.clock.advance(Span::from_days(364));
    let mut open = world.greeted(&credential).await.unwrap();
    world.clock.advance(Span::from_days(2));
    assert!(world.greeted(&credential).await.is_err());
    let reply = open
        .ask(&Request::EntriesWanted {
            after: Seq::default(),
        })
        .await;
    assert!(
        is_refused(&reply.unwrap(), RefusalWord::Edge),
        "also on a connection that is open"
    );
    // The certificate says it too: to whoever forgot when the credential ends.
    let key = tls::key_of(&CertificateDer::from(credential.certificate.clone())).unwrap();
    let (roster, in_years) = (&world.authority.feed, world.clock.now() + Span::from_days(3650));
    roster.dismiss(&key);
    roster.enrol(key, credential.edge.clone(), in_years);
    assert!(world.greeted(&credential).await.is_err());
    world.remove("fra-1", false).await;
}

#[tokio::test]
async fn older_and_newer_edges_are_served_or_told_why_not() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    let mut wire = world.connect(&credential).await.unwrap();
    let speaks = |oldest, newest| Versions {
        oldest: Version::new(oldest),
        newest: Version::new(newest),
    };
    for (versions, served) in [
        (speaks(1, 2), true),
        (speaks(0, 1), true),
        (speaks(2, 3), false),
        (speaks(0, 0), false),
    ] {
        let reply = wire.ask(&hello(&credential.edge, versions)).await.unwrap();
        match served {
            true => assert!(matches!(reply, Reply::Welcome(V1)), "{versions:?}"),
            false => assert!(is_refused(&reply, RefusalWord::Version), "{versions:?}"),
        }
    }
    let unagreed = Request::EntriesWanted {
        after: Seq::default(),
    }
    .encode(Version::new(2));
    let reply = wire.ask_bytes(unagreed.unwrap()).await.unwrap();
    assert!(is_refused(&reply, RefusalWord::Version));
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_what_is_too_long_is_not_read() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    let mut wire = world.greeted(&credential).await.unwrap();
    for bytes in [
        vec![],
        vec![1; 5],
        vec![0xff; 40],
        Reply::Done.encode(V1).unwrap(),
    ] {
        let reply = wire.ask_bytes(bytes).await.unwrap();
        assert!(is_refused(&reply, RefusalWord::Malformed));
    }
    let answer = wire.send(vec![0; 600 * 1024]).await;
    assert!(answer.map_or(true, |answer| answer.status() == 400));
}

/// The map of an edge that took the first snapshot and then the deltas is that of one which took the later snapshot.
#[tokio::test]
async fn a_snapshot_that_is_a_little_old_and_its_deltas_make_the_same_map() {
    let world = World::new().await;
    let credential = world.add("fra-1").await;
    let mut wire = world.greeted(&credential).await.unwrap();
    let mut snapshot = async || match wire.ask(&Request::SnapshotWanted { have: None }).await {
        Ok(Reply::Snapshot(sealed)) => sealed.open().unwrap(),
        other => panic!("{other:?}"),
    };
    let first = snapshot().await;
    for n in 0..5 {
        world
            .revoke(Target::Client(format!("c{n}").parse().unwrap()))
            .await;
    }
    let second = snapshot().await;
    assert_eq!(second.head, first.head, "shared by all who come about now");
    let Reply::Entries(entries) = wire
        .ask(&Request::EntriesWanted {
            after: second.head.seq,
        })
        .await
        .unwrap()
    else {
        panic!("no entries")
    };
    let map = RevocationMap::default();
    entries
        .iter()
        .for_each(|entry| map.apply(&entry.target, entry.seq));
    assert_eq!((entries.len(), map.len()), (5, 5));
}
