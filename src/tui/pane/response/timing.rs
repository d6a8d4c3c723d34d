//! The phases of the send as bars on one scale.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::exchange::Response;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{human_bytes, human_ms, pad_left, pad_right};

/// How many rows it takes.
pub(crate) const ROWS: usize = 7;

/// A phase: its name, when it began and how long it took, in milliseconds.
type Phase = (&'static str, Option<(f64, f64)>);

fn phases(response: &Response) -> Vec<Phase> {
    let timing = response.timing;
    let mut at = 0.0;
    let mut next = |took: Option<f64>| {
        let phase = took.map(|took| (at, took));
        at += took.unwrap_or(0.0);
        phase
    };
    let (dns, connect, tls) = (
        next(timing.dns_ms),
        next(timing.connect_ms),
        next(timing.tls_ms),
    );
    let wait = timing
        .first_byte_ms
        .map(|until| (at, (until - at).max(0.0)));
    let body = timing
        .total_ms
        .zip(timing.first_byte_ms)
        .map(|(total, first)| (first, (total - first).max(0.0)));
    vec![
        ("name lookup", dns),
        ("connect", connect),
        ("TLS", tls),
        ("first byte", wait),
        ("body", body),
    ]
}

/// Draws them.
pub(crate) fn draw(response: &Response, area: Rect, theme: Theme, buffer: &mut Buffer) {
    let total = response.timing.total_ms.unwrap_or(0.0);
    let columns = usize::from(area.width).saturating_sub(24).min(60);
    let bar = |began: f64, took: f64| {
        let scale = if total > 0.0 {
            columns as f64 / total
        } else {
            0.0
        };
        let start = ((began * scale) as usize).min(columns.saturating_sub(1));
        let length =
            ((took * scale).round() as usize).clamp(1, columns.saturating_sub(start).max(1));
        format!("{}{}", " ".repeat(start), "━".repeat(length))
    };
    let mut lines: Vec<Line> = phases(response)
        .into_iter()
        .map(|(name, phase)| {
            let label = Span::raw(format!("{} ", pad_right(name, 12)));
            match phase {
                None => Line::from(vec![
                    label,
                    Span::styled(pad_left("—", 9), theme.style(Tone::Faint)),
                ]),
                Some((began, took)) => Line::from(vec![
                    label,
                    Span::raw(format!("{}  ", pad_left(&human_ms(took), 9))),
                    Span::styled(bar(began, took), theme.style(Tone::Notice)),
                ]),
            }
        })
        .collect();
    let sizes = format!(
        "{} on the wire, {} decoded, {}",
        human_bytes(response.wire_bytes),
        human_bytes(response.body_bytes),
        response.version
    );
    lines.push(Line::styled(
        format!(
            "{} {}",
            pad_right("in all", 12),
            pad_left(&human_ms(total), 9)
        ),
        theme.style(Tone::Strong),
    ));
    lines.push(Line::styled(sizes, theme.style(Tone::Faint)));
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
        line.render(
            Rect {
                y,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}
