//! Filters that a person saved under a name: `@late` for `status:5xx since:1d`.

use std::collections::BTreeMap;

use crate::domain::query::{Mistake, Query};

/// How many names a hint lists.
const LISTED: usize = 8;

/// Saved filters: names, and the texts that they stand for. One may name another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters(BTreeMap<String, String>);

/// Whether a filter may be saved under this name.
pub fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

impl Filters {
    /// These.
    pub fn new(filters: impl IntoIterator<Item = (String, String)>) -> Filters {
        Filters(filters.into_iter().collect())
    }

    /// The text of this name, and the name as it is kept.
    pub fn find(&self, name: &str) -> Option<(&str, &str)> {
        let found = self.0.get_key_value(name);
        found.map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The first that cannot be read, by its name.
    ///
    /// # Errors
    /// When there is one: what is wrong in its text.
    pub fn check(&self) -> Result<(), (String, Mistake)> {
        self.0.iter().try_for_each(|(name, text)| {
            let read = Query::read(text, self);
            read.map(drop).map_err(|mistake| (name.clone(), mistake))
        })
    }

    /// What to write in the place of a name that is not there.
    pub(super) fn hint(&self) -> String {
        let mut names: Vec<String> = self.names().map(|name| format!("@{name}")).collect();
        if names.is_empty() {
            return "save one in the configuration: [filters] late = \"status:5xx since:1d\""
                .into();
        }
        let more = names.len().saturating_sub(LISTED);
        names.truncate(LISTED);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("there are: {}{more}", names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::query::Query;
    use crate::domain::query::saved::Filters;

    fn filters(pairs: &[(&str, &str)]) -> Filters {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Filters::new(pairs.iter().map(owned))
    }

    #[test]
    fn a_name_stands_for_its_text_and_keeps_its_name() {
        let saved = filters(&[
            ("late", "status:5xx since:1d"),
            ("bad", "-(@late or is:failed)"),
        ]);
        saved.check().expect("readable");
        for text in ["@late", "-@bad x", "(@late or @bad) method:GET"] {
            let query = Query::read(text, &saved).expect(text);
            assert_eq!(query.to_string(), text);
            assert_eq!(Query::read(&query.to_string(), &saved), Ok(query));
        }
    }

    #[test]
    fn cycles_and_unknown_names_are_mistakes_with_a_place() {
        let saved = filters(&[
            ("a", "x @b"),
            ("b", "y @a"),
            ("self", "@self"),
            ("bad", "a status:9x"),
        ]);
        for (text, column, width, what) in [
            (
                "z @a",
                3,
                2,
                "in '@a', column 3: in '@b', column 3: the saved filter '@a' asks for itself",
            ),
            ("@self", 1, 5, "asks for itself"),
            ("z @nothing", 3, 8, "no filter is saved as '@nothing'"),
            ("@bad", 1, 4, "in '@bad', column 10: '9x' is no status"),
            ("@", 1, 1, "no name"),
            ("@a/b", 1, 4, "no name"),
        ] {
            let mistake = Query::read(text, &saved).expect_err(text);
            assert_eq!(
                (mistake.column, mistake.width),
                (column, width),
                "{text}: {mistake}"
            );
            assert!(mistake.what.contains(what), "{text}: {mistake}");
        }
        assert_eq!(saved.check().map_err(|(name, _)| name), Err("a".to_owned()));
        let mistake = Query::parse("@late").expect_err("none");
        assert!(mistake.hint.contains("[filters]"), "{mistake}");
    }

    #[test]
    fn filters_that_double_at_each_step_are_stopped() {
        let mut pairs = vec![("f0".to_owned(), "a b".to_owned())];
        pairs.extend((1..30).map(|at| (format!("f{at}"), format!("@f{0} @f{0}", at - 1))));
        let saved = Filters::new(pairs);
        let mistake = Query::read("@f29", &saved).expect_err("too many");
        assert!(mistake.what.contains("more than 64 terms"), "{mistake}");
    }
}
