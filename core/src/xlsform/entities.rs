//! The sheet `entities`: what responses create or update in lists that outlive a form.
//!
//! A declaration becomes the elements that ODK XForms Entities gives it (`meta/entity` with
//! its attributes, their binds and its label), in the group or repeat that its references
//! ask for. Which that is, is decided in [`place`](super::entity_place).

use std::collections::BTreeMap;

use super::{
    entity_place::{self, Claim, Declared},
    finding::{At, Report},
    header::{Kind, Record, Table},
    kinds::{Container, TypeWord, type_word},
    name::is_name,
    outline::Outline,
    reference::{Piece, pieces},
    sheet::Workbook,
};

/// Names that belong to the system.
const RESERVED: &str = "__";

/// What the sheet declares.
#[derive(Debug, Clone, Default)]
pub(super) struct Entities {
    /// The declarations in the order of the sheet.
    rows: Vec<Record>,
    /// `entities-version` of the XForm; empty when there is no declaration.
    pub(super) version: &'static str,
}

impl Entities {
    /// Reads the sheet and says what is wrong with it.
    pub(super) fn read(book: &Workbook, report: &mut Report) -> Self {
        let Some(sheet) = book.sheet("entities") else { return Self::default() };
        let table = Table::read(sheet, Kind::Entities, report);
        let mut found = Self::default();
        for column in table
            .columns
            .iter()
            .filter(|column| !super::header::known(Kind::Entities).contains(&column.base.as_str()))
        {
            let at =
                At { column: Some(column.index), header: column.header.clone(), ..At::row(&sheet.name, 1) };
            let header = &column.header;
            report.error(
                "entities-column",
                &at,
                [
                    &format!("entities シートに列「{header}」はありません"),
                    &format!("the sheet `entities` has no column `{header}`"),
                ],
                [
                    "使えるのは list_name, label, entity_id, create_if, update_if です",
                    "its columns are list_name, label, entity_id, create_if and update_if",
                ],
            );
        }
        for record in table.records {
            let list = record.text("list_name").trim();
            if found.rows.iter().any(|other: &Record| other.text("list_name").trim() == list) {
                report.error(
                    "entities-list-twice",
                    &record.at("list_name"),
                    [
                        &format!("リスト「{list}」は二度書かれています"),
                        &format!("the list `{list}` is declared twice"),
                    ],
                    ["1つのリストは1行にしてください", "declare each list in one row"],
                );
                continue;
            }
            check_list(&record, report);
            check_mode(&record, report);
            found.rows.push(record);
        }
        found
    }

    /// The settings with the version of the specification that the form needs.
    pub(super) fn keep_version(&self, mut settings: BTreeMap<String, String>) -> BTreeMap<String, String> {
        if !self.version.is_empty() {
            settings.insert("entities_version".to_owned(), self.version.to_owned());
        }
        settings
    }

    /// Names of the lists.
    pub(super) fn lists(&self) -> Vec<String> {
        self.rows.iter().map(|record| record.text("list_name").trim().to_owned()).collect()
    }

    /// Adds the elements of all declarations to the outline.
    pub(super) fn add_to(&mut self, outline: &mut Outline, report: &mut Report) {
        let declared = self.references(outline, report);
        if self.rows.is_empty() {
            return;
        }
        let Some(places) = entity_place::place(outline, &declared, report) else { return };
        let is_repeat =
            |index: usize| outline.elements.get(index).is_some_and(super::outline::Element::is_repeat);
        let in_repeat = |place: &Option<usize>| {
            place.is_some_and(|index| is_repeat(index) || outline.ancestors(index).any(is_repeat))
        };
        let several = self.rows.len() > 1 || places.iter().any(in_repeat);
        self.version = if several { "2025.1.0" } else { "2024.1.0" };
        for (record, place) in self.rows.iter().zip(places) {
            add_declaration(outline, place, record);
        }
    }

    /// The end of a group saves nothing.
    pub(super) fn check_ends(&self, survey: &Table, report: &mut Report) {
        let is_end =
            |record: &&Record| matches!(type_word(record.text("type").trim()), Some(TypeWord::End(_)));
        for record in survey.records.iter().filter(is_end) {
            self.save_to(record, true, report);
        }
    }

