//! Versions of a tree, read through the forge as data: nothing is checked out. What a clone at hand has, it need not be asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use gix_hash::ObjectId;
use similar::TextDiff;

use super::client::Failure;
use super::forge::{Forge, Kind, Listed, Patch, Request};
use crate::command::explain::{NO_DATE, asked, plain_settings};
use crate::command::setup::Tree;
use crate::history::repository::Repository;
use crate::runtime::Runtime;
use crate::source::{Blobs, Files, Kept, MAX_FILE_BYTES, Read, Root, Scope};

/// Most files asked of the forge for one run: each is a call, and a token has a few thousand in an hour.
const MOST_READ: usize = 1_500;
/// Most bytes of them.
const MOST_BYTES: u64 = 256 << 20;
/// Lines that are shown around a change.
const AROUND: usize = 3;
/// Longest time for comparing two versions of a file.
const COMPARED: Duration = Duration::from_secs(2);
/// Calls at a time.
const AT_ONCE: usize = 8;
/// What a file of unknown size is taken for, in bytes.
const UNSIZED: u64 = 64 << 10;

/// Both versions of a change.
#[derive(Debug)]
pub struct Versions {
    /// Its merge base: what governs.
    pub(crate) base: Tree,
    /// What is proposed.
    pub(crate) head: Tree,
    /// What it is held against, for people.
    pub(crate) name: String,
    /// Files of the head that are the same in the base and were not read.
    pub(crate) unread: usize,
    /// Files of the change whose content the forge does not give: nobody knows what they bring.
    pub(crate) withheld: BTreeSet<String>,
}

/// A file's bytes, or why there are none.
type Content = Result<Arc<[u8]>, String>;

/// Contents by id, from wherever they were found.
struct Store {
    forge: Arc<dyn Forge>,
    local: Option<Arc<Repository>>,
    known: Mutex<HashMap<ObjectId, Content>>,
    /// Those that the forge does not give, or gives with another content.
    withheld: Mutex<BTreeSet<ObjectId>>,
}

impl Store {
    fn known(&self, id: &ObjectId) -> Option<Content> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn keep(&self, id: ObjectId, content: Content) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id, content);
    }

    fn is_local(&self, id: &ObjectId) -> bool {
        self.local.as_ref().is_some_and(|local| local.objects().has(id))
    }

    fn withhold(&self, id: ObjectId, why: &str) -> Content {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        Err(why.to_owned())
    }

    /// Asks the forge. What it has not, or not for us, is told of the file; where it does not answer, nothing is known of the
    /// change.
    fn fetch(&self, id: ObjectId) -> Result<(), Failure> {
        let content = match self.forge.blob(&id.to_string()) {
            Ok(bytes) if bytes.len() as u64 > MAX_FILE_BYTES => {
                Err(format!("larger than {} MiB", MAX_FILE_BYTES >> 20))
            }
            Ok(bytes) if is_named(&id, &bytes) => Ok(Arc::from(bytes)),
            Ok(_) => self.withhold(id, "given by the forge with another content than its id names"),
            Err(Failure::Missing { .. } | Failure::Invalid { .. } | Failure::Refused { .. }) => {
                self.withhold(id, "not given by the forge")
            }
            Err(failure) => return Err(failure),
        };
        self.keep(id, content);
        Ok(())
    }

    /// Asks for several at a time; the first failure ends it.
    fn fetch_all(&self, ids: Vec<ObjectId>) -> Result<(), Failure> {
        let queue = Mutex::new(ids.into_iter());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let failed: Mutex<Option<Failure>> = Mutex::default();
        let set = |failure| *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        let has_failed = || failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(id) = next().filter(|_| !has_failed()) {
                        if let Err(failure) = self.fetch(id) {
                            set(failure);
                        }
                    }
                });
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}

impl Blobs for Store {
    fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, String> {
        if let Some(known) = self.known(id) {
            return known.map(|bytes| bytes.to_vec());
        }
        // Whatever ran before in this clone may have written into it.
        if let Some(Ok(bytes)) = self.local.as_ref().map(|local| local.objects().blob(id))
            && is_named(id, &bytes)
        {
            return Ok(bytes);
        }
        // A unit asks for a file that nobody foresaw.
        self.fetch(*id).map_err(|failure| format!("not given by the forge ({failure})"))?;
        self.known(id).unwrap_or_else(|| Err("not given by the forge".to_owned())).map(|bytes| bytes.to_vec())
    }
}

