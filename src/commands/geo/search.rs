//! Searching around a position: GEOSEARCH, GEOSEARCHSTORE, and the older GEORADIUS family.

use super::cell::{Position, Shape};
use super::{position, position_of, reply_position, unit};
use crate::base::num::format_distance;
use crate::base::partial_sort::sort_part;
use crate::commands::zset::rules;
use crate::core::args::Args;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::keyspace::access::Look;
use crate::keyspace::event::Class;
use crate::value::zset::{Ranked, Zset, ZsetRef};

/// Which command it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// GEORADIUS; whether it may store.
    Around { store: bool },
    /// GEORADIUSBYMEMBER; whether it may store.
    ByMember { store: bool },
    /// GEOSEARCH and GEOSEARCHSTORE.
    Search { store: bool },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
}

/// What the arguments say.
#[derive(Default)]
struct Request<'a> {
    center: Option<Position>,
    /// In metres.
    shape: Option<Shape>,
    /// Metres of the unit.
    unit: f64,
    from_member: bool,
    with_distance: bool,
    with_hash: bool,
    with_position: bool,
    any: bool,
    order: Option<Order>,
    /// 0: all.
    count: usize,
    store: Option<&'a [u8]>,
    store_distance: bool,
}

/// Reads a number of lengths and their unit; the lengths become metres.
fn lengths<const N: usize>(
    args: Args<'_>,
    at: usize,
    names: [&'static str; N],
    negative: &'static str,
) -> Result<([f64; N], f64), Refusal> {
    let mut values = [0.0; N];
    for (number, name) in names.into_iter().enumerate() {
        values[number] = args.double(at + number).map_err(|_| Refusal::fixed(name))?;
    }
    if values.iter().any(|&value| value < 0.0) {
        return Err(Refusal::fixed(negative));
    }
    let unit = unit(args, at + N)?;
    Ok((values.map(|value| value * unit), unit))
}

impl<'a> Request<'a> {
    fn circle(&mut self, args: Args<'_>, at: usize) -> Done {
        let ([radius], unit) =
            lengths(args, at, ["ERR need numeric radius"], "ERR radius cannot be negative")?;
        (self.shape, self.unit) = (Some(Shape::Circle { radius }), unit);
        Ok(())
    }

    fn rectangle(&mut self, args: Args<'_>, at: usize) -> Done {
        let names = ["ERR need numeric width", "ERR need numeric height"];
        let ([width, height], unit) =
            lengths(args, at, names, "ERR height or width cannot be negative")?;
        (self.shape, self.unit) = (Some(Shape::Box { width, height }), unit);
        Ok(())
    }

    /// A missing key has no members, but the other arguments are still read.
    fn member(&mut self, zset: Option<ZsetRef<'_>>, member: &[u8]) -> Done {
        if let Some(zset) = zset {
            let score = zset.score(member);
            let score =
                score.ok_or(Refusal::fixed("ERR could not decode requested zset member"))?;
            self.center = Some(position_of(score));
        }
        self.from_member = true;
        Ok(())
    }

    fn parse(
        args: Args<'a>,
        form: Form,
        zset: Option<ZsetRef<'_>>,
    ) -> Result<Request<'a>, Refusal> {
        let mut request = Request { unit: 1.0, ..Request::default() };
        let at = match form {
            Form::Around { .. } => {
                request.center = Some(position(args, 2)?);
                request.circle(args, 4)?;
                6
            }
            Form::ByMember { .. } => {
                request.member(zset, args[2])?;
                if zset.is_some() {
                    request.circle(args, 3)?;
                }
                5
            }
            Form::Search { store: false } => 2,
            Form::Search { store: true } => {
                request.store = Some(args[1]);
                3
            }
        };
        request.options(args, at, form, zset)?;
        request.check(args, form)?;
        Ok(request)
    }

    fn options(
        &mut self,
        args: Args<'a>,
        mut at: usize,
        form: Form,
        zset: Option<ZsetRef<'_>>,
    ) -> Done {
        while at < args.len() {
            let left = args.len() - at - 1;
            let used = match () {
                () if args.is(at, "WITHDIST") => set(&mut self.with_distance),
                () if args.is(at, "WITHHASH") => set(&mut self.with_hash),
                () if args.is(at, "WITHCOORD") => set(&mut self.with_position),
                () if args.is(at, "ANY") => set(&mut self.any),
                () if args.is(at, "ASC") => {
                    self.order = Some(Order::Ascending);
                    0
                }
                () if args.is(at, "DESC") => {
                    self.order = Some(Order::Descending);
                    0
                }
                () if args.is(at, "COUNT") && left >= 1 => {
                    let count = args.int(at + 1)?;
                    if count <= 0 {
                        return Err(Refusal::fixed("ERR COUNT must be > 0"));
                    }
                    self.count = count as usize;
                    1
                }
                () => match form {
                    Form::Search { store } => self.search_option(args, at, store, zset)?,
                    Form::Around { store } | Form::ByMember { store } => {
                        let distance = args.is(at, "STOREDIST");
                        if !store || left == 0 || !distance && !args.is(at, "STORE") {
                            return Err(Refusal::SYNTAX);
                        }
                        (self.store, self.store_distance) = (Some(args[at + 1]), distance);
                        1
                    }
                },
            };
            at += 1 + used;
        }
        Ok(())
    }

    /// An option that only GEOSEARCH and GEOSEARCHSTORE have; returns how many arguments it took.
    fn search_option(
        &mut self,
        args: Args<'a>,
        at: usize,
        store: bool,
        zset: Option<ZsetRef<'_>>,
    ) -> Result<usize, Refusal> {
        let left = args.len() - at - 1;
        let from_place = self.center.is_some() && !self.from_member;
        let circle = matches!(self.shape, Some(Shape::Circle { .. }));
        let rectangle = matches!(self.shape, Some(Shape::Box { .. }));
        match () {
            () if store && args.is(at, "STOREDIST") => Ok(set(&mut self.store_distance)),
            () if args.is(at, "FROMMEMBER") && left >= 1 && !from_place => {
                self.member(zset, args[at + 1])?;
                Ok(1)
            }
            () if args.is(at, "FROMLONLAT") && left >= 2 && !self.from_member => {
                self.center = Some(position(args, at + 1)?);
                Ok(2)
            }
            () if args.is(at, "BYRADIUS") && left >= 2 && !rectangle => {
                self.circle(args, at + 1)?;
                Ok(2)
            }
            () if args.is(at, "BYBOX") && left >= 3 && !circle => {
                self.rectangle(args, at + 1)?;
                Ok(3)
            }
            () => Err(Refusal::SYNTAX),
        }
    }

    /// Refuses options that do not go together, or are missing.
    fn check(&self, args: Args<'_>, form: Form) -> Done {
        let search = matches!(form, Form::Search { .. });
        if self.store.is_some() && (self.with_distance || self.with_hash || self.with_position) {
            return Err(Refusal::fixed(if search {
                "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            } else {
                "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            }));
        }
        // The texts name the command as it was sent.
        if search && self.center.is_none() && !self.from_member {
            let text = b"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ";
            return Err(Refusal::new([&text[..], args[0]].concat()));
        }
        if search && self.shape.is_none() {
            let text = b"ERR exactly one of BYRADIUS and BYBOX can be specified for ";
            return Err(Refusal::new([&text[..], args[0]].concat()));
        }
        if self.any && self.count == 0 {
            return Err(Refusal::fixed("ERR the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    /// The points that are found, in order, and not more than are wanted.
    fn find(&self, zset: ZsetRef<'_>) -> Vec<Point> {
        let (Some(center), Some(shape)) = (self.center, self.shape) else { return Vec::new() };
        let enough = if self.any { self.count } else { usize::MAX };
        let mut points = Vec::new();
        for cell in shape.cells(center) {
            let (min, max) = cell.scores();
            let start = zset.partition(|score, _| score < min);
            for (member, score) in zset.iter_from(start).take_while(|(_, score)| *score < max) {
                if points.len() >= enough {
                    break;
                }
                let position = position_of(score);
                if let Some(distance) = shape.contains(center, position) {
                    let distance = distance / self.unit;
                    points.push(Point { member: member.to_vec(), score, position, distance });
                }
            }
        }
        let order = match self.order {
            // The nearest ones are meant.
            None if self.count > 0 && !self.any => Some(Order::Ascending),
            order => order,
        };
        if let Some(order) = order {
            let compare = |a: &Point, b: &Point| match order {
                Order::Ascending => a.distance.total_cmp(&b.distance),
                Order::Descending => b.distance.total_cmp(&a.distance),
            };
            if (1..points.len()).contains(&self.count) {
                sort_part(&mut points, 0..self.count, compare);
            } else {
                points.sort_by(compare);
            }
        }
        if self.count > 0 {
            points.truncate(self.count);
        }
        points
    }
}

/// Sets an option that has no arguments; returns how many it took.
fn set(option: &mut bool) -> usize {
    *option = true;
    0
}

/// A member that was found; the distance is in the unit that was asked for.
struct Point {
    member: Vec<u8>,
    score: f64,
    position: Position,
    distance: f64,
}

fn search(cx: &mut Ctx<'_>, args: Args<'_>, form: Form) -> Done {
    let source = args[if form == (Form::Search { store: true }) { 2 } else { 1 }];
    let zset = cx.keys.object::<Zset>(source, Look::Read)?;
    let request = Request::parse(args, form, zset)?;
    let points = zset.map_or_else(Vec::new, |zset| request.find(zset));
    match request.store {
        None => reply(cx, &request, &points),
        Some(key) => {
            let search = matches!(form, Form::Search { .. });
            let event = if search { "geosearchstore" } else { "georadiusstore" };
            store(cx, key, &request, &points, event);
        }
    }
    Ok(())
}

fn reply(cx: &mut Ctx<'_>, request: &Request<'_>, points: &[Point]) {
    let options = [request.with_distance, request.with_hash, request.with_position];
    let extra = options.into_iter().filter(|&wanted| wanted).count();
    let reply = &mut cx.reply;
    reply.array(points.len());
    for point in points {
        if extra > 0 {
            reply.array(1 + extra);
        }
        reply.bulk(&point.member);
        if request.with_distance {
            reply.bulk(&format_distance(point.distance)[..]);
        }
        if request.with_hash {
            reply.int(point.score as i64);
        }
        if request.with_position {
            reply_position(reply, point.position);
        }
    }
}

/// Stores the points as a sorted set, by cell or by distance, or removes the key if there are none.
fn store(
    cx: &mut Ctx<'_>,
    key: &[u8],
    request: &Request<'_>,
    points: &[Point],
    event: &'static str,
) {
    if points.is_empty() {
        if cx.keys.remove(key) {
            cx.keys.commit(key, Class::GENERIC, "del");
        }
    } else {
        let rules = rules(cx);
        let members = points.iter().map(|point| {
            let score = if request.store_distance { point.distance } else { point.score };
            (&point.member[..], score)
        });
        let ranked = Ranked::collect(rules.hasher, members);
        cx.keys.store_object(key, Zset::from_ranked(ranked, rules));
        cx.keys.event(key, Class::ZSET, event);
        cx.keys.dirty(points.len() as u64);
    }
    cx.reply.int(points.len() as i64);
}

/// `GEORADIUS key longitude latitude radius unit [options] [STORE key | STOREDIST key]`
pub(super) fn georadius(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    search(cx, args, Form::Around { store: true })
}

/// `GEORADIUS_RO key longitude latitude radius unit [options]`
pub(super) fn georadius_ro(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    search(cx, args, Form::Around { store: false })
}

/// `GEORADIUSBYMEMBER key member radius unit [options] [STORE key | STOREDIST key]`
pub(super) fn georadiusbymember(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    search(cx, args, Form::ByMember { store: true })
}

/// `GEORADIUSBYMEMBER_RO key member radius unit [options]`
pub(super) fn georadiusbymember_ro(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    search(cx, args, Form::ByMember { store: false })
}

/// `GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude BYRADIUS radius unit | BYBOX
/// width height unit [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]`
pub(super) fn geosearch(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    search(cx, args, Form::Search { store: false })
}

/// `GEOSEARCHSTORE destination source` and as GEOSEARCH, with STOREDIST instead of the WITH
/// options.
pub(super) fn geosearchstore(cx: &mut Ctx<'_>, args: Args<'_>) -> Done {
    search(cx, args, Form::Search { store: true })
}
