//! What an error answer says of the whole, above its list: the envelope's own code, title and details, and whatever else
//! stands at its level.

use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::api_error::ErrorReport;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::wrap::wrap;

/// The list is what the tab is for: of its rows at most one in so many goes to what stands above it.
const SHARE: usize = 4;

/// A member's value is cut after so many characters: the body tab has it whole.
const LONGEST: usize = 200;

/// The rows above the list, of `rows` that there are for both.
pub(crate) fn lines(
    report: &ErrorReport,
    columns: u16,
    rows: u16,
    theme: Theme,
) -> Vec<Line<'static>> {
    let most = usize::from(rows) / SHARE;
    let mut lines = Vec::new();
    for line in said(report, theme) {
        let left = most.saturating_sub(lines.len());
        lines.extend(wrap(&line, columns, left));
    }
    lines
}

fn said(report: &ErrorReport, theme: Theme) -> Vec<Line<'static>> {
    let look = |text: &str, tone| Span::styled(visible(text).into_owned(), theme.style(tone));
    let mut whole = Vec::new();
    if let Some(code) = own_code(report) {
        whole.push(look(code, Tone::Strong));
    }
    for text in [&report.title, &report.details].into_iter().flatten() {
        if !whole.is_empty() {
            whole.push(Span::raw("  "));
        }
        whole.push(look(text, Tone::Plain));
    }
    let member = |(name, value): &(String, String)| {
        let value: String = value.chars().take(LONGEST).collect();
        Line::from(vec![
            look(&format!("{name} "), Tone::Faint),
            look(&value, Tone::Plain),
        ])
    };
    let whole = (!whole.is_empty()).then(|| Line::from(whole));
    whole
        .into_iter()
        .chain(report.extra.iter().map(member))
        .collect()
}

/// The envelope's code, unless the only error there is has the same.
fn own_code(report: &ErrorReport) -> Option<&str> {
    let code = report.code.as_deref()?;
    match report.errors.as_slice() {
        [only] if only.code.as_deref() == Some(code) => None,
        _ => Some(code),
    }
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::domain::api_error::{ApiError, ErrorReport};
    use crate::tui::theme::Theme;

    fn told(report: &ErrorReport, columns: u16, rows: u16) -> Vec<String> {
        let lines = lines(report, columns, rows, Theme { colour: false });
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_whole_is_told_in_a_quarter_of_the_rows() {
        let error = |code: &str| ApiError {
            code: Some(code.into()),
            ..ApiError::default()
        };
        let report = ErrorReport {
            code: Some("request_errors".into()),
            title: Some("Invalid\u{1b} request".into()),
            details: Some("Two fields are wrong.".into()),
            errors: vec![error("a"), error("b")],
            extra: vec![("trace".into(), "\"t-1\"".into())],
            ..ErrorReport::default()
        };
        let first = "request_errors  Invalid␛ request  Two fields are wrong.";
        assert_eq!(told(&report, 80, 20), [first, "trace \"t-1\""]);
        assert_eq!(told(&report, 80, 7), [first]);
        assert_eq!(
            told(&report, 30, 8),
            ["request_errors  Invalid␛", "request  Two fields are wrong."]
        );
        assert_eq!(told(&report, 80, 3), [""; 0]);
        let alone = ErrorReport {
            code: Some("a".into()),
            errors: vec![error("a")],
            ..ErrorReport::default()
        };
        assert_eq!(told(&alone, 80, 20), [""; 0]);
    }
}