    /// The references of each declaration: properties that are saved to it, and questions that
    /// its own columns name.
    fn references(&self, outline: &mut Outline, report: &mut Report) -> Vec<Declared> {
        let mut declared: Vec<Declared> = self.rows.iter().map(Declared::of).collect();
        let named: Vec<Vec<String>> = self.rows.iter().map(named_questions).collect();
        for index in 0..outline.elements.len() {
            let Some(element) = outline.elements.get(index) else { continue };
            let (record, name, place) = (element.record.clone(), element.name.clone(), element.parent);
            let is_container = matches!(element.word, TypeWord::Begin(_) | TypeWord::End(_));
            if let Some((list, property)) = self.save_to(&record, is_container, report) {
                if let Some(declared) = declared.get_mut(list) {
                    declared.save(&record, place, &property, report);
                }
                if let Some(element) = outline.elements.get_mut(index) {
                    element.record.put("bind::entities:saveto", property);
                }
            }
            if let Some(element) = outline.elements.get_mut(index) {
                element.record.fields.retain(|field| field.base != "save_to");
            }
            for (declared, names) in declared.iter_mut().zip(&named) {
                if names.contains(&name) {
                    declared.claims.push(Claim {
                        place,
                        row: record.row,
                        property: None,
                        question: name.clone(),
                    });
                }
            }
        }
        declared
    }

    /// The list and the property that a `save_to` cell names.
    fn save_to(&self, record: &Record, is_container: bool, report: &mut Report) -> Option<(usize, String)> {
        if !record.has("save_to") {
            return None;
        }
        let mut refuse = |refusal: Refusal| {
            report.error(
                refusal.code,
                &record.at("save_to"),
                [&refusal.what[0], &refusal.what[1]],
                refusal.remedy,
            );
        };
        let found = self.named(record.text("save_to").trim());
        let (list, property) = found.map_err(&mut refuse).ok()?;
        match check_property(&property, is_container) {
            Some(refusal) => {
                refuse(refusal);
                None
            }
            None => Some((list, property)),
        }
    }

    /// The list and the property of `property` or `list#property`.
    fn named(&self, text: &str) -> Result<(usize, String), Refusal> {
        let lists = self.lists();
        if lists.is_empty() {
            return Err(Refusal {
                code: "save-to-without-entities",
                what: [
                    "save_to がありますが、entities シートがありません".to_owned(),
                    "there is a `save_to` and no sheet `entities`".to_owned(),
                ],
                remedy: [
                    "entities シートを足すか、save_to を消してください",
                    "add a sheet `entities`, or leave `save_to` empty",
                ],
            });
        }
        match text.split('#').collect::<Vec<_>>().as_slice() {
            [property] if lists.len() == 1 => Ok((0, (*property).to_owned())),
            [_] => Err(Refusal {
                code: "save-to-list",
                what: [
                    "どのリストへの save_to か分かりません".to_owned(),
                    "this `save_to` does not say to which list it saves".to_owned(),
                ],
                remedy: ["「リスト名#プロパティ名」の形にしてください", "write list_name#property"],
            }),
            [list, property] => match lists.iter().position(|known| known == list) {
                Some(at) => Ok((at, (*property).to_owned())),
                None => Err(Refusal {
                    code: "save-to-list",
                    what: [
                        format!("entities シートにリスト「{list}」がありません"),
                        format!("the sheet `entities` declares no list `{list}`"),
                    ],
                    remedy: [
                        "entities シートの list_name にある名前にしてください",
                        "use a list_name of that sheet",
                    ],
                }),
            },
            _ => Err(Refusal {
                code: "save-to-malformed",
                what: [
                    format!("save_to「{text}」が読めません"),
                    format!("`{text}` cannot be read as a save_to"),
                ],
                remedy: ["「#」は1つだけにしてください", "use one `#` at most"],
            }),
        }
    }
}

