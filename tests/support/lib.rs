//! Support for the end-to-end tests, benches and examples.

/// The page that newcomers read; its Rust is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
