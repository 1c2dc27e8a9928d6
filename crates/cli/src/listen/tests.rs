//! The accept loop over real sockets: each limit holds, and what is within the limits passes.

use std::path::PathBuf;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::client::{Ask, HttpClient};
use crate::testing::Directory;
use domain::Span;

/// `/body` counts its body, `/wait` waits to be released, anything else answers at once.
#[derive(Default)]
struct Probe {
    entered: Notify,
    release: Notify,
    dropped: Notify,
}

/// A body without end; says when it is given up.
struct Endless(Arc<Probe>);

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, BodyError>>> {
        let piece = Bytes::from_static(&[b'a'; 16 * 1024]);
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(piece))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
}

struct Service(Arc<Probe>);

impl HttpService for Service {
    fn call(&self, _peer: SocketAddr, tls: bool, request: Request<RequestBody>) -> Responding {
        let probe = Arc::clone(&self.0);
        Box::pin(async move {
            let text = match request.uri().path() {
                "/endless" => {
                    probe.entered.notify_one();
                    return Response::new(Endless(probe).boxed_unsync());
                }
                "/body" => match request.into_body().collect().await {
                    Ok(body) => format!("{} bytes", body.to_bytes().len()),
                    Err(error) => format!("refused: {error}"),
                },
                "/wait" => {
                    probe.entered.notify_one();
                    probe.release.notified().await;
                    "released".to_owned()
                }
                _ => format!("tls {tls}"),
            };
            Response::new(
                Full::new(Bytes::from(text))
                    .map_err(|never| match never {})
                    .boxed_unsync(),
            )
        })
    }
}

struct Running {
    address: SocketAddr,
    addresses: Vec<SocketAddr>,
    probe: Arc<Probe>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    certificate: Option<Arc<Certificate>>,
}

fn limits() -> Limits {
    Limits {
        header_timeout: Span::from_ms(150),
        keep_alive: Span::from_ms(150),
        ..Limits::default()
    }
}

async fn start(limits: Limits, tls: Option<TlsFiles>) -> Running {
    let config = ListenerConfig {
        address: ListenAddress::localhost(0),
        tls,
        hosts: AllowedHosts::new(["id.example.org".parse().unwrap()], true),
        limits,
    };
    let listener = Listener::bind(config).await.unwrap();
    let (addresses, certificate) = (listener.addresses(), listener.certificate.clone());
    let (stop, shutdown) = watch::channel(false);
    let probe = Arc::new(Probe::default());
    let service = Arc::new(Service(Arc::clone(&probe)));
    Running {
        address: addresses[0],
        addresses,
        probe,
        stop,
        task: tokio::spawn(listener.run(service, shutdown)),
        certificate,
    }
}

/// A test that hangs fails.
async fn soon<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("nothing happened in 20 s")
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes.
    async fn said(&self, bytes: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }
}

/// Everything up to the server's end of the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = soon(stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn localhost_answers_on_both_families() {
    let running = start(Limits::default(), None).await;
    for address in &running.addresses {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        assert!(rest(&mut stream).await.ends_with("tls false"), "{address}");
    }
    assert_eq!(running.addresses[0].ip().to_string(), "127.0.0.1");
    assert!(
        running
            .addresses
            .iter()
            .all(|address| address.port() == running.address.port())
    );
}

