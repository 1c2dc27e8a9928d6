//! The baseline: a program of its own that appends bytes to a file, syncs it, says so, and writes them to bare connections,
//! one after the other, from its one thread.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::runtime::Runtime;

use super::board::Board;
use super::reach::Took;
use crate::harness::{Core, Fault, Ground, on_core};
use crate::stage::{Process, free_port};
use crate::world;

/// `symbolon-bench fan`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct FanArgs {
    /// A port on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// How many connections the bytes go to. One more comes first: it says when.
    #[arg(long)]
    listeners: usize,
    /// Bytes of one message.
    #[arg(long)]
    length: usize,
    /// What they are appended to.
    #[arg(long)]
    file: PathBuf,
}

/// The program, and those who listen to it.
pub(super) struct Fan {
    control: TcpStream,
    bytes: Vec<u8>,
    board: Arc<Board>,
    _process: Process,
    _runtime: Runtime,
}

/// Serves until its first connection ends.
///
/// # Errors
/// It cannot listen, write or sync.
pub(crate) fn serve_fan(args: &FanArgs) -> Result<(), Fault> {
    let doing = || Fault::io("the raw fan-out");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).map_err(doing())?;
    let accept = || -> std::io::Result<TcpStream> {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let mut control = accept().map_err(doing())?;
    let listeners: std::io::Result<Vec<TcpStream>> = (0..args.listeners).map(|_| accept()).collect();
    let mut listeners = listeners.map_err(doing())?;
    let mut file = std::fs::File::create(&args.file).map_err(doing())?;
    let mut bytes = vec![0; args.length];
    while control.read_exact(&mut bytes).is_ok() {
        file.write_all(&bytes).map_err(doing())?;
        file.sync_data().map_err(doing())?;
        control.write_all(&[1]).map_err(doing())?;
        for listener in &mut listeners {
            listener.write_all(&bytes).map_err(doing())?;
        }
    }
    Ok(())
}

impl Fan {
    /// Returns once all listen.
    ///
    /// # Errors
    /// It does not start.
    pub(super) fn start(
        ground: &Ground,
        folder: &str,
        listeners: usize,
        bytes: Vec<u8>,
    ) -> Result<Self, Fault> {
        let port = free_port()?;
        let folder = ground.scratch.join(folder);
        let mut command = Command::new(&ground.bench);
        let (count, length) = (listeners.to_string(), bytes.len().to_string());
        command
            .args(["fan", "--port", &port.to_string(), "--listeners", &count])
            .args(["--length", &length, "--file"])
            .arg(folder.join("fan.bytes"));
        let mut process = Process::start("fan", command, &folder)?;
        let control = std::cell::OnceCell::new();
        process.wait_until(|| match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(stream) => control.set(stream).is_ok(),
            Err(_) => false,
        })?;
        let control = control.into_inner().ok_or_else(|| Fault::new("no fan-out"))?;
        control.set_nodelay(true).map_err(Fault::io("the raw fan-out"))?;
        let (board, length) = (Arc::new(Board::new(listeners)), bytes.len());
        // As the edges: a worker for each core that they may run on.
        let runtime = on_core(Core::Load, || {
            tokio::runtime::Builder::new_multi_thread().enable_all().build()
        });
        let runtime = runtime.map_err(Fault::io("a runtime"))?;
        for number in 0..listeners {
            let connect = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port));
            let stream = runtime.block_on(connect).map_err(Fault::io("a listener"))?;
            runtime.spawn(listen(stream, (number, length), Arc::clone(&board)));
        }
        Ok(Self {
            control,
            bytes,
            board,
            _process: process,
            _runtime: runtime,
        })
    }

    /// Has the bytes synced and sent, and waits until everybody has them.
    ///
    /// # Errors
    /// Somebody does not.
    pub(super) fn send(&mut self) -> Result<Took, Fault> {
        let doing = || Fault::io("the raw fan-out");
        self.board.wipe(1);
        let asked = world::boot_time();
        self.control.write_all(&self.bytes).map_err(doing())?;
        self.control.read_exact(&mut [0]).map_err(doing())?;
        let acknowledged = world::boot_time();
        let last = self.board.last()?;
        Ok(Took {
            whole: last.saturating_sub(asked),
            after: last.saturating_sub(acknowledged),
        })
    }
}

async fn listen(mut stream: tokio::net::TcpStream, (number, length): (usize, usize), board: Arc<Board>) {
    let mut bytes = vec![0; length];
    let mut messages = 0;
    while stream.read_exact(&mut bytes).await.is_ok() {
        messages += 1;
        board.holds(number, messages, world::boot_time());
    }
}
