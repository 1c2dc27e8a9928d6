//! What `/metrics` of a new server answers, without a port: for the reference page.

use axum::body::Body;
use domain::secret::{Admin, Secret};
use http::Request;
use http::header::AUTHORIZATION;
use http_body_util::BodyExt;
use std::sync::Arc;
use tower::ServiceExt;

use super::listeners::{admin_parts, edges_are_ready};
use super::run::{Running, close, open};
use super::{Args, data_dir, settings};
use crate::env;
use crate::failure::Failure;

/// Starts a server of defaults in a directory that is gone afterwards, and asks it.
pub(crate) async fn scrape() -> Result<String, Failure> {
    let directory = env::scratch_directory()
        .map_err(|error| Failure::fault("there is no place for a scratch directory").because(&error))?;
    let text = in_directory(&directory).await;
    let _ = std::fs::remove_dir_all(&directory);
    text
}

async fn in_directory(directory: &std::path::Path) -> Result<String, Failure> {
    let settings = settings::read(&Args {
        config: None,
        data: Some(directory.to_owned()),
        demo: false,
        demo_ports: Vec::new(),
    })?;
    data_dir::open(&settings.data)?;
    let running = open(&settings).await?;
    edges_are_ready(&running.edges).await;
    let text = ask(&running).await;
    close(running).await;
    text
}

async fn ask(running: &Running) -> Result<String, Failure> {
    let fault = |error: &dyn std::error::Error| Failure::fault("the metrics cannot be read").because(error);
    // Housekeeping runs once, so that what it measures is there.
    running.authority.maintain().await.map_err(|e| fault(&e))?;
    let token = Secret::<Admin>::generate(running.authority.entropy().as_ref());
    let parts = admin_parts(running, &token);
    let router = authority::http::admin::admin(Arc::clone(&running.authority), parts);
    let bearer = format!("Bearer {}", token.reveal().as_str());
    let request = Request::get("/metrics").header(AUTHORIZATION, bearer);
    let request = request.body(Body::empty()).map_err(|e| fault(&e))?;
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if !response.status().is_success() {
        return Err(Failure::fault(format!(
            "the metrics answer {}",
            response.status()
        )));
    }
    let body = response.into_body().collect().await.map_err(|e| fault(&e))?;
    String::from_utf8(body.to_bytes().to_vec()).map_err(|e| fault(&e))
}
