//! A TOML text with places: every complaint names file, line, column, section and key.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::error::ConfigError;
use crate::config::nearest::nearest;

/// A text, and the file it came from.
pub struct Document<'t> {
    file: &'t Path,
    text: &'t str,
}

impl<'t> Document<'t> {
    /// Takes the text of a file.
    pub fn new(file: &'t Path, text: &'t str) -> Document<'t> {
        Document { file, text }
    }

    /// Its outermost table.
    ///
    /// # Errors
    /// When it is no TOML.
    pub fn parse(&self) -> Result<Spanned<DeTable<'t>>, ConfigError> {
        // The parser's own message would show the line, which may hold a secret.
        DeTable::parse(self.text).map_err(|e| {
            let hint = "mend it; values in quotes, one `key = value` a line";
            self.fault(
                e.span().unwrap_or(0..0),
                format!("it is no TOML: {}: {hint}", e.message()),
            )
        })
    }

    /// Something that is wrong at this place.
    pub fn fault(&self, at: Range<usize>, what: String) -> ConfigError {
        let end = self.text.floor_char_boundary(at.start);
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        ConfigError::Written {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what,
        }
    }
}

/// One table of the document, of which only known keys may stand in it.
pub struct Section<'a, 't> {
    document: &'a Document<'t>,
    /// Its name in brackets; empty for the outermost table.
    name: String,
    table: &'a DeTable<'t>,
    span: Range<usize>,
}

impl<'a, 't> Section<'a, 't> {
    /// The outermost table.
    ///
    /// # Errors
    /// When it has a key that is not among the known ones.
    pub fn top(
        document: &'a Document<'t>,
        table: &'a Spanned<DeTable<'t>>,
        known: &[&str],
    ) -> Result<Section<'a, 't>, ConfigError> {
        let section = Section::whole(document, table);
        section.check(known)?;
        Ok(section)
    }

    /// The outermost table, whatever stands in it.
    pub fn whole(document: &'a Document<'t>, table: &'a Spanned<DeTable<'t>>) -> Section<'a, 't> {
        Section {
            document,
            name: String::new(),
            table: table.get_ref(),
            span: 0..0,
        }
    }

    /// The table that stands under this key, if there is one.
    ///
    /// # Errors
    /// When it is no table, or has a key that is not among the known ones.
    pub fn inner(&self, key: &str, known: &[&str]) -> Result<Option<Section<'a, 't>>, ConfigError> {
        let Some(inner) = self.free(key)? else {
            return Ok(None);
        };
        inner.check(known)?;
        Ok(Some(inner))
    }

    /// The tables that stand under this key, one a name, in the order of the file.
    ///
    /// # Errors
    /// When one is no table.
    pub fn named(&self, key: &str) -> Result<Vec<(String, Section<'a, 't>)>, ConfigError> {
        self.free(key)?
            .map_or(Ok(Vec::new()), |outer| outer.tables())
    }

    /// The tables in this one, by name, in the order of the file.
    ///
    /// # Errors
    /// When something else stands in it.
    pub fn tables(&self) -> Result<Vec<(String, Section<'a, 't>)>, ConfigError> {
        let mut names: Vec<_> = self.table.keys().collect();
        names.sort_by_key(|name| name.span().start);
        let open = |name: &Spanned<_>| {
            let name: &std::borrow::Cow<'_, str> = name.get_ref();
            Ok(self.free(name)?.map(|section| (name.to_string(), section)))
        };
        names
            .into_iter()
            .map(open)
            .filter_map(Result::transpose)
            .collect()
    }

    /// The value under this key, read by `read`; `None` when nothing stands there.
    ///
    /// # Errors
    /// With what `read` complains of, and the place.
    pub fn get<T>(
        &self,
        key: &str,
        read: impl Fn(&DeValue<'t>) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.table.get(key) else {
            return Ok(None);
        };
        read(value.get_ref())
            .map(Some)
            .map_err(|why| self.fault(key, &why))
    }

    /// The keys in it, in the order of the file.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.table.keys().collect();
        keys.sort_by_key(|key| key.span().start);
        keys.into_iter()
            .map(|key| key.get_ref().to_string())
            .collect()
    }

    /// Whether something stands under this key.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Something that is wrong with this key.
    pub fn fault(&self, key: &str, why: &str) -> ConfigError {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        let what = format!("{}{key}: {why}", self.prefix());
        self.document.fault(span, what)
    }

    /// Complains of the first key that is not known.
    ///
    /// # Errors
    /// When there is one.
    pub fn check(&self, known: &[&str]) -> Result<(), ConfigError> {
        let unknown = |key: &&Spanned<_>| {
            let key: &std::borrow::Cow<'_, str> = key.get_ref();
            !known.contains(&key.as_ref())
        };
        let strangers = self.table.keys().filter(unknown);
        let Some(key) = strangers.min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let hint = match nearest(key.get_ref(), known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        let key_name = key.get_ref().escape_debug();
        let what = format!("{}there is no key `{key_name}`: {hint}", self.prefix());
        Err(self.document.fault(key.span(), what))
    }

    /// The table that stands under this key, whatever its keys are.
    ///
    /// # Errors
    /// When it is no table.
    pub fn free(&self, key: &str) -> Result<Option<Section<'a, 't>>, ConfigError> {
        let Some(value) = self.table.get(key) else {
            return Ok(None);
        };
        let name = if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        let Some(table) = value.get_ref().as_table() else {
            let kind = value.get_ref().type_str();
            let why = format!(
                "it is a table: write [{}] (found: {kind})",
                name.escape_debug()
            );
            return Err(self.fault(key, &why));
        };
        Ok(Some(Section {
            document: self.document,
            name,
            table,
            span: value.span(),
        }))
    }

    fn prefix(&self) -> String {
        if self.name.is_empty() {
            String::new()
        } else {
            format!("[{}] ", self.name.escape_debug())
        }
    }
}
