//! What was not understood, in lines of plain words: few enough to be read, however much a stranger sends.

/// How many lines are kept, and how long a value may be in one.
const KEPT: usize = 32;
const LONGEST: usize = 80;

/// Lines about what was not understood.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    lines: Vec<String>,
    more: usize,
}

impl Notes {
    /// Nothing yet.
    pub fn new() -> Notes {
        Notes::default()
    }

    /// Adds a line, or counts it when there are many.
    pub fn add(&mut self, line: impl Into<String>) {
        if self.lines.len() < KEPT {
            self.lines.push(line.into());
        } else {
            self.more += 1;
        }
    }

    /// The lines, and how many more there were.
    pub fn into_lines(mut self) -> Vec<String> {
        if self.more > 0 {
            self.lines.push(format!("and {} more", self.more));
        }
        self.lines
    }
}

/// A value as it came, cut short after 80 characters.
pub fn shortened(value: &str) -> String {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::note::{Notes, shortened};

    #[test]
    fn many_lines_are_counted() {
        let mut notes = Notes::new();
        for number in 0..40 {
            notes.add(number.to_string());
        }
        let lines = notes.into_lines();
        assert_eq!((lines.len(), lines[32].as_str()), (33, "and 8 more"));
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"ä".repeat(81)), format!("{}…", "ä".repeat(80)));
    }
}
