//! In which group or repeat the entity of a declaration stands (ODK XForms Entities 2025.1).
//!
//! All that a declaration refers to must be seen from one instance of the innermost repeat
//! that any of it stands in. The entity goes as deep as what is saved to it allows; a group
//! or repeat holds one entity.

use std::collections::BTreeMap;

use super::{
    finding::{At, Report},
    header::Record,
    outline::Outline,
};

/// A reference of a declaration to a question.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// The group or repeat that the question stands in; `None` at the top.
    pub(super) place: Option<usize>,
    pub(super) row: u32,
    /// The property that the question is saved to.
    pub(super) property: Option<String>,
    pub(super) question: String,
}

/// A declaration with its references in the order of the survey.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    list: String,
    sheet: String,
    row: u32,
    pub(super) claims: Vec<Claim>,
}

impl Declared {
    /// A declaration without references yet.
    pub(super) fn of(record: &Record) -> Self {
        let list = record.text("list_name").trim().to_owned();
        Self { list, sheet: record.sheet.clone(), row: record.row, claims: Vec::new() }
    }

    /// Notes a property that is saved; a property is saved by one question.
    pub(super) fn save(
        &mut self,
        record: &Record,
        place: Option<usize>,
        property: &str,
        report: &mut Report,
    ) {
        let other = self.claims.iter().find(|claim| claim.property.as_deref() == Some(property));
        if let Some(row) = other.map(|claim| claim.row) {
            report.error(
                "save-to-twice",
                &record.at("save_to"),
                [
                    &format!("プロパティ「{property}」には {row} 行目も保存します"),
                    &format!("row {row} is also saved to the property `{property}`"),
                ],
                ["どちらかを別の名前にしてください", "give one of them another name"],
            );
        }
        let question = record.text("name").trim().to_owned();
        self.claims.push(Claim { place, row: record.row, property: Some(property.to_owned()), question });
    }
}

/// A way from the top down: the groups and repeats that stand in each other.
type Way = Vec<usize>;

/// Finds the place of each declaration; `None` when one cannot be placed, which is reported.
pub(super) fn place(
    outline: &Outline,
    declared: &[Declared],
    report: &mut Report,
) -> Option<Vec<Option<usize>>> {
    let mut wishes = Vec::new();
    for declaration in declared {
        wishes.push(wish(outline, declaration, report)?);
    }
    let only_at_top = wishes.len() == 1 && wishes.iter().all(|wish| wish.scope.is_empty());
    if only_at_top {
        return Some(vec![None]);
    }
    settle(declared, &wishes, report)
}

/// Where a declaration wants to stand.
struct Wish {
    /// The innermost repeat that any reference stands in.
    scope: Way,
    at: Way,
    /// Where questions are saved from.
    saved: Vec<Way>,
}

fn way(outline: &Outline, place: Option<usize>) -> Way {
    let mut way: Way =
        place.into_iter().chain(place.into_iter().flat_map(|index| outline.ancestors(index))).collect();
    way.reverse();
    way
}

/// The part of a way down to its innermost repeat.
fn scope_of(outline: &Outline, way: &[usize]) -> Way {
    let is_repeat =
        |index: &usize| outline.elements.get(*index).is_some_and(super::outline::Element::is_repeat);
    let end = way.iter().rposition(is_repeat).map_or(0, |at| at + 1);
    way.get(..end).unwrap_or_default().to_vec()
}

