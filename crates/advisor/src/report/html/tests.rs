use super::*;
use crate::simulation::{Asked, Method};

fn page(text: &str) -> String {
    let raw: crate::RawTopology = toml::from_str(text).unwrap();
    let constants = Constants::default();
    let topology = raw.check().unwrap();
    let asked = Asked {
        method: Some(Method::Aggregated),
        ..Asked::default()
    };
    let day = simulation::scenario(&topology, &constants, &asked).ok();
    let day = day.map(|scenario| simulation::run(&scenario, 1, &mut |_| {}));
    html(&crate::decide(&topology, &constants), &constants, day.as_ref())
}

#[test]
fn a_name_is_text_and_never_markup() {
    let page = page("[deployment]\nname = \"<script>alert('1')</script>\"\n[[client]]\nkind = \"spa\"\n");
    assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
    assert!(!page.contains("<script"));
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    for (_, text) in crate::gallery::GALLERY {
        let page = page(text);
        for word in [
            "http://", "https://", "url(", "src=", "@import", "<link", "<script",
        ] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("default-src 'none'") && page.contains("prefers-color-scheme: dark"));
    }
}

#[test]
fn every_link_leads_somewhere_and_every_tag_is_closed() {
    for (_, text) in crate::gallery::GALLERY {
        let page = page(text);
        for target in page
            .split("href=\"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
        for tag in [
            "section", "table", "tbody", "ul", "ol", "div", "svg", "figure", "details", "li", "nav", "p",
        ] {
            let opened =
                page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn a_conflict_and_what_is_planned_are_on_the_page() {
    let page = page(
        "[[client]]\nkind = \"partner\"\noffline_validation = true\n[requirements]\nrevocation_writes = \"1s\"\n",
    );
    assert!(page.contains("No mechanism satisfies the requirements"));
    assert!(page.contains("Requirements exclude each other"));
    let page = super::tests::page("[[client]]\nkind = \"mobile\"\ndpop = true\n[deployment]\nedges = 4\n");
    assert!(page.contains("DPoP <em class=\"planned\">planned, not in this version</em>"));
}
