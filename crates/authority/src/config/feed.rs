//! `[server] feed_listen`: where edges of other processes are served.

use std::net::SocketAddr;

use domain::setting::Problems;

use super::raw::RawServer;
use crate::feed::FeedConfig;

pub(super) fn feed(p: &mut Problems, raw: &RawServer) -> Option<FeedConfig> {
    let connections = p.number("server.feed_connections", raw.feed_connections, 256, (1, 10_000));
    let text = raw.feed_listen.as_deref()?;
    let Ok(listen) = text.parse::<SocketAddr>() else {
        p.add(
            "server.feed_listen",
            format!("\"{text}\" is not an address and a port"),
            "write 127.0.0.1:8702, or 0.0.0.0:8702 for every interface",
        );
        return None;
    };
    Some(FeedConfig {
        listen,
        connections: usize::try_from(connections).unwrap_or(256),
    })
}

#[cfg(test)]
mod tests {
    use super::super::RawConfig;
    use super::*;

    fn read(listen: Option<&str>, connections: Option<u64>) -> Result<Option<FeedConfig>, Vec<String>> {
        let raw = RawConfig {
            server: RawServer {
                feed_listen: listen.map(str::to_owned),
                feed_connections: connections,
                ..RawServer::default()
            },
            ..RawConfig::default()
        };
        let checked = raw.check().map(|config| config.feed);
        checked.map_err(|found| found.into_iter().map(|p| p.path).collect())
    }

    #[test]
    fn it_is_off_unless_it_has_an_address() {
        assert_eq!(read(None, None), Ok(None));
        let feed = read(Some("127.0.0.1:8702"), Some(7)).unwrap().unwrap();
        assert_eq!((feed.listen.port(), feed.connections), (8702, 7));
        for text in ["localhost:8702", "8702", "127.0.0.1"] {
            assert_eq!(
                read(Some(text), None),
                Err(vec!["server.feed_listen".to_owned()]),
                "{text}"
            );
        }
        for number in [0, 10_001] {
            assert_eq!(
                read(None, Some(number)),
                Err(vec!["server.feed_connections".to_owned()])
            );
        }
    }
}
