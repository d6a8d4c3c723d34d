//! Any bytes, split anywhere: the lexer tells the same tokens, in order, the scanner agrees with serde_json, and a value
//! ends where its tokens say.

#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use reqscope::json::grammar::{Grammar, Role};
use reqscope::json::lexer::{Lexer, Tokens};
use reqscope::json::scan::Scanner;
use reqscope::json::token::Token;
use reqscope::json::value::Value;
use serde::de::IgnoredAny;

/// How deep serde_json goes.
const SERDE: usize = 120;

fuzz_target!(|data: &[u8]| {
    let Some((size, text)) = data.split_first() else {
        return;
    };
    let size = usize::from(*size) + 1;
    let whole: Vec<Token> = Tokens::new(text).collect();
    let (mut lexer, mut split) = (Lexer::new(), Vec::new());
    for chunk in text.chunks(size) {
        let mut rest = chunk;
        while let Some(token) = lexer.read(&mut rest) {
            split.push(token);
        }
    }
    split.extend(lexer.finish());
    assert_eq!(whole, split);
    let mut at = 0;
    for token in &whole {
        assert!(text[at..token.start].iter().all(u8::is_ascii_whitespace));
        assert!(token.start < token.end);
        at = token.end;
    }
    let (mut grammar, mut open) = (Grammar::new(), false);
    let mut root: Option<Range<usize>> = None;
    for token in &whole {
        let role = grammar.take(token.kind).role;
        match (&mut root, role) {
            (Some(_), _) if !open => break,
            (Some(span), _) => {
                span.end = token.end;
                open = grammar.depth() > 0;
            }
            (None, Role::Open | Role::Value) => {
                root = Some(token.span());
                open = role == Role::Open;
            }
            (None, _) => {}
        }
    }
    assert_eq!(Value::root(text).map(|value| value.span()), root);
    let mut scanner = Scanner::new();
    let fed = text.chunks(size).try_for_each(|chunk| scanner.feed(chunk, &mut ()));
    let ours = fed.and_then(|()| scanner.finish(&mut ())).is_ok();
    let deep = text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if deep < SERDE {
        assert_eq!(ours, serde_json::from_slice::<IgnoredAny>(text).is_ok());
    }
});
