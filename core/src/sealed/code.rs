//! The printed code of a card: Crockford's base32, 18 letters of secret and 2 check letters.
//!
//! The secret's 90 bits are the number that the first 18 letters write; the check letters write
//! that number modulo the prime 1021. So every wrong letter and every swap of two neighbours is
//! noticed where it is typed (`tests` tries them all).

use std::{fmt, str::FromStr};

use rand_core::CryptoRng;
use unicode_normalization::UnicodeNormalization as _;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_LETTERS: usize = 18;
const CODE_LETTERS: usize = SECRET_LETTERS + 2;
const GROUP: usize = 4;
/// The largest prime that two letters can write.
const CHECK_PRIME: u128 = 1021;

/// What was typed is not the code of a card. Says where to look, never what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardCodeError {
    /// Letters are missing or too many.
    #[error("a card's code has {CODE_LETTERS} letters, got {got}")]
    Length {
        /// Letters received, without hyphens and spaces.
        got: usize,
    },
    /// A letter that no code has.
    #[error("letter {position} of the code is not one that cards have")]
    Letter {
        /// Which letter, from 1.
        position: usize,
    },
    /// The check letters do not fit: something was mistyped.
    #[error("the check letters of the code do not fit")]
    Check,
}

/// The secret of a card, as printed on it. Prints as `ABCD-EFGH-…`, in groups of four.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CardCode(u128);

impl CardCode {
    /// Makes a random code.
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(u128::from_be_bytes(bytes) >> (128 - 5 * SECRET_LETTERS))
    }

    /// The secret in 16 bytes, for hashing.
    pub(super) const fn secret_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    fn digits(self) -> [u8; CODE_LETTERS] {
        let whole = (self.0 << 10) | (self.0 % CHECK_PRIME);
        let mut digits = [0; CODE_LETTERS];
        for (index, digit) in digits.iter_mut().rev().enumerate() {
            *digit = u8::try_from((whole >> (5 * index)) & 31).unwrap_or(0);
        }
        digits
    }
}

impl fmt::Display for CardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digit) in self.digits().into_iter().enumerate() {
            if index > 0 && index % GROUP == 0 {
                f.write_str("-")?;
            }
            let letter = LETTERS.get(usize::from(digit)).copied().unwrap_or(b'0');
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for CardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardCode(not shown)")
    }
}

impl FromStr for CardCode {
    type Err = CardCodeError;

    /// Reads a code as people type it: any case, full width, with or without hyphens and
    /// spaces, `O` for `0`, `I` and `L` for `1`.
    fn from_str(text: &str) -> Result<Self, CardCodeError> {
        let letters: Vec<char> = text.nfkc().filter(|letter| !is_separator(*letter)).collect();
        if letters.len() != CODE_LETTERS {
            return Err(CardCodeError::Length { got: letters.len() });
        }
        let mut whole: u128 = 0;
        for (index, letter) in letters.into_iter().enumerate() {
            let digit = digit_of(letter).ok_or(CardCodeError::Letter { position: index + 1 })?;
            whole = (whole << 5) | digit;
        }
        let code = Self(whole >> 10);
        if code.0 % CHECK_PRIME == whole & 0x3ff { Ok(code) } else { Err(CardCodeError::Check) }
    }
}

/// Hyphens as keyboards and input methods write them (the long vowel mark among them), and spaces.
fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | '_' | '.' | 'ー' | '−' | '・' | '\u{2010}'..='\u{2015}')
}

fn digit_of(letter: char) -> Option<u128> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = LETTERS.iter().position(|known| char::from(*known) == letter)?;
    u128::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    fn codes(count: usize) -> Vec<CardCode> {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        (0..count).map(|_| CardCode::make(&mut rng)).collect()
    }

    #[test]
    fn a_code_is_read_however_people_type_it() {
        // 1026 is `102` in base 32; 1026 modulo 1021 is 5.
        assert_eq!(CardCode(1026).to_string(), "0000-0000-0000-0001-0205");
        let code = CardCode(0x0123_4567_89ab_cdef_0123);
        for typed in [
            code.to_string(),
            code.to_string().to_lowercase().replace('-', " "),
            code.to_string().replace('0', "o").replace('1', "l").replace('-', "ー"),
            code.to_string().chars().map(full_width).collect(),
        ] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        assert_eq!("1234".parse::<CardCode>(), Err(CardCodeError::Length { got: 4 }));
        assert_eq!(
            "UAAA-AAAA-AAAA-AAAA-AAAA".parse::<CardCode>(),
            Err(CardCodeError::Letter { position: 1 })
        );
    }

    fn full_width(letter: char) -> char {
        char::from_u32(u32::from(letter) - 0x20 + 0xff00).expect("printable ASCII has a full-width twin")
    }

    #[test]
    fn every_single_wrong_letter_and_every_swap_of_neighbours_is_noticed() {
        for code in codes(40) {
            let typed: Vec<char> = code.to_string().chars().filter(|letter| *letter != '-').collect();
            for place in 0..CODE_LETTERS {
                for letter in LETTERS.iter().map(|letter| char::from(*letter)) {
                    let mut wrong = typed.clone();
                    wrong[place] = letter;
                    if wrong != typed {
                        let wrong: String = wrong.into_iter().collect();
                        assert_eq!(wrong.parse::<CardCode>(), Err(CardCodeError::Check), "{wrong}");
                    }
                }
                let mut swapped = typed.clone();
                if place + 1 < SECRET_LETTERS {
                    swapped.swap(place, place + 1);
                    if swapped != typed {
                        let swapped: String = swapped.into_iter().collect();
                        assert_eq!(swapped.parse::<CardCode>(), Err(CardCodeError::Check), "{swapped}");
                    }
                }
            }
        }
    }
}
