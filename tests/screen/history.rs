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
