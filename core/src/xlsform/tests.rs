use super::*;
use crate::form::{Control, DataType, Node, Question, Severity};

fn import_md(text: &str) -> Import {
    import_workbook(
        &Workbook::from_markdown(text),
        &Naming { root: "data".to_owned(), form_id: "test".to_owned() },
    )
}

fn errors(import: &Import) -> Vec<(String, String)> {
    let errors = import.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| (format!("{}!{}", finding.sheet, finding.cell), finding.code.clone())).collect()
}

fn question<'a>(nodes: &'a [Node], name: &str) -> &'a Question {
    fn find<'a>(nodes: &'a [Node], name: &str) -> Option<&'a Question> {
        nodes.iter().find_map(|node| match node {
            Node::Question(question) if question.name == name => Some(&**question),
            Node::Question(_) => None,
            Node::Group(group) => find(&group.children, name),
            Node::Repeat(repeat) => find(&repeat.children, name),
        })
    }
    find(nodes, name).unwrap_or_else(|| panic!("no question {name}"))
}

const TOWN: &str = "
| survey |
| | type | name | label::日本語 (ja) | label::English (en) | relevant | required | parameters |
| | select_one yn | telework | テレワーク | Telework | | yes | |
| | begin_repeat | sites | 事業所 | Sites | | | |
| | integer | employees | 人数 | Employees | ${telework} = 'y' | | unit=人 |
| | calculate | double | | | | | |
| | end_repeat | | | | | | |
| choices |
| | list_name | name | label::日本語 (ja) | label::English (en) |
| | yn | y | はい | Yes |
| | yn | n | いいえ | No |
| settings |
| | form_id | form_title | version | default_language |
| | town | まち | 1 | ja |
";

#[test]
fn a_workbook_becomes_a_form_with_languages_paths_and_units() {
    let text =
        TOWN.replace("| calculate | double | | | | | |", "| note | remark | 計 ${employees} | sum | | | |");
    let import = import_md(&text);
    assert_eq!(errors(&import), []);
    let form = import.definition.expect("a form");
    assert_eq!(
        (form.form_id.as_str(), form.version.as_str(), form.default_language.as_str()),
        ("town", "1", "ja")
    );
    let tags: Vec<_> =
        form.languages.iter().map(|language| (language.tag.as_str(), language.name.as_str())).collect();
    assert_eq!(tags, [("ja", "日本語"), ("en", "English")]);
    let telework = question(&form.nodes, "telework");
    assert_eq!(telework.bind.required.as_deref(), Some("true()"));
    assert_eq!((telework.control, telework.label.get("en")), (Control::SelectOne, "Telework"));
    let employees = question(&form.nodes, "employees");
    assert_eq!(employees.bind.relevant.as_deref(), Some(" /data/telework  = 'y'"));
    assert_eq!(employees.data_type, DataType::Int);
    assert_eq!(employees.parameters.get("unit").map(String::as_str), Some("人"));
    assert_eq!(question(&form.nodes, "remark").label.get("ja"), "計 ${ ../employees }");
}

#[test]
fn every_error_is_reported_at_once_with_its_cell() {
    let import = import_md(
        "
| survey |
| | type | name | label | relevant | calculation |
| | text | q-7 a | Seven | | |
| | intger | q8 | Eight | | |
| | text | q9 | Nine | ${q12a} = 1 | |
| | select_one freq | q10 | Ten | | |
| | calculate | q12 | | | |
| | text | q13 | | | |
| | begin_group | g | G | | |
| choices |
| | list_name | name | label |
| | frequ | a | A |
| | | b | B |
| | frequ | a | C |
",
    );
    let mut found = errors(&import);
    found.sort();
    let expected = [
        ("choices!3", "list-name-missing"),
        ("choices!B4", "choice-twice"),
        ("survey!6", "calculation-missing"),
        ("survey!7", "label-missing"),
        ("survey!8", "group-open"),
        ("survey!A3", "type-unknown"),
        ("survey!A5", "list-unknown"),
        ("survey!B2", "name-invalid"),
        ("survey!D4", "reference-unknown"),
    ];
    assert_eq!(found, expected.map(|(cell, code)| (cell.to_owned(), code.to_owned())));
    let remedy = |code: &str| {
        let finding = import.findings.iter().find(|finding| finding.code == code);
        finding.map(|finding| finding.remedy.get("en").to_owned()).unwrap_or_default()
    };
    assert_eq!(remedy("type-unknown"), "did you mean `integer`?");
    assert_eq!(remedy("reference-unknown"), "did you mean ${q12}?");
    assert_eq!(remedy("list-unknown"), "did you mean `frequ`?");
    assert!(import.definition.is_none());
}

