//! A screen as an SVG: one grid, each cell with its colours and weight. Pictures of the program are made from the
//! program by this, so they show what it does.
//!
//! ```text
//!   vt100 screen ──rows──▶ runs of equal style ──▶ <rect> behind, <text> locked to the grid in front
//!                                └── lines and blocks ──▶ <path>, so that frames have no gaps
//! ```

use std::fmt::Write;

use vt100::{Cell, Color, Screen};

/// Width and height of a cell in SVG units, the size of the letters, and where they stand on their line.
const CELL: (f32, f32) = (8.4, 18.0);
const LETTER: f32 = 14.0;
const BASELINE: f32 = 13.5;
/// Room around the grid.
const MARGIN: f32 = 12.0;

/// What a terminal's colours look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Its name, for files.
    pub name: &'static str,
    /// Text without a colour.
    pub foreground: u32,
    /// What stands behind it.
    pub background: u32,
    /// The sixteen colours, in the terminal's order.
    pub ansi: [u32; 16],
}

/// For a dark page.
pub const DARK: Palette = Palette {
    name: "dark",
    foreground: 0xd5d9e0,
    background: 0x15181e,
    ansi: [
        0x2a2e37, 0xf07178, 0x8fc97a, 0xe5c07b, 0x6cb2f0, 0xc792ea, 0x5fc9c4, 0xc5cad3, 0x6b7280,
        0xff8b92, 0xa9e094, 0xf5d791, 0x8cc8ff, 0xdcb0ff, 0x80e0da, 0xffffff,
    ],
};

/// For a light page.
pub const LIGHT: Palette = Palette {
    name: "light",
    foreground: 0x24292f,
    background: 0xffffff,
    ansi: [
        0x24292f, 0xc4232b, 0x1e7a34, 0x8a6100, 0x0a62c9, 0x8239b8, 0x0b7a78, 0x6a737d, 0x57606a,
        0xd73a42, 0x2a9245, 0xa67500, 0x2f80e0, 0x9a55cc, 0x1a9592, 0x8c959f,
    ],
};

/// The screen as a picture in this palette.
pub fn svg(screen: &Screen, palette: &Palette) -> String {
    let (rows, cols) = screen.size();
    let width = f32::from(cols.get()) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(rows.get()) * CELL.1 + 2.0 * MARGIN;
    let mut out = format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" "#,
            r#"font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" "#,
            r#"font-size="{size}">"#,
            "\n",
            r#"<rect width="{w}" height="{h}" rx="8" fill="{background}"/>"#,
            "\n"
        ),
        w = number(width),
        h = number(height),
        size = LETTER,
        background = hex(palette.background),
    );
    for y in 0..rows.get() {
        row(&mut out, screen, y, palette);
    }
    out.push_str("</svg>\n");
    out
}

/// How a run of cells looks.
#[derive(Clone, Copy, PartialEq)]
struct Style {
    foreground: u32,
    /// `None` where the page itself shows.
    background: Option<u32>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

impl Style {
    fn of(cell: &Cell, cursor: bool, palette: &Palette) -> Style {
        let foreground = color(cell.fgcolor(), palette);
        let background = color(cell.bgcolor(), palette);
        // A block cursor turns its cell inside out; on an inverse cell, back again.
        let (foreground, background) = if cell.inverse() != cursor {
            let (front, behind) = (palette.foreground, palette.background);
            (
                background.unwrap_or(behind),
                Some(foreground.unwrap_or(front)),
            )
        } else {
            (foreground.unwrap_or(palette.foreground), background)
        };
        Style {
            foreground,
            background,
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
        }
    }

