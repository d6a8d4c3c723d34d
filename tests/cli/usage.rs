//! Mistakes in what was typed or set up: the exit status, and words that name the place and the next step.

use crate::bench::{NOBODY, home, pay, run};

/// Each is a mistake on the command line: exit status 2, nothing on standard output, and these words.
#[test]
fn a_mistake_on_the_command_line_is_two() {
    let home = home();
    for (words, told) in [
        (
            &["send", "Get", "/v1/accounts"][..],
            &["'Get'", "write GET"][..],
        ),
        (&["send", "G ET", "/v1/accounts"], &["'G ET'", "' '", "GET"]),
        (&["send", "", "/v1/accounts"], &["method is empty", "GET"]),
        (
            &["send", "/v1/accounts", "-H", "no colon"],
            &["'no colon'", "-H 'Name: value'"],
        ),
        (
            &["send", "/v1/accounts", "-H", "bad name: x"],
            &["'bad name'", "RFC 9110"],
        ),
        (
            &["send", "/v1/accounts", "-H", ": x"],
            &["no name", "Name: value"],
        ),
        (
            &["send", "/v1/accounts", "-H", "X-A: a\u{1b}[2J"],
            &["'X-A'", "control character", "take it out"],
        ),
        (
            &["send", "/v1/accounts", "-q", "novalue"],
            &["'novalue'", "-q name=value"],
        ),
        (
            &["send", "example.com/v1"],
            &["'example.com/v1'", "/v1/payments", "https://"],
        ),
        (
            &["send", "//example.com/v1"],
            &["//example.com/v1", "https://"],
        ),
        (&["send", "http://"], &["'http://'"]),
        (&["send", "http://127.0.0.1:99999/"], &["99999"]),
        (&["send", "ftp://127.0.0.1/"], &["ftp", "http or https"]),
        (
            &["send", "http://user:pass@127.0.0.1:1/"],
            &["user name or password", "-H 'Authorization"],
        ),
        (
            &["send", "/v1/payments", "-d", "@no/such/file"],
            &["'no/such/file'", "cannot be read"],
        ),
        (
            &["send", "/v1/payments", "--profile", "nope"],
            &["\"nope\"", "sandbox", "[profile.nope]", "config.toml"],
        ),
        (
            &["history", "--profile", "nope", "--frobnicate"],
            &["--frobnicate"],
        ),
        (
            &[
                "send",
                "/v1",
                "--idempotency-key",
                "k",
                "--no-idempotency-key",
            ],
            &["--idempotency-key", "cannot be used with"],
        ),
        (
            &["send", "/v1/payments", "-d{}", "--idempotency-key", "a\nb"],
            &["idempotency key cannot be used"],
        ),
        (
            &["send", "/v1/payments", "-d{}", "--idempotency-key", ""],
            &["idempotency key cannot be used"],
        ),
        (
            &["send", "/v1", "--timeout", "soon"],
            &["--timeout", "'soon'", "seconds"],
        ),
        (
            &["send", "/v1", "--timeout", "0"],
            &["--timeout", "above zero"],
        ),
        (
            &["send", "/v1", "--base-url", "nowhere"],
            &["--base-url 'nowhere'", "http://host:port"],
        ),
        (
            &["send", "/v1", "--base-url", "ftp://h"],
            &["--base-url", "http or https"],
        ),
        (
            &["send", "/v1", "--base-url", "http://u:p@h"],
            &["--base-url", "REQSCOPE_API_KEY"],
        ),
        (
            &["send", "/v1", "--base-url", "http://h/?a=b"],
            &["--base-url", "query"],
        ),
        (&["send"], &["URL|PATH"]),
        (&["send", "GET", "/v1", "more"], &["more"]),
        (&["replay", "abc"], &["--same-key", "--new-key"]),
        (
            &["replay", "abc", "--same-key", "--new-key"],
            &["--same-key", "--new-key"],
        ),
        (
            &["replay", "abc", "--same-key", "--secret", "cookie=x"],
            &["LOCATION=env:VARIABLE"],
        ),
        (
            &[
                "replay",
                "abc",
                "--same-key",
                "--secret",
                "header:cookie=env:NOT_SET",
            ],
            &["NOT_SET", "not set"],
        ),
        (
            &[
                "replay",
                "abc",
                "--same-key",
                "--secret",
                "header:cookie=@no/file",
            ],
            &["no/file", "cannot be read"],
        ),
        (&["history", "frob:x"], &["'frob:'", "status:", "method:"]),
        (
            &["history", "status:9000000"],
            &["status:9000000", "column 8", "status:422"],
        ),
        (
            &["history", "-method:GE T", "x"],
            &[
                "  -method:\"GE T\" x\n          ^^^^^^\n",
                "column 9",
                "method:POST",
            ],
        ),
        (
            &["history", "x", "or"],
            &["  x or\n    ^^\n", "behind 'or'", "quotes"],
        ),
        (&["history", "(x", "y"], &["'(' is not closed"]),
        (&["history", "@late"], &["no filter is saved", "[filters]"]),
        (&["history", "since:never"], &["moment", "2026-01-02"]),
        (&["history", "is:well"], &["column 4", "is:replayed"]),
        (&["history", "--limit", "x"], &["--limit"]),
        (&["show", "abc"], &["'abc'", "reqscope history"]),
        (
            &["sandbox", "--quota", "many"],
            &["--quota", "`many`", "60/60s"],
        ),
        (&["sandbox", "--listen", "here"], &["--listen"]),
        (&["frobnicate"], &["frobnicate"]),
    ] {
        let output = home.reqscope(words).expect_code(2);
        for word in told {
            assert!(
                output.stderr().contains(word),
                "{word} is not in:\n{output}"
            );
        }
        assert!(output.stdout.is_empty(), "{output}");
    }
    assert!(
        run(&home, "history", &[]).expect_code(0).stdout.is_empty(),
        "nothing of this was sent"
    );
}

