//! The life of an alert: it fires, somebody takes it, it is resolved by a person or because all is well again.

use super::error::AlertError;
use super::judge::Standing;
use crate::time::Instant;

/// How an alert stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// Nobody has taken it.
    Firing,
    /// Somebody looks after it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Firing, Self::Acknowledged, Self::Resolved];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// A step in the life of an alert.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// How it stood from then on.
    pub status: Status,
    /// When.
    pub at: Instant,
    /// Who; none where the figure did it.
    pub by: Option<String>,
    /// What was said.
    pub note: Option<String>,
}

/// An alert with its history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alert {
    steps: Vec<Step>,
}

/// What a judgement means for the alert of a rule and a group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// Nothing.
    None,
    /// It is raised.
    Raised,
    /// It is over, where it is still open.
    Over,
}

/// Returns what a judgement means. An alert is raised once between two times at which all was well, whoever resolved it and
/// however often nothing was measured between.
pub fn change(before: Option<&Standing>, now: &Standing) -> Change {
    match (before.is_some_and(|before| before.latched), now.latched) {
        (false, true) => Change::Raised,
        (true, false) => Change::Over,
        (false, false) | (true, true) => Change::None,
    }
}

impl Alert {
    /// Returns an alert that begins to fire.
    pub fn fire(at: Instant) -> Self {
        Self { steps: vec![Step { status: Status::Firing, at, by: None, note: None }] }
    }

    /// Returns an alert whose history was kept; none for one that did not begin to fire.
    pub fn restore(steps: Vec<Step>) -> Option<Self> {
        (steps.first()?.status == Status::Firing).then_some(Self { steps })
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        self.steps.last().map_or(Status::Firing, |step| step.status)
    }

    /// What has happened, the first step first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Somebody takes it.
    ///
    /// # Errors
    /// `alert.step` where it is taken or over.
    pub fn acknowledge(&mut self, by: &str, note: Option<String>, at: Instant) -> Result<&Step, AlertError> {
        match self.status() {
            Status::Firing => Ok(self.step(Status::Acknowledged, Some(by), note, at)),
            status @ (Status::Acknowledged | Status::Resolved) => {
                Err(AlertError::Step { status: status.as_str(), step: "acknowledged" })
            }
        }
    }

    /// It is over: because somebody says so, or, without a name, because all is well again.
    ///
    /// # Errors
    /// `alert.step` where it is over already.
    pub fn resolve(
        &mut self,
        by: Option<&str>,
        note: Option<String>,
        at: Instant,
    ) -> Result<&Step, AlertError> {
        match self.status() {
            Status::Firing | Status::Acknowledged => Ok(self.step(Status::Resolved, by, note, at)),
            status @ Status::Resolved => Err(AlertError::Step { status: status.as_str(), step: "resolved" }),
        }
    }

    fn step(&mut self, status: Status, by: Option<&str>, note: Option<String>, at: Instant) -> &Step {
        self.steps.push(Step { status, at, by: by.map(str::to_owned), note });
        self.steps.last().expect("it was put there just now")
    }
}
