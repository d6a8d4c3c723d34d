//! Two JSON bodies by structure: the order of members does not count, items of a list are found again where they went.
//!
//! ```text
//!   Tree, Tree ──▶ pair the roots ──▶ equal: one row, however large
//!                     ▲      │
//!                     │      ├─ two objects: by name      ┐ pairs, and what stands on one side only
//!                     └──────┴─ two lists: aligned, moved ┘
//! ```
//!
//! Of a list's items that align to none, one that is equal to an item elsewhere was moved; of the others between the same
//! two neighbours those with the same `id` are one item that changed, then those of one kind in their order, unless
//! their `id`s say that they are two things. Everything runs on a stack of its own, so nesting is no danger; what rows
//! and pointers take together is bounded, and beyond that there is no answer (`None`), and text is compared instead.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::domain::compare::align::Aligner;
use crate::domain::compare::row::{Row, RowKind, Weight};
use crate::domain::compare::tree::{Classes, Kid, Tree};
use crate::domain::compare::word::Marker;
use crate::json::token::Kind;

/// How many bytes the pointers of all rows may take together: 500,000 rows a hundred thousand levels deep would take
/// fifty gigabytes.
const MOST_POINTERS: usize = 32 << 20;

/// How many duplicate names are told one by one.
const TOLD: usize = 3;

/// The rows of two bodies that are JSON, and what to know of them. `None`: too large to be compared like this.
pub fn rows(left: &[u8], right: &[u8]) -> Option<(Vec<Row>, Vec<String>)> {
    let mut classes = Classes::default();
    let left = Tree::read(left, &mut classes)?;
    let right = Tree::read(right, &mut classes)?;
    let mut notes = Vec::new();
    for (side, tree) in [("left", &left), ("right", &right)] {
        notes.extend(duplicates(side, tree));
    }
    let id = classes.string(b"id");
    let mut diff = Diff {
        left,
        right,
        id,
        paths: Vec::new(),
        work: Vec::new(),
        aligner: Aligner::default(),
        marker: Marker::default(),
        pointers: 0,
    };
    Some((diff.run()?, notes))
}

fn duplicates(side: &str, tree: &Tree<'_>) -> Option<String> {
    let count = tree.duplicates.len();
    let names = tree.duplicates.iter().take(TOLD);
    let names: Vec<&str> = names.map(String::as_str).collect();
    let more = if count > TOLD { ", …" } else { "" };
    let names = names.join(", ");
    (count > 0).then(|| {
        format!("on the {side} names stand more than once in one object ({names}{more}): the last of each counts")
    })
}

/// A step of a pointer.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Into a member of an object, its name as that of a child on this side.
    Member(Side, Kid),
    /// Into an item of a list.
    Item(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A place in the list of steps; each knows the one above it. `None` is the whole document.
type Path = Option<u32>;

/// Something to look at: a pair to compare, or a row whose kind is known.
#[derive(Clone, Copy, Debug)]
struct Work {
    kind: Option<RowKind>,
    left: Option<u32>,
    right: Option<u32>,
    /// Where it stands on the left, and on the right.
    from: Path,
    to: Path,
}

struct Diff<'a> {
    left: Tree<'a>,
    right: Tree<'a>,
    /// The class of the name `id`.
    id: u32,
    paths: Vec<(Path, Step)>,
    work: Vec<Work>,
    aligner: Aligner,
    marker: Marker,
    pointers: usize,
}

impl<'a> Diff<'a> {
    fn run(&mut self) -> Option<Vec<Row>> {
        let mut rows = Vec::new();
        self.work.push(Work {
            kind: None,
            left: Some(self.left.root()),
            right: Some(self.right.root()),
            from: None,
            to: None,
        });
        while let Some(work) = self.work.pop() {
            match (work.kind, work.left, work.right) {
                (None, Some(left), Some(right)) => match self.judge(left, right) {
                    Some(kind) => rows.push(self.row(kind, work)?),
                    None => self.open(left, right, work),
                },
                (Some(kind), ..) => rows.push(self.row(kind, work)?),
                (None, ..) => {}
            }
        }
        Some(rows)
    }

    /// What a pair is as a whole; `None`: two containers to look into.
    fn judge(&self, left: u32, right: u32) -> Option<RowKind> {
        if self.left.class(left) == self.right.class(right) {
            return Some(RowKind::Same);
        }
        let (kind, other) = (self.left.kind(left), self.right.kind(right));
        let holds = !self.left.kids(left).is_empty() && !self.right.kids(right).is_empty();
        (kind != other || !holds).then_some(RowKind::Changed)
    }

