//! What a person keeps, notes, counts and lets go.

use serde_json::{Value, json};
use support::home::Home;

use crate::bench::{history, home, pay, run, text};

fn id(exchange: &Value) -> String {
    text(&exchange["id"]).to_owned()
}

fn old_and_new(home: &Home) -> (String, String) {
    let old = id(&pay(home, &[]).expect_code(0).json());
    // The only way to have an old one today.
    let database = rusqlite::Connection::open(home.data_dir().join("history.db")).expect("opened");
    database
        .execute_batch(
            "DROP TRIGGER exchange_final;
             UPDATE exchange SET started_at = '2025-01-02T03:04:05.000000000Z';",
        )
        .expect("written");
    let new = id(&pay(home, &[]).expect_code(0).json());
    (old, new)
}

#[test]
fn a_pin_and_a_note_are_seen_and_taken_away() {
    let home = home();
    let id = id(&pay(&home, &[]).expect_code(0).json());
    let marks = || {
        let all = history(&home);
        (all[0]["pinned"].clone(), all[0]["note"].clone())
    };
    assert_eq!(marks(), (json!(false), Value::Null));
    run(&home, &format!("pin {}", &id[..12]), &[]).expect_code(0);
    run(&home, "note", &[&id, "the bank said: 5\u{1b}[31m days"]).expect_code(0);
    assert_eq!(marks(), (json!(true), json!("the bank said: 5 [31m days")));
    run(&home, &format!("pin {id} --off"), &[]).expect_code(0);
    run(&home, &format!("note {id} --off"), &[]).expect_code(0);
    assert_eq!(marks(), (json!(false), Value::Null));
    run(&home, "pin zzz", &[]).expect_code(2);
    run(&home, "note", &[&id, &"x".repeat(5000)]).expect_code(2);
    run(&home, &format!("note {id}"), &[]).expect_code(2);
}

#[test]
fn pruning_says_what_went_and_what_stayed() {
    let home = home();
    let (old, new) = old_and_new(&home);
    let asked = run(&home, "history prune", &[]).expect_code(2);
    assert!(asked.stderr().contains("--older-than 90d"), "{asked}");
    let dry = run(&home, "history prune --older-than 30d --dry-run", &[]).expect_code(0);
    assert!(
        dry.stdout()
            .starts_with("would go: 1 operations, 1 exchanges"),
        "{dry}"
    );
    run(&home, &format!("pin {old}"), &[]).expect_code(0);
    let kept = run(&home, "history prune --older-than 30d", &[]).expect_code(0);
    assert!(
        kept.stdout().contains("kept: 1 operations, pinned"),
        "{kept}"
    );
    run(&home, &format!("pin {old} --off"), &[]).expect_code(0);
    assert!(home.data_dir().join("bodies").join(&old).exists());
    let gone = run(&home, "history prune --older-than 30d", &[]).expect_code(0);
    assert!(
        gone.stdout().starts_with("gone: 1 operations, 1 exchanges"),
        "{gone}"
    );
    let ids: Vec<String> = history(&home).iter().map(id).collect();
    assert_eq!(ids, [new]);
    assert!(!home.data_dir().join("bodies").join(&old).exists());
}

#[test]
fn bounds_of_the_configuration_are_in_force_for_the_next_send() {
    let home = home();
    let (old, _) = old_and_new(&home);
    let config = home.write("config.toml", "[history]\nmax_age = \"30d\"\n");
    let config = config.to_str().expect("a path");
    // While it waits for its answer nobody asks the history for anything.
    let words = ["--config", config, "-H", "Sandbox-Fault: delay=1500"];
    pay(&home, &words).expect_code(0);
    assert!(history(&home).iter().all(|exchange| id(exchange) != old));
    assert_eq!(history(&home).len(), 2);
    let stats = run(&home, "history stats --json --config", &[config]);
    assert_eq!(stats.expect_code(0).json()["max_age_seconds"], 30 * 86_400);
}

#[test]
fn what_there_is_is_counted() {
    let home = home();
    pay(&home, &[]).expect_code(0);
    run(&home, "send /v1/nothing", &[]).expect_code(4);
    let stats = run(&home, "history stats --json", &[])
        .expect_code(0)
        .json();
    assert_eq!(stats["exchanges"], 2);
    assert_eq!(
        (&stats["classes"]["2xx"], &stats["classes"]["4xx"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(stats["profiles"], json!({"sandbox": 2}));
    assert!(stats["body_bytes"].as_u64() > Some(10), "{stats}");
    let told = run(&home, "history stats", &[]).expect_code(0);
    for part in [
        "exchanges   2",
        "2xx 1   4xx 1",
        "sandbox 2",
        "everything is kept",
    ] {
        assert!(told.stdout().contains(part), "{part}: {told}");
    }
    // A filter for the same words.
    run(&home, "history url:stats", &[]).expect_code(0);
}

#[test]
fn the_history_is_open_to_other_tools() {
    let home = home();
    let paid = pay(&home, &["--account", "acct_demo"])
        .expect_code(0)
        .json();
    run(&home, "note", &[&id(&paid), "for the audit"]).expect_code(0);
    let database = rusqlite::Connection::open(home.data_dir().join("history.db")).expect("opened");
    let sql = "SELECT id, at, method, url, status, outcome, operation, account, key, bytes, note FROM history";
    let row = database
        .query_row(sql, [], |row| {
            let texts: Result<Vec<String>, _> = [0, 2, 3, 5, 6, 7, 8, 10]
                .iter()
                .map(|at| row.get(*at))
                .collect();
            Ok((texts?, row.get::<_, i64>(4)?, row.get::<_, i64>(9)?))
        })
        .expect("a row");
    let request = &paid["request"];
    let expected = [
        text(&paid["id"]),
        "POST",
        text(&request["url"]),
        "success",
        text(&paid["operation"]),
        "acct_demo",
        text(&request["idempotency_key"]),
        "for the audit",
    ];
    assert_eq!(row.0, expected);
    assert_eq!(
        (row.1, Some(row.2 as u64)),
        (201, paid["outcome"]["body_bytes"].as_u64())
    );
}

#[test]
fn a_damaged_history_is_recovered_and_that_is_said_once() {
    let home = home();
    let paid = id(&pay(&home, &[]).expect_code(0).json());
    let database = home.data_dir().join("history.db");
    // All of it into the one file: what its log holds would mend it.
    let open = rusqlite::Connection::open(&database).expect("opened");
    open.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .expect("moved");
    drop(open);
    let mut bytes = std::fs::read(&database).expect("read");
    bytes[100..].fill(0xab);
    std::fs::write(&database, &bytes).expect("written");
    let listed = run(&home, "history", &[]).expect_code(0);
    let said = listed.stderr();
    assert!(
        said.contains("was damaged: 0 exchanges were recovered"),
        "{listed}"
    );
    assert!(said.contains("history.db.damaged-"), "{listed}");
    assert_eq!(run(&home, "history", &[]).expect_code(0).stderr(), "");
    assert!(
        home.data_dir().join("bodies").join(paid).exists(),
        "bodies stay"
    );
}
