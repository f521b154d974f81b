//! The page for people: the document, written out.

use std::fmt::Write;

use serde_json::Value;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733;background:#fff}\
h2{margin-top:2.5rem;border-top:1px solid #ccd5dd;padding-top:1rem}code,pre{font:14px/1.4 ui-monospace,monospace;background:#f2f5f7}\
pre{padding:.75rem;overflow:auto}table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}\
@media(prefers-color-scheme:dark){body{color:#dbe4ec;background:#12181e}code,pre{background:#1c252d}h2{border-color:#33424f}}";

/// Returns the page of a document.
pub fn page(document: &Value) -> String {
    let title = escaped(text(&document["info"]["title"]));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>\
         <p>Version {}. Refusals are problem documents (RFC 9457) with a <code>code</code> that never changes. \
         The same for machines: <a href=\"/openapi.json\">openapi.json</a>.</p>\n",
        escaped(text(&document["info"]["version"]))
    );
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            operation_of(&mut page, path, method, operation);
        }
    }
    page.push_str("<h2>Schemas</h2>\n");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = writeln!(
            page,
            "<h3 id=\"{0}\">{0}</h3><pre>{1}</pre>",
            escaped(name),
            escaped(&format!("{schema:#}"))
        );
    }
    page.push_str("</body></html>\n");
    page
}

fn operation_of(page: &mut String, path: &str, method: &str, operation: &Value) {
    let head = escaped(&format!("{} {path}", method.to_uppercase()));
    let (summary, needs) = (text(&operation["summary"]), text(&operation["description"]));
    let _ = writeln!(page, "<h2><code>{head}</code></h2><p>{} {}</p>", escaped(summary), escaped(needs));
    if let Some(parameters) = operation["parameters"].as_array() {
        page.push_str("<table><tr><th>parameter</th><th>in</th><th></th></tr>");
        for parameter in parameters {
            let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
            let what = text(&parameter["description"]);
            let _ = write!(
                page,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                escaped(name),
                escaped(place),
                escaped(what)
            );
        }
        page.push_str("</table>\n");
    }
    for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let schema = escaped(&content["schema"].to_string());
        let _ = writeln!(page, "<p>Body, {}: <code>{schema}</code></p>", escaped(kind));
    }
    page.push_str("<ul>");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        if status != "default" {
            let kinds: Vec<&str> =
                answer["content"].as_object().into_iter().flatten().map(|(kind, _)| kind.as_str()).collect();
            let what = escaped(text(&answer["description"]));
            let _ = write!(page, "<li>{status}: {what} ({})</li>", escaped(&kinds.join(", ")));
        }
    }
    page.push_str("</ul>\n");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
