//! Known browsers: who signed in before carries a device cookie, and is heard while attempts from elsewhere are not.

use domain::Seq;
use domain::cookie::KnownDevice;
use domain::id::{Device, Id};
use domain::key::KeyId;
use domain::revocation::Position;
use domain::user::User;

use crate::authority::Authority;
use crate::error::Fault;

/// The device, if this browser signed in before as this user, with the credential that still counts, and nothing that
/// covers it was revoked since. Everything else is an unknown browser.
pub(in crate::flows) async fn known(
    authority: &Authority,
    user: Option<&User>,
    presented: Option<&str>,
) -> Result<Option<Id<Device>>, Fault> {
    let opened = presented.and_then(|value| authority.keys.unseal_device(value).ok());
    let (Some((known, key)), Some(user)) = (opened, user) else {
        return Ok(None);
    };
    if known.user != user.id || known.credential_version != user.credential_version {
        return Ok(None);
    }
    let position = Position {
        tenant: user.tenant.clone(),
        key: KeyId::new(&key.to_string()).ok(),
        ..known.position()
    };
    let revoked = authority.store.is_revoked(position).await?;
    Ok((!revoked).then_some(known.device))
}

/// The cookie's value after a sign-in: a browser that was known keeps its name.
pub(super) fn remember(
    authority: &Authority,
    user: &User,
    device: Option<Id<Device>>,
    rs: Seq,
) -> Result<String, Fault> {
    let new = || Id::generate(authority.clock.now(), authority.entropy.as_ref());
    authority.keys.seal_device(&KnownDevice {
        user: user.id,
        device: device.unwrap_or_else(new),
        credential_version: user.credential_version,
        rs,
    })
}
