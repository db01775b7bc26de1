//! Deposits and envelopes of anonymous answers.
//!
//! ```text
//! input = how u8 | bytes    how: 0 a deposit, 1 one record, 2 the answer to a deposit,
//!                           3 bits of an honest record that are turned
//! ```

use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::{Answers, Path, Value},
    id::SurveyId,
    sealed::{
        Card, Deposit, DepositReply, MAX_DEPOSIT_BYTES, MAX_DEPOSIT_RECORDS, SealKey, SealedRecord, open,
        seal,
    },
};

/// Bytes that the plaintexts of the seeds are padded to.
const RECORD_BYTES: usize = 256;

/// A survey's key, and a record that is sealed to it.
pub(crate) fn honest() -> &'static (SealKey, SealedRecord) {
    static HONEST: OnceLock<(SealKey, SealedRecord)> = OnceLock::new();
    HONEST.get_or_init(|| {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let key = SealKey::make(&mut rng);
        let card = Card::make(SurveyId::from_bytes([1; 16]), 3, &mut rng);
        let answers: Answers =
            [(Path::new("lonely"), Value::Integer(2)), (Path::new("ward"), Value::text("北"))]
                .into_iter()
                .collect();
        let record = seal(&key.public(), card.survey, 3, card.nullifier(), &answers, RECORD_BYTES, &mut rng);
        (key, record.expect("the answers fit"))
    })
}

/// Any bytes as what comes by the anonymous route.
///
/// # Panics
/// When the claim does not hold.
pub fn record(data: &[u8]) {
    let Some((how, bytes)) = data.split_first() else { return };
    match how % 4 {
        0 => deposit(bytes),
        1 => one(bytes),
        2 => reply(bytes),
        _ => turned(bytes),
    }
}

/// A batch is what it was written from, byte for byte, or is refused as a whole.
fn deposit(bytes: &[u8]) {
    let Ok(deposit) = Deposit::decode(bytes) else { return };
    assert!((1..=MAX_DEPOSIT_RECORDS).contains(&deposit.records.len()) && bytes.len() <= MAX_DEPOSIT_BYTES);
    assert_eq!(deposit.encode().as_deref(), Ok(bytes), "a batch has one encoding");
    deposit.records.iter().take(4).for_each(check);
}

fn one(bytes: &[u8]) {
    let Ok(record) = SealedRecord::decode(bytes) else { return };
    assert_eq!(record.encode(), bytes, "a record has one encoding");
    check(&record);
}

/// Whoever holds no card of ours sealed nothing that this key opens.
fn check(record: &SealedRecord) {
    let (key, ours) = honest();
    assert_eq!(SealedRecord::encoded_bytes(record.record_bytes()), record.encode().len());
    assert_eq!(open(key, record).is_ok(), record == ours, "a record that nobody sealed opens");
}

fn reply(bytes: &[u8]) {
    if let Some(reply) = DepositReply::decode(bytes) {
        assert_eq!(reply.encode(), bytes, "an answer has one encoding");
    }
}

/// Two bytes name a bit. However many are turned, the record does not open, or is the honest one.
fn turned(bits: &[u8]) {
    let (_, ours) = honest();
    let mut bytes = ours.encode();
    let length = bytes.len();
    for pair in bits.chunks_exact(2).take(64) {
        let bit = usize::from(u16::from_be_bytes([pair[0], pair[1]]));
        if let Some(byte) = bytes.get_mut(bit / 8 % length) {
            *byte ^= 1 << (bit % 8);
        }
    }
    one(&bytes);
}
