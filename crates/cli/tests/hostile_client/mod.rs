//! A client that means harm: it holds, floods, dribbles and breaks off, over plain sockets. Beside it honest clients,
//! and a look at the server's process from outside.

pub(crate) mod floods;
pub(crate) mod http2;
pub(crate) mod idle;
pub(crate) mod shapes;
pub(crate) mod watch;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection to a listener of this machine; nothing where the server does not take it in time.
pub(crate) fn connect(port: u16) -> Option<TcpStream> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.set_nodelay(true).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.set_write_timeout(Some(Duration::from_millis(200))).ok()?;
    Some(stream)
}

/// Sends bytes and reads until the server closes, or says nothing for a while.
pub(crate) fn exchange(port: u16, bytes: &[u8], patience: Duration) -> String {
    let Some(mut stream) = connect(port) else {
        return String::new();
    };
    let _ = stream.set_read_timeout(Some(patience));
    let _ = stream.write_all(bytes);
    let mut said = Vec::new();
    let mut piece = [0u8; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        said.extend_from_slice(&piece[..count]);
        if said.len() > 1 << 20 {
            break;
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// As many open files as this machine allows.
pub(crate) fn raise_descriptors() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
