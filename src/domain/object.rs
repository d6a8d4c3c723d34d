//! The objects that an answer names: the one that a 2xx made, and those that a look-up lists.
//!
//! ```text
//!   POST … 201 {"id":"pay_1", …}                             ─▶ pay_1
//!   GET look-up 200 {"data":[{"id":"pay_1"},{"id":"pay_2"}]} ─▶ pay_1, pay_2   the operation was done twice
//!   GET look-up 200 {"data":[{"id":"pay_1"}],"has_more":true} ─▶ pay_1, and maybe more
//!   GET look-up 200 {"data":[]}, or 404                      ─▶ none           none found yet
//!   anything else, or not understood                         ─▶ nothing told
//! ```
//!
//! Where an id stands is the profile's word ([`Profile::object_ids`], [`Profile::look_up_list`]). What tells nothing,
//! what tells of none and what may have left some out are kept apart with care: a list that could not be read to its end
//! must never pass for a whole one.

use serde::{Deserialize, Serialize};

use crate::domain::carrier::Carrier;
use crate::domain::id::OperationId;
use crate::domain::profile::{Profile, REQUEST_ID};
use crate::domain::request::Method;
use crate::json::check::check;
use crate::json::token::Kind;
use crate::json::value::Value;

/// At most so many objects of one answer are named.
const MOST: usize = 100;

/// No id is longer, in bytes.
const LONGEST: usize = 200;

/// Members by which lists say that there is another page.
const MORE: [&str; 6] = [
    "has_more",
    "hasMore",
    "next_cursor",
    "nextCursor",
    "next_page",
    "next",
];

/// What an answer names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The ids, each once, in the server's order.
    pub ids: Vec<String>,
    /// Whether some may have been left out.
    #[serde(default)]
    pub partial: bool,
}

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
    /// Whether that is all of it, as it came.
    pub complete: bool,
}

impl Answered<'_> {
    /// The objects it names; `None` when it tells nothing.
    pub fn objects(&self, profile: &Profile) -> Option<Named> {
        if !self.method.is_safe() {
            let made = (200..300).contains(&self.status);
            let id = || Value::root(self.body).and_then(|root| id(root, profile));
            return made.then(|| Named {
                ids: id().into_iter().collect(),
                partial: false,
            });
        }
        if !self.is_look_up(profile) {
            return None;
        }
        match self.status {
            200..300 => self.listed(profile),
            404 if names_a_place(profile) => Some(Named::default()),
            _ => None,
        }
    }

    /// Whether it asked what its operation made, and nothing narrower: behind the target stand at most the parameters
    /// that the profile's carriers put there.
    fn is_look_up(&self, profile: &Profile) -> bool {
        let target = profile.look_up_target(self.operation);
        let Some(rest) = target.and_then(|target| self.target.strip_prefix(&target)) else {
            return false;
        };
        let carried = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            [&profile.request_id_carrier, &profile.account_carrier]
                .into_iter()
                .any(|carrier| matches!(carrier, Carrier::Query(own) if own == name))
        };
        match rest.strip_prefix(['&', '?']) {
            None => rest.is_empty(),
            Some(pairs) => pairs.split('&').all(carried),
        }
    }

    /// Whether nothing of it is missing: a server, or who stands between, may end it early and in good order.
    fn is_whole(&self) -> bool {
        self.complete && check(self.body).is_ok()
    }

    fn listed(&self, profile: &Profile) -> Option<Named> {
        let root = Value::root(self.body)?;
        let found = match &profile.look_up_list {
            _ if root.is_array() => root,
            Some(place) => place.find(self.body)?,
            None => root,
        };
        if !found.is_array() {
            let ids = vec![id(found, profile)?];
            let partial = !self.is_whole();
            return Some(Named { ids, partial });
        }
        let (mut ids, mut seen, mut unread) = (Vec::new(), 0, false);
        for element in found.children().take(MOST + 1) {
            seen += 1;
            match id(element.value, profile) {
                Some(id) if seen <= MOST && !ids.contains(&id) => ids.push(id),
                Some(_) if seen <= MOST => {}
                _ => unread = true,
            }
        }
        let partial = unread || !self.is_whole() || has_more(root);
        // A list of which nothing was read to its end says nothing: neither one nor none.
        (!ids.is_empty() || !partial).then_some(Named { ids, partial })
    }
}

