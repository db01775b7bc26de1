//! Codes that people type: of enrolment and of company letters.
//!
//! Twelve random characters of Crockford's base 32 (60 bits) and four that check them, in
//! groups of four. Read in any case, full width, with or without hyphens; O is 0, I and L
//! are 1. Only a keyed hash is stored.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM: usize = 12;
const CHECKS: usize = 4;

/// A code as a person has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Makes a new random code.
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; RANDOM];
        rng.fill_bytes(&mut bytes);
        let mut text: String = bytes.iter().map(|byte| letter(*byte)).collect();
        text.push_str(&checks(&text));
        Self(text)
    }

    /// Reads what a person typed; `None` when a character is missing or mistyped.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut text = String::with_capacity(RANDOM + CHECKS);
        for typed in typed.chars().take(64) {
            let plain = match typed {
                '\u{FF01}'..='\u{FF5E}' => char::from_u32(typed as u32 - 0xFEE0)?,
                other => other,
            };
            match plain.to_ascii_uppercase() {
                '-' | ' ' | '\u{3000}' | 'ー' | '―' | '−' | '‐' => (),
                'O' => text.push('0'),
                'I' | 'L' => text.push('1'),
                other if ALPHABET.contains(&u8::try_from(other).ok()?) => text.push(other),
                _ => return None,
            }
        }
        let random: String = text.chars().take(RANDOM).collect();
        (text.len() == RANDOM + CHECKS && text.ends_with(&checks(&random))).then_some(Self(text))
    }

    /// What is stored: SHA-256 over the server's `pepper`, the purpose and the code.
    pub fn hash(&self, pepper: &[u8], purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(pepper);
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0.as_bytes());
        hash.finalize().into()
    }

    /// The code in groups of four, for paper and screens.
    pub fn printed(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }
}

fn letter(byte: u8) -> char {
    char::from(ALPHABET[usize::from(byte & 31)])
}

fn checks(text: &str) -> String {
    let hash = Sha256::digest([b"tsumugi/code/v1".as_slice(), text.as_bytes()].concat());
    hash.iter().take(CHECKS).map(|byte| letter(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::Code;

    fn code() -> Code {
        Code::make(&mut chacha20::ChaCha20Rng::seed_from_u64(7))
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let printed = code().printed();
        assert_eq!(printed.len(), 19);
        let wide: String = printed
            .to_lowercase()
            .chars()
            .map(|c| if c == '-' { 'ー' } else { char::from_u32(c as u32 + 0xFEE0).unwrap() })
            .collect();
        assert!(Code::parse(&wide) == Some(code()));
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let printed = code().printed();
        let wrong: String = printed
            .chars()
            .enumerate()
            .map(|(i, c)| if i == 3 { if c == '7' { '8' } else { '7' } } else { c })
            .collect();
        assert!(wrong == printed || Code::parse(&wrong).is_none());
        assert!(Code::parse(&printed.chars().skip(1).collect::<String>()).is_none());
    }
}
