//! Looks around on each site of an inventory: as a stranger, and signed in.

use url::Url;

use super::inventory::{Inventory, Place, SignIn};
use super::{Page, Site, markup};
use crate::answer::Answer;
use crate::client::{Client, Stop};
use crate::exchange::Exchange;
use crate::likeness::is_alike;
use crate::request::Request;
use crate::script;
use crate::set_cookie::{Jar, SetCookie};

/// Looks around on every site.
///
/// # Errors
/// [`Stop`] when the run's own limits are reached; a site that cannot be reached is a trouble of that site.
pub async fn visit(client: &Client, inventory: &Inventory, now_s: i64) -> Result<Vec<Site>, Stop> {
    let mut sites = Vec::new();
    for place in &inventory.sites {
        let mut visitor = Visitor {
            client,
            now_s,
            place,
            pages: Vec::new(),
            strangers: 0,
            given: Vec::new(),
            troubles: Vec::new(),
        };
        let signed_in = visitor.look_around().await?;
        let mut site = Site {
            environment: place.environment.clone(),
            url: place.url.clone(),
            pages: Vec::new(),
            signed_in,
            session_cookie: place.session_cookie.clone(),
            samples: None,
            troubles: Vec::new(),
        };
        site.session_cookie = site.session_cookie.take().or_else(|| visitor.only_given(&site));
        let samples = visitor.samples(&mut site).await?;
        site.samples = samples;
        site.troubles = visitor.troubles;
        sites.push(site);
    }
    Ok(sites)
}

/// An address that no site has.
const NOWHERE: &str = "symbolon-audit-no-such-page";

struct Visitor<'a> {
    client: &'a Client,
    now_s: i64,
    place: &'a Place,
    pages: Vec<Page>,
    /// So many of them were fetched as a stranger.
    strangers: usize,
    /// Cookies that the sign-in set.
    given: Vec<SetCookie>,
    troubles: Vec<String>,
}

