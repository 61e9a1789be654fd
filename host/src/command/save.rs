//! How files of the user are written: by way of a new file beside, so that a crash leaves the old or the new one whole.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

/// What a new file may be done with, before the process's own mask.
#[cfg(unix)]
const MODE: u32 = 0o644;

/// Replaces a file's content, or makes the file. Its permissions stay.
///
/// # Errors
/// It cannot be written; what was there is untouched.
pub(super) fn replace(path: &Path, shown: &str, bytes: &[u8]) -> Result<()> {
    let failed = || format!("cannot write {shown}");
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A name that nobody can have put there before.
    let mut file = tempfile::Builder::new().prefix(".hallpass-").tempfile_in(folder).with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    if let Ok(meta) = std::fs::metadata(path) {
        file.as_file().set_permissions(meta.permissions()).with_context(failed)?;
    } else {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.as_file().set_permissions(std::fs::Permissions::from_mode(MODE)).with_context(failed)?;
        }
    }
    file.persist(path).map_err(|error| error.error).with_context(failed)?;
    Ok(())
}
