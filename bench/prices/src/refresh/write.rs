//! Writes a file whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// As Git checks files out.
const MODE: u32 = 0o644;

/// Puts a file in its place in one step: a reader sees the old one or the new one, and so does the next start after a
/// power loss.
///
/// # Errors
/// When it can't be written; what was there before is then still there.
pub(super) fn whole(path: &Path, content: &str) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut file =
        tempfile::Builder::new().prefix(".refresh-").permissions(Permissions::from_mode(MODE)).tempfile_in(folder)?;
    file.write_all(content.as_bytes()).and_then(|()| file.as_file().sync_all())?;
    file.persist(path)?;
    Ok(())
}
