//! Columns as bytes, for what is kept: small, read without parsing, and never trusted when it is read again.
//!
//! A column of integers is written as its least value and what each is above it, in the fewest whole bytes that hold the
//! largest. A column that has one value takes none. The reader checks every length before it believes it.

use sha2::{Digest, Sha256};

/// Most rows of a column.
const MAX_ROWS: u64 = 1 << 27;

/// Bytes that are no block, or a damaged one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} at byte {at} of a block of columns is not what was written")]
pub(crate) struct Broken {
    /// Which part.
    pub(crate) what: &'static str,
    /// Where in the block.
    pub(crate) at: usize,
}

/// Writes columns one after the other.
#[derive(Debug, Default)]
pub(crate) struct BlockWriter(Vec<u8>);

impl BlockWriter {
    /// Begins with bytes that say what it is.
    pub(crate) fn with(magic: &[u8]) -> Self {
        Self(magic.to_vec())
    }

    #[cfg(test)]
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// The bytes, and a SHA-256 of all of them at their end.
    pub(crate) fn sealed(mut self) -> Vec<u8> {
        let digest = Sha256::digest(&self.0);
        self.0.extend(digest);
        self.0
    }

    pub(crate) fn number(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A column of whole numbers.
    pub(crate) fn numbers(&mut self, values: impl ExactSizeIterator<Item = i64> + Clone) {
        let base = values.clone().min().unwrap_or(0);
        // The distance of two i64 always fits a u64.
        let above = values.map(|value| value.wrapping_sub(base) as u64);
        let most = above.clone().max().unwrap_or(0);
        let width = match most {
            0 => 0,
            1..=0xFF => 1,
            0x100..=0xFFFF => 2,
            0x1_0000..=0xFFFF_FFFF => 4,
            _ => 8,
        };
        self.number(above.len() as u64);
        self.0.extend_from_slice(&base.to_le_bytes());
        self.0.push(width);
        match width {
            0 => {}
            1 => self.0.extend(above.map(|value| value as u8)),
            2 => above.for_each(|value| self.0.extend_from_slice(&(value as u16).to_le_bytes())),
            4 => above.for_each(|value| self.0.extend_from_slice(&(value as u32).to_le_bytes())),
            _ => above.for_each(|value| self.0.extend_from_slice(&value.to_le_bytes())),
        }
    }

    /// A column of numbers of any size.
    pub(crate) fn wide(&mut self, values: impl ExactSizeIterator<Item = i128> + Clone) {
        if values.clone().all(|value| i64::try_from(value).is_ok()) {
            self.0.push(0);
            self.numbers(values.map(|value| value as i64));
        } else {
            self.0.push(1);
            self.number(values.len() as u64);
            values.for_each(|value| self.0.extend_from_slice(&value.to_le_bytes()));
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// A column of texts.
    pub(crate) fn texts<'t>(&mut self, texts: impl ExactSizeIterator<Item = &'t str> + Clone) {
        let mut end = 0;
        let ends: Vec<i64> = texts
            .clone()
            .map(|text| {
                end += text.len() as i64;
                end
            })
            .collect();
        self.numbers(ends.iter().copied());
        let whole: String = texts.collect();
        self.bytes(whole.as_bytes());
    }
}

/// Returns a reader of what stands between the first bytes of a sealed block and its digest, or why it is none; `of` is what
/// the block holds.
pub(crate) fn unsealed<'a>(block: &'a [u8], magic: &[u8], of: &str) -> Result<BlockReader<'a>, String> {
    let Some((sealed, digest)) = block.split_last_chunk::<32>() else {
        return Err(format!("{} bytes are no block of {of}", block.len()));
    };
    let Some(content) = sealed.strip_prefix(magic) else {
        return Err(format!("it does not begin as a block of {of}"));
    };
    if Sha256::digest(sealed)[..] != digest[..] {
        return Err("its digest is not that of its bytes".to_owned());
    }
    Ok(BlockReader::new(content))
}

/// The texts of a column that was read: see [`BlockReader::texts`].
pub(crate) fn words<'t>(ends: &[usize], whole: &'t str) -> impl Iterator<Item = &'t str> {
    let mut start = 0;
    ends.iter().map(move |end| {
        let word = &whole[start..*end];
        start = *end;
        word
    })
}

