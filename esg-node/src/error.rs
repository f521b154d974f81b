//! The one place where a refusal of the core becomes an error of JavaScript.

use esg_core::face;
use napi::Env;

use crate::hooks;

/// What functions return inside the border.
pub type Outcome<T> = Result<T, Raised>;

/// A refusal on its way to JavaScript.
pub enum Raised {
    /// Of the core; it becomes an `EsgError`.
    Core(Box<esg_core::Error>),
    /// Of Node itself: an exception that JavaScript threw, a value that could not be made.
    Node(napi::Error),
}

impl<E: Into<esg_core::Error>> From<E> for Raised {
    fn from(error: E) -> Self {
        Self::Core(Box::new(error.into()))
    }
}

impl Raised {
    /// The refusal as Node throws it.
    pub fn into_node(self, env: &Env) -> napi::Error {
        match self {
            Self::Core(error) => hooks::raise(env, &error).unwrap_or_else(|failed| failed),
            Self::Node(error) => error,
        }
    }
}

/// For `?` on results of Node itself.
pub trait OfNode<T> {
    /// The same with the error on its way to JavaScript.
    fn node(self) -> Outcome<T>;
}

impl<T> OfNode<T> for napi::Result<T> {
    fn node(self) -> Outcome<T> {
        self.map_err(Raised::Node)
    }
}

/// Does the work of a call: whatever goes wrong in it becomes an exception, a panic too.
pub fn border<T>(env: &Env, work: impl FnOnce() -> Outcome<T>) -> napi::Result<T> {
    let done = match face::guarded(work) {
        Ok(done) => done,
        Err(panicked) => Err(panicked.into()),
    };
    done.map_err(|raised| raised.into_node(env))
}
