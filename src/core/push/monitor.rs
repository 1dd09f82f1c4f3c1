//! Monitors: clients that are shown every command.

use super::{Copies, Push};
use crate::base::text::push_repr;
use crate::core::args::Args;
use crate::core::ctx::Ctx;
use crate::core::session::Session;
use crate::core::world::World;

impl Push {
    /// Number of monitors.
    pub fn monitors(&self) -> usize {
        self.monitors.len()
    }
}

/// The line that shows a command.
fn line(world: &World, session: &Session, argv: &[&[u8]]) -> Vec<u8> {
    let us = world.latest.wall_us;
    let (seconds, micros) = (us.div_euclid(1_000_000), us.rem_euclid(1_000_000));
    let origin = if world.scripts.running.is_some() {
        "lua".to_owned()
    } else if session.unix {
        // A unix socket's peer has no address of its own; the path is followed by `:0`.
        format!("unix:{}", session.local.strip_suffix(":0").unwrap_or(&session.local))
    } else {
        session.peer.clone()
    };
    let mut line = format!("+{seconds}.{micros:06} [{} {origin}]", session.db.0).into_bytes();
    for arg in argv {
        line.push(b' ');
        push_repr(&mut line, arg);
    }
    line.extend_from_slice(b"\r\n");
    line
}

impl Ctx<'_> {
    /// Shows the command to all monitors.
    pub(super) fn show_to_monitors(&mut self, args: Args<'_>) {
        if self.world.push.monitors.is_empty() {
            return;
        }
        let argv = self.entry().row.shown(args.slice());
        let line = line(self.world, self.session, &argv);
        let own = self.session.key;
        let (mut sender, state) = self.world.sender(None);
        let mut copies = Copies::default();
        for &monitor in state.monitors.iter().filter(|monitor| **monitor != own) {
            let wants = |s: &mut Session| !s.reply_mode.is_silent();
            if sender.everyone.get(monitor).is_some_and(wants) {
                sender.send(monitor, &mut copies, |reply| reply.raw(&line));
            }
        }
        // A monitor that executes sees its own commands where they happen, but not that it leaves.
        let listens = self.session.push.monitor && !self.session.closing;
        if listens && !self.session.reply_mode.is_silent() {
            match &mut self.world.scripts.running {
                // What a script calls answers to the script.
                Some(running) => running.shown.extend_from_slice(&line),
                None => self.reply.raw(&line),
            }
        }
        if !self.world.push.over.is_empty() {
            self.world.check_pushed(Some(self.session));
        }
    }
}
