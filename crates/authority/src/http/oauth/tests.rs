//! The endpoints over HTTP, through the public router.

mod browser;
mod endpoints;
mod published;
