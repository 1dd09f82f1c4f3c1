//! Single positions: GEOADD, GEODIST, GEOHASH, GEOPOS.

use super::cell::{Cell, LONGITUDES, STEP_MAX, distance};
use super::{position, position_of, reply_position, unit};
use crate::base::num::format_distance;
use crate::commands::zset::zadd;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::value::zset::Zset;

/// `GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]`
///
/// Is ZADD with the cells as scores, and propagates as that.
pub(super) fn geoadd(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let (mut nx, mut xx, mut first) = (false, false, 2);
    while first < args.len() {
        match () {
            () if args.is(first, "NX") => nx = true,
            () if args.is(first, "XX") => xx = true,
            () if args.is(first, "CH") => {}
            () => break,
        }
        first += 1;
    }
    if !(args.len() - first).is_multiple_of(3) || nx && xx {
        return Err(Refusal::SYNTAX);
    }
    let triples = (first..args.len()).step_by(3);
    let scores: Vec<String> = triples
        .map(|at| Ok(Cell::of(position(args, at)?, STEP_MAX).bits().to_string()))
        .collect::<Result<_, Refusal>>()?;
    let mut argv: Vec<&[u8]> = vec![b"zadd"];
    argv.extend_from_slice(&args.slice()[1..first]);
    for (number, score) in scores.iter().enumerate() {
        argv.extend([score.as_bytes(), args[first + 3 * number + 2]]);
    }
    zadd(cx, Args::new(&argv, &[]))?;
    cx.rewrite(&argv);
    Ok(())
}

/// `GEODIST key member1 member2 [unit]`
pub(super) fn geodist(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let metres = match args.len() {
        4 => 1.0,
        5 => unit(args, 4)?,
        _ => return Err(Refusal::SYNTAX),
    };
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    let scores = zset.and_then(|zset| Some((zset.score(args[2])?, zset.score(args[3])?)));
    match scores {
        Some((a, b)) => {
            let distance = distance(position_of(a), position_of(b)) / metres;
            cx.reply.bulk(&format_distance(distance)[..]);
        }
        None => cx.reply.null(),
    }
    Ok(())
}

/// `GEOHASH key [member [member ...]]`: the eleven characters that others write, on a map with
/// poles.
pub(super) fn geohash(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    cx.reply.array(args.len() - 2);
    for member in args.from(2) {
        let Some(score) = zset.and_then(|zset| zset.score(member)) else {
            cx.reply.null();
            continue;
        };
        let cell = Cell::within(position_of(score), STEP_MAX, LONGITUDES, (-90.0, 90.0));
        // 52 bits are ten characters and two bits, which are not shown: the last character is
        // always the first one.
        let character = |n: u32| ALPHABET[(cell.bits() >> (47 - 5 * n)) as usize & 0x1f];
        let mut text = [ALPHABET[0]; 11];
        (0..10).for_each(|n| text[n as usize] = character(n));
        cx.reply.bulk(text);
    }
    Ok(())
}

/// `GEOPOS key [member [member ...]]`
pub(super) fn geopos(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    let zset = cx.keys.object::<Zset>(args[1], Look::Read)?;
    cx.reply.array(args.len() - 2);
    for member in args.from(2) {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => reply_position(&mut cx.reply, position_of(score)),
            None => cx.reply.null_array(),
        }
    }
    Ok(())
}
