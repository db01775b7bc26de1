use std::{
    fs,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
};

use super::*;

tsumugi_core::storage_contract!(SqliteStorage::in_memory().expect("a storage in memory"));

fn filled(path: &Path, rows: u32) {
    let (mut storage, opened) = SqliteStorage::open(path).expect("a new file");
    assert_eq!(opened, Opened::Sound);
    for number in 0..rows {
        let mut batch = Batch::default();
        batch.put(number.to_be_bytes(), vec![7; 600]);
        storage.commit(batch).expect("a commit");
    }
}

#[test]
fn a_file_is_read_by_the_next_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tablet.db");
    filled(&path, 3);
    let (storage, opened) = SqliteStorage::open(&path).expect("the file again");
    assert_eq!(opened, Opened::Sound);
    assert_eq!(storage.scan(b"").expect("rows").len(), 3);
}

#[test]
fn a_flipped_byte_is_found_and_the_other_rows_are_salvaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tablet.db");
    filled(&path, 200);
    let mut file = fs::File::options().read(true).write(true).open(&path).expect("the file");
    let length = file.metadata().expect("its length").len();
    // A byte of a value in the last page: SQLite itself does not notice.
    file.seek(SeekFrom::Start(length - 700)).expect("a seek");
    let mut byte = [0];
    file.read_exact(&mut byte).expect("a byte");
    file.seek(SeekFrom::Start(length - 700)).expect("a seek");
    file.write_all(&[byte[0] ^ 0x40]).expect("the flip");
    drop(file);

    let (storage, opened) = SqliteStorage::open(&path).expect("a usable storage");
    let Opened::Salvaged { aside, rows, lost } = opened else { panic!("the damage was not found") };
    assert!(aside.exists(), "the damaged file is kept");
    assert_eq!((rows, lost), (199, 1));
    assert_eq!(storage.scan(b"").expect("rows").len(), 199);
}

#[test]
fn a_row_whose_key_became_a_number_is_damage_and_the_other_rows_are_salvaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tablet.db");
    filled(&path, 20);
    let other = Connection::open(&path).expect("the file");
    other.execute("UPDATE entries SET key = 7 WHERE key = ?1", [7_u32.to_be_bytes()]).expect("the damage");
    drop(other);

    let (storage, opened) = SqliteStorage::open(&path).expect("a usable storage");
    assert!(matches!(opened, Opened::Salvaged { rows: 19, lost: 1, .. }), "{opened:?}");
    assert_eq!(storage.scan(b"").expect("rows").len(), 19);
}

#[test]
fn a_damaged_page_costs_what_hangs_on_it_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tablet.db");
    filled(&path, 400);
    let mut bytes = fs::read(&path).expect("the file");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&path, bytes).expect("the damage");

    let (storage, opened) = SqliteStorage::open(&path).expect("a usable storage");
    assert!(matches!(opened, Opened::Salvaged { .. }), "the damage was not found");
    let rows = storage.scan(b"").expect("rows").len();
    // Six rows of this size fill a page, and an inner page leads to seven leaves.
    assert!(rows >= 350, "{rows} of 400 rows were salvaged");
}

#[test]
fn another_programs_file_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).expect("a file");
    other.execute_batch("PRAGMA application_id = 5; CREATE TABLE theirs (a);").expect("a table");
    drop(other);
    let before = fs::read(&path).expect("the file");
    assert!(matches!(SqliteStorage::open(&path), Err(StorageError::Damaged { .. })));
    assert_eq!(
        Connection::open(&path)
            .expect("again")
            .query_row("SELECT count(*) FROM theirs", [], |row| row.get::<_, i64>(0)),
        Ok(0)
    );
    assert!(!before.is_empty());
}

#[test]
fn a_full_disk_says_so_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tablet.db");
    let (mut storage, _) = SqliteStorage::open(&path).expect("a new file");
    let mut batch = Batch::default();
    batch.put(*b"before", *b"kept");
    storage.commit(batch).expect("a commit");
    storage.connection.pragma_update(None, "max_page_count", 8).expect("a limit");
    let mut batch = Batch::default();
    batch.put(*b"large", vec![1; 200_000]);
    assert!(matches!(storage.commit(batch), Err(StorageError::Full)));
    assert_eq!(storage.get(b"before").expect("a read").as_deref(), Some(&b"kept"[..]));
    assert_eq!(storage.get(b"large").expect("a read"), None);
    storage.connection.pragma_update(None, "max_page_count", 100_000).expect("space again");
    let mut batch = Batch::default();
    batch.put(*b"large", vec![1; 200_000]);
    storage.commit(batch).expect("it works again");
}

/// A cut at each moment of a salvage: the next start ends it, and no row and no file is lost.
#[test]
fn a_salvage_that_was_cut_short_is_ended_by_the_next_start() {
    for cut in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tablet.db");
        filled(&path, 200);
        let mut bytes = fs::read(&path).expect("the file");
        let place = bytes.len() - 700;
        bytes[place] ^= 0x40;
        fs::write(&path, &bytes).expect("the damage");
        let aside = folder.path().join("tablet.db.damaged-1");
        // What a cut leaves: nothing of the rescue; half of it; all of it; the damaged file aside
        // with its log still there; its log aside too.
        let rescue = aside::rescue_of(&path);
        if cut == 1 {
            fs::write(&rescue, b"half of a rescue").expect("a file");
        }
        if cut >= 2 {
            let sound = {
                let connection = Connection::open(&path).expect("the file");
                rows(&connection).expect("rows")
            };
            let mut storage = SqliteStorage::open_new(&rescue).expect("a rescue");
            let mut batch = Batch::default();
            sound.into_iter().filter_map(Row::into_entry).for_each(|(key, value)| batch.put(key, value));
            storage.commit(batch).expect("a commit");
        }
        if cut >= 3 {
            fs::rename(&path, &aside).expect("the name");
            let log = if cut == 3 { "tablet.db-wal" } else { "tablet.db.damaged-1-wal" };
            fs::write(folder.path().join(log), b"a log of the damaged file").expect("a log");
        }
        let (storage, opened) = SqliteStorage::open(&path).expect("a usable storage");
        let Opened::Salvaged { aside: kept, rows, lost } = opened else { panic!("{cut}: it was not told") };
        assert_eq!((rows, lost), (199, 1), "cut {cut}");
        assert_eq!(storage.scan(b"").expect("rows").len(), 199, "cut {cut}");
        assert_eq!(fs::read(kept).expect("the damaged file"), bytes, "cut {cut}: kept byte for byte");
        assert!(!rescue.exists(), "cut {cut}");
        drop(storage);
        assert_eq!(SqliteStorage::open(&path).expect("again").1, Opened::Sound, "cut {cut}");
    }
}
