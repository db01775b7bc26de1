//! Digests and encodings.

use base64::{
    Engine,
    alphabet::STANDARD as ALPHABET,
    engine::{
        DecodePaddingMode::Indifferent, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD,
    },
};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{
    super::object::Object,
    call::{Call, Given},
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("digest", 2, 3, digest),
    Function::new("base64-decode", 1, 1, base64_decode),
    Function::new("extract-signed", 2, 2, extract_signed),
];

fn digest<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (text, algorithm) = (call.text(0)?, call.text(1)?);
    let bytes = text.as_bytes();
    let digest = match &*algorithm {
        "MD5" => Md5::digest(bytes).to_vec(),
        "SHA-1" => Sha1::digest(bytes).to_vec(),
        "SHA-256" => Sha256::digest(bytes).to_vec(),
        "SHA-384" => Sha384::digest(bytes).to_vec(),
        "SHA-512" => Sha512::digest(bytes).to_vec(),
        _ => return Err(call.bad_argument(2, "MD5, SHA-1, SHA-256, SHA-384 or SHA-512")),
    };
    match &*call.text(2)? {
        "" | "base64" => Ok(Object::text(STANDARD.encode(digest))),
        "hex" => Ok(Object::text(hex::encode(digest))),
        _ => Err(call.bad_argument(3, "base64 or hex")),
    }
}

/// Base64 with or without padding, as clients write it.
const TOLERANT: GeneralPurpose =
    GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent));

fn decoded(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.split_ascii_whitespace().collect();
    TOLERANT.decode(plain).ok()
}

/// What is not Base64 gives an empty text; bytes that are not UTF-8 are replaced.
fn base64_decode<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let bytes = decoded(&call.text(0)?).unwrap_or_default();
    Ok(Object::text(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Bytes of an Ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// `extract-signed(data, public key)`: the message behind its signature, both in Base64,
/// or an empty text where the signature is not the key's.
fn extract_signed<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (data, key) = (decoded(&call.text(0)?), decoded(&call.text(1)?));
    let (Some(data), Some(key)) = (data, key) else { return Ok(Object::text("")) };
    let Some((signature, message)) = data.split_at_checked(SIGNATURE_BYTES) else {
        return Ok(Object::text(""));
    };
    match call.host().verify_signature(&key, message, signature) {
        Some(true) => Ok(Object::text(String::from_utf8_lossy(message).into_owned())),
        Some(false) => Ok(Object::text("")),
        None => Err(call.unavailable("a check of signatures")),
    }
}
