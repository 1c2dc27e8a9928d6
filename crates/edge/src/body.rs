//! Bodies of answers.

use std::error::Error;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};

/// Whatever broke a body off: bodies come from many hands, and nobody branches on this.
type Broken = dyn Error + Send + Sync;
/// Why a body broke off, in the form that hyper and its bodies share.
pub type BodyError = Box<Broken>;
/// A body of any origin.
pub type Body = BoxBody<Bytes, BodyError>;

/// Nothing.
pub(crate) fn empty() -> Body {
    full(Bytes::new())
}

/// All at once.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}
