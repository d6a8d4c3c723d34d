//! The list under keys, groupings and widths.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, proptest};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::api_error::ApiError;
use crate::domain::correction::Correction;
use crate::domain::field_path::{Part, Place};
use crate::tui::action::Action;
use crate::tui::pane::response::errors::ErrorList;
use crate::tui::pane::response::errors::entry::Listing;
use crate::tui::theme::Theme;

fn error(code: &str, message: &str, field: &str) -> ApiError {
    ApiError {
        code: Some(code.into()),
        message: Some(message.into()),
        path: vec![field.into()],
        place: Place {
            part: Part::Body,
            pointer: Some(format!("/{field}")),
            ..Place::default()
        },
        ..ApiError::default()
    }
}

fn three() -> Vec<ApiError> {
    vec![
        error("missing", "is missing", "currency"),
        error("not_positive", "must be greater than zero", "amount"),
        error("missing", "is missing too", "amount"),
    ]
}

fn listing(errors: &[ApiError]) -> Listing<'_> {
    Listing {
        errors,
        unread: &[],
        correction: None,
    }
}

/// The rows of the list at a size, their blank ends cut off; the one under the cursor begins with `>`.
fn shown(list: &ErrorList, listing: Listing<'_>, columns: u16, rows: u16) -> Vec<String> {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    list.draw(listing, Theme { colour: false }, true, area, &mut buffer);
    let row = |y: u16| {
        let cells = (0..columns).map(|x| &buffer[(x, y)]);
        let on_it = buffer[(0, y)]
            .modifier
            .contains(ratatui::style::Modifier::REVERSED);
        let text: String = cells.map(|cell| cell.symbol()).collect();
        format!("{}{}", if on_it { ">" } else { " " }, text.trim_end())
    };
    let rows = (0..rows).map(row);
    rows.filter(|row| !row.trim().is_empty()).collect()
}

/// A list after these keys: `b` and `E` as on the screen, `+` opens, the others move.
fn after(keys: &str, listing: Listing<'_>, columns: u16, rows: u16) -> ErrorList {
    let mut list = ErrorList::default();
    list.settle(listing, columns, rows);
    for key in keys.chars() {
        let action = match key {
            'b' => Action::GroupErrors,
            'E' => Action::ExpandAll,
            '+' => Action::Toggle,
            'j' => Action::Down,
            'k' => Action::Up,
            'd' => Action::PageDown,
            'u' => Action::PageUp,
            'g' => Action::Top,
            'G' => Action::Bottom,
            'n' | 'N' => {
                list.step(listing, key == 'n');
                list.settle(listing, columns, rows);
                continue;
            }
            _ => panic!("{key} is no key of the list"),
        };
        list.update(action, listing, columns, rows);
    }
    list
}

#[test]
fn errors_stand_as_they_came_by_field_and_by_code() {
    let errors = three();
    let listing = listing(&errors);
    let look = |keys: &str| shown(&after(keys, listing, 60, 12), listing, 60, 12);
    #[rustfmt::skip]
    assert_eq!(look(""), [
        ">▸ missing  is missing                              /currency",
        " ▸ not_positive  must be greater than zero            /amount",
        " ▸ missing  is missing too                            /amount",
    ]);
    #[rustfmt::skip]
    assert_eq!(look("jb"), [
        " by field",
        " ▾ /currency  1 error",
        "   ▸ missing  is missing",
        " ▾ /amount  2 errors",
        ">  ▸ not_positive  must be greater than zero",
        "   ▸ missing  is missing too",
    ]);
    #[rustfmt::skip]
    assert_eq!(look("jbb"), [
        " by code",
        " ▾ missing  2 errors",
        "   ▸ is missing                                     /currency",
        "   ▸ is missing too                                   /amount",
        " ▾ not_positive  1 error",
        ">  ▸ must be greater than zero                        /amount",
    ]);
    assert_eq!(look("jbbb"), look("j"));
    // Everything closed is an overview, the cursor on the group of its error; the next error opens its group.
    #[rustfmt::skip]
    assert_eq!(look("jbbEE"), [
        " by code",
        " ▸ missing  2 errors  is missing",
        ">▸ not_positive  1 error  must be greater than zero",
    ]);
    let list = after("jbbEEn", listing, 60, 12);
    assert_eq!(list.error_under_cursor(), Some(1));
    assert_eq!(
        after("bbEEn", listing, 60, 12).error_under_cursor(),
        Some(0)
    );
    assert_eq!(after("bbnn", listing, 60, 12).error_under_cursor(), Some(1));
    assert_eq!(after("bbN", listing, 60, 12).error_under_cursor(), Some(1));
}

#[test]
fn an_open_error_has_its_details_under_it() {
    let errors = three();
    let listing = listing(&errors);
    #[rustfmt::skip]
    assert_eq!(shown(&after("j+jj", listing, 60, 12), listing, 60, 12), [
        " ▸ missing  is missing                              /currency",
        " ▾ not_positive                                       /amount",
        "     code     not_positive",
        ">    message  must be greater than zero",
        "     path     [\"amount\"]",
        "     place    /amount in the body",
        " ▸ missing  is missing too                            /amount",
    ]);
    let list = after("j+jj+", listing, 60, 12);
    assert_eq!(list.error_under_cursor(), Some(1), "closed from within");
    assert_eq!(shown(&list, listing, 60, 12).len(), 3);
    let all = after("E", listing, 60, 20);
    assert_eq!(shown(&all, listing, 60, 20).len(), 15);
    let none = after("EE", listing, 60, 20);
    assert_eq!(shown(&none, listing, 60, 20).len(), 3);
}

