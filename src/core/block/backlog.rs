//! What a client has sent while its commands are held back, in the order of the wire.
//!
//! Holds: what was put in comes out unchanged and in order.
//! Cost: a command takes its bytes, four more for each argument and four for itself, which is less
//! than it took on the wire; a large argument is shared, not copied.

use bytes::Bytes;

use crate::core::args::Args;
use crate::resp::turn::ProtocolError;

/// In place of a length: the argument is the next of the large ones.
const LARGE: u32 = u32::MAX;

/// In place of a number of arguments: the stream is broken here.
const BROKEN: u32 = u32::MAX;

/// See the module.
#[derive(Debug, Default)]
pub struct Backlog {
    bytes: Vec<u8>,
    /// Bytes before this one were taken out.
    at: usize,
    large: Vec<Bytes>,
    /// Large arguments before this one were taken out.
    large_at: usize,
    /// Bytes of the large arguments that are left.
    large_bytes: usize,
    broken: Option<ProtocolError>,
}

/// A thing that was kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The arguments of a command.
    Command(Vec<Bytes>),
    /// The stream is broken.
    Broken(ProtocolError),
}

impl Backlog {
    /// Bytes that are kept.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.at + self.large_bytes
    }

    /// Keeps a command.
    pub(super) fn push(&mut self, args: Args<'_>) {
        self.put(args.len() as u32);
        for (index, arg) in args.slice().iter().enumerate() {
            match args.buffer(index) {
                Some(buffer) => {
                    self.large_bytes += buffer.len();
                    self.large.push(buffer);
                    self.put(LARGE);
                }
                // Arguments without a buffer of their own are shorter than 4 GiB by far.
                None => {
                    self.put(arg.len() as u32);
                    self.bytes.extend_from_slice(arg);
                }
            }
        }
    }

    /// Keeps the end of a broken stream.
    pub(super) fn push_broken(&mut self, error: ProtocolError) {
        self.put(BROKEN);
        self.broken = Some(error);
    }

    /// Takes the oldest thing out.
    pub(super) fn pop(&mut self) -> Option<Kept> {
        if self.at == self.bytes.len() {
            *self = Backlog::default();
            return None;
        }
        let count = self.get();
        if count == BROKEN {
            return self.broken.take().map(Kept::Broken);
        }
        let mut argv = Vec::with_capacity(count as usize);
        for _ in 0..count {
            argv.push(match self.get() {
                LARGE => {
                    let large = std::mem::take(&mut self.large[self.large_at]);
                    self.large_at += 1;
                    self.large_bytes -= large.len();
                    large
                }
                len => {
                    let start = self.at;
                    self.at += len as usize;
                    Bytes::copy_from_slice(&self.bytes[start..self.at])
                }
            });
        }
        Some(Kept::Command(argv))
    }

    fn put(&mut self, n: u32) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    fn get(&mut self) -> u32 {
        let mut n = [0; 4];
        n.copy_from_slice(&self.bytes[self.at..self.at + 4]);
        self.at += 4;
        u32::from_le_bytes(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::turn::BIG_ARGUMENT;

    #[test]
    fn what_goes_in_comes_out_in_order_and_large_arguments_are_shared() {
        let mut backlog = Backlog::default();
        let large = Bytes::from(vec![b'x'; BIG_ARGUMENT]);
        let owned = [large.clone()];
        for round in 0..3 {
            backlog.push(Args::new(&[b"PING"], &[]));
            backlog.push(Args::new(&[b"SET", b"", &large, b"k"], &owned));
            assert_eq!(backlog.pop(), Some(Kept::Command(vec![Bytes::from_static(b"PING")])));
            let Some(Kept::Command(argv)) = backlog.pop() else { panic!("round {round}") };
            assert_eq!((argv.len(), &argv[1][..], &argv[3][..]), (4, &b""[..], &b"k"[..]));
            assert_eq!(argv[2].as_ptr(), large.as_ptr(), "no copy");
            assert_eq!((backlog.len(), backlog.pop()), (0, None));
        }
        backlog.push(Args::new(&[b"PING"], &[]));
        backlog.push_broken(ProtocolError::UnbalancedQuotes);
        backlog.pop();
        assert_eq!(backlog.pop(), Some(Kept::Broken(ProtocolError::UnbalancedQuotes)));
        assert_eq!((backlog.pop(), backlog.bytes.capacity()), (None, 0), "nothing is left");
    }
}
