//! The screen: one loop, plain data in and out.
//!
//! ```text
//!   terminal ─event─▶ ┌──────┐ ──Message──▶ App::update ──Effect──▶ Runner ─▶ tasks
//!   time ───────────▶ │ loop │                                                 │
//!   tasks ──Message─▶ └──────┘ ◀───────────────────────────────────────────────┘
//!                         │ queue drained, something changed
//!                         ▼
//!                     App::draw ─▶ one frame
//! ```
//!
//! It sleeps until the next event, or until the next moment at which something on the screen changes by itself. It
//! never waits for the history, the network or the terminal's answer to anything.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossterm::event::Event;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use crate::domain::exchange::Failure;
use crate::services::Setup;
use crate::tui::app::App;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Message, Now, Program};
use crate::tui::runner::Runner;
use crate::tui::terminal::{Screen, lend};
use crate::tui::theme::Theme;

pub mod action;
pub mod app;
mod bar;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod message;
mod outcome_look;
mod overlay;
mod pane;
pub mod prompt;
pub mod resend;
mod runner;
mod scratch;
mod session;
mod terminal;
pub mod theme;
pub mod widget;

/// How long a frame waits for an exchange that is being read: what is read sooner never shows as missing, and the panes
/// do not flicker while somebody walks through the history.
const READ_SOON: Duration = Duration::from_millis(20);

/// How wide the terminal is that standard output goes to; `None` when it goes elsewhere.
pub fn columns() -> Option<u16> {
    use std::io::IsTerminal;
    let (columns, _) = io::stdout()
        .is_terminal()
        .then(crossterm::terminal::size)?
        .ok()?;
    Some(columns)
}

/// Opens the screen and stays until somebody leaves. Says whether work was possible.
///
/// # Errors
/// When there is no terminal, or it fails.
pub async fn start(setup: Setup, colour: bool) -> anyhow::Result<bool> {
    use std::io::IsTerminal;
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        anyhow::bail!(
            "the screen needs a terminal; without one: reqscope send, history, show (reqscope --help)"
        );
    }
    let (sender, messages) = mpsc::unbounded_channel();
    let mut runner = Runner::start(setup, sender);
    let mut screen = Screen::take().context("the terminal cannot be used")?;
    let size = screen
        .terminal
        .size()
        .context("the terminal does not tell its size")?;
    let mut app = App::new(
        Theme { colour },
        Rect::new(0, 0, size.width, size.height),
        now(),
    );
    app.set_zone(TimeZone::system());
    let (input, hold) = terminal::input(|event| (event, now()));
    let ended = run(&mut screen.terminal, &mut app, input, messages, |effect| {
        match effect {
            // Between two frames, so that nothing comes between.
            Effect::Copy(text) => {
                terminal::copy(&text);
                Carried::On
            }
            Effect::Lend { program, copy } => {
                hold.pause();
                let shown = show_in(program, copy.path());
                hold.resume();
                if let Err(failure) = shown {
                    runner.tell(Message::Failed(failure));
                }
                Carried::Redraw
            }
            effect => match runner.carry_out(effect) {
                true => Carried::On,
                false => Carried::Leave,
            },
        }
    })
    .await;
    drop(screen);
    runner.leave().await;
    ended.context("the terminal failed")?;
    Ok(app.worked())
}

/// What carrying out an effect means for the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It goes on.
    On,
    /// It goes on, and nothing on the screen is as it was drawn.
    Redraw,
    /// It ends.
    Leave,
}

/// Shows a file in a program of the person's own, and waits for its end.
fn show_in(program: Program, path: &Path) -> Result<(), Failure> {
    // An interrupt is meant for the program that has the terminal, and would end this one too.
    #[cfg(unix)]
    let _ours = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    let wanted = match program {
        Program::Pager => lend::PAGER,
        Program::Editor => lend::EDITOR,
    };
    lend::lend(wanted, path)
        .map_err(|cause| Failure::new("the body cannot be shown elsewhere").because(cause))
}

/// The only loop. Generic over the backend, the input and whoever carries out effects, so that tests can drive it.
///
/// # Errors
/// When a frame cannot be drawn.
pub async fn run<B: Backend<Error = io::Error>>(
    terminal: &mut Terminal<B>,
    app: &mut App,
    mut input: mpsc::UnboundedReceiver<(Event, Now)>,
    mut messages: mpsc::UnboundedReceiver<Message>,
    mut carry_out: impl FnMut(Effect) -> Carried,
) -> io::Result<()> {
    let mut hangup = std::pin::pin!(terminal::hangup());
    let mut late: Option<Instant> = None;
    loop {
        if app.has_changed() {
            let at_last = *late.get_or_insert_with(|| Instant::now() + READ_SOON);
            if !app.is_reading() || Instant::now() >= at_last {
                late = None;
                let at = draw(terminal, app)?;
                app.update(Message::FrameDrawn(at));
            }
        }
        let change = late.into_iter().chain(app.next_change()).min();
        let first = tokio::select! {
            typed = input.recv() => match typed {
                Some((event, at)) => Message::Input { event, at },
                None => return Ok(()),
            },
            Some(message) = messages.recv() => message,
            () = until(change) => Message::TimePassed(now()),
            () = &mut hangup => return Ok(()),
        };
        let mut next = Some(first);
        while let Some(message) = next {
            for effect in app.update(message) {
                match carry_out(effect) {
                    Carried::On => {}
                    // `clear` would ask the terminal where its cursor is, and our reader of keys would have the answer.
                    Carried::Redraw => {
                        let size = terminal.size()?;
                        terminal.resize(Rect::new(0, 0, size.width, size.height))?;
                    }
                    Carried::Leave => return Ok(()),
                }
            }
            let typed = input
                .try_recv()
                .ok()
                .map(|(event, at)| Message::Input { event, at });
            next = typed.or_else(|| messages.try_recv().ok());
        }
    }
}

/// Draws one frame, answers the moment just before it reached the screen. Whoever reacts to the frame does so later.
fn draw<B: Backend<Error = io::Error>>(terminal: &mut Terminal<B>, app: &App) -> io::Result<Now> {
    let mut at = now();
    terminal.draw(|frame| {
        let cursor = app.draw(frame.area(), frame.buffer_mut());
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
        at = now();
    })?;
    Ok(at)
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

fn now() -> Now {
    Now {
        steady: Instant::now(),
        wall: Timestamp::now(),
    }
}
