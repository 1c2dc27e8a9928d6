//! Bodies of answers.

use std::error::Error;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};

/// Why a body broke off: hyper's own form, since bodies come from many hands. Nobody branches on it.
pub type BodyError = Box<dyn Error + Send + Sync>;
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
