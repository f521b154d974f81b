//! Rules of alerts over a ledger: read from a document, and what they watch measured as of an instant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Sets;
use super::document::Document;
use super::error::FaceError;
use super::ledger::LedgerQuestion;
use super::options::EngineOptions;
use super::statement::Statement;
use crate::account::{Account, Selection};
use crate::alert::{
    AlertError, Condition, EmissionsWatch, Evaluation, MetricWatch, Observation, Rule, RuleWords, Span, Step,
    Watch, metric, silence,
};
use crate::amount::Amount;
use crate::error::Error;
use crate::ledger::{Book, Question, Tenant};
use crate::ratio::Ratio;
use crate::telemetry::prints_digest;
use crate::time::{Instant, Period};

impl Document for RuleWords {
    const WHAT: &'static str = "rule";
    const FIELDS: &'static [&'static str] =
        &["name", "watch", "condition", "window", "after", "severity", "labels", "options"];
}

/// A rule over the ledger of a tenant.
#[derive(Clone, Debug)]
pub struct AlertRule {
    /// The rule.
    pub rule: Rule,
    options: Value,
    /// Cells of a rule on emissions.
    cells: Vec<Selection>,
}

impl AlertRule {
    /// Reads a rule. What it says of the engine is tried on nothing, so that a rule that is kept can be judged.
    ///
    /// # Errors
    /// As [`Rule::new`] and [`LedgerQuestion::new`]; `alert.value` for cells that cannot be added, `lineage.cell`,
    /// `inventory.dimension`, and `option.value` for days among the options.
    pub fn new(words: &RuleWords, sets: &Sets, tenant: &Tenant) -> Result<Self, Error> {
        let rule = Rule::new(words)?;
        let options = if words.options.is_null() { json!({}) } else { words.options.clone() };
        if !rule.watch.needs_days() && options != json!({}) {
            let rule = "left out: only key figures and emissions are calculated";
            return Err(AlertError::value("options", "given", rule).into());
        }
        for day in ["start", "end"] {
            if options.get(day).is_some() {
                return Err(FaceError::value(day, "given", "left out: the window says which days").into());
            }
        }
        let mut cells = Vec::new();
        if let Watch::Emissions(watch) = &rule.watch {
            cells = watch.cells.iter().map(|cell| cell.parse()).collect::<Result<_, _>>()?;
            addable(&cells)?;
        }
        let read = Self { rule, options, cells };
        if read.rule.watch.needs_days() {
            let question = read.question(sets, tenant, EngineOptions::default())?;
            let nothing = question.calculator().events(Vec::new(), &|_, _| true)?;
            if let Watch::Emissions(watch) = &read.rule.watch {
                read.emissions(watch, &nothing.account, &[])?;
            }
        }
        Ok(read)
    }

    fn question(&self, sets: &Sets, tenant: &Tenant, days: EngineOptions) -> Result<LedgerQuestion, Error> {
        let options = self.options.to_string();
        LedgerQuestion::new(sets, [options.as_bytes(), b"{}"], days, tenant, None)
    }

