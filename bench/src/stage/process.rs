//! A child that ends with whoever started it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::harness::{Core, Fault, on_core};
use crate::world;

/// A running program.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    name: &'static str,
}

/// How long a server may take to start, and to end in order.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(5);

impl Process {
    /// Starts it on the servers' core. What it says goes to a file in `folder`.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn start(name: &'static str, mut command: Command, folder: &Path) -> Result<Self, Fault> {
        let log =
            std::fs::File::create(folder.join(format!("{name}.log"))).map_err(Fault::io("a log file"))?;
        let same = log.try_clone().map_err(Fault::io("a log file"))?;
        command.stdin(Stdio::null()).stdout(log).stderr(same);
        let child = on_core(Core::Server, || command.spawn()).map_err(Fault::io(name))?;
        Ok(Self { child, name })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it can be used.
    ///
    /// # Errors
    /// It ended, or takes too long.
    pub(crate) fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<(), Fault> {
        let began = world::now();
        while !ready() {
            let ended = self.child.try_wait().map_err(Fault::io(self.name))?;
            if let Some(status) = ended {
                return Err(Fault::new(format!("{} ended with {status}", self.name)));
            }
            if began.elapsed() > PATIENCE {
                return Err(Fault::new(format!("{} does not get ready", self.name)));
            }
            world::pause(GLANCE);
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
///
/// # Errors
/// The system has none.
pub(crate) fn free_port() -> Result<u16, Fault> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Fault::io("a free port"))?;
    Ok(socket.local_addr().map_err(Fault::io("a free port"))?.port())
}
