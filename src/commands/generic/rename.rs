//! A key under another name or in another database: RENAME, RENAMENX, MOVE, COPY.

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::event::Class;

pub(super) fn rename(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    rename_unless(cx, args, false)?;
    cx.reply.ok();
    Ok(())
}

pub(super) fn renamenx(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let renamed = rename_unless(cx, args, true)?;
    cx.reply.int(i64::from(renamed));
    Ok(())
}

/// Renames; false if nothing had to be done, or if the new name is taken and `keep` forbids to
/// replace it.
fn rename_unless(cx: &mut Ctx<'_>, args: Args<'_>, keep: bool) -> Result<bool, Refusal> {
    let (from, to) = (args[1], args[2]);
    if cx.keys.write(from).is_none() {
        return Err(Refusal::NO_SUCH_KEY);
    }
    if from == to {
        return Ok(false);
    }
    if cx.keys.write(to).is_some() {
        if keep {
            return Ok(false);
        }
        cx.keys.remove(to);
    }
    let taken = cx.keys.take(from).expect("the source was just found");
    cx.keys.put_taken(to, taken);
    cx.keys.modified(from);
    cx.keys.modified(to);
    cx.keys.event(from, Class::GENERIC, "rename_from");
    cx.keys.event(to, Class::GENERIC, "rename_to");
    cx.keys.dirty(1);
    Ok(true)
}

/// Argument `index` as the index of a database.
fn database(cx: &Ctx<'_>, args: Args<'_>, index: usize) -> Result<usize, Refusal> {
    let db = usize::try_from(args.int32(index)?).map_err(|_| Refusal::DB_INDEX)?;
    if db < cx.keys.space.dbs.len() { Ok(db) } else { Err(Refusal::DB_INDEX) }
}

pub(super) fn move_key(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (key, db) = (args[1], database(cx, args, 2)?);
    if db == cx.keys.db {
        return Err(Refusal::SAME_OBJECT);
    }
    if cx.keys.write(key).is_none() || cx.keys.in_db(db).write(key).is_some() {
        cx.reply.int(0);
        return Ok(());
    }
    let taken = cx.keys.take(key).expect("the source was just found");
    cx.keys.in_db(db).put_taken(key, taken);
    cx.keys.modified(key);
    cx.keys.in_db(db).modified(key);
    cx.keys.event(key, Class::GENERIC, "move_from");
    cx.keys.in_db(db).event(key, Class::GENERIC, "move_to");
    cx.keys.dirty(1);
    cx.reply.int(1);
    Ok(())
}

pub(super) fn copy(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (from, to) = (args[1], args[2]);
    let (mut db, mut replace) = (cx.keys.db, false);
    let mut at = 3;
    while at < args.len() {
        if args.is(at, "REPLACE") {
            replace = true;
        } else if args.is(at, "DB") && at + 1 < args.len() {
            db = database(cx, args, at + 1)?;
            at += 1;
        } else {
            return Err(Refusal::SYNTAX);
        }
        at += 1;
    }
    if db == cx.keys.db && from == to {
        return Err(Refusal::SAME_OBJECT);
    }
    if cx.keys.read(from).is_none() {
        cx.reply.int(0);
        return Ok(());
    }
    let taken = cx.keys.in_db(db).write(to).is_some();
    if taken && !replace {
        cx.reply.int(0);
        return Ok(());
    }
    let copy = cx.keys.copy_of(from).expect("the source was just found");
    let mut target = cx.keys.in_db(db);
    if taken {
        target.remove(to);
    }
    target.put_taken(to, copy);
    target.commit(to, Class::GENERIC, "copy_to");
    cx.reply.int(1);
    Ok(())
}
