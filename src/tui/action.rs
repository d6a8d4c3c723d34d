//! THE table: every action, its default keys, where they count, and the line that explains it.
//!
//! It feeds dispatch (`keymap`), the hints at the bottom, the help overlay and the README's table of keys. A new key
//! is one row here and one arm where it acts.

use crossterm::event::KeyCode;

use crate::tui::key::{Key, control, key, named};

/// What a key can ask for. Names are imperatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Focus the next pane.
    NextPane,
    /// Focus the previous pane.
    PreviousPane,
    /// Focus the history.
    FocusHistory,
    /// Focus the request.
    FocusRequest,
    /// Focus the response.
    FocusResponse,
    /// Next tab of the pane.
    NextTab,
    /// Previous tab of the pane.
    PreviousTab,
    /// One down.
    Down,
    /// One up.
    Up,
    /// One page down.
    PageDown,
    /// One page up.
    PageUp,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// To the next member or item.
    NextSibling,
    /// To the member or item before.
    PreviousSibling,
    /// To the container around.
    Parent,
    /// To a place by its JSON Pointer, or by a line's number.
    GoToPlace,
    /// Unfold one level more.
    FoldLess,
    /// Fold one level more.
    FoldMore,
    /// Break long lines, or not.
    ToggleWrap,
    /// Number the lines, or not.
    ToggleNumbers,
    /// Run a filter over the body.
    FilterBody,
    /// Save the body to a file.
    SaveBody,
    /// Show the body in the pager.
    OpenPager,
    /// Show the body in the editor.
    OpenEditor,
    /// Sideways, to the beginning of long lines.
    Left,
    /// Sideways, to the end of long lines.
    Right,
    /// To the top.
    Top,
    /// To the bottom.
    Bottom,
    /// Expand or collapse; open; begin to edit a field.
    Toggle,
    /// Compose a new request.
    Compose,
    /// Edit what is shown, as a draft.
    Edit,
    /// Turn the draft between continuing its operation and a new one.
    ToggleOperation,
    /// Send the draft on screen.
    Send,
    /// Replay what was sent, with the same key.
    ReplaySame,
    /// Replay what was sent, with a new key.
    ReplayNew,
    /// Turn to the next mode of sending again by itself.
    ToggleResend,
    /// From an error to its field.
    ToField,
    /// Filter the history.
    Filter,
    /// Show the operation of what is selected alone, or everything again.
    ShowOperation,
    /// Fold or unfold everything.
    FoldAll,
    /// Pin an exchange, or take its pin off.
    Pin,
    /// Note something of an exchange.
    Annotate,
    /// Turn between how long ago something was sent, and when.
    ToggleTime,
    /// Turn what the errors are grouped by.
    GroupErrors,
    /// Open all errors, or close them.
    ExpandAll,
    /// Next error.
    Next,
    /// Previous error.
    Previous,
    /// Cancel what is in flight.
    Cancel,
    /// One level back.
    Back,
    /// Show what is left to find out.
    ShowUnsettled,
    /// Copy something of what is on show.
    Copy,
    /// Show the secrets of the request on show, or hide them again.
    Reveal,
    /// Mark an exchange, and compare it with another.
    Compare,
    /// Show all that is known of the rate limit.
    ShowQuota,
    /// Show the keys.
    Help,
    /// Leave.
    Quit,
}

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// Everywhere, a text field that is being edited excepted.
    Everywhere,
    /// Also while text is edited.
    Always,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What it does.
    pub action: Action,
    /// Its keys, the one to show first.
    pub keys: &'static [Key],
    /// Where they count.
    pub context: Context,
    /// One or two words for the hint line; empty when it is never hinted.
    pub hint: &'static str,
    /// The line in the help.
    pub help: &'static str,
}

const fn row(action: Action, keys: &'static [Key], hint: &'static str, help: &'static str) -> Row {
    Row {
        action,
        keys,
        context: Context::Everywhere,
        hint,
        help,
    }
}

const fn always(
    action: Action,
    keys: &'static [Key],
    hint: &'static str,
    help: &'static str,
) -> Row {
    Row {
        action,
        keys,
        context: Context::Always,
        hint,
        help,
    }
}

