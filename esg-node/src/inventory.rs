//! `Inventory`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use esg_core::face::{
    Aspect, By, Question, ReportOptions, Simulated, SimulationOptions, Statement, Watch, rows_document,
};
use napi::Env;
use napi::bindgen_prelude::{Buffer, External};
use napi_derive::napi;
use serde_json::Value;

use crate::amount::Amount;
use crate::error::{Outcome, border};
use crate::hooks::Given;
use crate::long::{Promised, State, long, on_pool};
use crate::score::Score;
use crate::simulation::Simulation;
use crate::table::ipc;
use crate::value::{Document, instance, read, read_with, text};

/// A greenhouse-gas inventory with everything that it rests on.
#[napi]
pub struct Inventory(Arc<Statement>);

impl Inventory {
    /// The inventory of a statement.
    pub fn of(statement: Statement) -> Self {
        Self(Arc::new(statement))
    }

    fn groups(&self, env: &Env, dimensions: Given, options: Given) -> Outcome<RecordBatch> {
        let by: By = read_with(env, "dimensions", dimensions, options)?;
        Ok(self.0.by(&by)?)
    }

    fn aspect(&self, env: &Env, of: Aspect) -> napi::Result<Document> {
        border(env, || Ok(Document(self.0.document(of))))
    }
}

#[napi]
impl Inventory {
    /// Returns a total in kg CO2e, or the mass of one gas; null where a part of that is published without its gases.
    ///
    /// `method` is `"location"` or `"market"`, and needed where scope 2 is in the total. `partial` gives what there is where
    /// a part is missing.
    #[napi(ts_args_type = "question?: TotalQuestion", ts_return_type = "Amount | null")]
    pub fn total(&self, env: &Env, question: Given) -> napi::Result<Option<Amount>> {
        border(env, || {
            let question: Question = read(env, question)?;
            Ok(question.ask(&self.0.account.inventory)?.map(Amount))
        })
    }

    /// Returns sums by dimensions as Arrow IPC, for `tableFromIPC`.
    ///
    /// Dimensions are `scope`, `category`, `gas`, `activity`, `factor`, `vertical`, `source`, `site`, `region`, `day`, `month`,
    /// `year`, `tag:NAME`. `method` is needed unless `scope` is among them.
    #[napi(ts_args_type = "dimensions: string[], options?: ByOptions")]
    pub fn by(&self, env: &Env, dimensions: Given, options: Given) -> napi::Result<Buffer> {
        border(env, || Ok(ipc(&self.groups(env, dimensions, options)?)?.into()))
    }

    /// Returns sums by dimensions as objects; amounts are exact text.
    #[napi(ts_args_type = "dimensions: string[], options?: ByOptions", ts_return_type = "Group[]")]
    pub fn by_rows(&self, env: &Env, dimensions: Given, options: Given) -> napi::Result<Document> {
        border(env, || Ok(Document(rows_document(&self.groups(env, dimensions, options)?))))
    }

    /// Returns the lines as Arrow IPC: a row for each product of quantity, conversion and factor, with its event.
    #[napi(ts_return_type = "Promise<Buffer>")]
    pub fn lines(&self) -> Promised<Vec<u8>, Buffer> {
        let statement = Arc::clone(&self.0);
        on_pool(move || Ok(ipc(&statement.lines()?)?), Buffer::from)
    }

    /// Returns the lines as objects; amounts are exact text.
    #[napi(ts_return_type = "Promise<Line[]>")]
    pub fn line_rows(&self) -> Promised<Value, Document> {
        let statement = Arc::clone(&self.0);
        on_pool(move || Ok(rows_document(&statement.lines()?)), Document)
    }

