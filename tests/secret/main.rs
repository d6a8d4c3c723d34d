//! A full session with planted secrets, and then every file that it left is searched for them, in every spelling.
//!
//! ```text
//!   plant.rs    the secrets, and how each is spelled wherever it might lie
//!   echo.rs     a server that echoes the whole request, in every spelling, and has secrets of its own
//!   command.rs  the session on the command line
//!   screen.rs   the session on the screen
//! ```

mod command;
mod echo;
mod plant;
mod screen;
