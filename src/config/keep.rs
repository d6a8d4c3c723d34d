//! The table `[history]`: how much of it is kept.

use crate::config::document::{Document, Section};
use crate::config::error::ConfigError;
use crate::config::value;
use crate::domain::prune::{Bounds, LEAST_AGE};

/// The keys of the table.
pub(crate) const KEYS: [&str; 2] = ["max_age", "max_size"];

/// Reads the table.
///
/// # Errors
/// When a key is unknown, or a value is none.
pub fn read(document: &Document<'_>) -> Result<Bounds, ConfigError> {
    let table = document.parse()?;
    let Some(section) = Section::whole(document, &table).inner("history", &KEYS)? else {
        return Ok(Bounds::default());
    };
    let max_age = section.get("max_age", value::age)?;
    if max_age.is_some_and(|age| age < LEAST_AGE) {
        let why = "nothing goes in its first day: a server may still remember its key; write \"1d\" or more";
        return Err(section.fault("max_age", why));
    }
    Ok(Bounds {
        max_age,
        max_bytes: section.get("max_size", value::size)?,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use crate::config::document::Document;
    use crate::config::keep::read;
    use crate::domain::prune::Bounds;

    #[test]
    fn bounds_are_written_with_units() {
        let of = |text| read(&Document::new(Path::new("f.toml"), text));
        assert_eq!(of("").expect("none"), Bounds::default());
        let both = of("[history]\nmax_age = \"800d\"\nmax_size = \"5GiB\"").expect("both");
        assert_eq!(both.max_age, Some(Duration::from_secs(800 * 86_400)));
        assert_eq!(both.max_bytes, Some(5 << 30));
        for (text, told) in [
            (
                "[history]\nmax_age = \"2h\"",
                "f.toml:2:11: [history] max_age: nothing goes in its first day",
            ),
            ("[history]\nmax_age = 90", "unit"),
            ("[history]\nmax_age = \"20000d\"", "30 years"),
            ("[history]\nmax_size = \"0MiB\"", "no size"),
            ("[history]\nmaxage = \"1d\"", "`max_age`?"),
            ("history = 1", "[history]"),
        ] {
            let error = of(text).expect_err(text).to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