/// Reads columns in the order in which they were written.
#[derive(Debug)]
pub(crate) struct BlockReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BlockReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) const fn broken(&self, what: &'static str) -> Broken {
        Broken { what, at: self.at }
    }

    fn take(&mut self, length: u64, what: &'static str) -> Result<&'a [u8], Broken> {
        let broken = self.broken(what);
        let length = usize::try_from(length).map_err(|_| broken)?;
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(broken)?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Broken> {
        Ok(self.take(N as u64, what)?.try_into().expect("so many were taken"))
    }

    pub(crate) fn number(&mut self, what: &'static str) -> Result<u64, Broken> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    /// A column of whole numbers, each as `T` holds it.
    pub(crate) fn numbers<T: TryFrom<i64>>(&mut self, what: &'static str) -> Result<Vec<T>, Broken> {
        let count = self.number(what)?;
        let base = i64::from_le_bytes(self.array(what)?);
        let [width] = self.array(what)?;
        let broken = self.broken(what);
        let of = |above: u64| T::try_from(base.wrapping_add(above as i64)).map_err(|_| broken);
        if width == 0 {
            // There are no bytes that would bound the count.
            if count > MAX_ROWS {
                return Err(broken);
            }
            return (0..count).map(|_| of(0)).collect();
        }
        let bytes = self.take(count.checked_mul(width.into()).ok_or(broken)?, what)?;
        match width {
            1 => bytes.iter().map(|byte| of((*byte).into())).collect(),
            2 => bytes.as_chunks().0.iter().map(|b| of(u16::from_le_bytes(*b).into())).collect(),
            4 => bytes.as_chunks().0.iter().map(|b| of(u32::from_le_bytes(*b).into())).collect(),
            8 => bytes.as_chunks().0.iter().map(|b| of(u64::from_le_bytes(*b))).collect(),
            _ => Err(broken),
        }
    }

    /// A column of so many whole numbers; another count is refused before anything is made of it.
    pub(crate) fn exactly<T: TryFrom<i64>>(
        &mut self,
        what: &'static str,
        rows: usize,
    ) -> Result<Vec<T>, Broken> {
        let mut ahead = Self { bytes: self.bytes, at: self.at };
        if ahead.number(what)? == rows as u64 { self.numbers(what) } else { Err(self.broken(what)) }
    }

    /// A column of numbers of any size.
    pub(crate) fn wide(&mut self, what: &'static str) -> Result<Vec<i128>, Broken> {
        match self.array(what)? {
            [0u8] => Ok(self.numbers::<i64>(what)?.into_iter().map(i128::from).collect()),
            [1] => {
                let count = self.number(what)?;
                let bytes = self.take(count.checked_mul(16).ok_or(self.broken(what))?, what)?;
                Ok(bytes.as_chunks().0.iter().map(|b| i128::from_le_bytes(*b)).collect())
            }
            _ => Err(self.broken(what)),
        }
    }

    pub(crate) fn bytes(&mut self, what: &'static str) -> Result<&'a [u8], Broken> {
        let length = self.number(what)?;
        self.take(length, what)
    }

    /// A column of texts: where each ends, and all of them end to end.
    pub(crate) fn texts(&mut self, what: &'static str) -> Result<(Vec<usize>, &'a str), Broken> {
        let ends: Vec<i64> = self.numbers(what)?;
        let broken = self.broken(what);
        let whole = std::str::from_utf8(self.bytes(what)?).map_err(|_| broken)?;
        let mut last = 0;
        let ends: Vec<usize> = ends
            .into_iter()
            .map(|end| {
                let end =
                    usize::try_from(end).ok().filter(|end| *end >= last && whole.is_char_boundary(*end));
                last = end.ok_or(broken)?;
                Ok(last)
            })
            .collect::<Result<_, _>>()?;
        if last == whole.len() { Ok((ends, whole)) } else { Err(broken) }
    }

    /// Refuses bytes behind the last column.
    pub(crate) fn end(&self) -> Result<(), Broken> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.broken("the end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back_as_they_were() {
        let columns: [&[i64]; 7] = [
            &[],
            &[-7, -7],
            &[0, 255],
            &[-1, 65_534],
            &[1 << 40, (1 << 40) + 70_000],
            &[i64::MIN, 0, i64::MAX],
            &[5],
        ];
        let mut writer = BlockWriter::default();
        for column in columns {
            writer.numbers(column.iter().copied());
        }
        writer.wide([1i128, -2].into_iter());
        writer.wide([i128::MIN, i128::MAX].into_iter());
        writer.texts(["", "é", "kWh", ""].into_iter());
        let bytes = writer.finish();
        let mut reader = BlockReader::new(&bytes);
        for column in columns {
            assert_eq!(reader.numbers::<i64>("numbers").unwrap(), column);
        }
        assert_eq!(reader.wide("wide").unwrap(), [1, -2]);
        assert_eq!(reader.wide("wide").unwrap(), [i128::MIN, i128::MAX]);
        assert_eq!(reader.texts("texts").unwrap(), (vec![0, 2, 5, 5], "ékWh"));
        reader.end().unwrap();
    }

    #[test]
    fn a_small_column_takes_a_byte_for_each_row_and_one_value_takes_none() {
        let bytes = |values: &[i64]| {
            let mut writer = BlockWriter::default();
            writer.numbers(values.iter().copied());
            writer.finish().len()
        };
        // 8 bytes of count, 8 of the least value, 1 of width.
        assert_eq!(bytes(&[1_700_000_000_000; 100]), 17);
        assert_eq!(bytes(&(1_700_000_000_000..1_700_000_000_100).collect::<Vec<_>>()), 117);
    }

    #[test]
    fn cut_and_changed_blocks_are_refused_and_never_read_beyond_their_end() {
        let mut writer = BlockWriter::default();
        writer.numbers([1, 2, 70_000].into_iter());
        writer.texts(["a", "bc"].into_iter());
        let bytes = writer.finish();
        let read = |bytes: &[u8]| -> Result<(), Broken> {
            let mut reader = BlockReader::new(bytes);
            reader.numbers::<u32>("numbers")?;
            reader.texts("texts")?;
            reader.end()
        };
        read(&bytes).unwrap();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end} bytes");
        }
        // A count or width that was changed leads nowhere; values may be others, which the digest of a block shows.
        for at in (0..8).chain([16]).chain(29..37) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x55;
            assert!(read(&changed).is_err(), "byte {at}");
        }
    }
}
