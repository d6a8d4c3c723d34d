//! The parent: starts the child, hands on its results, and ends it when it goes beyond its limits.
//!
//! ```text
//!   run ─▶ spawn ─▶ copy: stdout ─▶ sink, until the end, a limit, or cancelled ─▶ verdict: status + stderr
//!                     └ not at its end: killed
//! ```

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::document::visible::visible;
use crate::jq::child::FILTER;
use crate::jq::error::JqError;
use crate::jq::syntax::SyntaxError;
use crate::jq::told::Told;

/// The hidden subcommand that runs [`crate::jq::child::main`].
pub const SUBCOMMAND: &str = "jq-child";

/// So much of the child's standard error is read.
const TOLD: u64 = 64 << 10;

/// The processor's time ends a child so much later than the clock would: for one whose parent is gone.
const GRACE: Duration = Duration::from_secs(2);

/// How far a filter may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may run, by the clock. Time that the sink takes does not count.
    pub time: Duration,
    /// Bytes of address space, the program itself included. Held on Linux; macOS and Windows have no such limit.
    pub memory: u64,
    /// Bytes of results.
    pub output: u64,
}

impl Default for Limits {
    /// 10 seconds, 1 GiB of memory, 64 MiB of results.
    fn default() -> Limits {
        Limits {
            time: Duration::from_secs(10),
            memory: 1 << 30,
            output: 64 << 20,
        }
    }
}

/// Runs filters, each in a child process.
#[derive(Clone, Debug)]
pub struct Jq {
    program: PathBuf,
    limits: Limits,
}

impl Jq {
    /// With this program, which has to know [`SUBCOMMAND`].
    pub fn with(program: impl Into<PathBuf>, limits: Limits) -> Jq {
        Jq {
            program: program.into(),
            limits,
        }
    }

    /// With the program that runs.
    ///
    /// # Errors
    /// When it cannot be found.
    pub fn new(limits: Limits) -> Result<Jq, JqError> {
        // Linux's link still leads to this very program when an update has put another in its place.
        let own = match cfg!(target_os = "linux") {
            true => Ok(PathBuf::from("/proc/self/exe")),
            false => std::env::current_exe(),
        };
        own.map(|program| Jq::with(program, limits))
            .map_err(JqError::Start)
    }

    /// Runs a filter over each JSON value of a body, read from where the file stands, and writes the results to `sink`
    /// as they come: pretty JSON, one after the other. `Stdio::null()` is an empty body.
    ///
    /// Dropping the future ends the child, too.
    ///
    /// # Errors
    /// When the filter is not jq, fails, goes beyond its limits or is cancelled, or the body is not JSON. The sink then
    /// holds the results until there.
    pub async fn run(
        &self,
        body: impl Into<Stdio>,
        filter: &str,
        cancel: &CancellationToken,
        sink: &mut impl io::Write,
    ) -> Result<(), JqError> {
        if let Some(nul) = filter.find('\0') {
            let what = "this begins nothing in jq";
            return Err(SyntaxError::new(filter, nul..nul + 1, what).into());
        }
        let mut child = self.spawn(body.into(), filter).map_err(JqError::Start)?;
        let copied = self.watch(&mut child, cancel, sink).await;
        let flushed = sink.flush().map_err(JqError::Sink);
        match copied {
            Ok(ended) => flushed.and(self.verdict(&ended)),
            Err(error) => {
                // It may have ended by itself just now.
                let _ = child.kill().await;
                Err(error)
            }
        }
    }