#[tokio::test]
async fn slow_headers_are_cut_off() {
    let running = start(limits(), None).await;
    let said = running.said("GET / HTTP/1.1\r\nhost: localhost\r\nx-slow").await;
    assert!(!said.contains("200 OK"), "{said}");
    assert_eq!(running.said("").await, "", "a silent connection");
    let said = running.said("PRI * HTTP/2.0\r\n").await;
    assert!(!said.contains("200"), "half a preface");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let limits = Limits {
        keep_alive: Span::from_ms(150),
        // The wait for a next request's headers ends a connection too: not first.
        header_timeout: Span::from_mins(10),
        ..Limits::default()
    };
    let running = start(limits, None).await;
    let said = running.said("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(said.contains("200 OK") && said.ends_with("tls false"), "{said}");
}

#[tokio::test]
async fn too_many_or_too_long_headers_are_refused() {
    let running = start(
        Limits {
            headers: 16,
            ..limits()
        },
        None,
    )
    .await;
    let request = |count: usize, value: &str| {
        let fields: String = (0..count).map(|at| format!("x-{at}: {value}\r\n")).collect();
        format!("GET / HTTP/1.1\r\nhost: localhost\r\n{fields}connection: close\r\n\r\n")
    };
    assert!(running.said(&request(10, "a")).await.contains("200 OK"));
    assert!(running.said(&request(40, "a")).await.contains(" 431 "));
    let said = running.said(&request(2, &"a".repeat(40_000))).await;
    assert!(!said.contains("200 OK"), "{said}");
}

#[tokio::test]
async fn a_body_beyond_the_limit_never_arrives() {
    let running = start(
        Limits {
            body_bytes: 1024,
            ..limits()
        },
        None,
    )
    .await;
    let head = "POST /body HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    let fits = format!("{head}content-length: 1024\r\n\r\n{}", "a".repeat(1024));
    assert!(running.said(&fits).await.ends_with("1024 bytes"));
    let announced = format!("{head}content-length: 1025\r\n\r\n");
    assert!(running.said(&announced).await.contains(" 413 "));
    let chunk = format!("400\r\n{}\r\n", "a".repeat(1024));
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    assert!(running.said(&chunked).await.contains("refused: "));
}

#[tokio::test]
async fn bodies_that_take_too_much_memory_cost_whoever_has_the_most() {
    let limits = Limits {
        body_memory: 128 * 1024,
        ..Limits::default()
    };
    let running = start(limits, None).await;
    let head = |length: usize| {
        format!(
            "POST /body HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let begun = async |sent: usize| {
        let mut stream = running.connect().await;
        let begin = format!("{}{}", head(120_000), "a".repeat(sent));
        stream.write_all(begin.as_bytes()).await.unwrap();
        stream
    };
    let mut large = begun(100_000).await;
    let mut less = begun(40_000).await;
    assert_eq!(rest(&mut large).await, "", "ended without an answer");
    let honest = running.said(&format!("{}hello", head(5))).await;
    assert!(honest.ends_with("5 bytes"), "{honest}");
    less.write_all("a".repeat(80_000).as_bytes()).await.unwrap();
    assert!(rest(&mut less).await.ends_with("120000 bytes"));
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let running = start(limits(), None).await;
    let asked = |fields: &str| format!("GET / HTTP/1.1\r\n{fields}connection: close\r\n\r\n");
    for good in [
        "host: localhost\r\n",
        "host: id.example.org\r\n",
        "host: 127.0.0.1:1\r\n",
    ] {
        assert!(running.said(&asked(good)).await.contains("200 OK"), "{good}");
    }
    let evil = running.said(&asked("host: evil.example\r\n")).await;
    assert!(evil.contains(" 421 ") && evil.contains("unknown_host"), "{evil}");
    for bad in ["", "host: localhost\r\nhost: evil.example\r\n"] {
        assert!(running.said(&asked(bad)).await.contains(" 400 "), "{bad}");
    }
}

#[tokio::test]
async fn beyond_the_cap_a_connection_waits_for_a_place() {
    let running = start(
        Limits {
            connections: 1,
            ..Limits::default()
        },
        None,
    )
    .await;
    let mut first = running.connect().await;
    first
        .write_all(b"GET /wait HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    soon(running.probe.entered.notified()).await;
    let mut byte = [0u8; 1];
    let mut second = running.connect().await;
    second
        .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), second.read_exact(&mut byte)).await;
    assert!(early.is_err(), "two connections were served at once");
    running.probe.release.notify_one();
    assert!(
        rest(&mut first).await.ends_with("released"),
        "work is never cut off for a newcomer"
    );
    assert!(rest(&mut second).await.contains("200 OK"));
}

/// Limits that by themselves would free nothing while a test runs.
fn patient(connections: usize) -> Limits {
    Limits {
        connections,
        header_timeout: Span::from_mins(2),
        keep_alive: Span::from_mins(60),
        stall_timeout: Span::from_mins(60),
        ..Limits::default()
    }
}

async fn connect_from(source: &str, to: SocketAddr) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(source.parse().unwrap(), 0)).unwrap();
    soon(socket.connect(to)).await.unwrap()
}