/// Whether a content is the one of an id.
fn is_named(id: &ObjectId, bytes: &[u8]) -> bool {
    gix_object::compute_hash(gix_hash::Kind::Sha1, gix_object::Kind::Blob, bytes)
        .is_ok_and(|hash| hash == *id)
}

/// The files of a version.
struct Version {
    files: BTreeMap<PathBuf, ObjectId>,
    links: BTreeMap<PathBuf, ObjectId>,
    sizes: HashMap<ObjectId, u64>,
}

impl Version {
    fn of(listed: Vec<Listed>) -> Result<Self> {
        let mut version = Self { files: BTreeMap::new(), links: BTreeMap::new(), sizes: HashMap::new() };
        for entry in listed {
            let id = ObjectId::from_hex(entry.id.as_bytes()).map_err(|_| {
                anyhow!(
                    "the forge names a content `{}`, which is no id of git",
                    crate::report::text::plain(&entry.id)
                )
            })?;
            version.sizes.insert(id, entry.size.unwrap_or(UNSIZED));
            // No tree of git holds such a name, whatever a forge says.
            let is_name = |part: &str| !matches!(part, "" | "." | ".." | ".git") && !part.contains('\0');
            if !entry.path.split('/').all(is_name) {
                bail!(
                    "the forge names a file `{}`, which none can be called",
                    crate::report::text::plain(&entry.path)
                );
            }
            let path = PathBuf::from(entry.path);
            match entry.kind {
                Kind::File => version.files.insert(path, id),
                Kind::Link => version.links.insert(path, id),
            };
        }
        Ok(version)
    }
}

/// Reads both versions of a change. `root` stands for the tree's root and is an empty folder or a clone; of a clone only the
/// objects are used.
///
/// # Errors
/// The forge does not answer, or what it answers is no tree.
pub fn versions(
    runtime: &Runtime,
    forge: &Arc<dyn Forge>,
    request: &Request,
    patches: &[Patch],
    root: &Path,
) -> Result<Versions> {
    let base = Version::of(forge.listing(&request.merge_base)?)?;
    let head = Version::of(forge.listing(&request.head)?)?;
    let local = Repository::open(root, "review").ok().map(Arc::new);
    let store = Arc::new(Store {
        forge: Arc::clone(forge),
        local,
        known: Mutex::default(),
        withheld: Mutex::default(),
    });
    let wanted = wanted(runtime, &base, &head, patches)?;
    let mut ids: Vec<ObjectId> = base.links.values().chain(head.links.values()).copied().collect();
    let mut read: BTreeSet<&Path> = BTreeSet::new();
    let (mut calls, mut bytes) = (ids.len(), 0);
    for path in &wanted {
        let both: BTreeSet<ObjectId> =
            [&base, &head].iter().filter_map(|version| version.files.get(*path)).copied().collect();
        let missing: Vec<ObjectId> = both.into_iter().filter(|id| !store.is_local(id)).collect();
        let size: u64 =
            missing.iter().filter_map(|id| head.sizes.get(id).or_else(|| base.sizes.get(id))).sum();
        if !missing.is_empty() && (calls + missing.len() > MOST_READ || bytes + size > MOST_BYTES) {
            continue;
        }
        calls += missing.len();
        bytes += size;
        ids.extend(missing);
        read.insert(path);
    }
    let unread_changed = changed(&base, &head).find(|path| !read.contains(path));
    if let Some(path) = unread_changed {
        bail!(
            "the change is too large to be read through the forge ({} files or {} MiB; {} is left); run `hallpass check --base` in \
             a clone instead",
            MOST_READ,
            MOST_BYTES >> 20,
            crate::report::text::plain(&path.to_string_lossy())
        );
    }
    ids.sort();
    ids.dedup();
    store.fetch_all(ids.into_iter().filter(|id| !store.is_local(id)).collect())?;
    let withheld = withheld(&store, &base, &head);
    let unread = head.files.keys().filter(|path| !read.contains(path.as_path())).count();
    let read: BTreeSet<PathBuf> = read.into_iter().map(Path::to_path_buf).collect();
    let root = Root::at(root).context("the folder of the run cannot be read")?;
    let tree = |version: Version| {
        let blobs: Arc<dyn Blobs> = Arc::clone(&store) as Arc<dyn Blobs>;
        let kept = Kept::of(&root.path, blobs, version.files, &version.links);
        tree(&root, kept, &read)
    };
    let short: String = request.merge_base.chars().take(10).collect();
    let name = format!("{} (merge base {short})", request.branch);
    Ok(Versions { base: tree(base), head: tree(head), name, unread, withheld })
}

