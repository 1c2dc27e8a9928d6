//! What happened to the files of one directory, in order.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// A file or directory, whatever its names: the journal's own number, since the system uses its numbers again.
pub(crate) type Id = usize;
/// How the system tells files apart: device and inode.
pub(crate) type Inode = (u64, u64);

/// What the system allocates at once.
const BLOCK: u64 = 4096;

/// One thing that happened. Names are relative to the watched directory; that one's own is empty.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A new file or directory under a name.
    Create { name: PathBuf, id: Id },
    /// Bytes at an offset.
    Write { id: Id, at: usize, bytes: Vec<u8> },
    /// A new length.
    Truncate { id: Id, length: usize },
    /// The file's content and length are on the disk.
    Sync { id: Id },
    /// The directory's names are on the disk.
    SyncNames { directory: PathBuf },
    /// A name is gone.
    Remove { name: PathBuf },
    /// A name takes another's place.
    Rename { from: PathBuf, to: PathBuf },
    /// A second name.
    Link { from: PathBuf, to: PathBuf },
}

impl Step {
    /// For people.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Create { name, .. } => format!("create {}", name.display()),
            Self::Write { id, at, bytes } => format!("write {} bytes at {at} of file {id}", bytes.len()),
            Self::Truncate { id, length } => format!("truncate file {id} to {length}"),
            Self::Sync { id } => format!("sync file {id}"),
            Self::SyncNames { directory } => format!("sync the names of /{}", directory.display()),
            Self::Remove { name } => format!("remove {}", name.display()),
            Self::Rename { from, to } => format!("rename {} to {}", from.display(), to.display()),
            Self::Link { from, to } => format!("link {} to {}", from.display(), to.display()),
        }
    }
}

/// What was there when watching began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start {
    pub(crate) names: BTreeMap<PathBuf, Id>,
    pub(crate) contents: BTreeMap<Id, Vec<u8>>,
    pub(crate) directories: Vec<Id>,
}

/// The journal of one watched directory.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) root: PathBuf,
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
    /// Directories among the ids made since.
    pub(crate) directories: Vec<Id>,
    inodes: HashMap<Inode, Id>,
    places: HashMap<Inode, PathBuf>,
    names: BTreeMap<PathBuf, Id>,
    allocated: HashMap<Id, u64>,
    next: Id,
    /// Bytes that may still be allocated; nothing: as many as anybody likes.
    pub(crate) room: Option<u64>,
    /// The disk says that it synced, and did not.
    pub(crate) lies: bool,
}

impl Journal {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            start: Start::default(),
            steps: Vec::new(),
            directories: Vec::new(),
            inodes: HashMap::new(),
            places: HashMap::new(),
            names: BTreeMap::new(),
            allocated: HashMap::new(),
            next: 0,
            room: None,
            lies: false,
        }
    }

    /// The name relative to the root, if the path is in it.
    pub(crate) fn name(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.root).ok().map(Path::to_path_buf)
    }

    pub(crate) fn id_of(&self, inode: Inode) -> Option<Id> {
        self.inodes.get(&inode).copied()
    }

    pub(crate) fn directory_of(&self, inode: Inode) -> Option<PathBuf> {
        self.places.get(&inode).cloned()
    }

    fn add(&mut self, name: &Path, inode: Inode) -> Id {
        let id = self.next;
        self.next += 1;
        self.names.insert(name.to_path_buf(), id);
        self.inodes.insert(inode, id);
        id
    }

    /// Something that is there already, and on the disk.
    pub(crate) fn found(&mut self, name: &Path, inode: Inode, content: Option<Vec<u8>>) {
        let id = self.add(name, inode);
        self.start.names.insert(name.to_path_buf(), id);
        if let Some(content) = content {
            self.allocated.insert(id, blocks(content.len()));
            self.start.contents.insert(id, content);
        } else {
            self.inodes.remove(&inode);
            self.start.directories.push(id);
            self.places.insert(inode, name.to_path_buf());
        }
    }

    pub(crate) fn made_file(&mut self, name: PathBuf, inode: Inode) {
        let id = self.add(&name, inode);
        self.steps.push(Step::Create { name, id });
    }

    pub(crate) fn made_directory(&mut self, name: PathBuf, inode: Inode) {
        let id = self.add(&name, inode);
        self.inodes.remove(&inode);
        self.places.insert(inode, name.clone());
        self.directories.push(id);
        self.steps.push(Step::Create { name, id });
    }

    /// How many of these bytes there is room for.
    pub(crate) fn room_for(&self, id: Id, at: usize, length: usize) -> usize {
        let Some(room) = self.room else { return length };
        let has = self.allocated.get(&id).copied().unwrap_or(0);
        let most = usize::try_from(has.saturating_add(room / BLOCK * BLOCK)).unwrap_or(usize::MAX);
        length.min(most.saturating_sub(at))
    }

    pub(crate) fn wrote(&mut self, id: Id, at: usize, bytes: &[u8]) {
        let has = self.allocated.entry(id).or_default();
        let needs = blocks(at + bytes.len()).saturating_sub(*has);
        *has += needs;
        self.room = self.room.map(|room| room.saturating_sub(needs));
        let bytes = bytes.to_vec();
        self.steps.push(Step::Write { id, at, bytes });
    }

    pub(crate) fn truncated(&mut self, id: Id, length: usize) {
        // What a file grows by in this way is a hole: it takes no room.
        let has = self.allocated.entry(id).or_default();
        let freed = has.saturating_sub(blocks(length));
        *has -= freed;
        self.room = self.room.map(|room| room + freed);
        self.steps.push(Step::Truncate { id, length });
    }

    pub(crate) fn synced(&mut self, id: Id) {
        if !self.lies {
            self.steps.push(Step::Sync { id });
        }
    }

    pub(crate) fn synced_names(&mut self, directory: PathBuf) {
        if !self.lies {
            self.steps.push(Step::SyncNames { directory });
        }
    }

    pub(crate) fn removed(&mut self, name: PathBuf) {
        let gone = self.names.remove(&name);
        self.forget(gone);
        self.steps.push(Step::Remove { name });
    }

    pub(crate) fn renamed(&mut self, from: PathBuf, to: PathBuf) {
        if let Some(id) = self.names.remove(&from) {
            let gone = self.names.insert(to.clone(), id);
            self.forget(gone);
        }
        self.steps.push(Step::Rename { from, to });
    }

    pub(crate) fn linked(&mut self, from: PathBuf, to: PathBuf) {
        if let Some(id) = self.names.get(&from).copied() {
            self.names.insert(to.clone(), id);
        }
        self.steps.push(Step::Link { from, to });
    }

    /// Gives back the room of a file that lost its last name, and its inode: the system may use that for any other.
    fn forget(&mut self, gone: Option<Id>) {
        let Some(id) = gone.filter(|id| !self.names.values().any(|other| other == id)) else {
            return;
        };
        self.inodes.retain(|_, other| *other != id);
        let freed = self.allocated.remove(&id).unwrap_or(0);
        self.room = self.room.map(|room| room + freed);
    }
}

fn blocks(length: usize) -> u64 {
    (length as u64).div_ceil(BLOCK) * BLOCK
}
