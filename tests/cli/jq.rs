//! `show --jq`: a filter over a stored body, in a process that can be stopped.

use std::fs::File;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use reqscope::jq::child::FILTER;
use reqscope::jq::error::JqError;
use reqscope::jq::parent::{Jq, Limits, SUBCOMMAND};
use support::home::{Home, Output};
use tokio_util::sync::CancellationToken;

use crate::bench::{Listener, home, pay, run, text};

/// A home, and the id of an exchange that was answered with this body.
fn answered(body: &str) -> (Home, String) {
    let home = home();
    let listener = Listener::with("200 OK\r\ncontent-type: application/json", body.as_bytes());
    let sent = run(&home, "send --json", &[&listener.url]).expect_code(0);
    let id = text(&sent.json()["id"]).to_owned();
    (home, id)
}

fn filtered(home: &Home, id: &str, filter: &str) -> Output {
    run(home, "show", &[id, "--jq", filter])
}

#[test]
fn a_filter_prints_its_results_and_nothing_else() {
    let home = home();
    let sent = pay(&home, &[]).expect_code(0).json();
    let output = filtered(
        &home,
        text(&sent["id"]),
        ".amount, {currency, id: .id[:4]}, .none?",
    )
    .expect_code(0);
    assert_eq!(
        output.stdout(),
        "100\n{\n  \"currency\": \"EUR\",\n  \"id\": \"pay_\"\n}\nnull\n"
    );
    assert_eq!(output.stderr(), "");
}

#[test]
fn members_keep_their_order_and_numbers_their_digits() {
    let body = r#"{"z":12345678901234567890123,"a":1.10,"m":1e400,"b":[-0.0]}"#;
    let (home, id) = answered(body);
    let output = filtered(&home, &id, ".").expect_code(0);
    let close: String = output.stdout().split_whitespace().collect();
    assert_eq!(close, body);
}

