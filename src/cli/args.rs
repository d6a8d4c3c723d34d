//! What can be typed, by the contract. Parsing only: what the words mean is each command's part.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, ArgGroup, Parser, Subcommand, ValueEnum};
use url::Url;

use crate::cli::exit::UsageError;
use crate::config::value::{SIZES, TIMES, amount};
use crate::domain::redact::Secret;
use crate::domain::retry::Retry;
use crate::jq::parent::SUBCOMMAND;
use crate::services::Setup;

/// A request inspector for APIs with idempotency keys: compose, send, read the errors, replay safely.
///
/// Without a command it opens the screen.
#[derive(Debug, Parser)]
#[command(name = "reqscope", version, max_term_width = 100)]
pub struct Args {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command; none opens the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// Profile to use; else the config's default, else `sandbox`
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// Base URL in the place of the profile's
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE", env = "REQSCOPE_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the history
    #[arg(long, global = true, value_name = "DIR", env = "REQSCOPE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// When to use colour; NO_COLOR turns it off too
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send a request, to a path below the base URL or to a URL
    Send(Send),
    /// Send a recorded request again, unchanged
    Replay(Replay),
    /// List what was sent, newest first; or prune it, or count it
    History(History),
    /// Pin an exchange: it is kept, and found with is:pinned
    Pin(Pin),
    /// Note something of an exchange
    Note(Note),
    /// Show one exchange
    Show(Show),
    /// Compare two exchanges: exit status 0 when they are the same, 1 when they differ
    Diff(Diff),
    /// Say what a status or an error's code means, and what to do
    Explain(Explain),
    /// Serve the API in miniature
    Sandbox(Sandbox),
    /// Run a jq filter over standard input, within limits: the program starts itself so, nobody else does
    #[command(name = SUBCOMMAND, hide = true)]
    JqChild(JqChild),
}

/// `reqscope send`.
#[derive(Debug, clap::Args)]
pub struct Send {
    /// Method, when it is not GET (POST with a body), and a path below the base URL, or a URL
    #[arg(value_name = "[METHOD] URL|PATH", required = true, num_args = 1..=2)]
    pub words: Vec<String>,
    /// A header field, 'Name: value'
    #[arg(short = 'H', long = "header", value_name = "FIELD", action = ArgAction::Append)]
    pub headers: Vec<String>,
    /// The body: a text, @FILE, or @- for standard input
    #[arg(
        short,
        long,
        value_name = "STRING|@FILE|@-",
        allow_hyphen_values = true
    )]
    pub data: Option<String>,
    /// A query parameter, name=value
    #[arg(short, long = "query", value_name = "K=V", action = ArgAction::Append)]
    pub queries: Vec<String>,
    /// A value for a place in which the request says `[redacted]`: /json/pointer=env:VARIABLE, form:NAME=…, query:NAME=…,
    /// header:NAME=…, or =@FILE
    #[arg(long = "secret", value_name = "LOCATION=SOURCE", action = ArgAction::Append)]
    pub secrets: Vec<String>,
    /// The idempotency key to send
    #[arg(long, value_name = "KEY", conflicts_with = "no_idempotency_key")]
    pub idempotency_key: Option<String>,
    /// Send no idempotency key
    #[arg(long)]
    pub no_idempotency_key: bool,
    /// The account it is about
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The operation (requestId) it belongs to
    #[arg(long, value_name = "ID")]
    pub operation: Option<String>,
    /// Give up after this long
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// What may be sent again by itself
    #[command(flatten)]
    pub retries: Retries,
    /// Agree to the replay verdict, and to nothing else
    #[arg(long)]
    pub yes: bool,
    /// Print the exchange as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `send` and `replay` may send again by themselves.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Retries {
    /// After a 429, wait and send it again with the same key, at most N times
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retry: u32,
    /// After a lost answer, ask again with the same key where that is safe, at most N times
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retry_lost: u32,
}

/// `reqscope replay`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("key").required(true))]
pub struct Replay {
    /// The exchange's id, or a unique beginning of it
    pub id: String,
    /// With the key it had
    #[arg(long, group = "key")]
    pub same_key: bool,
    /// With a fresh key, as a further attempt of its operation
    #[arg(long, group = "key")]
    pub new_key: bool,
    /// A value that was not kept: /json/pointer=env:VARIABLE, form:NAME=…, query:NAME=…, header:NAME=…, or =@FILE
    #[arg(long = "secret", value_name = "LOCATION=SOURCE", action = ArgAction::Append)]
    pub secrets: Vec<String>,
    /// What may be sent again by itself
    #[command(flatten)]
    pub retries: Retries,
    /// Agree to the replay verdict, and to nothing else
    #[arg(long)]
    pub yes: bool,
    /// Print the exchange as JSON
    #[arg(long)]
    pub json: bool,
}

