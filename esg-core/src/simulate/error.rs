//! Why a law, a model or a run was refused.

use crate::error::Kind;

/// Why a law, a model or a run was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// A parameter of a law breaks a rule.
    #[error("{record}{law}: {field} is {value}; it must be {rule}")]
    Parameter {
        /// Variable or factor that the law belongs to, with `: ` behind it; empty where nobody named it.
        record: String,
        /// Law.
        law: &'static str,
        /// Parameter.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// An id that stands for two different variables.
    #[error("the variable {id:?} already stands in the model with another law")]
    Variable {
        /// Id.
        id: String,
    },
    /// A variable that is not of this model.
    #[error("variable number {index} is not of this model, which has {count}")]
    Foreign {
        /// Number as it came.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A coefficient that is no number.
    #[error("the coefficient of term {term} is {value}; it must be finite")]
    Coefficient {
        /// Number of the term.
        term: usize,
        /// Its value.
        value: f64,
    },
    /// A correlation that cannot be.
    #[error("correlation of {variables}: {problem}")]
    Correlation {
        /// Variables.
        variables: String,
        /// What is wrong.
        problem: String,
    },
    /// A run that cannot be made.
    #[error("{option} is {value}; it must be {rule}")]
    Option {
        /// Option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A model without terms.
    #[error("the model has no terms: there is nothing to add up")]
    Empty,
    /// A result that left the range of floats, or that of the fourth powers that moments need.
    #[error(
        "{output} of draw {draw} is not finite, or beyond 1e77: a law's tail is too long, or a coefficient too large"
    )]
    NotFinite {
        /// Total or group.
        output: String,
        /// Draw.
        draw: u64,
    },
    /// Two partial results that are not parts of one run.
    #[error("partial results cannot be joined: {problem}")]
    Merge {
        /// What is wrong.
        problem: String,
    },
    /// A partial result that is not the whole run.
    #[error("draws {first} to {last} are missing: the run is not complete")]
    Incomplete {
        /// First draw that is missing.
        first: u64,
        /// Last draw of the gap.
        last: u64,
    },
    /// Something that the run did not keep.
    #[error("{what} was not kept: run again with {option}")]
    NotKept {
        /// What was asked for.
        what: &'static str,
        /// The option that keeps it.
        option: &'static str,
    },
}

impl SimulateError {
    /// A name that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameter { .. } => "simulate.parameter",
            Self::Variable { .. } => "simulate.variable",
            Self::Foreign { .. } => "simulate.foreign",
            Self::Coefficient { .. } => "simulate.coefficient",
            Self::Correlation { .. } => "simulate.correlation",
            Self::Option { .. } => "simulate.option",
            Self::Empty => "simulate.empty",
            Self::NotFinite { .. } => "simulate.not_finite",
            Self::Merge { .. } => "simulate.merge",
            Self::Incomplete { .. } => "simulate.incomplete",
            Self::NotKept { .. } => "simulate.not_kept",
        }
    }

    /// Whose turn it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Parameter { .. }
            | Self::Foreign { .. }
            | Self::Coefficient { .. }
            | Self::Correlation { .. }
            | Self::Option { .. }
            | Self::Empty
            | Self::NotFinite { .. } => Kind::Invalid,
            Self::Variable { .. } | Self::Merge { .. } => Kind::Conflict,
            Self::Incomplete { .. } | Self::NotKept { .. } => Kind::Missing,
        }
    }

    /// Names the variable or factor whose law was refused.
    pub fn of(self, name: &str) -> Self {
        match self {
            Self::Parameter { law, field, value, rule, .. } => {
                Self::Parameter { record: format!("{name}: "), law, field, value, rule }
            }
            other => other,
        }
    }
}