#[test]
fn help_and_version_are_no_mistakes() {
    let home = home();
    for words in [
        &["--help"][..],
        &["--version"],
        &["send", "--help"],
        &["help", "replay"],
    ] {
        let output = home.reqscope(words).expect_code(0);
        assert!(
            !output.stdout.is_empty() && output.stderr.is_empty(),
            "{output}"
        );
    }
}

/// A configuration is a file of ours, not a word of the command line: what is wrong in it is 1.
#[test]
fn a_mistake_in_the_configuration_names_its_line() {
    let home = home();
    for (text, told) in [
        ("[profile.live\n", &["config.toml:1:"][..]),
        (
            "[profile.live]\n\nbase_ulr = \"https://a\"\n",
            &["config.toml:3:1", "base_ulr", "base_url"],
        ),
        (
            "[profile.live]\nretention = \"soon\"\n",
            &["config.toml:2:", "retention"],
        ),
        (
            "default_profile = \"live\"\n",
            &["config.toml:1:", "live", "[profile.live]"],
        ),
    ] {
        let file = home.write("config.toml", text);
        let output = run(
            &home,
            "send /v1/accounts --config",
            &[file.to_str().expect("a path")],
        )
        .expect_code(1);
        for word in told {
            assert!(
                output.stderr().contains(word),
                "{word} is not in:\n{output}"
            );
        }
    }
    let output = run(&home, "history --config no/config.toml", &[]).expect_code(1);
    assert!(
        output.stderr().contains("no/config.toml") && output.stderr().contains("--config"),
        "{output}"
    );
}

#[test]
fn a_profile_without_an_address_needs_one() {
    let home = home();
    let file = home.write("config.toml", "[profile.live]\n");
    let config = file.to_str().expect("a path");
    let output = run(&home, "send /v1/x --profile live --config", &[config]).expect_code(2);
    assert!(output.stderr().contains("--base-url"), "{output}");
    run(
        &home,
        "send /v1/x --profile live --config",
        &[config, "--base-url", NOBODY],
    )
    .expect_code(7);
}

#[test]
fn a_data_directory_that_is_none_is_named() {
    let home = home();
    let file = home.write("a-file", "");
    let path = file.to_str().expect("a path");
    for command in [
        "history",
        "send /v1/accounts",
        "show abc",
        "replay abc --same-key",
    ] {
        let output = run(&home, command, &["--data-dir", path]).expect_code(1);
        assert!(
            output.stderr().contains(path) && output.stderr().contains("--data-dir"),
            "{output}"
        );
    }
}

#[test]
fn a_newer_history_is_left_as_it_is() {
    let home = home();
    pay(&home, &[]).expect_code(0);
    let file = home.data_dir().join("history.db");
    let set = rusqlite::Connection::open(&file)
        .and_then(|db| db.pragma_update(None, "user_version", 9999));
    set.expect("a version of the future");
    for command in ["history", "send /v1/accounts"] {
        let output = run(&home, command, &[]).expect_code(1);
        assert!(
            output.stderr().contains("9999") && output.stderr().contains("newer reqscope"),
            "{output}"
        );
    }
    let found = rusqlite::Connection::open(&file).and_then(|db| {
        db.query_row("SELECT count(*) FROM exchange", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    assert_eq!(found.expect("the history"), 1);
}

#[test]
fn a_key_from_the_environment_that_is_none_is_named() {
    let mut home = home();
    home.set("REQSCOPE_API_KEY", "sk_with\nnewline");
    let output = run(&home, "send /v1/accounts", &[]).expect_code(1);
    assert!(
        output.stderr().contains("REQSCOPE_API_KEY") && !output.stderr().contains("sk_with"),
        "{output}"
    );
}
