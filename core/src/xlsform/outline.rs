//! The outline of a questionnaire: its elements, how they nest, and the paths between them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    finding::{At, Report},
    header::Record,
    kinds::{Container, TypeWord},
    name::{is_prefixed_name, valid_name},
};

/// A question, group or repeat with the row that it came from.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) word: TypeWord,
    pub(super) record: Record,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
}

impl Element {
    pub(super) fn is_repeat(&self) -> bool {
        self.word == TypeWord::Begin(Container::Repeat)
    }
}

/// All elements of a form.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    pub(super) root: String,
    /// The responses have no identifier that could be referred to.
    pub(super) omits_id: bool,
    pub(super) elements: Vec<Element>,
    pub(super) top: Vec<usize>,
    names: BTreeMap<String, Vec<usize>>,
    /// The first element of a name, whatever its case, below a parent: among a hundred thousand
    /// siblings nobody looks at each.
    siblings: HashMap<(Option<usize>, String), usize>,
    repeats: BTreeSet<String>,
}

/// What a name in `${…}` leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    One(usize),
    None,
    Many,
}

impl Outline {
    /// An outline without elements, whose root has this name.
    pub(super) fn new(root: &str) -> Self {
        Self { root: root.to_owned(), ..Self::default() }
    }

    /// Adds an element below `parent` and reports what is wrong with its name.
    pub(super) fn add(
        &mut self,
        parent: Option<usize>,
        word: TypeWord,
        record: Record,
        report: &mut Report,
    ) -> usize {
        let name = self.name_of(parent, &word, &record, report);
        let index = self.elements.len();
        self.names.entry(name.clone()).or_default().push(index);
        self.siblings.entry((parent, name.to_lowercase())).or_insert(index);
        if word == TypeWord::Begin(Container::Repeat) {
            self.repeats.insert(name.clone());
        }
        match parent.and_then(|parent| self.elements.get_mut(parent)) {
            Some(parent) => parent.children.push(index),
            None => self.top.push(index),
        }
        self.elements.push(Element { name, word, record, parent, children: Vec::new() });
        index
    }

    /// Adds an element that the importer makes itself, with a name that nobody refers to.
    pub(super) fn add_made(&mut self, parent: Option<usize>, word: TypeWord, record: Record) -> usize {
        let index = self.elements.len();
        match parent.and_then(|parent| self.elements.get_mut(parent)) {
            Some(parent) => parent.children.push(index),
            None => self.top.push(index),
        }
        let name = record.text("name").to_owned();
        self.elements.push(Element { name, word, record, parent, children: Vec::new() });
        index
    }

    fn name_of(
        &self,
        parent: Option<usize>,
        word: &TypeWord,
        record: &Record,
        report: &mut Report,
    ) -> String {
        let given = record.text("name").trim();
        let is_note = matches!(word, TypeWord::Plain(plain) if plain.word == "note");
        if given.is_empty() && is_note {
            return format!("generated_note_name_{}", record.row);
        }
        if given.is_empty() {
            report.error(
                "name-missing",
                &At::row(&record.sheet, record.row),
                ["name がありません", "the `name` is missing"],
                ["半角英数字で短い名前を入れてください", "give it a short name in ASCII letters"],
            );
            return format!("row_{}", record.row);
        }
        if !is_prefixed_name(given) {
            let better = valid_name(given);
            report.error(
                "name-invalid",
                &record.at("name"),
                [&format!("name「{given}」は使えません"), &format!("`{given}` cannot be a name")],
                [
                    &format!("「{better}」などに直してください"),
                    &format!("change it to something like `{better}`"),
                ],
            );
        }
        if given == "meta" {
            report.error(
                "name-reserved",
                &record.at("name"),
                ["name「meta」は調査票自身が使います", "the name `meta` belongs to the form itself"],
                ["別の名前にしてください", "use another name"],
            );
        }
        self.check_sibling(parent, given, record, report);
        given.to_owned()
    }

