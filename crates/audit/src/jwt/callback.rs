//! A server of the run's own that offers a key, and counts who comes for it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jose::{Algorithm, JoseError, SigningKey};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// It runs until it is dropped.
#[derive(Debug)]
pub struct Callback {
    url: Url,
    key: SigningKey,
    calls: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// The address is taken, or not ours.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// No key can be made.
    #[error("cannot make a key: {0}")]
    Key(#[from] JoseError),
    /// The address cannot be named.
    #[error("the address cannot be named: {0}")]
    Address(#[from] url::ParseError),
}

const HEAD_BYTES: usize = 8 * 1024;

impl Callback {
    /// Listens at `address`, which the target must be able to reach.
    ///
    /// # Errors
    /// [`CallbackError`].
    pub async fn start(address: SocketAddr) -> Result<Self, CallbackError> {
        let listener = TcpListener::bind(address).await?;
        let key = SigningKey::generate(Algorithm::Es256)?;
        let url = Url::parse(&format!("http://{}/keys.json", listener.local_addr()?))?;
        let chain = super::key_brought::certificate(&key).map(|der| vec![super::encodings::base64(&der)]);
        let mut jwk = json!(key.public_jwk());
        if let (Some(members), Some(chain)) = (jwk.as_object_mut(), chain) {
            members.insert("x5c".to_owned(), json!(chain));
        }
        let body = json!({"keys": [jwk]}).to_string();
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                // One caller at a time: there is at most one, the target.
                drop(tokio::time::timeout(std::time::Duration::from_secs(2), serve(stream, &body)).await);
            }
        });
        Ok(Self {
            url,
            key,
            calls,
            task,
        })
    }

    /// Where it is.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// How often somebody came.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) const fn key(&self) -> &SigningKey {
        &self.key
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, body: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < HEAD_BYTES {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            more => head.extend_from_slice(buffer.get(..more).unwrap_or_default()),
        }
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await
}
