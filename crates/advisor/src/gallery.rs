//! The worked topologies of docs/advice, as files.

/// A worked topology: the file's name without its end, and its text.
pub type Worked = (&'static str, &'static str);

macro_rules! worked {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../docs/advice/", $name, ".toml")))),*]
    };
}

/// All of them, in the order of the page.
pub const GALLERY: &[Worked] = worked![
    "monolith-with-redis",
    "internal-tools",
    "multi-region-saas",
    "microservices-behind-envoy",
    "b2b-federation",
    "partner-api",
    "mobile-bank",
    "government-aal3",
    "embedded-widget",
    "cdn-cached-media",
    "iot-fleet",
    "gaming-ten-million",
];
