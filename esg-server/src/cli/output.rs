//! Writing to stdout and to files.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::failure::{Failure, coloured};

/// Writes bytes to stdout. A reader that has seen enough (`| head`) is no failure.
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::file(Path::new("stdout"), "write to", &error))
        }
        _ => Ok(()),
    }
}

/// Writes a value as canonical JSON and a line end.
pub fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    let mut bytes = esg_core::canonical::from_value(value)?;
    bytes.push(b'\n');
    print(&bytes)
}

/// Writes a file, and the folders above it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let made = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder),
        _ => Ok(()),
    };
    made.and_then(|()| std::fs::write(path, bytes)).map_err(|error| Failure::file(path, "write", &error))
}

/// A path as people read it.
pub fn shown(path: &Path) -> String {
    let tidy: PathBuf = path.components().collect();
    tidy.display().to_string()
}

/// Says on a terminal what is going on; a file or a pipe sees nothing of it.
pub fn progress(text: &str) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let _ = writeln!(stderr, "{text}");
    }
}

/// A bar of bytes on a terminal; nothing elsewhere, or where the length is not known.
pub fn bar(label: &str, length: u64) -> indicatif::ProgressBar {
    if length == 0 || !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = indicatif::ProgressBar::new(length).with_message(label.to_owned());
    let form = "  {msg} {bar:30} {bytes} of {total_bytes}, {eta} left";
    if let Ok(style) = indicatif::ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar
}

/// Bold on a terminal.
pub fn bold(text: &str) -> String {
    if coloured(std::io::stdout().is_terminal()) { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// Returns a table without frame, its first row as header, the columns of `right` aligned there.
pub fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    use comfy_table::{CellAlignment, Table, presets};
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for row in rows {
        table.add_row(row);
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 2 } else { 1 }, 1));
        if right.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    // The header is made bold here, because the table would count the codes of a terminal as letters.
    let line = |(at, line): (usize, String)| match at {
        0 => format!("{}\n", bold(line.trim_end())),
        _ => format!("{}\n", line.trim_end()),
    };
    table.lines().enumerate().map(line).collect()
}