    /// Returns what is measured as of an instant, for each group by itself; `known` are the groups that were judged before.
    ///
    /// # Errors
    /// As [`Book::events`] and [`LedgerQuestion::statement`]; the `unit.*` codes for a reading that cannot be added.
    pub fn observe(
        &self,
        book: &Book,
        sets: &Sets,
        tenant: &Tenant,
        known: &[String],
        at: Instant,
    ) -> Result<Vec<Observation>, Error> {
        let window = self.rule.window;
        let now = window.span(at)?;
        let looks_back = matches!(self.rule.condition, Condition::Change { .. });
        let before = looks_back.then(|| window.before(at)).transpose()?;
        let first = before.map_or(now.from, |before| before.from);
        let question = |from: Instant| -> Result<Question, Error> {
            // A budget that has not begun ends before it starts, and then there is nothing to look at.
            let period = Period::new(from.day(), now.until.day().max(from.day()))?;
            Ok(Question { tenant: tenant.clone(), period: Some(period), as_of: None })
        };
        match &self.rule.watch {
            Watch::Metric(watch) => self.metric(watch, book, &question(first)?, (now, before), known),
            Watch::Silence { source } => {
                let events = book.events(&question(first)?)?;
                Ok(silence(source.as_deref(), (&events.batch, &events.fingerprints), now, known))
            }
            Watch::MissingNumbers { source } => {
                missing_numbers(book, &question(first)?, source.as_deref(), known)
            }
            Watch::Kpi { .. } | Watch::Emissions(_) => {
                let of = |from: Instant, until: Instant| -> Result<Statement, Error> {
                    let (start, end) = (Some(from.day()), Some(until.day().max(from.day())));
                    let days = EngineOptions { start, end, ..EngineOptions::default() };
                    self.question(sets, tenant, days)?.statement(book)
                };
                let statement = of(now.from, now.until)?;
                let earlier = before.map(|before| of(before.from, before.until)).transpose()?;
                self.calculated(&statement.account, earlier.as_ref().map(|earlier| &earlier.account), known)
            }
        }
    }

    fn metric(
        &self,
        watch: &MetricWatch,
        book: &Book,
        question: &Question,
        spans: (Span, Option<Span>),
        known: &[String],
    ) -> Result<Vec<Observation>, Error> {
        let events = book.events(question)?;
        metric(watch, (&events.batch, &events.fingerprints), spans, known)
    }

    /// Figures of inventories, with what is missing in them.
    fn calculated(
        &self,
        account: &Account,
        earlier: Option<&Account>,
        known: &[String],
    ) -> Result<Vec<Observation>, Error> {
        let (now, before) =
            (self.figures(account, known)?, earlier.map(|earlier| self.figures(earlier, known)));
        let before = before.transpose()?.unwrap_or_default();
        let lost = account.refused.len() + earlier.map_or(0, |earlier| earlier.refused.len());
        let lost = (lost > 0).then(|| format!("{lost} rows of these days are in no figure"));
        let groups: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
        let observation = |group: &String| Observation {
            group: group.clone(),
            value: now.get(group).cloned().flatten(),
            before: before.get(group).cloned().flatten(),
            readings: Vec::new(),
            events: account.accepted() + earlier.map_or(0, Account::accepted),
            digest: account.digests.events.clone(),
            note: lost.clone(),
        };
        Ok(groups.into_iter().map(observation).collect())
    }

    fn figures(&self, account: &Account, known: &[String]) -> Result<BTreeMap<String, Option<Ratio>>, Error> {
        match &self.rule.watch {
            Watch::Emissions(watch) => self.emissions(watch, account, known),
            Watch::Kpi { id, .. } => {
                let kpi = account.kpis.iter().find(|kpi| kpi.id == *id && kpi.tenant.is_none());
                let sides = kpi.and_then(|kpi| kpi.numerator.as_ref().zip(kpi.denominator.as_ref()));
                Ok([(String::new(), sides.and_then(|(above, below)| above.checked_div(below)))].into())
            }
            Watch::Metric(_) | Watch::Silence { .. } | Watch::MissingNumbers { .. } => Ok(BTreeMap::new()),
        }
    }

    fn emissions(
        &self,
        watch: &EmissionsWatch,
        account: &Account,
        known: &[String],
    ) -> Result<BTreeMap<String, Option<Ratio>>, Error> {
        let inventory = &account.inventory;
        let groups = match &watch.each {
            None => vec![String::new()],
            Some(dimension) => {
                let mut groups = inventory.values_of(dimension)?;
                groups.extend(known.iter().cloned());
                groups.sort_unstable();
                groups.dedup();
                groups
            }
        };
        let mut figures = BTreeMap::new();
        for group in groups {
            let mut sum: Option<Amount> = None;
            for cell in &self.cells {
                let mut wanted = cell.values().to_vec();
                wanted.extend(watch.each.iter().map(|dimension| (dimension.clone(), group.clone())));
                for (_, sums) in inventory.cells_with(&wanted)? {
                    sum = Some(sum.unwrap_or_default().checked_add(sums.co2e)?);
                }
            }
            figures.insert(group, sum.map(Amount::to_ratio));
        }
        Ok(figures)
    }
}

