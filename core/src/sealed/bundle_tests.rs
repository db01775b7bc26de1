use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::SeedableRng as _;

use super::*;
use crate::sealed::{Errand, SealKey};

fn parcels(count: u64) -> (SealKey, Vec<Parcel>) {
    let mut rng = ChaCha20Rng::seed_from_u64(31);
    let server = SealKey::make(&mut rng);
    let parcels = (0..count)
        .map(|number| {
            let errand = Errand::Records { deposit: number.to_be_bytes().to_vec() };
            Parcel::seal(&server.public(), &errand, &mut rng).expect("it fits").0
        })
        .collect();
    (server, parcels)
}

fn reply() -> BundleReply {
    let notice = |byte, fate| Notice { parcel: ParcelId::from_bytes([byte; 32]), fate };
    BundleReply::of([
        notice(3, Fate::Unreadable),
        notice(1, Fate::Carried),
        notice(2, Fate::Answered(b"sealed".to_vec())),
    ])
}

/// Replaces the hash at the end, as somebody who changes a file on purpose would.
fn rehashed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - HASH_BYTES);
    let hash: [u8; HASH_BYTES] = Sha256::digest(&bytes).into();
    [bytes, hash.to_vec()].concat()
}

#[test]
fn a_bundle_reads_what_it_wrote_and_its_order_tells_nothing() {
    let (_, parcels) = parcels(5);
    let bundle = Bundle::of(parcels.clone());
    let bytes = bundle.encode().expect("a small bundle");
    assert_eq!(Bundle::decode(&bytes), Ok(bundle));
    let turned = Bundle::of(parcels.iter().rev().chain(&parcels).cloned());
    assert_eq!(turned.encode(), Ok(bytes), "other orders and repeats are the same file");
    let empty = Bundle::default().encode().expect("an empty bundle");
    assert_eq!(Bundle::decode(&empty), Ok(Bundle::default()));
}

#[test]
fn a_reply_reads_what_it_wrote_and_is_not_taken_for_a_bundle() {
    let bytes = reply().encode().expect("a small reply");
    assert_eq!(BundleReply::decode(&bytes), Ok(reply()));
    assert_eq!(Bundle::decode(&bytes), Err(BundleError::IsReply));
    assert!(is_reply(&bytes));
    let bundle = Bundle::of(parcels(1).1).encode().expect("a small bundle");
    assert_eq!(BundleReply::decode(&bundle), Err(BundleError::IsBundle));
    assert!(!is_reply(&bundle));
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused_and_said_in_both_languages() {
    let bundle = Bundle::of(parcels(2).1).encode().expect("a small bundle");
    let reply = reply().encode().expect("a small reply");
    let check = |bytes: &[u8]| match is_reply(bytes) {
        true => BundleReply::decode(bytes).map(drop),
        false => Bundle::decode(bytes).map(drop),
    };
    for file in [bundle, reply] {
        assert_eq!(check(&file), Ok(()));
        for bit in 0..file.len() * 8 {
            let mut changed = file.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let error = check(&changed).expect_err("a changed file is refused");
            let (ja, en) = (error.message("ja"), error.message("en"));
            assert!(!ja.is_ascii() && en.is_ascii(), "bit {bit}: {ja} / {en}");
        }
        for length in 0..file.len() {
            let error = check(&file[..length]).expect_err("a cut file is refused");
            let whole = matches!(error, BundleError::Length { .. } | BundleError::NotABundle);
            assert!(whole, "{length} bytes: {error}");
        }
        let longer = [file.as_slice(), b"x"].concat();
        assert!(matches!(check(&longer), Err(BundleError::Length { .. })));
    }
}

/// Where the hash was made to fit, the parcels notice: each flip is refused, or what it changed
/// does not open.
#[test]
fn every_bit_that_is_flipped_on_purpose_is_refused_by_the_parcel() {
    let (server, parcels) = parcels(1);
    let bytes = Bundle::of(parcels).encode().expect("a small bundle");
    for bit in 0..(bytes.len() - HASH_BYTES) * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(bundle) = Bundle::decode(&rehashed(changed)) {
            assert!(bundle.parcels().all(|(_, parcel)| parcel.open(&server).is_err()), "bit {bit}");
        }
    }
}