/// `reqscope history`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_value_name = "prune|stats"
)]
pub struct History {
    /// What else can be done with it; as the first word only: a filter for such a word is written url:stats
    #[command(subcommand)]
    pub care: Option<Care>,
    /// Terms that must all fit: a word of the URL, the errors, the ids or the bodies, or status:4xx status:422 code:CODE
    /// path:/items method:POST url:TEXT account:ID op:ID key:KEY server:ID profile:NAME took:>500ms since:2h
    /// before:2026-01-02 body:TEXT is:replayed (or indeterminate, unsettled, recreated, pinned, noted, held, in_flight,
    /// failed). -TERM leaves out what fits, 'or' between terms joins, parentheses group, @NAME is a saved filter
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: usize,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// What `reqscope history` does beside listing.
#[derive(Debug, Subcommand)]
pub enum Care {
    /// Remove what is past a bound, as whole operations, the oldest first
    Prune(Prune),
    /// Count what there is, and how much space it takes
    Stats(Stats),
}

/// `reqscope history prune`.
#[derive(Debug, clap::Args)]
pub struct Prune {
    /// Operations whose newest exchange is older go: 90d, 12h; else the configuration's max_age
    #[arg(long, value_name = "TIME", value_parser = age)]
    pub older_than: Option<Duration>,
    /// The oldest go while all of it takes more: 1GiB, 500MiB; else the configuration's max_size
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_size: Option<u64>,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
}

/// `reqscope history stats`.
#[derive(Debug, clap::Args)]
pub struct Stats {
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// `reqscope pin`.
#[derive(Debug, clap::Args)]
pub struct Pin {
    /// The exchange's id, or a unique beginning of it
    pub id: String,
    /// Take the pin off
    #[arg(long)]
    pub off: bool,
}

/// `reqscope note`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("what").required(true))]
pub struct Note {
    /// The exchange's id, or a unique beginning of it
    pub id: String,
    /// The note, in the place of an earlier one
    #[arg(group = "what", allow_hyphen_values = true)]
    pub text: Option<String>,
    /// Take the note away
    #[arg(long, group = "what")]
    pub off: bool,
}

/// `reqscope show`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("form"))]
pub struct Show {
    /// The exchange's id, or a unique beginning of it
    pub id: String,
    /// Print the exchange as JSON
    #[arg(long, group = "form")]
    pub json: bool,
    /// Print the answer's body, byte for byte
    #[arg(long, group = "form")]
    pub body: bool,
    /// Print what a jq filter makes of the answer's body: '.items[] | .id'
    #[arg(
        long,
        group = "form",
        value_name = "FILTER",
        allow_hyphen_values = true
    )]
    pub jq: Option<String>,
}

/// `reqscope diff`.
#[derive(Debug, clap::Args)]
pub struct Diff {
    /// The first exchange's id, or a unique beginning of it
    #[arg(value_name = "ID")]
    pub left: String,
    /// The second exchange's
    #[arg(value_name = "ID")]
    pub right: String,
    /// Count also what is another at each send: ids, keys, Date, RateLimit-* and their like (never times)
    #[arg(long)]
    pub all: bool,
    /// Print the comparison as JSON
    #[arg(long)]
    pub json: bool,
}

/// `reqscope explain`.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// A status (402, 4xx), or a code that the profile knows
    #[arg(value_name = "STATUS|CODE")]
    pub what: String,
}

/// `reqscope sandbox`.
#[derive(Debug, clap::Args)]
pub struct Sandbox {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Requests per window, such as 60/60s
    #[arg(long, value_name = "N/TIME", default_value = "60/60s")]
    pub quota: String,
    /// Where its ids begin
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// File that keeps its state
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

/// `reqscope jq-child`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct JqChild {
    /// Bytes of address space it may have
    #[arg(long, value_name = "BYTES")]
    pub memory: u64,
    /// Seconds of the processor's time it may use
    #[arg(long, value_name = "N")]
    pub seconds: u64,
}

impl Global {
    /// What opening the services needs.
    ///
    /// # Errors
    /// When the base URL is none.
    pub fn setup(&self) -> Result<Setup, UsageError> {
        let base_url = self.base_url.as_deref().map(parse_base_url).transpose()?;
        let key = std::env::var("REQSCOPE_API_KEY")
            .ok()
            .filter(|key| !key.is_empty());
        Ok(Setup {
            profile: self.profile.clone(),
            base_url,
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            api_key: key.map(Secret::new),
        })
    }

    /// Whether colour is used on standard output.
    pub fn colour(&self) -> bool {
        match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::io::stdout().is_terminal()
            }
        }
    }
}

fn parse_base_url(text: &str) -> Result<Url, UsageError> {
    let wrong = |why: &str| UsageError(format!("--base-url '{text}' cannot be used: {why}"));
    let url =
        Url::parse(text).map_err(|error| wrong(&format!("{error} (write http://host:port)")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("use http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "it holds a user name or password; give the credential as REQSCOPE_API_KEY",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(
            "it has a query or a fragment, and paths are put behind it",
        ));
    }
    Ok(url)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("'{text}' is no number of seconds"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(format!(
            "'{text}' is no length of time: give seconds above zero"
        )),
    }
}

