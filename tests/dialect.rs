//! Error bodies as the real APIs send them, several a dialect: in which dialect each is read, what it says of the whole,
//! and of each error its code, its message and its place in the request that was sent.

use reqscope::domain::api_error::asked::Asked;
use reqscope::domain::api_error::dialect::Dialect;
use reqscope::domain::api_error::{Answered, ApiError, ErrorReport, MOST, read};
use reqscope::domain::compose::HeaderLine;
use reqscope::domain::field_path::Part;

const SENT: &str = r#"{"amount":-5,"currency":"XYZ","items":[{"price":0},{"price":"x"}],"card":{"number":"4"},"data":{"attributes":{"name":""}}}"#;
const JSON: &str = "application/json";

/// The answer to a POST of `SENT` with two parameters and two header fields.
fn answer(
    status: u16,
    content_type: &str,
    body: &str,
    fixed: Option<Dialect>,
) -> Option<ErrorReport> {
    let line = |name: &str, value: &str| HeaderLine {
        name: name.into(),
        value: value.into(),
        secret: None,
    };
    let lines = [line("Content-Type", JSON), line("X-Account-Id", "acct_1")];
    let asked = Asked {
        target: "/v1/payments?limit=x&include=author",
        lines: &lines,
        body: SENT.as_bytes(),
    };
    let answered = Answered {
        status,
        content_type,
        body: body.as_bytes(),
    };
    read(&answered, &asked, fixed)
}

/// Where an error stands, and the text there: `/amount=-5`, `/tax?{"price":0}` when it is missing there, `query limit#0`.
fn place(error: &ApiError) -> String {
    let place = &error.place;
    let number = |at: Option<usize>| at.map_or("?".to_owned(), |at| format!("#{at}"));
    match (place.part, &place.field) {
        (Part::Body, _) => {
            let (start, end) = place.span.expect("JSON was sent");
            let mark = if place.found == Some(true) { '=' } else { '?' };
            let text = &SENT[start..end];
            let text = if text == SENT { "all" } else { text };
            format!("{}{mark}{text}", place.pointer.as_deref().unwrap_or("-"))
        }
        (Part::Query, Some(field)) => format!("query {}{}", field.name, number(field.at)),
        (Part::Header, Some(field)) => format!("header {}{}", field.name, number(field.at)),
        (Part::Response, _) => format!("response {}", error.path.join(".")),
        _ => format!("unknown {}", error.path.join("."))
            .trim_end()
            .to_owned(),
    }
}

/// `code|message|place` of each error.
fn errors(report: &ErrorReport) -> Vec<String> {
    let one = |error: &ApiError| {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        format!(
            "{}|{}|{}",
            or_dash(&error.code),
            or_dash(&error.message),
            place(error)
        )
    };
    report.errors.iter().map(one).collect()
}

/// `code|title|details|names of what is kept beside them`.
fn whole(report: &ErrorReport) -> String {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let extra: Vec<&str> = report.extra.iter().map(|(name, _)| name.as_str()).collect();
    let [code, title, details] = [&report.code, &report.title, &report.details].map(or_dash);
    format!("{code}|{title}|{details}|{}", extra.join(","))
}

/// Status, label, body; then the whole, the errors, and how much was not understood.
type Row = (
    u16,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    usize,
);

fn hold(dialect: Dialect, rows: &[Row]) {
    for (status, label, body, expected, listed, notes) in rows {
        let report = answer(*status, label, body, None);
        let report = report.unwrap_or_else(|| panic!("not recognised: {body}"));
        assert_eq!(report.dialect, Some(dialect), "{body}");
        assert_eq!(whole(&report), *expected, "{body}");
        assert_eq!(errors(&report), *listed, "{body}");
        assert_eq!(
            report.not_understood.len(),
            *notes,
            "{:?} of {body}",
            report.not_understood
        );
        // Fixed by the profile, the same reader reads the same.
        assert_eq!(
            answer(*status, label, body, Some(dialect)),
            Some(report),
            "{body}"
        );
        let other = if dialect == Dialect::Google {
            Dialect::FastApi
        } else {
            Dialect::Google
        };
        if *status >= 400 {
            let other = answer(*status, label, body, Some(other)).expect("a report");
            assert_eq!((other.list(), other.dialect), (None, None), "{body}");
            assert!(other.not_understood[0].contains("error_dialect"), "{body}");
        }
    }
}

