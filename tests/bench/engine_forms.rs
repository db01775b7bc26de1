//! The forms that engines are measured on, as XForm documents (ODK XForms 1.0.0).
//!
//! Owns their text, which is the same on every machine. Knows no engine, no file and no clock.

use std::fmt::Write as _;

/// Calculations of [`fan`] and [`chain`].
pub(crate) const CALCULATIONS: usize = 1_000;
const REGIONS: usize = 10;
const CITIES: usize = 100;
const PER_CITY: usize = 100;

/// A document being put together.
#[derive(Default)]
struct XForm {
    itext: [String; 2],
    primary: String,
    instances: String,
    binds: String,
    body: String,
}

impl XForm {
    fn print(&self, title: &str) -> String {
        let [en, ja] = &self.itext;
        let itext = if en.is_empty() {
            String::new()
        } else {
            format!(
                "<itext><translation lang=\"English (en)\" default=\"true()\">{en}</translation>\
                 <translation lang=\"日本語 (ja)\">{ja}</translation></itext>"
            )
        };
        let Self { primary, instances, binds, body, .. } = self;
        format!(
            "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" \
             xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\">\
             <h:head><h:title>{title}</h:title><model>{itext}\
             <instance><data id=\"{title}\" version=\"1\">{primary}<orx:meta><orx:instanceID/></orx:meta></data></instance>\
             {instances}{binds}\
             <bind nodeset=\"/data/orx:meta/orx:instanceID\" type=\"string\" readonly=\"true()\" jr:preload=\"uid\"/>\
             </model></h:head><h:body>{body}</h:body></h:html>"
        )
    }

    fn bind(&mut self, path: &str, rest: &str) {
        let _ = write!(self.binds, "<bind nodeset=\"{path}\" {rest}/>");
    }

    fn text(&mut self, id: &str, en: &str, ja: &str) {
        for (itext, text) in self.itext.iter_mut().zip([en, ja]) {
            let _ = write!(itext, "<text id=\"{id}\"><value>{text}</value></text>");
        }
    }

    fn list(&mut self, id: &str, names: &[&str]) {
        let item = |name: &&str| format!("<item><name>{name}</name><label>{name}</label></item>");
        let items: String = names.iter().map(item).collect();
        let _ = write!(self.instances, "<instance id=\"{id}\"><root>{items}</root></instance>");
    }

    /// A label in both languages, to be put into a control.
    fn label(&mut self, path: &str, en: &str, ja: &str) -> String {
        let id = format!("{path}:label");
        self.text(&id, en, ja);
        format!("<label ref=\"jr:itext('{id}')\"/>")
    }
}

/// A form with a thousand calculations that all read the one number.
pub(crate) fn fan() -> String {
    calculations("fan", |number| format!("/data/number * {number} + 1"))
}

/// A form with a thousand calculations of which each reads the one before.
pub(crate) fn chain() -> String {
    calculations("chain", |number| match number {
        0 => "/data/number + 1".to_owned(),
        _ => format!("/data/c{} + 1", number - 1),
    })
}

fn calculations(title: &str, formula: impl Fn(usize) -> String) -> String {
    let mut form = XForm { primary: "<number/>".to_owned(), ..XForm::default() };
    form.bind("/data/number", "type=\"int\"");
    form.body.push_str("<input ref=\"/data/number\"><label>A number</label></input>");
    for number in 0..CALCULATIONS {
        let _ = write!(form.primary, "<c{number}/>");
        form.bind(&format!("/data/c{number}"), &format!("type=\"int\" calculate=\"{}\"", formula(number)));
    }
    form.print(title)
}

/// A repeat of three questions and a calculation, with a sum and a count over all instances.
/// It begins empty, and an amount begins with 2, so that each instance changes the sum.
pub(crate) fn repeat() -> String {
    let row = "<item/><amount>2</amount><bought/><double/>";
    let mut form = XForm {
        primary: format!("<rows jr:template=\"\">{row}</rows><total/><number/>"),
        ..XForm::default()
    };
    form.bind("/data/rows/item", "type=\"string\"");
    form.bind("/data/rows/amount", "type=\"int\" constraint=\". &gt;= 0\"");
    form.bind("/data/rows/bought", "type=\"date\" relevant=\"../amount &gt; 5\"");
    form.bind("/data/rows/double", "type=\"int\" calculate=\"../amount * 2\"");
    form.bind("/data/total", "type=\"int\" calculate=\"sum(/data/rows/double)\"");
    form.bind("/data/number", "type=\"int\" calculate=\"count(/data/rows)\"");
    form.body.push_str(
        "<group ref=\"/data/rows\"><label>Rows</label><repeat nodeset=\"/data/rows\">\
         <input ref=\"/data/rows/item\"><label>Item</label></input>\
         <input ref=\"/data/rows/amount\"><label>Amount</label></input>\
         <input ref=\"/data/rows/bought\"><label>Bought on</label></input></repeat></group>",
    );
    form.print("repeat")
}