    fn spawn(&self, body: Stdio, filter: &str) -> io::Result<Child> {
        let seconds = self.limits.time.saturating_add(GRACE).as_secs();
        let mut command = Command::new(&self.program);
        // The link that is started has no name of its own.
        #[cfg(unix)]
        command.arg0("reqscope");
        command
            .arg(SUBCOMMAND)
            .args(["--memory", &self.limits.memory.to_string()])
            .args(["--seconds", &seconds.to_string()])
            .env_clear()
            .env(FILTER, filter)
            .stdin(body)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    /// Hands on what comes until the child ends, and how it ended.
    async fn watch(
        &self,
        child: &mut Child,
        cancel: &CancellationToken,
        sink: &mut impl io::Write,
    ) -> Result<Ended, JqError> {
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(JqError::Broken("it has no pipes".into()));
        };
        let mut deadline = Instant::now() + self.limits.time;
        let results = self.copy(stdout, cancel, sink, &mut deadline);
        let ((), told) = tokio::try_join!(results, gather(stderr))?;
        let late = |_| JqError::Timeout(self.limits.time);
        let status = timeout_at(deadline, child.wait()).await.map_err(late)?;
        let status = status.map_err(|error| JqError::Broken(error.to_string()))?;
        Ok(Ended { status, told })
    }

    /// Copies the results until their end. Time that the sink takes is added to the deadline.
    async fn copy(
        &self,
        mut results: ChildStdout,
        cancel: &CancellationToken,
        sink: &mut impl io::Write,
        deadline: &mut Instant,
    ) -> Result<(), JqError> {
        let mut piece = vec![0; 64 << 10];
        let mut left = self.limits.output;
        loop {
            let read = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(JqError::Cancelled),
                read = timeout_at(*deadline, results.read(&mut piece)) => read,
            };
            // A child that always has more to say would never let the timer have its turn.
            let count = match read {
                Ok(count) if Instant::now() < *deadline => count,
                _ => return Err(JqError::Timeout(self.limits.time)),
            };
            let count = count.map_err(|error| JqError::Broken(error.to_string()))?;
            if count == 0 {
                return Ok(());
            }
            let taken = usize::try_from(left).map_or(count, |left| left.min(count));
            let begun = Instant::now();
            sink.write_all(&piece[..taken]).map_err(JqError::Sink)?;
            *deadline += begun.elapsed();
            if taken < count {
                return Err(JqError::TooLarge(self.limits.output));
            }
            left -= taken as u64;
        }
    }

    /// What the child's end means.
    fn verdict(&self, ended: &Ended) -> Result<(), JqError> {
        if ended.status.success() {
            return Ok(());
        }
        if let Ok(told) = serde_json::from_slice::<Told>(&ended.told) {
            return Err(self.error(told));
        }
        // Both abort: std says which on standard error, and its words are held by a test.
        let words = String::from_utf8_lossy(&ended.told);
        if words.contains("overflowed its stack") {
            return Err(JqError::Overflow);
        }
        if words.contains("memory allocation of") {
            return Err(JqError::Memory(self.limits.memory));
        }
        if is_out_of_time(ended.status) {
            return Err(JqError::Timeout(self.limits.time));
        }
        let words = words.trim();
        let words = format!("{} {words}", ended.status);
        Err(JqError::Broken(visible(words.trim()).into_owned()))
    }

    fn error(&self, told: Told) -> JqError {
        let plain = |text: String| visible(&text).into_owned();
        match told {
            Told::Syntax(error) => JqError::Syntax(SyntaxError {
                what: plain(error.what),
                ..error
            }),
            Told::Runtime(message) => JqError::Runtime(plain(message)),
            Told::Input(message) => JqError::Input(plain(message)),
            Told::Memory => JqError::Memory(self.limits.memory),
            Told::Broken(message) => JqError::Broken(plain(message)),
        }
    }
}

/// How the child ended, and what it said last.
struct Ended {
    status: ExitStatus,
    told: Vec<u8>,
}

async fn gather(stderr: ChildStderr) -> Result<Vec<u8>, JqError> {
    let mut told = Vec::new();
    let read = stderr.take(TOLD).read_to_end(&mut told).await;
    read.map_err(|error| JqError::Broken(error.to_string()))?;
    Ok(told)
}

/// Whether the system ended it because it had used up its processor time.
#[cfg(unix)]
fn is_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn is_out_of_time(_: ExitStatus) -> bool {
    false
}
