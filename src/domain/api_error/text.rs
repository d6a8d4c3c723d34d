//! Plain text and HTML, as proxies and frameworks answer: no list of errors, but a line that says something.
//!
//! A page's `<title>`, else its first heading, else its first words; a text's first line. It is no error of a list and
//! makes none: it stands where a title stands, and what the body is, is said beside it.

use crate::domain::api_error::ErrorReport;
use crate::domain::api_error::answer::Answer;
use crate::json::value::Value;

/// How much of a body is looked at, in bytes: a page says what it is near its beginning.
const LOOKED_AT: usize = 16 << 10;

/// The longest line that is kept, in characters.
const LONGEST: usize = 200;

/// How many characters of a reference's name there are at most (`&hellip;`).
const REFERENCE: usize = 10;

/// Reads an answer whose body is neither an object nor an array.
pub fn read(answer: &Answer) -> Option<ErrorReport> {
    if answer.root.is_some() {
        return None;
    }
    let start = &answer.body[..answer.body.len().min(LOOKED_AT)];
    // What is no text is full of zeros; what is text in another encoding is still better read than not.
    if start.contains(&0) || start.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    let text = String::from_utf8_lossy(start);
    let (what, line) = if is_html(&text, &answer.media_type) {
        ("an HTML page", html_line(&text))
    } else if answer.media_type.ends_with("xml") {
        ("XML", None)
    } else if let Some(said) = Value::root(start).and_then(|value| value.as_string()) {
        ("a text", Some(said.into_owned()))
    } else {
        ("plain text", first_line(&text))
    };
    Some(ErrorReport {
        title: line
            .map(|line| squeezed(&line))
            .filter(|line| !line.is_empty()),
        not_understood: vec![format!("the body is {what}, and lists no errors")],
        ..ErrorReport::default()
    })
}

fn is_html(text: &str, media_type: &str) -> bool {
    let begins = |tag: &str| {
        let start = text.trim_start().get(..tag.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    matches!(media_type, "text/html" | "application/xhtml+xml")
        || begins("<!doctype html")
        || begins("<html")
}

fn first_line(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).map(str::to_owned)
}

fn html_line(page: &str) -> Option<String> {
    let named = ["title", "h1", "h2"]
        .into_iter()
        .filter_map(|tag| element(page, tag));
    let said = |line: &String| !squeezed(line).is_empty();
    let mut lines = named.map(|inside| words(&inside));
    lines.find(said).or_else(|| first_line(&words(body(page))))
}

/// What stands in the first element of this name.
fn element(page: &str, tag: &str) -> Option<String> {
    // ASCII only: the places in the copy are those in the page.
    let lower = page.to_ascii_lowercase();
    let open = lower
        .match_indices(&format!("<{tag}"))
        .find(|(at, found)| {
            let behind = lower.as_bytes().get(at + found.len());
            behind.is_some_and(|byte| *byte == b'>' || byte.is_ascii_whitespace())
        })?;
    let start = open.0 + lower[open.0..].find('>')? + 1;
    let end = lower[start..]
        .find(&format!("</{tag}"))
        .map_or(page.len(), |end| start + end);
    Some(page[start..end].to_owned())
}

/// The page from its body on; all of it where none begins.
fn body(page: &str) -> &str {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<body").unwrap_or(0);
    &page[start..]
}

/// The words between the tags, references resolved where they are common.
fn words(inside: &str) -> String {
    let mut words = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find(['<', '&']) {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('<') {
            // A line's end, so that the first words do not run into the next element's.
            words.push('\n');
            rest = rest.find('>').map_or("", |end| &rest[end + 1..]);
        } else {
            let (character, length) = reference(rest);
            words.push(character);
            rest = &rest[length..];
        }
    }
    words.push_str(rest);
    words
}

/// The character that a reference stands for, and how many bytes it takes; an unknown one is text.
fn reference(text: &str) -> (char, usize) {
    let name: String = text
        .chars()
        .skip(1)
        .take(REFERENCE)
        .take_while(|c| *c != ';')
        .collect();
    let closed = text.as_bytes().get(1 + name.len()) == Some(&b';');
    let number = |digits: &str, base| {
        u32::from_str_radix(digits, base)
            .ok()
            .and_then(char::from_u32)
    };
    let meant = match name.as_str() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "mdash" => Some('—'),
        "ndash" => Some('–'),
        "hellip" => Some('…'),
        name => match name.strip_prefix('#') {
            Some(hex) if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
            Some(digits) => number(digits, 10),
            None => None,
        },
    };
    match meant.filter(|_| closed) {
        Some(character) => (character, name.len() + 2),
        None => ('&', 1),
    }
}