/// A region, a city and one of a hundred thousand places, each list filtered by what is
/// chosen above it.
pub(crate) fn cascade() -> String {
    let mut form = XForm { primary: "<region/><city/><place/>".to_owned(), ..XForm::default() };
    let mut list = |id: &str, items: &str| {
        let _ = write!(form.instances, "<instance id=\"{id}\"><root>{items}</root></instance>");
    };
    let (mut regions, mut cities, mut places) = (String::new(), String::new(), String::new());
    for region in 0..REGIONS {
        let _ = write!(regions, "<item><name>r{region}</name><label>Region {region}</label></item>");
        for city in 0..CITIES {
            let _ = write!(
                cities,
                "<item><name>c{city}</name><label>City {city}</label><region>r{region}</region></item>"
            );
            for place in 0..PER_CITY {
                let number = (region * CITIES + city) * PER_CITY + place;
                let _ = write!(
                    places,
                    "<item><name>p{number}</name><label>Place {number}</label>\
                     <region>r{region}</region><city>c{city}</city></item>"
                );
            }
        }
    }
    list("regions", &regions);
    list("cities", &cities);
    list("places", &places);
    for (name, nodeset) in [
        ("region", "instance('regions')/root/item"),
        ("city", "instance('cities')/root/item[region=/data/region]"),
        ("place", "instance('places')/root/item[region=/data/region and city=/data/city]"),
    ] {
        form.bind(&format!("/data/{name}"), "type=\"string\"");
        let _ = write!(
            form.body,
            "<select1 ref=\"/data/{name}\"><label>{name}</label>\
             <itemset nodeset=\"{nodeset}\"><value ref=\"name\"/><label ref=\"label\"/></itemset></select1>"
        );
    }
    form.print("cascade")
}

/// Numbers that look drawn and are the same everywhere (the generator of Park and Miller).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        usize::try_from(self.0).unwrap_or_default() % limit
    }
}

const SECTIONS: usize = 12;
const GROUPS: usize = 4;
const QUESTIONS: usize = 10;

/// A form of the shape of the verbal autopsy of the World Health Organization, which is not
/// ours to copy: an interview about a death, of 480 questions in nested groups. Most are yes,
/// no, not known or refused. A section depends on the age at death, which is calculated from
/// two dates; a group on one to two earlier answers; a question on the first of its group; a
/// follow-up on up to five answers. Numbers have constraints with messages in two languages.
pub(crate) fn autopsy_shaped() -> String {
    let mut form = XForm::default();
    let mut drawn = Drawn(2_022);
    form.list("answer", &["yes", "no", "dk", "ref"]);
    form.list("sex", &["female", "male", "undetermined"]);
    deceased(&mut form);
    let mut screens = Vec::new();
    for section in 0..SECTIONS {
        section_of(&mut form, section, &mut screens, &mut drawn);
    }
    form.print("autopsy-shaped")
}

/// Who died, and when: what the sections depend on.
fn deceased(form: &mut XForm) {
    form.primary =
        "<deceased><sex/><born/><died/><days/><years/><neonate/><child/><adult/></deceased>".to_owned();
    let at = "/data/deceased";
    form.bind(&format!("{at}/sex"), "type=\"string\" required=\"true()\"");
    form.bind(&format!("{at}/born"), "type=\"date\"");
    let later = limit(form, &format!("{at}/died"), ". &gt;= ../born");
    form.bind(&format!("{at}/died"), &format!("type=\"date\" {later}"));
    for (name, formula) in [
        ("days", "int(decimal-date-time(../died) - decimal-date-time(../born))"),
        ("years", "int(../days div 365.25)"),
        ("neonate", "if(../days &lt; 28, 1, 0)"),
        ("child", "if(../days &gt;= 28 and ../years &lt; 12, 1, 0)"),
        ("adult", "if(../years &gt;= 12, 1, 0)"),
    ] {
        form.bind(&format!("{at}/{name}"), &format!("type=\"int\" calculate=\"{formula}\""));
    }
    let sex = select(form, &format!("{at}/sex"), "sex");
    let dates = ["born", "died"].map(|name| input(form, &format!("{at}/{name}")));
    let _ = write!(form.body, "<group ref=\"{at}\">{sex}{}</group>", dates.concat());
}