#[test]
fn this_api() {
    hold(
        Dialect::Envelope,
        &[
            (
                422,
                JSON,
                r#"{"code":"request_errors","data":{"errors":[{"code":"amount_not_positive","message":"must be greater than zero","path":["amount"]},{"code":"wrong","message":"no number","path":["items","1","price"]},{"code":"missing","message":"is missing","path":["tax","rate"]}]}}"#,
                "request_errors|-|-|",
                &[
                    "amount_not_positive|must be greater than zero|/amount=-5",
                    "wrong|no number|/items/1/price=\"x\"",
                    "missing|is missing|/tax/rate?all",
                ],
                0,
            ),
            (
                401,
                JSON,
                r#"{"code":"request_errors","title":"Unauthorized","details":"The API key is not valid.","data":{"errors":[]}}"#,
                "request_errors|Unauthorized|The API key is not valid.|",
                &[],
                0,
            ),
            (
                429,
                JSON,
                r#"{"code":"rate_limited","data":{"errors":[{"code":"too_many","message":"slow down","path":[],"title":"Too many"}],"retry":1},"requestId":"r1"}"#,
                "rate_limited|-|-|requestId,data.retry",
                &["too_many|slow down|=all"],
                0,
            ),
            // Nearly the envelope: each is read as far as it goes, and what was not understood is said.
            (
                422,
                JSON,
                r#"{"code":"request_errors","message":"nothing more"}"#,
                "request_errors|-|-|message",
                &[],
                1,
            ),
            (
                422,
                JSON,
                r#"{"code":"request_errors","data":[{"code":"a","message":"b","path":["amount"]}]}"#,
                "request_errors|-|-|",
                &[],
                1,
            ),
            (
                422,
                JSON,
                r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":null},{"code":"a","message":"b","path":"items[1].price"},{"code":"a","message":"b","path":["items",1,"price"]},{"code":"a","message":"b","path":["items",{},"price"]}]}}"#,
                "request_errors|-|-|",
                &[
                    "a|b|unknown",
                    "a|b|/items/1/price=\"x\"",
                    "a|b|/items/1/price=\"x\"",
                    "a|b|/items=[{\"price\":0},{\"price\":\"x\"}]",
                ],
                3,
            ),
            (
                422,
                JSON,
                r#"{"code":"request_errors","data":{"errors":[{"code":"a","message":"b","path":["amount"]}"#,
                "request_errors|-|-|",
                &["a|b|/amount=-5"],
                1,
            ),
            // The list at the root, where nothing else says whose it is.
            (
                422,
                JSON,
                r#"{"errors":[{"code":"a","message":"b","path":["amount"]}]}"#,
                "-|-|-|",
                &["a|b|/amount=-5"],
                2,
            ),
        ],
    );
}

#[test]
fn problem_details() {
    let label = "application/problem+json";
    hold(
        Dialect::Problem,
        &[
            (
                422,
                label,
                r##"{"type":"https://example.net/validation-error","title":"Your request is not valid.","status":422,"errors":[{"detail":"must be a positive integer","pointer":"#/amount"},{"detail":"too odd","pointer":"#/items/1/price"},{"detail":"unknown","pointer":"#/c%C3%B6lor"}],"instance":"/x/1"}"##,
                "https://example.net/validation-error|Your request is not valid.|-|status,instance",
                &[
                    "-|must be a positive integer|/amount=-5",
                    "-|too odd|/items/1/price=\"x\"",
                    "-|unknown|/cölor?all",
                ],
                0,
            ),
            (
                403,
                label,
                r#"{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","detail":"Your current balance is 30, but that costs 50.","instance":"/account/12345/msgs/abc","balance":30}"#,
                "https://example.com/probs/out-of-credit|-|-|",
                &[
                    "-|You do not have enough credit: Your current balance is 30, but that costs 50.|unknown",
                ],
                0,
            ),
            (
                400,
                label,
                r#"{"type":"https://example.net/validation-error","title":"Your request parameters didn't validate.","invalid-params":[{"name":"age","reason":"must be a positive integer"},{"name":"color","reason":"must be 'green', 'red' or 'blue'"}]}"#,
                "https://example.net/validation-error|Your request parameters didn't validate.|-|",
                &[
                    "-|must be a positive integer|unknown age",
                    "-|must be 'green', 'red' or 'blue'|unknown color",
                ],
                0,
            ),
            (
                400,
                "application/problem+json; charset=utf-8",
                r#"{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":400,"errors":{"$.items[1].price":["The JSON value could not be converted to System.Decimal."],"Currency":["The field Currency is invalid."]},"traceId":"00-0b"}"#,
                "https://tools.ietf.org/html/rfc9110#section-15.5.1|One or more validation errors occurred.|-|status,traceId",
                &[
                    "-|The JSON value could not be converted to System.Decimal.|/items/1/price=\"x\"",
                    "-|The field Currency is invalid.|unknown Currency",
                ],
                0,
            ),
            (
                400,
                label,
                r#"{"type":"https://zalando.github.io/problem/constraint-violation","title":"Constraint Violation","status":400,"violations":[{"field":"amount","message":"must be positive"}]}"#,
                "https://zalando.github.io/problem/constraint-violation|Constraint Violation|-|status",
                &["-|must be positive|unknown amount"],
                0,
            ),
            (
                400,
                label,
                r##"{"title":"Bad Request","code":"120042","detail":"Two fields","errors":[{"code":"140","detail":"too small","parameter":"limit"},{"detail":"unknown account","header":"X-Account-Id"},{"detail":"no pointer","pointer":"amount"}]}"##,
                "120042|Bad Request|Two fields|",
                &[
                    "140|too small|query limit#0",
                    "-|unknown account|header X-Account-Id#1",
                    "-|no pointer|unknown",
                ],
                1,
            ),
            (
                404,
                JSON,
                r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"No static resource v1/x.","instance":"/v1/x"}"#,
                "-|-|-|",
                &["-|Not Found: No static resource v1/x.|unknown"],
                0,
            ),
        ],
    );
}

