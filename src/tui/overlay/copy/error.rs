//! What can be copied of the errors: the one under the cursor and all of them, as text for people and as the JSON that
//! scripts get.

use crate::document::visible::visible;
use crate::domain::api_error::ApiError;
use crate::tui::message::Loaded;

/// A letter, a name, and the text when there is one.
type Item = (char, &'static str, Option<String>);

/// The entries of the menu.
pub(super) fn items(loaded: &Loaded, at: Option<usize>) -> [Item; 4] {
    let response = loaded.exchange.outcome.response();
    let report = response.and_then(|response| response.report.as_ref());
    let errors = report.map_or(&[][..], |report| &report.errors);
    let json = &loaded.errors_json;
    let lines: Vec<String> = errors.iter().map(text).collect();
    let under = at.and_then(|at| errors.get(at));
    [
        ('e', "this error", under.map(text)),
        (
            'j',
            "this error, JSON",
            at.and_then(|at| json.get(at)).cloned(),
        ),
        ('E', "all errors", Some(lines.join("\n"))),
        (
            'J',
            "all errors, JSON",
            (!json.is_empty()).then(|| format!("[{}]", json.join(","))),
        ),
    ]
}

/// An error as a person would write it down: `amount_not_positive at /amount: must be greater than zero`.
fn text(error: &ApiError) -> String {
    let code = error.code.as_deref().unwrap_or("error");
    let pointer = error.place.pointer.as_deref().filter(|p| !p.is_empty());
    let place = match (pointer, error.path.is_empty()) {
        (Some(pointer), _) => format!(" at {pointer}"),
        (None, false) => format!(" at {}", error.path.join(".")),
        (None, true) => String::new(),
    };
    let message = error.message.as_deref();
    let message = message.map(|message| format!(": {message}"));
    // One line, and nothing in it that a terminal obeys: it may be pasted into one.
    let line = format!("{code}{place}{}", message.unwrap_or_default());
    visible(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::domain::api_error::ApiError;
    use crate::domain::field_path::Place;

    #[test]
    fn an_error_reads_as_one_would_write_it_down() {
        let error = |code: &str, message: &str, path: &str, pointer: Option<&str>| {
            let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            text(&ApiError {
                code: said(code),
                message: said(message),
                path: path.split_whitespace().map(str::to_owned).collect(),
                place: Place {
                    pointer: pointer.map(str::to_owned),
                    ..Place::default()
                },
                ..ApiError::default()
            })
        };
        let whole = error("missing", "is missing", "items 1", Some("/items/1"));
        assert_eq!(whole, "missing at /items/1: is missing");
        assert_eq!(
            error("", "not a number", "data limit", None),
            "error at data.limit: not a number"
        );
        assert_eq!(error("no_balance", "", "", Some("")), "no_balance");
    }
}
