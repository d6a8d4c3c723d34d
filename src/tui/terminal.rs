//! The terminal as we take it and give it back: raw mode, the alternate screen, bracketed paste, key releases where
//! the terminal can report them; and its input, each event with the moment at which it was read.
//!
//! Nothing is asked of the terminal: no query whose answer somebody would wait for.

use std::io::{self, Stdout, Write, stdout};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event, EventStream, KeyboardEnhancementFlags,
    PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use futures_util::StreamExt;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::sync::{mpsc, watch};

pub mod lend;

/// The screen, ours until it is dropped.
pub struct Screen {
    /// What ratatui draws on.
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal over. A panic gives it back before it speaks.
    ///
    /// # Errors
    /// When there is no terminal, or it refuses.
    pub fn take() -> io::Result<Screen> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
        take_over()?;
        Ok(Screen {
            terminal: Terminal::new(CrosstermBackend::new(stdout()))?,
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Raw mode, the alternate screen, pastes and releases of keys told as such.
fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    // Ignored by terminals that do not know it; the others tell a held key from one that is pressed again.
    let flags = KeyboardEnhancementFlags::REPORT_EVENT_TYPES
        | KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
    let _ = execute!(stdout(), PushKeyboardEnhancementFlags(flags));
    Ok(())
}

/// Leaves the terminal as it was found. Every step is tried, whatever became of the others.
fn give_back() {
    let _ = execute!(stdout(), PopKeyboardEnhancementFlags);
    let _ = execute!(
        stdout(),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    );
    let _ = disable_raw_mode();
}

/// Puts a text into the terminal's clipboard (OSC 52), which reaches the person's own machine through any remote
/// shell. In base 64, so nothing of the text is read by the terminal; one that knows no OSC 52 ignores it.
pub fn copy(text: &str) -> bool {
    let mut out = stdout();
    let text = STANDARD.encode(text);
    // What cannot be written here cannot be drawn either, and the next frame says so.
    let _ = write!(out, "\x1b]52;c;{text}\x07").and_then(|()| out.flush());
    true
}

/// Stops our reading of the terminal while somebody else reads it.
#[derive(Debug)]
pub struct Hold {
    held: watch::Sender<bool>,
    stopped: std::sync::mpsc::Receiver<()>,
}

impl Hold {
    /// Returns when nothing of ours reads any more.
    pub fn pause(&self) {
        self.held.send_replace(true);
        // A reader that does not stop is gone, and reads no more either.
        let _ = self.stopped.recv_timeout(STOPPING);
    }

    /// Reads on.
    pub fn resume(&self) {
        self.held.send_replace(false);
    }
}

/// How long it takes at most until nothing of ours reads.
const STOPPING: Duration = Duration::from_secs(1);

/// Reads the terminal's events in a task of its own, so that each has the moment it was typed and not the moment at
/// which a slow frame let us look. Ends when the terminal does.
pub fn input<T: Send + 'static>(
    stamp: impl Fn(Event) -> T + Send + 'static,
) -> (mpsc::UnboundedReceiver<T>, Hold) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (held, mut holding) = watch::channel(false);
    let (stops, stopped) = std::sync::mpsc::channel();
    tokio::spawn(async move {
        loop {
            let mut events = EventStream::new();
            loop {
                let event = tokio::select! {
                    event = events.next() => event,
                    held = holding.wait_for(|held| *held) => match held {
                        Ok(_) => break,
                        // The screen is gone: whoever asked for a reader now would wait for a dead terminal.
                        Err(_) => return,
                    },
                };
                let Some(Ok(event)) = event else { return };
                if sender.send(stamp(event)).is_err() {
                    return;
                }
            }
            drop(events);
            let _ = stops.send(());
            if holding.wait_for(|held| !held).await.is_err() {
                return;
            }
        }
    });
    (receiver, Hold { held, stopped })
}

/// Waits until the system asks us to end.
#[cfg(unix)]
pub async fn hangup() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut hangup), Ok(mut terminate)) = (
        signal(SignalKind::hangup()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = hangup.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Waits until the system asks us to end: here it does not ask.
#[cfg(not(unix))]
pub async fn hangup() {
    std::future::pending().await
}