#[test]
fn json_api_and_persona() {
    hold(
        Dialect::JsonApi,
        &[
            (
                422,
                "application/vnd.api+json",
                r#"{"jsonapi":{"version":"1.1"},"errors":[{"status":"422","source":{"pointer":"/data/attributes/name"},"title":"Invalid Attribute","detail":"Name must contain at least two characters."},{"source":{"pointer":"/data/attributes/email"},"title":"is missing"}]}"#,
                "-|-|-|jsonapi",
                &[
                    "-|Name must contain at least two characters.|/data/attributes/name=\"\"",
                    "-|is missing|/data/attributes/email?{\"name\":\"\"}",
                ],
                0,
            ),
            (
                400,
                "application/vnd.api+json",
                r#"{"errors":[{"source":{"parameter":"include"},"title":"Invalid Query Parameter","detail":"The resource does not have an `author` relationship path."},{"source":{"parameter":"page[size]"},"title":"required"},{"source":{"header":"x-account-id"},"title":"unknown"}],"meta":{"n":3},"links":{"self":"/x"}}"#,
                "-|-|-|meta,links",
                &[
                    "-|The resource does not have an `author` relationship path.|query include#1",
                    "-|required|query page[size]?",
                    "-|unknown|header X-Account-Id#1",
                ],
                0,
            ),
            (
                404,
                JSON,
                r#"{"errors":[{"title":"Record not found"}]}"#,
                "-|-|-|",
                &["-|Record not found|unknown"],
                0,
            ),
            (
                409,
                JSON,
                r#"{"errors":[{"title":"Conflict","details":"Idempotency key is in use.","code":"key_in_use"}]}"#,
                "-|-|-|",
                &["key_in_use|Idempotency key is in use.|unknown"],
                0,
            ),
            (
                422,
                "application/vnd.api+json",
                r#"{"errors":[{"code":"226","source":{"pointer":""},"title":"no primary data"},{"source":{"pointer":"name"},"title":"t"},{"source":{},"title":"u"}]}"#,
                "-|-|-|",
                &["226|no primary data|=all", "-|t|unknown", "-|u|unknown"],
                2,
            ),
        ],
    );
}

#[test]
fn stripe_and_its_kin() {
    hold(
        Dialect::Stripe,
        &[
            (
                400,
                JSON,
                r#"{"error":{"code":"parameter_missing","doc_url":"https://stripe.com/docs/error-codes/parameter-missing","message":"Missing required param: items[0][quantity].","param":"items[0][quantity]","request_log_url":"https://dashboard.stripe.com/logs/req_1","type":"invalid_request_error"}}"#,
                "invalid_request_error|-|-|",
                &[
                    "parameter_missing|Missing required param: items[0][quantity].|/items/0/quantity?{\"price\":0}",
                ],
                0,
            ),
            (
                402,
                JSON,
                r#"{"error":{"charge":"ch_1","code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds.","type":"card_error"}}"#,
                "card_error|-|-|",
                &["card_declined|Your card has insufficient funds.|unknown"],
                0,
            ),
            (
                400,
                JSON,
                r#"{"error":{"message":"Keys for idempotent requests can only be used with the same parameters they were first used with.","type":"idempotency_error"}}"#,
                "idempotency_error|-|-|",
                &[
                    "-|Keys for idempotent requests can only be used with the same parameters they were first used with.|unknown",
                ],
                0,
            ),
            (
                400,
                JSON,
                r#"{"error":{"message":"Invalid type for 'items[1].price'","type":"invalid_request_error","param":"items[1].price","code":"invalid_type"}}"#,
                "invalid_request_error|-|-|",
                &["invalid_type|Invalid type for 'items[1].price'|/items/1/price=\"x\""],
                0,
            ),
            (
                529,
                JSON,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
                "overloaded_error|-|-|type,request_id",
                &["-|Overloaded|unknown"],
                0,
            ),
        ],
    );
}

