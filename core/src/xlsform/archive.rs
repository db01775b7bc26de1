//! The container of a workbook: a look into the bytes before any reader meets them.
//!
//! Owns what kind of file it is and how much it inflates to. A few hundred bytes can
//! inflate to gigabytes; what is promised in the headers is not believed, but counted.

use std::io::Read;

use flate2::bufread::DeflateDecoder;

/// Most bytes of a workbook file.
pub(super) const MAX_FILE_BYTES: usize = 20 * 1024 * 1024;
const MAX_ENTRIES: usize = 200;
const MAX_INFLATED_BYTES: u64 = 50 * 1024 * 1024;
/// How many times its size a part may inflate to. Sheets of XML reach 20 to 60.
const MAX_RATIO: u64 = 100;
/// Small parts may inflate to more than the ratio.
const FREE_BYTES: u64 = 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Xlsx,
    Xls,
    Ods,
}

/// Why a file is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Empty,
    TooLarge,
    NotAWorkbook(&'static str),
    Damaged,
    TooManyParts,
    InflatesTooMuch,
}

/// Tells what the file is, and refuses what must not be opened.
pub(super) fn inspect(bytes: &[u8]) -> Result<FileKind, Refusal> {
    match bytes {
        [] => Err(Refusal::Empty),
        _ if bytes.len() > MAX_FILE_BYTES => Err(Refusal::TooLarge),
        [b'P', b'K', 3 | 5 | 7, ..] => inspect_zip(bytes),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Ok(FileKind::Xls),
        [b'%', b'P', b'D', b'F', ..] => Err(Refusal::NotAWorkbook("PDF")),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', ..] => {
            Err(Refusal::NotAWorkbook("image"))
        }
        _ => Err(Refusal::NotAWorkbook("")),
    }
}

/// A part of a zip file, as its directory describes it.
struct Part<'a> {
    name: &'a [u8],
    method: u16,
    packed: usize,
    header: usize,
}

fn inspect_zip(bytes: &[u8]) -> Result<FileKind, Refusal> {
    let parts = parts(bytes).ok_or(Refusal::Damaged)?;
    if parts.len() > MAX_ENTRIES {
        return Err(Refusal::TooManyParts);
    }
    let mut total = 0;
    for part in &parts {
        total += inflated_bytes(bytes, part, MAX_INFLATED_BYTES.saturating_sub(total))?;
    }
    let has = |name: &str| parts.iter().any(|part| part.name == name.as_bytes());
    if has("xl/workbook.xml") || has("xl/workbook.bin") {
        return if has("xl/workbook.xml") { Ok(FileKind::Xlsx) } else { Err(Refusal::NotAWorkbook("xlsb")) };
    }
    match () {
        () if has("word/document.xml") => Err(Refusal::NotAWorkbook("Word")),
        () if has("ppt/presentation.xml") => Err(Refusal::NotAWorkbook("PowerPoint")),
        () if has("content.xml") && has("mimetype") => Ok(FileKind::Ods),
        () => Err(Refusal::NotAWorkbook("zip")),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk::<2>().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let chunk = bytes.get(at..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*chunk)).ok()
}

/// Reads the central directory (PKWARE APPNOTE 4.3.12); `None` when it is damaged.
fn parts(bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    const END: &[u8] = b"PK\x05\x06";
    const END_BYTES: usize = 22;
    let tail = bytes.len().checked_sub(END_BYTES)?;
    let lowest = tail.saturating_sub(usize::from(u16::MAX));
    let end = (lowest..=tail).rev().find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(END)))?;
    let count = usize::from(u16_at(bytes, end + 10)?);
    let mut at = u32_at(bytes, end + 16)?;
    let mut parts = Vec::new();
    for _ in 0..count {
        if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
            return None;
        }
        let name_bytes = usize::from(u16_at(bytes, at + 28)?);
        let rest = usize::from(u16_at(bytes, at + 30)?) + usize::from(u16_at(bytes, at + 32)?);
        parts.push(Part {
            name: bytes.get(at + 46..at + 46 + name_bytes)?,
            method: u16_at(bytes, at + 10)?,
            packed: u32_at(bytes, at + 20)?,
            header: u32_at(bytes, at + 42)?,
        });
        at += 46 + name_bytes + rest;
    }
    Some(parts)
}

/// Inflates a part without keeping it, and counts.
fn inflated_bytes(bytes: &[u8], part: &Part<'_>, allowed: u64) -> Result<u64, Refusal> {
    let data = || {
        let names =
            usize::from(u16_at(bytes, part.header + 26)?) + usize::from(u16_at(bytes, part.header + 28)?);
        let start = part.header + 30 + names;
        bytes.get(start..start.checked_add(part.packed)?)
    };
    let data = data().ok_or(Refusal::Damaged)?;
    let packed = u64::try_from(data.len()).unwrap_or(u64::MAX);
    let limit = allowed.min((packed.saturating_mul(MAX_RATIO)).max(FREE_BYTES));
    let count = match part.method {
        0 => packed,
        8 => {
            let mut reader = DeflateDecoder::new(data).take(limit + 1);
            std::io::copy(&mut reader, &mut std::io::sink()).map_err(|_| Refusal::Damaged)?
        }
        _ => return Err(Refusal::Damaged),
    };
    if count > limit { Err(Refusal::InflatesTooMuch) } else { Ok(count) }
}
