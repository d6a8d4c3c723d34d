//! From the paths of a report to their places: in the body by `field_path`, in one pass; in the query and the header by
//! name, with which of its parameters or lines that is.

use std::borrow::Cow;

use crate::domain::api_error::asked::Asked;
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::field_path::notation::array_index;
use crate::domain::field_path::{Field, Part, Place, places};

/// Completes the places of a report's errors.
pub fn locate(report: &mut ErrorReport, asked: &Asked<'_>) {
    let parameters: Vec<Cow<'_, str>> = asked.parameters().collect();
    for error in &mut report.errors {
        match error.place.part {
            // Where no body was sent, a path may name a parameter; else it is about nothing that was sent.
            Part::Body if asked.body.is_empty() => {
                let named = in_query(&error.path, &parameters);
                error.place = match named.found {
                    Some(true) => named,
                    _ => Place::outside(Part::Unknown),
                };
            }
            Part::Query => error.place = in_query(&error.path, &parameters),
            Part::Header => error.place = in_head(error, asked),
            Part::Body | Part::Response | Part::Unknown => {}
        }
    }
    in_body(report, asked);
}

fn in_body(report: &mut ErrorReport, asked: &Asked<'_>) {
    let is_there = |error: &&mut ApiError| error.place.part == Part::Body;
    let mut errors: Vec<&mut ApiError> = report.errors.iter_mut().filter(is_there).collect();
    let paths: Vec<&[String]> = errors.iter().map(|error| error.path.as_slice()).collect();
    let found = places(&paths, asked.body, asked.content_type());
    for (error, place) in errors.iter_mut().zip(found) {
        error.place = place;
    }
}

