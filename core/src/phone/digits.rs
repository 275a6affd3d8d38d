//! Digits without a place on the heap.

/// At most `N` digits, each as its value; what is pushed beyond them is lost.
#[derive(Clone, Copy, Debug)]
pub struct Digits<const N: usize> {
    values: [u8; N],
    length: usize,
}

impl<const N: usize> Digits<N> {
    pub const CAPACITY: usize = N;

    pub const fn new() -> Self {
        Self {
            values: [0; N],
            length: 0,
        }
    }

    pub fn push(&mut self, digit: u8) {
        if let Some(value) = self.values.get_mut(self.length) {
            *value = digit;
            self.length += 1;
        }
    }

    pub fn extend(&mut self, digits: &[u8]) {
        let room = &mut self.values[self.length..];
        let count = room.len().min(digits.len());
        room[..count].copy_from_slice(&digits[..count]);
        self.length += count;
    }

    pub fn as_slice(&self) -> &[u8] {
        self.values.get(..self.length).unwrap_or_default()
    }
}

impl<const N: usize> From<&[u8]> for Digits<N> {
    fn from(values: &[u8]) -> Self {
        let mut digits = Self::new();
        digits.extend(values);
        digits
    }
}

impl<const N: usize> PartialEq for Digits<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}
