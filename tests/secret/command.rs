//! The session on the command line: sent in every place, answered in every spelling, replayed, listed, shown, compared.

use support::home::{Home, Output};

use crate::echo;
use crate::plant::{self, CARD, COOKIE, CREDENTIAL, FIELD, FORM, HEADER, OWN, PIN, QUERY};

/// A home whose profile has one secret field of its own, and which keeps temporary files to itself.
pub fn home(base: &str) -> Home {
    let mut home = Home::new(env!("CARGO_BIN_EXE_reqscope"));
    let temporary = home.path().join("tmp");
    std::fs::create_dir_all(&temporary).expect("a directory of our own");
    home.set("TMPDIR", &temporary)
        .set("TMP", &temporary)
        .set("TEMP", &temporary);
    let profile = format!(
        "[profile.echo]\nbase_url = \"{base}\"\nsecret_fields = [\"iban\"]\napi_key = {{ env = \"ECHO_KEY\" }}\n\
         [profile.sandbox]\nsecret_fields = [\"iban\"]\n"
    );
    home.write("config/reqscope/config.toml", profile);
    home.set("ECHO_KEY", CREDENTIAL);
    home
}

/// A card payment with secrets in its body, each long enough to be known again by value.
pub fn payment(amount: i64) -> String {
    format!(
        r#"{{"amount":{amount},"currency":"EUR","account":"acct_demo","card":{{"number":"{CARD}"}},"password":"{}","iban":"{OWN}"}}"#,
        plant::json(FIELD)
    )
}

/// Runs it, whatever it exits with.
fn run(home: &Home, words: &[&str], outputs: &mut Vec<Output>) -> String {
    let output = home.reqscope(words);
    let read: Result<serde_json::Value, _> = serde_json::from_slice(&output.stdout);
    let id = read
        .ok()
        .and_then(|value| Some(value["id"].as_str()?.to_owned()));
    outputs.push(output);
    id.unwrap_or_default()
}

#[test]
fn a_session_on_the_command_line_leaves_no_secret() {
    let base = echo::serve();
    let home = home(&base);
    let mut outputs = Vec::new();
    let (cookie, header) = (
        format!("Cookie: sid={COOKIE}; a=1"),
        format!("X-Api-Key: {HEADER}"),
    );
    let (body, form) = (
        payment(7),
        format!("client_secret={}&x=1", plant::form(FORM)),
    );
    let form_head = "Content-Type: application/x-www-form-urlencoded";
    let query = format!("api_key={QUERY}");
    let mut ids = Vec::new();
    for path in ["json", "text", "html", "form", "broken", "page", "drop"] {
        let target = format!("/v1/{path}");
        let words = [
            "--profile",
            "echo",
            "send",
            "POST",
            &target,
            "--json",
            "-H",
            &cookie,
            "-H",
            &header,
            "-q",
            &query,
        ];
        for more in [&["-d", body.as_str()][..], &["-d", &form, "-H", form_head]] {
            ids.push(run(&home, &[&words[..], more].concat(), &mut outputs));
        }
        run(
            &home,
            &[
                &[
                    "--profile",
                    "echo",
                    "send",
                    "POST",
                    &target,
                    "-H",
                    &cookie,
                    "-q",
                    &query,
                    "-d",
                ][..],
                &[&body],
            ]
            .concat(),
            &mut outputs,
        );
    }
    assert!(ids.iter().all(|id| !id.is_empty()), "{ids:?}");
    // The same with the sandbox inside: paid, refused, and its state written.
    for (amount, code) in [(7, 0), (-5, 4)] {
        let body = payment(amount);
        ids.push(run(
            &home,
            &["send", "/v1/payments", "--json", "-d", &body, "-q", &query],
            &mut outputs,
        ));
        assert_eq!(
            outputs.last().and_then(|output| output.code),
            Some(code),
            "{}",
            outputs[outputs.len() - 1]
        );
    }
    for id in &ids {
        run(
            &home,
            &["replay", id, "--same-key", "--yes", "--json"],
            &mut outputs,
        );
        run(&home, &["replay", id, "--new-key", "--yes"], &mut outputs);
        run(&home, &["show", id, "--json"], &mut outputs);
        run(&home, &["show", id, "--body"], &mut outputs);
        run(&home, &["show", id], &mut outputs);
        run(&home, &["diff", &ids[0], id], &mut outputs);
    }
    run(&home, &["history", "--json"], &mut outputs);
    run(&home, &["history"], &mut outputs);

    let echoed = outputs[0].json();
    let redacted = echoed["outcome"]["body_redacted"].as_u64().unwrap_or(0);
    assert!(redacted > 100, "{redacted}: the echoes were not there");
    let headers = echoed["outcome"]["headers"].as_array();
    assert!(headers.map_or(0, Vec::len) > 20, "{echoed}");
    let errors = echoed["outcome"]["errors"].as_array().map_or(0, Vec::len);
    assert!(errors > 20, "{errors}: what rests is read as before");
    plant::search(&home, &outputs);
}

#[test]
fn what_is_no_secret_stays_in_sight() {
    let base = echo::serve();
    let home = home(&base);
    // Too short to be known by value: it is cut where it stands, and nowhere else.
    let with_pin = payment(1234567).replacen('{', &format!(r#"{{"pin":"{PIN}","#), 1);
    let words = [
        "--profile",
        "echo",
        "send",
        "POST",
        "/v1/page",
        "--json",
        "-d",
    ];
    let sent = home
        .reqscope(&[&words[..], &[&with_pin]].concat())
        .expect_code(0);
    let exchange = sent.json();
    let id = exchange["id"].as_str().expect("an id");
    let shown = home.reqscope(&["show", id, "--body"]).expect_code(0);
    let expected = r#"{"pin":"[redacted]","amount":1234567,"currency":"EUR","account":"acct_demo","card":{"number":"[redacted]"},"password":"[redacted]","iban":"[redacted]"}"#;
    assert_eq!(shown.stdout(), expected);
    assert_eq!(exchange["outcome"]["body_redacted"], 4);
    assert_eq!(exchange["request"]["body"], expected, "{sent}");
}