fn wish(outline: &Outline, declared: &Declared, report: &mut Report) -> Option<Wish> {
    let ways: Vec<(&Claim, Way, Way)> = declared
        .claims
        .iter()
        .map(|claim| {
            let way = way(outline, claim.place);
            let scope = scope_of(outline, &way);
            (claim, way, scope)
        })
        .collect();
    let repeats = |scope: &Way| {
        scope
            .iter()
            .filter(|index| outline.elements.get(**index).is_some_and(super::outline::Element::is_repeat))
            .count()
    };
    let deepest = |scopes: &mut dyn Iterator<Item = &Way>| {
        scopes.fold(
            Way::new(),
            |best, scope| if repeats(scope) > repeats(&best) { scope.clone() } else { best },
        )
    };
    let scope = deepest(&mut ways.iter().map(|(.., scope)| scope));
    for (claim, _, own) in &ways {
        if !scope.starts_with(own) {
            refuse_scope(declared, claim, report);
            return None;
        }
    }
    let mut saved: Vec<Way> = Vec::new();
    for (_, way, _) in ways.iter().filter(|(claim, ..)| claim.property.is_some()) {
        if !saved.contains(way) {
            saved.push(way.clone());
        }
    }
    let at = match saved.as_slice() {
        [] => ways
            .iter()
            .filter(|(.., own)| *own == scope)
            .fold(scope.clone(), |best, (_, way, _)| if way.len() > best.len() { way.clone() } else { best }),
        [one] => one.clone(),
        several => {
            let inner = deepest(
                &mut ways.iter().filter(|(claim, ..)| claim.property.is_some()).map(|(.., scope)| scope),
            );
            let common = common(several);
            if common.starts_with(&inner) { common } else { inner }
        }
    };
    let at_scope = scope_of(outline, &at);
    for (claim, _, own) in ways.iter().filter(|(claim, ..)| claim.property.is_some()) {
        if *own != at_scope {
            refuse_scope(declared, claim, report);
            return None;
        }
    }
    Some(Wish { scope, at, saved })
}

fn common(ways: &[Way]) -> Way {
    let Some((first, rest)) = ways.split_first() else { return Way::new() };
    let shared = (0..first.len()).take_while(|at| rest.iter().all(|way| way.get(*at) == first.get(*at)));
    first.iter().take(shared.count()).copied().collect()
}

fn refuse_scope(declared: &Declared, claim: &Claim, report: &mut Report) {
    let (list, question) = (&declared.list, &claim.question);
    let at = match claim.property {
        Some(_) => At::row("survey", claim.row),
        None => At::row(&declared.sheet, declared.row),
    };
    report.error(
        "entities-scope",
        &at,
        [
            &format!("リスト「{list}」の質問「{question}」は別の繰り返しの中にあります"),
            &format!("`{question}` of the list `{list}` stands in another repeat than the rest of it"),
        ],
        [
            "1つのリストの質問は同じ繰り返しの中にそろえてください",
            "keep what one list saves and names inside of one repeat",
        ],
    );
}

/// Gives each declaration a container of its own, the deepest that is free.
fn settle(declared: &[Declared], wishes: &[Wish], report: &mut Report) -> Option<Vec<Option<usize>>> {
    let mut taken: BTreeMap<Way, usize> = BTreeMap::new();
    let mut places: Vec<Option<Option<usize>>> = vec![None; declared.len()];
    for (number, wish) in wishes.iter().enumerate() {
        let free = (wish.scope.len()..=wish.at.len()).rev().find_map(|depth| {
            let way: Way = wish.at.iter().take(depth).copied().collect();
            (!taken.contains_key(&way)).then_some(way)
        });
        let blocked = wish.saved.iter().any(|way| taken.contains_key(way)) && free.as_ref() != Some(&wish.at);
        let Some(way) = free.filter(|_| !blocked) else {
            let other =
                taken.get(&wish.at).and_then(|other| declared.get(*other)).map_or(0, |other| other.row);
            let declaration = declared.get(number)?;
            report.error(
                "entities-full",
                &At::row(&declaration.sheet, declaration.row),
                [
                    &format!("{other} 行目のリストが同じグループを使います"),
                    &format!("the list of row {other} already uses the same group"),
                ],
                [
                    "リストごとに別のグループを作り、その質問を入れてください",
                    "make a group for each list and put its questions into it",
                ],
            );
            return None;
        };
        for saved in &wish.saved {
            for depth in way.len()..=saved.len() {
                taken.insert(saved.iter().take(depth).copied().collect(), number);
            }
        }
        taken.insert(way.clone(), number);
        if let Some(place) = places.get_mut(number) {
            *place = Some(way.last().copied());
        }
    }
    places.into_iter().collect()
}
