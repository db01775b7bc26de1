//! Indicators on the command line: what they say, how they come about, whether their file is sound.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tsumugi_core::indicator::IndicatorFile;

use super::{
    args::Indicator,
    client::Client,
    commands::{Outcome, read, rows, text, title},
    output::{Ending, Failure, Output},
};

/// `indicator list`, `indicator explain` and `indicator compute`.
pub(super) fn indicator(client: &Client, command: &Indicator, output: Output) -> Outcome {
    match command {
        Indicator::List => list(&client.get("/v1/indicators")?, output),
        Indicator::Compute => list(&client.post("/v1/indicators/count", &json!({}))?, output),
        Indicator::Explain { id } => {
            explain(&client.get(&format!("/v1/indicators/{id}/explanation"))?, output);
            Ok(Ending::Ok)
        }
        Indicator::Check { .. } => check(command, output),
    }
}

/// A line for each tile.
fn list(tiles: &Value, output: Output) -> Outcome {
    let mut words = String::new();
    for tile in rows(tiles) {
        let value = tile.get("value").and_then(Value::as_f64);
        let value = value.map_or_else(|| text(tile, "sign").to_owned(), |value| value.to_string());
        let _ = writeln!(
            words,
            "{:<10} {value:>12} {:<6} {:<11} {}",
            text(tile, "id"),
            title(tile, "unitLabel", output),
            text(tile, "status"),
            title(tile, "names", output)
        );
    }
    output.show(tiles, words.trim_end());
    Ok(Ending::Ok)
}

/// `indicator check`: needs no server and no data folder.
pub(super) fn check(command: &Indicator, output: Output) -> Outcome {
    let Indicator::Check { file } = command else { return Ok(Ending::Ok) };
    let source =
        String::from_utf8(read(file)?).map_err(|_| Failure::Usage("the file is not UTF-8".to_owned()))?;
    match IndicatorFile::parse(&source) {
        Ok(parsed) => {
            let count = parsed.indicators.len();
            output.show(
                &json!({ "indicators": count, "issues": [] }),
                format!("{count} {}", output.say("指標", "indicators")),
            );
            Ok(Ending::Ok)
        }
        Err(issues) => {
            let lines: Vec<String> = issues.iter().map(ToString::to_string).collect();
            output.show(&json!({ "issues": lines }), lines.join("\n"));
            Ok(Ending::Findings)
        }
    }
}

/// One name and what it says, a line each.
fn explain(answer: &Value, output: Output) {
    let nothing = Value::Null;
    let part = |name: &str| answer.get(name).unwrap_or(&nothing);
    let (all, tile) = (part("explanation"), part("tile"));
    let mut words = format!("{}  {}", text(all, "id"), title(all, "names", output));
    let mut say = |ja: &str, en: &str, what: &str| {
        if !what.is_empty() {
            let _ = write!(words, "\n{:<14} {what}", output.say(ja, en));
        }
    };
    say("値", "value", &value(tile, output));
    say("式", "formula", title(all, "formula", output));
    say("調査票", "form", text(all, "form"));
    say("単位", "rows", text(all, "rows"));
    say("対象", "population", text(all, "population"));
    say("有効回答", "answered", text(all, "answered"));
    say("重み", "weights", title(all, "weights", output));
    let [n, missing] = ["n", "missing"].map(|name| all.get(name).and_then(Value::as_u64));
    say("回答数", "n", &n.map(|n| n.to_string()).unwrap_or_default());
    say("無回答", "missing", &missing.map(|missing| missing.to_string()).unwrap_or_default());
    say("区間", "interval", title(all, "interval", output));
    say("秘匿の規則", "rules", title(all, "rules", output));
    for table in rows(all.get("tables").unwrap_or(&nothing)) {
        say("内訳", "table", &cells(table, output));
    }
    say("見つかる変化", "detectable", &detectable(all.get("detectable").unwrap_or(&nothing), output));
    let sources: Vec<&str> =
        rows(all.get("sources").unwrap_or(&nothing)).iter().filter_map(Value::as_str).collect();
    say("出典", "sources", &sources.join(", "));
    say("方法", "method", title(all, "method", output));
    say("読み方", "reading", title(all, "reading", output));
    output.show(answer, words);
}

fn value(tile: &Value, output: Output) -> String {
    let number = |name: &str| tile.get(name).and_then(Value::as_f64);
    let shown = number("value").map_or_else(|| text(tile, "sign").to_owned(), |value| value.to_string());
    let ends = tile.get("interval").and_then(Value::as_array).map_or_else(String::new, |ends| {
        let ends: Vec<String> = ends.iter().map(Value::to_string).collect();
        format!(" [{}]", ends.join(", "))
    });
    format!("{shown} {}{ends}", title(tile, "unitLabel", output)).trim().to_owned()
}

fn cells(table: &Value, output: Output) -> String {
    let count = |name: &str| table.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (all, small, beside) = (count("cells"), count("small"), count("complementary"));
    let label = table.get("by").map_or("", |by| title(by, "label", output));
    match output.japanese {
        true => format!("{label}:{all}セル、秘匿 {small}、差引きを防ぐ秘匿 {beside}"),
        false => format!(
            "{label}: {all} cells, {small} hidden as small, {beside} so that none is found by subtraction"
        ),
    }
}

fn detectable(change: &Value, output: Output) -> String {
    let number = |name: &str| change.get(name).and_then(Value::as_f64);
    let Some(n) = number("n") else { return String::new() };
    let edge = |name: &str| number(name).map_or_else(|| "-".to_owned(), |edge| format!("{edge:.1}"));
    let from = number("from").unwrap_or_default();
    let effect = number("designEffect").unwrap_or(1.0);
    let mut words = match output.japanese {
        true => {
            format!("{from} から −{} / +{}(各回 {n} 人、デザイン効果 {effect})", edge("fall"), edge("rise"))
        }
        false => format!(
            "from {from} by −{} / +{} (waves of {n}, design effect {effect})",
            edge("fall"),
            edge("rise")
        ),
    };
    if let Some(needed) = number("answersForTarget") {
        let _ = match output.japanese {
            true => write!(words, "。目標には各回 {needed} 人"),
            false => write!(words, "; the target needs {needed} in each wave"),
        };
    }
    words
}
