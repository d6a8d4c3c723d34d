//! An answer is told while it arrives, and what came of it stays when it is cancelled.

use serde_json::{Value, json};
use support::home::Home;
use support::terminal::Terminal;

use crate::{add_header, history, home, open};

/// Composes a GET that is answered slowly, and sends it.
fn send_slow(terminal: &mut Terminal, target: &str, rate: u32) {
    terminal
        .send("c")
        .wait_for("Draft")
        .send(&format!("GET {target}<enter>"))
        .wait_for("Esc done");
    add_header(terminal, &format!("Sandbox-Fault: drip={rate}"));
    terminal.send("<c-s>").wait_for(" 200 OK ─ ");
}

/// How many bytes the title says came so far, as far as it is told; `None` before the head.
fn told(screen: &str) -> Option<f64> {
    let title = screen.lines().find(|line| line.contains("3 Response"))?;
    let (before, _) = title.split_once(" so far")?;
    let mut words = before.rsplit(' ');
    let scale = match words.next()? {
        "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        other => panic!("{other}"),
    };
    words.next()?.parse::<f64>().ok().map(|size| size * scale)
}

/// Waits until more came than this, and says how much.
fn wait_for_more(terminal: &mut Terminal, than: f64) -> f64 {
    let more = |screen: &str| told(screen).filter(|bytes| *bytes > than);
    terminal.wait_until("more of the body", |screen| {
        more(&screen.contents()).is_some()
    });
    // It may have grown since, and is no less.
    told(&terminal.screen()).expect("it still arrives")
}

fn show(home: &Home, id: &Value, how: &str) -> support::home::Output {
    let id = id.as_str().expect("an id");
    home.reqscope(&["show", id, how]).expect_code(0)
}

#[test]
fn a_status_and_how_much_came_are_told_before_the_end_and_what_came_is_kept() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    send_slow(&mut terminal, "/v1/blob?mib=1", 30_000);
    let first = wait_for_more(&mut terminal, 0.0);
    let second = wait_for_more(&mut terminal, first);
    wait_for_more(&mut terminal, second);

    // To everybody else it is in flight, and so is its row.
    let row = terminal.row_containing("/v1/blob");
    assert!(row.contains("···") && !row.contains("200"), "{row}");
    let exchange = history(&home).remove(0);
    assert_eq!(exchange["outcome"]["kind"], "in_flight");

    // Keys are answered meanwhile: the head that came is there.
    terminal
        .send("3]")
        .wait_for("[Headers ")
        .wait_for("content-type: application/json");
    let last = wait_for_more(&mut terminal, second);

    terminal
        .send("<c-c>")
        .wait_gone("so far")
        .wait_for("✓ 200 OK")
        .wait_for(", not whole ─");
    let shown = show(&home, &exchange["id"], "--json").json();
    let outcome = &shown["outcome"];
    let known = (
        &outcome["kind"],
        &outcome["status"],
        &outcome["body_complete"],
    );
    assert_eq!(
        known,
        (&json!("response"), &json!(200), &json!(false)),
        "{shown}"
    );
    let what = outcome["failure"]["what"].as_str().unwrap_or_default();
    assert!(what.contains("cancelled after"), "{shown}");
    let kept = show(&home, &exchange["id"], "--body").stdout;
    assert_eq!(outcome["body_bytes"], kept.len());
    // What was told to be there is there; it was told with three digits.
    assert!(kept.len() as f64 * 1.01 >= last, "{} {last}", kept.len());
    assert!(kept.starts_with(b"{\"object\":\"blob\""));
}

#[test]
fn what_arrived_whole_is_told_as_an_outcome() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    send_slow(&mut terminal, "/v1/blob?mib=1", 700_000);
    wait_for_more(&mut terminal, 0.0);
    terminal
        .wait_for("✓ 200 OK ─ ")
        .wait_gone("so far")
        .wait_gone("in flight");
    let exchange = &history(&home)[0];
    assert_eq!(exchange["outcome"]["body_complete"], true);
}

#[test]
fn leaving_keeps_what_came() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    send_slow(&mut terminal, "/v1/blob?mib=1", 30_000);
    wait_for_more(&mut terminal, 0.0);
    terminal.send("q").wait_for("Leave?").send("y");
    assert_eq!(terminal.wait_exit(), 0);
    let exchange = &history(&home)[0];
    let outcome = &exchange["outcome"];
    let known = (&outcome["kind"], &outcome["body_complete"]);
    assert_eq!(known, (&json!("response"), &json!(false)), "{exchange}");
    let kept = show(&home, &exchange["id"], "--body").stdout;
    assert!(!kept.is_empty());
    assert_eq!(outcome["body_bytes"], kept.len());
}

#[test]
fn a_bomb_is_stopped_and_what_was_unpacked_is_kept() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    terminal
        .send("c")
        .wait_for("Draft")
        .send("GET /v1/accounts<enter>")
        .wait_for("Esc done");
    add_header(&mut terminal, "Sandbox-Fault: gzip-bomb=500");
    // A debug build unpacks and searches ten MiB in a second or so.
    terminal
        .patience(std::time::Duration::from_secs(30))
        .send("<c-s>")
        .wait_for("✓ 200 OK ─ ")
        .wait_for("10.0 MiB, not whole ─")
        .wait_for("stopped at 10 MiB: ratio ");
    let exchange = history(&home).remove(0);
    let outcome = &exchange["outcome"];
    assert_eq!(outcome["body_complete"], false, "{exchange}");
    let kept = show(&home, &exchange["id"], "--body").stdout;
    assert_eq!(outcome["body_bytes"], kept.len());
    assert!(kept.len() >= 10 << 20 && kept.starts_with(b"[   "));
}
