//! A body of 100 MiB on the screen, from the real sandbox: gone through, folded, searched, saved, shown in a pager; and
//! bodies that are none of what they say.

use std::time::Duration;

use support::terminal::Terminal;

use crate::{add_header, history, home, open};

/// What a debug build takes to receive and index 100 MiB, on a busy machine.
const LONG: Duration = Duration::from_secs(180);

#[test]
fn a_hundred_mebibytes_are_read_like_a_page() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    terminal.patience(LONG);
    terminal.send("c").wait_for("Draft");
    terminal
        .send("GET /v1/blob?mib=100<enter>")
        .wait_for("Esc done")
        .send("<c-s>");
    // Its first screen is there before the last byte is; keys answer meanwhile.
    terminal.send("3").wait_for("\"object\": \"blob\"");
    terminal.send("jjjj").wait_for("/data/0");
    terminal.wait_for("✓ 200 OK").wait_for("100 MiB  ");
    let answer = &history(&home)[0]["outcome"];
    assert_eq!(answer["body_complete"], true, "{answer}");
    let bytes = answer["body_bytes"].as_u64().expect("a number");
    assert!(bytes > 99 << 20, "{bytes}");

    // The end and back, by pages, half pages and siblings.
    terminal.send("G").wait_for("end│");
    terminal.send("kk").wait_for("/data/");
    terminal.send("<pgup><pgup>").wait_for("99%");
    terminal.send("g").wait_for("top│");
    terminal.send("jjjjJJ").wait_for("/data/2");
    terminal.send("<c-d>").wait_gone("/data/2 ");

    // Folded it is five lines, and one more level tells its items.
    terminal.send("gz").wait_for("items ]");
    terminal.send("+").wait_for("{ 11 items },");
    terminal
        .send("@/data/400000/title<enter>")
        .wait_for("/data/400000/title");

    // Found where it is folded, and counted to the end beside the keys.
    terminal.send("g/nhk<enter>");
    at_match(&mut terminal, 1);
    terminal.send("n");
    at_match(&mut terminal, 2);
    terminal.send("N");
    at_match(&mut terminal, 1);
    terminal.send("<esc>");
    terminal.wait_until("the search to be left", |screen| {
        match_number(&screen.contents()).is_none()
    });

    // Saved, byte for byte.
    let path = home.path().join("saved.json");
    terminal.send("D").wait_for("save to");
    terminal.send(&format!("{}<enter>", path.display()));
    terminal.wait_for("saved to");
    let saved = std::fs::metadata(&path).expect("it was saved").len();
    assert_eq!(saved, bytes);

    // Who leaves while it is saved finds it whole all the same.
    let path = home.path().join("left.json");
    terminal.send("D").wait_for("save to");
    terminal.send(&format!("{}<enter>q", path.display()));
    terminal.wait_exit();
    let saved = std::fs::metadata(&path).expect("it was saved").len();
    assert_eq!(saved, bytes);
}

/// Which match the line below the body says the cursor is at.
fn match_number(screen: &str) -> Option<u64> {
    let bar = screen.lines().find(|line| line.contains("  line "))?;
    let (before, _) = bar.split_once("  line ")?;
    let (number, _) = before.split_once(" of ")?;
    number.rsplit(' ').next()?.parse().ok()
}

fn at_match(terminal: &mut Terminal, number: u64) {
    terminal.wait_until("a match", |screen| {
        match_number(&screen.contents()) == Some(number)
    });
}

/// A pager may hand to the terminal whatever it gets: it gets what the screen shows, an editor what came.
#[test]
fn a_pager_gets_no_byte_that_a_terminal_would_obey() {
    let mut home = home();
    home.set("PAGER", "f() { cp \"$1\" shown; }; f");
    home.set("EDITOR", "f() { cp \"$1\" came; }; f");
    let mut terminal = open(&home, (120, 40));
    terminal.send("c").wait_for("Draft");
    terminal.send("GET /v1/boxes<enter>").wait_for("Esc done");
    add_header(&mut terminal, "Sandbox-Fault: escape");
    terminal.send("<c-s>").wait_for("✗ not JSON");
    let read = |terminal: &mut Terminal, key: &str, name: &str| {
        terminal.send(key);
        let path = home.path().join(name);
        terminal.wait_until(name, |_| path.exists());
        terminal.send("3").wait_for("[Body]");
        std::fs::read(path).expect("it was copied")
    };
    let shown = read(&mut terminal, "V", "shown");
    let came = read(&mut terminal, "X", "came");
    assert!(came.contains(&0x1b), "the sandbox sends what it should");
    let shown = String::from_utf8(shown).expect("text");
    assert!(shown.contains('␛'), "{shown}");
    assert!(
        !shown.contains(|c: char| c.is_control() && c != '\n'),
        "{shown}"
    );
    // The screen is there again, and its keys.
    terminal.send("q").wait_exit();
}

/// The terminal's window is closed while a large copy is written: it goes with the program.
#[cfg(unix)]
#[test]
fn no_copy_is_left_behind_when_the_terminal_closes() {
    let mut home = home();
    let own = home.path().join("own");
    std::fs::create_dir(&own).expect("a directory");
    home.set("TMPDIR", &own)
        .set("PAGER", "f() { cp \"$1\" shown; }; f");
    let mut terminal = open(&home, (120, 40));
    terminal.patience(LONG);
    terminal.send("c").wait_for("Draft");
    terminal
        .send("GET /v1/blob?mib=64<enter>")
        .wait_for("Esc done")
        .send("<c-s>");
    terminal.wait_for("✓ 200 OK").wait_for("64.0 MiB  ");
    let copies = || std::fs::read_dir(&own).expect("ours").count();
    assert_eq!(copies(), 0);
    terminal.send("3V");
    let begun = std::time::Instant::now();
    while copies() == 0 {
        assert!(begun.elapsed() < LONG, "{}", terminal.screen());
        std::thread::sleep(Duration::from_millis(1));
    }
    terminal.hang_up();
    terminal.wait_exit();
    assert_eq!(copies(), 0);
    assert!(!home.path().join("shown").exists(), "it was not shown");
}

/// Killed while it streamed: what came is on the screen of whoever opens the history next.
#[test]
fn what_came_of_a_killed_body_is_shown() {
    let home = home();
    let target = "/v1/blob?mib=64";
    let drip = "Sandbox-Fault: drip=1000000";
    let mut sender = home.start(&["send", "GET", target, "-H", drip]);
    let bodies = home.data_dir().join("bodies");
    let begun = std::time::Instant::now();
    loop {
        let files = std::fs::read_dir(&bodies).into_iter().flatten().flatten();
        let longest = files.filter_map(|file| Some(file.metadata().ok()?.len()));
        if longest.max() >= Some(200_000) {
            break;
        }
        assert!(begun.elapsed() < LONG, "no body came");
        std::thread::sleep(Duration::from_millis(5));
    }
    sender.kill();
    sender.wait_exit();

    let mut terminal = home.terminal(&[], (120, 40));
    terminal.wait_for("/v1/blob").send("3");
    terminal.wait_for("\"object\": \"blob\"");
    terminal.wait_for("What came of the answer, which was never whole");
    terminal.send("/data<enter>").wait_for("1 of 1 ");
    terminal.send("G").wait_for("/data/");
    terminal.send("q").wait_exit();
}
