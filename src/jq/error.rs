//! Why a filter gave no results, or not all of them.

use std::io;
use std::time::Duration;

use crate::jq::syntax::SyntaxError;

/// Why a filter gave no results, or not all of them. What it says is fit for a terminal.
#[derive(Debug, thiserror::Error)]
pub enum JqError {
    /// The filter is not jq.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The filter raised it, or met a value it cannot take.
    #[error("the filter failed: {0}")]
    Runtime(String),
    /// The body is not JSON: the message says where.
    #[error("{0}")]
    Input(String),
    /// It ran longer than it may.
    #[error("the filter was stopped: it ran longer than {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// It needed more bytes of memory than it may have.
    #[error("the filter was stopped: it needed more than {} of memory", size(*.0))]
    Memory(u64),
    /// The stack overflowed.
    #[error("the filter recursed too deep (stack overflow)")]
    Overflow,
    /// It gave more bytes of results than are taken; those were handed on.
    #[error("the filter was stopped: its results take more than {}", size(*.0))]
    TooLarge(u64),
    /// Whoever asked for it wants it no more.
    #[error("the filter was cancelled")]
    Cancelled,
    /// The child process could not be started.
    #[error("the filter's process could not be started")]
    Start(#[source] io::Error),
    /// The results could not be written.
    #[error("the results could not be written")]
    Sink(#[source] io::Error),
    /// The child process ended as it never should.
    #[error("the filter's process failed: {0}")]
    Broken(String),
}

/// In the largest unit that parts it without a rest.
fn size(bytes: u64) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes > 0 && bytes.is_multiple_of(unit) {
            return format!("{} {name}", bytes / unit);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::jq::error::JqError;

    #[test]
    fn a_limit_is_told_as_it_was_set() {
        for (error, told) in [
            (JqError::Memory(1 << 30), "more than 1 GiB of memory"),
            (JqError::TooLarge(64 << 20), "more than 64 MiB"),
            (JqError::TooLarge(1_000), "more than 1000 bytes"),
            (
                JqError::Timeout(Duration::from_secs(10)),
                "longer than 10 s",
            ),
            (
                JqError::Timeout(Duration::from_millis(200)),
                "longer than 0.2 s",
            ),
        ] {
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
