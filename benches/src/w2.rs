//! Input of W2: telemetry as Arrow record batches on several threads, factors and units as plain rows.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{Date32Type, Float64Type, Int8Type};
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, convert::try_fb_to_schema, root_as_footer};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use crate::{Failure, THREADS, joined};

/// Rows of a Parquet batch: small enough for the cache, large enough that what is done once a batch costs nothing.
const BATCH_ROWS: usize = 1 << 15;

/// Form of the telemetry file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// Zstandard-compressed Parquet.
    Parquet,
    /// Uncompressed Arrow IPC file, memory-mapped.
    Arrow,
}

impl Source {
    /// Reads `parquet` or `arrow`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "parquet" => Some(Self::Parquet),
            "arrow" => Some(Self::Arrow),
            _ => None,
        }
    }

    /// The word that [`Source::from_word`] reads; also the file's extension.
    pub fn word(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

/// One published version of a factor.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Metric that it is for, such as `electricity`.
    pub metric: String,
    /// Region that it is for.
    pub region: String,
    /// First day, in days since 1970-01-01.
    pub valid_from: i32,
    /// Day after the last one.
    pub valid_to: i32,
    /// Version, such as `2024.3.1`.
    pub version: String,
    /// kg CO2e per base unit of the metric, as the publisher's binary float.
    pub kg_per_unit: f64,
    /// Scope 1, 2 or 3.
    pub scope: u8,
}

/// One unit in which a metric may be reported.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Metric that it measures.
    pub metric: String,
    /// Name of the unit.
    pub unit: String,
    /// Base units in one.
    pub to_base: f64,
    /// Name of the base unit.
    pub base: String,
}

/// The small tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// All versions of all factors.
    pub factors: Vec<Factor>,
    /// All units.
    pub units: Vec<Unit>,
    /// Highest version that counts.
    pub lock: String,
}

impl Tables {
    /// Reads the tables of a data folder.
    pub fn read(data: &Path) -> Result<Self, Failure> {
        let meta: serde_json::Value = serde_json::from_slice(&std::fs::read(data.join("w2_meta.json"))?)?;
        let lock = meta["lock"].as_str().ok_or("w2_meta.json has no lock")?.to_owned();
        let mut tables = Self { factors: Vec::new(), units: Vec::new(), lock };
        for batch in whole(&data.join("w2_factors.parquet"))? {
            tables.factors.extend(factors(&batch));
        }
        for batch in whole(&data.join("w2_units.parquet"))? {
            tables.units.extend(units(&batch));
        }
        Ok(tables)
    }

    /// Returns the factors that the lock admits: of each metric, region and interval the highest version.
    pub fn locked(&self) -> Vec<&Factor> {
        let lock = version(&self.lock);
        let mut rows: Vec<&Factor> =
            self.factors.iter().filter(|row| version(&row.version) <= lock).collect();
        let interval = |row: &Factor| (row.metric.clone(), row.region.clone(), row.valid_from);
        rows.sort_by_cached_key(|row| (interval(row), std::cmp::Reverse(version(&row.version))));
        rows.dedup_by_key(|row| interval(row));
        rows
    }
}

/// Versions compare by number: `2024.3.1` comes before `2024.10.0`.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().expect("the generator writes versions of numbers")).collect()
}

fn factors(batch: &RecordBatch) -> impl Iterator<Item = Factor> {
    let [metric, region, version] = ["metric", "region", "version"].map(|name| text(batch, name));
    let valid_from = batch["valid_from"].as_primitive::<Date32Type>();
    let valid_to = batch["valid_to"].as_primitive::<Date32Type>();
    let kg = batch["kg_per_unit"].as_primitive::<Float64Type>();
    let scope = batch["scope"].as_primitive::<Int8Type>();
    (0..batch.num_rows()).map(move |row| Factor {
        metric: metric.value(row).into(),
        region: region.value(row).into(),
        valid_from: valid_from.value(row),
        valid_to: valid_to.value(row),
        version: version.value(row).into(),
        kg_per_unit: kg.value(row),
        scope: scope.value(row).unsigned_abs(),
    })
}

fn units(batch: &RecordBatch) -> impl Iterator<Item = Unit> {
    let [metric, unit, base] = ["metric", "unit", "base"].map(|name| text(batch, name));
    let size = batch["to_base"].as_primitive::<Float64Type>();
    (0..batch.num_rows()).map(move |row| Unit {
        metric: metric.value(row).into(),
        unit: unit.value(row).into(),
        to_base: size.value(row),
        base: base.value(row).into(),
    })
}