    fn attributes(&self) -> String {
        let mut out = format!(r#" fill="{}""#, hex(self.foreground));
        for (is, text) in [
            (self.bold, r#" font-weight="bold""#),
            (self.dim, r#" fill-opacity="0.6""#),
            (self.italic, r#" font-style="italic""#),
            (self.underline, r#" text-decoration="underline""#),
        ] {
            out.push_str(if is { text } else { "" });
        }
        out
    }
}

/// Cells beside each other that look alike.
struct Run {
    x: u16,
    width: u16,
    style: Style,
    text: String,
    /// Whether it is one cell that must not be joined: a letter beyond ASCII, or a shape that is drawn.
    alone: bool,
}

fn row(out: &mut String, screen: &Screen, y: u16, palette: &Palette) {
    let runs = runs(screen, y, palette);
    for run in &runs {
        if let Some(background) = run.style.background {
            rect(out, run, y, background);
        }
    }
    for run in &runs {
        let drawn = run.alone.then(|| shape(run, y)).flatten();
        match drawn {
            Some(path) => out.push_str(&path),
            None if run.text.trim().is_empty() && !run.style.underline => {}
            None => letters(out, run, y),
        }
    }
}

fn runs(screen: &Screen, y: u16, palette: &Palette) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let shown = (!screen.hide_cursor()).then(|| screen.cursor_position());
    for x in 0..screen.size().1.get() {
        let Some(cell) = screen.cell(y, x).filter(|c| !c.is_wide_continuation()) else {
            continue;
        };
        let style = Style::of(cell, shown == Some((y, x)), palette);
        let text = if cell.has_contents() {
            cell.contents()
        } else {
            " "
        };
        // Fonts disagree on the width of everything beyond ASCII: each such letter is held to its own cell.
        let alone = !text.is_ascii();
        match runs.last_mut() {
            Some(last) if last.style == style && !last.alone && !alone => {
                last.text.push_str(text);
                last.width += 1;
            }
            _ => runs.push(Run {
                x,
                width: 1 + u16::from(cell.is_wide()),
                style,
                text: text.to_owned(),
                alone,
            }),
        }
    }
    runs
}

fn left(x: u16) -> f32 {
    MARGIN + f32::from(x) * CELL.0
}

fn top(y: u16) -> f32 {
    MARGIN + f32::from(y) * CELL.1
}

fn rect(out: &mut String, run: &Run, y: u16, background: u32) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>"#,
        number(left(run.x)),
        number(top(y)),
        number(f32::from(run.width) * CELL.0),
        number(CELL.1),
        hex(background),
    );
}

fn letters(out: &mut String, run: &Run, y: u16) {
    // A run's blanks at its ends are left out: some renderers would drop them and stretch the rest.
    let text = if run.style.underline {
        run.text.as_str()
    } else {
        run.text.trim_matches(' ')
    };
    let before = run.text.len() - run.text.trim_start_matches(' ').len();
    let after = run.text.len() - run.text.trim_end_matches(' ').len();
    let (x, width) = if run.style.underline {
        (left(run.x), f32::from(run.width))
    } else {
        let width = usize::from(run.width) - before - after;
        (left(run.x) + before as f32 * CELL.0, width as f32)
    };
    let _ = writeln!(
        out,
        r#"<text x="{}" y="{}" textLength="{}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"{}>{}</text>"#,
        number(x),
        number(top(y) + BASELINE),
        number(width * CELL.0),
        run.style.attributes(),
        escaped(text),
    );
}

/// The arms of a line-drawing character (up, right, down, left), and whether its corner is round.
fn arms(c: char) -> Option<([bool; 4], bool)> {
    let spelled = match c {
        '─' => "rl",
        '│' => "ud",
        '┌' | '╭' => "rd",
        '┐' | '╮' => "dl",
        '└' | '╰' => "ur",
        '┘' | '╯' => "ul",
        '├' => "urd",
        '┤' => "udl",
        '┬' => "rdl",
        '┴' => "url",
        '┼' => "urdl",
        '╴' => "l",
        '╶' => "r",
        '╵' => "u",
        '╷' => "d",
        _ => return None,
    };
    let arms = ['u', 'r', 'd', 'l'].map(|arm| spelled.contains(arm));
    Some((arms, matches!(c, '╭' | '╮' | '╰' | '╯')))
}

/// The part of the cell that a block character fills (x, y, width, height in parts of one), and how densely.
fn block(c: char) -> Option<([f32; 4], f32)> {
    let eighths = |n: u32| n as f32 / 8.0;
    Some(match c {
        '█' => ([0.0, 0.0, 1.0, 1.0], 1.0),
        '░' => ([0.0, 0.0, 1.0, 1.0], 0.25),
        '▒' => ([0.0, 0.0, 1.0, 1.0], 0.5),
        '▓' => ([0.0, 0.0, 1.0, 1.0], 0.75),
        '▀' => ([0.0, 0.0, 1.0, 0.5], 1.0),
        '▐' => ([0.5, 0.0, 0.5, 1.0], 1.0),
        // ▁ to ▇ grow from below, ▉ to ▏ shrink to the left.
        '▁'..='▇' => {
            let high = eighths(c as u32 - '▁' as u32 + 1);
            ([0.0, 1.0 - high, 1.0, high], 1.0)
        }
        '▉'..='▏' => ([0.0, 0.0, eighths('▏' as u32 - c as u32 + 1), 1.0], 1.0),
        _ => return None,
    })
}

fn shape(run: &Run, y: u16) -> Option<String> {
    let c = run.text.chars().next()?;
    let opacity = if run.style.dim { 0.6 } else { 1.0 };
    let fill = hex(run.style.foreground);
    if let Some(([x, down, width, height], density)) = block(c) {
        return Some(format!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}" fill-opacity="{}"/>{}"#,
            number(left(run.x) + x * CELL.0),
            number(top(y) + down * CELL.1),
            number(width * CELL.0),
            number(height * CELL.1),
            number(density * opacity),
            "\n",
        ));
    }
    let (arms, round) = arms(c)?;
    Some(format!(
        r#"<path d="{}" fill="none" stroke="{fill}" stroke-width="{}" stroke-opacity="{opacity}"/>{}"#,
        line(arms, round, left(run.x), top(y)),
        if run.style.bold { 1.8 } else { 1.1 },
        "\n",
    ))
}

fn line(arms: [bool; 4], round: bool, x: f32, y: f32) -> String {
    let (mid_x, mid_y) = (x + CELL.0 / 2.0, y + CELL.1 / 2.0);
    let ends = [
        (mid_x, y),
        (x + CELL.0, mid_y),
        (mid_x, y + CELL.1),
        (x, mid_y),
    ];
    let point = |(x, y): (f32, f32)| format!("{} {}", number(x), number(y));
    let ends: Vec<String> = arms
        .into_iter()
        .zip(ends)
        .filter(|(is, _)| *is)
        .map(|(_, end)| point(end))
        .collect();
    let middle = point((mid_x, mid_y));
    match ends.as_slice() {
        [from, to] if round => format!("M{from} Q{middle} {to}"),
        ends => ends.iter().map(|end| format!("M{middle} L{end}")).collect(),
    }
}

fn color(color: Color, palette: &Palette) -> Option<u32> {
    match color {
        Color::Default => None,
        Color::Idx(n) => Some(indexed(n, palette)),
        Color::Rgb(r, g, b) => Some(u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b)),
    }
}

/// xterm's 256 colours: the palette's sixteen, a cube of six steps, and greys.
fn indexed(n: u8, palette: &Palette) -> u32 {
    let step = |n: u32| if n == 0 { 0 } else { 55 + 40 * n };
    match u32::from(n) {
        n @ 0..=15 => palette.ansi[n as usize],
        n @ 16..=231 => {
            let n = n - 16;
            step(n / 36) << 16 | step(n / 6 % 6) << 8 | step(n % 6)
        }
        n => (8 + 10 * (n - 232)) * 0x01_01_01,
    }
}

fn hex(color: u32) -> String {
    format!("#{color:06x}")
}

/// Two digits after the point are finer than a pixel.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
