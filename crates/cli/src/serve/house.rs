//! What goes on in the background: keys on schedule, rows that are over, events to standard output.

use std::sync::Arc;
use std::time::Duration;

use authority::flows::events;
use tokio::sync::mpsc;

use super::clock_watch::ClockWatch;
use super::logout::Carrier;
use super::run::Running;
use super::settings::Settings;
use crate::failure::Failure;
use crate::out::Out;

/// How often the edges' refusals are collected.
const COLLECTION: Duration = Duration::from_secs(2);
/// How often the wall clock is looked at.
const CLOCK: Duration = Duration::from_secs(1);
/// How often keys are looked at and rows that are over are swept.
const MAINTENANCE: Duration = Duration::from_secs(30);

/// What the edges refused joins what the authority refused, for `GET /admin/v1/refusals`.
fn collect_refusals(running: &mut Running) {
    let (authority, edges) = (Arc::clone(&running.authority), Arc::clone(&running.edges));
    let mut stop = running.stop.subscribe();
    running.tasks.spawn(async move {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(COLLECTION) => {}
            }
            for edge in edges.iter() {
                for seen in edge.take_refusals() {
                    let place = format!("{}/{}", edge.config().name, seen.route);
                    let count = (seen.minute, seen.count);
                    authority
                        .refusals()
                        .add(seen.reason.as_str(), &place, seen.network, count);
                }
            }
        }
    });
}

/// A wall clock that is set back must not revive what had ended.
fn watch_clock(running: &mut Running) {
    let watched = (Arc::clone(&running.clock), Arc::clone(&running.authority));
    let mut watch = ClockWatch::new(watched.0, watched.1);
    let mut stop = running.stop.subscribe();
    running.tasks.spawn(async move {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                looked = watch.look() => if let Err(fault) = looked {
                    tracing::warn!(%fault, "the clock was set back, and signing everybody out will be tried again");
                },
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(CLOCK) => {}
            }
        }
    });
}

/// Clients are told that sessions ended.
fn keep_telling(running: &mut Running) {
    let authority = Arc::clone(&running.authority);
    let carrier: Arc<dyn authority::LogoutCarrier> =
        Arc::new(Carrier::new(authority.config().logout.clone()));
    let mut stop = running.stop.subscribe();
    running.tasks.spawn(async move {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = authority.keep_telling(carrier) => {}
        }
    });
}

/// A credential that is revoked again and again, where one is configured.
fn keep_canary(running: &mut Running) {
    let authority = Arc::clone(&running.authority);
    let Some(every) = authority.config().canary else {
        return;
    };
    let mut stop = running.stop.subscribe();
    running.tasks.spawn(async move {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(every.into()) => {}
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                sung = authority.sing() => if let Err(fault) = sung {
                    tracing::warn!(%fault, "a round of the canary could not be finished");
                },
            }
        }
    });
}

/// Housekeeping, and events to standard output where they are asked for.
pub(super) async fn keep_house(settings: &Settings, running: &mut Running, out: &Out) -> Result<(), Failure> {
    let (authority, mut stop) = (Arc::clone(&running.authority), running.stop.subscribe());
    running.tasks.spawn(async move {
        loop {
            if let Err(fault) = authority.maintain().await {
                tracing::warn!(%fault, "housekeeping will try again");
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(MAINTENANCE) => {}
            }
        }
    });
    watch_clock(running);
    keep_canary(running);
    keep_telling(running);
    collect_refusals(running);
    if !settings.events_to_stdout {
        return Ok(());
    }
    let statistics = running.authority.store().statistics().await;
    let statistics =
        statistics.map_err(|error| Failure::fault("the store cannot be asked").because(&error))?;
    let last = statistics
        .iter()
        .find(|(name, _)| *name == "events")
        .map_or(0, |(_, count)| *count);
    let (sink, mut lines) = mpsc::channel::<String>(1024);
    let (authority, out, mut stop) = (Arc::clone(&running.authority), *out, running.stop.subscribe());
    running.tasks.spawn(async move {
        events::tail(authority, last, sink).await;
    });
    running.tasks.spawn(async move {
        loop {
            tokio::select! {
                line = lines.recv() => match line {
                    Some(line) => out.line(&line),
                    None => return,
                },
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    });
    Ok(())
}
