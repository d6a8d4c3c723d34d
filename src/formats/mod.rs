//! What others read and write: pure, bytes in and out. One outside format a file, siblings of one shape.

pub mod comparison_json;
pub mod exchange_json;
