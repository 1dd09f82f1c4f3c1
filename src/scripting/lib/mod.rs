//! The libraries that scripts have beside those of Lua: they know Lua values and nothing of the
//! server.
