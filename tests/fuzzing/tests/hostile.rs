//! Inputs that were made to harm: each is refused or answered, on the stack of a browser's
//! thread and within the memory that is written here.

use std::{
    fmt::Write as _,
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use flate2::{Compression, write::DeflateEncoder};
use tsumugi_core::{
    form::{Form, FormEntry, Start},
    moment::Moment,
    xform,
    xlsform::{Import, Naming, Row, Sheet, Workbook, import, import_workbook},
    xpath::{Context, Expr, NoHost, Tree, eval},
};

/// A browser gives WebAssembly one mebibyte; frames of a test build are larger than its own.
const STACK_BYTES: usize = 2 << 20;

/// Most memory that any test of this file may hold, in mebibytes. Measured in November 2026: a
/// hundred thousand questions 734, as many findings 535, all others below 350.
const MOST_MEBIBYTES: u64 = 1_024;

/// One at a time, since memory is that of the process.
static TURN: Mutex<()> = Mutex::new(());

/// Runs on a small stack, and looks at the memory afterwards.
fn bounded(work: impl FnOnce() + Send + 'static) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work).expect("a thread");
    if let Err(cause) = thread.join() {
        std::panic::resume_unwind(cause);
    }
    let peak = peak_mebibytes();
    assert!(peak < MOST_MEBIBYTES, "{peak} MiB");
}

/// The most that this process ever held; nothing where the system does not tell.
fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().map_or(0, |kilobytes| kilobytes / 1_024)
}

/// Codes of the errors.
fn codes(import: &Import) -> Vec<&str> {
    import.findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.code.as_str()).collect()
}

/// A workbook whose survey sheet has these rows below its heading.
fn survey(rows: impl Iterator<Item = Vec<String>>) -> Import {
    let head = ["type", "name", "label", "calculation", "constraint"].map(str::to_owned).to_vec();
    let rows =
        std::iter::once(head).chain(rows).zip(1..).map(|(cells, number)| Row { number, cells }).collect();
    let book = Workbook { sheets: vec![Sheet { name: "survey".to_owned(), rows }] };
    import_workbook(&book, &Naming { root: "data".to_owned(), form_id: "f".to_owned() })
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// A zip file of parts that inflate to blanks, `mebibytes` each.
fn bomb(names: &[&str], mebibytes: usize) -> Vec<u8> {
    let le = |number: usize, bytes: usize| number.to_le_bytes().into_iter().take(bytes).collect::<Vec<u8>>();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let blanks = vec![b' '; 1 << 20];
    (0..mebibytes).for_each(|_| encoder.write_all(&blanks).expect("into memory"));
    let packed = encoder.finish().expect("into memory");
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let at = file.len();
        // Sizes are lies: whoever believes them makes room for one byte.
        let common =
            [le(8, 2), le(0, 8), le(packed.len(), 4), le(1, 4), le(name.len(), 2), le(0, 2)].concat();
        file.extend([b"PK\x03\x04\x14\0\0\0".to_vec(), common.clone(), name.as_bytes().to_vec()].concat());
        file.extend(&packed);
        directory
            .extend([b"PK\x01\x02\x14\0\x14\0\0\0".to_vec(), common, le(0, 8), le(0, 2), le(at, 4)].concat());
        directory.extend(name.as_bytes());
    }
    let (start, count) = (file.len(), names.len());
    let end = [le(0, 4), le(count, 2), le(count, 2), le(directory.len(), 4), le(start, 4), le(0, 2)].concat();
    [file, directory, b"PK\x05\x06".to_vec(), end].concat()
}

#[test]
fn a_workbook_that_inflates_to_gigabytes_is_refused() {
    bounded(|| {
        let names = ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"];
        let file = bomb(&names, 1_024);
        assert!(file.len() < 4 << 20, "{} bytes", file.len());
        assert_eq!(codes(&import(&file, "bomb.xlsx")), ["file-inflates"]);
    });
}

#[test]
fn a_workbook_of_many_small_bombs_is_refused() {
    bounded(|| {
        let names: Vec<String> = (0..150).map(|at| format!("xl/worksheets/sheet{at}.xml")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).chain(["xl/workbook.xml"]).collect();
        assert_eq!(codes(&import(&bomb(&names, 1), "bombs.xlsx")), ["file-inflates"]);
    });
}

#[test]
fn two_hundred_thousand_nested_groups_of_a_workbook_are_refused() {
    bounded(|| {
        let begin = (0..200_000).map(|at| row(&["begin_group", &format!("g{at}"), "G"]));
        let end = (0..200_000).map(|_| row(&["end_group"]));
        let question = std::iter::once(row(&["text", "q", "Q"]));
        let import = survey(begin.chain(question).chain(end));
        assert_eq!(codes(&import), ["group-deep"]);
    });
}

#[test]
fn two_hundred_thousand_groups_that_are_never_ended_are_refused() {
    bounded(|| {
        let import = survey((0..200_000).map(|at| row(&["begin_repeat", &format!("g{at}"), "G"])));
        assert!(import.definition.is_none());
    });
}

#[test]
fn a_hundred_thousand_questions_side_by_side_are_read() {
    bounded(|| {
        let import = survey((0..100_000).map(|at| row(&["text", &format!("q{at}"), "Q"])));
        assert_eq!(codes(&import), [""; 0]);
        assert_eq!(import.definition.map(|form| form.nodes.len()), Some(100_000));
    });
}