fn section_of(form: &mut XForm, section: usize, screens: &mut Vec<String>, drawn: &mut Drawn) {
    let path = format!("/data/s{section}");
    let age = ["neonate", "child", "adult"][section % 3];
    form.bind(&path, &format!("relevant=\"/data/deceased/{age} = 1\""));
    let _ = write!(form.primary, "<s{section}>");
    let mut body = form.label(&path, &format!("Section {section}"), &format!("第{section}部"));
    for group in 0..GROUPS {
        body.push_str(&group_of(form, &format!("{path}/g{group}"), screens, drawn));
    }
    let _ = write!(form.primary, "</s{section}>");
    let _ = write!(form.body, "<group ref=\"{path}\">{body}</group>");
}

fn group_of(form: &mut XForm, path: &str, screens: &mut Vec<String>, drawn: &mut Drawn) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let earlier: Vec<String> = (0..screens.len().min(1 + drawn.below(2)))
        .map(|_| format!("{} != 'ref'", screens[drawn.below(screens.len())]))
        .collect();
    if !earlier.is_empty() {
        form.bind(path, &format!("relevant=\"{}\"", earlier.join(" and ")));
    }
    let _ = write!(form.primary, "<{name}>");
    let mut body = form.label(path, &format!("Signs {name}"), &format!("症状 {name}"));
    for question in 0..QUESTIONS {
        let _ = write!(form.primary, "<q{question}/>");
        let at = format!("{path}/q{question}");
        let screen = format!("{path}/q0");
        body.push_str(&match question {
            0 => {
                form.bind(&at, "type=\"string\" required=\"true()\"");
                yes_no(form, &at)
            }
            7 => {
                let limit = limit(form, &at, ". &gt;= 0 and . &lt;= /data/deceased/days");
                form.bind(&at, &format!("type=\"int\" relevant=\"{screen} = 'yes'\" {limit}"));
                input(form, &at)
            }
            8 | 9 => {
                let any: Vec<String> =
                    (0..=drawn.below(5)).map(|place| format!("{path}/q{} = 'yes'", place + 1)).collect();
                form.bind(&at, &format!("type=\"string\" relevant=\"{}\"", any.join(" or ")));
                yes_no(form, &at)
            }
            _ => {
                form.bind(&at, &format!("type=\"string\" relevant=\"{screen} = 'yes'\""));
                yes_no(form, &at)
            }
        });
    }
    screens.push(format!("{path}/q0"));
    let _ = write!(form.primary, "</{name}>");
    format!("<group ref=\"{path}\">{body}</group>")
}

/// A constraint with its message in both languages, as attributes of a bind.
fn limit(form: &mut XForm, path: &str, constraint: &str) -> String {
    let id = format!("{path}:jr:constraintMsg");
    form.text(&id, "This does not fit the dates.", "日付と合いません。");
    format!("constraint=\"{constraint}\" jr:constraintMsg=\"jr:itext('{id}')\"")
}

fn input(form: &mut XForm, path: &str) -> String {
    let label =
        form.label(path, &format!("How long, or when? ({path})"), &format!("いつ、どのくらい? ({path})"));
    format!("<input ref=\"{path}\">{label}</input>")
}

fn yes_no(form: &mut XForm, path: &str) -> String {
    select(form, path, "answer")
}

fn select(form: &mut XForm, path: &str, list: &str) -> String {
    let label = form.label(path, &format!("Did that happen? ({path})"), &format!("ありましたか? ({path})"));
    format!(
        "<select1 ref=\"{path}\">{label}<itemset nodeset=\"instance('{list}')/root/item\">\
         <value ref=\"name\"/><label ref=\"label\"/></itemset></select1>"
    )
}
