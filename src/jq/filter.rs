//! A filter, compiled and run over the values of a body. Pure: bytes in, values out.
//!
//! It may never end, fill the memory or overflow the stack: only `child` runs it.

use jaq_core::data::{DataT, HasLut};
use jaq_core::load::{Arena, Error as LoadError, File, Import, Loader, Modules};
use jaq_core::{Compiler, Ctx, Error, Exn, Lut, Vars};
use jaq_json::Val;
use jaq_std::input::{HasInputs, Inputs, RcIter};

use crate::jq::input::Values;
use crate::jq::offered::{definitions, natives};
use crate::jq::print::bounded;
use crate::jq::syntax::{SyntaxError, of_lexer, of_module, of_name, of_parser};

/// A filter that can be run.
pub struct Filter(jaq_core::Filter<Kind>);

/// Why a filter came to no end, or to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// An error of the filter's own, in jq's words, as text of a stranger.
    Runtime(String),
    /// The body is not JSON, and where.
    Input(String),
    /// Whoever takes the results wants no more.
    Taker(E),
}

/// What jaq is told of the data that filters see.
pub struct Kind;

/// The data: the compiled functions, and the values of the body that are still to come.
#[derive(Clone)]
pub struct Data<'a> {
    lut: &'a Lut<Kind>,
    inputs: Inputs<'a, Val>,
}

impl DataT for Kind {
    type V<'a> = Val;
    type Data<'a> = Data<'a>;
}

impl<'a> HasLut<'a, Kind> for Data<'a> {
    fn lut(&self) -> &'a Lut<Kind> {
        self.lut
    }
}

impl<'a> HasInputs<'a, Val> for Data<'a> {
    fn inputs(&self) -> Inputs<'a, Val> {
        self.inputs
    }
}

impl Filter {
    /// Compiles it.
    ///
    /// # Errors
    /// The first place where it is not jq, or asks for what is not offered here.
    pub fn compile(text: &str) -> Result<Filter, SyntaxError> {
        let arena = Arena::default();
        let main = File {
            code: text,
            path: (),
        };
        let loader = Loader::new(definitions()).with_read(none);
        let modules = loader.load(&arena, main);
        let modules = modules.map_err(|errors| {
            let first = errors.iter().map(|(_, error)| of_loader(text, error));
            first_of(text, first)
        })?;
        no_data(text, &modules)?;
        let compiled = Compiler::default().with_funs(natives()).compile(modules);
        compiled.map(Filter).map_err(|errors| {
            let names = errors.iter().flat_map(|(_, names)| names);
            first_of(
                text,
                names.map(|(name, undefined)| of_name(text, name, undefined)),
            )
        })
    }

    /// Runs it over each value of the body and hands on its results, until the first failure. `input` and `inputs` take
    /// the next values, as in jq.
    ///
    /// # Errors
    /// Its own error, a body that is not JSON, or what `take` answered.
    pub fn run<E>(
        &self,
        body: &[u8],
        mut take: impl FnMut(&Val) -> Result<(), E>,
    ) -> Result<(), Failure<E>> {
        let inputs = RcIter::new(Values::of(body));
        let data = Data {
            lut: &self.0.lut,
            inputs: &inputs,
        };
        for value in &inputs {
            let value = value.map_err(Failure::Input)?;
            let context = Ctx::<Kind>::new(data.clone(), Vars::new([]));
            for result in self.0.id.run((context, value)) {
                match result {
                    Ok(result) => take(&result).map_err(Failure::Taker)?,
                    Err(exception) => return ended(exception).map_err(Failure::Runtime),
                }
            }
        }
        Ok(())
    }
}

/// A filter that ends by `halt` has said all; any other exception is its error.
fn ended(exception: Exn<'_, Val>) -> Result<(), String> {
    match exception.get_err() {
        Ok(error) => Err(told(&error)),
        Err(exception) => match exception.get_halt() {
            Ok(_) => Ok(()),
            Err(other) => Err(format!("it ended in a way that jq has not: {other:?}")),
        },
    }
}

/// An error in jq's words. It may hold a whole body, so it is cut; a text that the filter raised comes without its quotes.
fn told(error: &Error<Val>) -> String {
    let text = bounded(error);
    serde_json::from_str(&text).unwrap_or(text)
}

/// The error that stands first in the filter.
fn first_of(text: &str, errors: impl Iterator<Item = SyntaxError>) -> SyntaxError {
    let first = errors.min_by_key(|error| error.start);
    // jaq fails with errors only.
    first.unwrap_or_else(|| SyntaxError::new(text, 0..0, "jaq refuses it"))
}

fn of_loader(text: &str, error: &LoadError<&str>) -> SyntaxError {
    match error {
        LoadError::Io(modules) => {
            first_of(text, modules.iter().map(|(path, _)| of_module(text, path)))
        }
        LoadError::Lex(errors) => first_of(text, errors.iter().map(|error| of_lexer(text, error))),
        LoadError::Parse(errors) => {
            first_of(text, errors.iter().map(|error| of_parser(text, error)))
        }
    }
}

/// Loads no module, wherever it is said to be.
fn none(_: Import<'_, &str, ()>) -> Result<File<String, ()>, String> {
    Err(String::new())
}