/// An XForm with this primary instance and body.
fn document(primary: &str, binds: &str, body: &str) -> String {
    format!(
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\">\
         <h:head><h:title>t</h:title><model><instance><data id=\"t\">{primary}</data></instance>{binds}\
         </model></h:head><h:body>{body}</h:body></h:html>"
    )
}

#[test]
fn a_hundred_thousand_rows_that_are_all_wrong_are_told_of() {
    bounded(|| {
        let import = survey((0..100_000).map(|at| row(&["texd", &format!("q{at}"), "Q"])));
        assert_eq!(codes(&import).len(), 100_000);
    });
}

#[test]
fn two_hundred_thousand_nested_groups_of_a_document_are_refused() {
    bounded(|| {
        let open: String = (0..200_000).map(|_| "<g>").collect();
        let close: String = (0..200_000).map(|_| "</g>").collect();
        assert!(xform::read(&document(&format!("{open}{close}"), "", "")).is_err());
    });
}

#[test]
fn two_hundred_thousand_nested_controls_of_a_document_are_refused_or_passed_over() {
    bounded(|| {
        let open: String = (0..200_000).map(|_| "<group ref=\"/data/q\">").collect();
        let close: String = (0..200_000).map(|_| "</group>").collect();
        if let Ok(definition) = xform::read(&document("<q/>", "", &format!("{open}{close}"))) {
            assert!(!xform::write(&definition).is_empty());
        }
    });
}

#[test]
fn calculations_in_a_circle_of_twenty_thousand_are_refused() {
    bounded(|| {
        let count = 20_000;
        let formula = |at: usize| format!("${{q{}}} + 1", (at + 1) % count);
        let import = survey((0..count).map(|at| row(&["calculate", &format!("q{at}"), "", &formula(at)])));
        assert!(codes(&import).contains(&"cycle"), "{:?}", codes(&import).first());
    });
}

#[test]
fn calculations_in_a_circle_of_a_document_are_refused() {
    bounded(|| {
        let bind = "<bind nodeset=\"/data/a\" calculate=\"/data/b + 1\"/><bind nodeset=\"/data/b\" calculate=\"/data/a\"/>";
        let definition = xform::read(&document("<a/><b/>", bind, "")).expect("a document");
        assert!(Form::compile(definition).is_err());
    });
}

/// A form of one text and a calculation over it.
fn entry_of(calculation: &str) -> FormEntry {
    let binds = format!("<bind nodeset=\"/data/c\" calculate=\"{calculation}\"/>");
    let body = "<input ref=\"/data/q\"><label>Q</label></input>";
    let definition = xform::read(&document("<q/><c/>", &binds, body)).expect("a document");
    let start = Start {
        now: Moment::tokyo(0),
        seed: 1,
        device: None,
        properties: Default::default(),
        language: "en".to_owned(),
    };
    FormEntry::new(Form::compile(definition).expect("a form"), &start)
}

#[test]
fn regular_expressions_that_explode_are_answered_or_refused() {
    bounded(|| {
        for pattern in
            ["^(a+)+$", "^(a|a)*b$", "((a{0,1000}){0,1000}){0,1000}", "(((((a*)*)*)*)*)*b", "\\\\w{5000}"]
        {
            let mut entry = entry_of(&format!("regex(/data/q, '{pattern}')"));
            let path = "q".into();
            entry.set_text(&path, &"a".repeat(20_000)).expect("a text of the greatest length");
            assert!(entry.validate("en").is_empty());
        }
    });
}

#[test]
fn a_hundred_thousand_parentheses_are_refused() {
    bounded(|| {
        let (open, close) = ("(".repeat(100_000), ")".repeat(100_000));
        for source in [
            format!("{open}1{close}"),
            open.clone(),
            format!("{}1{}", "not(".repeat(100_000), close),
            format!("{}1{}", "a[".repeat(100_000), "]".repeat(100_000)),
            format!("{}1", "-".repeat(100_000)),
        ] {
            assert!(Expr::parse(&source).is_err());
            assert!(Expr::parse_any(&source).is_err());
        }
    });
}

#[test]
fn a_hundred_thousand_operands_in_a_row_are_answered() {
    bounded(|| {
        let tree = Tree::parse("<data><a>1</a></data>").expect("well-formed");
        for (first, rest) in [("1", " + 1"), ("/data", "/."), ("/data", "[1]"), ("1", " = 1"), ("a", " | a")]
        {
            let expr = Expr::parse(&format!("{first}{}", rest.repeat(100_000))).expect("an expression");
            let _ = eval(&expr, &Context::new(&NoHost, &tree));
            assert!(expr.to_string().len() > 100_000);
        }
    });
}

#[test]
fn entities_that_multiply_in_a_document_are_refused() {
    bounded(|| {
        let mut entities = "<!ENTITY a0 \"lol\">".to_owned();
        for at in 1..20 {
            let _ = write!(entities, "<!ENTITY a{at} \"{}\">", format!("&a{};", at - 1).repeat(10));
        }
        let body = document("<q>&a19;</q>", "", "");
        assert!(xform::read(&format!("<!DOCTYPE d [{entities}]>{body}")).is_err());
    });
}
