//! A program in a pseudo-terminal: keys go in, a screen is looked at.
//!
//! ```text
//!   send, paste, resize ──▶ pty ──▶ the program
//!                            │
//!        reader thread ◀─────┘──▶ vt100 screen ──notifies──▶ wait_for, wait_until, wait_gone
//!             └── answers what a program asks its terminal (DA1, DSR, DECRQM, OSC 10 and 11)
//! ```
//!
//! Waiting is told by the reader, never timed; a wait that fails panics with the whole screen.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Callbacks, Cell, Color, Parser, Screen};

use crate::key;

/// How long a wait lasts before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that runs in a terminal of its own. It is killed when this is dropped.
pub struct Terminal {
    shared: Arc<Shared>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    patience: Duration,
    counted: u64,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    writer: Mutex<Box<dyn Write + Send>>,
}

struct State {
    parser: Parser<Answers>,
    bytes: u64,
    ended: bool,
}

impl Shared {
    /// A test that has panicked elsewhere must not hide its reason behind a poisoned lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn write(&self, bytes: &[u8]) {
        let mut writer = self.writer.lock().unwrap_or_else(|e| e.into_inner());
        // A program that has ended reads no more: the next wait says so.
        let _ = writer.write_all(bytes).and_then(|()| writer.flush());
    }

    fn read(&self, mut output: Box<dyn Read + Send>) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            // Linux ends a pseudo-terminal with an error (EIO), others with zero bytes.
            let read = output.read(&mut buffer).unwrap_or(0);
            let mut state = self.state();
            state.bytes += read as u64;
            state.ended = read == 0;
            state.parser.process(&buffer[..read]);
            let answers = std::mem::take(&mut state.parser.callbacks_mut().answers);
            drop(state);
            self.changed.notify_all();
            if !answers.is_empty() {
                self.write(&answers);
            }
            if read == 0 {
                return;
            }
        }
    }
}

