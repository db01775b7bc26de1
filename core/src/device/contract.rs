//! The contract of [`Storage`](super::Storage): one suite for whoever implements it.
//!
//! `storage_contract!(expression that makes an empty storage)` stamps the tests into the
//! module where it stands (feature `contract`).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Batch, Entry, Storage, Write};

/// Stamps the tests of [`Storage`](crate::device::Storage) on the storages that the expression makes.
#[macro_export]
macro_rules! storage_contract {
    ($make:expr) => {
        $crate::storage_contract! { @each $make;
            what_is_put_is_read_and_what_is_deleted_is_gone,
            a_later_write_of_a_batch_wins,
            a_scan_gives_its_prefix_in_key_order,
            keys_and_values_may_be_any_bytes,
            an_empty_batch_changes_nothing,
            a_storage_does_what_a_map_does,
        }
    };
    (@each $make:expr; $($test:ident,)*) => {
        $(
            #[test]
            fn $test() {
                $crate::device::contract::$test(&mut $make);
            }
        )*
    };
}

fn commit(storage: &mut impl Storage, writes: &[(&[u8], Option<&[u8]>)]) {
    let mut batch = Batch::default();
    for (key, value) in writes {
        match value {
            Some(value) => batch.put(*key, *value),
            None => batch.delete(*key),
        }
    }
    storage.commit(batch).expect("the batch is committed");
}

fn get(storage: &impl Storage, key: &[u8]) -> Option<Vec<u8>> {
    storage.get(key).expect("the key is read")
}

fn scan(storage: &impl Storage, prefix: &[u8]) -> Vec<Entry> {
    storage.scan(prefix).expect("the prefix is read")
}

/// Puts, overwrites and deletes.
pub fn what_is_put_is_read_and_what_is_deleted_is_gone(storage: &mut impl Storage) {
    assert_eq!(get(storage, b"a"), None);
    commit(storage, &[(b"a", Some(b"1")), (b"b", Some(b"2"))]);
    assert_eq!(get(storage, b"a").as_deref(), Some(&b"1"[..]));
    commit(storage, &[(b"a", Some(b"3")), (b"b", None), (b"missing", None)]);
    assert_eq!(get(storage, b"a").as_deref(), Some(&b"3"[..]));
    assert_eq!(get(storage, b"b"), None);
}

/// Writes of one batch happen in order.
pub fn a_later_write_of_a_batch_wins(storage: &mut impl Storage) {
    commit(storage, &[(b"a", Some(b"1")), (b"a", Some(b"2")), (b"b", Some(b"1")), (b"b", None)]);
    assert_eq!(get(storage, b"a").as_deref(), Some(&b"2"[..]));
    assert_eq!(get(storage, b"b"), None);
    commit(storage, &[(b"a", None), (b"a", Some(b"3"))]);
    assert_eq!(get(storage, b"a").as_deref(), Some(&b"3"[..]));
}

/// Prefixes end where their last byte does, `0xff` among them.
pub fn a_scan_gives_its_prefix_in_key_order(storage: &mut impl Storage) {
    let keys: [&[u8]; 6] = [b"p", b"p\xff\xff", b"p\x00", b"q", b"o\xff", b"p\xff"];
    for key in keys {
        commit(storage, &[(key, Some(key))]);
    }
    let found: Vec<Vec<u8>> = scan(storage, b"p").into_iter().map(|(key, _)| key).collect();
    assert_eq!(found, [b"p".to_vec(), b"p\x00".to_vec(), b"p\xff".to_vec(), b"p\xff\xff".to_vec()]);
    assert_eq!(scan(storage, b"p\xff").len(), 2);
    assert_eq!(scan(storage, b"").len(), 6);
    assert_eq!(scan(storage, b"r"), []);
}

/// No byte is special, an empty value is a value, a mebibyte fits.
pub fn keys_and_values_may_be_any_bytes(storage: &mut impl Storage) {
    let every: Vec<u8> = (0..=255).collect();
    let large = vec![0x5a; 1 << 20];
    commit(storage, &[(&every, Some(&every)), (b"empty", Some(b"")), (b"large", Some(&large))]);
    assert_eq!(get(storage, &every), Some(every));
    assert_eq!(get(storage, b"empty"), Some(Vec::new()));
    assert_eq!(get(storage, b"large"), Some(large));
}

/// A batch without writes is no error.
pub fn an_empty_batch_changes_nothing(storage: &mut impl Storage) {
    commit(storage, &[(b"a", Some(b"1"))]);
    commit(storage, &[]);
    assert_eq!(scan(storage, b""), [(b"a".to_vec(), b"1".to_vec())]);
}

/// A thousand scattered writes lead to what a map holds.
pub fn a_storage_does_what_a_map_does(storage: &mut impl Storage) {
    let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for step in 0..100_u8 {
        let mut batch = Batch::default();
        for write in 0..10_u8 {
            let scattered: [u8; 32] = Sha256::digest([step, write]).into();
            let [kind, first, second, value, ..] = scattered;
            let key = vec![first % 8, second % 8];
            match kind % 3 {
                0 => batch.delete(key),
                _ => batch.put(key, vec![value; usize::from(value % 5)]),
            }
        }
        for write in batch.writes.clone() {
            match write {
                Write::Put { key, value } => drop(model.insert(key, value)),
                Write::Delete { key } => drop(model.remove(&key)),
            }
        }
        storage.commit(batch).expect("the batch is committed");
    }
    let expected: Vec<Entry> = model.clone().into_iter().collect();
    assert_eq!(scan(storage, b""), expected);
    for (key, value) in model {
        assert_eq!(get(storage, &key), Some(value));
    }
}
