//! A long history on the screen: its ends, its window, what comes meanwhile, how it tells the time.

use std::time::Duration;

use support::home::Home;
use support::terminal::Terminal;

use crate::filled::fill;
use crate::home;

/// A frame is whole when nothing has come for this long.
const QUIET: Duration = Duration::from_millis(150);

/// The screen on a history of 3,000 rows, an hour apart from each other.
fn open(size: (u16, u16)) -> (Home, Terminal) {
    let home = home();
    fill(&home);
    let mut terminal = home.terminal(&[], size);
    terminal
        .wait_for("/v1/rows/2999")
        .wait_for("it may have acted");
    terminal.wait_quiet(QUIET);
    (home, terminal)
}

/// The rows on the screen, top to bottom.
fn rows(terminal: &Terminal) -> Vec<usize> {
    let screen = terminal.screen();
    let number = |line: &str| {
        let line: String = line.chars().take(54).collect();
        let (_, rest) = line.split_once("/v1/rows/")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    screen.lines().filter_map(number).collect()
}

#[test]
fn it_is_paged_to_both_ends() {
    let (home, mut terminal) = open((150, 40));
    let page = rows(&terminal).len();
    assert_eq!(rows(&terminal), Vec::from_iter((3000 - page..3000).rev()));
    terminal.send("G").wait_for("/v1/rows/0 ").wait_quiet(QUIET);
    assert_eq!(rows(&terminal), Vec::from_iter((0..page).rev()));
    terminal.wait_for("▲ newer");
    terminal.send("g").wait_for("/v1/rows/2999").wait_gone("▲");
    // Faster than pages can be read, and none is lost.
    let keys = "<pgdn>".repeat(40);
    let expected = 2999 - 40 * page;
    terminal
        .send(&keys)
        .wait_for("Request ─ attempt 1")
        .wait_for(&format!("/v1/rows/{expected} "));
    terminal.wait_quiet(QUIET);
    let now = rows(&terminal);
    assert!(now.windows(2).all(|two| two[0] == two[1] + 1), "{now:?}");
    terminal
        .send(&"<pgup>".repeat(40))
        .wait_for("/v1/rows/2999");
    terminal.send("q");
    assert_eq!(terminal.wait_exit(), 0);
    drop(home);
}

#[test]
fn what_another_process_sends_does_not_move_who_reads_far_below() {
    let (home, mut terminal) = open((150, 40));
    terminal
        .send("G")
        .wait_for("/v1/rows/0 ")
        .wait_for("▲ newer");
    terminal.wait_quiet(QUIET);
    let before = rows(&terminal);
    for _ in 0..2 {
        home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    }
    terminal.wait_for("▲ 2 newer");
    assert_eq!(rows(&terminal), before);
    terminal.send("g").wait_for("/v1/accounts").wait_gone("▲");
}

#[test]
fn one_key_tells_the_time_itself() {
    let (_home, mut terminal) = open((200, 60));
    terminal.wait_for(" 1 h ").wait_for("sent");
    terminal.send("t").wait_gone(" 1 h ");
    let at = |hours: u64| {
        let then = jiff::Timestamp::now() - Duration::from_secs(hours * 3600);
        then.strftime("%m-%d %H:").to_string()
    };
    terminal.wait_for(&at(40));
    terminal.send("t").wait_for(" 1 h ");
}

#[test]
fn a_pin_and_a_note_stay_and_are_found() {
    let (home, mut terminal) = open((200, 60));
    terminal.send("j*").wait_for("▌★ ✓ 201");
    terminal.send("a").wait_for("Note on POST /v1/rows/2998");
    terminal.send("asked Ana<enter>").wait_for("“asked Ana”");
    terminal.send("3[[").wait_for("[Operation]");
    terminal
        .send("1/asked ana<enter>")
        .wait_gone("/v1/rows/2997");
    terminal.wait_for("/v1/rows/2998").wait_for("✓1");
    terminal.send("<esc>").wait_for("/v1/rows/2997");
    terminal
        .send("/is:pinned<enter>")
        .wait_gone("/v1/rows/2997");
    terminal.send("*").wait_for("Nothing fits the filter");
    terminal.send("<esc>").wait_for("¶ ✓ 201");
    let told = home
        .reqscope(&["history", "is:noted", "--json"])
        .expect_code(0)
        .json_lines();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["note"], "asked Ana");
}

#[test]
fn names_and_known_values_are_completed() {
    let (_home, mut terminal) = open((120, 40));
    terminal.send("/acc").wait_for("Tab account:");
    terminal.send("<tab>").wait_for("Tab acct_demo");
    terminal.wait_for("acct_north").wait_for("acct_south");
    terminal
        .send("<down><down><tab>")
        .wait_for("─ account:acct_north ");
    terminal.send("code:un").wait_for("Tab unknown_currency");
    terminal.send("<tab>");
    terminal.wait_for("ount:acct_north code:unknown_currency");
    terminal.send("<enter>").wait_gone("Enter keep");
    terminal.wait_gone("✓ 201").wait_for("✗ 422");
}