#[test]
fn each_value_of_a_stream_is_filtered() {
    let (home, id) = answered("{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(filtered(&home, &id, ".a").expect_code(0).stdout(), "1\n2\n");
}

#[test]
fn a_filter_that_is_not_jq_is_two_and_its_place_is_marked() {
    let (home, id) = answered("{}");
    let output = filtered(&home, &id, ".a | foo | .b").expect_code(2);
    assert_eq!(output.stdout(), "");
    assert_eq!(
        output.stderr(),
        "reqscope: the filter cannot be read: there is no function 'foo' (column 6)\n  .a | foo | .b\n       ^^^\n"
    );
    let hostile = filtered(&home, &id, "\u{1b}[2J").expect_code(2);
    assert!(!hostile.stderr().contains('\u{1b}'), "{hostile}");
    // It does not come as far as the body.
    let nothing = answered("");
    filtered(&nothing.0, &nothing.1, "map(").expect_code(2);
}

#[test]
fn a_failure_is_one_and_what_came_before_is_printed() {
    let (home, id) = answered(r#"{"a":[1],"b":"\u001b[2J\u202e"}"#);
    for (filter, stdout, told) in [
        (
            ".a[], .a.x",
            "1\n",
            "the filter failed: cannot index [1] with \"x\"",
        ),
        ("1, error(.b)", "1\n", "the filter failed: ␛[2J⟨U+202E⟩"),
        (".b", "\"\\u001b[2J\\u202e\"\n", ""),
    ] {
        let output = filtered(&home, &id, filter).expect_code(i32::from(!told.is_empty()));
        assert_eq!(output.stdout(), stdout, "{output}");
        assert!(output.stderr().contains(told), "{output}");
    }
    let (home, id) = answered("<html>\n");
    let output = filtered(&home, &id, ".").expect_code(1);
    assert!(
        output.stderr().contains("the body is not JSON: "),
        "{output}"
    );
    assert!(output.stderr().contains("line 1, column 1"), "{output}");
}

#[test]
fn an_answer_without_a_body_has_no_results() {
    let (home, id) = answered("");
    let output = filtered(&home, &id, ".").expect_code(0);
    assert_eq!(output.stdout(), "");
    assert!(output.stderr().contains("no body"), "{output}");
}

#[test]
fn an_option_of_show_goes_alone_and_the_child_is_no_command_of_a_person() {
    let (home, id) = answered("{}");
    for other in ["--json", "--body"] {
        run(&home, "show", &[&id, "--jq", ".", other]).expect_code(2);
    }
    let help = run(&home, "--help", &[]).expect_code(0);
    assert!(!help.stdout().contains("jq"), "{help}");
}

/// Runs a filter over a body with these limits, the test in the parent's place.
fn limited(body: &str, filter: &str, limits: Limits) -> (Result<(), JqError>, Vec<u8>) {
    let home = home();
    let body = File::open(home.write("body", body)).expect("what was just written");
    let mut results = Vec::new();
    let jq = Jq::with(env!("CARGO_BIN_EXE_reqscope"), limits);
    let ended = block_on(jq.run(body, filter, &CancellationToken::new(), &mut results));
    (ended, results)
}

/// On more than one thread, as the program does.
fn block_on<T>(future: impl Future<Output = T> + Send) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(future)
}

/// Enough time for a slow machine: no limit of a test but the one it is about.
fn patient() -> Limits {
    Limits {
        time: Duration::from_secs(120),
        ..Limits::default()
    }
}

#[test]
fn a_filter_without_end_is_stopped() {
    let short = Limits {
        time: Duration::from_millis(200),
        ..Limits::default()
    };
    for filter in ["def f: f; f", "last(repeat(1))"] {
        let (ended, results) = limited("0", filter, short);
        assert!(
            matches!(ended, Err(JqError::Timeout(_))),
            "{filter}: {ended:?}"
        );
        assert_eq!(results, b"", "{filter}");
    }
    // One that always has more to say is stopped too, by the clock or by what it said.
    let (ended, _) = limited("0", "repeat(1)", short);
    assert!(
        matches!(ended, Err(JqError::Timeout(_) | JqError::TooLarge(_))),
        "{ended:?}"
    );
}

#[test]
fn too_many_results_are_cut() {
    let limits = Limits {
        output: 100_001,
        ..patient()
    };
    let (ended, results) = limited("0", "repeat(1)", limits);
    assert!(
        matches!(ended, Err(JqError::TooLarge(100_001))),
        "{ended:?}"
    );
    assert_eq!(results.len(), 100_001);
    assert!(results.chunks_exact(2).all(|line| line == b"1\n"));
    // As many as may be are none too many.
    let limits = Limits {
        output: 20_000,
        ..patient()
    };
    let (ended, results) = limited("0", "range(10; 20) | limit(1000; repeat(1))", limits);
    assert!(ended.is_ok(), "{ended:?}");
    assert_eq!(results.len(), 20_000);
}

#[test]
fn an_overflowing_stack_is_the_childs_alone() {
    let (ended, _) = limited("0", "def f: [f]; f", patient());
    assert!(matches!(ended, Err(JqError::Overflow)), "{ended:?}");
    let deep = "[".repeat(100_000);
    // A filter of that kind may be read to its end: it depends on how the program was compiled.
    let (ended, _) = limited("0", &deep, patient());
    let refused = matches!(ended, Err(JqError::Overflow | JqError::Syntax(_)));
    assert!(refused, "{ended:?}");
    // A body of that kind is refused by its place.
    let (ended, _) = limited(&(deep.clone() + &deep.replace('[', "]")), ".", patient());
    assert!(
        matches!(&ended, Err(JqError::Input(told)) if told.contains("10000 levels")),
        "{ended:?}"
    );
}

/// Only Linux bounds a process's memory.
#[cfg(target_os = "linux")]
#[test]
fn a_filter_that_fills_the_memory_is_stopped() {
    let limits = Limits {
        memory: 256 << 20,
        ..patient()
    };
    for filter in [
        "[range(1e12)]",
        "[limit(1e9; repeat(\"x\"))]",
        "last(range(40) as $i | .) | reduce range(40) as $i (\"x\"; . + .)",
    ] {
        let (ended, _) = limited("0", filter, limits);
        assert!(
            matches!(ended, Err(JqError::Memory(bytes)) if bytes == 256 << 20),
            "{filter}: {ended:?}"
        );
    }
}

#[test]
fn a_cancelled_filter_is_stopped() {
    let cancel = CancellationToken::new();
    let jq = Jq::with(env!("CARGO_BIN_EXE_reqscope"), patient());
    let ended = block_on(async {
        let (mut results, stop) = (Cancels(cancel.clone()), cancel);
        jq.run(Stdio::null(), "[inputs]", &stop, &mut results)
            .await
            .expect("an empty body");
        let home = home();
        let body = File::open(home.write("body", "0")).expect("what was just written");
        // The first result cancels it.
        jq.run(body, "range(100000), (def f: f; f)", &stop, &mut results)
            .await
    });
    assert!(matches!(ended, Err(JqError::Cancelled)), "{ended:?}");
}

/// Cancels when it is written to.
struct Cancels(CancellationToken);

impl Write for Cancels {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.cancel();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn results_that_nobody_takes_end_the_run() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let home = home();
    let body = File::open(home.write("body", "0")).expect("what was just written");
    let jq = Jq::with(env!("CARGO_BIN_EXE_reqscope"), patient());
    let ended = block_on(jq.run(body, "repeat(1)", &CancellationToken::new(), &mut Gone));
    assert!(matches!(ended, Err(JqError::Sink(_))), "{ended:?}");
}

#[test]
fn a_child_that_cannot_be_started_or_is_another_program_is_told() {
    let never = CancellationToken::new();
    let jq = Jq::with("/no/such/program", Limits::default());
    let ended = block_on(jq.run(Stdio::null(), ".", &never, &mut Vec::new()));
    assert!(matches!(ended, Err(JqError::Start(_))), "{ended:?}");
    let nul = block_on(jq.run(Stdio::null(), ".a\0", &never, &mut Vec::new()));
    assert!(
        matches!(&nul, Err(JqError::Syntax(error)) if error.start == 2),
        "{nul:?}"
    );
}

/// A script in the child's place tells what it was given: the filter, and of our own environment nothing.
#[cfg(unix)]
#[test]
fn the_child_has_no_environment_but_the_filter() {
    use std::os::unix::fs::PermissionsExt;

    let home = home();
    let script = home.write("child", "#!/bin/sh\n/usr/bin/env\necho \"$@\"\n");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).expect("a file of our own");
    let mut given = Vec::new();
    let jq = Jq::with(&script, Limits::default());
    block_on(jq.run(
        Stdio::null(),
        ".filter",
        &CancellationToken::new(),
        &mut given,
    ))
    .expect("a script");
    let given = String::from_utf8(given).expect("text");
    assert!(given.contains(&format!("{FILTER}=.filter\n")), "{given}");
    assert!(
        std::env::var("HOME").is_ok() && !given.contains("HOME="),
        "{given}"
    );
    assert!(!given.contains("CARGO"), "{given}");
    let arguments = given.lines().last();
    assert_eq!(arguments, Some("jq-child --memory 1073741824 --seconds 12"));
}

/// The processor's time ends a child whose parent is gone.
#[cfg(target_os = "linux")]
#[test]
fn a_child_ends_without_its_parent() {
    use std::os::unix::process::ExitStatusExt;

    let mut child = Command::new(env!("CARGO_BIN_EXE_reqscope"));
    child.args([SUBCOMMAND, "--memory", "1073741824", "--seconds", "1"]);
    child.env_clear().env(FILTER, "def f: f; 0 | f");
    let home = home();
    let body = File::open(home.write("body", "0")).expect("what was just written");
    let status = child.stdin(body).status().expect("our own program");
    // SIGXCPU, or SIGKILL a moment later.
    assert!(matches!(status.signal(), Some(24 | 9)), "{status}");
}
