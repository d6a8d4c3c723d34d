//! What the child tells of its failure: one line of JSON on its standard error.

use std::io;

use serde::{Deserialize, Serialize};

use crate::jq::filter::Failure;
use crate::jq::print::bounded;
use crate::jq::syntax::SyntaxError;

/// Why the child failed, when it could still say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The filter is not jq.
    Syntax(SyntaxError),
    /// The filter's own error.
    Runtime(String),
    /// The body is not JSON.
    Input(String),
    /// More was asked for at once than any memory has.
    Memory,
    /// What should not be.
    Broken(String),
}

impl Told {
    /// Of a run that failed; nothing when it is only that nobody reads the results any more.
    pub fn of_failure(failure: Failure<io::Error>) -> Option<Told> {
        match failure {
            Failure::Runtime(message) => Some(Told::Runtime(message)),
            Failure::Input(message) => Some(Told::Input(message)),
            Failure::Taker(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            Failure::Taker(error) if error.kind() == io::ErrorKind::InvalidData => {
                Some(Told::Runtime(error.to_string()))
            }
            Failure::Taker(error) => Some(Told::Broken(error.to_string())),
        }
    }

    /// Of a thread that panicked with this message.
    pub fn of_panic(message: &str) -> Told {
        // How std's collections refuse a size that no memory has.
        if message.contains("capacity overflow") {
            return Told::Memory;
        }
        Told::Broken(bounded(&message))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use crate::jq::filter::Failure;
    use crate::jq::syntax::SyntaxError;
    use crate::jq::told::Told;

    #[test]
    fn what_is_told_is_understood() {
        let syntax = SyntaxError::new(".a | é", 5..7, "no \"name\"\n\u{1b}");
        for told in [
            Told::Syntax(syntax),
            Told::Runtime("\u{202e}".into()),
            Told::Input(String::new()),
            Told::Memory,
            Told::Broken("x".into()),
        ] {
            let line = serde_json::to_vec(&told).expect("JSON");
            let again: Told = serde_json::from_slice(&line).expect("what was written");
            assert_eq!(again, told);
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let of = |kind| Told::of_failure(Failure::Taker(io::Error::new(kind, "x")));
        assert_eq!(of(io::ErrorKind::BrokenPipe), None);
        assert_eq!(
            of(io::ErrorKind::InvalidData),
            Some(Told::Runtime("x".into()))
        );
        assert_eq!(
            of(io::ErrorKind::StorageFull),
            Some(Told::Broken("x".into()))
        );
    }

    #[test]
    fn a_size_that_no_memory_has_is_told_as_memory() {
        assert_eq!(Told::of_panic("capacity overflow"), Told::Memory);
        let hash = Told::of_panic("Hash table capacity overflow");
        assert_eq!(hash, Told::Memory);
        let other = Told::of_panic("index out of bounds");
        assert_eq!(other, Told::Broken("index out of bounds".into()));
    }
}
