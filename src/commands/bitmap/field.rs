//! BITFIELD and BITFIELD_RO: integers of any width in a string.

use smallvec::SmallVec;

use super::{bits, field_offset};
use crate::base::num::parse_i64;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done, string_of};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;

const TYPE: Refusal = Refusal::fixed(
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);
const OVERFLOW_TYPE: Refusal = Refusal::fixed("ERR Invalid OVERFLOW type specified");
const READ_ONLY: Refusal = Refusal::fixed("ERR BITFIELD_RO only supports the GET subcommand");

/// What becomes of a value that does not fit into its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    /// Its low bits are stored.
    Wrap,
    /// The nearest value that fits is stored.
    Saturate,
    /// Nothing is stored, and the reply is nil.
    Fail,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    signed: bool,
    width: u32,
}

impl Kind {
    /// Reads `i1` to `i64` or `u1` to `u63`; a NUL byte ends the text.
    fn parse(text: &[u8]) -> Result<Kind, Refusal> {
        let text = text.split(|&byte| byte == 0).next().unwrap_or(text);
        let (signed, width_max) = match text.first() {
            Some(b'i') => (true, 64),
            Some(b'u') => (false, 63),
            _ => return Err(TYPE),
        };
        match parse_i64(&text[1..]) {
            Some(width) if (1..=width_max).contains(&width) => {
                Ok(Kind { signed, width: width as u32 })
            }
            _ => Err(TYPE),
        }
    }

    fn min(self) -> i128 {
        if self.signed { -1 << (self.width - 1) } else { 0 }
    }

    fn max(self) -> i128 {
        (1 << (self.width - u32::from(self.signed))) - 1
    }

    /// Whether Redis takes a negative number that is to be set for one far too large: all for an
    /// unsigned field, and for a signed one those whose distance from the largest value exceeds 64
    /// bits.
    fn is_far_below(self, number: i64) -> bool {
        let too_far = self.max() - i128::from(number) > i128::from(i64::MAX);
        number < 0 && (!self.signed || self.width < 64 && too_far)
    }

    /// The low bits of a number as a value of this type.
    fn wrap(self, number: i128) -> i64 {
        let unused = 128 - self.width;
        let shifted = number << unused;
        (if self.signed { shifted >> unused } else { (shifted as u128 >> unused) as i128 }) as i64
    }

    /// The value to store for a number; `None` if it does not fit and must.
    fn fit(self, number: i128, overflow: Overflow) -> Option<i64> {
        if (self.min()..=self.max()).contains(&number) {
            return Some(number as i64);
        }
        match overflow {
            Overflow::Wrap => Some(self.wrap(number)),
            Overflow::Saturate => Some(number.clamp(self.min(), self.max()) as i64),
            Overflow::Fail => None,
        }
    }

    fn load(self, bytes: &[u8], offset: u64) -> i64 {
        self.wrap(i128::from(bits::field(bytes, offset, self.width)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Get,
    Set(i64),
    Increment(i64),
}

/// One subcommand.
#[derive(Clone, Copy, Debug)]
struct Step {
    action: Action,
    kind: Kind,
    offset: u64,
    overflow: Overflow,
}

type Steps = SmallVec<[Step; 4]>;

impl Step {
    /// Index of the last byte of the field.
    fn last_byte(&self) -> u64 {
        (self.offset + u64::from(self.kind.width) - 1) / 8
    }

    /// The old and, unless it does not fit, the new value of a field that is written.
    fn values(&self, bytes: &[u8]) -> (i64, Option<i64>) {
        let old = self.kind.load(bytes, self.offset);
        let number = match self.action {
            Action::Get => i128::from(old),
            Action::Increment(by) => i128::from(old) + i128::from(by),
            Action::Set(value) if self.kind.is_far_below(value) => i128::from(value as u64),
            Action::Set(value) => i128::from(value),
        };
        (old, self.kind.fit(number, self.overflow))
    }
}

/// `BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | ...]`
///
/// Cost: O(subcommands), and the growth of the string.
pub(super) fn bitfield(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let steps = parse(cx, args)?;
    if steps.iter().all(|step| step.action == Action::Get) {
        return read(cx, args[1], &steps);
    }
    write(cx, args[1], &steps)
}

/// `BITFIELD_RO key [GET type offset ...]`
///
/// Cost: O(subcommands).
pub(super) fn bitfield_ro(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let steps = parse(cx, args)?;
    if steps.iter().any(|step| step.action != Action::Get) {
        return Err(READ_ONLY);
    }
    read(cx, args[1], &steps)
}

fn parse(cx: &Ctx<'_>, args: Args<'_>) -> Result<Steps, Refusal> {
    let mut steps = Steps::new();
    let mut overflow = Overflow::Wrap;
    let mut at = 2;
    while at < args.len() {
        let more = args.len() - at - 1;
        if args.is(at, "overflow") && more >= 1 {
            let words =
                [("wrap", Overflow::Wrap), ("sat", Overflow::Saturate), ("fail", Overflow::Fail)];
            let found = words.into_iter().find(|(word, _)| args.is(at + 1, word));
            overflow = found.ok_or(OVERFLOW_TYPE)?.1;
            at += 2;
            continue;
        }
        let action: fn(i64) -> Action = match () {
            () if args.is(at, "get") && more >= 2 => |_| Action::Get,
            () if args.is(at, "set") && more >= 3 => Action::Set,
            () if args.is(at, "incrby") && more >= 3 => Action::Increment,
            () => return Err(Refusal::SYNTAX),
        };
        let kind = Kind::parse(args.at(at + 1))?;
        let offset = field_offset(cx, args.at(at + 2), kind.width)?;
        let action = match action(0) {
            Action::Get => Action::Get,
            _ => action(args.int(at + 3)?),
        };
        steps.push(Step { action, kind, offset, overflow });
        at += if action == Action::Get { 3 } else { 4 };
    }
    Ok(steps)
}

fn read(cx: &mut Ctx<'_>, key: &[u8], steps: &[Step]) -> Done {
    let mut scratch = itoa::Buffer::new();
    let value = string_of(cx.keys.read(key))?;
    let bytes = value.map_or(&b""[..], |value| value.text(&mut scratch));
    cx.reply.array(steps.len());
    for step in steps {
        cx.reply.int(step.kind.load(bytes, step.offset));
    }
    Ok(())
}

/// Makes room for all fields first, even for those that are not written in the end.
fn write(cx: &mut Ctx<'_>, key: &[u8], steps: &[Step]) -> Done {
    let written = steps.iter().filter(|step| step.action != Action::Get);
    let len = written.map(Step::last_byte).max().map_or(0, |last| last as usize + 1);
    let reply = &mut cx.reply;
    let edit = |bytes: &mut [u8], old_len: Option<usize>| {
        let grown = old_len.is_none_or(|old| old < len);
        let mut changes = 0;
        reply.array(steps.len());
        for step in steps {
            let (old, new) = step.values(bytes);
            match (step.action, new) {
                (Action::Get, _) => reply.int(old),
                (_, None) => reply.null(),
                (action, Some(new)) => {
                    reply.int(if matches!(action, Action::Set(_)) { old } else { new });
                    bits::set_field(bytes, step.offset, step.kind.width, new as u64);
                    changes += u64::from(grown || old != new);
                }
            }
        }
        changes
    };
    let changes = cx.keys.edit_string(key, len, Look::Write, edit)?;
    if changes > 0 {
        cx.keys.modified(key);
        cx.keys.event(key, Class::STRING, "setbit");
        cx.keys.dirty(changes);
    }
    Ok(())
}
