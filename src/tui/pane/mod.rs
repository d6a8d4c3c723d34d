//! The panes: each file holds a pane's state, its `update` and its `draw`, in that order. A pane never looks at
//! another; what they share is in `session`.

pub mod history;
pub mod request;
pub mod response;
