//! Opening: the first time, at once, and what is refused.

use std::path::Path;

use jiff::Timestamp;
use reqscope::domain::query::Query;
use reqscope::store::Store;
use reqscope::store::error::StoreError;
use reqscope::store::page::From;

use crate::fixture::{Other, Send, child_of, intend, open, raw};

#[tokio::test(flavor = "multi_thread")]
async fn eight_windows_may_open_a_new_history_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("not/yet/there");
    let mut opening = Vec::new();
    for _ in 0..8 {
        let path = path.clone();
        opening.push(tokio::spawn(async move {
            let store = open(&path).await;
            intend(&store, &Send::of("op_1")).await;
            store
        }));
    }
    let mut stores = Vec::new();
    for one in opening {
        stores.push(one.await.expect("opened and written"));
    }
    let page = stores[0]
        .page(&Query::default(), From::Newest, 99, Timestamp::UNIX_EPOCH)
        .await;
    assert_eq!(page.expect("read").summaries.len(), 8);
}

#[tokio::test]
async fn eight_processes_may_start_for_the_first_time_at_once() {
    if let Some(dir) = child_of() {
        let store = open(&dir).await;
        intend(&store, &Send::of("op_1")).await;
        store.close().await;
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("new");
    let test = "opening::eight_processes_may_start_for_the_first_time_at_once";
    let others: Vec<Other> = (0..8).map(|_| Other::start(test, &path)).collect();
    for other in others {
        assert!(other.succeeded());
    }
    let page = open(&path)
        .await
        .page(&Query::default(), From::Newest, 99, Timestamp::UNIX_EPOCH)
        .await;
    assert_eq!(page.expect("read").summaries.len(), 8);
}

async fn refusal(dir: &Path) -> StoreError {
    Store::open(dir).await.expect_err("refused")
}

#[tokio::test]
async fn a_newer_history_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    open(dir.path()).await.close().await;
    raw(dir.path())
        .pragma_update(None, "user_version", 777)
        .expect("written");
    let file = dir.path().join("history.db");
    let before = std::fs::read(&file).expect("read");
    let error = refusal(dir.path()).await;
    let text = error.to_string();
    let StoreError::Newer { found, ours, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(found, 777);
    let ours = format!("up to {ours}");
    for part in [&*file.to_string_lossy(), "version 777", &ours, "--data-dir"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(std::fs::read(&file).expect("read"), before);
}

#[tokio::test]
async fn what_is_no_history_is_left_alone() {
    let torn = [b"SQLite format 3\0".as_slice(), &[0xab; 4096]].concat();
    for bytes in [b"notes of mine".as_slice(), b"x", &torn] {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("history.db");
        std::fs::write(&file, bytes).expect("written");
        let error = refusal(dir.path()).await;
        assert!(matches!(error, StoreError::NotAHistory { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(&*file.to_string_lossy()) && text.contains("--data-dir"),
            "{text}"
        );
        assert_eq!(std::fs::read(&file).expect("read"), bytes);
    }
}

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    raw(dir.path())
        .execute_batch("CREATE TABLE recipe (name TEXT)")
        .expect("made");
    let before = std::fs::read(dir.path().join("history.db")).expect("read");
    let error = refusal(dir.path()).await;
    assert!(matches!(error, StoreError::NotAHistory { .. }), "{error:?}");
    let after = std::fs::read(dir.path().join("history.db")).expect("read");
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_place_that_is_no_directory_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("written");
    let error = refusal(&file).await;
    assert!(matches!(error, StoreError::NotADirectory(_)), "{error:?}");
    for place in [file.clone(), file.join("below")] {
        let text = refusal(&place).await.to_string();
        let named = text.contains(&*place.to_string_lossy());
        assert!(named && text.contains("--data-dir"), "{text}");
    }
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("history.db")).expect("made");
    let text = refusal(dir.path()).await.to_string();
    assert!(
        text.contains("history.db") && text.contains("--data-dir"),
        "{text}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn everything_is_private_to_the_user() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("data");
    let store = open(&path).await;
    let id = intend(&store, &Send::of("op_1")).await.id;
    let mut writer = store.body_writer(&id).expect("a writer");
    writer.append(b"x").expect("written");
    let mode = |path: &Path| {
        let meta = std::fs::metadata(path).expect("there");
        meta.permissions().mode() & 0o777
    };
    assert_eq!(mode(&path), 0o700);
    let mut seen = 0;
    let mut left = vec![path];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(directory).expect("listed").flatten() {
            let path = entry.path();
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), expected, "{}", path.display());
            seen += 1;
            left.extend(path.is_dir().then_some(path));
        }
    }
    // bodies + 1, owners + 1, the create lock, the database and its two companions
    assert_eq!(seen, 8);
}
