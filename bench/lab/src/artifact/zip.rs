//! Lambda zips: the same bytes from the same executable, on any day and in any folder.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use anyhow::Context;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Deflate's best: the zip is built once and fetched at each cold start.
const LEVEL: i64 = 9;

/// Packs an executable as `bootstrap`, which AWS's `provided` runtimes start.
pub(super) fn bootstrap(executable: &Path, zip: &Path) -> anyhow::Result<()> {
    let folder = zip.parent().context("a zip is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    let content = fs::read(executable).with_context(|| format!("can't read {}", executable.display()))?;
    let temporary = zip.with_extension("zip.new");
    File::create(&temporary)
        .map_err(anyhow::Error::from)
        .and_then(|file| pack(&content, BufWriter::new(file)))
        .with_context(|| format!("can't write {}", temporary.display()))?;
    fs::rename(&temporary, zip).with_context(|| format!("can't write {}", zip.display()))
}

fn pack(bootstrap: &[u8], to: impl Write + Seek) -> anyhow::Result<()> {
    let mut zip = ZipWriter::new(to);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        // 1980-01-01, the earliest that a zip can say.
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options)?;
    zip.write_all(bootstrap)?;
    zip.finish()?.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn packed(bootstrap: &[u8]) -> Vec<u8> {
        let mut buffer = Cursor::new(Vec::new());
        pack(bootstrap, &mut buffer).expect("packed");
        buffer.into_inner()
    }

    #[test]
    fn a_zip_holds_one_executable_named_bootstrap() {
        let mut zip = zip::ZipArchive::new(Cursor::new(packed(b"content"))).expect("a zip");
        assert_eq!(zip.len(), 1);
        let mut file = zip.by_name("bootstrap").expect("bootstrap");
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let mut content = String::new();
        file.read_to_string(&mut content).expect("readable");
        assert_eq!(content, "content");
    }

    #[test]
    fn the_same_executable_gives_the_same_bytes() {
        assert_eq!(packed(b"content"), packed(b"content"));
    }
}
