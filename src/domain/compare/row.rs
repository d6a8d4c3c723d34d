//! What a comparison says: sections of rows, drawn alike on the screen and on the command line.

use std::ops::Range;
use std::sync::Arc;

/// What became of one thing between left and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// The same on both sides.
    Same,
    /// On both sides, with another value.
    Changed,
    /// On the right only.
    Added,
    /// On the left only.
    Removed,
    /// The same item of a list, in another place.
    Moved,
}

impl RowKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            RowKind::Same => "same",
            RowKind::Changed => "changed",
            RowKind::Added => "added",
            RowKind::Removed => "removed",
            RowKind::Moved => "moved",
        }
    }
}

/// How much a difference weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// It makes two exchanges different.
    Counts,
    /// It is another at each send (`Date`, ids, keys, what is left of the quota): it counts only when that is asked for.
    Varies,
    /// It is measured, and never equal: it is shown and never counts.
    Measured,
}

/// One thing, on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What became of it.
    pub kind: RowKind,
    /// How much that weighs.
    pub weight: Weight,
    /// Its name; in JSON its JSON Pointer (RFC 6901) on the right, where a removed one would stand there; in text its
    /// line, from 1.
    pub name: String,
    /// The name it has on the left, when that is another.
    pub from: Option<String>,
    /// What stands on the left.
    pub left: Option<Arc<str>>,
    /// What stands on the right.
    pub right: Option<Arc<str>>,
    /// Which bytes of a changed text on the left are not on the right, and the other way round; empty where all are
    /// another, or where that was not looked at.
    pub marks: (Vec<Range<usize>>, Vec<Range<usize>>),
    /// What else there is to say.
    pub note: Option<String>,
}

impl Row {
    /// A thing by what stands on either side; nothing on both is no row.
    pub fn of(name: impl Into<String>, left: Option<&str>, right: Option<&str>) -> Option<Row> {
        let kind = match (left, right) {
            (None, None) => return None,
            (Some(left), Some(right)) if left == right => RowKind::Same,
            (Some(_), Some(_)) => RowKind::Changed,
            (Some(_), None) => RowKind::Removed,
            (None, Some(_)) => RowKind::Added,
        };
        let left: Option<Arc<str>> = left.map(Into::into);
        let right = match kind {
            RowKind::Same => left.clone(),
            _ => right.map(Into::into),
        };
        Some(Row {
            kind,
            weight: Weight::Counts,
            name: name.into(),
            from: None,
            left,
            right,
            marks: (Vec::new(), Vec::new()),
            note: None,
        })
    }

    /// The same, weighing this.
    pub fn weighing(self, weight: Weight) -> Row {
        Row { weight, ..self }
    }

    /// Whether it makes the two different; `all`: also what is another at each send.
    pub fn counts(&self, all: bool) -> bool {
        let weighs = match self.weight {
            Weight::Counts => true,
            Weight::Varies => all,
            Weight::Measured => false,
        };
        weighs && self.kind != RowKind::Same
    }
}

/// What a section is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Who sent it, where to, as what.
    Exchange,
    /// Method and path.
    RequestLine,
    /// The query's parameters.
    Query,
    /// The request's header fields.
    RequestHeaders,
    /// The request's body.
    RequestBody,
    /// What came back, and how whole.
    Outcome,
    /// The response's header fields.
    ResponseHeaders,
    /// The response's body.
    ResponseBody,
    /// How long it took and how large it was.
    Timing,
}

impl Part {
    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Part::Exchange => "Exchange",
            Part::RequestLine => "Request",
            Part::Query => "Query",
            Part::RequestHeaders => "Request headers",
            Part::RequestBody => "Request body",
            Part::Outcome => "Outcome",
            Part::ResponseHeaders => "Response headers",
            Part::ResponseBody => "Response body",
            Part::Timing => "Timing and size",
        }
    }

    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Part::Exchange => "exchange",
            Part::RequestLine => "request_line",
            Part::Query => "query",
            Part::RequestHeaders => "request_headers",
            Part::RequestBody => "request_body",
            Part::Outcome => "outcome",
            Part::ResponseHeaders => "response_headers",
            Part::ResponseBody => "response_body",
            Part::Timing => "timing",
        }
    }
}

/// As what the rows of a section were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Names with values.
    Fields,
    /// JSON by its structure; values are JSON.
    Json,
    /// Text line by line.
    Text,
    /// Bytes.
    Binary,
}

impl Form {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Form::Fields => "fields",
            Form::Json => "json",
            Form::Text => "text",
            Form::Binary => "binary",
        }
    }
}

/// One part of the two, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What it is about.
    pub part: Part,
    /// As what it was compared.
    pub form: Form,
    /// What a reader has to know of the way it was compared.
    pub notes: Vec<String>,
    /// The rows, in the order of the right, what was removed where it stood.
    pub rows: Vec<Row>,
}

impl Section {
    /// How many of its rows make the two different.
    pub fn differences(&self, all: bool) -> usize {
        self.rows.iter().filter(|row| row.counts(all)).count()
    }
}
