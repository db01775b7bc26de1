//! A file from a stick: whatever is in it, it is read as it was written or refused with words.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sha2::{Digest, Sha256};
use tsumugi_core::{
    device::{Device, MemoryStorage},
    moment::Moment,
    sealed::{Bundle, BundleError, BundleReply, Deposit, Errand, Parcel, SealKey},
    sync::Request,
};

const HEAD: &[u8] = b"\x89TSM\r\n\x1a\n\x01";
const HASH_BYTES: usize = 32;
/// The server of the seeds.
const SERVER: [u8; 32] = [9; 32];

/// Any bytes as a file, as a file whose length and hash fit, and as what a device seals.
///
/// # Panics
/// When the claim does not hold.
pub fn bundle(data: &[u8]) {
    let server = SealKey::from_secret_bytes(&SERVER).expect("32 bytes are a key");
    read(data, &server);
    read(&made_to_fit(data), &server);
    ask(data, &server);
    carry(&made_to_fit(data));
}

/// What stands in `data` behind the head, with a head and a hash that fit.
fn made_to_fit(data: &[u8]) -> Vec<u8> {
    let kind = data.get(HEAD.len()).map_or(1, |byte| 1 + byte % 2);
    let content = data.get(HEAD.len() + 5..).unwrap_or_default();
    let content = content.get(..content.len().saturating_sub(HASH_BYTES)).unwrap_or_default();
    let length = u32::try_from(HEAD.len() + 5 + content.len() + HASH_BYTES).unwrap_or_default();
    let mut bytes = [HEAD, &[kind], &length.to_be_bytes(), content].concat();
    let hash: [u8; HASH_BYTES] = Sha256::digest(&bytes).into();
    bytes.extend_from_slice(&hash);
    bytes
}

fn read(bytes: &[u8], server: &SealKey) {
    match Bundle::decode(bytes) {
        Ok(bundle) => {
            assert_eq!(bundle.encode().as_deref(), Ok(bytes), "a bundle is written as it was read");
            for (_, parcel) in bundle.parcels() {
                if let Ok((errand, _)) = parcel.open(server) {
                    follow(&errand);
                }
            }
        }
        Err(error) => has_words(error),
    }
    match BundleReply::decode(bytes) {
        Ok(reply) => assert_eq!(reply.encode().as_deref(), Ok(bytes), "a reply is written as it was read"),
        Err(error) => has_words(error),
    }
}

fn has_words(error: BundleError) {
    assert!(!error.message("ja").is_ascii() && error.message("en").is_ascii(), "{error}");
}

fn follow(errand: &Errand) {
    match errand {
        Errand::Items { request, .. } => drop(Request::decode(request)),
        Errand::Records { deposit } => drop(Deposit::decode(deposit)),
    }
}

/// Whoever is enrolled may seal anything to the server.
fn ask(data: &[u8], server: &SealKey) {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let errands = [
        Errand::Items { token: "tsm_token".to_owned(), request: data.to_vec() },
        Errand::Records { deposit: data.to_vec() },
    ];
    for errand in errands {
        let Ok((parcel, _)) = Parcel::seal(&server.public(), &errand, &mut rng) else { continue };
        let (opened, _) = parcel.open(server).expect("what was sealed opens");
        assert_eq!(opened, errand);
        follow(&opened);
    }
}

/// A tablet takes what it can hand on, and what is refused changes nothing on it.
fn carry(file: &[u8]) {
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let now = Moment::tokyo(1_795_316_400_000);
    let mut device =
        Device::open(MemoryStorage::new(), [1; 32], now, &mut rng).expect("an empty storage opens");
    let before = device.storage().clone();
    match device.carry_bundle(file, &mut rng) {
        Ok(reply) => {
            let held = BundleReply::decode(&reply).expect("its own reply");
            assert_eq!(device.carried_parcels().ok(), Some(held.notices().len()));
        }
        Err(_) => assert_eq!(device.storage(), &before, "a refused file changed something"),
    }
    let carried = device.storage().clone();
    if device.read_bundle_reply(file, now, &mut rng).is_err() {
        assert_eq!(device.storage(), &carried, "a refused reply changed something");
    }
}
