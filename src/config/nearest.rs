//! Which known word was meant by one that is not known.

/// The known word nearest to this one, when it is near enough to be a slip.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|known| (distance(word, known), *known));
    let (distance, known) = near.min_by_key(|(distance, _)| *distance)?;
    // One slip in three letters; a word twice as wrong is another word.
    (distance <= word.chars().count().max(3) / 3).then_some(known)
}

/// Letters to add, drop, change or swap with their neighbour (Damerau's distance, in its restricted form).
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().replace('-', "_").chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j - 1] + change).min(rows[i - 1][j] + 1);
            best = best.min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn a_slip_is_told_from_another_word() {
        let known = [
            "retention",
            "base_url",
            "account",
            "account_carrier",
            "ratio",
        ];
        for (word, expected) in [
            ("retenton", Some("retention")),
            ("retnetion", Some("retention")),
            ("base-url", Some("base_url")),
            ("baseurl", Some("base_url")),
            ("Account", Some("account")),
            ("acount_carriers", Some("account_carrier")),
            ("rato", Some("ratio")),
            ("timeout", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }

    #[test]
    fn distances_are_counted_in_slips() {
        for (a, b, expected) in [
            ("", "abc", 3),
            ("ab", "ba", 1),
            ("ü", "u", 1),
            ("abc", "abc", 0),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
