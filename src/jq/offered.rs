//! What a filter may call: jq's functions, without those that look outside the body.

use jaq_core::load::parse::Def;
use jaq_core::native::Fun;

use crate::jq::filter::Kind;

/// What jq has and a filter here has not, and what is to be said of it.
const WITHHELD: &[(&str, &str)] = &[
    ("env", "a filter sees no environment"),
    ("$ENV", "a filter sees no environment"),
    ("input_filename", "a filter sees no file but the body"),
    ("input_line_number", "a body is read whole"),
    ("debug", "a filter has no other output than its results"),
    ("stderr", "a filter has no other output than its results"),
    (
        "localtime",
        "a filter knows no time zone but UTC: write gmtime",
    ),
    (
        "strflocaltime",
        "a filter knows no time zone but UTC: write strftime",
    ),
];

/// Of jaq's own, beneath those above: the log, and a text of bytes that JSON cannot say.
const DROPPED: &[&str] = &["debug_empty", "stderr_empty", "halt_error", "tobytes"];

/// What stands in the place of what was dropped and needs no outside.
const OURS: &str = "def halt_error: error; def halt_error($status): error;";

/// Why a filter has not this name, when jq has it.
pub fn why_withheld(name: &str) -> Option<&'static str> {
    let of_name = WITHHELD.iter().find(|(withheld, _)| *withheld == name);
    of_name.map(|(_, why)| *why)
}

fn is_offered(name: &str) -> bool {
    why_withheld(name).is_none() && !DROPPED.contains(&name)
}

/// The functions that are written in jq itself.
pub fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    let ours = jaq_core::load::parse(OURS, |parser| parser.defs()).unwrap_or_default();
    jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|definition| is_offered(definition.name))
        .chain(ours)
}

/// The functions that are not.
pub fn natives() -> impl Iterator<Item = Fun<Kind>> {
    let inputs = jaq_std::input::funs::<Kind>().into_vec();
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, ..)| is_offered(name))
        .chain(inputs.into_iter().map(jaq_core::native::run::<Kind>))
}

/// With how many arguments a name may be called, ascending.
pub fn arities(name: &str) -> Vec<usize> {
    let defined = definitions().map(|definition| (definition.name, definition.args.len()));
    let native = natives().map(|(name, arguments, _)| (name, arguments.len()));
    let of_name = defined.chain(native).filter(|(known, _)| *known == name);
    let mut arities: Vec<usize> = of_name.map(|(_, arity)| arity).collect();
    arities.sort_unstable();
    arities.dedup();
    arities
}
