//! What may come, as ranges and never as a point alone.

pub mod forecast;
