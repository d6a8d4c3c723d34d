//! Header fields and query parameters: by name, of several of one name the first with the first.

use std::collections::{HashMap, VecDeque};

use crate::domain::compare::row::{Row, Weight};
use crate::domain::header::Headers;
use crate::domain::idempotency::is_replay_marker;

/// Fields that are other ones at each send, or say once more what the body or the connection says.
const VARYING: [&str; 26] = [
    "date",
    "age",
    "expires",
    "host",
    "retry-after",
    "retry-after-ms",
    "server-timing",
    "set-cookie",
    "x-runtime",
    "x-response-time",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "traceparent",
    "tracestate",
    "x-amzn-trace-id",
    "x-amzn-requestid",
    "x-cloud-trace-context",
    "cf-ray",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "alt-svc",
    "via",
];

/// Whether a header field is another one at each send, whatever the exchange was.
fn varies(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let limit = ["ratelimit", "x-ratelimit", "x-rate-limit"];
    VARYING.contains(&name.as_str())
        || limit.iter().any(|start| name.starts_with(start))
        || is_replay_marker(&name)
}

/// Header fields; names without regard to case (RFC 9110 5.1).
pub fn headers(left: &Headers, right: &Headers) -> Vec<Row> {
    let pairs = |headers: &Headers| -> Vec<Pair> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        headers.iter().map(owned).collect()
    };
    let mut rows = by_name(&pairs(left), &pairs(right), str::to_ascii_lowercase);
    for row in &mut rows {
        if varies(&row.name) {
            row.weight = Weight::Varies;
        }
    }
    rows
}

/// The parameters of two queries, or of two forms (the URL standard's form parser).
pub fn query(left: &str, right: &str) -> Vec<Row> {
    let pairs = |text: &str| -> Vec<Pair> {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        pairs
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    };
    by_name(&pairs(left), &pairs(right), str::to_owned)
}

type Pair = (String, String);

/// In the order of the left, then what is only on the right.
fn by_name(left: &[Pair], right: &[Pair], key: impl Fn(&str) -> String) -> Vec<Row> {
    let mut waiting: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (at, (name, _)) in right.iter().enumerate() {
        waiting.entry(key(name)).or_default().push_back(at);
    }
    let mut taken = vec![false; right.len()];
    let mut rows = Vec::new();
    for (name, value) in left {
        let other = waiting.get_mut(&key(name)).and_then(VecDeque::pop_front);
        let shown = other.map(|at| {
            taken[at] = true;
            right[at].1.as_str()
        });
        rows.extend(Row::of(name, Some(value), shown));
    }
    let added = right.iter().zip(&taken).filter(|(_, taken)| !**taken);
    rows.extend(added.filter_map(|((name, value), _)| Row::of(name, None, Some(value))));
    rows
}

#[cfg(test)]
mod tests {
    use super::{headers, query};
    use crate::domain::compare::row::{Row, RowKind};
    use crate::domain::header::Headers;

    fn told(rows: &[Row], all: bool) -> Vec<String> {
        let rows = rows.iter().filter(|row| row.kind != RowKind::Same);
        let row = |row: &Row| format!("{} {} {}", row.kind.word(), row.name, row.counts(all));
        rows.map(row).collect()
    }

    #[test]
    fn fields_are_compared_by_name() {
        let left = Headers::from_iter([
            ("Content-Type", "text/html"),
            ("Date", "now"),
            ("X-A", "1"),
            ("x-a", "2"),
            ("RateLimit-Remaining", "5"),
        ]);
        let right = Headers::from_iter([
            ("date", "then"),
            ("content-type", "text/html"),
            ("x-a", "1"),
            ("Idempotent-Replayed", "true"),
            ("ratelimit-remaining", "4"),
        ]);
        let expected = [
            "changed Date false",
            "removed x-a true",
            "changed RateLimit-Remaining false",
            "added Idempotent-Replayed false",
        ];
        assert_eq!(told(&headers(&left, &right), false), expected);
        assert!(
            told(&headers(&left, &right), true)
                .iter()
                .all(|row| row.ends_with("true"))
        );
    }

    #[test]
    fn parameters_are_compared_decoded_and_with_their_case() {
        assert_eq!(
            told(&query("a=1&b=x%20y&b=2", "b=x+y&a=1&b=3"), false),
            ["changed b true"]
        );
        assert_eq!(
            told(&query("A=1", "a=1"), false),
            ["removed A true", "added a true"]
        );
        assert_eq!(told(&query("", "a"), false), ["added a true"]);
    }
}
