//! The look: five hues, each with one meaning, from the terminal's own palette, on the terminal's own background.
//!
//! Colour never stands alone: a class has a glyph as well, so that the screen reads the same without colour. The hues
//! are the palette's named ones, which every light and dark scheme makes readable; nothing is painted grey.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of the screen means; the theme says how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// 2xx.
    Success,
    /// 3xx, and what is on its way.
    Notice,
    /// 4xx.
    Refused,
    /// 5xx, and our own failures.
    Broken,
    /// May have acted.
    Doubt,
    /// Ordinary text.
    Plain,
    /// What may be missed.
    Faint,
    /// What must not be missed.
    Strong,
    /// The focused pane and the keys one can press.
    Accent,
}

/// A choice of looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether hues are used at all (`NO_COLOR`, `--color never`).
    pub colour: bool,
}

impl Theme {
    /// The look of a meaning.
    pub fn style(self, tone: Tone) -> Style {
        let plain = Style::new();
        let hue = |colour: Color| if self.colour { plain.fg(colour) } else { plain };
        match tone {
            Tone::Success => hue(Color::Green),
            Tone::Notice => hue(Color::Cyan),
            Tone::Refused => hue(Color::Yellow),
            Tone::Broken => hue(Color::Red).add_modifier(Modifier::BOLD),
            Tone::Doubt => hue(Color::Magenta).add_modifier(Modifier::BOLD),
            Tone::Plain => plain,
            Tone::Faint => plain.add_modifier(Modifier::DIM),
            Tone::Strong => plain.add_modifier(Modifier::BOLD),
            Tone::Accent => hue(Color::Blue).add_modifier(Modifier::BOLD),
        }
    }

    /// What is laid over a row, its own colours kept: the cursor.
    pub fn cursor(self, focused: bool) -> Style {
        if focused {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new().add_modifier(Modifier::BOLD)
        }
    }

    /// What is laid over selected text.
    pub fn selection(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A pane's border.
    pub fn border(self, focused: bool) -> Style {
        if focused {
            self.style(Tone::Accent)
        } else {
            self.style(Tone::Faint)
        }
    }

    /// A pane's title.
    pub fn title(self, focused: bool) -> Style {
        if focused {
            self.style(Tone::Accent)
        } else {
            Style::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::{Theme, Tone};

    #[test]
    fn without_colour_no_style_has_a_hue() {
        let theme = Theme { colour: false };
        for tone in [
            Tone::Success,
            Tone::Notice,
            Tone::Refused,
            Tone::Broken,
            Tone::Doubt,
            Tone::Accent,
            Tone::Faint,
        ] {
            assert_eq!(theme.style(tone).fg, None, "{tone:?}");
        }
        assert_eq!(
            Theme { colour: true }.style(Tone::Success).fg,
            Some(Color::Green)
        );
    }
}
