//! `reqscope diff`: two exchanges of the history, compared, as a person reads a diff or as JSON.
//!
//! ```text
//!   --- 7f2c9b1e  422  POST /v1/payments
//!   +++ a01b33cd  201  POST /v1/payments
//!   attempts 1 and 2 of operation op_…
//!
//!   @@ Request body: JSON, 1 difference @@
//!   - /amount  -5
//!   + /amount  5
//!   · Date  …            does not count
//! ```

use std::fmt::Write as _;
use std::io::Write;
use std::ops::Range;

use anyhow::Context;

use crate::cli::args::{Diff, Global};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::open;
use crate::cli::report::{self, printable};
use crate::cli::show::find;
use crate::domain::compare::Comparison;
use crate::domain::compare::pretty::pretty;
use crate::domain::compare::row::{Form, Row, RowKind, Section};
use crate::domain::exchange::{Class, Summary};
use crate::formats::comparison_json;
use crate::services::comparison::{CompareError, compare};

/// From this many characters on a JSON value stands on lines of its own.
const LONG: usize = 72;

/// Compares them, and prints what differs.
///
/// # Errors
/// When an id fits no exchange or several, or one cannot be read or printed.
pub async fn run(global: &Global, diff: Diff) -> anyhow::Result<Exit> {
    let history = open::history(global).await?;
    let left = find(&history, &diff.left).await?.id;
    let right = find(&history, &diff.right).await?.id;
    let compared = compare(&history.store, &left, &right, || true).await;
    let comparison = match compared {
        Err(gone @ CompareError::Gone(_)) => return Err(UsageError(gone.to_string()).into()),
        compared => compared?.context("the comparison was given up")?,
    };
    let printed = match diff.json {
        true => report::print_value(&comparison_json::comparison(&comparison, diff.all)),
        false => {
            let page = Page {
                colour: global.colour(),
                all: diff.all,
            };
            std::io::stdout()
                .lock()
                .write_all(page.text(&comparison).as_bytes())
        }
    };
    printed.context("standard output could not be written")?;
    Ok(Exit::of_comparison(comparison.differs(diff.all)))
}

/// What a piece of the page means, as an SGR parameter (ECMA-48 8.3.117).
#[derive(Clone, Copy)]
enum Look {
    Removed,
    Added,
    Moved,
    Faint,
    Strong,
}

impl Look {
    /// The sign before a line, so that it reads without colour.
    fn mark(self) -> char {
        match self {
            Look::Removed => '-',
            Look::Added => '+',
            Look::Moved => '>',
            Look::Faint | Look::Strong => ' ',
        }
    }
}

/// How it is printed.
struct Page {
    colour: bool,
    all: bool,
}

impl Page {
    fn text(&self, comparison: &Comparison) -> String {
        let mut text = String::new();
        for (mark, side) in [("---", &comparison.left), ("+++", &comparison.right)] {
            let head = format!("{mark} {}", head(side));
            let _ = writeln!(text, "{}", self.paint(&head, Look::Strong));
        }
        let _ = writeln!(text, "{}", printable(&comparison.relation_text()));
        let mut same = Vec::new();
        for section in &comparison.sections {
            if section.rows.iter().all(|row| row.kind == RowKind::Same) && section.notes.is_empty()
            {
                same.push(section.part.title().to_lowercase());
            } else {
                self.section(section, &mut text);
            }
        }
        text.push('\n');
        if !same.is_empty() {
            let line = format!("same: {}", same.join(", "));
            let _ = writeln!(text, "{}", self.paint(&line, Look::Faint));
        }
        let _ = writeln!(
            text,
            "{}",
            self.paint(&self.verdict(comparison), Look::Strong)
        );
        text
    }

    fn section(&self, section: &Section, text: &mut String) {
        let form = match section.form {
            Form::Fields => "",
            Form::Json => "JSON, ",
            Form::Text => "text, ",
            Form::Binary => "bytes, ",
        };
        let count = counted(section.differences(self.all));
        let title = format!("@@ {}: {form}{count} @@", section.part.title());
        let _ = writeln!(text, "\n{}", self.paint(&title, Look::Moved));
        for note in &section.notes {
            let _ = writeln!(text, "{}", self.paint(&format!("  ({note})"), Look::Faint));
        }
        for row in section.rows.iter().filter(|row| row.kind != RowKind::Same) {
            self.row(row, section.form, text);
        }
    }

