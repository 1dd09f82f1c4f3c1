//! Who a client is.

use bytes::Bytes;

use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::session::{check_name, is_plain};

pub(super) fn id(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    cx.reply.int(cx.session.id.0 as i64);
    Ok(())
}

pub(super) fn getname(cx: &mut Ctx<'_>, _: Args<'_>) -> Done {
    if cx.session.name.is_empty() {
        cx.reply.null();
    } else {
        cx.reply.bulk(&cx.session.name);
    }
    Ok(())
}

pub(super) fn setname(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    check_name(args[2])?;
    cx.session.name = Bytes::copy_from_slice(args[2]);
    cx.reply.ok();
    Ok(())
}

pub(super) fn setinfo(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let library = if args.is(2, "LIB-NAME") {
        true
    } else if args.is(2, "LIB-VER") {
        false
    } else {
        return Err(Refusal::new([b"ERR Unrecognized option '", args[2], b"'"].concat()));
    };
    if !is_plain(args[3]) {
        let tail = b" cannot contain spaces, newlines or special characters.";
        return Err(Refusal::new([b"ERR ", args[2], tail.as_slice()].concat()));
    }
    let value = Bytes::copy_from_slice(args[3]);
    if library {
        cx.session.lib_name = value;
    } else {
        cx.session.lib_version = value;
    }
    cx.reply.ok();
    Ok(())
}
