//! SHA-256 of two texts at once.
//!
//! The rounds of one hash wait for each other, so a processor with instructions for them is half idle. Blocks of two texts in
//! turn fill it: it works on the second while it waits for the first. A line of the log is hashed twice, for `prev` and for
//! the tree, so there are always two.
//!
//! # Source
//! FIPS 180-4, sections 5.1.1 (padding), 5.3.3 (initial value) and 6.2.2.

use sha2::block_api::compress256;

use super::hash::Hash;

const BLOCK: usize = 64;
/// Bytes of the length at the end of the last block.
const LENGTH: usize = 8;

/// FIPS 180-4, section 5.3.3: the first 32 bits of the fractional parts of the square roots of the first eight primes.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// A text, behind one byte where it has a `prefix`.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) prefix: Option<u8>,
    pub(super) bytes: &'t [u8],
}

impl Text<'_> {
    const fn len(&self) -> usize {
        self.bytes.len() + self.prefix.is_some() as usize
    }

    /// Blocks with the padding: a bit, zeros and the length.
    const fn blocks(&self) -> usize {
        (self.len() + LENGTH) / BLOCK + 1
    }

    fn block(&self, number: usize) -> [u8; BLOCK] {
        let before = usize::from(self.prefix.is_some());
        let (start, end) = (number * BLOCK, (number + 1) * BLOCK);
        if start >= before
            && let Some(block) = self.bytes.get(start - before..end - before)
        {
            return block.try_into().expect("it is as long as a block");
        }
        let mut block = [0; BLOCK];
        // Places in the block where the text begins and ends.
        let from = before.saturating_sub(start);
        let rest = &self.bytes[(start + from - before).min(self.bytes.len())..];
        let count = rest.len().min(BLOCK - from);
        block[from..from + count].copy_from_slice(&rest[..count]);
        if let (0, Some(prefix)) = (start, self.prefix) {
            block[0] = prefix;
        }
        if (start..end).contains(&self.len()) {
            block[self.len() - start] = 0x80;
        }
        if number + 1 == self.blocks() {
            block[BLOCK - LENGTH..].copy_from_slice(&(self.len() as u64 * 8).to_be_bytes());
        }
        block
    }
}

/// Returns both hashes.
pub(super) fn two(first: Text<'_>, second: Text<'_>) -> [Hash; 2] {
    let (mut one, mut other) = (INITIAL, INITIAL);
    let (blocks, others) = (first.blocks(), second.blocks());
    for number in 0..blocks.max(others) {
        if number < blocks {
            compress256(&mut one, &[first.block(number)]);
        }
        if number < others {
            compress256(&mut other, &[second.block(number)]);
        }
    }
    [hash(&one), hash(&other)]
}

fn hash(state: &[u32; 8]) -> Hash {
    let mut bytes = [0; 32];
    for (to, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    Hash::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn two_texts_of_any_length_hash_as_each_by_itself() {
        let bytes: Vec<u8> = (0..400u32).map(|at| (at * 7 + 3) as u8).collect();
        let oracle = |text: Text<'_>| {
            let prefix: Vec<u8> = text.prefix.into_iter().collect();
            Hash::from_bytes(Sha256::digest([&prefix, text.bytes].concat()).into())
        };
        for length in 0..=400 {
            for prefix in [None, Some(0), Some(1)] {
                let first = Text { prefix, bytes: &bytes[..length] };
                for other in [0, 1, 54, 55, 56, 63, 64, 65, 119, 200] {
                    let second = Text { prefix: None, bytes: &bytes[other..] };
                    assert_eq!(
                        two(first, second),
                        [oracle(first), oracle(second)],
                        "{length} {prefix:?} {other}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_example_of_the_standard() {
        // FIPS 180-2, appendix B.1 and B.2.
        let of = |text: &'static str| Text { prefix: None, bytes: text.as_bytes() };
        let [short, long] = two(of("abc"), of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
        assert_eq!(short.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(long.to_string(), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }
}
