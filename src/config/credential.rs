//! Where a profile's secret comes from, and how it is fetched. It never stands in the configuration itself.
//!
//! ```text
//!   api_key = { env = "NAME" } | { file = "PATH" } | { command = ["PROGRAM", "ARGUMENT", …] } | { prompt = true }
//!             | { keychain = "SERVICE/ACCOUNT" }, when it was built with that
//!        └─▶ bytes ─▶ one line, no control character ─▶ Secret
//! ```
//!
//! Who is to be prompted is asked elsewhere: by the command line at its terminal, by the screen over its panes.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use toml::de::DeValue;

use crate::config::nearest::nearest;
use crate::config::value;
use crate::domain::redact::Secret;

/// The key that the built-in sandbox knows (the contract). It opens nothing else.
const SANDBOX_KEY: &str = "sk_sandbox_demo";

/// A secret is a line; more than this is something else, and is not read.
const LONGEST: u64 = 64 << 10;

/// How long a command may take: a person may have to unlock a store, and nobody waits longer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

const KINDS: [&str; 5] = ["env", "file", "command", "prompt", "keychain"];

const HOW: &str = "write { env = \"NAME\" }, { file = \"PATH\" }, { command = [\"PROGRAM\", \"ARGUMENT\"] }, { prompt = true } or { keychain = \"SERVICE/ACCOUNT\" }";

/// Where a profile's secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The value of an environment variable.
    Env(String),
    /// The one line of a file that nobody else may read.
    File(PathBuf),
    /// The first line that a command prints; it is run without a shell.
    Command(Vec<String>),
    /// A person, who is asked when it is first needed.
    Prompt,
    /// An entry of the system's keychain: its service and its account.
    Keychain(String, String),
    /// The built-in sandbox's own, which is no secret.
    Sandbox,
}

/// Reads `api_key` from the configuration.
///
/// # Errors
/// When it is a secret in plain text, or no source we know; the message never shows it.
pub fn source(written: &DeValue<'_>) -> Result<KeySource, String> {
    if written.is_str() {
        return Err(format!(
            "a secret does not stand in the configuration: {HOW}"
        ));
    }
    let table = written.as_table().ok_or_else(|| HOW.to_owned())?;
    let mut entries = table.iter();
    let (Some((kind, value)), None) = (entries.next(), entries.next()) else {
        return Err(format!("one source is wanted: {HOW}"));
    };
    let (kind, value) = (kind.get_ref().as_ref(), value.get_ref());
    let placed = |why: String| format!("{kind}: {why}");
    match kind {
        "env" => value::word(value).map(KeySource::Env).map_err(placed),
        "file" => {
            let path = value::word(value).map_err(placed)?;
            Ok(KeySource::File(path.into()))
        }
        "command" => match value::words(value).map_err(placed)? {
            words if words.is_empty() => Err(placed("the list is empty".into())),
            words => Ok(KeySource::Command(words)),
        },
        "prompt" => match value::flag(value).map_err(placed)? {
            true => Ok(KeySource::Prompt),
            false => Err(placed("write true, or another source".into())),
        },
        "keychain" => {
            let entry = value::word(value).map_err(placed)?;
            match entry.split_once('/') {
                Some((service, account)) if !service.is_empty() && !account.is_empty() => {
                    Ok(KeySource::Keychain(service.to_owned(), account.to_owned()))
                }
                _ => Err(placed(
                    "write \"SERVICE/ACCOUNT\", as the keychain has them".into(),
                )),
            }
        }
        other => {
            let hint = nearest(other, &KINDS).map(|meant| format!("did you mean `{meant}`? "));
            let other = other.escape_debug();
            Err(format!(
                "there is no key `{other}`: {}{HOW}",
                hint.unwrap_or_default()
            ))
        }
    }
}

impl KeySource {
    /// Fetches the secret; `None` when a person is to be asked for it. A relative file is looked for in `dir`, the
    /// configuration's directory.
    ///
    /// # Errors
    /// With what is wrong and the next step; the message never shows the secret.
    pub fn read(&self, dir: &Path) -> Result<Option<Secret>, String> {
        let read = match self {
            KeySource::Env(name) => from_env(name, std::env::var_os(name)),
            KeySource::File(path) => from_file(&resolve(path, dir)),
            KeySource::Command(words) => from_command(words, TIME_LIMIT),
            KeySource::Prompt => return Ok(None),
            KeySource::Keychain(service, account) => from_keychain(service, account),
            KeySource::Sandbox => Ok(Secret::new(SANDBOX_KEY)),
        };
        read.map(Some)
    }
}

