//! The file that names sites and says how to sign in.

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

/// Sites, one in each environment:
///
/// ```toml
/// [[site]]
/// environment = "staging"
/// url = "https://staging.app.example/"
/// pages = ["/account"]
/// session_cookie = "__Host-sid"
/// samples = 50
///
/// [site.sign_in]
/// url = "/login"
/// fields = { username = "audit", password = { env = "AUDIT_PASSWORD" } }
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// The sites.
    #[serde(default, rename = "site")]
    pub sites: Vec<Place>,
}

/// One site.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Such as `production`.
    pub environment: String,
    /// Where it begins.
    #[serde(deserialize_with = "address")]
    pub url: Url,
    /// More addresses, relative to it.
    #[serde(default)]
    pub pages: Vec<String>,
    /// The name of the session cookie; guessed from names if it is left out.
    pub session_cookie: Option<String>,
    /// How many new sessions are begun to look at their ids; 0 to begin none.
    #[serde(default = "default_samples")]
    pub samples: usize,
    /// How to sign in.
    pub sign_in: Option<SignIn>,
}

/// How to sign in: the form at `url` is fetched, filled in with `fields`, and sent with its hidden fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The form's page, relative to the site.
    pub url: String,
    /// What is filled in.
    pub fields: std::collections::BTreeMap<String, Secret>,
    /// Whether the fields are sent as JSON, to `url` itself.
    #[serde(default)]
    pub json: bool,
}

/// A value that is filled in: as it stands, or where it is.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// As it stands; not for passwords.
    Text(String),
    /// In a variable of the environment.
    #[serde(rename_all = "snake_case")]
    Env {
        /// Its name.
        env: String,
    },
    /// In a file.
    File {
        /// Its path.
        file: String,
    },
    /// Found.
    #[serde(skip)]
    Known(Zeroizing<String>),
}

/// Why an inventory cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// Not TOML of this form.
    #[error("{0}")]
    Form(String),
    /// No site.
    #[error("the inventory names no [[site]]")]
    Empty,
    /// Two sites cannot be told apart.
    #[error("two sites are called {0}")]
    SameName(String),
    /// Too much.
    #[error("{environment}: {what}")]
    Limit {
        /// The site.
        environment: String,
        /// Which limit.
        what: &'static str,
    },
    /// A secret is not where it should be.
    #[error("{environment}: sign_in.fields.{field}: {why}")]
    Secret {
        /// The site.
        environment: String,
        /// The field.
        field: String,
        /// Why.
        why: String,
    },
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text).map_err(|error| serde::de::Error::custom(format!("url: {error}")))
}

const MOST_PAGES: usize = 100;
const MOST_SAMPLES: usize = 500;

const fn default_samples() -> usize {
    40
}

impl Inventory {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub fn parse(text: &str) -> Result<Self, InventoryError> {
        let inventory: Self =
            toml::from_str(text).map_err(|error| InventoryError::Form(error.to_string()))?;
        if inventory.sites.is_empty() {
            return Err(InventoryError::Empty);
        }
        for (at, site) in inventory.sites.iter().enumerate() {
            let limit = |what| {
                Err(InventoryError::Limit {
                    environment: site.environment.clone(),
                    what,
                })
            };
            if inventory
                .sites
                .iter()
                .take(at)
                .any(|other| other.environment == site.environment)
            {
                return Err(InventoryError::SameName(site.environment.clone()));
            }
            if site.pages.len() > MOST_PAGES {
                return limit("at most 100 pages");
            }
            if site.samples > MOST_SAMPLES {
                return limit("at most 500 samples");
            }
        }
        Ok(inventory)
    }

    /// Addresses without a file: each host is its own environment.
    #[must_use]
    pub fn of_urls(urls: &[Url]) -> Self {
        let place = |url: &Url| Place {
            environment: url.host_str().unwrap_or_default().to_owned()
                + &url.port().map(|port| format!(":{port}")).unwrap_or_default(),
            url: url.clone(),
            pages: Vec::new(),
            session_cookie: None,
            samples: default_samples(),
            sign_in: None,
        };
        let mut sites: Vec<Place> = Vec::new();
        for url in urls {
            let new = place(url);
            match sites.iter_mut().find(|old| old.environment == new.environment) {
                Some(old) => old.pages.push(url.to_string()),
                None => sites.push(new),
            }
        }
        Self { sites }
    }

    /// Fetches every secret: `find` is given a variable's name, or a file's.
    ///
    /// # Errors
    /// [`InventoryError::Secret`].
    pub fn with_secrets(
        mut self,
        find: &dyn Fn(&Secret) -> Result<Zeroizing<String>, String>,
    ) -> Result<Self, InventoryError> {
        for site in &mut self.sites {
            for (field, secret) in site.sign_in.iter_mut().flat_map(|sign_in| &mut sign_in.fields) {
                if matches!(secret, Secret::Env { .. } | Secret::File { .. }) {
                    let environment = site.environment.clone();
                    let found = find(secret).map_err(|why| InventoryError::Secret {
                        environment,
                        field: field.clone(),
                        why,
                    })?;
                    *secret = Secret::Known(found);
                }
            }
        }
        Ok(self)
    }
}

impl Secret {
    /// The value; empty while it is not fetched.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Known(text) => text,
            Self::Env { .. } | Self::File { .. } => "",
        }
    }

    /// Whether it is kept elsewhere, and so must not be shown.
    #[must_use]
    pub const fn is_hidden(&self) -> bool {
        !matches!(self, Self::Text(_))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "[[site]]\nenvironment = \"staging\"\nurl = \"https://s.example/\"\n";

    #[test]
    fn an_inventory_says_where_and_how() {
        let text = format!(
            "{SITE}[site.sign_in]\nurl = \"/login\"\nfields = {{ user = \"ada\", password = {{ env = \"PW\" }} }}\n"
        );
        let inventory = Inventory::parse(&text).unwrap();
        let known = inventory
            .with_secrets(&|_| Ok(Zeroizing::new("hidden".to_owned())))
            .unwrap();
        let fields = &known.sites[0].sign_in.as_ref().unwrap().fields;
        assert_eq!(
            (fields["user"].value(), fields["password"].value()),
            ("ada", "hidden")
        );
        assert!(fields["password"].is_hidden() && !format!("{known:?}").contains("hidden"));
        let missing = Inventory::parse(&text)
            .unwrap()
            .with_secrets(&|_| Err("not set".to_owned()))
            .unwrap_err();
        assert_eq!(missing.to_string(), "staging: sign_in.fields.password: not set");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |text: &str| Inventory::parse(text).unwrap_err();
        assert_eq!(refused(""), InventoryError::Empty);
        assert_eq!(
            refused(&format!("{SITE}{SITE}")),
            InventoryError::SameName("staging".to_owned())
        );
        assert!(matches!(
            refused(&format!("{SITE}samples = 1000")),
            InventoryError::Limit { .. }
        ));
        assert!(matches!(
            refused(&format!("{SITE}cookie = \"x\"")),
            InventoryError::Form(_)
        ));
    }

    #[test]
    fn addresses_of_one_host_are_one_site() {
        let urls = [
            "https://a.example/x",
            "https://a.example/y",
            "http://b.example:81/",
        ]
        .map(|text| Url::parse(text).unwrap());
        let sites = Inventory::of_urls(&urls).sites;
        let names: Vec<_> = sites
            .iter()
            .map(|site| (site.environment.as_str(), site.pages.len()))
            .collect();
        assert_eq!(names, [("a.example", 1), ("b.example:81", 0)]);
    }
}