/// Why a `save_to` is refused.
struct Refusal {
    code: &'static str,
    what: [String; 2],
    remedy: [&'static str; 2],
}

fn check_property(property: &str, is_container: bool) -> Option<Refusal> {
    if is_container {
        return Some(Refusal {
            code: "save-to-group",
            what: [
                "グループや繰り返しは保存できません".to_owned(),
                "a group or repeat cannot be saved".to_owned(),
            ],
            remedy: ["中の質問に save_to を書いてください", "put `save_to` on the questions within"],
        });
    }
    let is_taken = property.eq_ignore_ascii_case("name") || property.eq_ignore_ascii_case("label");
    (is_taken || property.starts_with(RESERVED) || !is_name(property)).then(|| Refusal {
        code: "save-to-name",
        what: [
            format!("save_to の「{property}」はプロパティの名前になりません"),
            format!("`{property}` cannot be the name of a property"),
        ],
        remedy: [
            "name、label、「__」で始まるもの、記号を含むもの以外にしてください",
            "use a name of letters that is not name or label and does not begin with `__`",
        ],
    })
}

fn check_list(record: &Record, report: &mut Report) {
    let list = record.text("list_name").trim();
    if !list.starts_with(RESERVED) && !list.contains('.') && is_name(list) {
        return;
    }
    let at = if list.is_empty() { At::row(&record.sheet, record.row) } else { record.at("list_name") };
    report.error(
        "entities-list",
        &at,
        [&format!("「{list}」はリストの名前になりません"), &format!("`{list}` cannot be the name of a list")],
        [
            "英字で始まり「.」を含まず「__」で始まらない名前を list_name に書いてください",
            "write a list_name of letters, without dots, that does not begin with `__`",
        ],
    );
}

/// Whether a response creates, updates or both follows from which columns are filled.
fn check_mode(record: &Record, report: &mut Report) {
    let has = |column: &str| !record.text(column).trim().is_empty();
    let mut refuse = |what: [&str; 2], remedy: [&str; 2]| {
        report.error("entities-mode", &At::row(&record.sheet, record.row), what, remedy);
    };
    if has("update_if") && !has("entity_id") {
        refuse(
            ["update_if がありますが entity_id がありません", "there is an `update_if` and no `entity_id`"],
            ["どれを更新するかを entity_id に書いてください", "say in `entity_id` which one is updated"],
        );
    }
    if has("entity_id") && has("create_if") && !has("update_if") {
        refuse(
            ["entity_id は更新のときだけ使えます", "an `entity_id` is for updating"],
            ["update_if も書くか、entity_id を消してください", "add `update_if`, or remove `entity_id`"],
        );
    }
    if !has("entity_id") && !has("label") {
        refuse(
            ["新しく作るものに label がありません", "what is created has no label"],
            ["label に式を書いてください(例: ${name})", "write an expression into `label`, such as ${name}"],
        );
    }
}

/// Names in `${…}` of the columns of a declaration.
fn named_questions(record: &Record) -> Vec<String> {
    let mut names = Vec::new();
    for column in ["entity_id", "create_if", "update_if", "label"] {
        for piece in pieces(record.text(column)) {
            if let Piece::Reference { name, .. } = piece {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Adds `meta/entity` with its attributes and label below `place`.
fn add_declaration(outline: &mut Outline, place: Option<usize>, record: &Record) {
    let row = |name: &str| {
        let mut made = Record { sheet: record.sheet.clone(), row: record.row, fields: Vec::new() };
        made.put("name", name);
        made
    };
    let text = |column: &str| record.text(column).trim().to_owned();
    let (list, id) = (text("list_name"), text("entity_id"));
    let group = TypeWord::Begin(Container::Group);
    let meta = outline.add_made(place, group.clone(), row("meta"));
    let mut entity = row("entity");
    entity.put("instance::dataset", list.clone());
    let creates = id.is_empty() || !text("create_if").is_empty();
    for (attribute, condition, happens) in
        [("create", "create_if", creates), ("update", "update_if", !id.is_empty())]
    {
        if happens && text(condition).is_empty() {
            entity.put(&format!("instance::{attribute}"), "1");
        }
    }
    let entity = outline.add_made(Some(meta), group, entity);
    let Some(hidden) = type_word("hidden") else { return };
    let mut add = |name: &str, column: &str, calculation: String, default: &str| {
        let mut made = row(name);
        made.put("read_only", "true()");
        if !calculation.is_empty() {
            // The cell of the sheet, so that what is wrong with it is told there.
            match record.field(column) {
                Some(field) if field.text.trim() == calculation => {
                    made.fields
                        .push(super::header::Field { base: "calculation".to_owned(), ..field.clone() });
                }
                _ => made.put("calculation", calculation),
            }
        }
        if !default.is_empty() {
            made.put("default", default);
        }
        outline.add_made(Some(entity), hidden.clone(), made);
    };
    for (attribute, condition, happens) in
        [("@create", "create_if", creates), ("@update", "update_if", !id.is_empty())]
    {
        if happens && !text(condition).is_empty() {
            add(attribute, condition, text(condition), "1");
        }
    }
    if !id.is_empty() {
        let item = format!("instance('{list}')/root/item[name={id}]");
        for (attribute, column) in
            [("@baseVersion", "__version"), ("@trunkVersion", "__trunkVersion"), ("@branchId", "__branchId")]
        {
            add(attribute, "", format!("{item}/{column}"), "");
        }
    }
    add("@id", "entity_id", id.clone(), if id.is_empty() { "uuid()" } else { "" });
    if !text("label").is_empty() {
        add("label", "label", text("label"), "");
    }
}