fn age(text: &str) -> Result<Duration, String> {
    let millis = amount(text, &TIMES).filter(|millis| *millis > 0);
    let millis = millis.ok_or_else(|| format!("'{text}' is no time: write 90d, 12h or 30min"))?;
    Ok(Duration::from_millis(millis))
}

fn size(text: &str) -> Result<u64, String> {
    let bytes = amount(text, &SIZES).filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| format!("'{text}' is no size: write 500MiB or 1GiB"))
}

/// What stands before a filter term that begins with `-`, while clap reads: a term is no option.
const NEGATED: char = '\u{1}';

/// Marks the filter terms of `history` that begin with `-`, such as `-method:GET`, so that they are not read as options.
pub fn spell(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let Some(at) = command(&words).filter(|at| words[*at] == "history") else {
        return words;
    };
    for word in &mut words[at + 1..] {
        let is_term =
            |text: &&str| text.len() > 2 && text.starts_with('-') && !text.starts_with("--");
        if let Some(term) = word.to_str().filter(is_term) {
            *word = OsString::from(format!("{NEGATED}{term}"));
        }
    }
    words
}

/// Where the command stands. Every option before it takes a value, as a word of its own unless it stands behind `=`.
fn command(words: &[OsString]) -> Option<usize> {
    let mut at = 1;
    loop {
        let word = words.get(at)?.to_str()?;
        if !word.starts_with('-') {
            return Some(at);
        }
        at += if word.contains('=') { 1 } else { 2 };
    }
}

impl Retries {
    /// As dispatch takes it.
    pub fn retry(self) -> Retry {
        Retry {
            rate_limited: self.retry,
            lost: self.retry_lost,
            ..Retry::default()
        }
    }
}

impl History {
    /// The filter terms as they were typed.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.filters
            .iter()
            .map(|term| term.trim_start_matches(NEGATED))
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{CommandFactory, Parser};

    use super::{Args, Command, spell};

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(spell(line.split(' ').map(OsString::from)))
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_stand_before_or_after_filters_and_a_filter_may_begin_with_a_dash() {
        for line in [
            "reqscope history --json -method:GET status:4xx --limit 3",
            "reqscope history status:4xx --limit 3 -method:GET --json",
        ] {
            let args = parse(line).expect(line);
            let Some(Command::History(history)) = args.command else {
                panic!("history")
            };
            let mut terms: Vec<_> = history.terms().collect();
            terms.sort_unstable();
            assert_eq!(
                (terms, history.limit, history.json),
                (vec!["-method:GET", "status:4xx"], 3, true),
                "{line}"
            );
        }
    }

    #[test]
    fn only_the_command_history_has_filters() {
        for line in [
            "reqscope --profile history send /v1 -HX-A:b",
            "reqscope send history -HX-A:b",
        ] {
            let args = parse(line).expect(line);
            let Some(Command::Send(send)) = args.command else {
                panic!("send: {line}")
            };
            assert_eq!(send.headers, ["X-A:b"], "{line}");
        }
        let args = parse("reqscope --color=never --profile x history -method:GET").expect("terms");
        assert!(matches!(args.command, Some(Command::History(_))));
    }

    #[test]
    fn a_replay_says_which_key() {
        assert!(parse("reqscope replay abc").is_err());
        assert!(parse("reqscope replay abc --same-key --new-key").is_err());
        assert!(parse("reqscope replay abc --new-key --yes --json").is_ok());
    }

    #[test]
    fn nothing_is_sent_again_unless_told() {
        for (line, expected) in [
            ("reqscope send /v1", (0, 0)),
            ("reqscope send /v1 --retry 3", (3, 0)),
            ("reqscope send --retry-lost 2 /v1 --retry=1", (1, 2)),
            ("reqscope replay abc --same-key --retry 4", (4, 0)),
        ] {
            let retry = match parse(line).expect(line).command {
                Some(Command::Send(send)) => send.retries.retry(),
                Some(Command::Replay(replay)) => replay.retries.retry(),
                _ => panic!("{line}"),
            };
            assert_eq!((retry.rate_limited, retry.lost), expected, "{line}");
            assert_eq!(retry.max_wait.as_secs(), 60, "{line}");
        }
        for bad in ["--retry", "--retry -1", "--retry x", "--retry-lost 1.5"] {
            assert!(parse(&format!("reqscope send /v1 {bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_out_is_a_length_of_time() {
        for bad in ["0", "-1", "x", "1e400"] {
            assert!(
                parse(&format!("reqscope send /v1 --timeout={bad}")).is_err(),
                "{bad}"
            );
        }
        assert!(parse("reqscope send /v1 --timeout 0.5").is_ok());
    }
}
