//! A directory of one test's own, and the program run in it: nothing of the person's configuration, history,
//! credentials or proxy gets in, and nothing gets out.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::terminal::Terminal;

/// How long a plain command may run, and how long a line of a server is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home directory that is deleted with this.
pub struct Home {
    dir: TempDir,
    program: PathBuf,
    env: Vec<(OsString, OsString)>,
}

impl Home {
    /// A fresh home for this program: `Home::new(env!("CARGO_BIN_EXE_reqscope"))`.
    ///
    /// # Panics
    /// When no directory can be made.
    pub fn new(program: impl Into<PathBuf>) -> Home {
        let dir = TempDir::with_prefix("reqscope-test-").expect("a temporary directory");
        let mut home = Home {
            env: std::env::vars_os()
                .filter(|(name, _)| is_kept(name))
                .collect(),
            program: program.into(),
            dir,
        };
        let root = home.path().to_owned();
        for (name, place) in [
            ("HOME", ""),
            ("USERPROFILE", ""),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "share"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("APPDATA", "config"),
            ("LOCALAPPDATA", "share"),
            ("REQSCOPE_DATA_DIR", "data"),
        ] {
            let place = root.join(place);
            std::fs::create_dir_all(&place).expect("a directory in our own");
            home.set(name, place);
        }
        home.set("TERM", "xterm-256color")
            .set("COLORTERM", "truecolor");
        #[cfg(windows)]
        home.name_config();
        home
    }

    /// Windows asks the system, not the environment, where configuration lives: so it has to be named.
    #[cfg(windows)]
    fn name_config(&mut self) {
        let file = self.path().join("config").join("config.toml");
        std::fs::write(&file, "").expect("a file in our own directory");
        self.set("REQSCOPE_CONFIG", file);
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where the program is told to keep its data.
    pub fn data_dir(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Adds a variable to the program's environment, in the place of any of that name.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Home {
        self.unset(name.as_ref());
        let pair = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.env.push(pair);
        self
    }

    /// Takes a variable from the program's environment.
    pub fn unset(&mut self, name: impl AsRef<OsStr>) -> &mut Home {
        self.env.retain(|(known, _)| known != name.as_ref());
        self
    }

    /// Writes a file below the home directory, its folders too; its path is returned.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        let folder = path.parent().expect("a file stands in a folder");
        std::fs::create_dir_all(folder).expect("a folder in our own directory");
        std::fs::write(&path, contents).expect("a file in our own directory");
        path
    }

    /// Runs the program as a plain command, with nothing on its standard input.
    ///
    /// # Panics
    /// When it cannot be started, or runs longer than a minute.
    pub fn reqscope<S: AsRef<OsStr>>(&self, args: &[S]) -> Output {
        self.reqscope_with(args, b"")
    }

    /// Runs the program as a plain command, with this on its standard input.
    ///
    /// # Panics
    /// When it cannot be started, or runs longer than a minute.
    pub fn reqscope_with<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Output {
        let mut running = self.spawn(args);
        let mut stdin = running.child.stdin.take().expect("a pipe was asked for");
        let input = input.to_owned();
        // It may stop reading before the end: that is its right.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
        let stdout = gather(running.child.stdout.take().expect("a pipe was asked for"));
        let stderr = gather(running.child.stderr.take().expect("a pipe was asked for"));
        let code = running.wait_exit();
        let end = "the pipe ends with the program";
        Output {
            shown: format!("{} {}", self.program.display(), shown(args)),
            code,
            stdout: stdout.recv_timeout(PATIENCE).expect(end),
            stderr: stderr.recv_timeout(PATIENCE).expect(end),
        }
    }