/// Refuses data that would be read from a file (`import "a" as $a;`).
fn no_data(text: &str, modules: &Modules<&str, ()>) -> Result<(), SyntaxError> {
    jaq_core::load::import(modules, |_| Err(String::new())).map_err(|errors| {
        let first = errors.iter().map(|(_, error)| of_loader(text, error));
        first_of(text, first)
    })
}

#[cfg(test)]
mod tests {
    use crate::jq::filter::{Failure, Filter};

    /// The results, one a line and close together, and the failure after them.
    fn run(filter: &str, body: &str) -> (Vec<String>, Result<(), Failure<()>>) {
        let compiled = Filter::compile(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
        let mut results = Vec::new();
        let ended = compiled.run(body.as_bytes(), |value| {
            results.push(value.to_string());
            Ok(())
        });
        (results, ended)
    }

    #[test]
    fn what_a_filter_makes_of_a_body() {
        const BODY: &str = r#"{"b":[{"id":1,"t":"x"},{"id":2}],"a":{"n":1.50}}"#;
        #[rustfmt::skip]
        let table: &[(&str, &[&str])] = &[
            (".", &[BODY]),
            (".a.n", &["1.50"]),
            (".b[] | .id", &["1", "2"]),
            (".b | map(select(.t == \"x\").id)", &["[1]"]),
            ("keys, keys_unsorted", &[r#"["a","b"]"#, r#"["b","a"]"#]),
            ("[.. | numbers]", &["[1,2,1.50]"]),
            ("to_entries[0].key", &["\"b\""]),
            (".missing?, .missing // \"none\"", &["null", "\"none\""]),
            (".b[0].t | test(\"^x$\"), ascii_upcase", &["true", "\"X\""]),
            ("@json \"\\(.a)\", (.a | tojson | fromjson)", &[r#""{\"n\":1.50}""#, r#"{"n":1.50}"#]),
            ("\"é\" | @uri, @base64", &["\"%C3%A9\"", "\"w6k=\""]),
            ("0 | todate, gmtime[0], strftime(\"%Y\")", &["\"1970-01-01T00:00:00Z\"", "1970", "\"1970\""]),
            ("def f(x): x * 2; f(.b[].id)", &["2", "4"]),
            ("reduce .b[].id as $n (0; . + $n)", &["3"]),
            ("try error(\"x\") catch .", &["\"x\""]),
            ("[limit(3; repeat(1))], first(range(10; 20))", &["[1,1,1]", "10"]),
            ("del(.b) | .c = 1", &[r#"{"a":{"n":1.50},"c":1}"#]),
            ("now > 1600000000", &["true"]),
            ("empty", &[]),
            ("1, halt, 2", &["1"]),
        ];
        for (filter, expected) in table {
            assert_eq!(
                run(filter, BODY),
                (expected.iter().map(ToString::to_string).collect(), Ok(())),
                "{filter}"
            );
        }
    }

    #[test]
    fn a_body_of_several_values_is_filtered_value_by_value() {
        for (filter, expected) in [
            (".a", &["1", "2", "3"][..]),
            ("[., inputs] | map(.a)", &["[1,2,3]"]),
            ("input.a", &["2"]),
        ] {
            let (results, _) = run(filter, "{\"a\":1}\n{\"a\":2} {\"a\":3}\n");
            assert_eq!(results, expected, "{filter}");
        }
        assert_eq!(run(".", " \n"), (vec![], Ok(())));
    }

    #[test]
    fn a_failure_ends_the_run_and_what_came_before_stays() {
        let runtime = |words: &str| Err(Failure::Runtime(words.to_owned()));
        for (filter, body, expected) in [
            (".[]", "[1] 2 [3]", runtime("cannot use 2 as iterable (array or object)")),
            ("if . == [1] then 1 else error(\"a \\\"b\\\"\") end", "[1] 2", runtime("a \"b\"")),
            ("1, error({a: 1})", "0", runtime("{\"a\":1}")),
            ("1, halt_error", "\"gone\"", runtime("gone")),
            ("1, error(null)", "0", runtime("null")),
            (
                ".[0]",
                "[1]\n[2",
                Err(Failure::Input(
                    "the body is not JSON: the text ends too early: expected ',' or ']' at line 2, column 3".into(),
                )),
            ),
        ] {
            assert_eq!(run(filter, body), (vec!["1".to_owned()], expected), "{filter}");
        }
    }

    #[test]
    fn a_message_is_cut() {
        let body = format!("[{}1]", "\"a body of a customer\",".repeat(1_000));
        let (_, ended) = run(".x", &body);
        let Err(Failure::Runtime(message)) = ended else {
            panic!("{ended:?}")
        };
        assert!(message.starts_with("cannot index [\"a body") && message.ends_with('…'));
        assert!(message.len() < 1_100, "{}", message.len());
    }

    #[test]
    fn whoever_takes_the_results_may_end_the_run() {
        let endless = Filter::compile("repeat(1)").expect("a filter");
        let mut left = 3;
        let ended = endless.run(b"0", |_| {
            left -= 1;
            if left == 0 { Err("enough") } else { Ok(()) }
        });
        assert_eq!(ended, Err(Failure::Taker("enough")));
    }
}
