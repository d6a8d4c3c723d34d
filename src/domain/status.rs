//! What a status code is called.

/// The reason phrase of a status code; empty for one that has none.
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        // RFC 9110 gave these two new names; the library still has the old ones.
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        status => http::StatusCode::from_u16(status)
            .ok()
            .and_then(|s| s.canonical_reason())
            .unwrap_or(""),
    }
}

#[cfg(test)]
mod tests {
    use super::reason_phrase;

    #[test]
    fn the_names_are_those_of_rfc_9110() {
        for (status, name) in [
            (422, "Unprocessable Content"),
            (429, "Too Many Requests"),
            (503, "Service Unavailable"),
            (599, ""),
        ] {
            assert_eq!(reason_phrase(status), name);
        }
    }
}
