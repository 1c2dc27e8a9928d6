//! Servers that are measured, each a process of its own, and how to talk to them.

mod bare;
mod command;
mod drawn;
mod http;
mod load;
mod load2;
mod nginx;
mod process;
mod product;

pub(crate) use bare::{Bare, BareArgs, Kind, serve_bare};
pub(crate) use command::managed;
pub(crate) use http::{Answer, ask};
pub(crate) use load::{Connect, Driving, Load, Loaded};
pub(crate) use load2::{Load2, block};
pub(crate) use nginx::Nginx;
pub(crate) use process::{Process, free_port};
pub(crate) use product::{Product, described, request_bytes};

/// Builds what tests start: the product, and this program, which is its own baseline.
#[cfg(test)]
pub(crate) fn build() {
    let words = "build --quiet --locked --package symbolon --package symbolon-bench";
    let cargo = std::process::Command::new(env!("CARGO"))
        .args(words.split(' '))
        .status();
    assert!(cargo.unwrap().success(), "the product and its baseline are built");
}
