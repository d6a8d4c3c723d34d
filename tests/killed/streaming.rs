//! Killed while a large body streams: what came of it stays, and is told as what may have acted.

use std::time::{Duration, Instant};

use support::home::Home;

/// How much has to rest before it is killed, in bytes.
const ENOUGH: u64 = 200_000;

/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn what_came_of_a_body_is_kept() {
    let home = Home::new(env!("CARGO_BIN_EXE_reqscope"));
    let mut sender = home.start(&[
        "send",
        "GET",
        "/v1/blob?mib=64",
        "-H",
        "Sandbox-Fault: drip=1000000",
    ]);
    let bodies = home.data_dir().join("bodies");
    let begun = Instant::now();
    let came = loop {
        let files = std::fs::read_dir(&bodies).into_iter().flatten().flatten();
        let longest = files.filter_map(|file| Some((file.metadata().ok()?.len(), file.path())));
        match longest.max() {
            Some(came) if came.0 >= ENOUGH => break came,
            _ => assert!(begun.elapsed() < PATIENCE, "no body came"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    sender.kill();
    sender.wait_exit();

    let rows = home
        .reqscope(&["history", "--json"])
        .expect_code(0)
        .json_lines();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["outcome"]["kind"], "indeterminate");
    let id = rows[0]["id"].as_str().expect("an id");
    assert_eq!(came.1.file_name().and_then(|name| name.to_str()), Some(id));
    let kept = std::fs::read(&came.1).expect("it is kept");
    assert!(kept.len() as u64 >= came.0 && kept.len() < 64 << 20);
    assert!(kept.starts_with(b"{\"object\":\"blob\""));

    // It goes with its exchange, and with nothing less.
    let prune = ["history", "prune", "--max-size", "1B"];
    home.reqscope(&prune);
    let left = home
        .reqscope(&["history", "--json"])
        .expect_code(0)
        .json_lines();
    assert_eq!(left.is_empty(), !came.1.exists());
}