    fn check_sibling(&self, parent: Option<usize>, name: &str, record: &Record, report: &mut Report) {
        let other = self.siblings.get(&(parent, name.to_lowercase()));
        let Some(other) = other.and_then(|index| self.elements.get(*index)) else { return };
        let row = other.record.row;
        let texts = [
            format!("name「{name}」は {row} 行目と重なっています"),
            format!("the name `{name}` is also used in row {row}"),
        ];
        let what = [texts[0].as_str(), texts[1].as_str()];
        let remedy = ["どちらかの名前を変えてください", "rename one of the two"];
        if other.name == name {
            report.error("name-twice", &record.at("name"), what, remedy);
        } else {
            report.warn("name-case", &record.at("name"), what, remedy);
        }
    }

    /// The elements directly below `parent`, or at the top.
    pub(super) fn children(&self, parent: Option<usize>) -> &[usize] {
        match parent {
            Some(parent) => self.elements.get(parent).map_or(&[], |element| element.children.as_slice()),
            None => &self.top,
        }
    }

    /// The element that a name leads to.
    pub(super) fn find(&self, name: &str) -> Target {
        match self.names.get(name).map(Vec::as_slice) {
            None | Some([]) => Target::None,
            Some([one]) => Target::One(*one),
            Some(_) => Target::Many,
        }
    }

    /// True when a repeat has this name.
    pub(super) fn has_repeat(&self, name: &str) -> bool {
        self.repeats.contains(name)
    }

    /// All names, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    fn parent(&self, index: usize) -> Option<usize> {
        self.elements.get(index).and_then(|element| element.parent)
    }

    /// The elements above, nearest first.
    pub(super) fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(index), |above| self.parent(*above))
    }

    /// The nearest repeat around an element.
    pub(super) fn repeat_around(&self, index: usize) -> Option<usize> {
        self.ancestors(index).find(|above| self.elements.get(*above).is_some_and(Element::is_repeat))
    }

    fn name(&self, index: usize) -> &str {
        self.elements.get(index).map_or("", |element| element.name.as_str())
    }

    /// Names from below `above` (or from the top) down to the element.
    fn steps_from(&self, above: Option<usize>, index: usize) -> String {
        let mut names = vec![self.name(index)];
        for ancestor in self.ancestors(index) {
            if Some(ancestor) == above {
                break;
            }
            names.push(self.name(ancestor));
        }
        names.reverse();
        names.join("/")
    }

    /// The absolute path: `/data/group/question`.
    pub(super) fn path(&self, index: usize) -> String {
        format!("/{}/{}", self.root, self.steps_from(None, index))
    }

    /// The path as answers have it: `group/question`.
    pub(super) fn answer_path(&self, index: usize) -> String {
        self.steps_from(None, index)
    }

    /// The path from one element to another inside the repeat that both stand in; `None`
    /// when they share none. With `to_parent` the way goes past the repeat itself where
    /// that is possible, so that all its instances are meant.
    pub(super) fn relative(&self, source: usize, target: usize, to_parent: bool) -> Option<String> {
        let shared = |index: &usize| self.ancestors(target).any(|above| above == *index);
        let above: Vec<usize> = self.ancestors(source).collect();
        let common = above.iter().copied().filter(shared);
        let repeat =
            common.clone().find(|index| self.elements.get(*index).is_some_and(Element::is_repeat))?;
        let steps_to = |index: usize| above.iter().position(|other| *other == index).map(|place| place + 1);
        if to_parent {
            let outside = self.repeat_around(repeat).is_none();
            let target_is_direct = self.repeat_around(target) == Some(repeat);
            if target_is_direct && (outside || self.repeat_around(source) != Some(repeat)) {
                let steps = steps_to(repeat)? + 1;
                return Some(self.climb(steps, self.parent(repeat), target));
            }
        }
        let nearest = common.into_iter().next()?;
        Some(self.climb(steps_to(nearest)?, Some(nearest), target))
    }

    fn climb(&self, steps: usize, above: Option<usize>, target: usize) -> String {
        format!("{}/{}", vec![".."; steps].join("/"), self.steps_from(above, target))
    }

    /// The element at an answer path.
    pub(super) fn at(&self, path: &str) -> Option<&Element> {
        let index = (0..self.elements.len()).find(|index| self.answer_path(*index) == path)?;
        self.elements.get(index)
    }

    /// The cell of a column of the element at an answer path.
    pub(super) fn at_path(&self, path: &str, column: &str) -> Option<At> {
        self.at(path).map(|element| element.record.at(column))
    }
}
