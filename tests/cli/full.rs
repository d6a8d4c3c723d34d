//! A disk that is full. It takes a file system of a few pages, which only root may mount: elsewhere there is nothing to
//! see, and the test says so.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Listener, home, run, text};

/// A file system of this size, unmounted when this is dropped.
struct Small(PathBuf);

impl Small {
    fn mount(at: PathBuf, size: &str) -> Option<Small> {
        std::fs::create_dir_all(&at).expect("a directory of our own");
        let options = format!("size={size},mode=700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "none"])
            .arg(&at)
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Small(at));
        }
        println!("no small file system can be mounted here: nothing was tested");
        None
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn fill(&self) {
        let filler = vec![0; 8 << 20];
        // It stops where the disk ends.
        let _ = std::fs::write(self.0.join("filler"), filler);
    }

    fn clear(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("it is there");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn on_a_full_disk_nothing_is_sent_and_nothing_is_lost() {
    let home = home();
    let Some(disk) = Small::mount(home.path().join("small"), "2m") else {
        return;
    };
    let data = disk.path().to_str().expect("a path");
    let listener = Listener::with("201 Created", b"{}");
    let send = |body: &str| {
        let words = ["-d", body, "--data-dir", data, "--base-url", &listener.url];
        run(&home, "send /v1/x --json", &words)
    };
    let first = send("{}").expect_code(0).json();
    listener.heard();
    disk.fill();
    let body = format!("\"{}\"", "x".repeat(100_000));
    let refused = send(&body).expect_code(1);
    assert!(refused.stderr().contains("disk is full"), "{refused}");
    assert!(
        listener.is_silent(),
        "what cannot be written down is not sent"
    );
    disk.clear();
    send("{}").expect_code(0);
    let rows = run(&home, "history --json", &["--data-dir", data])
        .expect_code(0)
        .json_lines();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["id"], first["id"]);
}

#[test]
fn an_answer_that_does_not_fit_is_known_to_be_cut() {
    let home = home();
    let Some(disk) = Small::mount(home.path().join("small"), "2m") else {
        return;
    };
    let data = disk.path().to_str().expect("a path");
    let listener = Listener::with("201 Created", &vec![b'x'; 8 << 20]);
    let words = ["-d", "{}", "--data-dir", data, "--base-url", &listener.url];
    let sent = run(&home, "send /v1/x --json", &words);
    let outcome = &sent.json()["outcome"];
    assert_eq!(
        (&outcome["kind"], &outcome["status"]),
        (&"response".into(), &201.into())
    );
    assert_eq!(outcome["body_complete"], false, "{sent}");
    assert!(!text(&outcome["failure"]["what"]).is_empty());
    let id = sent.json()["id"].clone();
    let rows = run(&home, "history --json", &["--data-dir", data])
        .expect_code(0)
        .json_lines();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["outcome"]["status"]),
        (&id, &201.into())
    );
}
