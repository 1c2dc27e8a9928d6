//! A page of a long list.

/// Which page.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PageArgs {
    /// Begin after this one, as told by the page before.
    #[arg(long, value_name = "NEXT")]
    after: Option<String>,
    /// The most rows to show.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

impl PageArgs {
    /// As a query.
    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        vec![
            ("after", self.after.clone().unwrap_or_default()),
            ("limit", self.limit.to_string()),
        ]
    }
}
