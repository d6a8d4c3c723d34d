//! A jq filter over a body, in a process of its own.
//!
//! A filter is a program: it can overflow the stack (`def f: [f]; f`), never end (`def f: f; f`) or fill the memory
//! (`[range(1e12)]`), and jaq, which runs it, cannot be stopped. So the program starts itself again, with a hidden
//! subcommand, and watches the child:
//!
//! ```text
//!   the program                          │  the same program, as `reqscope jq-child`
//!                                        │  environment: the filter, and nothing else
//!   parent ── body file ─────── stdin ──▶│  child: lowers its own limits, then
//!     │                                  │    filter ◀─ syntax, offered     input ◀─ json::scan
//!   sink ◀─── results ─────── stdout ────│    print: JSON, a value after the other
//!   JqError ◀ told, or a signal ─ stderr─│    told: why it failed, one line of JSON
//!   limits: time, output: kill           │  limits: memory, processor time, no core file
//! ```
//!
//! Pure are `filter`, `input`, `print`, `syntax`, `offered`; `child` and `parent` are the two sides of the process. A filter
//! sees the body and the time of day; no environment, no file, no module, no time zone but UTC.
//!
//! What it is not: all of jq. The language is jaq's (<https://github.com/01mf02/jaq>), which differs in corners; the first
//! failing value ends the run.

pub mod child;
pub mod error;
mod filter;
mod input;
mod offered;
pub mod parent;
mod print;
pub mod syntax;
mod told;
