//! The commands that a transaction has queued.
//!
//! Holds: commands and arguments in the order in which they came.
//! Cost: nothing is allocated per command but what the arrays grow by; large arguments stay
//! in the buffers in which they arrived.

use bytes::Bytes;
use smallvec::SmallVec;

use super::args::Args;
use super::registry::CommandId;
use crate::resp::turn::BIG_ARGUMENT;

/// See the module.
#[derive(Debug, Default)]
pub struct Queue {
    /// Each command and its number of arguments.
    commands: Vec<(CommandId, u32)>,
    /// Lengths of all arguments.
    lengths: Vec<usize>,
    /// The arguments below [`BIG_ARGUMENT`], one behind the other.
    arena: Vec<u8>,
    /// The others.
    large: Vec<Bytes>,
}

/// A queued command.
pub struct Queued<'a> {
    /// Which one it is.
    pub id: CommandId,
    argv: SmallVec<[&'a [u8]; 8]>,
    large: &'a [Bytes],
}

impl Queued<'_> {
    /// Its arguments.
    pub fn args(&self) -> Args<'_> {
        Args::new(&self.argv, self.large)
    }
}

impl Queue {
    /// Number of commands.
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Memory beside the bytes of the arguments.
    pub fn overhead(&self) -> usize {
        self.commands.capacity() * size_of::<(CommandId, u32)>()
            + self.lengths.capacity() * size_of::<usize>()
            + (self.arena.capacity() - self.arena.len())
            + self.large.capacity() * size_of::<Bytes>()
    }

    /// Appends a command. Cost: a copy of its arguments, but for large ones in their own buffers.
    pub fn push(&mut self, id: CommandId, args: Args<'_>) {
        self.commands.push((id, args.len() as u32));
        for (index, arg) in args.slice().iter().enumerate() {
            self.lengths.push(arg.len());
            if arg.len() < BIG_ARGUMENT {
                self.arena.extend_from_slice(arg);
            } else {
                self.large.push(args.to_bytes(index));
            }
        }
    }

    /// All commands.
    pub fn iter(&self) -> impl Iterator<Item = Queued<'_>> {
        let (mut lengths, mut arena, mut large) =
            (&self.lengths[..], &self.arena[..], &self.large[..]);
        self.commands.iter().map(move |&(id, count)| {
            let (own, rest) = lengths.split_at(count as usize);
            lengths = rest;
            let before = large;
            let argv = own.iter().map(|&length| {
                if length < BIG_ARGUMENT {
                    let (arg, rest) = arena.split_at(length);
                    arena = rest;
                    return arg;
                }
                let (arg, rest) = large.split_first().expect("there is one for each such length");
                large = rest;
                &arg[..]
            });
            let argv = argv.collect();
            Queued { id, argv, large: &before[..before.len() - large.len()] }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_out_as_they_went_in() {
        let big = Bytes::from(vec![7; BIG_ARGUMENT]);
        let bigger = Bytes::from(vec![8; BIG_ARGUMENT + 1]);
        let commands: [(u16, Vec<&[u8]>); 4] = [
            (3, vec![b"set", b"", &big]),
            (1, vec![b"ping"]),
            (3, vec![b"mset", &bigger, b"1", &big, b"2", b"3", b"4", b"5", b"6", b"7"]),
            (9, vec![b"set", b"k", &[9; BIG_ARGUMENT]]),
        ];
        let owned = [big.clone(), bigger.clone()];
        let mut queue = Queue::default();
        for (id, argv) in &commands {
            queue.push(CommandId(*id), Args::new(argv, &owned));
        }
        assert_eq!(queue.len(), 4);
        let mut seen = 0;
        for (queued, (id, argv)) in queue.iter().zip(&commands) {
            assert_eq!((queued.id, queued.args().slice()), (CommandId(*id), &argv[..]));
            seen += 1;
        }
        assert_eq!(seen, 4);
        let third = queue.iter().nth(2).expect("there are four");
        let shared = third.args().buffer(1).expect("it came in its own buffer");
        assert_eq!(shared.as_ptr(), bigger.as_ptr());
    }
}
