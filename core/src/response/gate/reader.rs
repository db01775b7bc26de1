//! Reading of automerge's primitive encodings, each with its bounds.

use super::GateError;

/// Reads forward through borrowed bytes; every read is checked.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], GateError> {
        let (head, rest) = self.bytes.split_at_checked(length).ok_or(GateError::Malformed { what })?;
        self.bytes = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], GateError> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or(GateError::Malformed { what })?;
        self.bytes = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, GateError> {
        let [byte] = self.array::<1>(what)?;
        Ok(byte)
    }

    /// Reads an unsigned LEB128 number in its shortest form.
    pub(super) fn unsigned(&mut self, what: &'static str) -> Result<u64, GateError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(what)?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    break;
                }
                return Ok(value);
            }
        }
        Err(GateError::Malformed { what })
    }

    /// Reads a signed LEB128 number in its shortest form.
    pub(super) fn signed(&mut self, what: &'static str) -> Result<i64, GateError> {
        let mut value = 0_i64;
        let mut previous = 0_u8;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(what)?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                break;
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let sign = byte & 0x40 != 0;
                let redundant = shift > 0
                    && ((byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0));
                if redundant {
                    break;
                }
                if sign && shift + 7 < 64 {
                    value |= -1_i64 << (shift + 7);
                }
                return Ok(value);
            }
            previous = byte;
        }
        Err(GateError::Malformed { what })
    }

    /// Reads a number that counts something, refused when over `limit`.
    pub(super) fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, GateError> {
        let got = self.unsigned(what)?;
        match usize::try_from(got) {
            Ok(count) if count <= limit => Ok(count),
            _ => Err(GateError::OverLimit { what, got, limit: limit as u64 }),
        }
    }

    /// Reads a UTF-8 text with its length before it.
    pub(super) fn text(&mut self, what: &'static str, limit: usize) -> Result<&'a str, GateError> {
        let length = self.count(what, limit)?;
        std::str::from_utf8(self.take(length, what)?).map_err(|_| GateError::Malformed { what })
    }
}

/// Reads a run-length encoded column into at most `limit` values; nulls are refused.
///
/// A run is `n > 1` and a value, `-n` and n values, or `0` and a count of nulls. Only the shortest
/// form is read: automerge writes no other, so a change in another form has another hash after it
/// was saved and loaded, and the document does not load.
pub(super) fn run_lengths<'a, T: Clone + PartialEq>(
    bytes: &'a [u8],
    limit: usize,
    what: &'static str,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, GateError>,
) -> Result<Vec<T>, GateError> {
    let mut reader = Reader::new(bytes);
    let mut values: Vec<T> = Vec::new();
    let mut after_single_values = false;
    while !reader.is_empty() {
        let run = reader.signed(what)?;
        let length = usize::try_from(run.unsigned_abs()).unwrap_or(usize::MAX);
        let total = values.len().saturating_add(length);
        if total > limit {
            return Err(GateError::OverLimit { what, got: total as u64, limit: limit as u64 });
        }
        match run {
            0 => return Err(GateError::NotARegister { what }),
            2.. => {
                let value = read(&mut reader)?;
                if values.last() == Some(&value) {
                    return Err(GateError::NotShortest { what });
                }
                values.resize(total, value);
            }
            ..0 if !after_single_values => {
                for _ in 0..length {
                    let value = read(&mut reader)?;
                    if values.last() == Some(&value) {
                        return Err(GateError::NotShortest { what });
                    }
                    values.push(value);
                }
            }
            _ => return Err(GateError::NotShortest { what }),
        }
        after_single_values = run < 0;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_in_their_shortest_form_only() {
        assert_eq!(Reader::new(&[0xe5, 0x8e, 0x26]).unsigned("n"), Ok(624_485));
        assert!(Reader::new(&[0x80, 0x00]).unsigned("n").is_err());
        assert_eq!(
            Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).unsigned("n"),
            Ok(u64::MAX)
        );
        assert!(
            Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]).unsigned("n").is_err()
        );
        assert_eq!(Reader::new(&[0x7f]).signed("n"), Ok(-1));
        assert_eq!(Reader::new(&[0xc0, 0xbb, 0x78]).signed("n"), Ok(-123_456));
        assert_eq!(Reader::new(&[0xc0, 0x00]).signed("n"), Ok(64));
        assert!(Reader::new(&[0xff, 0x7f]).signed("n").is_err());
        assert_eq!(
            Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]).signed("n"),
            Ok(i64::MIN)
        );
    }

    #[test]
    fn only_the_shortest_form_of_a_column_is_read() {
        let read = |bytes: &[u8]| run_lengths(bytes, 9, "n", |r| r.unsigned("n"));
        assert_eq!(read(&[3, 7, 0x7e, 8, 9, 2, 7]), Ok(vec![7, 7, 7, 8, 9, 7, 7]));
        let wrong: [&[u8]; 5] =
            [&[1, 7], &[2, 7, 2, 7], &[0x7e, 7, 7], &[0x7f, 7, 0x7f, 8], &[0x7f, 7, 2, 7]];
        for bytes in wrong {
            assert_eq!(read(bytes), Err(GateError::NotShortest { what: "n" }), "{bytes:?}");
        }
    }

    #[test]
    fn a_run_that_is_longer_than_the_limit_costs_nothing() {
        let ten_million = [0x80, 0xad, 0xe2, 0x04, 1];
        let read = run_lengths(&ten_million, 2_000, "action", |r| r.unsigned("action"));
        assert!(matches!(read, Err(GateError::OverLimit { got: 10_000_000, .. })));
    }
}
