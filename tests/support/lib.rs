//! What the tests share. A crate of its own, so that a test file that uses only part of it is not told about the rest,
//! and so that it is built once instead of once a test file.
//!
//! ```text
//!   home.rs ──▶ a directory per test, and the program run in it as a plain command
//!      └──▶ terminal.rs ──▶ the program in a pseudo-terminal: keys in, a screen to look at
//!              ├─ key.rs        how a key is written, and its bytes
//!              └─ picture.rs    that screen as an SVG
//!   source.rs ──▶ layer.rs: the paths a Rust source names, and whether the table of layers allows them
//! ```
//!
//! Nothing in here knows how reqscope looks.

pub mod home;
pub mod key;
pub mod layer;
pub mod picture;
pub mod source;
pub mod terminal;
