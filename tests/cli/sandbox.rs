//! `reqscope sandbox` as a process: its one line, its log, its end, its seed and its state.

#[cfg(unix)]
use std::io::{BufRead, BufReader, Read};
#[cfg(unix)]
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::bench::{Sandbox, home, payments, run, text};

/// A sandbox whose standard streams are the test's own.
#[cfg(unix)]
fn bare(words: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_reqscope"))
        .arg("sandbox")
        .args(words)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("a pipe was asked for");
    BufReader::with_capacity(1, stdout)
        .read_line(&mut line)
        .expect("a line");
    let url = line
        .trim_end()
        .strip_prefix("listening on ")
        .expect("where it listens")
        .to_owned();
    (child, url)
}

/// What it wrote after its line, and its exit status, once this signal has ended it.
#[cfg(unix)]
fn ended(mut child: Child, signal: &str) -> (String, String, Option<i32>) {
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(killed.expect("kill").success());
    let status = child.wait().expect("its end");
    let (mut out, mut err) = (String::new(), String::new());
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_to_string(&mut out)
        .expect("text");
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut err)
        .expect("text");
    (out, err, status.code())
}

#[cfg(unix)]
#[test]
fn one_line_then_a_log_and_an_end_when_told() {
    let home = home();
    for signal in ["-INT", "-TERM"] {
        let (child, url) = bare(&[]);
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        run(
            &home,
            "send --base-url",
            &[
                &url,
                "/v1/payments?token=secret-query",
                "-d",
                "{\"secret-body\":1}",
                "--idempotency-key",
                "secret-key",
            ],
        )
        .expect_code(4);
        run(&home, "send --base-url", &[&url, "/v1/boxes/box_demo"]).expect_code(0);
        let (out, log, code) = ended(child, signal);
        assert_eq!((out.as_str(), code), ("", Some(0)), "{signal}: {log}");
        let lines: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("sandbox"))
            .collect();
        assert_eq!(lines.len(), 2, "{log}");
        assert!(
            lines[0].contains("INFO")
                && lines[0].contains("method=POST path=\"/v1/payments\" status=422"),
            "{log}"
        );
        assert!(
            lines[1].contains("method=GET path=\"/v1/boxes/box_demo\" status=200"),
            "{log}"
        );
        assert!(
            !log.contains("secret") && !log.contains("sk_sandbox_demo") && !log.contains('\u{1b}'),
            "{log}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_signal_right_after_the_line_is_heeded() {
    for _ in 0..5 {
        let (child, _) = bare(&[]);
        let (_, log, code) = ended(child, "-TERM");
        assert_eq!(code, Some(0), "{log}");
    }
}

#[test]
fn a_seed_repeats_its_ids() {
    let home = home();
    let ids = |seed: &str| -> Vec<Value> {
        let sandbox = Sandbox::start(&home, &["--seed", seed]);
        let sent =
            [sandbox.pay(&home, &[]), sandbox.pay(&home, &[])].map(|o| o.expect_code(0).json());
        let server_ids = sent.map(|exchange| exchange["outcome"]["server_request_id"].clone());
        let made = sandbox
            .payments(&home)
            .into_iter()
            .map(|payment| payment["id"].clone());
        server_ids.into_iter().chain(made).collect()
    };
    let first = ids("7");
    assert_eq!(first.len(), 4);
    assert_eq!(ids("7"), first);
    assert_ne!(ids("8"), first);
}

#[test]
fn a_state_file_outlives_its_process() {
    let home = home();
    let state = home.path().join("state.json");
    let state = ["--state", state.to_str().expect("a path")];
    let key = ["--idempotency-key", "key-1"];
    let mut sandbox = Sandbox::start(&home, &state);
    sandbox.pay(&home, &key).expect_code(0);
    let made = sandbox.payments(&home);
    sandbox.running.kill();
    sandbox.running.wait_exit();

    let sandbox = Sandbox::start(&home, &state);
    assert_eq!(sandbox.payments(&home), made);
    // The other process's port is another origin, so this is asked first.
    let again = sandbox.pay(&home, &key).expect_code(0).json();
    assert_eq!(again["outcome"]["replayed"], true);
    let apart = Sandbox::start(&home, &[]);
    assert_eq!(
        apart.payments(&home),
        Vec::<Value>::new(),
        "its state is in memory"
    );
}

#[test]
fn the_one_inside_the_program_keeps_its_state_beside_the_history() {
    let home = home();
    let activate = "send POST /v1/boxes/box_demo/activate --json";
    run(&home, activate, &[]).expect_code(0);
    let second = run(&home, activate, &[]).expect_code(4).json();
    assert_eq!(second["outcome"]["status"], 409);
    assert_eq!(second["quota"]["remaining"], 58, "the quota is kept too");
    let apart = home.path().join("apart");
    run(
        &home,
        activate,
        &["--data-dir", apart.to_str().expect("a path")],
    )
    .expect_code(0);
    assert_eq!(payments(&home), Vec::<Value>::new());
}

#[test]
fn what_cannot_be_started_says_why() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let address = sandbox.url.strip_prefix("http://").expect("its address");
    let taken = run(&home, "sandbox --listen", &[address]).expect_code(1);
    assert!(
        taken.stderr().contains(address) && taken.stderr().contains("port 0"),
        "{taken}"
    );
    assert!(taken.stdout.is_empty(), "{taken}");
    let state = home.write("state.json", "{");
    let state = state.to_str().expect("a path");
    let damaged = run(&home, "sandbox --state", &[state]).expect_code(1);
    assert!(
        damaged.stderr().contains(state) && damaged.stdout.is_empty(),
        "{damaged}"
    );
}

#[test]
fn what_one_operation_made_is_found_by_its_id() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let paid = sandbox
        .pay(&home, &["--account", "acct_demo"])
        .expect_code(0)
        .json();
    sandbox.pay(&home, &[]).expect_code(0);
    let operation = text(&paid["operation"]);
    let found = sandbox
        .run(
            &home,
            "send /v1/payments -q",
            &[&format!("requestId={operation}")],
        )
        .expect_code(0)
        .json();
    let found = found["data"].as_array().expect("a list");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["requestId"], &found[0]["accountId"]),
        (&paid["operation"], &json!("acct_demo"))
    );
}
