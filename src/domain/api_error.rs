//! Error bodies of many dialects, read into one form.
//!
//! ```text
//!   answer ──the dialect the profile fixes, or the first that knows it──▶ errors with paths ──locate──▶ errors with places
//! ```
//!
//! A dialect is recognised by media type and shape, never by whom we talk to; a profile may fix one, and then that reader
//! alone is asked. Each is one reader in a file of its own and one row in `READERS`; the table test shows what the real
//! APIs send. A reader goes as far as the body lets it and says in `not_understood` where it could not.

pub mod answer;
pub mod asked;
pub mod dialect;
pub mod envelope;
pub mod fastapi;
pub mod google;
pub mod graphql;
pub mod json_api;
pub mod locate;
pub mod problem;
pub mod stripe;
pub mod text;
pub mod zod;

use serde::{Deserialize, Serialize};

use crate::domain::api_error::answer::Answer;
use crate::domain::api_error::asked::Asked;
use crate::domain::api_error::dialect::Dialect;
use crate::domain::api_error::locate::locate;
use crate::domain::field_path::Place;
use crate::domain::note::shortened;
use crate::json::check::check;

/// A report lists no more errors than these. An answer of many megabytes may hold a million, and each of them would
/// rest in a row, be drawn and be looked for in the body; what lies beyond is named in `not_understood`.
pub const MOST: usize = 20_000;

/// What an error answer says. What a row of before did not know is empty in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorReport {
    /// In which dialect it was read; `None` in rows of before, and where the fixed one could not be read.
    #[serde(default)]
    pub dialect: Option<Dialect>,
    /// The envelope's own code, `request_errors` on the API page.
    pub code: Option<String>,
    /// What it says of the whole, when it does.
    #[serde(default)]
    pub title: Option<String>,
    /// And at more length.
    #[serde(default)]
    pub details: Option<String>,
    /// Each error, in the server's order.
    pub errors: Vec<ApiError>,
    /// Members beside these at the envelope's own level, each with its JSON text.
    #[serde(default)]
    pub extra: Vec<(String, String)>,
    /// What in the body was not understood, in plain words; empty when all was.
    pub not_understood: Vec<String>,
}

impl ErrorReport {
    /// The list of errors as far as one was read: empty when the server sent an empty one, `None` when none could be
    /// read from what it sent.
    pub fn list(&self) -> Option<&[ApiError]> {
        let unread = self.errors.is_empty() && !self.not_understood.is_empty();
        (!unread).then_some(self.errors.as_slice())
    }
}

/// One error of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiError {
    /// The error's own code.
    pub code: Option<String>,
    /// What it says to a person.
    pub message: Option<String>,
    /// The path to what caused it, as sent (numbers as text).
    pub path: Vec<String>,
    /// Where that path leads.
    pub place: Place,
    /// Members beside code, message and path (`title`, `details`, …), each with its JSON text.
    pub extra: Vec<(String, String)>,
}

/// In which answers a dialect is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Those whose status says that they are errors.
    Error,
    /// All: its shape is told from any other without the status.
    Any,
}

/// Reads an answer, or tells that it is not of this dialect. Places carry their part alone: the rest is found after.
type Reader = fn(&Answer) -> Option<ErrorReport>;

/// In the order of asking: the narrow shapes first.
const READERS: [(Dialect, Status, Reader); 10] = [
    (Dialect::Envelope, Status::Any, envelope::read),
    (Dialect::Problem, Status::Error, problem::read_labelled),
    (Dialect::Google, Status::Error, google::read),
    (Dialect::Zod, Status::Error, zod::read),
    (Dialect::Stripe, Status::Error, stripe::read),
    (Dialect::GraphQl, Status::Any, graphql::read),
    (Dialect::JsonApi, Status::Error, json_api::read),
    (Dialect::Problem, Status::Error, problem::read_unlabelled),
    (Dialect::FastApi, Status::Error, fastapi::read),
    (Dialect::Text, Status::Error, text::read),
];

