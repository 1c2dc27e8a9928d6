//! The keys that exist, as a tree; and the nearest of them to one that does not.

use std::collections::BTreeMap;

use domain::setting::Setting;

/// A section or a key.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// What a value looks like, where this is a key.
    pub(crate) setting: Option<Setting>,
    /// `[[section]]`.
    pub(crate) is_repeated: bool,
    /// What may stand inside.
    pub(crate) children: BTreeMap<String, Shape>,
}

impl Shape {
    /// The tree of these settings.
    pub(crate) fn of(settings: &[Setting]) -> Self {
        let mut root = Self::default();
        for setting in settings {
            let mut node = &mut root;
            for segment in setting.path.split('.') {
                let bare = bare(segment);
                let child = node.children.entry(bare.to_owned()).or_default();
                child.is_repeated |= bare != segment;
                node = child;
            }
            node.setting = Some(*setting);
        }
        root
    }

    /// The setting at a path such as `section.key`.
    pub(crate) fn find(&self, segments: &[String]) -> Option<&Setting> {
        let mut node = self;
        for segment in segments {
            if node.is_repeated {
                return None;
            }
            node = node.children.get(segment)?;
        }
        node.setting.as_ref()
    }

    /// The known key that was perhaps meant: a slip among the siblings first, then the same key in another section.
    pub(crate) fn nearest(&self, inside: &[String], name: &str) -> Option<String> {
        let here = inside
            .iter()
            .try_fold(self, |node, segment| node.children.get(segment));
        let siblings = here.into_iter().flat_map(|node| node.children.keys());
        let slip = siblings
            .map(|known| (strsim::damerau_levenshtein(name, known), known))
            .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
            .min();
        if let Some((_, known)) = slip {
            return Some(known.clone());
        }
        let elsewhere = self.leaves(String::new());
        elsewhere
            .into_iter()
            .find(|path| path.rsplit('.').next() == Some(name))
    }

    fn leaves(&self, prefix: String) -> Vec<String> {
        if self.children.is_empty() {
            return vec![prefix];
        }
        let join = |name: &str| {
            if prefix.is_empty() {
                name.to_owned()
            } else {
                format!("{prefix}.{name}")
            }
        };
        let inner = self.children.iter().map(|(name, child)| child.leaves(join(name)));
        inner.flatten().collect()
    }
}

/// `[[route]]` is `route`.
pub(crate) fn bare(segment: &str) -> &str {
    segment.trim_start_matches('[').trim_end_matches(']')
}

/// Everything before the last dot, as written: `server`, `[[route]]`, `server.tls`.
pub(crate) fn section(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(section, _)| section)
}
