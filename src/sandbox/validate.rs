//! Validation: all that is wrong with a body, each with its place, and not only the first.
//!
//! The readers take a JSON value and its path, answer what they read, and note what is wrong in [`Findings`]; a resource
//! reads all its fields before it asks for the verdict.

use http::StatusCode;
use serde_json::{Map, Number, Value};

use crate::sandbox::answer::{Answer, Problem};

/// The longest name of anything, in characters.
const LONGEST_NAME: usize = 200;

/// What is wrong so far.
#[derive(Debug, Default)]
pub struct Findings {
    problems: Vec<Problem>,
}

impl Findings {
    /// Notes that something is wrong at `path`.
    pub fn add(&mut self, path: &[&str], code: &'static str, message: &str) {
        self.problems.push(Problem::at(path, code, message));
    }

    /// The 422 with everything noted, if there is anything.
    pub fn verdict(self) -> Option<Answer> {
        let wrong = !self.problems.is_empty();
        wrong.then(|| Answer::problems(StatusCode::UNPROCESSABLE_ENTITY, &self.problems))
    }

    /// An object.
    pub fn object<'v>(
        &mut self,
        value: &'v Value,
        path: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        self.expect(value.as_object(), path, "must be an object")
    }

    /// An array.
    pub fn array<'v>(&mut self, value: &'v Value, path: &[&str]) -> Option<&'v Vec<Value>> {
        self.expect(value.as_array(), path, "must be an array")
    }

    /// A string.
    pub fn text<'v>(&mut self, value: &'v Value, path: &[&str]) -> Option<&'v str> {
        self.expect(value.as_str(), path, "must be a string")
    }

    fn expect<T>(&mut self, found: Option<T>, path: &[&str], message: &str) -> Option<T> {
        if found.is_none() {
            self.add(path, "wrong_type", message);
        }
        found
    }

    /// A field that must be there.
    pub fn required<'v>(
        &mut self,
        object: &'v Map<String, Value>,
        name: &str,
    ) -> Option<&'v Value> {
        let found = object.get(name);
        if found.is_none() {
            self.add(&[name], "missing", "is missing");
        }
        found
    }

    /// A whole number above zero; `code` is what a number of zero or less is called.
    pub fn positive(&mut self, value: &Value, path: &[&str], code: &'static str) -> Option<u64> {
        match value.as_number().and_then(whole) {
            Some(Whole::Positive(number)) => Some(number),
            Some(Whole::NotPositive) => {
                self.add(path, code, "must be greater than zero");
                None
            }
            None => {
                self.add(path, "wrong_type", "must be a whole number of minor units");
                None
            }
        }
    }

    /// The `name` that accounts and boxes have.
    pub fn name<'v>(&mut self, body: &'v Value) -> Option<&'v str> {
        let object = self.object(body, &[])?;
        let value = self.required(object, "name")?;
        let name = self.text(value, &["name"])?;
        if name.trim().is_empty() {
            self.add(&["name"], "blank", "must not be blank");
        } else if name.chars().count() > LONGEST_NAME {
            self.add(
                &["name"],
                "too_long",
                "must not be longer than 200 characters",
            );
        }
        Some(name)
    }
}

enum Whole {
    Positive(u64),
    NotPositive,
}

/// Numbers too big for 64 bits reach us as floats: they are above any balance (saturated) or below zero, not of a wrong type.
fn whole(number: &Number) -> Option<Whole> {
    if let Some(number) = number.as_u64() {
        return Some(if number > 0 {
            Whole::Positive(number)
        } else {
            Whole::NotPositive
        });
    }
    if number.as_i64().is_some() {
        return Some(Whole::NotPositive);
    }
    match number.as_f64()? {
        huge if huge >= 2_f64.powi(64) => Some(Whole::Positive(u64::MAX)),
        huge if huge <= -(2_f64.powi(63)) => Some(Whole::NotPositive),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Findings;
    use crate::sandbox::answer::Problem;

    #[test]
    fn whole_numbers_above_zero() {
        for (text, expected) in [
            ("1", Ok(1)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("18446744073709551616", Ok(u64::MAX)),
            ("0", Err("not_positive")),
            ("-5", Err("not_positive")),
            ("-99999999999999999999", Err("not_positive")),
            ("1.5", Err("wrong_type")),
            ("-1.5", Err("wrong_type")),
            ("5.0", Err("wrong_type")),
            ("\"5\"", Err("wrong_type")),
            ("null", Err("wrong_type")),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let mut findings = Findings::default();
            let read = findings.positive(&value, &["amount"], "not_positive");
            let code = findings
                .problems
                .first()
                .map(|problem| serde_json::to_value(problem).unwrap()["code"].clone());
            match expected {
                Ok(number) => assert_eq!((read, code), (Some(number), None), "{text}"),
                Err(expected) => assert_eq!((read, code), (None, Some(json!(expected))), "{text}"),
            }
        }
    }

    #[test]
    fn names() {
        let long = json!({"name": "é".repeat(200)});
        let longer = json!({"name": "é".repeat(201)});
        for (body, expected) in [
            (json!({"name": "Kitchen"}), None),
            (long, None),
            (longer, Some((vec!["name"], "too_long"))),
            (json!({"name": " "}), Some((vec!["name"], "blank"))),
            (json!({"name": 3}), Some((vec!["name"], "wrong_type"))),
            (json!({}), Some((vec!["name"], "missing"))),
            (json!([]), Some((vec![], "wrong_type"))),
        ] {
            let mut findings = Findings::default();
            findings.name(&body);
            let found = findings.problems.iter().map(place).next();
            assert_eq!(
                found,
                expected.map(|(path, code)| (json!(path), json!(code))),
                "{body}"
            );
        }
    }

    fn place(problem: &Problem) -> (Value, Value) {
        let problem = serde_json::to_value(problem).unwrap();
        (problem["path"].clone(), problem["code"].clone())
    }
}
