//! What a start says: where everything is, and what only the terminal may know.

use serde_json::json;
use store::intent::Actor;

use super::listeners::Told;
use super::run::Running;
use super::settings::{DemoPorts, Settings};
use crate::demo;
use crate::failure::Failure;
use crate::out::Out;

/// Makes a set-up code where nobody administers yet, and says where everything is.
pub(super) async fn tell(
    settings: &Settings,
    running: &Running,
    told: &Told,
    out: &Out,
) -> Result<(), Failure> {
    let issuer = running.authority.issuer();
    if let (Some(ports), Some(password)) = (settings.demo, &told.demo_password) {
        tell_demo(&ports, password, out);
        return Ok(());
    }
    let fault = |error: &dyn std::error::Error| Failure::fault("the store cannot be asked").because(error);
    out.note(&format!(
        "symbolon serves {issuer}; data in {}",
        settings.data.display()
    ));
    if !running
        .authority
        .store()
        .has_administrator()
        .await
        .map_err(|e| fault(&e))?
    {
        let made = running.authority.make_setup_code(Actor::system()).await;
        if made.as_ref().is_err_and(authority::Fault::is_no_room) {
            // Whoever is signed in goes on, and can be revoked.
            out.note("there is no room to write: a set-up code is made at the next start");
            return Ok(());
        }
        let code = made.map_err(|e| fault(&e))?;
        out.note(&format!(
            "set-up code, good once for 15 minutes: {}",
            code.reveal().as_str()
        ));
        out.note(&format!(
            "type it at {issuer}/setup to make the first administrator"
        ));
    }
    Ok(())
}

fn tell_demo(ports: &DemoPorts, password: &str, out: &Out) {
    let url = format!("http://127.0.0.1:{}/", ports.front);
    if out.is_json() {
        return out.json(&json!({ "url": url, "user": demo::USER, "password": password }));
    }
    out.line(&format!(
        "\n  Open      {url}\n  User      {}\n  Password  {password}\n",
        demo::USER
    ));
    out.note(
        "the authority is on localhost, the application on 127.0.0.1: two hosts, two cookies, one session",
    );
    out.note("Ctrl-C stops it");
}
