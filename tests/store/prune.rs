//! What goes and what stays, whole operations at a time; and that a body goes with its exchange.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqscope::domain::exchange::Summary;
use reqscope::domain::prune::{Bounds, Pruned};
use reqscope::store::Store;
use reqscope::store::census::Compacted;
use reqscope::store::prune::Pruner;

use crate::fixture::{Send, intend, open, raw};

const DAY: i64 = 24 * 60 * 60;

/// Where the fixture's seconds begin.
const START: i64 = 1_767_323_045;

fn after(days: i64) -> Timestamp {
    Timestamp::from_second(START + days * DAY).expect("a time")
}

/// One that was answered on this day, with a body.
async fn answered(store: &Store, operation: &'static str, day: i64, status: u16) -> Summary {
    let send = Send {
        second: day * DAY,
        ..Send::of(operation)
    };
    let summary = intend(store, &send).await;
    let mut body = store.body_writer(&summary.id).expect("a place");
    body.append(&[b'x'; 412]).expect("written");
    body.finish().expect("on the disk");
    store
        .finish(&summary.id, send.answered(status, None))
        .await
        .expect("finished");
    summary
}

fn aged(days: u64) -> Bounds {
    Bounds {
        max_age: Some(Duration::from_secs(days * 24 * 60 * 60)),
        max_bytes: None,
    }
}

async fn prune(store: &Store, bounds: Bounds, now: Timestamp) -> Pruned {
    let pruner = Pruner::new(bounds, Duration::from_secs(3600), now, false);
    store.prune(pruner).await.expect("pruned")
}

fn operations(dir: &Path) -> Vec<String> {
    let database = raw(dir);
    let sql = "SELECT DISTINCT operation FROM exchange ORDER BY operation";
    let mut statement = database.prepare(sql).expect("prepared");
    let rows = statement.query_map([], |row| row.get(0)).expect("asked");
    rows.map(|row| row.expect("read")).collect()
}

fn bodies(dir: &Path) -> usize {
    std::fs::read_dir(dir.join("bodies"))
        .expect("listed")
        .count()
}

#[tokio::test]
async fn what_is_past_its_age_goes_as_a_whole_and_what_is_wanted_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    answered(&store, "op_old", 0, 422).await;
    answered(&store, "op_old", 0, 201).await;
    // Its last exchange is young: the verdict needs the first one.
    answered(&store, "op_tried_again", 0, 422).await;
    let pinned = answered(&store, "op_pinned", 0, 201).await;
    answered(&store, "op_pinned", 1, 201).await;
    let noted = answered(&store, "op_noted", 1, 201).await;
    answered(&store, "op_unsettled", 1, 503).await;
    let held = intend(&store, &Send::of("op_under_way")).await;
    answered(&store, "op_tried_again", 9, 201).await;
    answered(&store, "op_young", 9, 201).await;
    store.pin(&pinned.id, true, after(1)).await.expect("pinned");
    store
        .note(&noted.id, Some("asked".into()), after(1))
        .await
        .expect("noted");

    let dry = Pruner::new(aged(5), Duration::ZERO, after(10), true);
    let told = store.prune(dry).await.expect("looked");
    assert_eq!(
        (told.operations, bodies(dir.path())),
        (1, 9),
        "nothing went"
    );

    let pruned = prune(&store, aged(5), after(10)).await;
    let expected = Pruned {
        operations: 1,
        exchanges: 2,
        body_bytes: 2 * 412,
        pinned: 1,
        noted: 1,
        unsettled: 1,
        under_way: 1,
        young: 0,
    };
    assert_eq!(pruned, expected);
    assert_eq!(told, expected);
    let left = [
        "op_noted",
        "op_pinned",
        "op_tried_again",
        "op_under_way",
        "op_unsettled",
        "op_young",
    ];
    assert_eq!(operations(dir.path()), left);
    assert_eq!(bodies(dir.path()), 7);
    assert_eq!(store.tally().await.expect("read").total(), 8);
    let database = raw(dir.path());
    for table in ["request", "answer", "leftover"] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE {}",
            match table {
                "leftover" => "true",
                _ => "seq NOT IN (SELECT seq FROM exchange)",
            }
        );
        let count: i64 = database
            .query_row(&sql, [], |row| row.get(0))
            .expect("counted");
        assert_eq!(count, 0, "{table}");
    }
    let sound: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checked");
    assert_eq!(sound, "ok");
    // What is under way still ends as it would have.
    let send = Send::of("op_under_way");
    store
        .finish(&held.id, send.answered(201, None))
        .await
        .expect("finished");
}

#[tokio::test]
async fn nothing_goes_that_a_server_may_remember() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    answered(&store, "op_1", 0, 201).await;
    let now = Timestamp::from_second(START + 3600).expect("a time");
    let all = Bounds {
        max_age: Some(Duration::from_secs(1)),
        max_bytes: Some(1),
    };
    let pruned = prune(&store, all, now).await;
    assert_eq!((pruned.operations, pruned.young), (0, 1));
    let patient = Pruner::new(all, Duration::from_secs(7 * 86_400), after(6), false);
    assert_eq!(store.prune(patient).await.expect("looked").young, 1);
    let patient = Pruner::new(all, Duration::from_secs(7 * 86_400), after(8), false);
    assert_eq!(store.prune(patient).await.expect("pruned").operations, 1);
}

