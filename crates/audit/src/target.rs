//! What is known of a target before the checks run.

use serde_json::Value;
use url::Url;

use crate::jwt::{Callback, Endpoint, Minter, Token};
use crate::pentest::Application;
use crate::site::Site;

/// Everything that a command line, an inventory and the first look around gave. A suite that needs more adds a member.
#[derive(Debug, Default)]
pub struct Target {
    /// What reports call it.
    pub name: String,
    /// A good token.
    pub token: Option<Token>,
    /// The public keys that tokens are verified with, as JWKs.
    pub keys: Option<Vec<Value>>,
    /// Where the keys came from, if that was an address.
    pub keys_from: Option<Url>,
    /// The bytes of the file that the keys came from.
    pub key_file: Option<Vec<u8>>,
    /// A place that accepts the token.
    pub endpoint: Option<Endpoint>,
    /// The key that signs tokens, of a test environment or guessed.
    pub minter: Option<Minter>,
    /// A server of the run's own that the target can reach.
    pub callback: Option<Callback>,
    /// One site in each environment.
    pub sites: Vec<Site>,
    /// What a penetration test is told.
    pub application: Option<Application>,
}
