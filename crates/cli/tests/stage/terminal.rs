//! A command on a pseudo-terminal: what a person would type and see.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use super::wait_for;

pub struct Terminal {
    keys: File,
    screen: Arc<Mutex<String>>,
    /// The command's end, kept open so that its settings can be asked for.
    line: File,
    child: Child,
}

/// The end of a command.
pub struct End {
    pub how: Ended,
    /// What was shown and not waited for.
    pub shown: String,
    /// How the terminal is set now.
    pub settings: Termios,
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    Code(i32),
    Signal(i32),
}

impl Terminal {
    /// Runs `symbolon` in a directory, on 80 columns.
    pub fn run(dir: &Path, args: &[&str]) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap().into_string().unwrap();
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits().try_into().unwrap())
            .open(name)
            .unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&line, size).unwrap();
        let end = || Stdio::from(line.try_clone().unwrap());
        // A session of its own with this as its terminal: Ctrl-C is then a signal, as for a person, also where the tests were
        // started in the background and inherited that it is ignored.
        let child = Command::new("env")
            .args(["--default-signal=INT", "setsid", "--ctty"])
            .arg(env!("CARGO_BIN_EXE_symbolon"))
            .args(args)
            .current_dir(dir)
            .env("NO_COLOR", "1")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let keys = File::from(keys);
        Self {
            screen: watched(keys.try_clone().unwrap()),
            keys,
            line,
            child,
        }
    }

    /// How the terminal is set: echo, line mode, signals.
    pub fn settings(&self) -> Termios {
        tcgetattr(&self.line).unwrap()
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a text was shown after all that was waited for before, and takes what came up to its end.
    pub fn wait(&self, text: &str) -> String {
        let mut shown = String::new();
        wait_for(text, || {
            let mut screen = self.screen.lock().unwrap();
            let Some(at) = screen.find(text) else {
                return false;
            };
            shown = screen.drain(..at + text.len()).collect();
            true
        });
        shown
    }

    /// Waits for the command's end.
    pub fn end(mut self) -> End {
        let status = self.child.wait().unwrap();
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Code(code),
            (None, signal) => Ended::Signal(signal.unwrap()),
        };
        let settings = self.settings();
        drop(self.line);
        // The last one that could write is gone: the reader comes to its end.
        wait_for("the screen", || Arc::strong_count(&self.screen) == 1);
        let shown = self.screen.lock().unwrap().clone();
        End { how, shown, settings }
    }
}

/// What is shown, until nobody can write any more.
fn watched(mut screen: File) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&text);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = screen.read(&mut chunk) {
            let shown = String::from_utf8_lossy(&chunk[..length]).replace('\r', "");
            sink.lock().unwrap().push_str(&shown);
        }
    });
    text
}
