//! Where everything stands on a screen of a given size: one pure function, used by update and by draw, so that drawing
//! has nothing to remember.
//!
//! ```text
//!   wide enough            small                     tiny
//!   ┌ top ──────────────┐  ┌ top ─────────────┐      ┌ the focused ┐
//!   │ history │ request │  │ hist │ request   │      │    pane     │
//!   │         ├─────────┤  │      ├───────────┤      └─────────────┘
//!   │         │ response│  │      │ response  │
//!   └ hints ────────────┘  └ hints ───────────┘  the focused of the two has more room
//! ```

use ratatui::layout::Rect;

/// The panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The history.
    History,
    /// The request: sent or draft.
    Request,
    /// The response.
    Response,
}

impl Pane {
    /// The one that `Tab` goes to.
    pub fn next(self) -> Pane {
        match self {
            Pane::History => Pane::Request,
            Pane::Request => Pane::Response,
            Pane::Response => Pane::History,
        }
    }

    /// The one that `Shift-Tab` goes to.
    pub fn previous(self) -> Pane {
        self.next().next()
    }
}

/// Where everything stands. What there is no room for has no area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// Profile, account and quota.
    pub top: Option<Rect>,
    /// The history.
    pub history: Option<Rect>,
    /// The request.
    pub request: Option<Rect>,
    /// The response.
    pub response: Option<Rect>,
    /// The keys that matter now, or a notice.
    pub hints: Option<Rect>,
}

/// Below this width two columns would both be too narrow to read.
const TWO_COLUMNS: u16 = 70;
/// Below this height two panes would both be too low to read.
const TWO_ROWS: u16 = 12;
/// From this height on request and response share the room evenly, whichever is focused.
const ROOMY: u16 = 32;

/// Where everything stands on a screen of this size, with this pane focused.
pub fn areas(size: Rect, focus: Pane) -> Areas {
    let top = (size.height >= 4).then_some(Rect { height: 1, ..size });
    let hints = (size.height >= 6).then(|| Rect {
        y: size.y + size.height - 1,
        height: 1,
        ..size
    });
    let taken = u16::from(top.is_some()) + u16::from(hints.is_some());
    let body = Rect {
        y: size.y + u16::from(top.is_some()),
        height: size.height.saturating_sub(taken),
        ..size
    };
    let mut areas = Areas {
        top,
        history: None,
        request: None,
        response: None,
        hints,
    };
    if body.width < TWO_COLUMNS || body.height < TWO_ROWS {
        match focus {
            Pane::History => areas.history = Some(body),
            Pane::Request => areas.request = Some(body),
            Pane::Response => areas.response = Some(body),
        }
        return areas;
    }
    let left = history_width(body.width);
    let right = Rect {
        x: body.x + left,
        width: body.width - left,
        ..body
    };
    let upper = request_height(body.height, focus);
    areas.history = Some(Rect {
        width: left,
        ..body
    });
    areas.request = Some(Rect {
        height: upper,
        ..right
    });
    areas.response = Some(Rect {
        y: right.y + upper,
        height: right.height - upper,
        ..right
    });
    areas
}

fn history_width(width: u16) -> u16 {
    match width {
        ..100 => 30,
        100..150 => width * 36 / 100,
        150..180 => width * 38 / 100,
        // Wide enough that the rows tell more while a body keeps its line of a hundred.
        _ => (width * 44 / 100).min(112),
    }
}

fn request_height(height: u16, focus: Pane) -> u16 {
    if height >= ROOMY {
        return height * 45 / 100;
    }
    match focus {
        Pane::Request => height * 60 / 100,
        Pane::History | Pane::Response => height * 40 / 100,
    }
}

impl Areas {
    /// The area of a pane, when there is room for it.
    pub fn of(&self, pane: Pane) -> Option<Rect> {
        match pane {
            Pane::History => self.history,
            Pane::Request => self.request,
            Pane::Response => self.response,
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::{Pane, areas};

    #[test]
    fn the_areas_tile_the_screen_at_every_size() {
        for width in 0..220 {
            for height in 0..70 {
                for focus in [Pane::History, Pane::Request, Pane::Response] {
                    let size = Rect::new(0, 0, width, height);
                    let all = areas(size, focus);
                    let parts = [all.top, all.history, all.request, all.response, all.hints];
                    let covered: u32 = parts.into_iter().flatten().map(|part| part.area()).sum();
                    assert_eq!(covered, size.area(), "{width}x{height}");
                    assert!(
                        parts
                            .into_iter()
                            .flatten()
                            .all(|part| part == part.intersection(size))
                    );
                    assert!(all.of(focus).is_some(), "the focused pane is always there");
                }
            }
        }
    }
}
