//! What the shim recorded: every change of the files below a folder, in order with what was
//! acknowledged.

use std::{fs::File, io, io::Write as _, path::Path};

/// One event. Names are below the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file was made.
    Created(String),
    /// Bytes were written.
    Written {
        /// File.
        name: String,
        /// Place in it.
        offset: usize,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A file was cut, or grew, to this length.
    Cut {
        /// File.
        name: String,
        /// Its length from now on.
        length: usize,
    },
    /// A file's bytes are durable.
    Synced(String),
    /// The folder's names are durable.
    FolderSynced,
    /// A name was removed.
    Unlinked(String),
    /// A name was changed.
    Renamed {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// Written to standard output, or noted by a client.
    Said(Vec<u8>),
    /// Something was sent to a socket.
    Sent,
}

/// Reads a trace. What a kill left half-written at its end is no event.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub fn read(file: &Path) -> io::Result<Vec<Event>> {
    let bytes = std::fs::read(file)?;
    let mut rest = bytes.as_slice();
    let mut events = Vec::new();
    while let Some((event, after)) = one(rest)? {
        events.push(event);
        rest = after;
    }
    Ok(events)
}

fn one(bytes: &[u8]) -> io::Result<Option<(Event, &[u8])>> {
    let Some((head, rest)) = bytes.split_at_checked(17) else { return Ok(None) };
    let number = |from: usize, to: usize| {
        let field = head.get(from..to).unwrap_or_default();
        field.iter().rev().fold(0_usize, |number, byte| (number << 8) | usize::from(*byte))
    };
    let (name_length, length, offset) = (number(1, 5), number(5, 9), number(9, 17));
    let Some((name, rest)) = rest.split_at_checked(name_length) else { return Ok(None) };
    let Some((data, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    let name = String::from_utf8_lossy(name).into_owned();
    let event = match head.first() {
        Some(b'C') => Event::Created(name),
        Some(b'W') => Event::Written { name, offset, bytes: data.to_vec() },
        Some(b'T') => Event::Cut { name, length: offset },
        Some(b'S') => Event::Synced(name),
        Some(b'D') => Event::FolderSynced,
        Some(b'U') => Event::Unlinked(name),
        Some(b'R') => Event::Renamed { from: name, to: String::from_utf8_lossy(data).into_owned() },
        Some(b'A') => Event::Said(data.to_vec()),
        Some(b'M') => Event::Sent,
        other => return Err(io::Error::other(format!("a trace has no event {other:?}"))),
    };
    Ok(Some((event, rest)))
}

/// Notes words of a client among what its server does.
///
/// # Errors
/// When the trace cannot be written.
pub fn say(file: &Path, words: &str) -> io::Result<()> {
    let length = u32::try_from(words.len()).map_err(io::Error::other)?;
    let mut event = vec![b'A', 0, 0, 0, 0];
    event.extend_from_slice(&length.to_le_bytes());
    event.extend_from_slice(&[0; 8]);
    event.extend_from_slice(words.as_bytes());
    File::options().append(true).open(file)?.write_all(&event)
}
