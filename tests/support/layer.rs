//! Judges sources by a table of layers: who may import whom, which crate is whose, how a name may be imported.
//!
//! ```text
//!   Rules (a table) ┐
//!   House (sources) ┴──▶ faults: `src/a/b.rs:12: `crate::c::D`: a may import …, not c`
//! ```

use std::collections::BTreeSet;
use std::path::Path;

use crate::source::{Mention, Source};

/// One room, and the rooms it may import (each with what lies below it). A room may always import itself.
#[derive(Debug)]
pub struct Row {
    /// Its path below `src/`, as a module.
    pub room: &'static str,
    /// The rooms it may import.
    pub may: &'static [&'static str],
    /// Whether the files of the room may import each other.
    pub siblings: bool,
}

/// A room whose files know each other.
pub const fn row(room: &'static str, may: &'static [&'static str]) -> Row {
    Row {
        room,
        may,
        siblings: true,
    }
}

/// A room whose files do not import each other.
pub const fn strangers(room: &'static str, may: &'static [&'static str]) -> Row {
    Row {
        room,
        may,
        siblings: false,
    }
}

/// What is asked of the sources.
#[derive(Debug)]
pub struct Rules {
    /// Who may import whom. `lib` and `main` are the files of that name.
    pub table: &'static [Row],
    /// Crates that some rooms keep to themselves.
    pub kept: &'static [(&'static str, &'static [&'static str])],
    /// Rooms that may use these crates and, outside their tests, no other.
    pub only: &'static [(&'static str, &'static [&'static str])],
    /// The one glob that may be imported, in tests.
    pub glob: &'static str,
    /// Lines of one file at most, its `mod tests` left out.
    pub most_lines: usize,
}

impl Rules {
    /// The row with the longest name that the module begins with.
    fn row_of(&self, module: &[String]) -> Option<&Row> {
        if module.is_empty() {
            return self.table.iter().find(|row| row.room == "lib");
        }
        let rows = self.table.iter().filter(|row| below(module, row.room));
        rows.max_by_key(|row| row.room.len())
    }

    fn has_rooms_below(&self, row: &Row) -> bool {
        let stem = format!("{}::", row.room);
        self.table.iter().any(|other| other.room.starts_with(&stem))
    }

    fn reach_crate(&self, row: &Row, name: &str, mention: &Mention) -> Option<String> {
        let room: Vec<String> = row.room.split("::").map(Into::into).collect();
        if let Some((_, rooms)) = self.kept.iter().find(|(kept, _)| *kept == name)
            && !rooms.iter().any(|kept| below(&room, kept))
        {
            return Some(format!("the crate {name} is named in {rooms:?} only"));
        }
        let only = self.only.iter().find(|(of, _)| *of == row.room);
        only.filter(|(_, crates)| !crates.contains(&name) && !mention.in_tests())
            .map(|(of, crates)| format!("{of} uses the crates {crates:?} and no other"))
    }
}

/// The sources under `src/`, and what the manifest calls the crates.
#[derive(Debug)]
pub struct House {
    /// Path and contents.
    pub files: Vec<(String, Source)>,
    /// With `_` for `-`, as sources spell them.
    pub crates: BTreeSet<String>,
}

impl House {
    /// Reads the sources of the package at `root`.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn read(root: &Path) -> House {
        let mut files = Vec::new();
        collect(&root.join("src"), "src", &mut files);
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml");
        House {
            files,
            crates: crates(&manifest),
        }
    }

    /// What is wrong with it: place, path, rule.
    pub fn faults(&self, rules: &Rules) -> Vec<String> {
        let each = self.files.iter();
        each.flat_map(|(path, source)| {
            let file = File {
                house: self,
                rules,
                path,
                source,
                module: module(path),
            };
            file.faults()
        })
        .collect()
    }

    fn has_module(&self, module: &[String]) -> bool {
        self.files
            .iter()
            .any(|(path, _)| self::module(path) == module)
    }
}

fn collect(dir: &Path, name: &str, files: &mut Vec<(String, Source)>) {
    let entries = std::fs::read_dir(dir).expect("a directory of sources");
    let mut entries: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let here = format!(
            "{name}/{}",
            path.file_name().expect("a name").to_string_lossy()
        );
        if path.is_dir() {
            collect(&path, &here, files);
        } else if here.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            files.push((here, Source::read(&text)));
        }
    }
}

fn crates(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().expect("a manifest");
    // What only some systems need stands below [target.'cfg(…)'].
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let of_targets = targets.into_iter().flat_map(|targets| targets.values());
    [&manifest]
        .into_iter()
        .chain(of_targets.filter_map(toml::Value::as_table))
        .flat_map(|table| ["dependencies", "dev-dependencies"].map(|section| table.get(section)))
        .flatten()
        .filter_map(toml::Value::as_table)
        .flat_map(|section| section.keys().map(|name| name.replace('-', "_")))
        .collect()
}

/// `src/tui/pane/history.rs` is `tui::pane::history`, `src/tui/mod.rs` is `tui`, `src/lib.rs` is the root.
fn module(path: &str) -> Vec<String> {
    let stem = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = stem.split('/').map(Into::into).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
        module.pop();
    }
    module
}

fn below(module: &[String], room: &str) -> bool {
    let room: Vec<&str> = room.split("::").collect();
    module.len() >= room.len() && module.iter().zip(&room).all(|(a, b)| a == b)
}

