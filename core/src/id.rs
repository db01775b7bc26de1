//! Identifiers, each a type of its own: a pair of ids cannot be swapped.

use std::{fmt, str::FromStr};

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

/// The text was not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an identifier of {expected_bytes} bytes is {expected_digits} hexadecimal digits")]
pub struct ParseIdError {
    expected_bytes: usize,
    expected_digits: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $bytes;

            /// Takes bytes as they are.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Reads an id from a slice of exactly [`Self::LEN`] bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| ParseIdError {
                    expected_bytes: $bytes,
                    expected_digits: $bytes * 2,
                })?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
    ($(#[$doc:meta])* random $name:ident, $bytes:literal) => {
        id!($(#[$doc])* $name, $bytes);

        impl $name {
            /// Makes a new random id.
            pub fn make(rng: &mut impl CryptoRng) -> Self {
                let mut bytes = [0; $bytes];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    };
}

id!(
    /// Names an [`Item`](crate::item::Item) by the SHA-256 of its encoding.
    ItemId, 32
);
id!(
    /// Names one wave of a form in the field.
    random SurveyId, 16
);
id!(
    /// Names one filled company or register form. Anonymous records have no such id.
    random ResponseId, 16
);
id!(
    /// Names an enrolled tablet, or one browser of a company. Never part of an answer.
    random DeviceId, 16
);
id!(
    /// Names a [`Parcel`](crate::sealed::Parcel) by the SHA-256 of its bytes.
    ParcelId, 32
);
id!(
    /// Decides that an anonymous answer is counted once: derived from the survey and a card's serial.
    Nullifier, 32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_what_it_prints() {
        let id = SurveyId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("07".parse::<SurveyId>().is_err());
    }
}
