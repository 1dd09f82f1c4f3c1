//! Commands about channels and their subscribers.

mod inspect;
mod publish;
mod subscribe;
pub mod table;
