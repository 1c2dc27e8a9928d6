//! A stream on which both sides speak.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::StatusCode;
use hyper::body::{Body, Incoming};
use tokio::sync::mpsc;

use super::*;

/// The body of a request, as the test sends its parts.
pub(super) struct Saying(mpsc::UnboundedReceiver<Bytes>);

impl Body for Saying {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        let part = self.0.poll_recv(context);
        part.map(|part| Some(Ok(hyper::body::Frame::data(part?))))
    }
}

struct Stream {
    says: mpsc::UnboundedSender<Bytes>,
    body: Incoming,
    buffer: FrameBuffer,
}

impl Stream {
    /// Opened with these bytes.
    async fn open(wire: &mut Wire, first: Vec<u8>) -> Self {
        let (says, said) = mpsc::unbounded_channel();
        says.send(first.into()).unwrap();
        let request = http::Request::post("https://x/follow");
        let request = request.body(Either::Right(Saying(said))).unwrap();
        let answer = wire.0.send_request(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Self {
            says,
            body: answer.into_body(),
            buffer: FrameBuffer::default(),
        }
    }

    fn say(&self, bytes: impl Into<Bytes>) {
        self.says.send(bytes.into()).unwrap();
    }

    /// What the authority says next; nothing once the stream has ended. One that goes on in silence is a failure.
    async fn hear(&mut self) -> Option<Reply> {
        loop {
            if let Some(reply) = self.buffer.take(|frame| Reply::decode(frame, V1)).unwrap() {
                return Some(reply);
            }
            let part = tokio::time::timeout(Duration::from_secs(10), self.body.frame()).await;
            self.buffer
                .push(part.expect("silence")?.ok()?.data_ref().unwrap());
        }
    }
}

fn follow(after: Seq) -> Vec<u8> {
    Request::Follow { after }.encode(V1).unwrap()
}

fn word(edge: &EdgeName, start: u8, frontier: Seq) -> Request {
    Request::Acknowledge {
        edge: edge.clone(),
        incarnation: Id::from_bytes([start; 16]),
        frontier,
    }
}

fn bytes_of(edge: &EdgeName, start: u8, frontier: Seq) -> Vec<u8> {
    word(edge, start, frontier).encode(V1).unwrap()
}

/// With a lease, so that it has a row that words count in.
async fn leased(world: &World, name: &str) -> (EdgeCredential, Wire, FeedHead) {
    let own = world.add(name).await;
    let mut wire = world.greeted(&own).await.unwrap();
    let head = world.authority.store.head().await.unwrap();
    wire.ask(&renew(&own.edge, head)).await.unwrap();
    (own, wire, head)
}

impl World {
    fn frontier(&self) -> Seq {
        self.authority.revoker.edges()[0].frontier
    }

