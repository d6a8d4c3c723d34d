//! A history that may not be written can still be read, and nothing is sent that could not be written down.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::bench::{Listener, home, pay, run, text};

/// Directories and files below, without the right to write; or with it again.
fn allow(path: &Path, write: bool) {
    let modes = if write {
        (0o700, 0o600)
    } else {
        (0o500, 0o400)
    };
    let is_dir = path.is_dir();
    let mode = if is_dir { modes.0 } else { modes.1 };
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
    if is_dir {
        for entry in fs::read_dir(path).expect("listed").flatten() {
            allow(&entry.path(), write);
        }
    }
}

#[test]
fn a_read_only_history_is_read_and_nothing_is_sent() {
    let home = home();
    let paid = pay(&home, &[]).expect_code(0).json();
    let data = home.data_dir();
    allow(&data, false);
    if fs::write(data.join("probe"), "").is_ok() {
        allow(&data, true);
        println!("this user may write everywhere: nothing to see here");
        return;
    }
    let listed = run(&home, "history", &["--json"]).expect_code(0);
    assert_eq!(listed.json_lines()[0]["id"], paid["id"]);
    assert!(
        listed.stderr().contains("the history is read-only"),
        "{listed}"
    );
    let found = run(&home, "history", &["payments", "method:POST"]).expect_code(0);
    assert_eq!(found.stdout().lines().count(), 1, "{found}");
    run(&home, "show", &[text(&paid["id"]), "--body"]).expect_code(0);
    let elsewhere = Listener::answering("HTTP/1.1 204 No Content\r\n\r\n");
    let send = ["/v1/x", "-d", "{}", "--base-url", &elsewhere.url];
    let refused = run(&home, "send", &send).expect_code(1);
    assert!(
        refused.stderr().contains("is read-only: make it writable"),
        "{refused}"
    );
    assert!(elsewhere.is_silent());
    let pinned = run(&home, "pin", &[text(&paid["id"])]).expect_code(1);
    assert!(pinned.stderr().contains("make it writable"), "{pinned}");
    allow(&data, true);
    assert_eq!(
        run(&home, "history", &["--json"])
            .expect_code(0)
            .json_lines()
            .len(),
        1
    );
}
