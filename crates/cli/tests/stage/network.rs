//! Networks of their own for edges, each joined to this machine's by a pair of virtual cards that can be taken down.

use std::process::Command;

/// One network with an edge's end in it.
pub struct Network {
    pub name: String,
    card: String,
    /// This machine's address as the edge sees it.
    pub address: String,
}

impl Network {
    /// A new one; `Err` says why this machine permits none.
    pub fn new(number: u32) -> Result<Self, String> {
        let id = std::process::id();
        let network = Self {
            name: format!("symbolon-{id}-{number}"),
            // A card's name has at most 15 letters.
            card: format!("sy{id}n{number}"),
            // By this process too: another run on this machine has others.
            address: format!("10.{}.{number}.1", 64 + id % 128),
        };
        let (name, card) = (network.name.as_str(), network.card.as_str());
        let peer = format!("{card}e");
        let here = format!("{}/24", network.address);
        let there = format!("10.{}.{number}.2/24", 64 + id % 128);
        ip(&["netns", "add", name])?;
        ip(&[
            "link", "add", card, "type", "veth", "peer", "name", &peer, "netns", name,
        ])?;
        ip(&["address", "add", &here, "dev", card])?;
        ip(&["link", "set", card, "up"])?;
        ip(&["-n", name, "link", "set", "lo", "up"])?;
        ip(&["-n", name, "address", "add", &there, "dev", &peer])?;
        ip(&["-n", name, "link", "set", &peer, "up"])?;
        Ok(network)
    }

    /// From now on nothing passes. At the edge's end: at this one packets would look for another way out.
    pub fn cut(&self) {
        self.edge_end("down");
    }

    pub fn mend(&self) {
        self.edge_end("up");
    }

    fn edge_end(&self, state: &str) {
        let card = format!("{}e", self.card);
        ip(&["-n", &self.name, "link", "set", &card, state]).unwrap();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The pair of cards goes with the one that is here.
        let _ = ip(&["link", "delete", &self.card]);
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

fn ip(words: &[&str]) -> Result<(), String> {
    match Command::new("ip").args(words).output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(format!(
            "ip {}: {}",
            words.join(" "),
            String::from_utf8_lossy(&done.stderr).trim()
        )),
        Err(error) => Err(format!("ip: {error}")),
    }
}
