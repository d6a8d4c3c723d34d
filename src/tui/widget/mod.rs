//! Pieces of the screen that know the theme and plain data only, and nothing of requests.
//!
//! ```text
//!   key ──▶ edit_key ──▶ editor, field ──▶ edit_text ──▶ model (tui-textarea) ──▶ glyph, strip ──▶ buffer
//!                                             └─▶ change ──▶ anchor ──▶ mark ──▶ beneath, note ──▶ buffer
//!   pane's data ──▶ tabs, gauge, list, scrollbar, popup, wrap ──▶ text (shortened, padded, visible) ──▶ buffer
//! ```
//! Each has a struct or plain data, then what changes it, then what draws it. Drawing takes `&self` and writes to the
//! buffer alone, at any size, 0x0 included. Text that others wrote goes through `text::visible` or `glyph` on its way.

pub mod anchor;
pub mod beneath;
pub mod change;
pub mod edit_key;
pub mod edit_text;
pub mod editor;
pub mod field;
pub mod gauge;
pub mod glyph;
pub mod json_tint;
pub mod list;
pub mod mark;
pub mod member;
pub mod model;
pub mod note;
pub mod piece;
pub mod popup;
pub mod scrollbar;
pub mod spark;
pub mod strip;
pub mod tabs;
pub mod text;
pub mod wrap;