#[test]
fn a_cut_file_says_how_long_it_should_be() {
    let bytes = Bundle::of(parcels(1).1).encode().expect("a small bundle");
    let expected = bytes.len();
    assert_eq!(Bundle::decode(&bytes[..100]), Err(BundleError::Length { got: 100, expected }));
    let words = BundleError::Length { got: 100, expected }.message("ja");
    assert!(words.contains("100バイト") && words.contains("もう一度コピー"), "{words}");
}

#[test]
fn what_does_not_add_up_is_refused_before_anything_is_reserved() {
    let (_, mut parcels) = parcels(2);
    parcels.sort_by_key(Parcel::id);
    let entries: Vec<Vec<u8>> = parcels.iter().map(|parcel| sized(parcel.as_bytes())).collect();
    let twice = close(Kind::Bundle, &[entries[0].clone(), entries[0].clone()]).expect("small");
    assert!(matches!(Bundle::decode(&twice), Err(BundleError::Entry { index: 1, .. })));
    let turned = close(Kind::Bundle, &[entries[1].clone(), entries[0].clone()]).expect("small");
    assert!(matches!(Bundle::decode(&turned), Err(BundleError::Entry { index: 1, .. })));
    let huge = close(Kind::Bundle, &[u32::MAX.to_be_bytes().to_vec()]).expect("small");
    assert!(matches!(Bundle::decode(&huge), Err(BundleError::Entry { index: 0, at: HEAD_BYTES })));
    let nothing = close(Kind::Bundle, &[sized(&[1, 1])]).expect("small");
    assert!(matches!(Bundle::decode(&nothing), Err(BundleError::Parcel { index: 0, .. })));
    let many = vec![entries[0].clone(); MAX_BUNDLE_PARCELS + 1];
    assert!(matches!(close(Kind::Bundle, &many), Err(BundleError::OverLimit { what: "parcels", .. })));
    let large = vec![0; MAX_BUNDLE_BYTES + 1];
    assert!(matches!(Bundle::decode(&large), Err(BundleError::OverLimit { what: "bytes", .. })));
}

#[test]
fn as_many_parcels_are_taken_as_fit() {
    let (_, parcels) = parcels(4);
    let one = 4 + parcels[0].as_bytes().len();
    let bundle = Bundle::fitting(parcels.clone(), FRAME_BYTES + 3 * one);
    assert_eq!(bundle, Bundle::of(parcels[..3].to_vec()));
    assert_eq!(Bundle::for_post(parcels.clone()).len(), 4);
    assert_eq!(bundle.encode().map(|bytes| bytes.len()), Ok(FRAME_BYTES + 3 * one));
}

#[test]
fn a_post_is_bounded_in_parcels_too() {
    let (_, parcels) = parcels(257);
    let post = Bundle::for_post(parcels.clone());
    assert_eq!((post.len(), post.check_post()), (MAX_POST_PARCELS, Ok(())));
    assert!(matches!(Bundle::of(parcels).check_post(), Err(BundleError::OverLimit { got: 257, .. })));
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 1..=2_u8) {
        prop_assert!(Bundle::decode(&bytes).is_err());
        let length = u32::try_from(HEAD_BYTES + bytes.len() + HASH_BYTES).expect("small");
        let head = [MAGIC.as_slice(), &[VERSION, kind], &length.to_be_bytes(), &[0, 9]].concat();
        let framed = rehashed([head, bytes, vec![0; HASH_BYTES]].concat());
        prop_assert!(Bundle::decode(&framed).is_err());
        prop_assert!(BundleReply::decode(&framed).is_err());
    }
}
