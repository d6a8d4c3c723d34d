//! Where an error lies, in words: the pointer into the body, the parameter of the query, the line of the head.

use crate::domain::api_error::ApiError;
use crate::domain::field_path::{Field, Part};

/// The place of an error.
pub(crate) fn text(error: &ApiError) -> String {
    let place = &error.place;
    let at = match (place.part, &place.pointer, &place.field) {
        (Part::Body, Some(pointer), _) => format!("{pointer} in the body"),
        (Part::Body, None, _) => "the body".to_owned(),
        (Part::Query, _, Some(field)) => with_number("parameter", field, "of the query"),
        (Part::Header, _, Some(field)) => with_number("header", field, "of the request"),
        (Part::Query, _, None) => "the query".to_owned(),
        (Part::Header, _, None) => "the headers".to_owned(),
        (Part::Response, ..) => return "in the response, not in the request".to_owned(),
        (Part::Unknown, ..) => return "not said".to_owned(),
    };
    match (place.found, &place.field) {
        (Some(false), Some(_)) => format!("{at}: it was not sent"),
        (Some(false), None) => format!("{at}: missing there"),
        _ => at,
    }
}

/// `parameter limit, the 2nd of the query` in figures, so that it is found among many.
fn with_number(what: &str, field: &Field, whole: &str) -> String {
    match field.at {
        Some(at) => format!("{what} {}, number {} {whole}", field.name, at + 1),
        None => format!("{what} {} {whole}", field.name),
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::domain::api_error::ApiError;
    use crate::domain::field_path::{Field, Part, Place};

    #[test]
    fn a_place_is_told_as_exactly_as_it_is_known() {
        let field = |name: &str, at| Field {
            name: name.into(),
            at,
        };
        let in_body = |found| Place {
            pointer: Some("/amount".into()),
            found,
            ..Place::outside(Part::Body)
        };
        for (place, expected) in [
            (in_body(Some(true)), "/amount in the body"),
            (in_body(Some(false)), "/amount in the body: missing there"),
            (in_body(None), "/amount in the body"),
            (
                Place::at_field(Part::Query, field("limit", Some(1))),
                "parameter limit, number 2 of the query",
            ),
            (
                Place::at_field(Part::Query, field("limit", None)),
                "parameter limit of the query: it was not sent",
            ),
            (
                Place::at_field(Part::Header, field("X-Id", Some(0))),
                "header X-Id, number 1 of the request",
            ),
            (
                Place::at_field(Part::Header, field("X-Id", None)),
                "header X-Id of the request: it was not sent",
            ),
            (Place::outside(Part::Query), "the query"),
            (
                Place::outside(Part::Response),
                "in the response, not in the request",
            ),
            (Place::outside(Part::Unknown), "not said"),
        ] {
            let error = ApiError {
                place,
                ..ApiError::default()
            };
            assert_eq!(text(&error), expected);
        }
    }
}