/// The table. The contract names these keys.
pub const TABLE: &[Row] = &[
    row(
        Action::Compose,
        &[key('c')],
        "compose",
        "compose a new request",
    ),
    row(
        Action::Edit,
        &[key('e')],
        "edit",
        "edit: the draft, or what was sent as a new draft",
    ),
    row(
        Action::ToggleOperation,
        &[key('O')],
        "operation",
        "the draft continues its operation, or begins a new one",
    ),
    always(
        Action::Send,
        &[key('s'), control('s')],
        "send",
        "send the draft on screen (Ctrl-S also while editing)",
    ),
    row(
        Action::ReplaySame,
        &[key('r')],
        "same key",
        "replay what was sent, with the same idempotency key",
    ),
    row(
        Action::ReplayNew,
        &[key('R')],
        "new key",
        "replay what was sent, with a new idempotency key",
    ),
    row(
        Action::ToggleResend,
        &[key('w')],
        "resend",
        "send again by itself: after a 429; after a 429 and a lost answer, same key; never",
    ),
    row(
        Action::Toggle,
        &[named(KeyCode::Enter), key(' ')],
        "open",
        "open an error, a field, an answer; fold an object or array, in the history an operation",
    ),
    row(
        Action::Filter,
        &[key('/')],
        "filter",
        "filter the history: status:4xx payments …; in a body find: Tab keys or values, Ctrl-R regex",
    ),
    row(
        Action::ShowOperation,
        &[key('o')],
        "operation",
        "show the operation of what is selected alone, and back",
    ),
    row(
        Action::FoldAll,
        &[key('z')],
        "fold",
        "fold the history by operation, a body's objects and arrays; and back",
    ),
    row(
        Action::Pin,
        &[key('*')],
        "pin",
        "pin what is selected, so that it is kept and found (is:pinned); again takes it off",
    ),
    row(
        Action::Annotate,
        &[key('a')],
        "note",
        "note something of what is selected: a search finds it (is:noted)",
    ),
    row(
        Action::ToggleTime,
        &[key('t')],
        "",
        "in the history: how long ago, or the time itself",
    ),
    row(
        Action::ToField,
        &[key('f')],
        "field",
        "from an error to its field in the body, and back",
    ),
    row(
        Action::ShowUnsettled,
        &[key('!')],
        "unsettled",
        "what may have acted and nothing has settled: look up, send again, settle",
    ),
    row(
        Action::Copy,
        &[key('y')],
        "",
        "copy: an error, all errors, the value under the cursor, its pointer, the key, the URL, the body …",
    ),
    row(
        Action::Reveal,
        &[key('v')],
        "",
        "reveal the secrets of the request on show, on the screen only; v again hides them",
    ),
    row(
        Action::GroupErrors,
        &[key('b')],
        "group",
        "the errors by field; by code; as they came",
    ),
    row(
        Action::ExpandAll,
        &[key('E')],
        "all",
        "open all errors, or close them",
    ),
    row(
        Action::Compare,
        &[key('=')],
        "",
        "compare: mark an exchange, then another one, or the same again for the send before it",
    ),
    row(
        Action::Next,
        &[key('n')],
        "",
        "next match in a body; else next error, from any pane",
    ),
    row(
        Action::Previous,
        &[key('N')],
        "",
        "previous match, or error",
    ),
    row(Action::NextPane, &[named(KeyCode::Tab)], "", "next pane"),
    row(
        Action::PreviousPane,
        &[named(KeyCode::BackTab)],
        "",
        "previous pane",
    ),
    row(Action::FocusHistory, &[key('1')], "", "the history"),
    row(Action::FocusRequest, &[key('2')], "", "the request"),
    row(Action::FocusResponse, &[key('3')], "", "the response"),
    row(
        Action::NextTab,
        &[key(']'), key('>')],
        "tab",
        "next tab of the pane",
    ),
    row(
        Action::PreviousTab,
        &[key('['), key('<')],
        "",
        "previous tab of the pane",
    ),
    row(Action::Down, &[key('j'), named(KeyCode::Down)], "", "down"),
    row(Action::Up, &[key('k'), named(KeyCode::Up)], "", "up"),
    row(
        Action::PageDown,
        &[named(KeyCode::PageDown)],
        "",
        "a page down",
    ),
    row(Action::PageUp, &[named(KeyCode::PageUp)], "", "a page up"),
    row(
        Action::HalfDown,
        &[control('d')],
        "",
        "in a body: half a page down",
    ),
    row(
        Action::HalfUp,
        &[control('u')],
        "",
        "in a body: half a page up",
    ),
    row(
        Action::NextSibling,
        &[key('J')],
        "",
        "in a body: the next member or item of the same object or array",
    ),
    row(
        Action::PreviousSibling,
        &[key('K')],
        "",
        "in a body: the member or item before",
    ),
    row(
        Action::Parent,
        &[key('u')],
        "",
        "in a body: up to the object or array around",
    ),
    row(
        Action::GoToPlace,
        &[key('@')],
        "go to",
        "in a body: to a JSON Pointer, or to a line by its number",
    ),
    row(
        Action::FoldMore,
        &[key('-')],
        "",
        "in a body: fold one level more",
    ),
    row(
        Action::FoldLess,
        &[key('+')],
        "",
        "in a body: unfold one level more",
    ),
    row(
        Action::ToggleWrap,
        &[key('W')],
        "wrap",
        "in a body: break long lines, or not",
    ),
    row(
        Action::ToggleNumbers,
        &[key('#')],
        "",
        "in a body: number the lines, or not",
    ),
    row(
        Action::FilterBody,
        &[key('|')],
        "jq",
        "a jq filter over the body, also from a result of one; Esc leads back to the body",
    ),
    row(
        Action::SaveBody,
        &[key('D')],
        "save",
        "save the body to a file",
    ),
    row(
        Action::OpenPager,
        &[key('V')],
        "pager",
        "view the body in $PAGER",
    ),
    row(
        Action::OpenEditor,
        &[key('X')],
        "",
        "open a copy of the body in $EDITOR",
    ),
    row(
        Action::Left,
        &[named(KeyCode::Left)],
        "",
        "sideways, where lines are long",
    ),
    row(
        Action::Right,
        &[named(KeyCode::Right)],
        "",
        "sideways, where lines are long",
    ),
    row(
        Action::Top,
        &[key('g'), named(KeyCode::Home)],
        "",
        "to the top",
    ),
    row(
        Action::Bottom,
        &[key('G'), named(KeyCode::End)],
        "",
        "to the bottom",
    ),
    always(
        Action::Cancel,
        &[control('c')],
        "cancel",
        "cancel what is in flight",
    ),
    always(
        Action::Back,
        &[named(KeyCode::Esc)],
        "back",
        "one level back: overlay, editing, filter; a draft is never lost",
    ),
    row(
        Action::ShowQuota,
        &[key('Q')],
        "quota",
        "the rate limit: every policy, which header said so, how old it is",
    ),
    row(Action::Help, &[key('?')], "help", "these keys"),
    row(
        Action::Quit,
        &[key('q')],
        "quit",
        "leave; asks when something would be lost",
    ),
];

/// The row of an action.
pub fn row_of(action: Action) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.action == action)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::TABLE;

    #[test]
    fn no_key_stands_twice() {
        let mut seen = HashSet::new();
        for key in TABLE.iter().flat_map(|row| row.keys) {
            assert!(seen.insert(*key), "{key} stands twice");
        }
    }

    #[test]
    fn the_readme_names_every_key() {
        let readme = include_str!("../../README.md");
        for row in TABLE {
            let named = row
                .keys
                .iter()
                .any(|key| readme.contains(&format!("`{key}`")));
            assert!(named, "{:?}", row.action);
        }
    }

    #[test]
    fn every_action_is_explained() {
        assert!(
            TABLE
                .iter()
                .all(|row| !row.help.is_empty() && !row.keys.is_empty())
        );
    }
}
