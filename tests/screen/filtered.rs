//! A jq filter over a body on the screen: the real child process over what the real sandbox answered.

use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::time::Duration;

use serde_json::Value;
use support::terminal::Terminal;

use crate::{home, open};

/// The screen on an answer of 1 MiB, its body in the focus.
fn reading(terminal: &mut Terminal) {
    terminal.send("c").wait_for("Draft");
    terminal
        .send("GET /v1/blob?mib=1<enter>")
        .wait_for("Esc done")
        .send("<c-s>");
    terminal.wait_for("✓ 200 OK").wait_for("1.0 MiB  ");
    terminal.send("3").wait_for("[Body]");
}

/// Opens the line below the body, whose old text is selected, and runs this.
fn filter(terminal: &mut Terminal, filter: &str) {
    terminal.send("|").wait_for("Enter, or Esc");
    terminal.paste(filter).send("<enter>");
}

/// The process of the filter that runs; waits for it.
#[cfg(target_os = "linux")]
fn child(terminal: &Terminal) -> PathBuf {
    let parent = terminal.process_id().expect("it runs");
    let threads = format!("/proc/{parent}/task");
    let children = || {
        let threads = std::fs::read_dir(&threads).expect("its threads");
        // A thread may be gone by then.
        let of =
            |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("children"));
        let listed: String = threads
            .flatten()
            .filter_map(|thread| of(thread).ok())
            .collect();
        listed.split_whitespace().next().map(str::to_owned)
    };
    let child = soon("a child", children);
    Path::new("/proc").join(child)
}

/// What comes in half a minute.
#[cfg(target_os = "linux")]
fn soon<T>(what: &str, mut came: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3000 {
        if let Some(came) = came() {
            return came;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain for {what}");
}

#[cfg(target_os = "linux")]
fn wait_for_end(child: &Path) {
    soon("the end of the child", || (!child.exists()).then_some(()));
}

fn saved(terminal: &mut Terminal, path: &Path) -> Value {
    terminal.send("D").wait_for(".jq.json");
    terminal.paste(&path.display().to_string()).send("<enter>");
    terminal.wait_for("saved to");
    let text = std::fs::read(path).expect("it was saved");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn a_body_is_filtered_and_the_result_read_like_a_body() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    reading(&mut terminal);
    terminal.send("jjjjJJ").wait_for("/data/2 ");

    // A mistake is marked in the filter, and corrected there.
    filter(&mut terminal, ".data[:30] | maap(.id)");
    terminal.wait_for("^^^^ there is no function 'maap'");
    let screen = terminal.screen();
    let column = |text: &str| {
        let line = screen.lines().find(|line| line.contains(text));
        let line = line.unwrap_or_else(|| panic!("{text}: {screen}"));
        let before = line.find(text).map(|at| &line[..at]);
        before.map(|before| before.chars().count())
    };
    assert_eq!(column("^^^^"), column("maap(.id)"), "{screen}");
    terminal.send("<right><del><enter>");

    terminal.wait_for("jq .data[:30] | map(.id)");
    terminal.wait_for("Esc: the body").wait_for("line 1 of 32");
    terminal.send("jj").wait_for("/1 ");
    terminal.send("g<enter>").wait_for("[ 30 items ]");
    terminal.send("/rec_<enter>").wait_for("1 of 30");
    terminal.send("n").wait_for("2 of 30");
    let result = saved(&mut terminal, &home.path().join("saved.json"));
    let ids = result.as_array().expect("an array");
    assert_eq!(ids.len(), 30);
    assert!(ids.iter().all(Value::is_string), "{result}");

    // Another filter takes the body again; several results are several documents.
    filter(&mut terminal, ".data[:3][].id");
    terminal
        .wait_for("line 1 of 3 ")
        .wait_for("3 JSON documents");

    // From the result to the body, which is as it was left.
    terminal.send("<esc>").wait_for("/data/2 ");
    assert!(!terminal.screen().contains("Esc: the body"));
    filter(&mut terminal, "empty");
    terminal.wait_for("The filter gave no result.");
    terminal.send("<esc>").wait_for("/data/2 ");

    // What the data does not take is told, and what it gave before is there.
    filter(&mut terminal, ".data[0].id, .data[0].id.no");
    terminal
        .wait_for("! the filter failed")
        .wait_for("line 1 of 1");
    terminal.send("<esc>").wait_for("/data/2 ");
    terminal.send("q").wait_exit();
}

#[test]
fn a_filter_that_never_ends_is_stopped_and_keys_go_on_meanwhile() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    reading(&mut terminal);
    filter(&mut terminal, "def f: f; f");
    terminal.wait_for("jq … def f: f; f");
    terminal.send("jjjjz").wait_for("items ]");
    terminal.wait_for("Esc stops it");
    #[cfg(target_os = "linux")]
    let process = child(&terminal);
    terminal.send("<esc>").wait_for("the filter was stopped");
    #[cfg(target_os = "linux")]
    wait_for_end(&process);
    // Who leaves ends it, too.
    filter(&mut terminal, "def f: f; f");
    terminal.wait_for("jq … def f: f; f");
    #[cfg(target_os = "linux")]
    let process = child(&terminal);
    terminal.send("q").wait_exit();
    #[cfg(target_os = "linux")]
    wait_for_end(&process);
    // So does a terminal that closes.
    #[cfg(target_os = "linux")]
    {
        let mut terminal = home.terminal(&[], (120, 40));
        terminal.wait_for("200 OK").send("3");
        terminal.wait_for("[Body]").wait_for("1.0 MiB  ");
        filter(&mut terminal, "def f: f; f");
        let process = child(&terminal);
        terminal.hang_up();
        terminal.wait_exit();
        wait_for_end(&process);
    }
}