impl Visitor<'_> {
    async fn look_around(&mut self) -> Result<Option<Jar>, Stop> {
        let mut urls = vec![self.place.url.clone()];
        for page in &self.place.pages {
            match self.place.url.join(page) {
                Ok(url) => urls.push(url),
                Err(error) => self.troubles.push(format!("{page}: {error}")),
            }
        }
        let mut stranger = Jar::default();
        for url in &urls {
            self.walk(Request::get(url.clone()), &mut stranger, false).await?;
        }
        if let Ok(nowhere) = self.place.url.join(NOWHERE) {
            self.walk(Request::get(nowhere), &mut stranger, false).await?;
        }
        let Some(sign_in) = &self.place.sign_in else {
            return Ok(None);
        };
        self.strangers = self.pages.len();
        let mut jar = Jar::default();
        if !self.sign_in(sign_in, &mut jar).await? {
            self.troubles
                .push("the sign-in did not set a cookie: signed-in pages were not looked at".to_owned());
            return Ok(None);
        }
        for url in &urls {
            self.walk(Request::get(url.clone()), &mut jar, true).await?;
        }
        Ok(Some(jar))
    }

    /// Fetches the form, fills it in and sends it. Whether there are cookies afterwards.
    async fn sign_in(&mut self, how: &SignIn, jar: &mut Jar) -> Result<bool, Stop> {
        let secrets = self.client.secrets();
        // A password that stands in the inventory itself is one all the same.
        for secret in how.fields.values() {
            secrets.add(secret.value(), "secret");
        }
        let Ok(url) = self.place.url.join(&how.url) else {
            return Ok(false);
        };
        let fields: Vec<(&str, &str)> = how
            .fields
            .iter()
            .map(|(name, secret)| (name.as_str(), secret.value()))
            .collect();
        if how.json {
            let document = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).into()))
                .collect();
            // As the first page's script sends it.
            let page = self
                .walk(Request::get(self.place.url.clone()), jar, false)
                .await?;
            let before = jar.clone();
            let mut proofs: Vec<script::Proof> = page.iter().flat_map(script::of_page).collect();
            proofs.extend(script::of_cookies(jar.cookies()));
            let origin = url.origin().ascii_serialization();
            let request = Request::json(url, &serde_json::Value::Object(document))
                .field("origin", origin)
                .field("referer", self.place.url.as_str());
            let request = proofs.into_iter().fold(request, |request, (field, value)| {
                secrets.add(&value, "token");
                request.field(&field, value)
            });
            let landed = self.walk(request, jar, true).await?;
            return Ok(self.is_given(&before, jar, landed.as_ref()));
        }
        let page = self.walk(Request::get(url.clone()), jar, false).await?;
        let before = jar.clone();
        let request = match &page {
            Some(page) => filled_in(page, &fields),
            None => Request::form(url, &fields),
        };
        let landed = self.walk(request, jar, true).await?;
        Ok(self.is_given(&before, jar, landed.as_ref()))
    }

    /// Whether the sign-in gave cookies: new ones, or it went well with those that were there before, which are the session then.
    fn is_given(&mut self, before: &Jar, jar: &Jar, landed: Option<&Answer>) -> bool {
        let is_new = |cookie: &&SetCookie| !before.cookies().any(|old| old == *cookie);
        self.given = jar.cookies().filter(is_new).cloned().collect();
        let asks_again = |page: &Answer| markup::forms(&page.text()).iter().any(markup::Form::has_password);
        if self.given.is_empty() && landed.is_some_and(|page| page.status < 400 && !asks_again(page)) {
            self.given = jar.cookies().cloned().collect();
        }
        !self.given.is_empty() || self.client.is_dry()
    }

    /// The session's cookie where no name says so: the only one that the sign-in set, but for those against forgery.
    fn only_given(&self, site: &Site) -> Option<String> {
        let mut given = self
            .given
            .iter()
            .filter(|cookie| !super::is_against_forgery(cookie));
        let only = given.next().filter(|_| given.next().is_none())?;
        (!site.is_session(only)).then(|| only.name.clone())
    }

    /// Follows redirects within the scope; every step is a page. Gives the last one.
    async fn walk(
        &mut self,
        request: Request,
        jar: &mut Jar,
        signed_in: bool,
    ) -> Result<Option<Answer>, Stop> {
        let mut next = request;
        for _ in 0..=self.client.limits().redirects {
            let request = next.clone().cookies(&jar.header(next.url()));
            let answer = match self.client.send(&request).await {
                Ok(answer) => answer,
                Err(stop @ (Stop::Requests(_) | Stop::Time)) => return Err(stop),
                Err(stop) => {
                    self.troubles.push(format!(
                        "{}: {stop}",
                        self.client.secrets().redact(request.url().as_str()).as_str()
                    ));
                    return Ok(None);
                }
            };
            jar.take(&answer, self.now_s);
            let target = answer.location();
            self.keep(&request, answer.clone(), signed_in);
            match target.filter(|target| self.client.scope().holds(target)) {
                Some(target) => next = Request::get(target),
                None => return Ok(Some(answer)),
            }
        }
        self.troubles
            .push(format!("{}: redirects go on and on", next.url().path()));
        Ok(None)
    }

    fn keep(&mut self, request: &Request, answer: Answer, signed_in: bool) {
        let same = |page: &Page| {
            page.answer.url == answer.url
                && page.answer.status == answer.status
                && is_alike(&page.answer, &answer)
        };
        // What a stranger gets as well is not private.
        let is_private =
            signed_in && answer.is_success() && !self.pages.iter().take(self.strangers).any(same);
        let is_fresh =
            request.method == http::Method::GET && !request.fields.iter().any(|(name, _)| name == "cookie");
        let exchange = Exchange::of(request, &answer, self.client.secrets());
        self.pages.push(Page {
            is_private,
            is_fresh,
            answer,
            exchange,
        });
    }

    /// Begins new sessions and collects their ids, where a stranger is given one.
    async fn samples(&mut self, site: &mut Site) -> Result<Option<(String, Vec<String>)>, Stop> {
        site.pages = std::mem::take(&mut self.pages);
        let of_page = |page: &Page| {
            let first = page.answer.set_cookies().find(|cookie| site.is_session(cookie))?;
            (page.is_fresh && !first.is_removal(self.now_s)).then(|| (page.answer.url.clone(), first))
        };
        let found = site.pages.iter().find_map(of_page);
        let Some((url, first)) = found else {
            return Ok(None);
        };
        let mut values = vec![first.value];
        for _ in 1..self.place.samples {
            match self.client.send(&Request::get(url.clone())).await {
                Ok(answer) => values.extend(
                    answer
                        .set_cookies()
                        .find(|cookie| cookie.name == first.name)
                        .map(|cookie| cookie.value),
                ),
                Err(stop @ (Stop::Requests(_) | Stop::Time)) => return Err(stop),
                Err(_) => break,
            }
        }
        Ok(Some((first.name, values)))
    }
}

/// The page's first form with a password, or else its first, filled in.
fn filled_in(page: &Answer, fields: &[(&str, &str)]) -> Request {
    let forms = markup::forms(&page.text());
    let form = forms.iter().find(|form| form.has_password()).or(forms.first());
    let action = form
        .and_then(|form| form.tag.attribute("action"))
        .unwrap_or_default();
    let url: Url = page.url.join(action).unwrap_or_else(|_| page.url.clone());
    let hidden = form.into_iter().flat_map(|form| form.hidden());
    let all: Vec<(&str, &str)> = hidden
        .filter(|(name, _)| !fields.iter().any(|(own, _)| own == name))
        .chain(fields.iter().copied())
        .collect();
    let origin = page.url.origin().ascii_serialization();
    Request::form(url, &all)
        .field("origin", origin)
        .field("referer", page.url.as_str())
}

#[cfg(test)]
mod tests;