/// Whether the look-up asks for a thing that may not be there, rather than for a list that may be empty.
fn names_a_place(profile: &Profile) -> bool {
    let path = profile.look_up.as_ref();
    let path = path.and_then(|template| template.split('?').next());
    path.is_some_and(|path| path.contains(REQUEST_ID))
}

/// Whether a list says that it goes on: a true flag, or a cursor.
fn has_more(root: Value<'_>) -> bool {
    let says = |at: Value<'_>| {
        let members = MORE.iter().filter_map(|name| at.get(name));
        let mut members = members.map(|member| (member.kind(), member.raw()));
        members.any(|(kind, raw)| match kind {
            Kind::True | Kind::String | Kind::Number => raw != "\"\"" && raw != "0",
            _ => false,
        })
    };
    says(root)
        || ["links", "meta", "pagination"]
            .iter()
            .any(|name| root.get(name).is_some_and(says))
}

/// The id of an object: what stands at the first of the profile's places that is there; a text is an id itself. An id is
/// a word that a person can read aloud and paste anywhere: whatever else a server calls one is none.
fn id(object: Value<'_>, profile: &Profile) -> Option<String> {
    let text = match object.as_string() {
        Some(text) => text,
        None => {
            let mut places = profile.object_ids.iter();
            places.find_map(|place| place.find_in(object)?.as_text())?
        }
    };
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && (1..=LONGEST).contains(&text.len())).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Answered, Named};
    use crate::domain::carrier::Carrier;
    use crate::domain::id::OperationId;
    use crate::domain::pointer::Pointer;
    use crate::domain::profile::Profile;
    use crate::domain::request::Method;

    const LOOK_UP: &str = "/v1/payments?requestId=op_1";

    fn answered<'a>(
        (method, operation): (&'a Method, &'a OperationId),
        target: &'a str,
        status: u16,
        body: &'a str,
    ) -> Answered<'a> {
        Answered {
            operation,
            method,
            target,
            status,
            body: body.as_bytes(),
            complete: true,
        }
    }

    /// The ids with commas between them, `none`, or `-` where nothing is told; `+` for "and maybe more".
    fn told(named: Option<Named>) -> String {
        let Some(named) = named else {
            return "-".into();
        };
        let ids = match named.ids.is_empty() {
            true => "none".into(),
            false => named.ids.join(","),
        };
        let more = if named.partial { "+" } else { "" };
        format!("{ids}{more}")
    }

    fn objects(profile: &Profile, method: &str, target: &str, status: u16, body: &str) -> String {
        let (method, operation) = (
            Method::parse(method).expect(method),
            OperationId::known("op_1"),
        );
        told(answered((&method, &operation), target, status, body).objects(profile))
    }

    #[test]
    fn what_an_answer_names_and_what_it_does_not_tell() {
        #[rustfmt::skip]
        let cases = [
            ("POST", "/v1/payments", 201, r#"{"id":"pay_1"}"#, "pay_1"),
            ("POST", "/v1/payments", 201, r#"{"id":17}"#, "17"),
            ("POST", "/v1/payments", 201, "", "none"),
            ("POST", "/v1/payments", 201, "not json", "none"),
            ("POST", "/v1/payments", 201, r#"{"id":null}"#, "none"),
            // What is no word is no id: it would be pasted into a shell.
            ("POST", "/v1/payments", 201, "{\"id\":\"pay_1\\nrm -r x\"}", "none"),
            ("POST", "/v1/payments", 422, r#"{"id":"pay_1"}"#, "-"),
            ("POST", "/v1/payments", 503, r#"{"id":"pay_1"}"#, "-"),
            ("GET", "/v1/payments/pay_1", 200, r#"{"id":"pay_1"}"#, "-"),
            ("GET", LOOK_UP, 200, r#"{"data":[{"id":"pay_1"},{"id":"pay_2"}]}"#, "pay_1,pay_2"),
            ("GET", LOOK_UP, 200, r#"{"data":[{"id":"pay_1"},{"id":"pay_1"}]}"#, "pay_1"),
            ("GET", LOOK_UP, 200, r#"{"data":["pay_1"]}"#, "pay_1"),
            ("GET", LOOK_UP, 200, r#"[{"id":"pay_1"}]"#, "pay_1"),
            ("GET", LOOK_UP, 200, r#"{"data":{"id":"pay_1"}}"#, "pay_1"),
            ("GET", LOOK_UP, 200, r#"{"data":[],"has_more":false,"next":null}"#, "none"),
            // What may have left some out is no whole list, and no empty one.
            ("GET", LOOK_UP, 200, r#"{"data":[{"id":"pay_1"}],"has_more":true}"#, "pay_1+"),
            ("GET", LOOK_UP, 200, r#"{"data":[{"id":"pay_1"}],"links":{"next":"/p?after=1"}}"#, "pay_1+"),
            ("GET", LOOK_UP, 200, r#"{"data":[{"id":"pay_1"},{"name":"x"}]}"#, "pay_1+"),
            ("GET", LOOK_UP, 200, r#"{"data":[],"next_cursor":"c2"}"#, "-"),
            ("GET", LOOK_UP, 200, r#"{"data":[{"name":"x"}]}"#, "-"),
            ("GET", LOOK_UP, 200, r#"{"items":[]}"#, "-"),
            ("GET", LOOK_UP, 503, r#"{"data":[]}"#, "-"),
            ("GET", LOOK_UP, 404, "", "-"),
            // Another operation's, and a narrower question.
            ("GET", "/v1/payments?requestId=op_12", 200, r#"{"data":[]}"#, "-"),
            ("GET", "/v1/payments?requestId=op_1&status=failed", 200, r#"{"data":[]}"#, "-"),
        ];
        for (method, target, status, body, expected) in cases {
            let got = objects(&Profile::of_sandbox(), method, target, status, body);
            assert_eq!(got, expected, "{method} {target} {status} {body}");
        }
    }

    #[test]
    fn a_place_that_is_not_there_is_none_and_carriers_may_add_their_own() {
        let mut profile = Profile::of_sandbox();
        profile.look_up = Some("/v1/operations/{requestId}".into());
        let asked = |profile: &Profile, status, body| {
            objects(profile, "GET", "/v1/operations/op_1", status, body)
        };
        assert_eq!(asked(&profile, 404, ""), "none");
        profile.look_up_list = None;
        assert_eq!(asked(&profile, 200, r#"{"id":"pay_1"}"#), "pay_1");
        profile = Profile::of_sandbox();
        profile.account_carrier = Carrier::Query("account".into());
        let target = format!("{LOOK_UP}&account=acct_1");
        let empty = r#"{"data":[]}"#;
        assert_eq!(objects(&profile, "GET", &target, 200, empty), "none");
        let other = format!("{target}&limit=1");
        assert_eq!(objects(&profile, "GET", &other, 200, empty), "-");
        assert_eq!(objects(&Profile::new("p"), "GET", LOOK_UP, 200, empty), "-");
    }

    #[test]
    fn a_cut_list_is_not_whole_and_size_is_bounded() {
        let (method, operation) = (Method::get(), OperationId::known("op_1"));
        for (body, expected) in [
            (r#"{"data":["#, "-"),
            (r#"{"data":[]"#, "-"),
            (r#"{"data":[{"id":"pay_1"},"#, "pay_1+"),
            (r#"{"data":[{"id":"pay_1"}],"#, "pay_1+"),
            (r#"{"data":{"id":"pay_1"}"#, "pay_1+"),
        ] {
            // Whether or not it is known that more was to come.
            for complete in [false, true] {
                let cut = Answered {
                    complete,
                    ..answered((&method, &operation), LOOK_UP, 200, body)
                };
                assert_eq!(
                    told(cut.objects(&Profile::of_sandbox())),
                    expected,
                    "{body}"
                );
            }
        }
        let ids: Vec<String> = (0..5000).map(|n| format!("\"id_{n}\"")).collect();
        let many = format!(r#"{{"data":[{}]}}"#, ids.join(","));
        let many =
            answered((&method, &operation), LOOK_UP, 200, &many).objects(&Profile::of_sandbox());
        let many = many.expect("a list");
        assert_eq!((many.ids.len(), many.partial), (100, true));
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(201));
        let profile = Profile::of_sandbox();
        assert_eq!(
            objects(&profile, "POST", "/v1/payments", 201, &long),
            "none"
        );
    }

    #[test]
    fn the_first_place_that_is_there_names_the_object() {
        let mut profile = Profile::of_sandbox();
        profile.object_ids = ["/payment/id", "/id"]
            .map(|text| Pointer::parse(text).expect(text))
            .into();
        let made = |body| objects(&profile, "POST", "/v1/payments", 201, body);
        assert_eq!(made(r#"{"id":"evt_1","payment":{"id":"pay_1"}}"#), "pay_1");
        assert_eq!(made(r#"{"id":"evt_1"}"#), "evt_1");
    }
}