#[tokio::test]
async fn a_newcomer_takes_the_place_of_one_that_waits() {
    let running = start(patient(8), None).await;
    let mut own = connect_from("127.0.0.2", running.address).await;
    own.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    soon(own.read_exact(&mut [0u8; 15])).await.unwrap();
    let mut waiting = Vec::new();
    for said in [
        "",
        "GET / HT",
        "POST /body HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n12",
    ]
    .repeat(8)
    {
        let mut stream = running.connect().await;
        stream.write_all(said.as_bytes()).await.unwrap();
        waiting.push(stream);
    }
    let mut late = connect_from("127.0.0.3", running.address).await;
    late.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(
        rest(&mut late).await.contains("200 OK"),
        "a newcomer among idle ones"
    );
    own.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(
        rest(&mut own).await.contains("tls false"),
        "the crowd paid with its own places"
    );
    assert_eq!(
        rest(&mut waiting[0]).await,
        "",
        "the first of the crowd had to go"
    );
}

#[tokio::test]
async fn nothing_is_read_after_a_chunked_body() {
    let running = start(limits(), None).await;
    let next = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let after = |fields: &str, body: &str| {
        format!("POST /body HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n{body}{next}")
    };
    let plain = running.said(&after("content-length: 2\r\n", "ab")).await;
    assert_eq!(plain.matches("200 OK").count(), 2, "{plain}");
    for fields in [
        "transfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
    ] {
        let said = running.said(&after(fields, "2\r\nab\r\n0\r\n\r\n")).await;
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{fields}: {said}");
        assert!(said.contains("connection: close"), "{said}");
    }
}