/// What came back, as far as it may speak of errors.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`, empty when there was none.
    pub content_type: &'a str,
    /// The body, or its start: it may be cut or broken. The caller caps it (a few MiB): everything in it may be kept, at
    /// about its own size again.
    pub body: &'a [u8],
}

/// Reads the errors of an answer to what was asked. `fixed` is the dialect that the profile says the API speaks.
///
/// `None`: there are none in a dialect we know. In an answer with an error status and a body that is not of the fixed
/// dialect the report says that, and lists nothing.
pub fn read(
    answered: &Answered<'_>,
    asked: &Asked<'_>,
    fixed: Option<Dialect>,
) -> Option<ErrorReport> {
    let answer = Answer::of(answered, asked, fixed.is_some());
    let row = |(of, status, _): &&(Dialect, Status, Reader)| {
        fixed.is_none_or(|fixed| fixed == *of) && (*status == Status::Any || !answer.is_success())
    };
    let found = READERS.iter().filter(row).find_map(|(dialect, _, read)| {
        let dialect = Some(*dialect);
        read(&answer).map(|report| ErrorReport { dialect, ..report })
    });
    let Some(mut report) = found else {
        return fixed.and_then(|fixed| of_another(fixed, &answer));
    };
    if report.dialect != Some(Dialect::Text)
        && let Err(fault) = check(answer.body)
    {
        let note = format!("the body is not well-formed JSON: {fault}");
        report.not_understood.push(note);
    }
    if report.errors.len() > MOST {
        report.errors.truncate(MOST);
        let note = format!("there are more than {MOST} errors; the others were not read");
        report.not_understood.push(note);
    }
    locate(&mut report, asked);
    Some(report)
}