    fn open(&mut self, left: u32, right: u32, at: Work) {
        let found = match self.left.kind(left) {
            Kind::ObjectStart => self.members(left, right, at),
            _ => self.items(left, right, at),
        };
        // The last one put on a stack is the first one looked at.
        self.work.extend(found.into_iter().rev());
    }

    fn step(&mut self, path: Path, step: Step) -> Path {
        self.paths.push((path, step));
        u32::try_from(self.paths.len() - 1).ok()
    }

    fn members(&mut self, left: u32, right: u32, at: Work) -> Vec<Work> {
        let (ours, theirs) = (
            self.left.kids(left).to_vec(),
            self.right.kids(right).to_vec(),
        );
        let mut others: HashMap<u32, Kid> = theirs.iter().map(|kid| (kid.name, *kid)).collect();
        let mut found = Vec::with_capacity(ours.len());
        for kid in ours {
            let other = others.remove(&kid.name);
            let step = match other {
                Some(other) => Step::Member(Side::Right, other),
                None => Step::Member(Side::Left, kid),
            };
            found.push(Work {
                kind: other.is_none().then_some(RowKind::Removed),
                left: Some(kid.value),
                right: other.map(|other| other.value),
                from: self.step(at.from, Step::Member(Side::Left, kid)),
                to: self.step(at.to, step),
            });
        }
        for kid in theirs {
            if others.contains_key(&kid.name) {
                let to = self.step(at.to, Step::Member(Side::Right, kid));
                found.push(Work {
                    kind: Some(RowKind::Added),
                    left: None,
                    right: Some(kid.value),
                    from: to,
                    to,
                });
            }
        }
        found
    }

    fn items(&mut self, left: u32, right: u32, at: Work) -> Vec<Work> {
        let ours: Vec<u32> = self.left.kids(left).iter().map(|kid| kid.value).collect();
        let theirs: Vec<u32> = self.right.kids(right).iter().map(|kid| kid.value).collect();
        let matched = self.matched(&ours, &theirs);
        let mut found = Vec::with_capacity(theirs.len());
        let mut gone = (0..ours.len())
            .filter(|item| !matched.left[*item])
            .peekable();
        let anchors = matched.anchors(ours.len());
        for (to, (value, from)) in theirs.iter().zip(&matched.right).enumerate() {
            // What was removed is told where it stood, before what came instead.
            while let Some(item) = gone.next_if(|item| *item < anchors[to]) {
                found.push(self.removed(item, ours[item], at));
            }
            let kind = match from {
                None => Some(RowKind::Added),
                Some((_, true)) => Some(RowKind::Moved),
                Some((_, false)) => None,
            };
            let to = self.step(at.to, Step::Item(to));
            found.push(Work {
                kind,
                left: from.map(|(from, _)| ours[from]),
                right: Some(*value),
                from: match from {
                    Some((from, _)) => self.step(at.from, Step::Item(*from)),
                    None => to,
                },
                to,
            });
        }
        let rest: Vec<usize> = gone.collect();
        found.extend(
            rest.into_iter()
                .map(|item| self.removed(item, ours[item], at)),
        );
        found
    }

    fn removed(&mut self, item: usize, value: u32, at: Work) -> Work {
        Work {
            kind: Some(RowKind::Removed),
            left: Some(value),
            right: None,
            from: self.step(at.from, Step::Item(item)),
            to: self.step(at.to, Step::Item(item)),
        }
    }

    fn matched(&mut self, ours: &[u32], theirs: &[u32]) -> Matched {
        let class_left: Vec<u32> = ours.iter().map(|value| self.left.class(*value)).collect();
        let class_right: Vec<u32> = theirs
            .iter()
            .map(|value| self.right.class(*value))
            .collect();
        let pairs = self.aligner.pairs(&class_left, &class_right);
        let mut matched = Matched {
            left: vec![false; ours.len()],
            right: vec![None; theirs.len()],
        };
        for (left, right) in &pairs {
            matched.pair(*left, *right, false);
        }
        matched.moved(&class_left, &class_right);
        let mut start = (0, 0);
        let end = (ours.len(), theirs.len());
        for (left, right) in pairs.into_iter().chain([end]) {
            let gap_left = (start.0..left)
                .filter(|item| !matched.left[*item])
                .collect();
            let gap_right = (start.1..right).filter(|item| matched.right[*item].is_none());
            let gap_right = gap_right.collect();
            self.changed(ours, theirs, gap_left, gap_right, &mut matched);
            start = (left + 1, right + 1);
        }
        matched
    }

