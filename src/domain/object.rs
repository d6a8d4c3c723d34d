//! The objects that an answer names: the one that a 2xx made, and those that a look-up lists.
//!
//! ```text
//!   POST … 201 {"id":"pay_1", …}                            ─▶ [pay_1]
//!   GET look-up 200 {"data":[{"id":"pay_1"},{"id":"pay_2"}]} ─▶ [pay_1, pay_2]   the operation was done twice
//!   GET look-up 200 {"data":[]}, or 404                      ─▶ []               none found yet
//!   anything else, or not understood                         ─▶ None             it tells nothing
//! ```
//!
//! Where an id stands is the profile's word ([`Profile::object_ids`], [`Profile::look_up_list`]). "None" and "none found"
//! are kept apart with care: a list that could not be read must never pass for an empty one.

use crate::domain::id::OperationId;
use crate::domain::profile::Profile;
use crate::domain::request::Method;
use crate::json::value::Value;

/// At most so many objects of one answer are named.
const MOST: usize = 100;

/// No id is longer, in bytes.
const LONGEST: usize = 200;

/// An answer, as far as objects go.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The operation it was an exchange of.
    pub operation: &'a OperationId,
    /// The method that was sent.
    pub method: &'a Method,
    /// The target as sent, relative to the profile's base URL.
    pub target: &'a str,
    /// The status.
    pub status: u16,
    /// The body, as far as it was kept.
    pub body: &'a [u8],
    /// Whether that is all of it.
    pub complete: bool,
}

impl Answered<'_> {
    /// The ids of the objects it names; `None` when it tells nothing.
    pub fn objects(&self, profile: &Profile) -> Option<Vec<String>> {
        if !self.method.is_safe() {
            let made = (200..300).contains(&self.status);
            return made.then(|| {
                Vec::from_iter(Value::root(self.body).and_then(|root| id(root, profile)))
            });
        }
        if !self.is_look_up(profile) {
            return None;
        }
        match self.status {
            200..300 => self.listed(profile),
            404 => Some(Vec::new()),
            _ => None,
        }
    }

    /// Whether it answers the question what its operation made. A carrier may have put the account behind the target.
    fn is_look_up(&self, profile: &Profile) -> bool {
        let target = profile.look_up_target(self.operation);
        let rest = target.and_then(|target| self.target.strip_prefix(&target));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['&', '?', '#']))
    }

    fn listed(&self, profile: &Profile) -> Option<Vec<String>> {
        let root = Value::root(self.body)?;
        let found = match &profile.look_up_list {
            _ if root.is_array() => root,
            Some(place) => place.find(self.body)?,
            None => root,
        };
        if !found.is_array() {
            return id(found, profile).map(|id| vec![id]);
        }
        let mut ids = Vec::new();
        let mut is_empty = true;
        for element in found.children().take(MOST) {
            is_empty = false;
            ids.extend(id(element.value, profile));
        }
        // Elements without an id, or a list that was cut before the first, are no empty list.
        (!ids.is_empty() || (is_empty && self.complete)).then_some(ids)
    }
}

