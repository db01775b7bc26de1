//! The bytes of a backup: a tar archive, as it is or inside of age.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};

use age::{Decryptor, Encryptor, Recipient};
use sha2::{Digest, Sha256};

use super::{
    BackupError, Keys, Manifest,
    manifest::{DATABASE, FileSum, LAYOUT, MANIFEST, MANIFEST_SUM, SETTINGS},
};

/// The first bytes of every file of age.
const AGE: &[u8] = b"age-encryption.org/";
const MOST_MANIFEST_BYTES: u64 = 1024 * 1024;

/// Length and hash of a file.
pub(super) fn sum_of(file: &Path) -> Result<FileSum, BackupError> {
    let failed = BackupError::file(file);
    let mut hash = Sha256::new();
    let copied = File::open(file).and_then(|mut source| io::copy(&mut source, &mut HashWriter(&mut hash)));
    Ok(FileSum { bytes: copied.map_err(failed)?, sha256: hex::encode(hash.finalize()) })
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens a new file that only this account may read.
pub(super) fn create(file: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create_new(true).write(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// Writes an archive of `files`, durable when it returns.
pub(super) fn write(
    to: &Path,
    manifest: &Manifest,
    files: &BTreeMap<String, PathBuf>,
    recipients: &[Box<dyn Recipient + Send>],
) -> Result<(), BackupError> {
    let failed = |source| BackupError::File { file: to.to_owned(), source };
    let out = BufWriter::with_capacity(1 << 20, create(to).map_err(failed)?);
    let out = if recipients.is_empty() {
        pack(out, manifest, files).map_err(failed)?
    } else {
        let all = recipients.iter().map(|recipient| &**recipient as &dyn Recipient);
        let locked = Encryptor::with_recipients(all).map_err(|error| failed(io::Error::other(error)))?;
        let inside = locked.wrap_output(out).map_err(failed)?;
        pack(inside, manifest, files).and_then(age::stream::StreamWriter::finish).map_err(failed)?
    };
    let out = out.into_inner().map_err(|error| failed(error.into_error()))?;
    out.sync_all().map_err(failed)
}

fn pack<W: Write>(out: W, manifest: &Manifest, files: &BTreeMap<String, PathBuf>) -> io::Result<W> {
    let mut archive = tar::Builder::new(out);
    let text = serde_json::to_vec_pretty(manifest)?;
    append(&mut archive, MANIFEST, &text)?;
    for (name, path) in files {
        archive.append_path_with_name(path, name)?;
    }
    append(&mut archive, MANIFEST_SUM, hex::encode(Sha256::digest(&text)).as_bytes())?;
    archive.into_inner()
}

fn append<W: Write>(archive: &mut tar::Builder<W>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut head = tar::Header::new_gnu();
    head.set_size(bytes.len() as u64);
    head.set_mode(0o600);
    head.set_cksum();
    archive.append_data(&mut head, name, bytes)
}

/// Unpacks an archive into an empty folder and compares every byte with the manifest.
pub(super) fn unpack(file: &Path, keys: &Keys, into: &Path) -> Result<Manifest, BackupError> {
    let failed = |source| BackupError::File { file: file.to_owned(), source };
    let mut source = BufReader::with_capacity(1 << 20, File::open(file).map_err(failed)?);
    let mut first = [0; AGE.len()];
    let locked = source.read_exact(&mut first).is_ok() && first == *AGE;
    source.rewind().map_err(failed)?;
    if !locked {
        return unpack_tar(file, source, into);
    }
    let refused = |reason: String| BackupError::Locked { file: file.to_owned(), reason };
    let opened = Decryptor::new_buffered(source).map_err(|error| refused(error.to_string()))?;
    let inside = opened.decrypt(keys.identities()).map_err(|error| refused(error.to_string()))?;
    unpack_tar(file, inside, into)
}

fn unpack_tar(file: &Path, source: impl Read, into: &Path) -> Result<Manifest, BackupError> {
    let unsound = |reason: String| BackupError::Unsound { file: file.to_owned(), reason };
    let cut = |error: io::Error| unsound(error.to_string());
    let mut archive = tar::Archive::new(source);
    let mut entries = archive.entries().map_err(cut)?;
    let first = entries.next().ok_or_else(|| unsound("it is empty".to_owned()))?.map_err(cut)?;
    if first.path().map_err(cut)?.as_os_str() != MANIFEST {
        return Err(unsound(format!("it does not begin with `{MANIFEST}`")));
    }
    let mut text = Vec::new();
    first.take(MOST_MANIFEST_BYTES).read_to_end(&mut text).map_err(cut)?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| unsound(error.to_string()))?;
    if manifest.layout > LAYOUT {
        return Err(unsound(format!("it was written by a later version ({})", manifest.program)));
    }
    let mut missing = manifest.files.clone();
    let mut stated = String::new();
    for entry in entries {
        let entry = entry.map_err(cut)?;
        let name = entry.path().map_err(cut)?.to_string_lossy().into_owned();
        if name == MANIFEST_SUM {
            entry.take(64).read_to_string(&mut stated).map_err(cut)?;
            continue;
        }
        // Only names of ours: a foreign archive writes nowhere else.
        if name != DATABASE && !SETTINGS.contains(&name.as_str()) {
            return Err(unsound(format!("it holds a file `{name}` that no backup has")));
        }
        let sum = missing.remove(&name).ok_or_else(|| unsound(format!("`{name}` is not in its manifest")))?;
        copy(entry, &into.join(&name), &sum).map_err(|reason| unsound(format!("`{name}`: {reason}")))?;
    }
    match missing.keys().next() {
        Some(name) => Err(unsound(format!("`{name}` is missing"))),
        None if stated != hex::encode(Sha256::digest(&text)) => {
            Err(unsound(format!("`{MANIFEST}` has changed since it was written")))
        }
        None => Ok(manifest),
    }
}

fn copy(entry: impl Read, to: &Path, sum: &FileSum) -> Result<(), String> {
    let words = |error: io::Error| error.to_string();
    let mut out = create(to).map_err(words)?;
    let mut hash = Sha256::new();
    let mut source = entry.take(sum.bytes.saturating_add(1));
    let mut piece = vec![0; 1 << 20];
    loop {
        let length = source.read(&mut piece).map_err(words)?;
        let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
        out.write_all(read).map_err(words)?;
    }
    out.sync_all().map_err(words)?;
    let found = hex::encode(hash.finalize());
    if found == sum.sha256 { Ok(()) } else { Err("its bytes have changed since it was written".to_owned()) }
}

/// Makes the names in a folder durable; a system that cannot do that has no need to.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(opened) = File::open(folder) {
        let _ = opened.sync_all();
    }
}

/// An empty folder that goes away with its contents when dropped.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn make(beside: &Path) -> Result<Self, BackupError> {
        let name = format!(".tsumugi-{}", hex::encode(crate::keyring::make_bytes::<8>()));
        let folder = beside.join(name);
        fs::create_dir_all(beside)
            .and_then(|()| fs::create_dir(&folder))
            .map_err(BackupError::file(&folder))?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is seen by its name.
        let _ = fs::remove_dir_all(&self.0);
    }
}
