//! Where ids stand in what an API is sent and answers: readers of carriers, pointers and look-ups.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::DeValue;

use crate::config::value::{header_name, list, word};
use crate::domain::carrier::Carrier;
use crate::domain::pointer::Pointer;
use crate::domain::profile::REQUEST_ID;

const USAGE: &str = "write one of { header = \"X-Request-Id\" }, { query = \"requestId\" }, { body = \"/meta/requestId\" } \
                     and \"off\"";

/// What carries an id: a table of one key, or `"off"`.
pub fn carrier(value: &DeValue<'_>) -> Result<Carrier, String> {
    if value.as_str() == Some("off") {
        return Ok(Carrier::Off);
    }
    let table = value.as_table().filter(|table| table.len() == 1);
    let Some((key, value)) = table.and_then(|table| table.iter().next()) else {
        return Err(USAGE.to_owned());
    };
    let (key, value): (&Spanned<Cow<'_, str>>, _) = (key, value.get_ref());
    let read = match key.get_ref().as_ref() {
        "header" => header_name(value).map(Carrier::Header),
        "query" => word(value).map(Carrier::Query),
        "body" => pointer(value).map(Carrier::Body),
        _ => return Err(USAGE.to_owned()),
    };
    read.map_err(|why| format!("{}: {why}", key.get_ref()))
}

fn pointer(value: &DeValue<'_>) -> Result<Pointer, String> {
    Pointer::parse(&word(value)?).map_err(|error| error.to_string())
}

/// A list of JSON Pointers.
pub fn pointers(value: &DeValue<'_>) -> Result<Vec<Pointer>, String> {
    list(value, pointer)
}

/// The path that finds what an operation made, or `"off"`.
pub fn look_up(value: &DeValue<'_>) -> Result<Option<String>, String> {
    let template = word(value)?;
    if template == "off" {
        return Ok(None);
    }
    if !template.starts_with('/') || !template.contains(REQUEST_ID) {
        return Err(format!(
            "write a path with {REQUEST_ID} where the requestId belongs, such as \"/v1/payments?requestId={REQUEST_ID}\", \
             or \"off\""
        ));
    }
    Ok(Some(template))
}

/// Where a look-up's answer has its list, or `""` for the whole document.
pub fn list_place(value: &DeValue<'_>) -> Result<Option<Pointer>, String> {
    match value.as_str() {
        Some("") => Ok(None),
        _ => pointer(value).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeValue;

    use super::{carrier, look_up, pointers};
    use crate::domain::carrier::Carrier;
    use crate::domain::pointer::Pointer;

    fn value(text: &str) -> DeValue<'_> {
        DeValue::parse(text).expect(text).into_inner()
    }

    #[test]
    fn a_carrier_is_one_place_or_off() {
        let pointer = Pointer::parse("/a/b").expect("a pointer");
        for (text, expected) in [
            ("\"off\"", Carrier::Off),
            ("{ header = \"X-Id\" }", Carrier::Header("X-Id".into())),
            (
                "{ query = \"request id\" }",
                Carrier::Query("request id".into()),
            ),
            ("{ body = \"/a/b\" }", Carrier::Body(pointer)),
        ] {
            assert_eq!(carrier(&value(text)), Ok(expected), "{text}");
        }
        for (bad, part) in [
            ("false", "write one of"),
            ("\"X-Id\"", "write one of"),
            ("{}", "write one of"),
            ("{ header = \"a\", query = \"b\" }", "write one of"),
            ("{ cookie = \"a\" }", "write one of"),
            (
                "{ header = \"X Id\" }",
                "header: \"X Id\" is no header name",
            ),
            ("{ query = \"\" }", "query: it is empty"),
            ("{ query = 7 }", "query: write a text"),
            ("{ body = \"a\" }", "body: a JSON Pointer"),
        ] {
            let error = carrier(&value(bad)).expect_err(bad);
            assert!(error.contains(part), "{bad}: {error}");
        }
    }

    #[test]
    fn a_look_up_is_a_path_with_the_operation_in_it() {
        assert_eq!(look_up(&value("\"off\"")), Ok(None));
        let good = "/v1/payments?requestId={requestId}";
        assert_eq!(
            look_up(&value(&format!("\"{good}\""))),
            Ok(Some(good.into()))
        );
        for bad in [
            "\"\"",
            "true",
            "\"/v1/payments\"",
            "\"https://h/{requestId}\"",
            "\"/v1/{id}\"",
        ] {
            assert!(look_up(&value(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn pointers_are_a_list() {
        assert_eq!(pointers(&value("[]")), Ok(vec![]));
        let read = pointers(&value("[\"/id\", \"/data/0/id\"]")).expect("two");
        assert_eq!(
            read.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["/id", "/data/0/id"]
        );
        for bad in ["\"/id\"", "[\"id\"]", "[7]", "[\"/a~2\"]"] {
            assert!(pointers(&value(bad)).is_err(), "{bad}");
        }
    }
}
