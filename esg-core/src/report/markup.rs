//! Markup that data cannot break out of.
//!
//! Markup is text that stands in this source and nothing else can be written without escaping: `raw` takes what lives as
//! long as the program does, and whatever comes from outside goes through `text`.

use std::fmt::{self, Display, Write};

/// A page under construction.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// Writes markup of this source as it is.
    pub fn raw(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Writes data, escaped for an element or a quoted attribute.
    pub fn text(&mut self, data: impl Display) {
        write!(Escaped(&mut self.0), "{data}").expect("a string takes all text");
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, data: &str) -> fmt::Result {
        for c in data.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // HTML has no way to write these.
                '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// Writes markup (literals) and data (in braces) in turn: `put!(page, "<td>", {name}, "</td>")`.
macro_rules! put {
    ($page:expr) => {};
    ($page:expr, $markup:literal $($rest:tt)*) => { $page.raw($markup); put!($page $($rest)*) };
    ($page:expr, {$data:expr} $($rest:tt)*) => { $page.text($data); put!($page $($rest)*) };
}
pub(crate) use put;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_close_an_element_or_an_attribute() {
        let mut page = Page::default();
        put!(page, "<b title=\"", { "\" onload='x'" }, "\">", { "</b><script>&\u{0}" }, "</b>");
        assert_eq!(
            page.into_string(),
            "<b title=\"&quot; onload=&#39;x&#39;\">&lt;/b&gt;&lt;script&gt;&amp;\u{fffd}</b>"
        );
    }
}
