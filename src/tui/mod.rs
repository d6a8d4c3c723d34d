//! The screen.

pub mod theme;
pub mod widget;