/// An error answer that is not of the dialect which the profile fixes.
fn of_another(fixed: Dialect, answer: &Answer<'_>) -> Option<ErrorReport> {
    if answer.is_success() || answer.body.is_empty() {
        return None;
    }
    let label = match answer.media_type.as_str() {
        "" => "no media type".to_owned(),
        media_type => shortened(media_type),
    };
    let note = format!(
        "the body ({label}) is not of the dialect '{}', which the profile fixes: see error_dialect",
        fixed.name()
    );
    Some(ErrorReport {
        not_understood: vec![note],
        ..ErrorReport::default()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use crate::domain::api_error::asked::Asked;
    use crate::domain::api_error::dialect::Dialect;
    use crate::domain::api_error::{Answered, ErrorReport};
    use crate::domain::compose::HeaderLine;
    use crate::domain::field_path::Part;

    const SENT: &str = r#"{"amount":-5,"items":[{"price":0},{"price":"x"}],"card":{"number":"4"}}"#;

    /// To a request with this body, and no other trait.
    fn read(status: u16, content_type: &str, body: &[u8], sent: &[u8]) -> Option<ErrorReport> {
        let lines = [HeaderLine {
            name: "content-type".into(),
            value: "application/json".into(),
            secret: None,
        }];
        let asked = Asked {
            target: "/v1/payments?include=x",
            lines: &lines,
            body: sent,
        };
        let answered = Answered {
            status,
            content_type,
            body,
        };
        super::read(&answered, &asked, None)
    }

    fn read_json(status: u16, content_type: &str, body: &str) -> Option<ErrorReport> {
        read(status, content_type, body.as_bytes(), SENT.as_bytes())
    }

    /// The report in one line: envelope's code, then `code|message|path|part|pointer|found|extra` of each error.
    fn told(report: &ErrorReport) -> String {
        let mut line = report.code.clone().unwrap_or_default();
        for error in &report.errors {
            let found = error
                .place
                .found
                .map(|found| if found { "found" } else { "absent" });
            let extra: Vec<&str> = error.extra.iter().map(|(name, _)| name.as_str()).collect();
            line.push_str(&format!(
                " ; {}|{}|{}|{:?}|{}|{}|{}",
                error.code.as_deref().unwrap_or("-"),
                error.message.as_deref().unwrap_or("-"),
                error.path.join(" "),
                error.place.part,
                error.place.pointer.as_deref().unwrap_or("-"),
                found.unwrap_or("-"),
                extra.join(","),
            ));
        }
        line
    }

    /// Bodies as the real APIs send them. A new dialect is a new row.
    #[test]
    fn dialects() {
        let json = "application/json; charset=utf-8";
        for (name, status, media_type, body, expected, notes) in [
            (
                "this API",
                422,
                json,
                r#"{"code":"request_errors","data":{"errors":[{"code":"amount_not_positive","message":"must be greater than zero","path":["amount"]},{"code":"required","message":"is required","path":["currency"],"title":"Missing"}]}}"#,
                "request_errors ; amount_not_positive|must be greater than zero|amount|Body|/amount|found| ; required|is required|currency|Body|/currency|absent|title",
                0,
            ),
            (
                "this API under another label",
                422,
                "text/plain",
                r#"{"code":"request_errors","data":{"errors":[]}}"#,
                "request_errors",
                0,
            ),
            (
                "this API behind a byte order mark",
                422,
                json,
                "\u{feff}{\"code\":\"request_errors\",\"data\":{\"errors\":[]}}",
                "request_errors",
                0,
            ),
            (
                "this API with status 200",
                200,
                json,
                r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":["items","1","price"]}]}}"#,
                "request_errors ; a|b|items 1 price|Body|/items/1/price|found|",
                0,
            ),
            (
                "RFC 9457, section 3",
                422,
                "application/problem+json",
                r##"{"type":"https://example.net/validation-error","title":"Your request is not valid.","errors":[{"detail":"must be a positive integer","pointer":"#/amount"},{"detail":"must be 'green', 'red' or 'blue'","pointer":"#/profile/color"}]}"##,
                "https://example.net/validation-error ; -|must be a positive integer|amount|Body|/amount|found| ; -|must be 'green', 'red' or 'blue'|profile color|Body|/profile/color|absent|",
                0,
            ),
            (
                "RFC 9457 without a list",
                403,
                "application/problem+json",
                r#"{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","detail":"Your current balance is 30, but that costs 50.","balance":30}"#,
                "https://example.com/probs/out-of-credit ; -|You do not have enough credit: Your current balance is 30, but that costs 50.||Unknown|-|-|type,balance",
                0,
            ),
            (
                "RFC 7807",
                400,
                "application/problem+json",
                r#"{"type":"about:blank","title":"Bad Request","invalid-params":[{"name":"age","reason":"must be a positive integer"}]}"#,
                " ; -|must be a positive integer|age|Unknown|-|-|name",
                0,
            ),
            (
                "ASP.NET",
                400,
                "application/problem+json; charset=utf-8",
                r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{"$.items[1].price":["The JSON value could not be converted."],"Limit":["too big","odd"]},"traceId":"00-8"}"#,
                "https://tools.ietf.org/html/rfc9110#section-15.5.1 ; -|The JSON value could not be converted.|items 1 price|Body|/items/1/price|found| ; -|too big|Limit|Unknown|-|-| ; -|odd|Limit|Unknown|-|-|",
                0,
            ),
            (
                "a problem without its label",
                404,
                json,
                r#"{"title":"Not Found","status":404,"detail":"no such box"}"#,
                " ; -|Not Found: no such box||Unknown|-|-|status",
                0,
            ),
            (
                "JSON:API",
                422,
                "application/vnd.api+json",
                r#"{"jsonapi":{"version":"1.1"},"errors":[{"status":"422","code":"123","source":{"pointer":"/card/number"},"title":"Value is too short","detail":"Card number must contain at least twelve digits."},{"source":{"parameter":"include"},"title":"Invalid Query Parameter"},{"source":{"header":"X-Account-Id"},"detail":"unknown"},{"source":{"pointer":"amount"},"title":"t"}]}"#,
                " ; 123|Card number must contain at least twelve digits.|card number|Body|/card/number|found|status,title ; -|Invalid Query Parameter|include|Query|-|found| ; -|unknown|X-Account-Id|Header|-|absent| ; -|t||Unknown|-|-|",
                1,
            ),
            (
                "Persona",
                404,
                json,
                r#"{"errors":[{"title":"Record not found","details":"no inquiry inq_1"}]}"#,
                " ; -|no inquiry inq_1||Unknown|-|-|title",
                0,
            ),
            (
                "Stripe",
                400,
                json,
                r#"{"error":{"code":"parameter_missing","doc_url":"https://stripe.com/docs/error-codes/parameter-missing","message":"Missing required param: items[0][price].","param":"items[0][price]","type":"invalid_request_error"}}"#,
                "invalid_request_error ; parameter_missing|Missing required param: items[0][price].|items 0 price|Body|/items/0/price|found|doc_url",
                0,
            ),
            (
                "Stripe, a decline",
                402,
                json,
                r#"{"error":{"code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","type":"card_error"}}"#,
                "card_error ; card_declined|Your card has insufficient funds.||Unknown|-|-|decline_code",
                0,
            ),
            (
                "OpenAI, who writes like Stripe",
                400,
                json,
                r#"{"error":{"message":"Invalid value","type":"invalid_request_error","param":"items[1].price","code":null}}"#,
                "invalid_request_error ; -|Invalid value|items 1 price|Body|/items/1/price|found|",
                0,
            ),
            (
                "Google",
                400,
                json,
                r#"{"error":{"code":400,"message":"Invalid value","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"items[1].price","description":"must be a number"},{"field":"amount","description":"too small","reason":"SMALL"}]}]}}"#,
                "INVALID_ARGUMENT ; -|must be a number|items 1 price|Body|/items/1/price|found| ; SMALL|too small|amount|Body|/amount|found|",
                1,
            ),
            (
                "Google without violations",
                403,
                json,
                r#"{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}"#,
                "PERMISSION_DENIED ; PERMISSION_DENIED|The caller does not have permission||Unknown|-|-|code",
                0,
            ),
            (
                "FastAPI",
                422,
                json,
                r#"{"detail":[{"type":"missing","loc":["body","items",0,"tax"],"msg":"Field required","input":{}},{"type":"int_parsing","loc":["query","limit"],"msg":"not a number"},{"type":"missing","loc":["header","x-account-id"],"msg":"Field required"},{"type":"uuid","loc":["path","id"],"msg":"no uuid"},{"type":"json_invalid","loc":["body",13],"msg":"JSON decode error"}]}"#,
                " ; missing|Field required|items 0 tax|Body|/items/0/tax|absent|input ; int_parsing|not a number|limit|Query|-|absent| ; missing|Field required|x-account-id|Header|-|absent| ; uuid|no uuid|id|Unknown|-|-| ; json_invalid|JSON decode error||Body||found|",
                0,
            ),
            (
                "FastAPI, only the first 'body' is a prefix",
                422,
                json,
                r#"{"detail":[{"loc":["body","body"],"msg":"m","type":"t"},{"loc":["amount"],"msg":"m","type":"t"}]}"#,
                " ; t|m|body|Body|/body|absent| ; t|m|amount|Unknown|-|-|",
                1,
            ),
            (
                "FastAPI, a sentence",
                404,
                json,
                r#"{"detail":"Not Found"}"#,
                " ; -|Not Found||Unknown|-|-|",
                0,
            ),
            (
                "Zod",
                400,
                json,
                r#"{"success":false,"error":{"issues":[{"code":"invalid_type","expected":"number","received":"string","path":["items",1,"price"],"message":"Expected number, received string"}],"name":"ZodError"}}"#,
                "ZodError ; invalid_type|Expected number, received string|items 1 price|Body|/items/1/price|found|expected,received",
                0,
            ),
            (
                "Zod at the root",
                400,
                json,
                r#"{"issues":[{"code":"custom","path":[],"message":"wrong"}],"name":"ZodError"}"#,
                "ZodError ; custom|wrong||Body||found|",
                0,
            ),
            (
                "GraphQL",
                200,
                json,
                r#"{"errors":[{"message":"Name for character with ID 1002 could not be fetched.","locations":[{"line":6,"column":7}],"path":["hero","heroFriends",1,"name"],"extensions":{"code":"INTERNAL"}}],"data":{"hero":null}}"#,
                " ; INTERNAL|Name for character with ID 1002 could not be fetched.|hero heroFriends 1 name|Response|-|-|locations,extensions",
                0,
            ),
            (
                "GraphQL, a request error",
                400,
                "application/graphql-response+json",
                r#"{"errors":[{"message":"Syntax Error"}]}"#,
                " ; -|Syntax Error||Unknown|-|-|",
                0,
            ),
        ] {
            let report = read_json(status, media_type, body)
                .unwrap_or_else(|| panic!("{name}: not recognised"));
            assert_eq!(told(&report), expected, "{name}");
            assert_eq!(
                report.not_understood.len(),
                notes,
                "{name}: {:?}",
                report.not_understood
            );
        }
    }

    #[test]
    fn what_is_no_error_body_gives_none() {
        for (status, body) in [
            (422, ""),
            (422, "{}"),
            (422, "[]"),
            (422, r#"{"message":"Validation Failed"}"#),
            (
                404,
                r#"{"code":"rest_no_route","message":"No route","data":{"status":404}}"#,
            ),
            (200, r#"{"detail":"all is well"}"#),
            (200, r#"{"title":"a film","type":"film"}"#),
            (200, r#"{"data":{"errors":[{"code":"a"}]}}"#),
            (200, r#"{"errors":[],"data":{}}"#),
            (200, r#"{"errors":[{"message":"a log line"}],"page":1}"#),
            (201, r#"{"error":{"type":"none"}}"#),
            (302, r#"{"errors":[{"title":"a"}]}"#),
        ] {
            assert_eq!(
                read_json(status, "application/json", body),
                None,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn an_empty_path_needs_a_body_to_be_about() {
        let body = br#"{"code":"request_errors","data":{"errors":[{"code":"unauthorized","message":"m","path":[]}]}}"#;
        let without = read(401, "application/json", body, b"").expect("an envelope");
        assert_eq!(
            (
                without.errors[0].place.part,
                without.errors[0].place.pointer.as_deref()
            ),
            (Part::Unknown, None)
        );
        let with = read(401, "application/json", body, b"{}").expect("an envelope");
        assert_eq!(
            (
                with.errors[0].place.pointer.as_deref(),
                with.errors[0].place.span
            ),
            (Some(""), Some((0, 2)))
        );
    }

    #[test]
    fn without_a_request_body_a_parameter_may_stand_anywhere() {
        let body = br#"{"error":{"type":"invalid_request_error","param":"limit","message":"m"}}"#;
        let report = read(400, "application/json", body, b"").expect("a Stripe error");
        assert_eq!(report.errors[0].place.part, Part::Unknown);
        assert_eq!(report.errors[0].path, ["limit"]);
    }

    #[test]
    fn a_cut_body_is_read_as_far_as_it_came() {
        let body = r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":["amount"]},{"code":"c","mess"#;
        let report = read_json(422, "application/json", body).expect("an envelope");
        assert_eq!(
            told(&report),
            "request_errors ; a|b|amount|Body|/amount|found| ; c|-||Unknown|-|-|"
        );
        let last = report.not_understood.last().expect("a note");
        assert!(
            last.starts_with("the body is not well-formed JSON"),
            "{last}"
        );
    }

    #[test]
    fn ten_thousand_errors_and_ten_thousand_faults() {
        let good = r#"{"code":"a","message":"b","path":["items","1","price"]},"#.repeat(10_000);
        let body = format!(r#"{{"code":"request_errors","data":{{"errors":[{good}1]}}}}"#);
        let report = read_json(422, "application/json", &body).expect("an envelope");
        assert_eq!(
            (report.errors.len(), report.not_understood.len()),
            (10_000, 1)
        );
        let bad = format!(
            r#"{{"code":"request_errors","data":{{"errors":[{}1]}}}}"#,
            "1,".repeat(10_000)
        );
        let report = read_json(422, "application/json", &bad).expect("an envelope");
        assert_eq!((report.errors.len(), report.not_understood.len()), (0, 33));
        assert_eq!(report.list(), None);
    }

    #[test]
    fn an_answer_nested_beyond_reason_is_read() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let body = format!(
            r#"{{"code":"request_errors","data":{{"errors":[{{"code":"a","message":"b","path":[],"more":{deep}}}]}}}}"#
        );
        let report = read_json(422, "application/json", &body).expect("an envelope");
        assert_eq!(report.errors[0].extra[0].1.len(), deep.len());
    }

    #[test]
    fn a_fixed_dialect_is_asked_alone() {
        let asked = Asked {
            target: "/v1",
            lines: &[],
            body: SENT.as_bytes(),
        };
        let read = |status, content_type, body: &str, fixed| {
            let answered = Answered {
                status,
                content_type,
                body: body.as_bytes(),
            };
            super::read(&answered, &asked, Some(fixed))
        };
        let stripe = r#"{"error":{"type":"card_error","message":"declined"}}"#;
        let report = read(402, "application/json", stripe, Dialect::JsonApi).expect("told");
        assert_eq!((report.list(), report.dialect), (None, None));
        assert_eq!(
            report.not_understood,
            [
                "the body (application/json) is not of the dialect 'json-api', which the profile fixes: see error_dialect"
            ]
        );
        let page = read(502, "", "<html><title>Bad</title>", Dialect::Envelope).expect("told");
        assert!(page.not_understood[0].contains("no media type"), "{page:?}");
        for (status, body) in [(200, stripe), (302, stripe), (402, "")] {
            assert_eq!(read(status, "", body, Dialect::JsonApi), None, "{status}");
        }
        // What alone is too little to be told from others' shapes is enough here.
        for (fixed, body, message) in [
            (
                Dialect::GraphQl,
                r#"{"errors":[{"message":"Syntax Error"}]}"#,
                "Syntax Error",
            ),
            (
                Dialect::JsonApi,
                r#"{"errors":[{"code":"a","message":"m"}]}"#,
                "m",
            ),
            (
                Dialect::Problem,
                r#"{"detail":"no such box"}"#,
                "no such box",
            ),
            (
                Dialect::Stripe,
                r#"{"error":{"message":"Not found"}}"#,
                "Not found",
            ),
            (
                Dialect::Zod,
                r#"{"errors":[{"path":["a"],"message":"m"}]}"#,
                "m",
            ),
            (Dialect::FastApi, r#"{"detail":"Not Found"}"#, "Not Found"),
        ] {
            let report = read(400, "application/json", body, fixed);
            let report = report.unwrap_or_else(|| panic!("{fixed:?}"));
            assert_eq!(report.dialect, Some(fixed));
            assert_eq!(
                report.errors[0].message.as_deref(),
                Some(message),
                "{fixed:?}"
            );
        }
    }

    #[test]
    fn a_report_of_before_is_read() {
        let old = r#"{"code":"request_errors","errors":[{"code":"a","message":"b","path":["x"],"place":{"part":"body",
            "pointer":"/x","found":true,"span":[1,2]},"extra":[]}],"not_understood":[]}"#;
        let report: ErrorReport = serde_json::from_str(old).expect("a row of before");
        assert_eq!(report.errors[0].place.span, Some((1, 2)));
        let again = serde_json::to_string(&report).expect("JSON");
        assert_eq!(
            serde_json::from_str::<ErrorReport>(&again).expect("itself"),
            report
        );
    }

    proptest! {
        #[test]
        fn no_answer_does_harm(status in 100..600_u16, body in any::<Vec<u8>>(), sent in any::<Vec<u8>>()) {
            read(status, "application/json", &body, &sent);
        }

        #[test]
        fn no_near_envelope_does_harm(
            body in r#"\{("(code|data|errors|path|detail|loc|issues|source|pointer|title|error|type|message)":|\[|\]|\{|\}|,|"a"|1|null){0,25}"#,
        ) {
            if let Some(report) = read_json(422, "application/json", &body) {
                for error in &report.errors {
                    let inside = error.place.span.is_none_or(|(start, end)| start <= end && end <= SENT.len());
                    prop_assert!(inside);
                }
            }
        }
    }
}
