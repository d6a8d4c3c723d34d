//! One file given to the programs that people read JSON with, where they are installed, and to our own engine in the same
//! run: `cargo bench --bench pagers [-- MIB]`. What is not installed is left out.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqscope::document::find::needle::{Needle, Wanted};
use reqscope::document::find::search::Search;
use reqscope::document::indexing::Indexing;
use reqscope::document::source::Source;
use reqscope::document::view::{Folds, View};
use reqscope::document::walk::Walk;
use support::terminal::Terminal;

/// How often each is measured.
const RUNS: usize = 5;

/// Stands in the body once for each recording.
const WORD: &str = "Kanal 7\"";

fn main() {
    let mib = std::env::args().filter_map(|word| word.parse().ok()).next();
    let mib: usize = mib.unwrap_or(100);
    let dir = tempfile::tempdir().expect("a directory");
    for pretty in [false, true] {
        let path = dir.path().join("body.json");
        write(&path, mib << 20, pretty).expect("the file is written");
        let name = if pretty { "pretty" } else { "minified" };
        println!("\n{mib} MiB, {name}; medians of {RUNS}");
        ours(&path);
        theirs(&path);
    }
}

/// Recordings of a set-top box, each on a line of its own or pretty-printed.
fn write(path: &Path, size: usize, pretty: bool) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(File::create(path)?);
    let (mut seed, mut written) = (7_u64, 0);
    file.write_all(b"{\"recordings\":[")?;
    while written < size {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let value = serde_json::json!({
            "id": format!("rec_{seed:x}"),
            "title": "Café \"live\"",
            "channel": {"name": format!("Kanal {}", seed >> 60), "hd": seed & 1 == 1},
            "minutes": seed >> 55,
            "tags": ["a", "b"],
            "note": null,
        });
        let text = if pretty {
            serde_json::to_vec_pretty(&value)
        } else {
            serde_json::to_vec(&value)
        }?;
        if written > 0 {
            file.write_all(b",")?;
        }
        file.write_all(&text)?;
        written += text.len() + 1;
    }
    file.write_all(b"]}")?;
    file.flush()
}

fn median(mut run: impl FnMut() -> Option<Duration>) -> Option<Duration> {
    let mut times: Vec<Duration> = (0..RUNS).map_while(|_| run()).collect();
    times.sort();
    times.get(times.len() / 2).copied()
}

fn tell(what: &str, time: Option<Duration>) {
    match time {
        Some(time) => println!("{what:40} {:>10.1} ms", time.as_secs_f64() * 1e3),
        None => println!("{what:40} not installed"),
    }
}

/// A file, read in pages.
struct Pages(File, u64);

impl Source for Pages {
    fn len(&self) -> u64 {
        self.1
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, buffer, offset)
    }
}

fn ours(path: &Path) {
    let open = || {
        let file = File::open(path).expect("it is there");
        let length = file.metadata().expect("it is there").len();
        Arc::new(Pages(file, length))
    };
    let screen = || {
        let begun = Instant::now();
        let mut indexing = Indexing::new(open(), "application/json");
        indexing.step(1 << 20).expect("readable");
        let document = indexing.document();
        let first = Walk::new(&document).first().expect("a line");
        let none = Folds::none();
        let rows = View::new(&document, &none).rows(first, 40);
        assert_eq!(rows.expect("readable").len(), 40);
        Some(begun.elapsed())
    };
    tell("reqscope: first screen (engine)", median(screen));
    let index = || {
        let begun = Instant::now();
        Indexing::whole(open(), "application/json").expect("readable");
        Some(begun.elapsed())
    };
    tell("reqscope: index to the end", median(index));
    let find = || {
        let source = open();
        let wanted = Wanted {
            text: WORD,
            ..Wanted::default()
        };
        let mut search = Search::new(Needle::new(&wanted).expect("a needle"));
        let begun = Instant::now();
        while !search.step(&*source).expect("readable").is_done {}
        assert!(search.hits().count() > 0);
        Some(begun.elapsed())
    };
    tell("reqscope: find and count", median(find));
}

/// Where a program lies.
fn which(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join(program));
    places.find(|place| place.is_file())
}

fn theirs(path: &Path) {
    for (program, arguments) in [("rg", &["-c", "-F", WORD][..]), ("jq", &["."])] {
        let run = || {
            let begun = Instant::now();
            let ended = Command::new(program)
                .args(arguments)
                .arg(path)
                .stdout(Stdio::null())
                .status();
            ended.ok().map(|_| begun.elapsed())
        };
        tell(&format!("{program} {}", arguments.join(" ")), median(run));
    }
    for program in ["less", "jless"] {
        let run = || {
            let begun = Instant::now();
            let arguments = [path.to_str()?];
            let env = [("TERM".into(), "xterm-256color".into())];
            let found = which(program)?;
            let mut terminal = Terminal::start(&found, &arguments, &env, path.parent()?, (120, 40));
            terminal.wait_for("recordings");
            let time = begun.elapsed();
            terminal.kill();
            Some(time)
        };
        tell(&format!("{program}: first screen"), median(run));
    }
}
