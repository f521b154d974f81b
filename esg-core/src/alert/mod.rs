//! What a person should look at now, decided by rules that can be checked by hand.
//!
//! A rule watches one figure: a metric, a key figure, the emissions of a cell, the silence of a source, numbers that a source left
//! out. It says what is too much, over which time, and from where on all is well again. Judging is a plain function: the rule, what
//! was measured, how the rule stood before and the time go in, and how it stands now comes out, with the figure, the limit, the
//! window, the number of events and their digest. The same input gives the same answer, so an alert can be made again years later.
//!
//! One alert is open for a rule and a group at a time. It is opened when the figure passes the limit and not again before the figure
//! was well; what nobody measured closes nothing, because silence is no recovery. `docs/server.md` has the words of a rule.

mod condition;
mod error;
mod judge;
mod lifecycle;
mod measure;
mod rule;
mod watch;
mod words;

pub use condition::{Condition, DetectorWords, Side};
pub use error::AlertError;
pub use judge::{Evaluation, Evidence, Standing, State, judge};
pub use lifecycle::{Alert, Change, Status, Step, change};
pub use measure::{Observation, Span, metric, silence};
pub use rule::{Rule, Severity, Window};
pub use watch::{EmissionsWatch, MetricWatch, Statistic, Watch};
pub use words::{ConditionWords, QuantityWords, RuleWords, SpanWords, WatchWords};