/// The ten forms of this project: readable source and workbook.
macro_rules! own_forms {
    ($($name:literal),* $(,)?) => {
        [$((
            $name,
            include_str!(concat!("../../../forms/source/", $name, ".md")),
            include_bytes!(concat!("../../../forms/", $name, ".xlsx")).as_slice(),
        )),*]
    };
}

const OWN: [(&str, &str, &[u8]); 10] = own_forms![
    "loneliness",
    "company-telework",
    "resident",
    "supported-company-follow-up",
    "digital-juku-follow-up",
    "support-register",
    "training-register",
    "procedure-inventory",
    "staff-attendance",
    "bpr-register",
];

#[test]
fn the_ten_forms_import_without_a_finding() {
    for (name, source, _) in OWN {
        let import = import_md(source);
        assert_eq!(import.findings, [], "{name}");
        let form = import.definition.expect(name);
        assert_eq!(form.form_id, name);
        assert!(!form.title.get("en").is_empty());
    }
}

#[test]
fn the_ten_workbooks_say_what_their_sources_say() {
    for (name, source, bytes) in OWN {
        let from_workbook = import(bytes, &format!("{name}.xlsx"));
        assert_eq!(from_workbook.findings, [], "{name}.xlsx");
        assert_eq!(
            from_workbook.definition,
            import_md(source).definition,
            "run `cargo xtask build forms`: {name}"
        );
    }
}

#[test]
fn what_is_no_workbook_is_one_clear_finding() {
    let code = |bytes: &[u8]| {
        let import = import(bytes, "form.xlsx");
        assert!(import.definition.is_none());
        assert_eq!(import.findings.len(), 1);
        import.findings[0].code.clone()
    };
    let workbook = OWN[0].2;
    assert_eq!(code(b""), "file-empty");
    assert_eq!(code(b"%PDF-1.7 \n"), "file-kind");
    assert_eq!(code(b"type,name,label\n"), "file-kind");
    assert_eq!(code(&workbook[..workbook.len() / 2]), "file-damaged");
    assert_eq!(code(b"PK\x03\x04"), "file-damaged");
    assert_eq!(code(&[0xd0, 0xcf, 0x11, 0xe0, 0, 0]), "file-damaged");
    assert_eq!(code(&vec![0; 30 * 1024 * 1024]), "file-large");
    let mut bent = workbook.to_vec();
    bent[300..400].fill(0x55);
    assert!(["file-damaged", "file-kind"].contains(&code(&bent).as_str()));
}

#[test]
fn the_anonymous_forms_can_be_answered_without_a_name() {
    for (name, source, _) in
        OWN.iter().filter(|(name, ..)| ["loneliness", "resident", "digital-juku-follow-up"].contains(name))
    {
        assert_eq!(import_md(source).check_anonymous(), [], "{name}");
    }
}

#[test]
fn a_clock_a_device_and_free_text_are_named_by_cell_in_an_anonymous_form() {
    let import = import_md(
        "
| survey |
| | type | name | label | calculation |
| | deviceid | device | | |
| | text | why | Why? | |
| | calculate | year | | format-date(today(), '%Y') |
",
    );
    let found: Vec<_> =
        import.check_anonymous().iter().map(|finding| (finding.cell.clone(), finding.code.clone())).collect();
    let expected = [("D4", "anonymous-clock"), ("A2", "anonymous-device"), ("A3", "anonymous-text")];
    assert_eq!(found, expected.map(|(cell, code)| (cell.to_owned(), code.to_owned())));
}

