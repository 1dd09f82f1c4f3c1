//! Configuration directives, declared once.
