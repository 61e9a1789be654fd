//! A folder with an odd name, that is the root of its own tree.

use std::path::Path;

use crate::editor::address::of_file;

/// A workflow with one fault, behind characters that each encoding counts otherwise.
pub(super) const WORKFLOW: &str = "on: push\npermissions: write-all\njobs:\n  a:\n    name: é😀\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n";
/// The same without it.
pub(super) const CLEAN: &str = "on: push\npermissions: {}\njobs:\n  a:\n    name: é😀\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n";
/// Where workflows stand.
pub(super) const PATH: &str = ".github/workflows/ci.yml";

/// The folder; it is gone at the end.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("a b#é").tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        let folder = Self(folder);
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let full = self.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, text).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The address of a file.
    pub(super) fn uri(&self, path: &str) -> String {
        of_file(&self.path().join(path))
    }
}
