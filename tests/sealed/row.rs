//! The rows themselves: changed, of another installation, of before.

use rusqlite::Connection;
use support::home::Home;

use crate::relay::Relay;
use crate::{NUMBER, PAYMENT, home, id, payments, run};

fn database(home: &Home) -> Connection {
    let files = crate::files(&home.data_dir());
    let is_database = |file: &&std::path::PathBuf| {
        std::fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3"))
    };
    let file = files.iter().find(is_database).expect("the history");
    Connection::open(file).expect("it can be opened")
}

fn pay(home: &Home, relay: &Relay) -> String {
    let words = ["-HCookie: session=planted77", "-d", PAYMENT];
    let paid = run(home, relay, "send /v1/payments --json", &words)
        .expect_code(0)
        .json();
    id(&paid).to_owned()
}

#[test]
fn a_row_that_was_changed_is_refused() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let paid = pay(&home, &relay);
    for (what, change, back) in [
        (
            "the body",
            "UPDATE request SET body = CAST(replace(CAST(body AS TEXT), '\"amount\": 7', '\"amount\": 8') AS BLOB)",
            "UPDATE request SET body = CAST(replace(CAST(body AS TEXT), '\"amount\": 8', '\"amount\": 7') AS BLOB)",
        ),
        (
            "what is sealed",
            "UPDATE request SET slots = replace(slots, '\"sealed\":\"', '\"sealed\":\"AAAA')",
            "UPDATE request SET slots = replace(slots, '\"sealed\":\"AAAA', '\"sealed\":\"')",
        ),
        (
            "a fingerprint",
            "UPDATE request SET slots = json_set(slots, '$[2].mac', json_extract(slots, '$[3].mac'), '$[3].mac', json_extract(slots, '$[2].mac'))",
            "UPDATE request SET slots = json_set(slots, '$[2].mac', json_extract(slots, '$[3].mac'), '$[3].mac', json_extract(slots, '$[2].mac'))",
        ),
    ] {
        assert!(
            database(&home).execute(change, []).expect(what) > 0,
            "{what}"
        );
        let refused = run(&home, &relay, "replay --same-key --yes", &[&paid]).expect_code(3);
        assert!(
            refused.stderr().contains("was changed"),
            "{what}: {refused}"
        );
        database(&home).execute(back, []).expect(what);
        run(&home, &relay, "replay --same-key --yes", &[&paid]).expect_code(0);
    }
    let posts = relay.posts();
    assert_eq!(
        posts.len(),
        4,
        "the first, and one for each that was mended"
    );
    assert!(posts.iter().all(|post| *post == posts[0]));
    assert_eq!(payments(&home, &relay), 1);
}

#[test]
fn the_history_of_another_installation_is_refused_with_a_sentence() {
    let mut home = home("sealed");
    let relay = Relay::start(&home);
    let paid = pay(&home, &relay);
    let key = crate::files(home.path());
    let key = key
        .iter()
        .find(|file| file.ends_with("install.key"))
        .expect("the key");
    std::fs::write(key, [7; 32]).expect("our own file");
    let refused = run(&home, &relay, "replay --same-key --yes", &[&paid]).expect_code(3);
    assert!(
        refused.stderr().contains("another installation"),
        "{refused}"
    );
    home.set("NUMBER", r"\u0034242424242424242");
    let words = [paid.as_str(), "--secret", "/card/number=env:NUMBER"];
    run(&home, &relay, "replay --same-key --yes", &words).expect_code(3);
    assert_eq!(relay.posts().len(), 1);
    // What needs nothing of that key goes as before.
    let read = run(&home, &relay, "send /v1/accounts --json", &[])
        .expect_code(0)
        .json();
    std::fs::write(key, [8; 32]).expect("our own file");
    run(&home, &relay, "replay --same-key", &[id(&read)]).expect_code(0);
}

#[test]
fn without_a_place_for_a_key_nothing_is_sealed() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    // The key never lies with the history: where both are one place there is none.
    let data = home.path().join("config/reqscope");
    let data = data.to_str().expect("a path");
    let words = ["--data-dir", data, "-d", PAYMENT];
    let paid = run(&home, &relay, "send /v1/payments --json", &words).expect_code(0);
    assert!(paid.stderr().contains("key could not be kept"), "{paid}");
    let paid = paid.json();
    let refused = run(
        &home,
        &relay,
        "replay --same-key --data-dir",
        &[data, id(&paid)],
    )
    .expect_code(3);
    assert!(
        refused.stderr().contains("/card/number was not kept")
            || refused.stderr().contains("/card/number"),
        "{refused}"
    );
    for file in crate::files(home.path()) {
        let bytes = std::fs::read(&file).expect("a file");
        for part in [NUMBER, "u0034242", "\"sealed\":\""] {
            assert_eq!(
                memchr::memmem::find(&bytes, part.as_bytes()),
                None,
                "{part}: {}",
                file.display()
            );
        }
    }
}

#[test]
fn a_row_of_before_is_replayed() {
    let mut home = home("sealed");
    let relay = Relay::start(&home);
    let words = [
        "-HCookie: session=planted77",
        "-d",
        "{\"amount\":7,\"currency\":\"EUR\",\"account\":\"acct_demo\"}",
    ];
    let paid = run(&home, &relay, "send /v1/payments --json", &words)
        .expect_code(0)
        .json();
    let before = r#"[{"header":"Cookie","nth":0,"source":"given"},{"header":"Authorization","nth":0,"source":"credential"}]"#;
    let change = "UPDATE request SET slots = ?1";
    assert_eq!(
        database(&home)
            .execute(change, [before])
            .expect("an update"),
        1
    );
    let refused = run(&home, &relay, "replay --same-key", &[id(&paid)]).expect_code(3);
    assert!(
        refused
            .stderr()
            .to_lowercase()
            .contains("--secret header:cookie=env:name"),
        "{refused}"
    );
    home.set("SESSION", "session=planted77");
    let words = ["--secret", "header:cookie=env:SESSION", id(&paid)];
    run(&home, &relay, "replay --same-key", &words).expect_code(0);
    let posts = relay.posts();
    assert_eq!((posts.len(), &posts[0]), (2, &posts[1]));
    assert_eq!(payments(&home, &relay), 1);
}
