//! What a handler works with.

/// The outcome of a handler: `Err` is the error reply.
pub type Done = Result<(), ()>;

/// See the module.
pub struct Ctx<'a>(std::marker::PhantomData<&'a mut ()>);
