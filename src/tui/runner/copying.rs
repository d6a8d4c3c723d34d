//! Copies of bodies for programs of the person's own, made beside the loop; the terminal is lent when one is whole.
//!
//! ```text
//!   CopyBody ─┬─ pager: as it is shown, line by line ─┬─▶ CopyMoved … ─▶ CopyMade ─▶ Lend
//!             └─ editor: the bytes as they came ──────┘         StopCopy ends it
//! ```
//!
//! A pager may hand what it gets to the terminal as it is; so it gets no byte of the body that the screen would not show.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::document::printing::Printing;
use crate::document::{Document, Form};
use crate::domain::exchange::Failure;
use crate::tui::message::{Message, Program};
use crate::tui::runner::body::{TOLD_EVERY, copy};
use crate::tui::scratch::Scratch;

/// How many rows are written between two looks at whether anybody waits.
const ROWS: usize = 4096;

/// Makes a copy, as long as somebody waits for it.
pub(super) fn copy_for(
    (ask, program): (u64, Program),
    document: Document,
    is_wanted: impl Fn() -> bool + Send + 'static,
    messages: mpsc::UnboundedSender<Message>,
) -> JoinHandle<()> {
    tokio::task::spawn_blocking(move || {
        let mut told = Instant::now();
        let mut goes_on = |bytes| {
            if told.elapsed() >= TOLD_EVERY {
                told = Instant::now();
                let _ = messages.send(Message::CopyMoved { ask, bytes });
            }
            // Who has left waits for nothing.
            is_wanted() && !messages.is_closed()
        };
        let copy = match make(program, &document, &mut goes_on) {
            Ok(Some(scratch)) => Ok(scratch),
            Ok(None) => return,
            Err(cause) => Err(Failure::new("the body cannot be shown elsewhere").because(cause)),
        };
        let _ = messages.send(Message::CopyMade { ask, copy });
    })
}

fn make(
    program: Program,
    document: &Document,
    goes_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Option<Scratch>, String> {
    let ending = match (document.form(), program) {
        (Form::Json, _) => "json",
        // A dump is text.
        (Form::Binary, Program::Editor) => "bin",
        // Of markup too: a program that opens it might be one that runs it.
        (Form::Text | Form::Binary, _) => "txt",
    };
    let made = Scratch::create(ending);
    let (scratch, file) = made.map_err(|(path, error)| format!("{}: {error}", path.display()))?;
    let written = match program {
        Program::Pager => print(document, file, goes_on),
        Program::Editor => copy(&**document.source(), &mut &file, goes_on),
    };
    match written {
        Ok(written) => Ok(written.map(|_| scratch)),
        Err(error) => Err(format!("{}: {error}", scratch.path().display())),
    }
}

/// Writes what the Body tab shows with nothing folded; `None`: nobody waits for it.
fn print(
    document: &Document,
    file: File,
    goes_on: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<u64>> {
    let mut to = BufWriter::with_capacity(256 << 10, file);
    let mut printing = Printing::new(document);
    while printing.step(&mut to, ROWS)? {
        if !goes_on(printing.at()) {
            return Ok(None);
        }
    }
    to.flush()?;
    Ok(Some(printing.at()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use crate::document::Document;
    use crate::document::indexing::Indexing;
    use crate::document::source::Memory;
    use crate::tui::message::{Message, Program};
    use crate::tui::runner::copying::copy_for;
    use crate::tui::scratch::Scratch;

    const BODY: &[u8] = b"{\"a\":\"\\u001b \x9b\xc2\x9b2J\xe2\x80\xae\"}";

    fn document(bytes: &[u8]) -> Document {
        Indexing::whole(Arc::new(Memory::new(bytes)), "").expect("memory is readable")
    }

    async fn made(bytes: &[u8], program: Program) -> Scratch {
        let (sender, mut messages) = mpsc::unbounded_channel();
        copy_for((3, program), document(bytes), || true, sender);
        loop {
            match messages.recv().await {
                Some(Message::CopyMade { ask: 3, copy }) => return copy.expect("a copy"),
                Some(Message::CopyMoved { ask: 3, .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_pager_gets_what_is_shown_and_an_editor_what_came() {
        let read = |scratch: &Scratch| std::fs::read(scratch.path()).expect("it is there");
        let paged = made(BODY, Program::Pager).await;
        let text = String::from_utf8(read(&paged)).expect("text");
        assert!(text.starts_with("{\n  \"a\": \"\\u001b "), "{text}");
        assert!(!text.contains(['\u{9b}', '\u{202e}']), "{text}");
        let edited = made(BODY, Program::Editor).await;
        assert_eq!(read(&edited), BODY);
        let dump = made(b"\x00\x1b]0;x\x07", Program::Pager).await;
        let dump_path = dump.path().extension().and_then(|ending| ending.to_str());
        assert_eq!(dump_path, Some("txt"));
        assert!(!read(&dump).contains(&0x1b));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_made() {
        let (sender, mut messages) = mpsc::unbounded_channel();
        let long = "line\n".repeat(100_000);
        for program in [Program::Pager, Program::Editor] {
            copy_for(
                (1, program),
                document(long.as_bytes()),
                || false,
                sender.clone(),
            );
        }
        drop(sender);
        while let Some(message) = messages.recv().await {
            assert!(matches!(message, Message::CopyMoved { .. }), "{message:?}");
        }
    }
}