/// Patches of a forge that shows no diffs, from both versions: three lines around each change, as everywhere.
#[must_use]
pub fn shown(versions: &Versions, patches: Vec<Patch>) -> Vec<Patch> {
    let text = |tree: &Tree, path: &str| match tree.files.kept.as_ref()?.read(Path::new(path)) {
        Read::Text(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    };
    let diff = |patch: &Patch| {
        let was = patch.was.as_deref().unwrap_or(&patch.path);
        let (old, new) = (text(&versions.base, was).unwrap_or_default(), text(&versions.head, &patch.path)?);
        // Forges know one end of a line. What takes too long to compare well is compared worse.
        let mut compared = TextDiff::configure();
        let diff =
            compared.timeout(COMPARED).newline_terminated(true).diff_slices(&lines(&old), &lines(&new));
        Some(diff.unified_diff().context_radius(AROUND).to_string())
    };
    patches.into_iter().map(|patch| Patch { diff: diff(&patch), ..patch }).collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The files of a version that are checked. What is not read stays there for units that ask for it.
fn tree(root: &Root, kept: Kept, read: &BTreeSet<PathBuf>) -> Tree {
    let linked: BTreeSet<PathBuf> =
        kept.paths().filter(|path| !read.contains(*path)).map(Path::to_path_buf).collect();
    let scope = Scope { starts: vec![PathBuf::new()], whole: true };
    let files = Files { root: Some(root.clone()), ..Files::of_buffers(BTreeMap::new()) };
    let outer = Tree { root: root.clone(), files, scope, entries: Vec::new(), unlisted: Vec::new() };
    let mut tree = outer.of_kept(kept);
    if !linked.is_empty() {
        let left: BTreeSet<PathBuf> = linked.into_iter().map(|path| root.path.join(path)).collect();
        tree.entries.retain(|entry| !left.contains(&entry.disk));
        tree.scope.whole = false;
    }
    tree
}

/// Files and links of the change that the forge does not give.
fn withheld(store: &Store, base: &Version, head: &Version) -> BTreeSet<String> {
    let lacking = store.withheld.lock().unwrap_or_else(PoisonError::into_inner);
    let of = |base: &BTreeMap<PathBuf, ObjectId>, head: &BTreeMap<PathBuf, ObjectId>| {
        let is = |(path, id): &(&PathBuf, &ObjectId)| base.get(*path) != Some(*id) && lacking.contains(*id);
        head.iter().filter(is).map(|(path, _)| crate::source::slashes(path)).collect::<Vec<_>>()
    };
    of(&base.files, &head.files).into_iter().chain(of(&base.links, &head.links)).collect()
}

fn changed<'v>(base: &'v Version, head: &'v Version) -> impl Iterator<Item = &'v Path> {
    let differs = |path: &&PathBuf| base.files.get(*path) != head.files.get(*path);
    let gone = base.files.keys().filter(|path| !head.files.contains_key(*path));
    head.files.keys().filter(differs).chain(gone).map(PathBuf::as_path)
}

/// Every file of both versions, in the order in which they matter: what the change touches, what its path makes a pipeline,
/// infrastructure or policy, and the rest.
fn wanted<'v>(
    runtime: &Runtime,
    base: &'v Version,
    head: &'v Version,
    patches: &[Patch],
) -> Result<Vec<&'v Path>> {
    let touched: BTreeSet<&Path> = patches.iter().map(|patch| Path::new(patch.path.as_str())).collect();
    let changed: BTreeSet<&Path> = changed(base, head).collect();
    let all: BTreeSet<&Path> = head.files.keys().chain(base.files.keys()).map(PathBuf::as_path).collect();
    let pool = runtime.pool(plain_settings(NO_DATE)).map_err(crate::scan::explain_refusal)?;
    let mut ranked = Vec::with_capacity(all.len());
    for path in all {
        let rank = match changed.contains(path) || touched.contains(path) {
            true => 0,
            false => {
                let told = asked(&pool, |worker| worker.recognise(&crate::source::slashes(path)))?;
                if told.must_check || told.grouped { 1 } else { 2 }
            }
        };
        ranked.push((rank, path));
    }
    ranked.sort();
    Ok(ranked.into_iter().map(|(_, path)| path).collect())
}