#[test]
fn choices_of_the_external_sheet_are_part_of_the_form_and_are_searched_by_other_clients() {
    let import = import_md(
        "
| survey |
| | type | name | label | choice_filter |
| | select_one state | state | State | |
| | select_one_external city | city | City | state=${state} |
| choices |
| | list_name | name | label |
| | state | nsw | NSW |
| external_choices |
| | list_name | name | label | state |
| | city | sydney | Sydney | nsw |
| | city | bondi | Bondi | nsw |
",
    );
    assert_eq!(errors(&import), []);
    let form = import.definition.expect("a form");
    assert_eq!(form.choices.get("city").map(|list| list.items.len()), Some(2));
    let xform = crate::xform::write(&form);
    assert!(
        xform.contains("query=\"instance('city')/root/item[state= /data/state ]\"")
            && !xform.contains("<instance id=\"city\"")
    );
}

#[test]
fn a_list_on_both_choice_sheets_stays_in_the_form_for_who_shows_it() {
    let import = import_md(
        "
| survey |
| | type | name | label |
| | select_one city | home | Home |
| | select_one_external city | work | Work |
| choices |
| | list_name | name | label |
| | city | sydney | Sydney |
| external_choices |
| | list_name | name | label |
| | city | sydney | Sydney |
",
    );
    assert_eq!(errors(&import), []);
    let xform = crate::xform::write(&import.definition.expect("a form"));
    assert!(xform.contains("<instance id=\"city\""), "{xform}");
}

#[test]
fn what_nobody_answers_triggers_nothing_and_a_name_stands_for_one_file() {
    let import = import_md(
        "
| survey |
| | type | name | label | trigger | calculation | parameters | appearance |
| | calculate | one | | | 5 + 4 | | |
| | text | two | Two | ${one} | now() | | |
| | xml-external | fruits | | | | | |
| | calculate | fruit | | | pulldata('fruits', 'name', 'key', 'm') | | |
| | range | scale | Scale | | | start=0 end=6 placeholder=1 | picker |
| | select_one_from_file towns.csv | town | Town | | | | search('towns') |
",
    );
    let expected = [
        ("survey!D3", "trigger-hidden"),
        ("survey!E5", "instance-twice"),
        ("survey!F6", "range-appearance"),
        ("survey!G7", "search-in-file"),
    ];
    assert_eq!(errors(&import), expected.map(|(cell, code)| (cell.to_owned(), code.to_owned())));
}

#[test]
fn groups_stand_a_hundred_deep_in_each_other_and_no_deeper() {
    let nested = |deep: usize| {
        let mut text = "| survey |\n| | type | name | label |\n".to_owned();
        (0..deep).for_each(|at| text.push_str(&format!("| | begin_group | g{at} | G |\n")));
        text.push_str("| | text | q | Q |\n");
        (0..deep).for_each(|_| text.push_str("| | end_group | | |\n"));
        import_md(&text)
    };
    assert_eq!(errors(&nested(100)), []);
    assert_eq!(errors(&nested(101)), [("survey!A102".to_owned(), "group-deep".to_owned())]);
}

#[test]
fn a_form_of_groups_a_hundred_deep_is_written_and_read_again() {
    let mut text = "| survey |\n| | type | name | label |\n".to_owned();
    (0..100).for_each(|at| text.push_str(&format!("| | begin_group | g{at} | G |\n")));
    text.push_str("| | text | q | Q |\n");
    (0..100).for_each(|_| text.push_str("| | end_group | | |\n"));
    let form = import_md(&text).definition.expect("a form");
    assert!(crate::xform::read(&crate::xform::write(&form)).is_ok());
}

