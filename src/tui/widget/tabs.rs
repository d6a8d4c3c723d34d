//! A strip of tabs: ` Errors 2 [Body] Headers `.
//!
//! The active one stands in brackets, so that it is seen without colour; the brackets take the room of blanks, so that
//! nothing moves when another becomes active.

use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, width as text_width};

/// One tab.
#[derive(Clone, Copy, Debug)]
pub struct Tab<'a> {
    /// Its name.
    pub label: &'a str,
    /// Its name where there is little room.
    pub short: &'a str,
    /// How many things are in it, if that is worth a number.
    pub count: Option<usize>,
}

/// The strip in at most `width` columns: with whole names, else with short ones, else the active tab and which of how
/// many it is.
pub fn line(
    tabs: &[Tab<'_>],
    active: usize,
    width: u16,
    theme: Theme,
    focused: bool,
) -> Line<'static> {
    let width = usize::from(width);
    let look = theme
        .style(if focused { Tone::Accent } else { Tone::Strong })
        .add_modifier(Modifier::UNDERLINED);
    for short in [false, true] {
        let names: Vec<_> = tabs.iter().map(|tab| name(tab, short)).collect();
        let needed: usize = names.iter().map(|name| text_width(name) + 2).sum();
        if needed <= width {
            return Line::from_iter(names.iter().enumerate().flat_map(|(at, name)| {
                let (open, close, style) = if at == active {
                    ("[", "]", look)
                } else {
                    (" ", " ", theme.style(Tone::Plain))
                };
                [
                    Span::raw(open),
                    Span::styled(name.clone(), style),
                    Span::raw(close),
                ]
            }));
        }
    }
    let Some(tab) = tabs.get(active) else {
        return Line::default();
    };
    let alone = format!("[{}] {}/{}", name(tab, true), active + 1, tabs.len());
    Line::styled(cut(&alone, width).into_owned(), look)
}

fn name(tab: &Tab<'_>, short: bool) -> String {
    let name = visible(if short { tab.short } else { tab.label });
    match tab.count {
        Some(count) => format!("{name} {count}"),
        None => name.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::{Tab, line};
    use crate::tui::theme::Theme;

    const THEME: Theme = Theme { colour: false };

    fn tabs() -> Vec<Tab<'static>> {
        [
            ("Errors", "Err", Some(2)),
            ("Body", "Bod", None),
            ("Headers", "Hdr", None),
        ]
        .map(|(label, short, count)| Tab {
            label,
            short,
            count,
        })
        .to_vec()
    }

    #[test]
    fn a_strip_shrinks_and_always_shows_which_is_active() {
        for (active, width, expected) in [
            (0, 30, "[Errors 2] Body  Headers "),
            (1, 25, " Errors 2 [Body] Headers "),
            (2, 24, " Err 2  Bod [Hdr]"),
            (2, 17, " Err 2  Bod [Hdr]"),
            (0, 16, "[Err 2] 1/3"),
            (1, 7, "[Bod] …"),
            (1, 0, ""),
            (9, 5, ""),
        ] {
            let drawn = line(&tabs(), active, width, THEME, true).to_string();
            assert_eq!(drawn, expected, "{active} {width}");
        }
        assert_eq!(line(&[], 0, 10, THEME, true).to_string(), "");
    }

    #[test]
    fn the_active_one_is_underlined() {
        let line = line(&tabs(), 1, 40, THEME, false);
        let underlined: Vec<_> = line
            .spans
            .iter()
            .filter(|span| span.style.add_modifier.contains(Modifier::UNDERLINED))
            .map(|span| span.content.as_ref())
            .collect();
        assert_eq!(underlined, ["Body"]);
    }
}