#[tokio::test]
async fn a_peer_that_takes_no_answer_is_given_up() {
    let limits = Limits {
        stall_timeout: Span::from_ms(150),
        ..patient(8)
    };
    let running = start(limits, None).await;
    let mut stream = running.connect().await;
    stream
        .write_all(b"GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    soon(running.probe.entered.notified()).await;
    soon(running.probe.dropped.notified()).await;
    let mut sent = vec![0u8; 64];
    soon(stream.read_exact(&mut sent)).await.unwrap();
    assert!(String::from_utf8_lossy(&sent).contains("200 OK"));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let running = start(
        Limits {
            request_timeout: Span::from_ms(50),
            ..limits()
        },
        None,
    )
    .await;
    let said = running
        .said("GET /wait HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await;
    assert!(
        said.contains(" 503 ") && said.contains("request_timeout"),
        "{said}"
    );
}

#[tokio::test]
async fn a_stop_lets_running_requests_finish_and_takes_no_new_ones() {
    let running = start(Limits::default(), None).await;
    let mut stream = running.connect().await;
    stream
        .write_all(b"GET /wait HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    soon(running.probe.entered.notified()).await;
    running.stop.send(true).unwrap();
    // The socket is gone as soon as the loop has seen the signal.
    soon(async {
        while TcpStream::connect(running.address).await.is_ok() {
            tokio::task::yield_now().await
        }
    })
    .await;
    assert!(!running.task.is_finished());
    running.probe.release.notify_one();
    assert!(rest(&mut stream).await.ends_with("released"));
    soon(running.task).await.unwrap();
}

#[tokio::test]
async fn a_stop_has_a_deadline() {
    let running = start(
        Limits {
            shutdown: Span::from_ms(50),
            ..Limits::default()
        },
        None,
    )
    .await;
    let mut stream = running.connect().await;
    stream
        .write_all(b"GET /wait HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    soon(running.probe.entered.notified()).await;
    running.stop.send(true).unwrap();
    soon(running.task).await.unwrap();
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn plain_http_never_leaves_the_machine() {
    let config = ListenerConfig {
        address: "0.0.0.0:0".parse().unwrap(),
        tls: None,
        hosts: AllowedHosts::new([], true),
        limits: Limits::default(),
    };
    assert!(matches!(Listener::bind(config).await, Err(ListenFault::Plain(_))));
}

#[tokio::test]
async fn http2_is_spoken_and_guarded() {
    let running = start(Limits::default(), None).await;
    let io = TokioIo::new(running.connect().await);
    let (mut sender, driver) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    tokio::spawn(driver);
    for (uri, status) in [
        ("http://localhost/", StatusCode::OK),
        ("http://evil.example/", StatusCode::MISDIRECTED_REQUEST),
    ] {
        let request = Request::builder().uri(uri).body(Empty::<Bytes>::new()).unwrap();
        assert_eq!(
            soon(sender.send_request(request)).await.unwrap().status(),
            status,
            "{uri}"
        );
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tls")
        .join(name)
}

/// A copy of certificate and key `name` that the test may replace.
fn files(directory: &Directory, name: &str) -> TlsFiles {
    let put = |from: String, to: &str| {
        let target = directory.path().join(to);
        std::fs::copy(fixture(&from), &target).unwrap();
        target
    };
    TlsFiles {
        certificate: put(format!("{name}.pem"), "tls.pem"),
        key: put(format!("{name}.key"), "tls.key"),
    }
}

fn https(running: &Running, authority: &str) -> HttpClient {
    let url = url::Url::parse(&format!("https://localhost:{}", running.address.port())).unwrap();
    HttpClient::new(&url, Some(&fixture(authority))).unwrap()
}

#[tokio::test]
async fn tls_is_served_from_files_and_strangers_are_not_trusted() {
    let dir = Directory::new();
    let running = start(limits(), Some(files(&dir, "one"))).await;
    let answer = soon(https(&running, "ca.pem").send(&Ask::read("/")))
        .await
        .unwrap();
    assert_eq!(&answer.body[..], b"tls true");
    let failure = soon(https(&running, "two.pem").send(&Ask::read("/")))
        .await
        .unwrap_err();
    assert!(failure.message.contains("TLS failed"), "{}", failure.message);
    let plain = running.said("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(!plain.contains("200"), "{plain}");
}

#[tokio::test]
async fn a_silent_tls_handshake_is_cut_off() {
    let dir = Directory::new();
    let running = start(limits(), Some(files(&dir, "one"))).await;
    assert_eq!(running.said("").await, "");
}

/// The certificate that a new connection is shown.
async fn shown(running: &Running) -> CertificateDer<'static> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(fixture("ca.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector
        .connect("localhost".try_into().unwrap(), running.connect().await)
        .await
        .unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0]
        .clone()
        .into_owned()
}

#[tokio::test]
async fn new_tls_files_are_taken_and_broken_ones_are_not() {
    let dir = Directory::new();
    let running = start(limits(), Some(files(&dir, "one"))).await;
    let certificate = running.certificate.clone().unwrap();
    let known = |name: &str| CertificateDer::from_pem_file(fixture(name)).unwrap();
    assert!(!certificate.reload_if_changed().unwrap());
    assert_eq!(soon(shown(&running)).await, known("one.pem"));
    std::fs::write(dir.path().join("tls.pem"), "half a file").unwrap();
    assert!(certificate.reload_if_changed().is_err());
    assert_eq!(soon(shown(&running)).await, known("one.pem"));
    files(&dir, "two");
    assert!(certificate.reload_if_changed().unwrap());
    assert_eq!(soon(shown(&running)).await, known("two.pem"));
    std::fs::copy(fixture("one.key"), dir.path().join("tls.key")).unwrap();
    std::fs::write(
        dir.path().join("tls.pem"),
        std::fs::read(fixture("two.pem")).unwrap(),
    )
    .unwrap();
    assert!(
        certificate.reload_if_changed().is_err(),
        "a key of another certificate"
    );
    assert_eq!(soon(shown(&running)).await, known("two.pem"));
}
