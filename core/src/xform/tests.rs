//! A form of another tool is read, filled, submitted and opened again.

use super::*;
use crate::{
    answers::{Answers, Path},
    form::{Form, FormEntry, Start},
    moment::Moment,
};

const SHOP: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" xmlns:odk="http://www.opendatakit.org/xforms">
  <h:head><h:title>Shop</h:title><model>
    <itext>
      <translation lang="English (en)"><text id="n"><value>Number of <output value="/data/name"/></value></text></translation>
      <translation lang="日本語 (ja)" default="true()"><text id="n"><value><output value="/data/name"/>の人数</value></text></translation>
    </itext>
    <instance><data id="shop" version="3"><name>中野</name>
      <sites jr:template=""><people>1</people></sites>
      <sites><people>5</people></sites>
      <all/><changed/><orx:meta><orx:instanceID/></orx:meta></data></instance>
    <bind nodeset="/data/sites/people" type="int" constraint=". &lt; 100" jr:constraintMsg="too many"/>
    <bind nodeset="/data/all" type="int" calculate="sum(/data/sites/people)"/>
    <bind nodeset="/data/orx:meta/orx:instanceID" type="string" jr:preload="uid"/>
    <setvalue ref="/data/changed" event="odk-instance-first-load">no</setvalue>
  </model></h:head>
  <h:body>
    <input ref="/data/name"><label>Name</label><setvalue ref="/data/changed" event="xforms-value-changed" value="'yes'"/></input>
    <group ref="/data/sites"><label>Sites</label><repeat nodeset="/data/sites">
      <input ref="/data/sites/people"><label ref="jr:itext('n')"/></input>
    </repeat></group>
  </h:body>
</h:html>"#;

fn start() -> Start {
    Start {
        now: Moment::tokyo(1_790_000_000_000),
        seed: 1,
        device: None,
        properties: std::collections::BTreeMap::new(),
        language: "ja".to_owned(),
    }
}

fn open() -> FormEntry {
    let definition = read(SHOP).expect("an XForm");
    FormEntry::new(Form::compile(definition).expect("a form"), &start())
}

fn text(entry: &FormEntry, path: &str) -> String {
    entry.value(&Path::new(path)).map(|value| value.to_string()).unwrap_or_default()
}

#[test]
fn a_form_of_another_tool_is_filled_as_there() {
    let mut entry = open();
    assert_eq!((text(&entry, "all"), text(&entry, "changed")), ("5".into(), "no".into()));
    assert_eq!(entry.label_of(&Path::new("sites/00000001/people"), "en"), "Number of 中野");
    entry.set_text(&Path::new("name"), "杉並").expect("a name");
    assert_eq!(text(&entry, "changed"), "yes");
    assert_eq!(entry.label_of(&Path::new("sites/00000001/people"), "ja"), "杉並の人数");
    entry.set_text(&Path::new("sites/00000001/people"), "200").expect("a number");
    let violations = entry.validate("en");
    assert_eq!(violations.first().map(|violation| violation.message.as_str()), Some("too many"));
}

#[test]
fn what_is_written_is_read_as_the_same_form() {
    let definition = read(SHOP).expect("an XForm");
    let written = write(&definition);
    assert_eq!(read(&written).as_ref(), Ok(&definition), "{written}");
}

#[test]
fn a_submission_is_opened_again_as_it_was() {
    let mut entry = open();
    entry.set_text(&Path::new("sites/00000001/people"), "7").expect("a number");
    let xml =
        submission(&entry, &SubmissionIds { instance_id: Some("uuid:a".to_owned()), deprecated_id: None });
    assert_eq!(
        xml,
        "<data xmlns:orx=\"http://openrosa.org/xforms\" id=\"shop\" version=\"3\"><name>中野</name>\
         <sites><people>7</people></sites><all>7</all><changed>no</changed>\
         <orx:meta><orx:instanceID>uuid:a</orx:instanceID></orx:meta></data>"
    );
    let found = read_submission(entry.form(), &xml).expect("a submission");
    assert_eq!(found.instance_id.as_deref(), Some("uuid:a"));
    let again = FormEntry::load(entry.form().clone(), &found.answers, &start());
    assert_eq!(text(&again, "all"), "7");
    assert_eq!(found.unknown, Vec::<String>::new());
    assert!(read_submission(entry.form(), "<other/>").is_err());
    assert_ne!(found.answers, Answers::default());
}

#[test]
fn what_is_no_form_is_refused_with_its_place() {
    let issues = read("<h:html xmlns:h=\"x\">\n <h:head>").expect_err("no form");
    assert!(issues[0].what.get("en").contains("at line "), "{issues:?}");
    let issues = read("<h:html xmlns:h=\"x\"><h:head/></h:html>").expect_err("no form");
    assert_eq!((issues[0].code.as_str(), issues[0].column.as_str()), ("xform-part-missing", "model"));
}
