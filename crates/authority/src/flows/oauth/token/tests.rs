mod client;
mod code;
mod races;
mod refresh;
mod revocation;