    /// Starts the program and leaves it running: for a server.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start<S: AsRef<OsStr>>(&self, args: &[S]) -> Running {
        let mut running = self.spawn(args);
        let stdout = running.child.stdout.take().expect("a pipe was asked for");
        // Nobody reads its log, and a full pipe would stop it.
        drop(gather(
            running.child.stderr.take().expect("a pipe was asked for"),
        ));
        running.lines = Some(lines(stdout));
        running
    }

    /// Starts the program in a terminal of this size.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn terminal(&self, args: &[&str], size: (u16, u16)) -> Terminal {
        Terminal::start(&self.program, args, &self.env, self.path(), size)
    }

    fn spawn<S: AsRef<OsStr>>(&self, args: &[S]) -> Running {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .env_clear()
            .envs(self.env.iter().cloned());
        command.current_dir(self.path());
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn();
        let child =
            child.unwrap_or_else(|e| panic!("{} cannot be started: {e}", self.program.display()));
        Running { child, lines: None }
    }
}

/// Variables a program needs to run at all; everything else of ours stays out.
fn is_kept(name: &OsStr) -> bool {
    const KEPT: [&str; 9] = [
        "PATH",
        "TMPDIR",
        "TEMP",
        "TMP",
        "SYSTEMROOT",
        "WINDIR",
        "COMSPEC",
        "PATHEXT",
        "LLVM_PROFILE_FILE",
    ];
    let name = name.to_string_lossy();
    KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept))
}

fn shown<S: AsRef<OsStr>>(args: &[S]) -> String {
    let args = args.iter().map(|arg| arg.as_ref().to_string_lossy());
    args.collect::<Vec<_>>().join(" ")
}

fn gather(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks has given what it had.
        let _ = from.read_to_end(&mut bytes);
        sender.send(bytes)
    });
    receiver
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(from).lines().map_while(Result::ok);
        lines.for_each(|line| drop(sender.send(line)));
    });
    receiver
}

/// A program that goes on running. It is killed when this is dropped.
pub struct Running {
    child: Child,
    lines: Option<Receiver<String>>,
}

impl Running {
    /// What follows `start` in the first line of standard output that begins with it; waits for that line.
    ///
    /// # Panics
    /// When it does not come within a minute.
    pub fn line_after(&mut self, start: &str) -> String {
        let lines = self.lines.as_ref().expect("started with `Home::start`");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(left);
            let line = line.unwrap_or_else(|e| panic!("waited for a line {start:?}: {e}"));
            if let Some(rest) = line.strip_prefix(start) {
                return rest.to_owned();
            }
        }
    }

    /// The lines of standard output that nobody has taken, until its end: for a program that has ended, or is about to.
    ///
    /// # Panics
    /// When it was not started with [`Home::start`], or its output does not end within a minute.
    pub fn rest(mut self) -> Vec<String> {
        let lines = self.lines.take().expect("started with `Home::start`");
        let deadline = Instant::now() + PATIENCE;
        let mut rest = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match lines.recv_timeout(left) {
                Ok(line) => rest.push(line),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("its output has no end"),
            }
        }
    }

    /// Kills it where it stands.
    pub fn kill(&mut self) {
        // It may have ended already: then there is nothing to do.
        let _ = self.child.kill();
    }

    /// The process, for signals.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end. `None` when a signal ended it.
    ///
    /// # Panics
    /// When it goes on for a minute.
    pub fn wait_exit(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of our own child") {
                return status.code();
            }
            assert!(
                Instant::now() < deadline,
                "it still runs after {PATIENCE:?}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// What a plain command left behind.
#[derive(Debug)]
pub struct Output {
    /// The command, for messages.
    shown: String,
    /// Its exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Itself, when it ended with this status.
    ///
    /// # Panics
    /// When it did not, with all it wrote.
    pub fn expect_code(self, code: i32) -> Output {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Standard output as one JSON document.
    ///
    /// # Panics
    /// When it is none, with all it wrote.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{self}"))
    }

    /// Standard output as JSON Lines.
    ///
    /// # Panics
    /// When a line is no JSON, with all it wrote.
    pub fn json_lines(&self) -> Vec<Value> {
        let lines = self.stdout();
        let read = |line| serde_json::from_str(line);
        let lines: Result<Vec<Value>, _> = lines.lines().map(read).collect();
        lines.unwrap_or_else(|e| panic!("no JSON Lines: {e}\n{self}"))
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "$ {}\nexit status {:?}", self.shown, self.code)?;
        writeln!(f, "── standard output\n{}", self.stdout())?;
        write!(f, "── standard error\n{}", self.stderr())
    }
}
