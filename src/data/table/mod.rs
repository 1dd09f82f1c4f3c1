//! Segmented copy-on-write hash table.
