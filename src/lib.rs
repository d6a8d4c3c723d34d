//! reqscope: a request inspector for APIs with idempotency keys.

pub mod client;
pub mod config;
pub mod document;
pub mod dispatch;
pub mod domain;
pub mod formats;
pub mod json;
pub mod sandbox;
pub mod services;
pub mod store;
