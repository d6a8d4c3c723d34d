//! reqscope: a request inspector for APIs with idempotency keys. This is the map of the house.
//!
//! An *operation* (one requestId on one account) is tried by *attempts*, one per *idempotency key*; an attempt has one
//! or more *exchanges*: a request as sent, and its *outcome* (a response, a failure before anything was sent, or
//! "indeterminate": sent, and no answer known). No piece of that is ever lost: the key of an attempt is on disk before
//! its first byte leaves.
//!
//! ```text
//!            main ─▶ cli ─────────────────▶ tui
//!                     │                      │ app ─▶ pane, overlay ─▶ session, message ─▶ widget, theme
//!                     │                      └ runner
//!                     ▼                          ▼
//!                  services: opens what is below, in its order
//!                     │
//!         ┌───────────┼─────────────┬──────────┐
//!         ▼           ▼             ▼          ▼
//!      dispatch    sandbox       formats      jq        dispatch is the one way to send, its verdict the gate
//!         │     (knows no other     │    (a filter in a child process; knows json and document)
//!   ┌─────┼─────┐  room)            │
//!   ▼     ▼     ▼                   │
//! client store config               │             they never see each other
//!   └─────┼─────┴───────────────────┘
//!         ▼
//!       domain ─▶ json ◀─ document                pure: no I/O; now and dice are arguments
//! ```
//!
//! `tests/layers.rs` holds who may import whom, and fails when a file says otherwise.
//!
//! # A key's way, there and back
//!
//! 1. `tui::terminal` reads an event and stamps it. 2. The loop in `tui` makes it a `Message`. 3. `App::update` answers
//!    with `Effect`s: synchronous, no clock, no dice. 4. The overlay first, then a text field being edited, then the
//!    table of keys in `tui::action`. 5. The focused pane's `update`; its area comes from the same pure
//!    `layout::areas` that drawing uses. 6. `tui::runner` carries each effect out in a task. 7. The task answers with a
//!    `Message`. 8. When the queue is drained, one `App::draw`. 9. The loop sleeps until the next event, or the next
//!    moment at which something on the screen changes by itself.
//!
//! # Where a new thing goes
//!
//! | new thing | goes to |
//! |---|---|
//! | an error dialect | one file in `domain/api_error/`, one row of its registry and of its table test |
//! | a rate-limit dialect | `domain/rate_limit/`, likewise |
//! | a rule of replay | `domain/idempotency` |
//! | what a profile's guard asks or forbids | `domain/guard.rs` |
//! | what is asked when a replay would go to another server or profile | `domain/displacement.rs` |
//! | a place where an id travels | a variant of `domain/carrier.rs`, an arm in `Compose::prepare`, a word in `config/carrier.rs` |
//! | what settles a doubt, or is left to find out | `domain/idempotency` (the rule), `domain/unsettled.rs` (what a person needs) |
//! | where an answer names what it made | `domain/object.rs` |
//! | a name or place of a secret | `domain/secret_field/builtin.rs`; one of a single API: its profile |
//! | how a value that was cut out is had again | `domain/kept.rs`; how it may have been spelled: `domain/spelling.rs` |
//! | a term of the history's filter | a variant of `domain/query/term.rs`, an arm in its `parse.rs`, in `store/search/condition.rs` and, where an index has it, in `plan.rs` |
//! | what is told of an answer before its outcome | `domain/arrival.rs`, told by `dispatch/outcome`; shown from `tui/session/arriving.rs` |
//! | a rule of resending by itself | `domain/retry` |
//! | what two exchanges are compared by, and what of it counts | `domain/compare` |
//! | a key or command | one row in `tui/action.rs` and one arm where it acts |
//! | what a body may turn out to be | `document/indexing.rs`, and its lines in `document/layout.rs` |
//! | a question about a body's structure | `document/outline.rs`, answered by the index and a few lines |
//! | a pane or a tab | one file in `tui/pane/` |
//! | an outside format | one file in `formats/` |
//! | what a jq filter may call, or may not | `jq/offered.rs`; how far it may go: `Limits` in `jq/parent.rs` |
//! | a talk to the outside | one `Effect`, one arm in `tui/runner.rs`, one `Message` back |
//! | a subcommand | one file in `cli/`, one variant in `cli/args.rs` |
//! | a sandbox misbehaviour | one function in `sandbox/fault.rs` |
//! | a column of the history | `store/migration/`, the next number |
//! | a column of the history's pane | a wish in `tui/pane/history/column.rs`, a text in `row.rs` |

pub mod cli;
pub mod client;
pub mod config;
pub mod dispatch;
pub mod document;
pub mod domain;
pub mod formats;
pub mod jq;
pub mod json;
pub mod sandbox;
pub mod services;
pub mod store;
pub mod tui;