/// Refuses cells that count something twice, or that mean nothing together.
fn addable(cells: &[Selection]) -> Result<(), AlertError> {
    let scope = |cell: &Selection| cell.values().first().map_or_else(String::new, |(_, scope)| scope.clone());
    for (at, cell) in cells.iter().enumerate() {
        let own = scope(cell);
        if own == "outside" {
            let rule = "of a scope: what is outside is no CO2e";
            return Err(AlertError::value("watch.cells", cell, rule));
        }
        for other in &cells[..at] {
            let theirs = scope(other);
            let both_methods = own != theirs && own.starts_with('2') && theirs.starts_with('2');
            if own == theirs && !apart(cell, other) {
                return Err(AlertError::value(
                    "watch.cells",
                    cell,
                    "apart from the other cells: nothing counts twice",
                ));
            }
            if both_methods {
                let rule = "of one method: the two methods of scope 2 are never added";
                return Err(AlertError::value("watch.cells", cell, rule));
            }
        }
    }
    Ok(())
}

/// True when two cells of a scope differ in the value of a dimension that both state.
fn apart(one: &Selection, other: &Selection) -> bool {
    one.values().iter().skip(1).any(|(name, value)| {
        other.values().iter().skip(1).any(|(theirs, their)| name == theirs && value != their)
    })
}

fn missing_numbers(
    book: &Book,
    question: &Question,
    source: Option<&str>,
    known: &[String],
) -> Result<Vec<Observation>, Error> {
    let is_meant = |name: &str| source.is_none_or(|source| source == name);
    let events = book.events(question)?;
    let mut seen: BTreeMap<String, (u64, Vec<[u8; 32]>)> = BTreeMap::new();
    for event in (0..events.len()).filter(|event| is_meant(events.batch.source_id(*event))) {
        let (_, prints) = seen.entry(events.batch.source_id(event).to_owned()).or_default();
        prints.push(events.fingerprints[event]);
    }
    for gap in book.gaps(question)?.iter().filter(|gap| is_meant(&gap.source_id)) {
        if let Some((missing, _)) = seen.get_mut(&gap.source_id) {
            *missing += gap.last - gap.first + 1;
        }
    }
    let mut all: Vec<Observation> = seen
        .into_iter()
        .map(|(group, (missing, prints))| Observation {
            group,
            value: Ratio::new(missing, 1),
            before: None,
            readings: Vec::new(),
            events: prints.len() as u64,
            digest: prints_digest(prints),
            note: None,
        })
        .collect();
    for group in source.map(str::to_owned).iter().chain(known) {
        if !all.iter().any(|observation| observation.group == *group) {
            all.push(Observation::nothing(group, "no event in the window"));
        }
    }
    Ok(all)
}

/// Returns a judgement as a document.
pub fn evaluation_document(of: &Evaluation) -> Value {
    let (standing, evidence) = (&of.standing, &of.evidence);
    json!({
        "group": of.group, "state": standing.state.as_str(), "since": standing.since.to_string(),
        "evidence": {
            "figure": evidence.figure, "limit": evidence.limit, "clear": evidence.clear, "unit": evidence.unit,
            "value": evidence.value, "before": evidence.before, "value_unit": evidence.value_unit,
            "window": {"from": evidence.window.from.to_string(), "until": evidence.window.until.to_string()},
            "events": evidence.events, "digest": evidence.digest, "note": evidence.note,
        },
    })
}

/// Returns a step in the life of an alert as a document.
pub fn step_document(step: &Step) -> Value {
    json!({"status": step.status.as_str(), "at": step.at.to_string(), "by": step.by, "note": step.note})
}