/// Where a path leads.
enum Target {
    /// To a place in `src/`.
    Own(Vec<String>),
    /// To a crate.
    Crate(String),
}

struct File<'a> {
    house: &'a House,
    rules: &'a Rules,
    path: &'a str,
    source: &'a Source,
    module: Vec<String>,
}

impl File<'_> {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.source.lines > self.rules.most_lines {
            faults.push(format!(
                "{}: {} lines without its tests, at most {}: split it by thing",
                self.path, self.source.lines, self.rules.most_lines
            ));
        }
        let Some(row) = self.row() else {
            faults.push(format!(
                "{}: it stands in no row: add it to the table in tests/layers.rs",
                self.path
            ));
            return faults;
        };
        for mention in &self.source.mentions {
            let found = [self.manner(mention), self.reach(row, mention)];
            faults.extend(found.into_iter().flatten().map(|fault| {
                format!(
                    "{}:{}: `{}`: {fault}",
                    self.path,
                    mention.line,
                    mention.path.join("::")
                )
            }));
        }
        faults.dedup();
        faults
    }

    /// A room that has rooms below it keeps only its own `mod.rs`: everything else there must be named.
    fn row(&self) -> Option<&Row> {
        let row = self.rules.row_of(&self.module)?;
        let own = self.module.join("::") == row.room || self.module.is_empty();
        (own || !self.rules.has_rooms_below(row)).then_some(row)
    }

    /// How a path is imported, whatever it names.
    fn manner(&self, mention: &Mention) -> Option<String> {
        if mention.glob && !(mention.in_tests() && mention.path.join("::") == self.rules.glob) {
            return Some("a glob hides where a name comes from: import the names".into());
        }
        // A macro has no other way to be seen than to be handed on by its bare name.
        (mention.handed_on && mention.path.len() > 1)
            .then(|| "a name is imported from the file that defines it: hand none on".into())
    }

    /// What it names. A name that an import brought in wrongly is told once, at the import.
    fn reach(&self, row: &Row, mention: &Mention) -> Option<String> {
        let first = mention.path.first()?;
        let import = self
            .source
            .aliases
            .get(first)
            .filter(|import| *import != mention);
        if import.is_some_and(|import| self.judge(row, import).is_some()) {
            return None;
        }
        self.judge(row, mention)
    }

    fn judge(&self, row: &Row, mention: &Mention) -> Option<String> {
        match self.target(mention, 0)? {
            Target::Own(target) => self.reach_own(row, &target),
            Target::Crate(name) => self.rules.reach_crate(row, &name, mention),
        }
    }

    fn reach_own(&self, row: &Row, target: &[String]) -> Option<String> {
        let Some(to) = self.rules.row_of(target) else {
            return Some("it leads to no row: add it to the table in tests/layers.rs".into());
        };
        if to.room == row.room {
            let depth = row.room.split("::").count();
            let file = target
                .get(..=depth)
                .filter(|file| self.house.has_module(file));
            let apart = match (self.module.get(..=depth), file) {
                (Some(from), Some(to)) => from != to,
                // The room's own `mod.rs` is nobody's sibling.
                _ => false,
            };
            return (apart && !row.siblings)
                .then(|| format!("the files of {} do not import each other", row.room));
        }
        let allowed = row.may.iter().any(|room| below(target, room));
        (!allowed).then(|| format!("{} may import {:?}, not {}", row.room, row.may, to.room))
    }

    /// Where a path leads, seen from where it stands.
    fn target(&self, mention: &Mention, depth: usize) -> Option<Target> {
        let first = mention.path.first()?.as_str();
        let here = || self.module.iter().chain(&mention.inside).cloned();
        let rest = || mention.path[1..].iter().cloned();
        if mention.absolute {
            return self.named_crate(first);
        }
        match first {
            "crate" => Some(Target::Own(rest().collect())),
            "reqscope" => Some(Target::Own(rest().collect())),
            "self" => Some(Target::Own(here().chain(rest()).collect())),
            "super" => {
                let ups = mention.path.iter().take_while(|s| *s == "super").count();
                let mut at: Vec<String> = here().collect();
                at.truncate(at.len().saturating_sub(ups));
                at.extend(mention.path[ups..].iter().cloned());
                Some(Target::Own(at))
            }
            _ if self.source.children.iter().any(|child| child == first) => {
                let path = mention.path.iter().cloned();
                Some(Target::Own(
                    self.module.iter().cloned().chain(path).collect(),
                ))
            }
            _ => self.through_alias(mention, depth),
        }
    }

    /// A path whose first segment an import has brought in; else its first segment is a crate, or nothing of ours.
    fn through_alias(&self, mention: &Mention, depth: usize) -> Option<Target> {
        let first = mention.path.first()?;
        match self.source.aliases.get(first) {
            // Imports may build on each other, never in a circle: eight are plenty.
            Some(alias) if alias != mention && alias.path != [first.clone()] && depth < 8 => {
                let mut through = alias.clone();
                through.path.extend(mention.path[1..].iter().cloned());
                self.target(&through, depth + 1)
            }
            _ => self.named_crate(first),
        }
    }

    fn named_crate(&self, name: &str) -> Option<Target> {
        let known = self.house.crates.contains(name);
        known.then(|| Target::Crate(name.to_owned()))
    }
}
