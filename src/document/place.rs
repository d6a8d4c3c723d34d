//! A place in a document: the beginning of a row, and all that is needed to go on from there.

/// The beginning of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The byte that its line begins with.
    pub at: usize,
    /// The line's number, from 0.
    pub line: usize,
    /// How many containers are open before it.
    pub depth: usize,
    /// Which slice of the line, from 0: more than one only where a line is longer than a row may be.
    pub slice: usize,
}

impl Place {
    /// The beginning of its line.
    pub fn of_line(self) -> Place {
        Place { slice: 0, ..self }
    }
}
