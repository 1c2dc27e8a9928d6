//! A user agent in words that its owner knows. For recognition only: nothing is judged by it.

/// Marks of browsers, the most telling first: nearly all call themselves Chrome or Safari too.
const BROWSERS: [(&str, &str); 23] = [
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPiOS/", "Opera"),
    ("OPT/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("YaSearchBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Seamonkey/", "SeaMonkey"),
    ("SeaMonkey/", "SeaMonkey"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome without a window"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// Marks of systems, the most telling first: Android calls itself Linux, an iPhone calls itself Mac OS X.
const SYSTEMS: [(&str, &str); 9] = [
    ("Windows Phone", "Windows Phone"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
];

/// Longest text of an agent that is no browser.
const LONGEST: usize = 48;

/// Such as `Firefox on Linux`; the text itself, shortened, where it is not a browser.
pub(crate) fn agent_name(agent: &str) -> String {
    match (browser(agent), system(agent)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if agent.trim().is_empty() => "Unknown device".to_owned(),
        (None, _) => agent.chars().take(LONGEST).collect(),
    }
}

fn browser(agent: &str) -> Option<&'static str> {
    // What calls itself a robot is none of its owner's browsers.
    let robot = agent.contains("bot") || agent.contains("Bot") || agent.contains("compatible; ");
    let found = BROWSERS.iter().find(|(mark, _)| agent.contains(mark))?.1;
    let plausible = found != "Safari" || (agent.contains("Safari/") && !agent.contains("Android"));
    (plausible && !robot).then_some(found)
}

fn system(agent: &str) -> Option<&'static str> {
    let found = SYSTEMS.iter().find(|(mark, _)| agent.contains(mark));
    found.map(|row| row.1)
}

#[cfg(test)]
mod tests;
