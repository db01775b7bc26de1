use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::SeedableRng as _;

use super::*;
use crate::answers::{Path, Value};

const RECORD_BYTES: usize = 256;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(11)
}

fn answers(pairs: &[(&str, Value)]) -> Answers {
    pairs.iter().map(|(path, value)| (Path::new(path), value.clone())).collect()
}

fn sealed(answers: &Answers) -> (SealKey, SealedRecord) {
    let mut rng = rng();
    let key = SealKey::make(&mut rng);
    let record = seal(
        &key.public(),
        SurveyId::from_bytes([1; 16]),
        3,
        Nullifier::from_bytes([2; 32]),
        answers,
        RECORD_BYTES,
        &mut rng,
    );
    (key, record.expect("the answers fit"))
}

#[test]
fn what_was_answered_is_opened_by_the_key_holder_and_by_nobody_else() {
    let given = answers(&[
        ("direct", Value::text("often")),
        ("days", Value::Integer(3)),
        ("hours", Value::Decimal(0.1)),
        ("other", Value::text("在宅勤務")),
    ]);
    let (key, record) = sealed(&given);
    let received = SealedRecord::decode(&record.encode()).expect("a record reads what it wrote");
    assert_eq!(received, record);
    assert_eq!(open(&key, &received), Ok(given));
    assert_eq!(open(&SealKey::make(&mut ChaCha20Rng::seed_from_u64(12)), &record), Err(OpenError::WrongKey));
}

#[test]
fn every_flipped_bit_is_refused() {
    let (key, record) = sealed(&answers(&[("direct", Value::text("often"))]));
    let bytes = record.encode();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let opened = SealedRecord::decode(&changed).and_then(|record| open(&key, &record));
        assert!(opened.is_err(), "bit {bit} of {} was not noticed", bytes.len() * 8);
    }
}

#[test]
fn every_cut_is_refused() {
    let (key, record) = sealed(&answers(&[("direct", Value::text("often"))]));
    let bytes = record.encode();
    for length in 0..bytes.len() {
        let opened = SealedRecord::decode(&bytes[..length]).and_then(|record| open(&key, &record));
        assert!(opened.is_err(), "{length} bytes");
    }
}

#[test]
fn answers_that_do_not_fit_are_refused_rather_than_sealed_longer() {
    let mut rng = rng();
    let key = SealKey::make(&mut rng);
    let long = answers(&[("text", Value::text("x".repeat(RECORD_BYTES)))]);
    let (survey, nullifier) = (SurveyId::from_bytes([1; 16]), Nullifier::from_bytes([2; 32]));
    let refused = seal(&key.public(), survey, 0, nullifier, &long, RECORD_BYTES, &mut rng);
    assert!(matches!(refused, Err(SealError::TooLarge { record_bytes: RECORD_BYTES, .. })));
    let refused = seal(&key.public(), survey, 0, nullifier, &long, MAX_RECORD_BYTES + 1, &mut rng);
    assert!(matches!(refused, Err(SealError::RecordSize { .. })));
}

/// RFC 9180, A.2: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305; A.2.1 base mode, encryption 0.
#[test]
fn the_suite_opens_the_vector_of_rfc_9180() {
    let ikm_r = bytes("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df");
    let (secret, public) = <Kem as hpke::Kem>::derive_keypair(&ikm_r);
    assert_eq!(
        hex::encode(public.to_bytes()),
        "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
    );
    let enc = bytes("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    let plain = open_bytes(
        &secret,
        &bytes("4f6465206f6e2061204772656369616e2055726e"),
        &bytes("436f756e742d30"),
        enc.as_slice().try_into().expect("32 bytes"),
        &bytes("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"),
    );
    assert_eq!(plain.as_deref().map(Vec::as_slice), Some(&b"Beauty is truth, truth beauty"[..]));
}

fn bytes(digits: &str) -> Vec<u8> {
    hex::decode(digits).expect("hexadecimal digits")
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        (-1e9..1e9).prop_map(Value::Decimal),
        ".{0,12}".prop_map(Value::Text),
    ]
}

proptest! {
    #[test]
    fn the_size_says_nothing_about_the_answers(
        pairs in prop::collection::btree_map("[a-z_]{1,8}", any_value(), 0..4),
    ) {
        let given: Answers = pairs.into_iter().map(|(name, value)| (Path::new(name), value)).collect();
        let (key, record) = sealed(&given);
        prop_assert_eq!(record.encode().len(), SealedRecord::encoded_bytes(RECORD_BYTES));
        prop_assert_eq!(open(&key, &record), Ok(given));
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let key = SealKey::make(&mut rng());
        prop_assert!(SealedRecord::decode(&bytes).and_then(|record| open(&key, &record)).is_err());
    }
}
