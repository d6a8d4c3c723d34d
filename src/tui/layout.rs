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
        100..150 => share(width, 36),
        150..180 => share(width, 38),
        // Wide enough that the rows tell more while a body keeps its line of a hundred.
        _ => share(width, 44).min(112),
    }
}

/// So many hundredths of a length. The product of the two is more than a `u16` holds where a terminal says that it is
/// thousands of cells wide, and it may say so.
fn share(length: u16, hundredths: u16) -> u16 {
    let part = u32::from(length) * u32::from(hundredths.min(100)) / 100;
    u16::try_from(part).unwrap_or(length)
}

fn request_height(height: u16, focus: Pane) -> u16 {
    if height >= ROOMY {
        return share(height, 45);
    }
    match focus {
        Pane::Request => share(height, 60),
        Pane::History | Pane::Response => share(height, 40),
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
        for width in (0..220).chain([1490, 3000, u16::MAX]) {
            for height in (0..70).chain([1100, u16::MAX]) {
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
