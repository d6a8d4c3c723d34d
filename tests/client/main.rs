//! The client against servers that behave as servers should not: one file for each way a send can end.

mod answered;
mod coding;
mod lost;
mod proxy;
mod raw_server;
mod sending;
mod tls;
mod unsent;