impl Terminal {
    /// Starts a program in exactly this environment, on a screen of this size.
    ///
    /// # Panics
    /// When the system gives no pseudo-terminal, or the program cannot be started.
    pub fn start<S: AsRef<str>>(
        program: &Path,
        args: &[S],
        env: &[(OsString, OsString)],
        cwd: &Path,
        (cols, rows): (u16, u16),
    ) -> Terminal {
        let pair = native_pty_system()
            .openpty(size(cols, rows))
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(args.iter().map(AsRef::as_ref));
        command.cwd(cwd);
        command.env_clear();
        env.iter()
            .for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command);
        let child =
            child.unwrap_or_else(|e| panic!("{} cannot be started: {e}", program.display()));
        let output = pair.master.try_clone_reader().expect("a reader");
        let parser = Parser::new_with_callbacks(cells(rows), cells(cols), 0, Answers::default());
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                parser,
                bytes: 0,
                ended: false,
            }),
            changed: Condvar::new(),
            writer: Mutex::new(pair.master.take_writer().expect("a writer")),
        });
        let reader = Arc::clone(&shared);
        std::thread::spawn(move || reader.read(output));
        Terminal {
            shared,
            master: pair.master,
            child,
            patience: PATIENCE,
            counted: 0,
        }
    }

    /// Waits this long from now on, where ten seconds are too long or too short.
    pub fn patience(&mut self, patience: Duration) -> &mut Terminal {
        self.patience = patience;
        self
    }

    /// Types keys, all at once: `"c/v1/payments<enter><c-s>"` (see [`key`]).
    ///
    /// # Panics
    /// When a `<name>` is no key.
    pub fn send(&mut self, keys: &str) -> &mut Terminal {
        let application = self.look(Screen::application_cursor);
        self.shared.write(&key::bytes(keys, application));
        self
    }

    /// Pastes text: bracketed when the program has asked for that, as a terminal does.
    pub fn paste(&mut self, text: &str) -> &mut Terminal {
        let text = if self.look(Screen::bracketed_paste) {
            format!("\x1b[200~{text}\x1b[201~")
        } else {
            text.to_owned()
        };
        self.shared.write(text.as_bytes());
        self
    }

    /// Writes bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> &mut Terminal {
        self.shared.write(bytes);
        self
    }

    /// Waits until the text stands in one row of the screen.
    ///
    /// # Panics
    /// When it does not come.
    pub fn wait_for(&mut self, text: &str) -> &mut Terminal {
        self.wait_until(&format!("{text:?} to show"), |screen| {
            find(screen, text).is_some()
        })
    }

    /// Waits until the text stands nowhere on the screen.
    ///
    /// # Panics
    /// When it stays.
    pub fn wait_gone(&mut self, text: &str) -> &mut Terminal {
        self.wait_until(&format!("{text:?} to go"), |screen| {
            find(screen, text).is_none()
        })
    }

    /// Waits until the screen is as wanted; `what` says what was waited for when it is not.
    ///
    /// # Panics
    /// When it does not come true, with the screen as it is then.
    pub fn wait_until(&mut self, what: &str, wanted: impl Fn(&Screen) -> bool) -> &mut Terminal {
        let deadline = Instant::now() + self.patience;
        let mut state = self.shared.state();
        while !wanted(state.parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ended {
                let why = if state.ended {
                    "the program ended".to_owned()
                } else {
                    format!("{:?} passed", self.patience)
                };
                let screen = framed(state.parser.screen());
                drop(state);
                panic!("waited for {what}, but {why}. The screen:\n{screen}");
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(|e| e.into_inner()).0;
        }
        drop(state);
        self
    }

    /// Waits until nothing has been written for this long.
    ///
    /// # Panics
    /// When the program does not fall silent.
    pub fn wait_quiet(&mut self, quiet: Duration) -> &mut Terminal {
        let deadline = Instant::now() + self.patience;
        let mut state = self.shared.state();
        loop {
            let before = state.bytes;
            let silent_since = Instant::now();
            while state.bytes == before && !state.ended {
                let left = quiet.saturating_sub(silent_since.elapsed());
                if left.is_zero() {
                    drop(state);
                    return self;
                }
                let waited = self.shared.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(|e| e.into_inner()).0;
            }
            if state.ended {
                drop(state);
                return self;
            }
            if Instant::now() > deadline {
                let screen = framed(state.parser.screen());
                drop(state);
                panic!("waited for {quiet:?} of silence. The screen:\n{screen}");
            }
        }
    }

    /// The screen's rows as text, their blank ends cut off.
    pub fn screen(&self) -> String {
        self.look(text)
    }

    /// The screen itself, as it is now.
    pub fn snapshot(&self) -> Screen {
        self.look(Screen::clone)
    }

    /// The first row that has this text; waits for it.
    ///
    /// # Panics
    /// When it does not come.
    pub fn row_containing(&mut self, text: &str) -> String {
        self.wait_for(text);
        let found = self.look(|screen| find(screen, text).map(|(y, _)| row(screen, y).0));
        found.unwrap_or_else(|| panic!("{text:?} came and went:\n{}", self.screen()))
    }

    /// The first cell of this text: its colours, bold, dim, underline, inverse; waits for it.
    ///
    /// # Panics
    /// When it does not come.
    pub fn cell_of(&mut self, text: &str) -> Cell {
        self.wait_for(text);
        let found = self.look(|screen| {
            let (y, x) = find(screen, text)?;
            screen.cell(y, x).cloned()
        });
        found.unwrap_or_else(|| panic!("{text:?} came and went:\n{}", self.screen()))
    }

    /// The foreground colour of the first cell of this text; waits for it.
    ///
    /// # Panics
    /// When it does not come.
    pub fn color_of(&mut self, text: &str) -> Color {
        self.cell_of(text).fgcolor()
    }

    /// The window's title, as last set.
    pub fn title(&self) -> String {
        let state = self.shared.state();
        state.parser.callbacks().title.clone()
    }

    /// What was copied to the clipboard last (OSC 52).
    pub fn copied(&self) -> Option<String> {
        let state = self.shared.state();
        state.parser.callbacks().copied.clone()
    }

    /// Gives the terminal another size.
    ///
    /// # Panics
    /// When the system refuses it.
    pub fn resize(&mut self, cols: u16, rows: u16) -> &mut Terminal {
        let mut state = self.shared.state();
        state.parser.set_size(cells(rows), cells(cols));
        self.master.resize(size(cols, rows)).expect("a new size");
        drop(state);
        self
    }

    /// Bytes written since this was last asked, or since the start.
    pub fn bytes_since(&mut self) -> u64 {
        let all = self.shared.state().bytes;
        all - std::mem::replace(&mut self.counted, all)
    }

    /// Kills the program where it stands: SIGKILL, which it cannot see coming, or TerminateProcess.
    pub fn kill(&mut self) {
        let child: &mut dyn Child = &mut *self.child;
        // The trait's own `kill` begins with SIGHUP, which lets a program tidy up.
        match child.downcast_mut::<std::process::Child>() {
            Some(process) => drop(process.kill()),
            None => drop(child.kill()),
        }
    }

    /// Tells the program that its terminal is gone, as a window does that is closed.
    ///
    /// # Panics
    /// When it cannot be told.
    #[cfg(unix)]
    pub fn hang_up(&mut self) {
        let id = self.process_id().expect("it runs").to_string();
        let told = std::process::Command::new("kill")
            .args(["-HUP", &id])
            .status();
        assert!(told.expect("every system has it").success());
    }

    /// The program's process, for signals.
    pub fn process_id(&self) -> Option<u32> {
        self.child.process_id()
    }

    /// Waits for the program to end, and for the rest of its output. A program that a signal ended has the code 1.
    ///
    /// # Panics
    /// When it goes on.
    pub fn wait_exit(&mut self) -> u32 {
        let deadline = Instant::now() + self.patience;
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of our own child") {
                self.drain();
                return status.exit_code();
            }
            assert!(
                Instant::now() < deadline,
                "waited for the program to end, but {:?} passed. The screen:\n{}",
                self.patience,
                self.look(framed)
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits a little for the last output. On Windows a console ends only with its handle, so the wait is bounded.
    fn drain(&self) {
        let deadline = Instant::now() + Duration::from_millis(500);
        let mut state = self.shared.state();
        while !state.ended && Instant::now() < deadline {
            let waited = self
                .shared
                .changed
                .wait_timeout(state, Duration::from_millis(50));
            state = waited.unwrap_or_else(|e| e.into_inner()).0;
        }
    }

    fn look<T>(&self, at: impl FnOnce(&Screen) -> T) -> T {
        at(self.shared.state().parser.screen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// What a program may ask or tell its terminal beside what it draws.
#[derive(Default)]
struct Answers {
    answers: Vec<u8>,
    title: String,
    copied: Option<String>,
}

impl Callbacks for Answers {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).ok();
        self.copied = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        let number = params.first().and_then(|p| p.first()).copied().unwrap_or(0);
        let (row, col) = screen.cursor_position();
        let (row, col) = (row + 1, col + 1);
        let answer = match (first, second, last, number) {
            // Primary device attributes: a VT220 with colour.
            (None, None, 'c', 0) => "\x1b[?62;22c".into(),
            (None, None, 'n', 5) => "\x1b[0n".into(),
            (None, None, 'n', 6) => format!("\x1b[{row};{col}R"),
            (Some(b'?'), None, 'n', 6) => format!("\x1b[?{row};{col}R"),
            // DECRQM: a mode we do not know.
            (Some(b'?'), Some(b'$'), 'p', mode) => format!("\x1b[?{mode};0$y"),
            _ => return,
        };
        self.answers.extend(answer.into_bytes());
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        let answer = match params {
            [b"10", b"?"] => "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
            [b"11", b"?"] => "\x1b]11;rgb:0000/0000/0000\x1b\\",
            _ => return,
        };
        self.answers.extend(answer.as_bytes());
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has at least one row and one column")
}

/// One row as text, and the column of each of its bytes.
fn row(screen: &Screen, y: u16) -> (String, Vec<u16>) {
    let (mut text, mut columns) = (String::new(), Vec::new());
    for x in 0..screen.size().1.get() {
        let Some(cell) = screen.cell(y, x).filter(|c| !c.is_wide_continuation()) else {
            continue;
        };
        let contents = if cell.has_contents() {
            cell.contents()
        } else {
            " "
        };
        text.push_str(contents);
        columns.resize(text.len(), x);
    }
    text.truncate(text.trim_end().len());
    (text, columns)
}

/// Row and column of the first place where this text stands, within one row.
fn find(screen: &Screen, wanted: &str) -> Option<(u16, u16)> {
    (0..screen.size().0.get()).find_map(|y| {
        let (text, columns) = row(screen, y);
        let at = text.find(wanted)?;
        Some((y, columns.get(at).copied().unwrap_or(0)))
    })
}

fn text(screen: &Screen) -> String {
    let rows = (0..screen.size().0.get()).map(|y| row(screen, y).0);
    rows.collect::<Vec<_>>().join("\n")
}

/// The screen in a frame, so that its blank rows and its width are seen.
fn framed(screen: &Screen) -> String {
    let width = usize::from(screen.size().1.get());
    let line = "─".repeat(width);
    let rows = text(screen);
    let rows = rows.lines().map(|row| format!("│{row}"));
    format!("┌{line}\n{}\n└{line}", rows.collect::<Vec<_>>().join("\n"))
}
