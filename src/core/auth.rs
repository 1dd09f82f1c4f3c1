//! Authentication of clients.

use bytes::Bytes;

use super::ctx::Ctx;
use super::refusal::Refusal;
use super::session::Session;
use super::world::World;
use crate::resp::outbox::Control;

/// Compares without telling by its duration where the texts differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(a.len() ^ b.len(), |acc, (x, y)| acc | usize::from(x ^ y));
    differing == 0
}

/// True if this is a user, and this its password. A default user without a password takes any.
fn is_valid(world: &World, user: &[u8], password: &[u8]) -> bool {
    user == b"default"
        && match &world.config.requirepass {
            Some(required) if !required.is_empty() => same(required, password),
            _ => true,
        }
}

/// Authenticates the client.
/// # Errors
/// `WRONGPASS`
pub fn authenticate(cx: &mut Ctx<'_>, user: &[u8], password: &[u8]) -> Result<(), Refusal> {
    if !is_valid(cx.world, user, password) {
        return Err(Refusal::WRONG_PASS);
    }
    cx.session.user = Bytes::copy_from_slice(user);
    set_authenticated(cx.world, cx.session, true);
    Ok(())
}

/// Puts the client back to what a new one may do.
pub fn default_auth(cx: &mut Ctx<'_>) {
    cx.session.user = Bytes::from_static(b"default");
    let free = !cx.world.password_required();
    set_authenticated(cx.world, cx.session, free);
}

fn set_authenticated(world: &mut World, session: &mut Session, authenticated: bool) {
    if session.authenticated != authenticated {
        session.authenticated = authenticated;
        world.controls.push(Control::Trust(session.key, authenticated));
    }
}
