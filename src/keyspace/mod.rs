//! Databases: access to keys, expiry, events.
