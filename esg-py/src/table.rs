//! Tables by the Arrow PyCapsule interface: any data frame in, any data frame out, and none of them needed.

use arrow::array::{Array, AsArray, RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, SchemaRef, UInt32Type, UInt64Type};
use arrow::ffi::FFI_ArrowSchema;
use arrow::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow::pyarrow::FromPyArrow;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use esg_core::face::arrow_error;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList, PyTuple};

use crate::amount::to_decimal;
use crate::error::{OfPython, Outcome, Raised};

/// A table that came in.
pub struct Input {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
}

impl Input {
    /// Returns the table of whatever has one to give; none of what has not.
    pub fn of(value: &Bound<'_, PyAny>) -> Outcome<Option<Self>> {
        if !value.hasattr("__arrow_c_stream__").python()? {
            return Ok(None);
        }
        let reader = RecordBatchStreamReader::from_pyarrow_bound(value).python()?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<_, _>>().map_err(|error| arrow_error(&error))?;
        Ok(Some(Self { schema, batches }))
    }
}

/// A table of results, which pyarrow, pandas, polars and DuckDB take as it is.
#[pyclass(frozen, module = "esg")]
pub struct Table(pub RecordBatch);

#[pymethods]
impl Table {
    /// The table as a stream of Arrow record batches.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A consumer may ask for another schema; the interface leaves it to the producer whether to follow.
        drop(requested_schema);
        let batches = RecordBatchIterator::new([Ok(self.0.clone())], self.0.schema());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }

    /// The schema of the table.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyCapsule>> {
        let schema =
            FFI_ArrowSchema::try_from(self.0.schema().as_ref()).map_err(|error| arrow_error(&error))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema").python()
    }

    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.0.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// The rows as dictionaries; amounts are exact `Decimal`s.
    fn to_pylist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        for row in 0..self.0.num_rows() {
            let dict = PyDict::new(py);
            for (field, column) in self.0.schema().fields().iter().zip(self.0.columns()) {
                dict.set_item(field.name(), cell(py, column, row)?)?;
            }
            rows.append(dict)?;
        }
        Ok(rows)
    }

    /// The table of pyarrow.
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pyarrow")?.call_method1("table", (slf,))
    }

    /// The frame of polars.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("polars")?.call_method1("DataFrame", (slf,))
    }

    /// The frame of pandas, by way of pyarrow.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::to_arrow(slf)?.call_method0("to_pandas")
    }

    /// The same table in another process, as a stream of Arrow IPC.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, table) = (slf.py(), &slf.get().0);
        let mut stream = Vec::new();
        let written = StreamWriter::try_new(&mut stream, table.schema_ref())
            .and_then(|mut writer| writer.write(table).and_then(|()| writer.finish()));
        written.map_err(|error| PyErr::from(Raised::from(arrow_error(&error))))?;
        Ok((slf.get_type().getattr("_restore")?, (PyBytes::new(py, &stream),).into_pyobject(py)?))
    }

    #[staticmethod]
    fn _restore(stream: &[u8]) -> Outcome<Self> {
        let read = StreamReader::try_new(stream, None).and_then(|reader| {
            let schema = reader.schema();
            concat_batches(&schema, &reader.collect::<Result<Vec<_>, _>>()?)
        });
        Ok(Self(read.map_err(|error| arrow_error(&error))?))
    }

    fn __repr__(&self) -> String {
        format!("<esg.Table of {} rows: {}>", self.0.num_rows(), self.column_names().join(", "))
    }
}

/// One cell as Python has it; tables of results have these types only.
fn cell<'py>(py: Python<'py>, column: &dyn Array, row: usize) -> PyResult<Bound<'py, PyAny>> {
    if column.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    Ok(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into_pyobject(py)?.into_any(),
        DataType::Dictionary(..) => {
            let words = column.as_dictionary::<Int32Type>();
            let key = words.key(row).expect("it is not null");
            words.values().as_string::<i32>().value(key).into_pyobject(py)?.into_any()
        }
        DataType::Decimal128(..) => {
            let amount = esg_core::Amount::from_pg(column.as_primitive::<Decimal128Type>().value(row));
            to_decimal(py, &amount.expect("it was an amount").to_string())?
        }
        DataType::Boolean => column.as_boolean().value(row).into_pyobject(py)?.to_owned().into_any(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).into_pyobject(py)?.into_any(),
        DataType::Binary => PyBytes::new(py, column.as_binary::<i32>().value(row)).into_any(),
        _ => {
            let days = column.as_primitive::<Date32Type>().value(row);
            let day = esg_core::time::Day::from_epoch_days(days).expect("it was a day");
            py.import("datetime")?.getattr("date")?.call_method1("fromisoformat", (day.to_string(),))?
        }
    })
}