#[test]
fn an_entity_stands_in_the_repeat_of_its_questions_and_is_refused_across_two() {
    let text = "
| survey |
| | type | name | label | save_to |
| | text | company | Company | |
| | begin_repeat | sites | Sites | |
| | text | site | Site | site_name |
| | end_repeat | | | |
| | begin_repeat | people | People | |
| | text | person | Person | |
| | end_repeat | | | |
| entities |
| | list_name | label |
| | sites | concat(${company}, ${site}) |
";
    let import = import_md(text);
    assert_eq!(errors(&import), []);
    let form = import.definition.expect("a form");
    assert_eq!(form.entity_lists, ["sites"]);
    let label = question(&form.nodes, "label");
    assert_eq!(label.bind.calculate.as_deref(), Some("concat( /data/company ,  ../../../site )"));
    assert_eq!(question(&form.nodes, "@id").dynamic_default.as_deref(), Some("uuid()"));
    let xml = crate::xform::write(&form);
    assert!(xml.contains("<bind nodeset=\"/data/sites/meta/entity/@id\""), "{xml}");
    assert!(xml.contains("entities:saveto=\"site_name\""), "{xml}");
    let across = text.replace("concat(${company}, ${site})", "concat(${person}, ${site})");
    assert_eq!(errors(&import_md(&across)), [("entities!2".to_owned(), "entities-scope".to_owned())]);
}

#[test]
fn what_is_saved_needs_a_list_a_name_and_a_question() {
    let book = |save_to: &str, entities: &str| {
        format!("| survey |\n| | type | name | label | save_to |\n| | text | a | A | {save_to} |\n{entities}")
    };
    let list = "| entities |\n| | list_name | label |\n| | trees | ${a} |\n";
    let codes = |save_to: &str, entities: &str| -> Vec<String> {
        errors(&import_md(&book(save_to, entities))).into_iter().map(|(_, code)| code).collect()
    };
    assert_eq!(codes("kind", list), Vec::<String>::new());
    assert_eq!(codes("kind", ""), ["save-to-without-entities"]);
    assert_eq!(codes("name", list), ["save-to-name"]);
    assert_eq!(codes("shrubs#kind", list), ["save-to-list"]);
    assert_eq!(codes("", &list.replace("trees", "__trees")), ["entities-list"]);
    assert_eq!(
        codes("", "| entities |\n| | list_name | update_if |\n| | trees | true() |\n"),
        ["entities-mode", "entities-mode"]
    );
}

#[test]
fn a_loop_asks_once_for_each_choice() {
    let text = "
| survey |
| | type | name | label |
| | begin_loop over fruits | eaten | Fruits |
| | integer | count | How many %(label)s? |
| | end_loop | | |
| choices |
| | list_name | name | label |
| | fruits | apple | apples |
| | fruits | pear | pears |
";
    let import = import_md(text);
    assert_eq!(errors(&import), []);
    let form = import.definition.expect("a form");
    let Some(Node::Group(eaten)) = form.nodes.first() else { panic!("a group") };
    let groups: Vec<&str> = eaten.children.iter().map(Node::name).collect();
    assert_eq!(groups, ["apple", "pear"]);
    let Some(Node::Group(pear)) = eaten.children.get(1) else { panic!("a group") };
    assert_eq!(question(&pear.children, "count").label.get("en"), "How many pears?");
    let unknown = errors(&import_md(&text.replace("over fruits", "over fruit")));
    assert_eq!(unknown.first().map(|(_, code)| code.as_str()), Some("loop-list"));
}

#[test]
fn a_misspelt_appearance_is_told_and_kept() {
    let import = import_md(
        "| survey |\n| | type | name | label | appearance |\n| | text | a | A | mutliline |\n| | text | b | B | w4 ex:org.app(x='y') |\n",
    );
    let codes: Vec<&str> = import.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "appearance-unknown").count(), 1, "{codes:?}");
    assert_eq!(question(&import.definition.expect("a form").nodes, "a").appearance, ["mutliline"]);
}