#[tokio::test]
async fn a_clock_that_ran_ahead_keeps_nothing_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    answered(&store, "op_ahead", 900, 201).await;
    answered(&store, "op_old", 0, 201).await;
    answered(&store, "op_young", 9, 201).await;
    // As if a thousand others had been in between.
    raw(dir.path())
        .execute_batch("UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'exchange'")
        .expect("written");
    answered(&store, "op_old_too", 1, 201).await;
    let pruned = prune(&store, aged(5), after(10)).await;
    assert_eq!((pruned.operations, pruned.exchanges), (2, 2), "{pruned:?}");
    assert_eq!(operations(dir.path()), ["op_ahead", "op_young"]);
    assert_eq!(prune(&store, aged(5), after(10)).await, Pruned::default());
}

#[tokio::test]
async fn what_a_killed_run_left_behind_goes_without_bounds_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    answered(&store, "op_1", 0, 201).await;
    store.close().await;
    std::fs::write(dir.path().join("bodies/gone1"), "x").expect("written");
    raw(dir.path())
        .execute_batch("INSERT INTO leftover (id) VALUES ('gone1'), ('gone2')")
        .expect("written");
    let _store = open(dir.path()).await;
    let left = || -> i64 {
        let sql = "SELECT count(*) FROM leftover";
        let left = raw(dir.path()).query_row(sql, [], |row| row.get(0));
        left.expect("counted")
    };
    for _ in 0..200 {
        if left() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!((left(), bodies(dir.path())), (0, 1));
}

#[tokio::test]
async fn the_oldest_go_until_the_rest_has_room() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let names: Vec<&'static str> = (0..40).map(|n| &*format!("op_{n:02}").leak()).collect();
    for name in &names {
        answered(&store, name, 0, 201).await;
    }
    let census = store.census().await.expect("counted");
    assert_eq!(census.size.bodies, 40 * 412);
    let bounds = Bounds {
        max_age: None,
        max_bytes: Some(census.size.total() * 3 / 4),
    };
    let pruned = prune(&store, bounds, after(9)).await;
    assert!((5..=15).contains(&pruned.operations), "{pruned:?}");
    let left = operations(dir.path());
    let gone = usize::try_from(pruned.operations).expect("few");
    assert_eq!(left, names[gone..], "the oldest went");
    assert_eq!(bodies(dir.path()), left.len());
}

#[tokio::test]
async fn bodies_whose_names_were_left_behind_go_at_the_next_run() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let summary = answered(&store, "op_1", 0, 201).await;
    // As a kill leaves it: the rows are gone, the file is not.
    raw(dir.path())
        .execute_batch(&format!(
            "INSERT INTO leftover VALUES ('{0}'); DELETE FROM exchange WHERE id = '{0}'",
            summary.id
        ))
        .expect("written");
    assert_eq!(bodies(dir.path()), 1);
    prune(&store, aged(5), after(1)).await;
    assert_eq!(bodies(dir.path()), 0);
}

#[tokio::test]
async fn with_bounds_set_it_goes_by_itself_while_nobody_asks() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    answered(&store, "op_1", 0, 201).await;
    store.keep(aged(1), Duration::ZERO);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while bodies(dir.path()) > 0 {
        assert!(std::time::Instant::now() < deadline, "it never went");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(operations(dir.path()).is_empty());
}

#[tokio::test]
async fn space_is_given_back_when_nobody_else_is_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, other) = (open(dir.path()).await, open(dir.path()).await);
    for _ in 0..50 {
        let send = Send {
            body: vec![b'x'; 40_000],
            ..Send::of("op_1")
        };
        let id = intend(&store, &send).await.id;
        store
            .finish(&id, send.answered(201, None))
            .await
            .expect("finished");
    }
    assert_eq!(store.compact().await.expect("asked"), Compacted::NotWorthIt);
    prune(&store, aged(1), after(5)).await;
    assert_eq!(store.compact().await.expect("asked"), Compacted::InUse);
    other.close().await;
    let Compacted::Freed(freed) = store.compact().await.expect("compacted") else {
        panic!("there was much to free");
    };
    assert!(freed > 50 * 30_000, "{freed}");
    let stray = dir.path().join("bodies").join("nobodys");
    std::fs::write(&stray, "x").expect("written");
    assert_eq!(
        store.remove_strays().await.expect("looked"),
        0,
        "it is young"
    );
    let old = std::time::SystemTime::now() - Duration::from_secs(2 * 86_400);
    let file = std::fs::File::options()
        .write(true)
        .open(&stray)
        .expect("opened");
    file.set_modified(old).expect("set back");
    assert_eq!(store.remove_strays().await.expect("looked"), 1);
    assert!(!stray.exists());
}