#[test]
fn google() {
    hold(
        Dialect::Google,
        &[
            (
                400,
                JSON,
                r#"{"error":{"code":400,"message":"Invalid value at 'items[1].price' (TYPE_FLOAT), \"x\"","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"items[1].price","description":"Invalid value"},{"field":"amount","description":"too small"}]},{"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"r1"}]}}"#,
                "INVALID_ARGUMENT|Invalid value at 'items[1].price' (TYPE_FLOAT), \"x\"|-|code,RequestInfo",
                &[
                    "-|Invalid value|/items/1/price=\"x\"",
                    "-|too small|/amount=-5",
                ],
                1,
            ),
            (
                403,
                JSON,
                r#"{"error":{"code":403,"message":"API has not been used in project 1 before or it is disabled.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com"}]}}"#,
                "PERMISSION_DENIED|-|-|",
                &[
                    "SERVICE_DISABLED|API has not been used in project 1 before or it is disabled.|unknown",
                ],
                0,
            ),
            (
                404,
                "application/json; charset=UTF-8",
                r#"{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}"#,
                "NOT_FOUND|-|-|",
                &["NOT_FOUND|Requested entity was not found.|unknown"],
                0,
            ),
        ],
    );
}

#[test]
fn fastapi() {
    hold(
        Dialect::FastApi,
        &[
            (
                422,
                JSON,
                r#"{"detail":[{"type":"greater_than","loc":["body","amount"],"msg":"Input should be greater than 0","input":-5,"ctx":{"gt":0}},{"type":"missing","loc":["body","items",0,"tax"],"msg":"Field required","input":{"price":0}}]}"#,
                "-|-|-|",
                &[
                    "greater_than|Input should be greater than 0|/amount=-5",
                    "missing|Field required|/items/0/tax?{\"price\":0}",
                ],
                0,
            ),
            (
                422,
                JSON,
                r#"{"detail":[{"loc":["query","limit"],"msg":"value is not a valid integer","type":"type_error.integer"},{"loc":["header","x-account-id"],"msg":"m","type":"t"},{"loc":["cookie","session"],"msg":"m","type":"t"},{"loc":["path","id"],"msg":"m","type":"t"}]}"#,
                "-|-|-|",
                &[
                    "type_error.integer|value is not a valid integer|query limit#0",
                    "t|m|header X-Account-Id#1",
                    "t|m|header Cookie?",
                    "t|m|unknown id",
                ],
                0,
            ),
            (
                404,
                JSON,
                r#"{"detail":"Not Found"}"#,
                "-|-|-|",
                &["-|Not Found|unknown"],
                0,
            ),
            (
                401,
                JSON,
                r#"{"detail":"Invalid token.","code":"token_not_valid"}"#,
                "-|-|-|code",
                &["-|Invalid token.|unknown"],
                0,
            ),
            (
                409,
                JSON,
                r#"{"detail":{"code":"duplicate","message":"It exists.","id":7}}"#,
                "-|-|-|",
                &["duplicate|It exists.|unknown"],
                0,
            ),
            (
                422,
                JSON,
                r#"{"detail":[{"type":"json_invalid","loc":["body",13],"msg":"JSON decode error","ctx":{"error":"Expecting value"}}]}"#,
                "-|-|-|",
                &["json_invalid|JSON decode error|=all"],
                0,
            ),
        ],
    );
}

