//! A wire between an edge and the feed: it counts what passes, and can be cut without anybody being told.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::harness::Fault;

/// What passes in one piece.
const PIECE: usize = 64 * 1024;

/// The wire. It lives as long as its runtime.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) port: u16,
    cut: watch::Sender<bool>,
    passed: Arc<AtomicU64>,
}

impl Wire {
    /// To a port of this machine.
    ///
    /// # Errors
    /// No port is free.
    pub(super) fn to(port: u16, runtime: &Runtime) -> Result<Self, Fault> {
        let bind = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(bind).map_err(Fault::io("a wire"))?;
        let own = listener
            .local_addr()
            .as_ref()
            .map(SocketAddr::port)
            .map_err(|error| Fault::new(error.to_string()))?;
        let wire = Self {
            port: own,
            cut: watch::Sender::new(false),
            passed: Arc::default(),
        };
        let (cut, passed) = (wire.cut.subscribe(), Arc::clone(&wire.passed));
        runtime.spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
                    continue;
                };
                let _ = (near.set_nodelay(true), far.set_nodelay(true));
                let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
                tokio::spawn(carry(from_near, to_far, cut.clone(), Arc::clone(&passed)));
                tokio::spawn(carry(from_far, to_near, cut.clone(), Arc::clone(&passed)));
            }
        });
        Ok(wire)
    }

    /// From now on nothing passes, and nothing is lost.
    pub(super) fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// From now on everything passes.
    pub(super) fn mend(&self) {
        self.cut.send_replace(false);
    }

    /// Bytes so far, both ways.
    pub(super) fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut cut: watch::Receiver<bool>,
    passed: Arc<AtomicU64>,
) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if cut.wait_for(|cut| !cut).await.is_err() {
            return;
        }
        passed.fetch_add(length as u64, Ordering::SeqCst);
        if to
            .write_all(piece.get(..length).unwrap_or_default())
            .await
            .is_err()
        {
            return;
        }
    }
}