    /// Between two neighbours that did not change: which items are one that did.
    fn changed(
        &self,
        ours: &[u32],
        theirs: &[u32],
        left: Vec<usize>,
        right: Vec<usize>,
        matched: &mut Matched,
    ) {
        let id_left = |item: usize| self.left.member(ours[item], self.id);
        let id_left = |item: usize| id_left(item).map(|id| self.left.class(id));
        let id_right = |item: usize| self.right.member(theirs[item], self.id);
        let id_right = |item: usize| id_right(item).map(|id| self.right.class(id));
        let named: HashMap<u32, usize> = left
            .iter()
            .rev()
            .filter_map(|item| Some((id_left(*item)?, *item)))
            .collect();
        for item in &right {
            let same = id_right(*item).and_then(|id| named.get(&id));
            if let Some(same) = same.filter(|same| !matched.left[**same]) {
                matched.pair(*same, *item, false);
            }
        }
        let left = left.into_iter().filter(|item| !matched.left[*item]);
        let right = right
            .into_iter()
            .filter(|item| matched.right[*item].is_none());
        let rest: Vec<(usize, usize)> = left.zip(right).collect();
        for (left, right) in rest {
            let kinds = (self.left.kind(ours[left]), self.right.kind(theirs[right]));
            let two_things = id_left(left).is_some() && id_right(right).is_some();
            if alike(kinds.0, kinds.1) && !two_things {
                matched.pair(left, right, false);
            }
        }
    }

    fn row(&mut self, kind: RowKind, work: Work) -> Option<Row> {
        let name = self.pointer(work.to)?;
        let from = match kind {
            RowKind::Added => None,
            _ => Some(self.pointer(work.from)?).filter(|from| *from != name),
        };
        let left: Option<Arc<str>> = work.left.map(|value| self.left.compact(value).into());
        let right: Option<Arc<str>> = match (&left, work.right) {
            (_, None) => None,
            (left, Some(value)) => {
                let right = self.right.compact(value);
                let same = left.as_ref().filter(|left| left.as_ref() == right);
                Some(same.cloned().unwrap_or_else(|| right.into()))
            }
        };
        let marks = match (kind, &left, &right) {
            (RowKind::Changed, Some(left), Some(right)) => self.marker.marks(left, right),
            _ => Default::default(),
        };
        Some(Row {
            kind,
            weight: Weight::Counts,
            name,
            from,
            left,
            right,
            marks,
            note: None,
        })
    }

    /// A place as a JSON Pointer (RFC 6901 3).
    fn pointer(&mut self, path: Path) -> Option<String> {
        let mut steps = Vec::new();
        let mut at = path;
        while let Some(step) = at {
            let (above, step) = self.paths[step as usize];
            steps.push(step);
            at = above;
        }
        let mut pointer = String::new();
        for step in steps.into_iter().rev() {
            pointer.push('/');
            match step {
                Step::Item(item) => pointer.push_str(&item.to_string()),
                Step::Member(side, kid) => {
                    let name = match side {
                        Side::Left => self.left.name(&kid),
                        Side::Right => self.right.name(&kid),
                    };
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
            }
        }
        self.pointers += pointer.len();
        (self.pointers <= MOST_POINTERS).then_some(pointer)
    }
}

/// Whether two values could be one that changed: both objects, both lists, or neither.
fn alike(left: Kind, right: Kind) -> bool {
    let holds = |kind| matches!(kind, Kind::ObjectStart | Kind::ArrayStart);
    left == right || !(holds(left) || holds(right))
}

/// Which items of two lists belong together.
struct Matched {
    left: Vec<bool>,
    /// The item on the left, and whether it stands elsewhere unchanged.
    right: Vec<Option<(usize, bool)>>,
}

impl Matched {
    fn pair(&mut self, left: usize, right: usize, moved: bool) {
        self.left[left] = true;
        self.right[right] = Some((left, moved));
    }

    /// For each item on the right the item on the left before which it stands: the next one that stayed.
    fn anchors(&self, end: usize) -> Vec<usize> {
        let mut anchor = end;
        let back = self.right.iter().rev().map(|from| {
            if let Some((from, false)) = from {
                anchor = *from;
            }
            anchor
        });
        let mut anchors: Vec<usize> = back.collect();
        anchors.reverse();
        anchors
    }

