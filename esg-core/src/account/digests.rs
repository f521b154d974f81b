//! What a number can be replayed from, as three digests.
//!
//! The digest of the events is the SHA-256 of the sorted SHA-256s of the accepted events, so that neither the order of rows
//! nor their spread over files changes it. Digests of two parts cannot be added; a sum of hashes modulo 2^256 could, but
//! whoever may choose many events finds other events with the same sum far below 2^128 steps (Wagner, A Generalized
//! Birthday Problem, 2002). Sorting costs 32 bytes for each event and has no such weakness.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::Settings;
use crate::aggregate::Engine;
use crate::canonical;
use crate::factor::Lock;
use crate::normalize::Defaults;
use crate::score::PueFloor;
use crate::telemetry::{TelemetryBatch, prints_digest};

/// SHA-256 digests in hexadecimal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Digests {
    /// Of the accepted events: see [`events_digest`].
    pub events: String,
    /// Of the lock of all sets that the registry held: see [`lock_digest`].
    pub factors_lock: String,
    /// Of the canonical JSON of the engine's options, the defaults and the choices of the score.
    pub options: String,
}

impl Digests {
    pub(crate) fn of(prints: Vec<[u8; 32]>, engine: &Engine, settings: &Settings) -> Self {
        let score = settings.score.as_ref().map(|score| {
            json!({
                "weights": score.weights.as_array().iter().map(ToString::to_string).collect::<Vec<_>>(),
                "pue_floor": match &score.floor {
                    PueFloor::Refuse => None,
                    PueFloor::AtLeast { epsilon } => Some(epsilon.to_string()),
                },
            })
        });
        let options = json!({
            "calculation": engine.options().to_json(),
            "defaults": defaults(&settings.defaults),
            "score": score,
            "score_not_applicable": settings.not_applicable.iter().map(|t| t.as_str()).collect::<Vec<_>>(),
        });
        Self {
            events: prints_digest(prints),
            factors_lock: lock_digest(&engine.registry().lock()),
            options: of_json(&options),
        }
    }
}

/// Returns the SHA-256 of the sorted SHA-256s (32 bytes each, end to end) of the canonical events.
pub fn events_digest(batch: &TelemetryBatch) -> String {
    prints_digest(batch.fingerprints())
}

/// Returns the SHA-256 of the canonical JSON of `factors.lock.json`.
pub fn lock_digest(lock: &Lock) -> String {
    of_json(&json!(lock))
}

fn of_json(document: &serde_json::Value) -> String {
    let bytes =
        canonical::from_value(document).expect("it holds text, small whole numbers and no doubled name");
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn defaults(defaults: &Defaults) -> serde_json::Value {
    // Every field is named, so that a new one cannot be forgotten here.
    let Defaults {
        pue,
        fuel,
        generator_fuel,
        refrigerant,
        vehicle_class,
        heat_source,
        heat_basis,
        material,
        waste_material,
        waste_route,
    } = defaults;
    json!({
        "pue": pue.map(|p| p.to_string()),
        "fuel": fuel,
        "generator_fuel": generator_fuel,
        "refrigerant": refrigerant,
        "vehicle_class": vehicle_class,
        "heat_source": heat_source,
        "heat_basis": heat_basis,
        "material": material,
        "waste_material": waste_material,
        "waste_route": waste_route,
    })
}
