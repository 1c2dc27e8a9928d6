//! What a power loss leaves: a journal, cut, and the choice of what survives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::draw::Draw;
use crate::journal::{Id, Journal, Step};

/// Files as they are found after the power came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survivors {
    directories: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// A change of a file that is not on the disk yet.
type Change<'j> = &'j Step;
/// Names with what they stand for afterwards: all of them, or none.
type Names = Vec<(PathBuf, Option<Id>)>;

/// How much of what was not synced survives: of one file, or of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Luck {
    /// As when only the process dies.
    All,
    Nothing,
    /// Everything up to some point.
    Prefix,
    /// Each by itself.
    Some,
    /// Each by itself, and each of its sectors of so many bytes by itself.
    Torn(usize),
}

impl Luck {
    const fn draw(draw: &mut Draw) -> Self {
        match draw.below(6) {
            0 => Self::All,
            1 => Self::Nothing,
            2 => Self::Prefix,
            3 => Self::Some,
            4 => Self::Torn(512),
            _ => Self::Torn(4096),
        }
    }
}

impl Survivors {
    /// Writes them into a directory that is made for them.
    ///
    /// # Errors
    /// The file system's.
    pub fn write_to(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        for name in &self.directories {
            fs::create_dir_all(directory.join(name))?;
        }
        for (name, content) in &self.files {
            fs::write(directory.join(name), content)?;
        }
        Ok(())
    }

    /// Fills one, if it is there, with anything.
    pub fn fill(&mut self, name: &str, draw: &mut Draw) {
        if let Some(content) = self.files.get_mut(Path::new(name)) {
            content.iter_mut().for_each(|byte| *byte = draw.below(256) as u8);
        }
    }

    /// The content of one, if it is there.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(Path::new(name)).map(Vec::as_slice)
    }

    /// Every file's name, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&Path> {
        self.files.keys().map(PathBuf::as_path).collect()
    }
}

/// What is on the disk at some moment, and what is on its way to it.
#[derive(Default)]
struct Platter<'j> {
    contents: BTreeMap<Id, Vec<u8>>,
    names: BTreeMap<PathBuf, Id>,
    directories: BTreeSet<Id>,
    /// As programs see the names.
    seen: BTreeMap<PathBuf, Id>,
    changes: BTreeMap<Id, Vec<Change<'j>>>,
    renames: Vec<Names>,
}

/// The journal up to `cut`, and then the lights go out.
pub(crate) fn survivors(journal: &Journal, cut: usize, draw: &mut Draw) -> Survivors {
    let mut platter = Platter {
        contents: journal.start.contents.clone(),
        names: journal.start.names.clone(),
        seen: journal.start.names.clone(),
        directories: journal.start.directories.iter().copied().collect(),
        ..Platter::default()
    };
    platter.directories.extend(&journal.directories);
    for step in journal.steps.iter().take(cut) {
        platter.take(step);
    }
    platter.lose_power(draw)
}

impl<'j> Platter<'j> {
    fn take(&mut self, step: &'j Step) {
        match step {
            Step::Write { id, .. } | Step::Truncate { id, .. } => {
                self.changes.entry(*id).or_default().push(step);
            }
            Step::Sync { id } => {
                for change in self.changes.remove(id).unwrap_or_default() {
                    apply(self.contents.entry(*id).or_default(), change);
                }
            }
            Step::SyncNames { directory } => self.sync_names(directory),
            Step::Create { name, id } => self.pend(vec![(name.clone(), Some(*id))]),
            Step::Remove { name } => self.pend(vec![(name.clone(), None)]),
            Step::Rename { from, to } => {
                let id = self.seen.get(from).copied();
                self.pend(vec![(to.clone(), id), (from.clone(), None)]);
            }
            Step::Link { from, to } => {
                let id = self.seen.get(from).copied();
                self.pend(vec![(to.clone(), id)]);
            }
        }
    }

    fn pend(&mut self, names: Names) {
        put(&mut self.seen, &names);
        self.renames.push(names);
    }

    fn sync_names(&mut self, directory: &Path) {
        let here = |name: &Path| name.parent() == Some(directory);
        let (synced, others) = std::mem::take(&mut self.renames)
            .into_iter()
            .partition::<Vec<Names>, _>(|names| names.iter().any(|(name, _)| here(name)));
        self.renames = others;
        for names in synced {
            put(&mut self.names, &names);
        }
    }

    fn lose_power(mut self, draw: &mut Draw) -> Survivors {
        let luck = Luck::draw(draw);
        let kept = draw.below(self.renames.len() + 1);
        for (at, names) in self.renames.iter().enumerate() {
            if keeps(luck, at, kept, draw) {
                put(&mut self.names, names);
            }
        }
        for (id, changes) in std::mem::take(&mut self.changes) {
            let content = self.contents.entry(id).or_default();
            let luck = Luck::draw(draw);
            let kept = draw.below(changes.len() + 1);
            for (at, change) in changes.into_iter().enumerate() {
                if keeps(luck, at, kept, draw) {
                    survive(content, change, luck, draw);
                }
            }
        }
        self.found()
    }

    fn found(mut self) -> Survivors {
        let mut found = Survivors::default();
        for (name, id) in &self.names {
            // In order of the names a directory comes before what is in it: what lost its directory is lost.
            let there = name
                .parent()
                .is_none_or(|p| p.as_os_str().is_empty() || found.directories.contains(p));
            if !there {
                continue;
            }
            if self.directories.contains(id) {
                found.directories.insert(name.clone());
            } else {
                let content = self.contents.entry(*id).or_default().clone();
                found.files.insert(name.clone(), content);
            }
        }
        found
    }
}

const fn keeps(luck: Luck, at: usize, kept: usize, draw: &mut Draw) -> bool {
    match luck {
        Luck::All => true,
        Luck::Nothing => false,
        Luck::Prefix => at < kept,
        Luck::Some => draw.percent(50),
        Luck::Torn(_) => draw.percent(75),
    }
}

fn put(names: &mut BTreeMap<PathBuf, Id>, changed: &Names) {
    for (name, id) in changed {
        match id {
            Some(id) => names.insert(name.clone(), *id),
            None => names.remove(name),
        };
    }
}

fn survive(content: &mut Vec<u8>, change: &Step, luck: Luck, draw: &mut Draw) {
    let (Luck::Torn(sector), Step::Write { at, bytes, .. }) = (luck, change) else {
        return apply(content, change);
    };
    // The length went to the disk, or it did not, whatever became of the bytes.
    if draw.percent(50) && content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    let mut from = 0;
    while from < bytes.len() {
        let to = ((at + from) / sector * sector + sector - at).min(bytes.len());
        if draw.percent(50) {
            write(content, at + from, bytes.get(from..to).unwrap_or_default());
        }
        from = to;
    }
}

fn apply(content: &mut Vec<u8>, change: &Step) {
    match change {
        Step::Write { at, bytes, .. } => write(content, *at, bytes),
        Step::Truncate { length, .. } => content.resize(*length, 0),
        _ => {}
    }
}

fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    if let Some(place) = content.get_mut(at..end) {
        place.copy_from_slice(bytes);
    }
}