/// A secret as it may be sent, without the one line ending that editors and programs put behind it.
///
/// # Errors
/// When nothing is left, or a control character is in it. `whose` is where it came from.
pub fn checked(text: &str, whose: &str) -> Result<Secret, String> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() {
        return Err(format!("{whose} is empty"));
    }
    if let Some((at, bad)) = line.chars().enumerate().find(|(_, c)| c.is_control()) {
        let place = at + 1;
        return Err(format!(
            "{whose} has {bad:?} as character {place}: a key is one line without control characters"
        ));
    }
    Ok(Secret::new(line))
}

fn from_env(name: &str, value: Option<OsString>) -> Result<Secret, String> {
    let value = value.ok_or_else(|| {
        format!("the environment variable {name} is not set: set it, or REQSCOPE_API_KEY")
    })?;
    let value = value.into_string();
    let value = value.map_err(|_| format!("the environment variable {name} is not UTF-8"))?;
    checked(&value, &format!("the environment variable {name}"))
}

/// `~/` is the home directory; any other relative path starts at the configuration.
pub fn resolve(path: &Path, dir: &Path) -> PathBuf {
    let home = directories::BaseDirs::new();
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.home_dir().join(rest),
        _ => dir.join(path),
    }
}

fn from_file(path: &Path) -> Result<Secret, String> {
    let shown = path.display();
    let unreadable = |e: std::io::Error| format!("{shown} cannot be read: {e}");
    let file = File::open(path).map_err(unreadable)?;
    // The open file is asked, not the path: nobody can exchange it in between.
    check_private(&file, path)?;
    let text = first_bytes(file).map_err(unreadable)?;
    checked(&text, &shown.to_string())
}

/// Whether others than the owner may read or write it.
///
/// # Errors
/// When they may; the message says the command that mends it.
#[cfg(unix)]
pub fn check_private(file: &File, path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let shown = path.display();
    let metadata = file.metadata();
    let metadata = metadata.map_err(|e| format!("{shown} cannot be looked at: {e}"))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!(
        "others may use {shown} (mode {mode:o}): run `chmod 600 '{shown}'`"
    ))
}

/// Windows keeps a person's files to the person, by lists that the standard library does not read.
#[cfg(not(unix))]
pub fn check_private(_: &File, _: &Path) -> Result<(), String> {
    Ok(())
}

/// What there is to read, up to the cap; one byte more tells that there was more.
fn first_bytes(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        let why = "it is longer than 64 KiB, so it is no key";
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
    }
    Ok(text)
}

/// What the system's keychain has (the Secret Service, macOS's Keychain, Windows' Credential Manager). It may ask its
/// owner to unlock it.
#[cfg(feature = "keychain")]
fn from_keychain(service: &str, account: &str) -> Result<Secret, String> {
    let shown = format!("the keychain's entry {service}/{account}");
    let entry = keyring::Entry::new(service, account);
    let found = entry.and_then(|entry| entry.get_password());
    let found = found.map_err(|e| format!("{shown} cannot be read: {e}: is the keychain open?"))?;
    checked(&found, &shown)
}

/// It was built without one.
#[cfg(not(feature = "keychain"))]
fn from_keychain(service: &str, account: &str) -> Result<Secret, String> {
    Err(format!(
        "the keychain's entry {service}/{account} cannot be read: this reqscope was built without the feature \
         `keychain` (cargo build --features keychain); or {HOW}"
    ))
}

/// The first line that a command prints.
fn from_command(words: &[String], limit: Duration) -> Result<Secret, String> {
    let (program, args) = words.split_first().ok_or("the command is empty")?;
    let shown = format!("the command {program:?}");
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn();
    let child = child.map_err(|e| format!("{shown} cannot be started: {e}"))?;
    let ended = run(child, limit).map_err(|e| format!("{shown} cannot be waited for: {e}"))?;
    let Some(Ended {
        status,
        stdout,
        stderr,
    }) = ended
    else {
        let limit = limit.as_secs();
        return Err(format!(
            "{shown} did not end within {limit} s: try it in a shell"
        ));
    };
    if !status.success() {
        let said = stderr.lines().next().unwrap_or("nothing on standard error");
        let said: String = said.chars().take(200).map(visible).collect();
        return Err(format!("{shown} failed ({status}): {said}"));
    }
    let first = stdout.lines().next().unwrap_or("");
    checked(first, &format!("the first line of {shown}"))
}

