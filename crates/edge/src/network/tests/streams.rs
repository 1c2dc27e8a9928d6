//! The stream on which both sides speak, beside an authority that the test plays: one of now, and an older one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use domain::feed::wire::{Frame, FrameBuffer};
use http::StatusCode;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::*;

const NAME: &str = "authority.symbolon.internal";
const V1: Version = Version::V1;

/// What an authority answers on a stream, as the test sends it.
struct Answer(mpsc::UnboundedReceiver<Bytes>);

impl Body for Answer {
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

/// What an edge asked for.
enum Asked {
    Request(Request),
    Stream(Opened),
}

/// A stream that it opened.
struct Opened {
    body: Incoming,
    buffer: FrameBuffer,
    answer: mpsc::UnboundedSender<Bytes>,
}

impl Opened {
    /// What the edge says next; nothing once it says no more.
    async fn hear(&mut self) -> Option<Request> {
        loop {
            if let Some(said) = self.buffer.take(Request::decode).unwrap() {
                return Some(said);
            }
            let part = self.body.frame().await?.ok()?;
            self.buffer.push(part.data_ref().unwrap());
        }
    }

    async fn frontier(&mut self) -> Seq {
        match self.hear().await {
            Some(Request::Acknowledge { frontier, .. }) => frontier,
            other => panic!("{other:?}"),
        }
    }

    fn answer(&self, reply: &Reply) {
        self.answer.send(reply.encode(V1).unwrap().into()).unwrap();
    }
}

struct Played {
    link: Arc<NetworkLink>,
    asked: mpsc::UnboundedReceiver<Asked>,
    edge: EdgeName,
    start: Id<Incarnation>,
}

impl Played {
    async fn new(older: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (credential, acceptor) = both_sides(address);
        let (tells, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, tells) = (acceptor.clone(), tells.clone());
                let service = service_fn(move |request| serve(request, older, tells.clone()));
                tokio::spawn(async move {
                    let stream = TokioIo::new(acceptor.accept(stream).await.unwrap());
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let _ = builder.serve_connection(stream, service).await;
                });
            }
        });
        let (clock, entropy) = (
            Arc::new(domain::testing::ManualClock::default()),
            Arc::new(SeededEntropy::new(1)),
        );
        clock.set_wall(Timestamp::from_ms(1_800_000_000_000));
        let link = NetworkLink::new(&credential, vec![], clock, entropy).unwrap();
        let start = Id::from_bytes([1; 16]);
        link.begin(&credential.edge, start);
        Self {
            link: Arc::new(link),
            asked,
            edge: credential.edge,
            start,
        }
    }

    async fn acknowledge(&self, frontier: Seq) {
        self.link
            .acknowledge(&self.edge, self.start, frontier)
            .await
            .unwrap();
    }

    /// The edge waits for entries after a position.
    fn follow(&self, after: Seq) -> tokio::task::JoinHandle<Result<Option<Vec<LogEntry>>, LinkError>> {
        let link = Arc::clone(&self.link);
        tokio::spawn(async move { link.entries_after(after, Span::from_mins(1)).await })
    }

    async fn stream(&mut self) -> Opened {
        match self.asked.recv().await.unwrap() {
            Asked::Stream(opened) => opened,
            Asked::Request(other) => panic!("{other:?}"),
        }
    }

    async fn request(&mut self) -> Request {
        match self.asked.recv().await.unwrap() {
            Asked::Request(request) => request,
            Asked::Stream(_) => panic!("a stream"),
        }
    }
}

/// A certificate of its own for both sides.
fn both_sides(address: SocketAddr) -> (EdgeCredential, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let (certificate, key) = (made.cert.der().to_vec(), made.signing_key.serialize_der());
    let credential = EdgeCredential {
        edge: "fra-1".parse().unwrap(),
        authority: format!("https://{address}"),
        issuer: "https://id.example".into(),
        server_name: NAME.into(),
        certificate: certificate.clone(),
        private_key: Zeroizing::new(key.clone()),
        trust: certificate.clone(),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let mut config = builder
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    (credential, TlsAcceptor::from(Arc::new(config)))
}

type Answered = http::Response<Either<Full<Bytes>, Answer>>;

fn framed(reply: &Reply) -> Answered {
    let frame = reply.encode(V1).unwrap();
    http::Response::new(Either::Left(Full::from(frame)))
}

async fn serve(
    request: http::Request<Incoming>,
    older: bool,
    tells: mpsc::UnboundedSender<Asked>,
) -> Result<Answered, Infallible> {
    let (answer, answered) = mpsc::unbounded_channel();
    let streamed = http::Response::new(Either::Right(Answer(answered)));
    if request.uri().path() == "/follow" {
        if older {
            let mut unknown = framed(&Reply::Done);
            *unknown.status_mut() = StatusCode::NOT_FOUND;
            return Ok(unknown);
        }
        let opened = Opened {
            body: request.into_body(),
            buffer: FrameBuffer::default(),
            answer,
        };
        let _ = tells.send(Asked::Stream(opened));
        return Ok(streamed);
    }
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let request = Request::decode(Frame::parse(&body).unwrap()).unwrap();
    Ok(match request {
        Request::Hello(_) => framed(&Reply::Welcome(V1)),
        Request::Follow { .. } => {
            let _ = tells.send(Asked::Request(request));
            tokio::spawn(async move { answer.closed().await });
            streamed
        }
        other => {
            let _ = tells.send(Asked::Request(other));
            framed(&Reply::Done)
        }
    })
}

#[tokio::test]
async fn how_far_the_log_is_applied_is_said_on_the_stream_and_again_on_the_next_one() {
    let mut played = Played::new(false).await;
    played.acknowledge(at(1, 5).seq).await;
    let waiting = played.follow(at(1, 5).seq);
    let mut first = played.stream().await;
    assert!(matches!(first.hear().await, Some(Request::Follow { after }) if after == at(1, 5).seq));
    assert_eq!(
        first.frontier().await,
        at(1, 5).seq,
        "said before there was a stream"
    );
    for n in 6..=8 {
        played.acknowledge(at(1, n).seq).await;
    }
    while first.frontier().await < at(1, 8).seq {}
    // The edge reads no further: it says nothing more there either, or it would speak on two.
    first.answer(&Reply::Resynchronise);
    assert_eq!(waiting.await.unwrap().unwrap(), None);
    assert!(first.hear().await.is_none());
    let waiting = played.follow(at(1, 8).seq);
    let mut second = played.stream().await;
    assert!(matches!(second.hear().await, Some(Request::Follow { .. })));
    assert_eq!(second.frontier().await, at(1, 8).seq);
    // The authority refuses a word: whoever waits is told, and nobody is left speaking.
    second.answer(&Reply::Refused(RefusalWord::Unavailable, Versions::OURS));
    let refused = waiting.await.unwrap().unwrap_err().to_string();
    assert!(refused.contains("unavailable"), "{refused}");
    assert!(second.hear().await.is_none());
}

/// An authority that knows of no such stream is followed and told by requests, as it expects.
#[tokio::test]
async fn an_older_authority_hears_each_word_in_a_request() {
    let mut played = Played::new(true).await;
    let waiting = played.follow(at(1, 5).seq);
    assert!(matches!(played.request().await, Request::Follow { after } if after == at(1, 5).seq));
    played.acknowledge(at(1, 6).seq).await;
    let told = played.request().await;
    assert!(matches!(told, Request::Acknowledge { frontier, .. } if frontier == at(1, 6).seq));
    waiting.abort();
}
