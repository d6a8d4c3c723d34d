//! The ways in which servers write a path, and the one in which we do: an RFC 6901 JSON Pointer.

use percent_encoding::percent_decode_str;

/// The path as a JSON Pointer (RFC 6901 3): `~` becomes `~0` before `/` becomes `~1`. The empty path is `""`.
pub fn pointer(path: &[String]) -> String {
    path.iter().fold(String::new(), |mut pointer, step| {
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        pointer
    })
}

/// Reads a JSON Pointer, plain (`/age`) or as a URI fragment (`#/age`, percent-encoded; RFC 6901 6). `None`: it is none.
pub fn from_pointer(text: &str) -> Option<Vec<String>> {
    let plain = match text.strip_prefix('#') {
        Some(fragment) => percent_decode_str(fragment).decode_utf8_lossy(),
        None => text.into(),
    };
    if plain.is_empty() {
        return Some(Vec::new());
    }
    let steps = plain.strip_prefix('/')?;
    Some(
        steps
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect(),
    )
}

/// Reads the notations of Stripe (`items[0][price]`), Google (`a[1].b`) and JSONPath's root (`$.a`), mixed at will.
/// A bracket that never closes is part of the name it begins.
pub fn from_brackets(text: &str) -> Vec<String> {
    split(text.strip_prefix('$').unwrap_or(text), &['.', '['])
}

/// Reads the name of a form's field, `items[0][price]`: a dot is part of a name there.
pub fn from_form_name(name: &str) -> Vec<String> {
    split(name, &['['])
}

fn split(text: &str, ends: &[char]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((step, after)) = rest.strip_prefix('[').and_then(|open| open.split_once(']')) {
            path.push(step.trim_matches(['"', '\'']).to_owned());
            rest = after;
        } else if first == '.' && ends.contains(&'.') {
            rest = &rest[1..];
        } else {
            let after = first.len_utf8();
            let end = rest[after..]
                .find(ends)
                .map_or(rest.len(), |end| after + end);
            path.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
    }
    path
}

/// Whether a step can name an element of an array: `0|[1-9][0-9]*` (RFC 6901 4).
pub fn array_index(step: &str) -> Option<usize> {
    let digits = step.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (step.starts_with('0') && step.len() > 1) {
        return None;
    }
    step.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use crate::domain::field_path::notation::{
        array_index, from_brackets, from_form_name, from_pointer, pointer,
    };

    #[test]
    fn pointers_plain_and_as_fragments() {
        let cases: [(&str, Option<&[&str]>); 8] = [
            ("", Some(&[])),
            ("/", Some(&[""])),
            ("/a~1b/m~0n/~01", Some(&["a/b", "m~n", "~1"])),
            ("#/age", Some(&["age"])),
            ("#", Some(&[])),
            ("#/c%25d/k%22l/%C3%A4", Some(&["c%d", "k\"l", "ä"])),
            ("age", None),
            ("#age", None),
        ];
        for (text, path) in cases {
            let read = from_pointer(text);
            let read: Option<Vec<&str>> = read
                .as_ref()
                .map(|p| p.iter().map(String::as_str).collect());
            assert_eq!(read.as_deref(), path, "{text}");
        }
    }

    #[test]
    fn brackets_and_dots() {
        let cases: [(&str, &[&str]); 11] = [
            ("amount", &["amount"]),
            ("items[0][price]", &["items", "0", "price"]),
            ("a[1].b", &["a", "1", "b"]),
            ("messages[0].content", &["messages", "0", "content"]),
            ("$.items[0].Price", &["items", "0", "Price"]),
            ("a['b c'][\"d\"]", &["a", "b c", "d"]),
            ("a[b", &["a", "[b"]),
            ("a[0]b", &["a", "0", "b"]),
            ("a[b.c].d", &["a", "b.c", "d"]),
            ("a..b.", &["a", "b"]),
            ("", &[]),
        ];
        for (text, path) in cases {
            assert_eq!(from_brackets(text), path, "{text}");
        }
    }

    #[test]
    fn a_form_keeps_its_dots() {
        assert_eq!(from_form_name("a.b[c][]"), ["a.b", "c", ""]);
        assert_eq!(from_form_name("a[b"), ["a", "[b"]);
    }

    #[test]
    fn only_canonical_indices_name_elements() {
        for (step, index) in [
            ("0", Some(0)),
            ("10", Some(10)),
            ("01", None),
            ("-1", None),
            ("+1", None),
            ("", None),
            ("1e3", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(array_index(step), index, "{step}");
        }
    }

    proptest! {
        #[test]
        fn a_pointer_is_read_back(path in vec(any::<String>(), 1..5)) {
            let written = pointer(&path);
            prop_assert_eq!(from_pointer(&written), Some(path));
        }

        #[test]
        fn any_text_is_read_as_something(text in any::<String>()) {
            from_brackets(&text);
            from_form_name(&text);
            from_pointer(&text);
        }
    }
}
