//! Key figures and score of an account, and two accounts as one.
//!
//! Sums of parts are those of the whole, and key figures and score are made anew of them. What cannot be seen is an event that
//! stands in both parts: accounts that are merged must be of events that nobody sent twice.

use super::figures::{emissions_by_vertical, score_inputs};
use super::{Account, Settings};
use crate::error::Error;
use crate::ghg::GhgError;

impl Account {
    /// Makes key figures and score of the sums.
    pub(crate) fn figure(&mut self, settings: &Settings) -> Result<(), Error> {
        self.kpis = crate::kpi::kpis(&self.totals, &emissions_by_vertical(&self.inventory)?);
        self.score_inputs = score_inputs(
            &self.kpis,
            &self.totals,
            &self.inventory,
            &self.incomplete,
            &settings.not_applicable,
        )?;
        let score = |s: &super::ScoreSettings| crate::score::score(&self.score_inputs, &s.weights, &s.floor);
        self.score = settings.score.as_ref().map(score);
        Ok(())
    }

    /// Adds the account of other events, made with the same options, sets and settings. Exact, in any order.
    ///
    /// Its digest of events stays that of the first part, because those of two parts cannot be added; its events are no longer
    /// kept. An event that is in both parts counts twice.
    ///
    /// # Errors
    /// `inventory.merge` when options or sets differ, `amount.overflow`.
    pub fn merge(&mut self, other: Self, settings: &Settings) -> Result<(), Error> {
        self.absorb(other)?;
        self.figure(settings)
    }

    /// Adds all that is summed; key figures and score stay those of before.
    pub(crate) fn absorb(&mut self, other: Self) -> Result<(), Error> {
        for (what, left, right) in [
            ("options", &self.digests.options, &other.digests.options),
            ("locks of the factor sets", &self.digests.factors_lock, &other.digests.factors_lock),
        ] {
            if left != right {
                let (left, right) = (left.clone(), right.clone());
                return Err(GhgError::Merge { what, left, right }.into());
            }
        }
        self.inventory.merge(other.inventory)?;
        self.sources.extend(other.sources);
        self.refused.extend(other.refused);
        for assumed in other.assumptions {
            let same = |mine: &&mut crate::normalize::Assumption| {
                (mine.name, &mine.value) == (assumed.name, &assumed.value)
            };
            match self.assumptions.iter_mut().find(same) {
                Some(mine) => mine.count += assumed.count,
                None => self.assumptions.push(assumed),
            }
        }
        self.assumptions.sort_by_key(|assumed| assumed.place());
        self.totals.merge(&other.totals);
        for lost in other.incomplete {
            match self.incomplete.iter_mut().find(|mine| mine.vertical == lost.vertical) {
                Some(mine) => mine.rows += lost.rows,
                None => self.incomplete.push(lost),
            }
        }
        self.incomplete.sort_by_key(|lost| lost.vertical as usize);
        self.events = None;
        Ok(())
    }

    /// Puts sources of one label together, and refused rows in the order of their lines: what parts of one source had.
    pub(crate) fn tidy(&mut self) {
        let mut sources: Vec<super::SourceCount> = Vec::new();
        for source in std::mem::take(&mut self.sources) {
            match sources.iter_mut().find(|known| known.label == source.label) {
                Some(known) => {
                    known.accepted += source.accepted;
                    known.rejected += source.rejected;
                    known.duplicates += source.duplicates;
                    known.amended += source.amended;
                }
                None => sources.push(source),
            }
        }
        let place = |label: &str| sources.iter().position(|source| &*source.label == label);
        self.refused.sort_by_cached_key(|row| (place(&row.source), row.rejection.line, row.stage));
        self.sources = sources;
    }
}
