//! Header fields in the order they travel. Names compare without case (RFC 9110 5.1); values are text: bytes that
//! are not UTF-8 were read as Latin-1 where they came in, so nothing is lost and nothing fails later.

use serde::{Deserialize, Serialize};

/// An ordered list of header fields, repeats included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// An empty list.
    pub fn new() -> Headers {
        Headers::default()
    }

    /// Adds a field at the end, beside any of the same name.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Puts one field of this name, replacing every other of that name in the place of the first.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self
            .0
            .iter()
            .position(|(n, _)| n.eq_ignore_ascii_case(name))
        {
            Some(at) => {
                self.0[at].1 = value;
                let mut index = 0;
                self.0.retain(|(n, _)| {
                    index += 1;
                    index - 1 <= at || !n.eq_ignore_ascii_case(name)
                });
            }
            None => self.push(name, value),
        }
    }

    /// Takes away every field of this name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// The value of the first field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// The values of all fields of this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// Whether a field of this name is there.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Name and value of each field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Name and value of each field, the value open to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut String)> {
        self.0.iter_mut().map(|(n, v)| (n.as_str(), v))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Headers {
        Headers(
            fields
                .into_iter()
                .map(|(n, v)| (n.into(), v.into()))
                .collect(),
        )
    }
}

/// The media type of a `Content-Type` value without its parameters, in lower case (RFC 9110 8.3.1).
pub fn media_type(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Headers, media_type};

    #[test]
    fn names_compare_without_case_and_repeats_are_kept() {
        let headers: Headers = [("Set-Cookie", "a"), ("X", "1"), ("set-cookie", "b")]
            .into_iter()
            .collect();
        assert_eq!(headers.get("SET-COOKIE"), Some("a"));
        assert_eq!(
            headers.get_all("set-cookie").collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn set_leaves_one_in_the_place_of_the_first() {
        let mut headers: Headers = [("a", "1"), ("b", "2"), ("A", "3")].into_iter().collect();
        headers.set("A", "9");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "9"), ("b", "2")]);
        headers.set("c", "4");
        assert_eq!(headers.get("C"), Some("4"));
    }

    #[test]
    fn a_media_type_has_no_parameters() {
        assert_eq!(
            media_type("Application/JSON; charset=utf-8"),
            "application/json"
        );
    }
}
