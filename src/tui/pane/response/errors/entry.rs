//! What stands in the error list, in which order: errors, in groups or not, then what is gone, then what was not
//! understood.
//!
//! ```text
//!   none             by field             by code
//!   ▸ missing …      ▾ /a   2 errors      ▾ missing   2 errors
//!   ▸ too_long …       ▸ missing …          ▸ … /a
//!   − gone …         ▸ /b   1 error       ▸ too_long  1 error
//! ```
//!
//! Groups stand in the order of their first errors, and in each the errors in the server's order.

use std::collections::{HashMap, HashSet};

use crate::domain::api_error::ApiError;
use crate::domain::correction::Correction;
use crate::domain::field_path::Part;
use crate::tui::message::Loaded;

/// By what errors stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// By nothing.
    #[default]
    None,
    /// By the field they are about.
    Field,
    /// By their code.
    Code,
}

impl Grouping {
    /// The one that a key turns to.
    pub(crate) fn next(self) -> Grouping {
        match self {
            Grouping::None => Grouping::Field,
            Grouping::Field => Grouping::Code,
            Grouping::Code => Grouping::None,
        }
    }

    /// What it is called on the screen.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Grouping::None => None,
            Grouping::Field => Some("by field"),
            Grouping::Code => Some("by code"),
        }
    }

    fn label(self, error: &ApiError) -> String {
        match self {
            Grouping::None => String::new(),
            Grouping::Field => match field(error) {
                none if none.is_empty() => "no field".to_owned(),
                field => field,
            },
            Grouping::Code => error.code.clone().unwrap_or_else(|| "no code".to_owned()),
        }
    }
}

/// One thing in the list that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    /// A group.
    Group(usize),
    /// An error.
    Error(usize),
    /// An error of the attempt before that is gone.
    Gone(usize),
    /// Something that was not understood.
    Unread(usize),
}

/// Errors that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// What they have in common.
    pub(crate) label: String,
    /// Which they are.
    pub(crate) errors: Vec<usize>,
}

/// What there is to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing<'a> {
    /// The errors.
    pub(crate) errors: &'a [ApiError],
    /// What was not understood.
    pub(crate) unread: &'a [String],
    /// What became of the errors before.
    pub(crate) correction: Option<&'a Correction>,
}

impl<'a> Listing<'a> {
    /// What there is to list of an exchange; `None` when there is nothing.
    pub(crate) fn of(loaded: &'a Loaded) -> Option<Listing<'a>> {
        let response = loaded.exchange.outcome.response()?;
        let report = response.report.as_ref();
        let listing = Listing {
            errors: report.map_or(&[], |report| &report.errors),
            unread: report.map_or(&[], |report| &report.not_understood),
            correction: loaded.correction.as_ref(),
        };
        let counts = listing.counts();
        (counts != [0; 3]).then_some(listing)
    }

    /// How many errors, gone ones, and things not understood there are.
    pub(crate) fn counts(self) -> [usize; 3] {
        [self.errors.len(), self.gone().len(), self.unread.len()]
    }

    /// The errors that are gone.
    pub(crate) fn gone(self) -> &'a [ApiError] {
        self.correction.map_or(&[], |correction| &correction.gone)
    }

    /// The groups of its errors.
    pub(crate) fn groups(self, grouping: Grouping) -> Vec<Group> {
        if grouping == Grouping::None {
            return Vec::new();
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (at, error) in self.errors.iter().enumerate() {
            let label = grouping.label(error);
            let place = *places.entry(label).or_insert_with_key(|label| {
                groups.push(Group {
                    label: label.clone(),
                    errors: Vec::new(),
                });
                groups.len() - 1
            });
            groups[place].errors.push(at);
        }
        groups
    }

    /// What stands in the list while these are open.
    pub(crate) fn entries(self, groups: &[Group], open: &HashSet<Entry>) -> Vec<Entry> {
        let mut entries = Vec::new();
        if groups.is_empty() {
            entries.extend((0..self.errors.len()).map(Entry::Error));
        }
        for (at, group) in groups.iter().enumerate() {
            entries.push(Entry::Group(at));
            if open.contains(&Entry::Group(at)) {
                entries.extend(group.errors.iter().copied().map(Entry::Error));
            }
        }
        entries.extend((0..self.gone().len()).map(Entry::Gone));
        entries.extend((0..self.unread.len()).map(Entry::Unread));
        entries
    }

    /// Everything that can be opened.
    pub(crate) fn all(self, groups: &[Group]) -> HashSet<Entry> {
        let errors = (0..self.errors.len()).map(Entry::Error);
        let gone = (0..self.gone().len()).map(Entry::Gone);
        let unread = (0..self.unread.len()).map(Entry::Unread);
        let groups = (0..groups.len()).map(Entry::Group);
        groups.chain(errors).chain(gone).chain(unread).collect()
    }
}

/// The field that an error is about, as short as it can be said; empty when it names none.
pub(crate) fn field(error: &ApiError) -> String {
    let steps = error.path.join(".");
    match (error.place.part, error.place.pointer.as_deref()) {
        (_, Some(pointer)) => pointer.to_owned(),
        (Part::Query, None) => format!("?{steps}"),
        (Part::Header, None) => format!("{steps}:"),
        (Part::Body | Part::Response | Part::Unknown, None) => steps,
    }
}