/// What another program says is shown without its control characters.
fn visible(c: char) -> char {
    if c.is_control() { '\u{fffd}' } else { c }
}

struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

/// Waits for a command and what it prints; `None` when the time is over, and then it is killed.
fn run(mut child: Child, limit: Duration) -> std::io::Result<Option<Ended>> {
    let deadline = Instant::now() + limit;
    let stdout = child.stdout.take().map(gather);
    let stderr = child.stderr.take().map(gather);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let said = |from: Option<Receiver<String>>| {
        // A child of the command may hold the pipe open: the deadline is for it too.
        let left = deadline.saturating_duration_since(Instant::now());
        from.and_then(|from| from.recv_timeout(left).ok())
    };
    let (stdout, stderr) = (said(stdout), said(stderr));
    Ok(stdout.map(|stdout| Ended {
        status,
        stdout,
        stderr: stderr.unwrap_or_default(),
    }))
}

/// Reads on a thread of its own, so that a full pipe stops nobody and a silent one keeps nobody waiting.
fn gather(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks has said what it had to say.
        let _ = from.by_ref().take(LONGEST).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut from, &mut std::io::sink());
        sender.send(String::from_utf8_lossy(&bytes).into_owned())
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::{KeySource, checked, from_env, source};
    use crate::domain::redact::Secret;
    use toml::de::DeValue;

    fn read(text: &str) -> Result<KeySource, String> {
        source(DeValue::parse(text).expect(text).get_ref())
    }

    #[test]
    fn a_source_is_one_of_those_there_are() {
        for (text, expected) in [
            ("{ env = \"A\" }", KeySource::Env("A".into())),
            ("{ file = \"a/b\" }", KeySource::File("a/b".into())),
            ("{ prompt = true }", KeySource::Prompt),
            (
                "{ keychain = \"reqscope/live/1\" }",
                KeySource::Keychain("reqscope".into(), "live/1".into()),
            ),
            (
                "{ command = [\"pass\", \"show\", \"x\"] }",
                KeySource::Command(["pass", "show", "x"].map(Into::into).into()),
            ),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for (text, expected) in [
            ("\"sk_hidden\"", "does not stand in the configuration"),
            ("7", "{ env = "),
            ("{}", "one source"),
            ("{ env = \"A\", file = \"b\" }", "one source"),
            ("{ cmd = [\"a\"] }", "no key `cmd`"),
            ("{ comand = [\"a\"] }", "`command`?"),
            ("{ command = \"pass show x\" }", "command: write a list"),
            ("{ command = [] }", "empty"),
            ("{ env = \"\" }", "env: it is empty"),
            (
                "{ keychain = \"live\" }",
                "keychain: write \"SERVICE/ACCOUNT\"",
            ),
            ("{ keychain = \"/live\" }", "keychain: write"),
            ("{ prompt = false }", "prompt: write true"),
            ("{ prompt = \"yes\" }", "prompt: write true or false"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains("hidden"), "{error}");
        }
    }

    #[cfg(not(feature = "keychain"))]
    #[test]
    fn without_a_keychain_it_says_what_else_there_is() {
        let source = read("{ keychain = \"reqscope/live\" }").expect("a source");
        let error = source.read("/".as_ref()).expect_err("no keychain");
        for part in [
            "reqscope/live",
            "--features keychain",
            "{ env = ",
            "{ prompt = true }",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn one_line_ending_is_cut_off_and_nothing_else() {
        for (text, expected) in [
            ("sk", Some("sk")),
            ("sk\n", Some("sk")),
            ("sk\r\n", Some("sk")),
            ("s k ", Some("s k ")),
            ("sk\n\n", None),
            ("a\nb", None),
            ("a\tb", None),
            ("a\0", None),
            ("a\u{85}", None),
            ("\n", None),
            (" ", None),
            ("", None),
        ] {
            let got = checked(text, "it").ok();
            assert_eq!(got, expected.map(Secret::new), "{text:?}");
        }
    }

    #[test]
    fn a_variable_has_to_be_set() {
        let secret = from_env("A", Some("sk_1".into()));
        assert_eq!(secret, Ok(Secret::new("sk_1")));
        let error = from_env("A", None).expect_err("not set");
        assert!(error.contains("A is not set"), "{error}");
        assert!(
            from_env("A", Some("".into()))
                .expect_err("empty")
                .contains("A is empty")
        );
    }

    #[cfg(unix)]
    mod unix {
        use super::super::{KeySource, from_command, from_file, resolve};
        use crate::domain::redact::Secret;
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        use std::path::{Path, PathBuf};
        use std::time::Duration;

        fn file(dir: &Path, name: &str, text: &[u8], mode: u32) -> PathBuf {
            let path = dir.join(name);
            std::fs::write(&path, text).expect("a file");
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
            path
        }

        #[test]
        fn a_file_that_others_may_read_is_refused() {
            let dir = tempfile::tempdir().expect("a directory");
            let good = file(dir.path(), "good", b"sk_file\n", 0o600);
            assert_eq!(from_file(&good), Ok(Secret::new("sk_file")));
            let strict = file(dir.path(), "strict", b"sk_file", 0o400);
            assert_eq!(from_file(&strict), Ok(Secret::new("sk_file")));
            for mode in [0o644, 0o640, 0o604, 0o620] {
                let bad = file(dir.path(), "bad", b"sk_hidden", mode);
                let error = from_file(&bad).expect_err("a mode");
                assert!(
                    error.contains("chmod 600") && error.contains("bad"),
                    "{error}"
                );
                assert!(!error.contains("hidden"), "{error}");
            }
        }

        #[test]
        fn a_file_is_a_short_text() {
            let dir = tempfile::tempdir().expect("a directory");
            let long = file(dir.path(), "long", &vec![b'a'; 70_000], 0o600);
            assert!(from_file(&long).expect_err("long").contains("64 KiB"));
            let binary = file(dir.path(), "binary", b"\xff\xfe", 0o600);
            assert!(from_file(&binary).expect_err("bytes").contains("binary"));
            let absent = from_file(&dir.path().join("absent"));
            assert!(absent.expect_err("absent").contains("cannot be read"));
            assert!(from_file(dir.path()).is_err());
        }

        #[test]
        fn a_relative_file_stands_beside_the_configuration() {
            assert_eq!(resolve("a/b".as_ref(), "/c".as_ref()), Path::new("/c/a/b"));
            assert_eq!(resolve("/a".as_ref(), "/c".as_ref()), Path::new("/a"));
            let home = resolve("~/a".as_ref(), "/c".as_ref());
            assert!(home.ends_with("a") && !home.starts_with("/c"), "{home:?}");
        }

        fn words(words: &[&str]) -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        }

        #[test]
        fn a_command_says_the_secret_in_its_first_line() {
            for (command, expected) in [
                (&["printf", "%s", "sk_1"][..], "sk_1"),
                (&["printf", "sk_2\\nuser: me\\n"], "sk_2"),
                // No shell reads the words.
                (&["printf", "%s", "$(id) `id` ; *"], "$(id) `id` ; *"),
            ] {
                let got = KeySource::Command(words(command)).read(Path::new("/"));
                assert_eq!(got, Ok(Some(Secret::new(expected))), "{command:?}");
            }
        }

        #[test]
        fn a_command_that_fails_says_why() {
            let limit = Duration::from_secs(10);
            for (command, expected) in [
                (&["reqscope-no-such-program"][..], "cannot be started"),
                (&["false"], "failed"),
                (&["cat", "/no/such/file"], "/no/such/file"),
                (&["true"], "is empty"),
                (&["printf", "a\\tb"], "control characters"),
            ] {
                let error = from_command(&words(command), limit).expect_err(expected);
                assert!(error.contains(expected), "{command:?}: {error}");
            }
        }

        #[test]
        fn a_command_that_takes_too_long_is_stopped() {
            let limit = Duration::from_millis(100);
            let error = from_command(&words(&["sleep", "30"]), limit).expect_err("slow");
            assert!(error.contains("did not end"), "{error}");
            // Its child keeps the pipe open after it has ended.
            let keeps = words(&["sh", "-c", "sleep 2 & echo sk"]);
            let error = from_command(&keeps, limit).expect_err("a pipe held open");
            assert!(error.contains("did not end"), "{error}");
        }
    }
}