    async fn until_frontier(&self, wanted: Seq) {
        let reached = async {
            while self.frontier() < wanted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn words_on_the_stream_count_and_nothing_but_entries_comes_back() {
    let world = World::new().await;
    let (own, mut wire, head) = leased(&world, "fra-1").await;
    let mut stream = Stream::open(&mut wire, follow(head.seq)).await;
    let mut at = head.seq;
    // In one piece, in two pieces, and two in one piece.
    for way in 0..3 {
        world
            .revoke(Target::Client(format!("c{way}").parse().unwrap()))
            .await;
        let Some(Reply::Entries(entries)) = stream.hear().await else {
            panic!("{way}")
        };
        let before = std::mem::replace(&mut at, entries.last().unwrap().seq);
        let frame = bytes_of(&own.edge, 1, at);
        match way {
            0 => stream.say(frame),
            1 => {
                let (begins, ends) = frame.split_at(9);
                stream.say(begins.to_vec());
                stream.say(ends.to_vec());
            }
            _ => stream.say([bytes_of(&own.edge, 1, before), frame].concat()),
        }
        world.until_frontier(at).await;
    }
    // An earlier position takes nothing back.
    stream.say(bytes_of(&own.edge, 1, head.seq));
    // Who says no more, and stops in the middle of a word, is still told.
    stream.say(vec![1, 6]);
    drop(std::mem::replace(&mut stream.says, mpsc::unbounded_channel().0));
    world.revoke(Target::All).await;
    assert!(matches!(stream.hear().await, Some(Reply::Entries(_))));
    assert_eq!(world.frontier(), at);
    world.stop.send_replace(true);
}

/// `enforced` returns on the stream's word, long before the lease is over.
#[tokio::test]
async fn a_word_on_the_stream_enforces() {
    let world = World::new().await;
    world.clock.advance(Span::from_secs(11));
    let (own, mut wire, head) = leased(&world, "fra-1").await;
    let mut stream = Stream::open(&mut wire, follow(head.seq)).await;
    let authority = Arc::clone(&world.authority);
    let revoking = tokio::spawn(async move {
        let intent = Revoke {
            targets: vec![Target::All],
            reason: String::new(),
            actor: Actor::system(),
            receipt: None,
        };
        authority.revoke(intent, Level::Enforced).await.unwrap().unwrap()
    });
    let Some(Reply::Entries(entries)) = stream.hear().await else {
        panic!("no entries")
    };
    assert!(!revoking.is_finished());
    stream.say(bytes_of(&own.edge, 1, entries[0].seq));
    assert_eq!(revoking.await.unwrap().acknowledged, [own.edge]);
}

#[tokio::test]
async fn a_wrong_word_ends_the_stream_with_the_reason() {
    let world = World::new().await;
    let (own, mut wire, head) = leased(&world, "fra-1").await;
    let other = world.add("fra-2").await.edge;
    let ahead = head.seq.next().unwrap();
    let unagreed = word(&own.edge, 1, head.seq).encode(Version::new(2)).unwrap();
    let question = renew(&own.edge, head).encode(V1).unwrap();
    // The beginning of a snapshot, which may be long where it belongs.
    let endless = [vec![1, 0x43, 0, 0, 0xff, 0xff], vec![0; 1024]].concat();
    for (what, bytes, refused) in [
        ("another edge", bytes_of(&other, 1, head.seq), RefusalWord::Edge),
        (
            "another start",
            bytes_of(&own.edge, 2, head.seq),
            RefusalWord::Edge,
        ),
        ("ahead", bytes_of(&own.edge, 1, ahead), RefusalWord::Unavailable),
        ("a version", unagreed, RefusalWord::Version),
        ("a question", question, RefusalWord::Malformed),
        ("no frame", vec![0xff; 40], RefusalWord::Malformed),
        ("too long", endless, RefusalWord::Malformed),
    ] {
        let mut stream = Stream::open(&mut wire, follow(head.seq)).await;
        stream.say(bytes);
        let reply = stream.hear().await.expect(what);
        assert!(is_refused(&reply, refused), "{what}: {reply:?}");
        assert!(stream.hear().await.is_none(), "{what}");
        assert_eq!(world.frontier(), head.seq, "{what}");
    }
}

#[tokio::test]
async fn a_stream_is_opened_by_who_has_greeted_and_begins_with_a_position() {
    let world = World::new().await;
    let own = world.add("fra-1").await;
    let head = world.authority.store.head().await.unwrap().seq;
    let mut wire = world.connect(&own).await.unwrap();
    let mut early = Stream::open(&mut wire, follow(head)).await;
    assert!(is_refused(&early.hear().await.unwrap(), RefusalWord::Edge));
    wire.ask(&hello(&own.edge, Versions::OURS)).await.unwrap();
    for first in [bytes_of(&own.edge, 1, head), vec![0xff; 40]] {
        let mut stream = Stream::open(&mut wire, first).await;
        let reply = stream.hear().await.unwrap();
        assert!(is_refused(&reply, RefusalWord::Malformed), "{reply:?}");
    }
}

/// What was true when the stream was opened is asked again with every word.
#[tokio::test]
async fn an_open_stream_is_not_heard_once_its_edge_speaks_elsewhere_or_its_credential_has_ended() {
    let world = World::new().await;
    let (own, mut wire, head) = leased(&world, "fra-1").await;
    let mut stream = Stream::open(&mut wire, follow(head.seq)).await;
    let mut elsewhere = world.greeted(&own).await.unwrap();
    stream.say(bytes_of(&own.edge, 1, head.seq));
    assert!(is_refused(&stream.hear().await.unwrap(), RefusalWord::Edge));
    let mut stream = Stream::open(&mut elsewhere, follow(head.seq)).await;
    world.clock.advance(Span::from_days(366));
    stream.say(bytes_of(&own.edge, 1, head.seq));
    assert!(is_refused(&stream.hear().await.unwrap(), RefusalWord::Edge));
}
