//! What alerts can be asked.

use serde_json::{Value, json};

use super::webhooks::deliveries::STATES;
use crate::serve::answer::JSON;
use crate::serve::auth::Scope;
use crate::serve::limits::MAX_ENTRIES;
use crate::serve::openapi::Operation;
use crate::serve::openapi::schema::{list, of};

/// The operations.
pub fn operations() -> Vec<Operation> {
    [rules(), alerts(), webhooks(), deliveries()].into_iter().flatten().collect()
}

fn rules() -> Vec<Operation> {
    let (rule, document) = (of("Rule"), of("Document"));
    vec![
        Operation::get("/api/v1/rules", "The rules, each with how it stands.").needs(Scope::Read).answers(
            200,
            "The rules",
            &list(&document),
        ),
        Operation::post("/api/v1/rules", "Make a rule; one that could not be judged is refused.")
            .needs(Scope::Alert)
            .body(&[JSON], &rule)
            .answers(201, "The rule with its number", &document),
        Operation::get("/api/v1/rules/{id}", "A rule with how it stands for each group.")
            .needs(Scope::Read)
            .place("id")
            .answers(200, "The rule", &document),
        Operation::put("/api/v1/rules/{id}", "Let a rule say something else.")
            .needs(Scope::Alert)
            .place("id")
            .body(&[JSON], &rule)
            .answers(200, "The rule", &document),
        Operation::delete("/api/v1/rules/{id}", "Delete a rule; its open alerts are resolved.")
            .needs(Scope::Alert)
            .place("id")
            .answers(200, "It is gone", &document),
        Operation::post("/api/v1/rules/{id}/evaluation", "Judge a rule now.")
            .needs(Scope::Alert)
            .place("id")
            .answers(200, "The rule with how it stands", &document),
    ]
}

fn limit() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": MAX_ENTRIES})
}

fn number() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": u64::MAX >> 11})
}

fn alerts() -> Vec<Operation> {
    let (document, said) = (of("Document"), of("Said"));
    let statuses = json!({"enum": ["firing", "acknowledged", "resolved"]});
    vec![
        Operation::get("/api/v1/alerts", "Alerts, the newest first.")
            .needs(Scope::Read)
            .query("status", "only those that stand so", statuses)
            .query("rule_id", "only of this rule", number())
            .query("before", "only those before this number: the next page", number())
            .query("limit", "at most so many", limit())
            .answers(200, "The alerts with evidence and history", &list(&document)),
        Operation::get("/api/v1/alerts/{id}", "An alert with evidence and history.")
            .needs(Scope::Read)
            .place("id")
            .answers(200, "The alert", &document),
        Operation::get("/api/v1/alerts/{id}/history", "What has happened with an alert.")
            .needs(Scope::Read)
            .place("id")
            .answers(200, "The steps, the first one first", &list(&document)),
        Operation::post("/api/v1/alerts/{id}/acknowledge", "Take an alert.")
            .needs(Scope::Alert)
            .place("id")
            .body(&[JSON], &said)
            .answers(200, "The alert", &document),
        Operation::post("/api/v1/alerts/{id}/resolve", "Say that an alert is over.")
            .needs(Scope::Alert)
            .place("id")
            .body(&[JSON], &said)
            .answers(200, "The alert", &document),
    ]
}

fn webhooks() -> Vec<Operation> {
    let (webhook, document) = (of("Webhook"), of("Document"));
    vec![
        Operation::get("/api/v1/webhooks", "Who is told.").needs(Scope::Alert).answers(
            200,
            "The webhooks",
            &list(&document),
        ),
        Operation::post("/api/v1/webhooks", "Tell somebody; the secret is shown this once.")
            .needs(Scope::Alert)
            .body(&[JSON], &webhook)
            .answers(201, "The webhook with its secret", &document),
        Operation::get("/api/v1/webhooks/{id}", "A webhook.").needs(Scope::Alert).place("id").answers(
            200,
            "The webhook",
            &document,
        ),
        Operation::put("/api/v1/webhooks/{id}", "Change a webhook; what is left out stays.")
            .needs(Scope::Alert)
            .place("id")
            .body(&[JSON], &webhook)
            .answers(200, "The webhook", &document),
        Operation::delete("/api/v1/webhooks/{id}", "Tell nobody there any more.")
            .needs(Scope::Alert)
            .place("id")
            .answers(200, "It is gone", &document),
        Operation::post("/api/v1/webhooks/{id}/secret", "A new secret; the one before signs too for a day.")
            .needs(Scope::Alert)
            .place("id")
            .answers(200, "The webhook with its secret", &document),
        Operation::post("/api/v1/webhooks/{id}/test", "Send a message that tells of nothing.")
            .needs(Scope::Alert)
            .place("id")
            .answers(202, "The number of the delivery", &document),
    ]
}

fn deliveries() -> Vec<Operation> {
    let document = of("Document");
    vec![
        Operation::get("/api/v1/deliveries", "What became of messages, the newest first.")
            .needs(Scope::Alert)
            .query("state", "only those that stand so; dead is the dead letter", json!({"enum": STATES}))
            .query("webhook_id", "only to this webhook", number())
            .query("before", "only those before this number: the next page", number())
            .query("limit", "at most so many", limit())
            .answers(200, "The deliveries", &list(&document)),
        Operation::get("/api/v1/deliveries/{id}", "A delivery with what is sent.")
            .needs(Scope::Alert)
            .place("id")
            .answers(200, "The delivery", &document),
        Operation::post("/api/v1/deliveries/{id}/replay", "Send a message again under its own id.")
            .needs(Scope::Alert)
            .place("id")
            .answers(202, "The delivery", &document),
    ]
}