    fn row(&self, row: &Row, form: Form, text: &mut String) {
        if !row.counts(self.all) {
            return self.faint(row, text);
        }
        let (left, right) = (row.left.as_deref(), row.right.as_deref());
        let name = row.from.as_ref().unwrap_or(&row.name);
        if row.kind == RowKind::Moved {
            let name = format!("{}  from {name}", row.name);
            return self.side(
                Look::Moved,
                &name,
                right.unwrap_or_default(),
                &[],
                form,
                text,
            );
        }
        if let Some(left) = left {
            self.side(Look::Removed, name, left, &row.marks.0, form, text);
        }
        if let Some(right) = right {
            self.side(Look::Added, &row.name, right, &row.marks.1, form, text);
        }
        if let Some(note) = &row.note {
            let _ = writeln!(text, "{}", self.paint(&format!("  ({note})"), Look::Faint));
        }
    }

    /// What does not count stands on one line, with a mark of its own so that it reads without colour.
    fn faint(&self, row: &Row, text: &mut String) {
        let side = |side: &Option<std::sync::Arc<str>>| side.as_deref().unwrap_or("-").to_owned();
        let mut line = format!(
            "· {}  {} → {}",
            named(&row.name),
            side(&row.left),
            side(&row.right)
        );
        if let Some(note) = &row.note {
            let _ = write!(line, "  ({note})");
        }
        let _ = writeln!(text, "{}", self.paint(&line, Look::Faint));
    }

    fn side(
        &self,
        look: Look,
        name: &str,
        value: &str,
        marks: &[Range<usize>],
        form: Form,
        text: &mut String,
    ) {
        let mark = look.mark();
        let head = format!("{mark} {}", named(name));
        if form == Form::Json && value.len() > LONG && value.starts_with(['{', '[']) {
            let _ = writeln!(text, "{}", self.paint(&head, look));
            for line in pretty(value, usize::MAX - 1).0 {
                let _ = writeln!(text, "{}", self.paint(&format!("{mark}   {line}"), look));
            }
            return;
        }
        let mut line = self.paint(&format!("{head}  "), look);
        let mut at = 0;
        for range in marks {
            line.push_str(&self.paint(value.get(at..range.start).unwrap_or_default(), look));
            let word = value.get(range.clone()).unwrap_or_default();
            line.push_str(&self.marked(word, look));
            at = range.end;
        }
        line.push_str(&self.paint(value.get(at..).unwrap_or_default(), look));
        let _ = writeln!(text, "{line}");
    }

    fn verdict(&self, comparison: &Comparison) -> String {
        let found = |section: &Section| {
            let count = section.differences(self.all);
            (count > 0).then(|| format!("{count} in {}", section.part.title().to_lowercase()))
        };
        let found: Vec<String> = comparison.sections.iter().filter_map(found).collect();
        match found.is_empty() {
            false => format!("different: {}", found.join(", ")),
            true if comparison.differs(true) => {
                "the same, but for what is another at each send (--all counts that too)".to_owned()
            }
            true => "the same".to_owned(),
        }
    }

    fn paint(&self, text: &str, look: Look) -> String {
        self.sgr(
            text,
            match look {
                Look::Removed => "31",
                Look::Added => "32",
                Look::Moved => "36",
                Look::Faint => "2",
                Look::Strong => "1",
            },
        )
    }

    /// A word that only one side has.
    fn marked(&self, text: &str, look: Look) -> String {
        self.sgr(
            text,
            match look {
                Look::Removed => "1;7;31",
                Look::Added => "1;7;32",
                _ => "1;7",
            },
        )
    }

    fn sgr(&self, text: &str, code: &str) -> String {
        let text = printable(text);
        match self.colour && !code.is_empty() && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text,
        }
    }
}

fn head(side: &Summary) -> String {
    let what = match (side.status, side.class) {
        (Some(status), _) => status.to_string(),
        (None, Class::Failed) => "nothing was sent".to_owned(),
        (None, Class::Held) => "held".to_owned(),
        (None, Class::InFlight) => "in flight".to_owned(),
        (None, _) => "indeterminate".to_owned(),
    };
    format!("{}  {what}  {} {}", side.id, side.method, side.target)
}

fn counted(differences: usize) -> String {
    match differences {
        0 => "no difference that counts".to_owned(),
        1 => "1 difference".to_owned(),
        many => format!("{many} differences"),
    }
}

/// A pointer to the whole document is empty.
fn named(name: &str) -> &str {
    if name.is_empty() { "(whole)" } else { name }
}