    /// Equal items that do not align were moved.
    fn moved(&mut self, left: &[u32], right: &[u32]) {
        let mut places: HashMap<u32, VecDeque<usize>> = HashMap::new();
        for (item, class) in left.iter().enumerate() {
            if !self.left[item] {
                places.entry(*class).or_default().push_back(item);
            }
        }
        for (item, class) in right.iter().enumerate() {
            if self.right[item].is_none()
                && let Some(from) = places.get_mut(class).and_then(VecDeque::pop_front)
            {
                self.pair(from, item, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::collection::vec;
    use proptest::prelude::{
        Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
    };
    use serde_json::{Map, Value, json};

    use super::rows;
    use crate::domain::compare::row::{Row, RowKind};

    fn compared(left: &str, right: &str) -> Vec<Row> {
        rows(left.as_bytes(), right.as_bytes()).expect("small").0
    }

    fn told(left: &str, right: &str) -> Vec<String> {
        let different = compared(left, right)
            .into_iter()
            .filter(|row| row.kind != RowKind::Same);
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or("-").to_owned();
        let row = |row: Row| {
            let from = row
                .from
                .as_deref()
                .map(|from| format!(" from {from}"))
                .unwrap_or_default();
            format!(
                "{} {}{from}: {} | {}",
                row.kind.word(),
                row.name,
                text(&row.left),
                text(&row.right)
            )
        };
        different.map(row).collect()
    }

    #[test]
    fn structure_is_compared_and_not_spelling() {
        for (left, right, expected) in [
            (r#"{"a":1,"b":2}"#, r#"{ "b" : 2.0, "a": 1 }"#, &[][..]),
            (
                r#"{"a":1,"b":2}"#,
                r#"{"c":3,"a":5}"#,
                &["changed /a: 1 | 5", "removed /b: 2 | -", "added /c: - | 3"],
            ),
            (
                r#"{"a/b~":1}"#,
                r#"{"a/b~":2}"#,
                &["changed /a~1b~0: 1 | 2"],
            ),
            (
                r#"{"a":[1]}"#,
                r#"{"a":{"0":1}}"#,
                &["changed /a: [1] | {\"0\":1}"],
            ),
            ("1", "2", &["changed : 1 | 2"]),
            ("[1,2,3]", "[1,3]", &["removed /1: 2 | -"]),
            ("[1,3]", "[1,2,3]", &["added /1: - | 2"]),
            ("[1,2,3]", "[3,1,2]", &["moved /0 from /2: 3 | 3"]),
            ("[1,2]", "[1,5]", &["changed /1: 2 | 5"]),
            // One item changed, found by its id though others came and went.
            (
                r#"[{"id":1,"n":1},{"id":2,"n":1}]"#,
                r#"[{"id":9,"n":1},{"id":2,"n":7}]"#,
                &[
                    "removed /0: {\"id\":1,\"n\":1} | -",
                    "added /0: - | {\"id\":9,\"n\":1}",
                    "changed /1/n: 1 | 7",
                ],
            ),
            // Without ids: in their order.
            (
                r#"[{"n":1},{"n":2}]"#,
                r#"[{"n":3},{"n":2}]"#,
                &["changed /0/n: 1 | 3"],
            ),
            (
                "[{\"n\":1}]",
                "[[1]]",
                &["removed /0: {\"n\":1} | -", "added /0: - | [1]"],
            ),
            (
                "12345678901234567890123",
                "12345678901234567890124",
                &["changed : 12345678901234567890123 | 12345678901234567890124"],
            ),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, &[]),
            ("{}", r#"{"a":1}"#, &["changed : {} | {\"a\":1}"]),
        ] {
            assert_eq!(told(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn names_that_stand_twice_are_mentioned() {
        let (_, notes) = rows(br#"{"a":1,"b":1,"a":2}"#, br#"{"a":2,"b":1}"#).expect("small");
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].contains("left") && notes[0].contains("(a)"),
            "{notes:?}"
        );
    }

    #[test]
    fn changed_words_are_marked() {
        let rows = compared(r#"{"m":"a red house"}"#, r#"{"m":"a green house"}"#);
        let text = rows[0].left.as_deref().expect("it changed");
        assert_eq!(&text[rows[0].marks.0[0].clone()], "red");
    }

    /// Small JSON with few different values, so that much of it is equal.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..4).prop_map(Value::from),
            "[ab/~]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let members = vec(
                (
                    prop_oneof![Just("id".to_owned()), "[ab/~01]{0,2}"],
                    inner.clone(),
                ),
                0..5,
            );
            prop_oneof![
                vec(inner, 0..6).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn above(pointer: &str) -> &str {
        pointer.rsplit_once('/').map_or("", |(above, _)| above)
    }

    /// Which container on the left each one on the right was compared with: steps fall away on both sides alike.
    fn containers(rows: &[Row]) -> BTreeMap<String, String> {
        let mut pairs = BTreeMap::new();
        for row in rows.iter().filter(|row| row.kind != RowKind::Added) {
            let mut place = (
                row.name.as_str(),
                row.from.as_ref().unwrap_or(&row.name).as_str(),
            );
            while !place.0.is_empty() {
                place = (above(place.0), above(place.1));
                pairs.insert(place.0.to_owned(), place.1.to_owned());
            }
        }
        pairs
    }

    /// The right document, from the left one and the rows alone.
    fn rebuilt(left: &Value, rows: &[Row]) -> Value {
        let pairs = containers(rows);
        build(
            "",
            left,
            &pairs,
            &rows
                .iter()
                .filter(|row| row.kind != RowKind::Removed)
                .collect::<Vec<_>>(),
        )
    }

    fn build(at: &str, left: &Value, pairs: &BTreeMap<String, String>, rows: &[&Row]) -> Value {
        if let Some(row) = rows.iter().find(|row| row.name == at) {
            return match row.kind {
                RowKind::Same | RowKind::Moved => {
                    let from = row.from.as_ref().unwrap_or(&row.name);
                    left.pointer(from).expect("it stands on the left").clone()
                }
                _ => serde_json::from_str(row.right.as_deref().expect("it stands on the right"))
                    .expect("JSON"),
            };
        }
        let below = |row: &&&Row| {
            row.name
                .strip_prefix(at)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let step = |row: &&Row| {
            row.name[at.len() + 1..]
                .split('/')
                .next()
                .map(ToOwned::to_owned)
        };
        let steps: BTreeSet<String> = rows.iter().filter(below).filter_map(step).collect();
        let child = |step: &str| build(&format!("{at}/{step}"), left, pairs, rows);
        match left.pointer(&pairs[at]).expect("a container on the left") {
            Value::Object(_) => {
                let name = |step: &str| step.replace("~1", "/").replace("~0", "~");
                let members = steps.iter().map(|step| (name(step), child(step)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            _ => (0..steps.len())
                .map(|item| child(&item.to_string()))
                .collect(),
        }
    }

    #[test]
    fn a_document_is_rebuilt() {
        let (left, right) = (
            json!({"a": [1, {"b": 2}, 3], "c": {}}),
            json!({"a": [3, 1, {"b": 4, "d": []}]}),
        );
        let rows = compared(&left.to_string(), &right.to_string());
        assert_eq!(rebuilt(&left, &rows), right);
    }

    proptest! {
        #[test]
        fn the_rows_explain_every_difference(left in any_json(), right in any_json()) {
            let (one, other) = (left.to_string(), right.to_string());
            let there = compared(&one, &other);
            prop_assert_eq!(&rebuilt(&left, &there), &right);
            let back = compared(&other, &one);
            prop_assert_eq!(&rebuilt(&right, &back), &left);
            let same = |rows: &[Row]| rows.iter().all(|row| row.kind == RowKind::Same);
            prop_assert_eq!(same(&there), left == right);
            prop_assert_eq!(same(&back), left == right);
        }

        #[test]
        fn a_value_is_the_same_as_itself_however_it_is_laid_out(value in any_json()) {
            let pretty = serde_json::to_string_pretty(&value).expect("JSON");
            let rows = compared(&value.to_string(), &pretty);
            prop_assert!(rows.len() == 1 && rows[0].kind == RowKind::Same);
        }

        #[test]
        fn both_ways_find_as_much_in_common(left in vec(0..5, 0..12), right in vec(0..5, 0..12)) {
            let text = |items: &[i32]| json!(items).to_string();
            let common = |rows: Vec<Row>| rows.iter().filter(|row| matches!(row.kind, RowKind::Same | RowKind::Moved)).count();
            let there = common(compared(&text(&left), &text(&right)));
            prop_assert_eq!(there, common(compared(&text(&right), &text(&left))));
        }
    }
}
