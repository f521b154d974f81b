//! An account in the words of a report.

use super::{Account, Stage};
use crate::kpi::{Kpi, KpiError};
use crate::ratio::Ratio;
use crate::report::{Digests, KpiLine, RejectedRow, ReportInfo, ScoreLine, ScoreTerm};
use crate::score::{Flag, Score, State};
use crate::telemetry::Vertical;

/// Significant digits of the score and its terms in a report; the inputs are exact.
const DIGITS: u32 = 12;

impl Account {
    /// Returns what a report says besides the inventory: figures, score, refused rows and digests. What only the company
    /// can say (its name, its boundary, the day) is left empty.
    ///
    /// Rows that the calculation refused, and events that were redacted, are in the inventory itself and not repeated here.
    pub fn report_info(&self) -> ReportInfo {
        let rejected =
            self.refused.iter().filter(|r| !matches!(r.stage, Stage::Calculate | Stage::Redacted)).map(|r| {
                RejectedRow {
                    source: r.source.to_string(),
                    line: r.rejection.line,
                    field: Some(r.rejection.field.clone()).filter(|field| !field.is_empty()),
                    code: r.rejection.code.to_owned(),
                    message: r.rejection.message.clone(),
                }
            });
        ReportInfo {
            kpis: self.kpis.iter().map(|kpi| self.kpi_line(kpi)).collect(),
            score: self.score_line(),
            rejected: rejected.collect(),
            digests: Digests {
                events: Some(self.digests.events.clone()),
                factors_lock: Some(self.digests.factors_lock.clone()),
                options: Some(self.digests.options.clone()),
                seed: None,
            },
            ..ReportInfo::default()
        }
    }

    /// Returns a note where rows of the vertical gave no emissions.
    pub fn incomplete_note(&self, vertical: Vertical) -> Option<String> {
        let lost = self.incomplete.iter().find(|i| i.vertical == vertical)?;
        Some(format!("{} rows of {vertical} gave no emissions", lost.rows))
    }

    fn kpi_line(&self, kpi: &Kpi) -> KpiLine {
        let name = match &kpi.tenant {
            Some(tenant) => format!("{} {tenant}", kpi.name),
            None => kpi.name.to_owned(),
        };
        let mut notes: Vec<String> = kpi.value.as_ref().err().map(KpiError::to_string).into_iter().collect();
        // Figures without carbon are whole whatever the factors are.
        if kpi.id.starts_with("co2e") || ["cue", "sci"].contains(&kpi.id) {
            notes.extend(self.incomplete_note(kpi.vertical));
        }
        KpiLine {
            id: kpi.id.to_owned(),
            name,
            value: kpi.value.as_ref().ok().map(ToString::to_string),
            unit: kpi.unit.to_owned(),
            note: notes.join("; "),
        }
    }

    fn score_line(&self) -> Option<ScoreLine> {
        let name = "Sustainability score".to_owned();
        Some(match self.score.as_ref()? {
            Ok(score) => ScoreLine {
                name,
                value: score.value.as_ref().and_then(text),
                note: note(score),
                terms: score.terms.iter().map(term).collect(),
            },
            Err(error) => ScoreLine { name, note: error.to_string(), ..ScoreLine::default() },
        })
    }
}

fn text(value: &Ratio) -> Option<String> {
    value.to_decimal(DIGITS).ok().map(|decimal| decimal.to_string())
}

fn note(score: &Score) -> String {
    let missing: Vec<&str> = score
        .terms
        .iter()
        .filter(|t| t.state == State::Missing && !t.effective_weight.is_zero())
        .map(|t| t.name.as_str())
        .collect();
    let mut notes = Vec::new();
    if !missing.is_empty() {
        let coverage = text(&score.coverage).unwrap_or_default();
        notes.push(format!("no value: {} is missing; {coverage} of the weight is there", missing.join(", ")));
    }
    notes.extend(score.flags.iter().map(|Flag::PueFloored { measured, used }| {
        let (measured, used) = (text(measured).unwrap_or_default(), text(used).unwrap_or_default());
        format!("the PUE of {measured} was raised to {used}")
    }));
    notes.join("; ")
}

fn term(term: &crate::score::ScoreTerm) -> ScoreTerm {
    ScoreTerm {
        name: term.name.as_str().to_owned(),
        value: term.value.as_ref().and_then(text),
        raw_weight: text(&term.weight).unwrap_or_default(),
        effective_weight: text(&term.effective_weight).unwrap_or_default(),
        note: match term.state {
            State::Present => format!("in {}", term.name.unit()),
            State::Missing => "missing: it applies and has no whole data".to_owned(),
            State::NotApplicable => "not applicable".to_owned(),
        },
    }
}
