//! `reqscope diff`: what differs, how it is told, and by which exit status.

use serde_json::{Value, json};
use support::home::{Home, Output};

use crate::bench::{Listener, PAYMENT, home, pay, run, text};

/// A send of this body; its id.
fn sent(home: &Home, body: &str, more: &[&str]) -> String {
    let words = [&["send", "/v1/payments", "--json", "-d", body], more].concat();
    text(&home.reqscope(&words).json()["id"]).to_owned()
}

fn diff(home: &Home, one: &str, other: &str, more: &[&str]) -> Output {
    home.reqscope(&[&["diff", one, other], more].concat())
}

/// The rows of a part of a comparison's JSON.
fn rows<'a>(comparison: &'a Value, part: &str) -> &'a Vec<Value> {
    let mut sections = comparison["sections"].as_array().expect("sections").iter();
    let section = sections.find(|section| section["part"] == part);
    section.expect("each part is there")["rows"]
        .as_array()
        .expect("rows")
}

#[test]
fn an_exchange_is_the_same_as_itself_and_as_its_saved_answer() {
    let home = home();
    let first = sent(&home, PAYMENT, &[]);
    let itself = diff(&home, &first, &first, &[]).expect_code(0);
    assert!(
        itself
            .stdout()
            .contains("one exchange, compared with itself"),
        "{}",
        itself.stdout()
    );
    assert!(
        itself.stdout().ends_with("the same\n"),
        "{}",
        itself.stdout()
    );
    let again = run(&home, "replay --same-key --json", &[&first])
        .expect_code(0)
        .json();
    let again = text(&again["id"]).to_owned();
    // In other processes: the sandbox has another port by then, and is the same server.
    let told = diff(&home, &first[..first.len() - 1], &again, &[]).expect_code(0);
    for part in [
        "sends 1 and 2 of attempt 1 of operation op_",
        "· exchange",
        "· Idempotent-Replayed",
        "same: request, query, request headers, request body, response body",
    ] {
        assert!(
            told.stdout().to_lowercase().contains(&part.to_lowercase()),
            "{part}: {}",
            told.stdout()
        );
    }
    assert!(
        told.stdout().contains("(--all counts that too)"),
        "{}",
        told.stdout()
    );
    diff(&home, &first, &again, &["--all"]).expect_code(1);
}

#[test]
fn what_was_corrected_is_told_field_by_field() {
    let home = home();
    let wrong = r#"{"amount":-5,"items":[{"price":1},{"price":2}],"note":"a red house","account":"acct_demo"}"#;
    let right = r#"{"account":"acct_demo","note":"a green house","items":[{"price":2},{"price":1}],"amount":5,"currency":"EUR"}"#;
    let (one, other) = (sent(&home, wrong, &[]), sent(&home, right, &[]));
    let told = diff(&home, &one, &other, &[]).expect_code(1).stdout();
    for line in [
        "@@ Request body: JSON, 4 differences @@",
        "- /amount  -5",
        "+ /amount  5",
        "> /items/0  from /items/1  {\"price\":2}",
        "- /note  \"a red house\"",
        "+ /currency  \"EUR\"",
        "- status  422",
        "+ status  201",
    ] {
        assert!(told.lines().any(|there| there == line), "{line}\n{told}");
    }
    assert!(told.contains("\ndifferent: 4 in request body, "), "{told}");
    assert!(!told.contains('\x1b'));
    let coloured = diff(&home, &one, &other, &["--color", "always"])
        .expect_code(1)
        .stdout();
    assert!(coloured.contains("\x1b[31m- /amount"), "{coloured}");
    assert!(coloured.contains("\x1b[1;7;31mred\x1b[0m"), "{coloured}");

    let json = diff(&home, &one, &other, &["--json"]).expect_code(1).json();
    assert_eq!(
        (&json["same"], &json["relation"]),
        (&json!(false), &json!("operations"))
    );
    let amount = json!({"kind":"changed","name":"/amount","from":null,"left":-5,"right":5,"counts":true,"note":null});
    assert_eq!(rows(&json, "request_body")[0], amount);
    let back = diff(&home, &other, &one, &["--json"]).expect_code(1).json();
    let kinds = |json: &Value, kind: &str| {
        rows(json, "request_body")
            .iter()
            .filter(|row| row["kind"] == kind)
            .count()
    };
    assert_eq!((kinds(&json, "added"), kinds(&back, "removed")), (1, 1));
    assert_eq!((kinds(&json, "moved"), kinds(&back, "moved")), (1, 1));
    let total = rows(&json, "timing")
        .iter()
        .find(|row| row["name"] == "total")
        .expect("a total");
    assert_eq!(total["counts"], false);
    assert!(text(&total["note"]).ends_with(" ms"), "{total}");
}

#[test]
fn members_in_another_order_are_no_difference_but_told() {
    let home = home();
    let (one, other) = (
        r#"{"q":1,"b":{"x":1,"y":2}}"#,
        r#"{"b":{"y":2.0,"x":1},"q":1}"#,
    );
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let server = Listener::answering(answer);
    let send = |body: &str| sent(&home, body, &["--base-url", &server.url]);
    let (one, other) = (send(one), send(other));
    let told = diff(&home, &one, &other, &[]).expect_code(0).stdout();
    assert!(
        told.contains("an idempotency layer that compares bytes"),
        "{told}"
    );
}

#[test]
fn what_a_server_says_reaches_a_terminal_as_text() {
    let home = home();
    let answer = |body: &str| {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    };
    let one = Listener::answering(answer("alpha\nsame \u{202e}\x1b[2J one\nlast"));
    let other = Listener::answering(answer("alpha\nsame \u{202e}\x1b[2J two\nlast"));
    let one = sent(&home, "{}", &["--base-url", &one.url]);
    let other = sent(&home, "{}", &["--base-url", &other.url]);
    for more in [&[][..], &["--json"]] {
        let told = diff(&home, &one, &other, more).expect_code(1).stdout();
        assert!(!told.contains(['\x1b', '\u{202e}']), "{told}");
        assert!(
            told.contains("one") && told.contains("two") && !told.contains("alpha"),
            "{told}"
        );
    }
}

#[test]
fn a_wrong_id_is_wrong_usage() {
    let home = home();
    let exchange = pay(&home, &[]).expect_code(0).json();
    let id = text(&exchange["id"]);
    diff(&home, id, "nonsense", &[]).expect_code(2);
    diff(&home, "nonsense", id, &[]).expect_code(2);
    home.reqscope(&["diff", id]).expect_code(2);
    home.reqscope(&["diff", id, id, id]).expect_code(2);
}
