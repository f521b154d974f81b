//! What chance does to numbers: whether a reading is an oddity or only noise.

pub mod anomaly;