    /// Returns the bytes of a report.
    #[napi(
        ts_args_type = "format: ReportFormat, options?: ReportOptions",
        ts_return_type = "Promise<Buffer>"
    )]
    pub fn report(
        &self,
        env: &Env,
        format: Given,
        options: Given,
    ) -> napi::Result<Promised<Vec<u8>, Buffer>> {
        border(env, || {
            let (format, options) = (text("format", &format)?, read::<ReportOptions>(env, options)?);
            let statement = Arc::clone(&self.0);
            let work = move || statement.report(&format, options.organisation.as_deref());
            Ok(on_pool(work, Buffer::from))
        })
    }

    /// Returns this inventory with another one of the same options added; exact, in any order.
    #[napi(ts_args_type = "other: Inventory", ts_return_type = "Promise<Inventory>")]
    pub fn merge(&self, env: &Env, other: Given) -> napi::Result<Promised<Statement, Inventory>> {
        border(env, || {
            let other = Arc::clone(&instance::<Self>("other", &other, "an Inventory")?.0);
            let statement = Arc::clone(&self.0);
            let work = move || {
                let mut whole = Statement::clone(&statement);
                whole.merge(Statement::clone(&other)).map(|()| whole)
            };
            Ok(on_pool(work, Self::of))
        })
    }

    /// Returns the range of the inventory by Monte Carlo, with error propagation beside it.
    #[napi(
        ts_args_type = "options?: SimulationOptions & CallOptions",
        ts_return_type = "Promise<Simulation>"
    )]
    pub fn simulate(
        &self,
        env: &Env,
        options: Given,
        call: Option<&External<Arc<State>>>,
    ) -> napi::Result<Promised<Simulated, Simulation>> {
        border(env, || {
            let options: SimulationOptions = read(env, options)?;
            let statement = Arc::clone(&self.0);
            let work = move |watch: Watch<'_>| options.ask(&statement.account.inventory, watch);
            Ok(long(call, work, Simulation::of))
        })
    }

    /// Present, partial, missing or not applicable, by scope and category, with the reasons.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn coverage(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Coverage)
    }

    /// What a reader must know before using a number.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn caveats(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Caveats)
    }

    /// Rows that are in no total: source, line, field, code, message and the nearest known names.
    #[napi(getter, ts_return_type = "RefusedRow[]")]
    pub fn refused(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Refused)
    }

    /// Values that were filled in because `defaults` said so.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn assumptions(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Assumptions)
    }

    /// Key figures of the verticals.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn kpis(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Kpis)
    }

    /// The factors that it rests on, by full name.
    #[napi(getter, ts_return_type = "Record<string, Json>")]
    pub fn factors(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Factors)
    }

    /// SHA-256 of what it can be replayed from: events, factor lock, options.
    #[napi(getter, ts_return_type = "Record<string, string | null>")]
    pub fn digests(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Digests)
    }

    /// Files or tables, with how many rows were accepted, rejected, and copies.
    #[napi(getter, ts_return_type = "Json[]")]
    pub fn sources(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Sources)
    }

    /// The options of the calculation.
    #[napi(getter, ts_return_type = "Json")]
    pub fn options(&self, env: &Env) -> napi::Result<Document> {
        self.aspect(env, Aspect::Options)
    }

    /// The sustainability score of the period.
    #[napi(getter)]
    pub fn score(&self, env: &Env) -> napi::Result<Option<Score>> {
        border(env, || match &self.0.account.score {
            Some(Ok(score)) => Ok(Some(Score::of(score.clone()))),
            Some(Err(error)) => Err(error.clone().into()),
            None => Ok(None),
        })
    }

    /// Energy that rows state in units of energy: an amount of kWh.
    #[napi(getter)]
    pub fn energy_kwh(&self, env: &Env) -> napi::Result<Amount> {
        border(env, || Ok(Amount(self.0.account.inventory.energy_kwh()?)))
    }

    /// Water withdrawn: an amount of litres.
    #[napi(getter)]
    pub fn water_litres(&self, env: &Env) -> napi::Result<Amount> {
        border(env, || Ok(Amount(self.0.account.inventory.water_litres()?)))
    }

    /// CO2 from biomass, outside of the scopes.
    #[napi(getter)]
    pub fn biogenic_co2(&self, env: &Env) -> napi::Result<Amount> {
        border(env, || Ok(Amount(self.0.account.inventory.biogenic_co2()?)))
    }
}
