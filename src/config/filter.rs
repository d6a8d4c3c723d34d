//! The table `[filters]`: filters that are saved under a name, and asked for with `@name`.

use crate::config::document::{Document, Section};
use crate::config::error::ConfigError;
use crate::config::value;
use crate::domain::query::saved::{Filters, is_name};

/// Reads the table, and each filter in it: one that is not understood is told where it stands, not when it is used.
///
/// # Errors
/// When a name is none, a value is no text, or a filter cannot be read.
pub fn read(document: &Document<'_>) -> Result<Filters, ConfigError> {
    let table = document.parse()?;
    let Some(section) = Section::whole(document, &table).free("filters")? else {
        return Ok(Filters::default());
    };
    let mut filters = Vec::new();
    for name in section.keys() {
        if !is_name(&name) {
            let why = "it is no name of a filter: ASCII letters, digits, - and _ may stand in one";
            return Err(section.fault(&name, why));
        }
        let text = section.get(&name, value::text)?.unwrap_or_default();
        filters.push((name, text));
    }
    let filters = Filters::new(filters);
    filters
        .check()
        .map_err(|(name, mistake)| section.fault(&name, &mistake.to_string()))?;
    Ok(filters)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::document::Document;
    use crate::config::filter::read;

    #[test]
    fn filters_are_read_by_their_names() {
        let file = Path::new("config.toml");
        let text = "[filters]\nlate = \"status:5xx since:1d\"\nbad = \"@late or is:failed\"\n";
        let filters = read(&Document::new(file, text)).expect("readable");
        assert_eq!(filters.names().collect::<Vec<_>>(), ["bad", "late"]);
        let none = read(&Document::new(file, "")).expect("readable");
        assert_eq!(none.names().count(), 0);
        for (text, told) in [
            (
                "[filters]\nlate = \"status:9x\"",
                "2:8: [filters] late: column 8: '9x' is no status",
            ),
            ("[filters]\na = \"@b\"\nb = \"@a\"", "asks for itself"),
            ("[filters]\na = \"@c\"", "no filter is saved as '@c'"),
            ("[filters]\n\"a b\" = \"x\"", "no name of a filter"),
            ("[filters]\na = 5", "text in quotes"),
            ("filters = 5", "it is a table"),
        ] {
            let error = read(&Document::new(file, text))
                .expect_err(text)
                .to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
