//! docs/METRICS.md, from what `/metrics` of a new server answers: nothing can be in one and not in the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const HEAD: &str = "<!-- Made from the code: do not edit. -->\n\n# Metrics\n\n\
`GET /metrics` on the admin port, as OpenMetrics text, with an admin token of the scope `metrics`: \
`symbolon admin-token add prometheus --scope metrics > symbolon.token`, and in Prometheus `authorization: { credentials_file: .. }`. \
Rules to begin with: [alerts.yml](alerts.yml).\n\n\
Counters begin at zero when the process starts. A label has only the values of its column, \
but for names (of edges, of tables of the store) and states of keys. Labels never hold what a request said.\n\n\
| name | type | unit | labels | meaning |\n|---|---|---|---|---|\n";

/// So many values of a label are shown; of longer lists the first few.
const SHOWN: usize = 40;

/// One family of an exposition.
#[derive(Debug, Default, PartialEq, Eq)]
struct Metric {
    kind: String,
    help: String,
    labels: BTreeMap<String, BTreeSet<String>>,
}

/// The page.
pub(crate) fn page(exposition: &str) -> String {
    let mut page = String::from(HEAD);
    for (name, metric) in read(exposition) {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            shown_name(&name, &metric.kind),
            metric.kind,
            unit(&name, &metric.kind),
            shown_labels(&metric),
            metric.help
        );
    }
    page
}

/// Every family, in order of their names.
fn read(exposition: &str) -> BTreeMap<String, Metric> {
    let mut metrics: BTreeMap<String, Metric> = BTreeMap::new();
    for line in exposition.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
            help.clone_into(&mut metrics.entry(name.to_owned()).or_default().help);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, ""));
            kind.clone_into(&mut metrics.entry(name.to_owned()).or_default().kind);
        } else if !line.starts_with('#') {
            sample(line, &mut metrics);
        }
    }
    metrics
}

/// `name{label="value",..} 1`. A bound of a histogram is no label of ours.
fn sample(line: &str, metrics: &mut BTreeMap<String, Metric>) {
    let Some((name, rest)) = line.split_once('{') else {
        return;
    };
    let labels = rest.split_once('}').map_or("", |(labels, _)| labels);
    let family = ["", "_total", "_bucket"].iter().find_map(|suffix| {
        name.strip_suffix(suffix)
            .filter(|base| metrics.contains_key(*base))
    });
    let Some(metric) = family.and_then(|base| metrics.get_mut(base)) else {
        return;
    };
    for (label, value) in labels.split("\",").filter_map(|pair| pair.split_once("=\"")) {
        if label != "le" {
            let values = metric.labels.entry(label.to_owned()).or_default();
            values.insert(value.trim_end_matches('"').to_owned());
        }
    }
}

/// As it stands in an exposition.
fn shown_name(name: &str, kind: &str) -> String {
    match kind {
        "counter" => format!("{name}_total"),
        _ => name.to_owned(),
    }
}

fn unit(name: &str, kind: &str) -> &'static str {
    let units = [
        ("_seconds", "seconds"),
        ("_ms", "milliseconds"),
        ("_bytes", "bytes"),
    ];
    match units.iter().find(|(suffix, _)| name.ends_with(suffix)) {
        Some((_, unit)) => unit,
        None if kind == "counter" => "occurrences",
        None => "number",
    }
}

fn shown_labels(metric: &Metric) -> String {
    let shown = |(label, values): (&String, &BTreeSet<String>)| {
        let mut list: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
        if values.len() > SHOWN {
            list.push("..");
        }
        format!("`{label}`: {}", list.join(", "))
    };
    let all: Vec<String> = metric.labels.iter().map(shown).collect();
    if all.is_empty() {
        "-".to_owned()
    } else {
        all.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPOSITION: &str = "\
# HELP a Things.
# TYPE a counter
a_total{what=\"x\",of=\"p\"} 0
a_total{what=\"y\",of=\"p\"} 3
# HELP b_seconds How long.
# TYPE b_seconds histogram
b_seconds_bucket{le=\"0.1\"} 0
b_seconds_sum 0.0
# HELP c_ms Left.
# TYPE c_ms gauge
c_ms 7
# EOF
";

    #[test]
    fn each_family_is_a_row_with_its_labels() {
        let page = page(EXPOSITION);
        let rows: Vec<&str> = page.lines().filter(|l| l.starts_with("| `")).collect();
        assert_eq!(
            rows,
            [
                "| `a_total` | counter | occurrences | `of`: p; `what`: x, y | Things. |",
                "| `b_seconds` | histogram | seconds | - | How long. |",
                "| `c_ms` | gauge | milliseconds | - | Left. |",
            ]
        );
    }

    #[tokio::test]
    async fn no_family_is_told_twice_and_every_one_says_what_it_means() {
        let exposition = crate::serve::scrape().await.unwrap();
        let heads: Vec<&str> = exposition.lines().filter(|l| l.starts_with("# HELP ")).collect();
        let metrics = read(&exposition);
        assert_eq!(heads.len(), metrics.len(), "{heads:?}");
        assert!(metrics.len() > 15, "{}", metrics.len());
        for (name, metric) in &metrics {
            assert!(name.starts_with("symbolon_"), "{name}");
            assert!(!metric.help.is_empty() && !metric.kind.is_empty(), "{name}");
        }
        let sizes = &metrics["symbolon_store"].labels["name"];
        for table in [
            "bytes",
            "events",
            "families",
            "log_entries",
            "sessions",
            "watermarks",
        ] {
            assert!(sizes.contains(table), "{table}");
        }
    }
}
