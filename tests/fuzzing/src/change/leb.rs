//! LEB128 numbers.

/// Appends an unsigned number in its shortest form.
pub fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(low(number) | 0x80);
        number >>= 7;
    }
    out.push(low(number));
}

/// Appends a signed number in its shortest form.
pub fn signed(out: &mut Vec<u8>, mut number: i64) {
    loop {
        let bits = low(number.cast_unsigned());
        number >>= 7;
        if (number == 0 && bits & 0x40 == 0) || (number == -1 && bits & 0x40 != 0) {
            return out.push(bits);
        }
        out.push(bits | 0x80);
    }
}

fn low(number: u64) -> u8 {
    let [first, ..] = number.to_le_bytes();
    first & 0x7f
}

/// Reads forward; nothing where the bytes end or a number is none.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take(1)? else { return None };
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A length, and as many bytes.
    pub(super) fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        // Each counted thing has at least one byte.
        (count <= self.0.len()).then_some(count)
    }
}
