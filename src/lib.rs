//! reqscope: a request inspector for APIs with idempotency keys.

pub mod cli;
pub mod client;
pub mod config;
pub mod dispatch;
pub mod document;
pub mod domain;
pub mod formats;
pub mod json;
pub mod sandbox;
pub mod services;
pub mod store;
pub mod tui;