#[test]
fn zod() {
    const ISSUE: &str = "too_small|Too small: expected number to be >0|/amount=-5";
    hold(
        Dialect::Zod,
        &[
            (
                400,
                JSON,
                r#"{"success":false,"error":{"issues":[{"origin":"number","code":"too_small","minimum":0,"path":["amount"],"message":"Too small: expected number to be >0"}],"name":"ZodError"}}"#,
                "ZodError|-|-|success",
                &[ISSUE],
                0,
            ),
            (
                400,
                JSON,
                r#"{"issues":[{"code":"too_small","path":["amount"],"message":"Too small: expected number to be >0"}],"name":"ZodError"}"#,
                "ZodError|-|-|",
                &[ISSUE],
                0,
            ),
            (
                400,
                JSON,
                r#"{"success":false,"error":[{"code":"too_small","path":["amount"],"message":"Too small: expected number to be >0"}]}"#,
                "-|-|-|success",
                &[ISSUE],
                0,
            ),
            (
                400,
                JSON,
                r#"[{"code":"invalid_type","expected":"number","received":"string","path":["items",1,"price"],"message":"Expected number, received string"},{"code":"unrecognized_keys","keys":["tax"],"path":[],"message":"Unrecognized key"}]"#,
                "-|-|-|",
                &[
                    "invalid_type|Expected number, received string|/items/1/price=\"x\"",
                    "unrecognized_keys|Unrecognized key|=all",
                ],
                0,
            ),
            (
                400,
                JSON,
                r#"{"formErrors":["Unrecognized key: \"tax\""],"fieldErrors":{"amount":["Too small","Odd"],"name":["Required"]}}"#,
                "-|-|-|",
                &[
                    "-|Unrecognized key: \"tax\"|=all",
                    "-|Too small|/amount=-5",
                    "-|Odd|/amount=-5",
                    "-|Required|/name?all",
                ],
                0,
            ),
        ],
    );
}

#[test]
fn graphql_points_into_the_response() {
    hold(
        Dialect::GraphQl,
        &[
            (
                200,
                JSON,
                r#"{"errors":[{"message":"Name for character with ID 1002 could not be fetched.","locations":[{"line":6,"column":7}],"path":["hero","heroFriends",1,"name"],"extensions":{"code":"CAN_NOT_FETCH_BY_ID"}}],"data":{"hero":{"name":"R2-D2"}}}"#,
                "-|-|-|",
                &[
                    "CAN_NOT_FETCH_BY_ID|Name for character with ID 1002 could not be fetched.|response hero.heroFriends.1.name",
                ],
                0,
            ),
            (
                400,
                "application/graphql-response+json; charset=utf-8",
                r#"{"errors":[{"message":"Syntax Error: Expected Name, found <EOF>.","locations":[{"line":1,"column":9}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}"#,
                "-|-|-|",
                &["GRAPHQL_PARSE_FAILED|Syntax Error: Expected Name, found <EOF>.|unknown"],
                0,
            ),
            (
                200,
                JSON,
                r#"{"data":null,"errors":[{"message":"amount is wrong","path":["amount"]}],"extensions":{"cost":1}}"#,
                "-|-|-|extensions",
                &["-|amount is wrong|response amount"],
                0,
            ),
        ],
    );
}

#[test]
fn pages_and_plain_text() {
    for (status, label, body, title, note) in [
        (
            502,
            "text/html",
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
            "502 Bad Gateway",
            "an HTML page",
        ),
        (
            503,
            "text/plain",
            "no healthy upstream",
            "no healthy upstream",
            "plain text",
        ),
        (
            403,
            "application/json",
            "Forbidden\n",
            "Forbidden",
            "plain text",
        ),
        (
            404,
            "text/plain; charset=utf-8",
            "404 page not found\n",
            "404 page not found",
            "plain text",
        ),
    ] {
        for fixed in [None, Some(Dialect::Text)] {
            let report = answer(status, label, body, fixed).unwrap_or_else(|| panic!("{body}"));
            assert_eq!(
                (report.dialect, report.title.as_deref()),
                (Some(Dialect::Text), Some(title))
            );
            assert_eq!(report.list(), None, "{body}");
            assert!(report.not_understood[0].contains(note), "{report:?}");
        }
        let envelope = answer(status, label, body, Some(Dialect::Envelope)).expect("told");
        assert!(
            envelope.not_understood[0].contains("'envelope'"),
            "{envelope:?}"
        );
        assert_eq!(answer(200, label, body, None), None);
    }
    // JSON that is in none of the dialects is not taken for text.
    assert_eq!(
        answer(422, JSON, r#"{"message":"Validation Failed"}"#, None),
        None
    );
}

/// No size of a server's fills the history: what lies beyond is named, not kept.
#[test]
fn a_list_without_end_is_cut_and_says_so() {
    let one = r#"{"code":"a","message":"b","path":["amount"]}"#;
    for (count, read, notes) in [(MOST, MOST, 0), (MOST + 1, MOST, 1), (MOST * 3, MOST, 1)] {
        let list = vec![one; count].join(",");
        let body = format!(r#"{{"code":"request_errors","data":{{"errors":[{list}]}}}}"#);
        let report = answer(422, JSON, &body, Some(Dialect::Envelope)).expect("a report");
        assert_eq!(
            (report.errors.len(), report.not_understood.len()),
            (read, notes),
            "{count}"
        );
    }
}
