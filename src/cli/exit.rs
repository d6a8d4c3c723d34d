//! How the program ends, and how it complains.

use std::io;
use std::process::ExitCode;

use crate::cli::report::note;
use crate::config::error::ConfigError;
use crate::dispatch::{SendError, Sent};
use crate::domain::exchange::{Class, Outcome};
use crate::domain::refill::RefillError;
use crate::services::OpenError;

/// The exit statuses of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Answered 2xx or 3xx; done.
    Success = 0,
    /// Our own failure; of `diff` that the two differ.
    OwnFailure = 1,
    /// Wrong usage.
    Usage = 2,
    /// Refused by a guard; nothing was sent.
    Refused = 3,
    /// Answered 4xx.
    ClientError = 4,
    /// Answered 5xx.
    ServerError = 5,
    /// It may have acted.
    Indeterminate = 6,
    /// Nothing was sent.
    Failed = 7,
}

impl Exit {
    /// By what came of an exchange.
    pub fn of_outcome(outcome: &Outcome) -> Exit {
        match outcome.class() {
            Class::Success | Class::Redirect => Exit::Success,
            Class::ClientError | Class::RateLimited => Exit::ClientError,
            Class::ServerError => Exit::ServerError,
            Class::Failed => Exit::Failed,
            Class::InFlight | Class::Indeterminate | Class::Informational | Class::Held => {
                Exit::Indeterminate
            }
        }
    }

    /// By what came of an order: its last exchange, unless an earlier send of it may have acted and the last one, which
    /// never ran, cannot tell.
    pub fn of_sent(sent: &Sent) -> Exit {
        if sent.in_doubt {
            return Exit::Indeterminate;
        }
        Exit::of_outcome(&sent.exchange.outcome)
    }

    /// By whether the two that were compared differ: 1, as every diff has it.
    pub fn of_comparison(differs: bool) -> Exit {
        if differs {
            Exit::OwnFailure
        } else {
            Exit::Success
        }
    }

    /// By how the screen was left: whether it ever got to work.
    pub fn of_screen(worked: bool) -> Exit {
        if worked {
            Exit::Success
        } else {
            Exit::OwnFailure
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// A mistake in what somebody typed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Tells an error on standard error, with its causes, and says which exit status it means.
pub fn complain(error: &anyhow::Error) -> Exit {
    if is_closed(error) {
        return Exit::Success;
    }
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    note(&text);
    if asks(error) {
        note("--yes agrees to that, and sends it");
    }
    status_of(error)
}

/// Whether whoever read our output has gone: `reqscope history | head` has what it wanted.
pub fn is_closed(error: &anyhow::Error) -> bool {
    let closed = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(closed)
}

/// Whether it is a question that `--yes` answers.
fn asks(error: &anyhow::Error) -> bool {
    let refused = error.chain().find_map(|cause| cause.downcast_ref());
    matches!(refused, Some(SendError::Refused(refusal)) if refusal.asked().is_some())
}

fn status_of(error: &anyhow::Error) -> Exit {
    if error.chain().any(|cause| cause.is::<UsageError>()) {
        return Exit::Usage;
    }
    let unknown_profile =
        |error: &OpenError| matches!(error, OpenError::Config(ConfigError::UnknownProfile { .. }));
    if error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<OpenError>())
        .any(unknown_profile)
    {
        return Exit::Usage;
    }
    match error
        .chain()
        .find_map(|cause| cause.downcast_ref::<SendError>())
    {
        Some(SendError::Refused(_) | SendError::Held { .. }) => Exit::Refused,
        Some(SendError::Request(_) | SendError::NoExchange(_)) => Exit::Usage,
        Some(SendError::Refill(RefillError::Request(_))) => Exit::Usage,
        Some(SendError::Refill(_) | SendError::Asks(_)) => Exit::Refused,
        Some(SendError::Store(_) | SendError::Unrecorded(_) | SendError::Dice(_)) | None => {
            Exit::OwnFailure
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, UsageError, status_of};
    use crate::config::error::ConfigError;
    use crate::dispatch::SendError;
    use crate::domain::exchange::{Failure, Outcome, Response, Timing, Unanswered};
    use crate::domain::order::Refusal;
    use crate::services::OpenError;

    #[test]
    fn the_exit_status_tells_what_came_back() {
        let unanswered = || Unanswered {
            failure: Failure::new("x"),
            timing: Timing::default(),
        };
        assert_eq!(Exit::of_outcome(&Outcome::Failed(unanswered())) as u8, 7);
        assert_eq!(
            Exit::of_outcome(&Outcome::Indeterminate(unanswered())) as u8,
            6
        );
        for (status, expected) in [
            (200, 0),
            (204, 0),
            (307, 0),
            (400, 4),
            (429, 4),
            (500, 5),
            (599, 5),
            (101, 6),
        ] {
            let response = Response {
                status,
                ..Response::default()
            };
            assert_eq!(
                Exit::of_outcome(&Outcome::Response(Box::new(response))) as u8,
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn a_refusal_is_three_and_a_mistake_two() {
        let refused = SendError::Refused(Box::new(Refusal::PlainHttp { host: "h".into() }));
        assert_eq!(status_of(&anyhow::Error::new(refused)) as u8, 3);
        assert_eq!(
            status_of(&anyhow::Error::new(UsageError("x".into())).context("y")) as u8,
            2
        );
        assert_eq!(status_of(&anyhow::anyhow!("z")) as u8, 1);
        let unknown = ConfigError::UnknownProfile {
            name: "x".into(),
            known: vec![],
            file: "f".into(),
        };
        let unknown = anyhow::Error::new(OpenError::Config(unknown));
        assert_eq!(status_of(&unknown) as u8, 2);
    }
}
