//! The child: what the hidden subcommand does, from its first step to its exit status.
//!
//! It lowers its limits before it reads anything, so that nothing it reads can raise them.

use std::any::Any;
use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;
use std::thread;

use crate::jq::filter::Filter;
use crate::jq::print::print;
use crate::jq::told::Told;

/// The variable that holds the filter: unlike an argument, other users of the machine cannot read it.
pub const FILTER: &str = "REQSCOPE_JQ_FILTER";

/// The stack of the thread that runs the filter. Its pages are taken when they are used.
pub const STACK: usize = 64 << 20;

/// Results are written in pieces of so many bytes.
const PIECE: usize = 64 << 10;

/// Runs the filter in [`FILTER`] over standard input and prints its results.
///
/// `memory` bounds the address space in bytes, `seconds` the processor's time: the parent watches the clock, and this is
/// for a child whose parent is gone. Both hold on Linux; elsewhere on Unix as far as the system keeps them (macOS keeps no
/// bound on memory); on Windows neither.
pub fn main(memory: u64, seconds: u64) -> ExitCode {
    // What a panic has to say is told by `Told`.
    std::panic::set_hook(Box::new(|_| {}));
    let ended = match limit::lower(memory, seconds) {
        Ok(()) => in_thread(),
        Err(error) => Err(Told::Broken(format!(
            "its limits could not be set: {error}"
        ))),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(told) => {
            // Nobody is left to be told when this cannot be written.
            let _ = serde_json::to_writer(io::stderr().lock(), &told);
            ExitCode::FAILURE
        }
    }
}

/// In a thread of a known stack, so that its overflow is told, and is the same everywhere.
fn in_thread() -> Result<(), Told> {
    let thread = thread::Builder::new().name("filter".into());
    let thread = thread.stack_size(STACK).spawn(work);
    let thread = thread
        .map_err(|error| Told::Broken(format!("no thread could be started for it: {error}")))?;
    thread
        .join()
        .unwrap_or_else(|panic| Err(Told::of_panic(message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
}

fn work() -> Result<(), Told> {
    let text = std::env::var(FILTER);
    let text = text.map_err(|_| Told::Broken("it was given no filter".into()))?;
    let filter = Filter::compile(&text).map_err(Told::Syntax)?;
    let mut body = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut body);
    read.map_err(|error| Told::Broken(format!("the body could not be read: {error}")))?;
    let mut out = BufWriter::with_capacity(PIECE, io::stdout().lock());
    let ran = filter.run(&body, |value| print(&mut out, value));
    // What came before a failure is a result, too. When it cannot be written, nobody reads it.
    let _ = out.flush();
    match ran.map_err(Told::of_failure) {
        Err(Some(told)) => Err(told),
        Ok(()) | Err(None) => Ok(()),
    }
}

#[cfg(unix)]
mod limit {
    //! The limits that a process lays on itself, never above those it was started with.

    use std::io;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    pub fn lower(memory: u64, seconds: u64) -> io::Result<()> {
        // The body is a customer's: no copy of it is left on the disk when this process is killed.
        bound(Resource::Core, 0)?;
        bound(Resource::Cpu, seconds)?;
        match bound(Resource::As, memory) {
            // macOS knows this limit and refuses it.
            Err(_) if !cfg!(target_os = "linux") => Ok(()),
            set => set,
        }
    }

    fn bound(resource: Resource, most: u64) -> io::Result<()> {
        let given = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let most = Some(most.min(given));
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        Ok(setrlimit(resource, limit)?)
    }
}

#[cfg(not(unix))]
mod limit {
    //! No limits are known here: the parent's, on time and output, have to do.

    use std::io;

    pub fn lower(_: u64, _: u64) -> io::Result<()> {
        Ok(())
    }
}