/// The parameter that a path names: `["filter", "a"]` is `filter[a]` or `filter.a`, and `["id", "1"]` may be the second
/// `id`. One that was not sent is named by the path's first step.
fn in_query(path: &[String], parameters: &[Cow<'_, str>]) -> Place {
    let Some((first, rest)) = path.split_first() else {
        return Place::outside(Part::Query);
    };
    let position = |wanted: &str| parameters.iter().position(|name| name == wanted);
    let bracketed = rest
        .iter()
        .fold(first.clone(), |name, step| format!("{name}[{step}]"));
    let nth = rest.first().and_then(|step| array_index(step)).unwrap_or(0);
    let listed = [first.clone(), format!("{first}[]")];
    let of_list = || {
        let named =
            |(_, name): &(usize, &Cow<'_, str>)| listed.iter().any(|one| name.as_ref() == one);
        let mut all = parameters.iter().enumerate().filter(named);
        all.nth(nth).map(|(at, _)| at)
    };
    let at = position(&bracketed)
        .or_else(|| position(&path.join(".")))
        .or_else(of_list);
    let name = at.map_or_else(|| first.clone(), |at| parameters[at].to_string());
    Place::at_field(Part::Query, Field { name, at })
}

/// The line that a path names. A reader that means a cookie has said so in the field's name.
fn in_head(error: &ApiError, asked: &Asked<'_>) -> Place {
    let Some(step) = error.path.first() else {
        return Place::outside(Part::Header);
    };
    if let Some(field) = &error.place.field {
        let at = asked.cookie(step);
        return Place::at_field(
            Part::Header,
            Field {
                at,
                ..field.clone()
            },
        );
    }
    let at = asked.line(step);
    let name = at.map_or(step, |at| &asked.lines[at].name).clone();
    Place::at_field(Part::Header, Field { name, at })
}

#[cfg(test)]
mod tests {
    use crate::domain::api_error::ErrorReport;
    use crate::domain::api_error::answer::error_at;
    use crate::domain::api_error::asked::Asked;
    use crate::domain::api_error::locate::locate;
    use crate::domain::compose::HeaderLine;
    use crate::domain::field_path::{Field, Part};

    fn line(name: &str, value: &str) -> HeaderLine {
        HeaderLine {
            name: name.into(),
            value: value.into(),
            secret: None,
        }
    }

    /// Name, which one, whether it was sent; of an error with this path, in this part.
    fn told(part: Part, path: &[&str]) -> Option<(String, Option<usize>, Option<bool>)> {
        let lines = [
            line("Accept", "*/*"),
            line("X-Account-Id", "acct_1"),
            line("Cookie", "theme=dark; session=abc"),
        ];
        let asked = Asked {
            target: "/v1/payments?limit=x&id=1&id=2&filter%5Ba%5D=1&page.size=9&tag[]=p&tag[]=q&a+b=1",
            lines: &lines,
            body: b"",
        };
        let mut report = ErrorReport {
            errors: vec![error_at(
                part,
                path.iter().map(|step| (*step).into()).collect(),
            )],
            ..ErrorReport::default()
        };
        locate(&mut report, &asked);
        let place = &report.errors[0].place;
        assert_eq!(
            (place.part, &place.pointer, place.span),
            (part, &None, None)
        );
        let field = place.field.clone()?;
        Some((field.name, field.at, place.found))
    }

    #[test]
    fn the_parameter_and_the_line_are_named() {
        for (part, path, name, at) in [
            (Part::Query, &["limit"][..], "limit", Some(0)),
            (Part::Query, &["id"], "id", Some(1)),
            (Part::Query, &["id", "1"], "id", Some(2)),
            (Part::Query, &["id", "7"], "id", None),
            (Part::Query, &["filter", "a"], "filter[a]", Some(3)),
            (Part::Query, &["filter[a]"], "filter[a]", Some(3)),
            (Part::Query, &["page", "size"], "page.size", Some(4)),
            (Part::Query, &["tag", "1"], "tag[]", Some(6)),
            (Part::Query, &["a b"], "a b", Some(7)),
            (Part::Query, &["cursor"], "cursor", None),
            (Part::Query, &["Limit"], "Limit", None),
            (Part::Header, &["x-account-id"], "X-Account-Id", Some(1)),
            (Part::Header, &["X-Missing"], "X-Missing", None),
        ] {
            let expected = Some((name.to_owned(), at, Some(at.is_some())));
            assert_eq!(told(part, path), expected, "{part:?} {path:?}");
        }
        assert_eq!(told(Part::Query, &[]), None);
        assert_eq!(told(Part::Header, &[]), None);
    }

    #[test]
    fn where_no_body_was_sent_a_path_names_a_parameter_or_nothing() {
        for (path, place) in [
            (&["limit"][..], Part::Query),
            (&["amount"], Part::Unknown),
            (&[], Part::Unknown),
        ] {
            let asked = Asked {
                target: "/v1/payments?limit=x",
                lines: &[],
                body: b"",
            };
            let path = path.iter().map(|step| (*step).to_owned()).collect();
            let mut report = ErrorReport {
                errors: vec![error_at(Part::Body, path)],
                ..ErrorReport::default()
            };
            locate(&mut report, &asked);
            assert_eq!(report.errors[0].place.part, place);
        }
    }

    #[test]
    fn a_cookie_is_looked_for_in_its_line() {
        let lines = [line("Cookie", "theme=dark; session=abc")];
        let asked = Asked {
            target: "/",
            lines: &lines,
            body: b"",
        };
        for (name, at) in [
            ("session", Some(0)),
            ("theme", Some(0)),
            ("abc", None),
            ("sess", None),
        ] {
            let mut error = error_at(Part::Header, vec![name.to_owned()]);
            error.place.field = Some(Field::named("Cookie"));
            let mut report = ErrorReport {
                errors: vec![error],
                ..ErrorReport::default()
            };
            locate(&mut report, &asked);
            let field = report.errors[0].place.field.clone();
            assert_eq!(
                field,
                Some(Field {
                    name: "Cookie".into(),
                    at
                }),
                "{name}"
            );
        }
    }
}