/// The id of an object: what stands at the first of the profile's places that is there; a text is an id itself.
fn id(object: Value<'_>, profile: &Profile) -> Option<String> {
    let text = match object.as_string() {
        Some(text) => text,
        None => {
            let mut places = profile.object_ids.iter();
            places.find_map(|place| place.find_in(object)?.as_text())?
        }
    };
    (!text.is_empty() && text.len() <= LONGEST).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::Answered;
    use crate::domain::id::OperationId;
    use crate::domain::pointer::Pointer;
    use crate::domain::profile::Profile;
    use crate::domain::request::Method;

    /// Method, target, status, body; the ids.
    type Case = (
        &'static str,
        &'static str,
        u16,
        &'static str,
        Option<&'static [&'static str]>,
    );

    const LOOK_UP: &str = "/v1/payments?requestId=op_1";

    fn objects(method: &str, target: &str, status: u16, body: &str) -> Option<Vec<String>> {
        let answered = Answered {
            operation: &OperationId::known("op_1"),
            method: &Method::parse(method).expect(method),
            target,
            status,
            body: body.as_bytes(),
            complete: true,
        };
        answered.objects(&Profile::of_sandbox())
    }

    #[test]
    fn what_an_answer_names_and_what_it_does_not_tell() {
        let none_found: Option<&'static [&'static str]> = Some(&[]);
        let cases: [Case; 18] = [
            (
                "POST",
                "/v1/payments",
                201,
                r#"{"id":"pay_1"}"#,
                Some(&["pay_1"]),
            ),
            ("POST", "/v1/payments", 201, r#"{"id":17}"#, Some(&["17"])),
            ("POST", "/v1/payments", 201, "", none_found),
            ("POST", "/v1/payments", 201, "not json", none_found),
            ("POST", "/v1/payments", 201, r#"{"id":null}"#, none_found),
            ("POST", "/v1/payments", 422, r#"{"id":"pay_1"}"#, None),
            ("POST", "/v1/payments", 503, r#"{"id":"pay_1"}"#, None),
            ("GET", "/v1/payments/pay_1", 200, r#"{"id":"pay_1"}"#, None),
            (
                "GET",
                LOOK_UP,
                200,
                r#"{"data":[{"id":"pay_1"},{"id":"pay_2"}]}"#,
                Some(&["pay_1", "pay_2"]),
            ),
            (
                "GET",
                LOOK_UP,
                200,
                r#"{"data":["pay_1"]}"#,
                Some(&["pay_1"]),
            ),
            ("GET", LOOK_UP, 200, r#"[{"id":"pay_1"}]"#, Some(&["pay_1"])),
            (
                "GET",
                LOOK_UP,
                200,
                r#"{"data":{"id":"pay_1"}}"#,
                Some(&["pay_1"]),
            ),
            ("GET", LOOK_UP, 200, r#"{"data":[]}"#, none_found),
            ("GET", LOOK_UP, 404, "", none_found),
            // A list that cannot be read is not an empty one.
            ("GET", LOOK_UP, 200, r#"{"data":[{"name":"x"}]}"#, None),
            ("GET", LOOK_UP, 200, r#"{"items":[]}"#, None),
            ("GET", LOOK_UP, 503, r#"{"data":[]}"#, None),
            (
                "GET",
                "/v1/payments?requestId=op_12",
                200,
                r#"{"data":[]}"#,
                None,
            ),
        ];
        for (method, target, status, body, expected) in cases {
            let expected = expected.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
            let got = objects(method, target, status, body);
            assert_eq!(got, expected, "{method} {target} {status} {body}");
        }
    }

    #[test]
    fn a_cut_list_is_no_empty_one_and_an_account_may_stand_behind_the_question() {
        let answered = Answered {
            operation: &OperationId::known("op_1"),
            method: &Method::get(),
            target: &format!("{LOOK_UP}&account=acct_1"),
            status: 200,
            body: br#"{"data":["#,
            complete: false,
        };
        assert_eq!(answered.objects(&Profile::of_sandbox()), None);
        let whole = Answered {
            body: br#"{"data":[]}"#,
            complete: true,
            ..answered
        };
        assert_eq!(whole.objects(&Profile::of_sandbox()), Some(vec![]));
        assert_eq!(
            whole.objects(&Profile::new("p")),
            None,
            "it cannot be asked"
        );
    }

    #[test]
    fn the_first_place_that_is_there_names_the_object_and_size_is_bounded() {
        let mut profile = Profile::of_sandbox();
        profile.object_ids = ["/payment/id", "/id"]
            .map(|text| Pointer::parse(text).expect(text))
            .into();
        let method = Method::post();
        let answered = |body| {
            Answered {
                operation: &OperationId::known("op_1"),
                method: &method,
                target: "/v1/payments",
                status: 201,
                body,
                complete: true,
            }
            .objects(&profile)
        };
        let both = br#"{"id":"evt_1","payment":{"id":"pay_1"}}"#;
        assert_eq!(answered(both), Some(vec!["pay_1".to_owned()]));
        assert_eq!(
            answered(br#"{"id":"evt_1"}"#),
            Some(vec!["evt_1".to_owned()])
        );
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(201));
        assert_eq!(answered(long.as_bytes()), Some(vec![]));
        let many = format!(r#"{{"data":[{}]}}"#, vec![r#""a""#; 5000].join(","));
        assert_eq!(
            objects("GET", LOOK_UP, 200, &many).map(|ids| ids.len()),
            Some(100)
        );
    }
}
