//! `replay`: a second process sends again what a first one sent.

use serde_json::{Value, json};

use crate::bench::{NOBODY, PAYMENT, advice, history, home, pay, payments, run, text};
use crate::shape::shaped;

#[test]
fn the_same_key_finds_out_and_pays_once() {
    let home = home();
    let lost = pay(&home, &["-HSandbox-Fault: drop-after"])
        .expect_code(6)
        .json();
    let again = shaped(
        run(&home, "replay --same-key --json", &[text(&lost["id"])])
            .expect_code(0)
            .json(),
    );
    assert_eq!(
        (&again["outcome"]["status"], &again["outcome"]["replayed"]),
        (&json!(201), &json!(true))
    );
    assert_eq!(again["operation"], lost["operation"]);
    assert_eq!((&again["attempt"], &again["send"]), (&json!(1), &json!(2)));
    assert_eq!(
        again["request"]["idempotency_key"],
        lost["request"]["idempotency_key"]
    );
    assert_eq!(again["request"]["key_choice"], "same");
    assert_eq!(again["request"]["body"], PAYMENT);
    assert_eq!(advice(&again), ("safe", "acts_again"));
    let made = payments(&home);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["requestId"], lost["operation"]);
}

#[test]
fn a_new_key_asks_first_and_says_what_it_would_do() {
    let home = home();
    let paid = pay(&home, &[]).expect_code(0).json();
    let id = text(&paid["id"]);
    let refused = run(&home, "replay --new-key --json", &[id]).expect_code(3);
    let told = refused.stderr();
    assert!(
        told.contains("not sent") && told.contains("would do the action again"),
        "{refused}"
    );
    assert!(refused.stdout.is_empty(), "{refused}");
    assert_eq!(
        (payments(&home).len(), history(&home).len()),
        (1, 2),
        "nothing was sent or recorded"
    );

    let agreed = shaped(
        run(&home, "replay --new-key --yes --json", &[id])
            .expect_code(0)
            .json(),
    );
    assert_eq!(
        (&agreed["attempt"], &agreed["send"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(agreed["request"]["key_choice"], "new");
    assert_ne!(
        agreed["request"]["idempotency_key"],
        paid["request"]["idempotency_key"]
    );
    assert_eq!(agreed["outcome"]["replayed"], false);
    let operations: Vec<Value> = payments(&home)
        .iter()
        .map(|p| p["requestId"].clone())
        .collect();
    assert_eq!(
        operations,
        [paid["operation"].clone(), paid["operation"].clone()]
    );
}

#[test]
fn a_new_key_after_an_indeterminate_answer_may_act_twice() {
    let home = home();
    let lost = pay(&home, &["-HSandbox-Fault: drop-after"])
        .expect_code(6)
        .json();
    let refused = run(&home, "replay --new-key", &[text(&lost["id"])]).expect_code(3);
    assert!(refused.stderr().contains("it may act twice"), "{refused}");
    assert!(
        refused.stderr().contains("same key is the safe way"),
        "{refused}"
    );
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn a_new_key_after_a_refusal_needs_no_agreement() {
    let home = home();
    let wrong = run(&home, "send /v1/payments --json -d {}", &[])
        .expect_code(4)
        .json();
    let again = shaped(
        run(&home, "replay --new-key --json", &[text(&wrong["id"])])
            .expect_code(4)
            .json(),
    );
    assert_eq!(
        (&again["attempt"], &again["outcome"]["replayed"]),
        (&json!(2), &json!(false))
    );
    let saved = shaped(
        run(&home, "replay --same-key --json", &[text(&wrong["id"])])
            .expect_code(4)
            .json(),
    );
    assert_eq!(
        (
            &saved["attempt"],
            &saved["send"],
            &saved["outcome"]["replayed"]
        ),
        (&json!(1), &json!(2), &json!(true))
    );
}

#[test]
fn without_a_key_there_is_no_same_key_also_with_yes() {
    let home = home();
    let bare = pay(&home, &["--no-idempotency-key"]).expect_code(0).json();
    let bare = shaped(bare);
    assert_eq!(
        (&bare["advice"]["same_key"], &bare["request"]["key_choice"]),
        (&Value::Null, &json!("none"))
    );
    for words in ["replay --same-key", "replay --same-key --yes"] {
        let refused = run(&home, words, &[text(&bare["id"])]).expect_code(3);
        assert!(
            refused.stderr().contains("no idempotency key was sent"),
            "{refused}"
        );
    }
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn a_safe_method_is_replayed_with_either_word() {
    let home = home();
    let read = run(&home, "send /v1/accounts --json", &[])
        .expect_code(0)
        .json();
    for key in ["--same-key", "--new-key"] {
        let again = shaped(
            run(&home, "replay --json", &[text(&read["id"]), key])
                .expect_code(0)
                .json(),
        );
        assert_eq!(
            (&again["request"]["key_choice"], &again["operation"]),
            (&json!("none"), &read["operation"])
        );
        assert_eq!(advice(&again), ("runs", "runs"));
    }
}

#[test]
fn an_id_may_be_shortened_while_it_is_unique() {
    let home = home();
    let ids: Vec<String> = (0..40)
        .map(|_| {
            // Nobody hears these, so they take no quota.
            let failed = run(&home, "send --json", &[NOBODY]).expect_code(7).json();
            text(&failed["id"]).to_owned()
        })
        .collect();
    let alone = |id: &&String| ids.iter().filter(|other| other[..6] == id[..6]).count() == 1;
    let unique = ids
        .iter()
        .find(alone)
        .expect("six characters tell forty ids apart");
    run(&home, "replay --same-key", &[&unique[..6]]).expect_code(7);

    // 40 ids begin with at most 36 characters, so two share one.
    let shared = |id: &&String| ids.iter().filter(|other| other[..1] == id[..1]).count() > 1;
    let shared = &ids.iter().find(shared).expect("two ids with one beginning")[..1];
    for command in ["replay --same-key", "show"] {
        let refused = run(&home, command, &[shared]).expect_code(2);
        assert!(refused.stderr().contains("several ids"), "{refused}");
        let refused = run(&home, command, &["no-such-id"]).expect_code(2);
        assert!(
            refused.stderr().contains("no-such-id")
                && refused.stderr().contains("reqscope history"),
            "{refused}"
        );
        let refused = run(&home, command, &[""]).expect_code(2);
        assert!(refused.stdout.is_empty(), "{refused}");
    }
}

#[test]
fn without_json_a_replay_prints_the_body() {
    let home = home();
    let paid = pay(&home, &[]).expect_code(0).json();
    let again = run(&home, "replay --same-key", &[text(&paid["id"])]).expect_code(0);
    assert_eq!(again.json()["amount"], 100);
    assert!(again.stderr().contains("(saved answer)"), "{again}");
}
