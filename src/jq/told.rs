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