#[test]
fn the_columns_go_by_the_width() {
    let errors = three();
    let listing = listing(&errors);
    let look = |keys: &str, columns| shown(&after(keys, listing, columns, 9), listing, columns, 9);
    #[rustfmt::skip]
    assert_eq!(look("j", 100)[..2], [
        " ▸ missing       is missing                                                                 /currency",
        ">▸ not_positive  must be greater than zero                                                  /amount",
    ]);
    // The head of two rows is one step.
    #[rustfmt::skip]
    assert_eq!(look("j", 30), [
        " ▸ missing            /currency",
        "   is missing",
        ">▸ not_positive         /amount",
        ">  must be greater than zero",
        " ▸ missing              /amount",
        "   is missing too",
    ]);
    let long = [error("a", &format!("begin {}end", "long ".repeat(99)), "x")];
    let listing = Listing {
        errors: &long,
        ..listing
    };
    let look =
        |keys: &str, columns| shown(&after(keys, listing, columns, 30), listing, columns, 30);
    let head = look("", 60).remove(0);
    assert!(
        head.contains("begin long") && head.contains('…') && head.contains("long end  /x"),
        "{head}"
    );
    let open = look("+", 60);
    assert!(
        open.len() > 10 && open.iter().all(|row| !row.contains('…')),
        "{open:#?}"
    );
    assert!(
        open.iter().any(|row| row.ends_with(" end")),
        "none of it is lost"
    );
}

#[test]
fn what_was_corrected_is_told_and_marked() {
    let errors = three();
    let correction = Correction {
        attempt: 1,
        gone: vec![error("too_long", "must not be longer", "name")],
        remains: vec![true, false, true],
        certain: true,
    };
    let unread = ["an entry is no object".to_owned()];
    let listing = Listing {
        errors: &errors,
        unread: &unread,
        correction: Some(&correction),
    };
    let look =
        |keys: &str, columns| shown(&after(keys, listing, columns, 12), listing, columns, 12);
    #[rustfmt::skip]
    assert_eq!(look("", 60), [
        " since attempt 1: 1 gone, 2 remain, 1 new",
        ">▸ = missing  is missing                            /currency",
        " ▸ + not_positive  must be greater than zero          /amount",
        " ▸ = missing  is missing too                          /amount",
        " ▸ − too_long  must not be longer                       /name",
        " ▸ not understood: an entry is no object",
    ]);
    assert!(look("", 100)[2].starts_with(" ▸ new      not_positive  must"));
    assert_eq!(look("", 30)[0], " 1 gone, 2 remain, 1 new");
    let open = look("jjj+", 60);
    assert!(
        open.contains(&"     since    was listed by attempt 1, and is gone".to_owned()),
        "{open:#?}"
    );
    assert_eq!(after("jjj", listing, 60, 12).error_under_cursor(), None);
    assert_eq!(
        look("b", 60)[0],
        " since attempt 1: 1 gone, 2 remain, 1 new  by field"
    );
    // Nothing is listed any more but what is gone.
    let done = Correction {
        remains: vec![],
        ..correction.clone()
    };
    let listing = Listing {
        errors: &[],
        unread: &[],
        correction: Some(&done),
    };
    let rows = shown(&after("", listing, 60, 12), listing, 60, 12);
    assert_eq!(rows[0], " the error of attempt 1 is gone");
    assert!(rows[1].starts_with(">▸ − too_long"));
}

proptest! {
    /// Under any keys at any size the row of the cursor is on the screen, and its error with it.
    #[test]
    fn the_cursor_is_always_on_the_screen(
        keys in "[bE+jkdugGnN]{0,40}",
        count in 1_usize..30,
        words in vec(0_usize..40, 30),
        size in (1_u16..130, 1_u16..20),
        long in any::<bool>(),
    ) {
        let errors: Vec<_> = (0..count)
            .map(|at| error(["a", "b", "c"][at % 3], &"word ".repeat(words[at] * if long { 9 } else { 1 }), "f"))
            .collect();
        let unread = ["what".to_owned()];
        let listing = Listing { errors: &errors, unread: &unread, correction: None };
        let list = after(&keys, listing, size.0, size.1);
        let rows = shown(&list, listing, size.0, size.1);
        prop_assert!(rows.iter().any(|row| row.starts_with('>')), "{:?} {:#?}", list, rows);
    }
}

#[test]
fn where_there_is_little_room_code_and_field_stay_whole() {
    let errors = [
        error("price_not_positive", "must be greater than zero", "items"),
        error("blank", "must not be blank at all", "name"),
        error("price_not_positive", "is 0", "items"),
    ];
    let listing = listing(&errors);
    let rows = shown(&after("", listing, 45, 9), listing, 45, 9);
    #[rustfmt::skip]
    assert_eq!(rows, [
        ">▸ price_not_positive                   /items",
        " ▸ blank  must not be blank at all       /name",
        " ▸ price_not_positive  is 0             /items",
    ]);
    // An error whose place on the screen is the first row brings the head of its group along.
    let rows = shown(&after("b", listing, 45, 4), listing, 45, 4);
    assert_eq!(rows[1], " ▾ /items  2 errors", "{rows:#?}");
    assert!(rows[2].starts_with(">  ▸ "), "{rows:#?}");
}
