//! Exact greenhouse-gas, energy and water accounting.
