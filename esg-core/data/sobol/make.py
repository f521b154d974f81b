#!/usr/bin/env python3
"""Writes joe_kuo_6.bin, the direction numbers of a Sobol' sequence, from SciPy's copy of new-joe-kuo-6.21201.

Of each dimension: the primitive polynomial with all its bits, then as many initial numbers as its degree, each a
little-endian word of 16 bits. The first dimension, whose polynomial is 1, has none."""
import pathlib

import numpy as np
import scipy.stats

DIMENSIONS = 2048

numbers = np.load(pathlib.Path(scipy.stats.__file__).parent / "_sobol_direction_numbers.npz")
words = []
for polynomial, initial in zip(numbers["poly"][:DIMENSIONS].tolist(), numbers["vinit"].tolist()):
    words += [polynomial, *initial[:polynomial.bit_length() - 1]]
pathlib.Path(__file__).with_name("joe_kuo_6.bin").write_bytes(np.array(words, dtype="<u2").tobytes())