fn text<'a>(batch: &'a RecordBatch, name: &str) -> &'a StringArray {
    batch[name].as_string::<i32>()
}

fn whole(path: &Path) -> Result<Vec<RecordBatch>, Failure> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()?;
    Ok(reader.collect::<Result<_, _>>()?)
}

/// Folds every batch of the telemetry on [`THREADS`] threads. Returns the accumulator of each thread.
///
/// Threads take the next part (row group or record batch) when they have done theirs, so `step` must not depend on
/// which thread gets what.
pub fn fold<A: Send>(
    data: &Path,
    source: Source,
    start: impl Fn() -> A + Sync,
    step: impl Fn(&mut A, &RecordBatch) -> Result<(), Failure> + Sync,
) -> Result<Vec<A>, Failure> {
    let parts = Parts::open(&data.join(format!("w2_telemetry.{}", source.word())), source)?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut folded = start();
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts.len() {
                return Ok(folded);
            }
            parts.read(part, |batch| step(&mut folded, batch))?;
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(joined).collect()
    })
}

/// A telemetry file in parts that can be read in any order.
enum Parts {
    Parquet { path: PathBuf, metadata: ArrowReaderMetadata },
    Arrow { bytes: Buffer, decoder: FileDecoder, blocks: Vec<Block> },
}

impl Parts {
    fn open(path: &Path, source: Source) -> Result<Self, Failure> {
        let file = File::open(path)?;
        match source {
            Source::Parquet => {
                let metadata = ArrowReaderMetadata::load(&file, Default::default())?;
                Ok(Self::Parquet { path: path.to_owned(), metadata })
            }
            Source::Arrow => Self::open_arrow(map(&file)?),
        }
    }

    fn open_arrow(bytes: Buffer) -> Result<Self, Failure> {
        let trailer = bytes.len().checked_sub(10).ok_or("the Arrow file is shorter than its trailer")?;
        let footer_len = read_footer_length(bytes[trailer..].try_into()?)?;
        let footer = root_as_footer(&bytes[trailer - footer_len..trailer])
            .map_err(|error| format!("the footer of the Arrow file is broken: {error}"))?;
        let schema = Arc::new(try_fb_to_schema(footer.schema().ok_or("the Arrow file has no schema")?)?);
        let mut decoder = FileDecoder::new(schema, footer.version());
        for block in footer.dictionaries().iter().flatten() {
            decoder.read_dictionary(block, &slice(&bytes, block))?;
        }
        let blocks = footer.recordBatches().iter().flatten().copied().collect();
        Ok(Self::Arrow { bytes: bytes.clone(), decoder, blocks })
    }

    fn len(&self) -> usize {
        match self {
            Self::Parquet { metadata, .. } => metadata.metadata().num_row_groups(),
            Self::Arrow { blocks, .. } => blocks.len(),
        }
    }

    fn read(
        &self,
        part: usize,
        mut step: impl FnMut(&RecordBatch) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self {
            Self::Parquet { path, metadata } => {
                // Each part opens the file: clones of a handle share one position, which threads would fight over.
                let file = File::open(path)?;
                let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
                for batch in builder.with_row_groups(vec![part]).with_batch_size(BATCH_ROWS).build()? {
                    step(&batch?)?;
                }
                Ok(())
            }
            Self::Arrow { bytes, decoder, blocks } => {
                match decoder.read_record_batch(&blocks[part], &slice(bytes, &blocks[part]))? {
                    Some(batch) => step(&batch),
                    None => Ok(()),
                }
            }
        }
    }
}

fn slice(bytes: &Buffer, block: &Block) -> Buffer {
    let length = block.bodyLength() as usize + block.metaDataLength() as usize;
    bytes.slice_with_length(block.offset() as usize, length)
}

/// Maps a file into memory, as the peers do.
#[allow(unsafe_code)]
pub fn map(file: &File) -> Result<Buffer, Failure> {
    // SAFETY: the bench's own data file; nothing writes it while the bench runs.
    let map = unsafe { memmap2::Mmap::map(file)? };
    Ok(Buffer::from(bytes::Bytes::from_owner(map)))
}
