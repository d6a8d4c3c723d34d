//! Two sequences beside each other: which items of the one stand, in order, in the other.
//!
//! ```text
//!   left   a b c d     pairs: (0,0) (1,2) (3,3); c was left out, x came in between
//!   right  a x b d
//! ```
//!
//! Items are classes: equal numbers mean equal things. A longest common subsequence where that is cheap (Myers,
//! `similar`); beyond that the n-th occurrence on one side is paired with the n-th on the other and the longest
//! increasing run of those pairs is taken, which is the same thing where nothing is repeated. A server chooses the
//! sequences, so the work has a budget: no input costs more than n log n once it is spent.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// How many items of both sides together are compared exactly at once.
const EXACT: usize = 4096;

/// How many steps all exact comparisons of one body may take together.
const BUDGET: usize = 200_000_000;

/// Aligns sequences, and keeps account of what that cost.
#[derive(Debug)]
pub struct Aligner {
    left: usize,
}

impl Default for Aligner {
    fn default() -> Aligner {
        Aligner { left: BUDGET }
    }
}

impl Aligner {
    /// The places of equal items, both sides ascending.
    pub fn pairs(&mut self, left: &[u32], right: &[u32]) -> Vec<(usize, usize)> {
        let before = common(left.iter().zip(right));
        let (rest_left, rest_right) = (&left[before..], &right[before..]);
        let after = common(rest_left.iter().rev().zip(rest_right.iter().rev()));
        let middle_left = &rest_left[..rest_left.len() - after];
        let middle_right = &rest_right[..rest_right.len() - after];
        let mut pairs: Vec<_> = (0..before).map(|at| (at, at)).collect();
        let middle = self.middle(middle_left, middle_right);
        pairs.extend(middle.into_iter().map(|(l, r)| (l + before, r + before)));
        let end = (0..after).rev();
        pairs.extend(end.map(|back| (left.len() - 1 - back, right.len() - 1 - back)));
        pairs
    }

    /// What stands on one side only cannot be paired, and is left out before the work begins.
    fn middle(&mut self, left: &[u32], right: &[u32]) -> Vec<(usize, usize)> {
        let (in_left, in_right) = (counts(left), counts(right));
        let shared = |items: &[u32], other: &HashMap<u32, usize>| -> Vec<usize> {
            let places = 0..items.len();
            places
                .filter(|at| other.contains_key(&items[*at]))
                .collect()
        };
        let (places_left, places_right) = (shared(left, &in_right), shared(right, &in_left));
        let items = |all: &[u32], places: &[usize]| -> Vec<u32> {
            places.iter().map(|at| all[*at]).collect()
        };
        let (left, right) = (items(left, &places_left), items(right, &places_right));
        let pairs = match self.pays(left.len() + right.len()) {
            true => exact(&left, &right),
            false => by_occurrence(&left, &right),
        };
        let placed = |(l, r): (usize, usize)| (places_left[l], places_right[r]);
        pairs.into_iter().map(placed).collect()
    }

    fn pays(&mut self, items: usize) -> bool {
        let price = items * items / 4;
        let pays = items <= EXACT && price <= self.left;
        if pays {
            self.left -= price;
        }
        pays
    }
}

fn common<'a>(pairs: impl Iterator<Item = (&'a u32, &'a u32)>) -> usize {
    pairs.take_while(|(left, right)| left == right).count()
}

fn counts(items: &[u32]) -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    for item in items {
        *counts.entry(*item).or_insert(0) += 1;
    }
    counts
}

fn exact(left: &[u32], right: &[u32]) -> Vec<(usize, usize)> {
    let of_run = |op: &DiffOp| match *op {
        DiffOp::Equal {
            old_index,
            new_index,
            len,
        } => (old_index, new_index, len),
        _ => (0, 0, 0),
    };
    let runs = capture_diff_slices(Algorithm::Myers, left, right);
    let runs = runs.iter().map(of_run);
    runs.flat_map(|(old, new, len)| (0..len).map(move |at| (old + at, new + at)))
        .collect()
}

/// The n-th of its kind with the n-th of its kind, then the longest run of such pairs that ascends on both sides.
fn by_occurrence(left: &[u32], right: &[u32]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u32, std::collections::VecDeque<usize>> = HashMap::new();
    for (at, item) in right.iter().enumerate() {
        places.entry(*item).or_default().push_back(at);
    }
    let mut pairs = Vec::new();
    for (at, item) in left.iter().enumerate() {
        let other = places.get_mut(item).and_then(|places| places.pop_front());
        pairs.extend(other.map(|other| (at, other)));
    }
    ascending(&pairs)
}

/// The longest part of pairs that ascends in the second place (patience sorting); they ascend in the first.
fn ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // Of the runs of each length, the one that ends lowest, and what stands before each pair in its run.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < pair.1);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(place) = at {
        run.push(pairs[place]);
        at = before[place];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{Aligner, by_occurrence};

    #[test]
    fn what_stands_on_both_sides_in_order_is_paired() {
        for (left, right, expected) in [
            (
                &[1, 2, 3, 4][..],
                &[1, 9, 2, 4][..],
                &[(0, 0), (1, 2), (3, 3)][..],
            ),
            (&[], &[1], &[]),
            (&[1, 2], &[1, 2], &[(0, 0), (1, 1)]),
            (&[1, 1, 1], &[1], &[(0, 0)]),
            (&[5, 1, 2, 3], &[1, 2, 3, 5], &[(1, 0), (2, 1), (3, 2)]),
            (&[1, 2], &[3, 4], &[]),
        ] {
            assert_eq!(
                Aligner::default().pairs(left, right),
                expected,
                "{left:?} {right:?}"
            );
        }
    }

    #[test]
    fn a_long_shuffled_list_takes_no_longer_than_it_may() {
        let left: Vec<u32> = (0..400_000).collect();
        // Each seventh place apart: nothing stands where it stood.
        let right: Vec<u32> = (0..400_000)
            .map(|n: u32| n * 7 % 400_009 % 400_000)
            .collect();
        let pairs = Aligner::default().pairs(&left, &right);
        assert!(pairs.len() > 300 && pairs.is_sorted());
    }

    fn is_common(pairs: &[(usize, usize)], left: &[u32], right: &[u32]) -> bool {
        let equal = pairs.iter().all(|(l, r)| left[*l] == right[*r]);
        equal
            && pairs
                .windows(2)
                .all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1)
    }

    proptest! {
        #[test]
        fn pairs_are_equal_and_in_order(left in vec(0_u32..6, 0..30), right in vec(0_u32..6, 0..30)) {
            let exact = Aligner::default().pairs(&left, &right);
            let quick = by_occurrence(&left, &right);
            prop_assert!(is_common(&exact, &left, &right) && is_common(&quick, &left, &right));
            prop_assert!(quick.len() <= exact.len());
            prop_assert_eq!(Aligner::default().pairs(&left, &left).len(), left.len());
        }

        #[test]
        fn without_repeats_the_quick_way_is_as_good(
            left in proptest::sample::subsequence((0_u32..20).collect::<Vec<_>>(), 0..20),
            right in proptest::sample::subsequence((0_u32..20).rev().collect::<Vec<_>>(), 0..20),
        ) {
            let exact = Aligner::default().pairs(&left, &right);
            prop_assert_eq!(by_occurrence(&left, &right).len(), exact.len());
        }
    }
}
