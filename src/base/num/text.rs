//! A short text on the stack.

use std::fmt;
use std::ops::Deref;

/// Up to `N` bytes of printed number; reads as a byte slice. All content is ASCII.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// The empty text.
    pub(crate) fn new() -> Self {
        Text { bytes: [0; N], len: 0 }
    }

    pub(super) fn of(content: &[u8]) -> Self {
        let mut text = Self::new();
        text.push_all(content);
        text
    }

    /// Appends one byte. Panics beyond `N`: each printer proves its longest output.
    pub(crate) fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    pub(crate) fn push_all(&mut self, content: &[u8]) {
        self.bytes[self.len..self.len + content.len()].copy_from_slice(content);
        self.len += content.len();
    }

    pub(super) fn push_zeros(&mut self, count: usize) {
        self.bytes[self.len..self.len + count].fill(b'0');
        self.len += count;
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// The content as a string slice.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self).expect("printers write ASCII only")
    }
}

impl<const N: usize> Deref for Text<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl<const N: usize> AsRef<[u8]> for Text<N> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, content: &str) -> fmt::Result {
        if content.len() > N - self.len {
            return Err(fmt::Error);
        }
        self.push_all(content.as_bytes());
        Ok(())
    }
}