/// One line, its blanks single, not too long.
fn squeezed(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use crate::domain::api_error::answer::Answer;
    use crate::domain::api_error::asked::Asked;
    use crate::domain::api_error::text::read;
    use crate::domain::api_error::{Answered, ErrorReport};

    fn report(content_type: &str, body: &[u8]) -> Option<ErrorReport> {
        let asked = Asked {
            target: "/",
            lines: &[],
            body: b"",
        };
        let answered = Answered {
            status: 503,
            content_type,
            body,
        };
        read(&Answer::of(&answered, &asked, false))
    }

    /// As nginx, Apache, AWS, Cloudflare, Express, Rails and gateways send them.
    #[test]
    fn a_page_says_its_title_and_a_text_its_first_line() {
        for (content_type, body, title, what) in [
            (
                "text/html",
                "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr><center>nginx/1.25.3</center>\r\n</body>\r\n</html>",
                "503 Service Temporarily Unavailable",
                "an HTML page",
            ),
            (
                "text/html; charset=iso-8859-1",
                "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p></body></html>",
                "404 Not Found",
                "an HTML page",
            ),
            (
                "text/html",
                "<!DOCTYPE html>\n<!--[if lt IE 7]> <html class=\"no-js ie6\"> <![endif]-->\n<head>\n<title>api.example.com | 502: Bad gateway</title></head>",
                "api.example.com | 502: Bad gateway",
                "an HTML page",
            ),
            (
                "text/html; charset=utf-8",
                "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Error</title></head><body><pre>Cannot POST /v1/x</pre></body></html>",
                "Error",
                "an HTML page",
            ),
            (
                "text/html",
                "<html><body><h1>Whitelabel Error Page</h1><p>This application has no explicit mapping</p></body></html>",
                "Whitelabel Error Page",
                "an HTML page",
            ),
            (
                "",
                "  <HTML><BODY><p>Go   away</p></BODY></HTML>",
                "Go away",
                "an HTML page",
            ),
            (
                "text/html",
                "<html><head><title></title></head><body><div>Busy &amp; &#x26; late&hellip; &unknown; &</div></body>",
                "Busy & & late… &unknown; &",
                "an HTML page",
            ),
            ("text/html", "<title>cut of", "cut of", "an HTML page"),
            (
                "text/plain",
                "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
                "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
                "plain text",
            ),
            (
                "text/plain; charset=utf-8",
                "\n\n  no healthy upstream \nmore\n",
                "no healthy upstream",
                "plain text",
            ),
            (
                "application/json",
                "Internal Server Error",
                "Internal Server Error",
                "plain text",
            ),
            (
                "application/json",
                "\"Unauthorized\"",
                "Unauthorized",
                "a text",
            ),
            (
                "application/xml",
                "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>",
                "",
                "XML",
            ),
        ] {
            let report = report(content_type, body.as_bytes()).unwrap_or_else(|| panic!("{body}"));
            assert_eq!(report.title.as_deref().unwrap_or(""), title, "{body}");
            assert!(
                report.not_understood[0].contains(what),
                "{body}: {report:?}"
            );
            assert_eq!(report.list(), None, "{body}");
        }
        for body in [&b""[..], b" \n", b"\0\x01", b"{}", b"[1]", b"{\"a\":"] {
            assert_eq!(report("text/plain", body), None, "{body:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut() {
        let title =
            report("text/plain", "ä".repeat(100_000).as_bytes()).and_then(|report| report.title);
        assert_eq!(title.map(|title| title.chars().count()), Some(201));
    }

    proptest! {
        #[test]
        fn no_page_does_harm(body in any::<Vec<u8>>(), tags in "(<|>|/|title|h1|body|&|#x|;|ä|İ|a| ){0,40}") {
            report("text/html", &body);
            report("text/html", tags.as_bytes());
        }
    }
}
