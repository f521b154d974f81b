//! Tables as Arrow IPC: what `tableToIPC` and `tableFromIPC` of the package apache-arrow write and read.

use std::io::Cursor;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow_ipc::reader::{FileReader, StreamDecoder};
use arrow_ipc::writer::StreamWriter;
use esg_core::face::{FaceError, arrow_error};

/// How a file of Arrow begins.
const FILE: &[u8] = b"ARROW1";
/// How a message of a stream begins.
const STREAM: &[u8] = &[0xff, 0xff, 0xff, 0xff];

/// True for what begins as Arrow IPC does, a file or a stream. No JSON does.
pub fn is_arrow(bytes: &[u8]) -> bool {
    bytes.starts_with(FILE) || bytes.starts_with(STREAM)
}

/// A table that came in.
pub struct Input {
    /// Names and types of its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
}

impl Input {
    /// Reads a file or a stream.
    pub fn read(bytes: Vec<u8>) -> Result<Self, FaceError> {
        let read = if bytes.starts_with(FILE) { Self::file(bytes) } else { Self::stream(bytes) };
        read.map_err(|error| arrow_error(&error))
    }

    fn file(bytes: Vec<u8>) -> Result<Self, ArrowError> {
        let reader = FileReader::try_new(Cursor::new(bytes), None)?;
        let schema = reader.schema();
        Ok(Self { schema, batches: reader.collect::<Result<_, _>>()? })
    }

    /// The columns stay where they are in the bytes.
    fn stream(bytes: Vec<u8>) -> Result<Self, ArrowError> {
        let (mut bytes, mut decoder, mut batches) =
            (Buffer::from_vec(bytes), StreamDecoder::new(), Vec::new());
        while !bytes.is_empty() {
            batches.extend(decoder.decode(&mut bytes)?);
        }
        decoder.finish()?;
        let schema = decoder.schema().ok_or_else(|| ArrowError::IpcError("no schema came".to_owned()))?;
        Ok(Self { schema, batches })
    }
}

/// Returns a table of results as a stream of Arrow IPC.
pub fn ipc(table: &RecordBatch) -> Result<Vec<u8>, FaceError> {
    let written = StreamWriter::try_new(Vec::new(), &table.schema()).and_then(|mut writer| {
        writer.write(table)?;
        writer.finish()?;
        writer.into_inner()
    });
    written.map_err(|error| arrow_error(&error))
}
