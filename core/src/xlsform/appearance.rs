//! Appearances: how a question is to be drawn. All are kept and handed to the screen; a word
//! that nearly is one of them is told.

use super::{finding::Report, header::Record, suggest::closest};

/// The appearances of ODK's clients and Enketo. What varies stands behind `…`.
pub(super) const APPEARANCES: [&str; 55] = [
    "annotate",
    "autocomplete",
    "bearing",
    "bikram-sambat",
    "buddhist",
    "columns",
    "columns-flex",
    "columns-…",
    "columns-pack",
    "compact",
    "compact-…",
    "coptic",
    "counter",
    "draw",
    "ethiopian",
    "ex:…",
    "field-list",
    "hide-input",
    "horizontal",
    "horizontal-compact",
    "image-map",
    "islamic",
    "label",
    "likert",
    "list",
    "list-nolabel",
    "map",
    "maps",
    "masked",
    "minimal",
    "month-year",
    "multiline",
    "myanmar",
    "new",
    "new-front",
    "no-buttons",
    "no-calendar",
    "no-ticks",
    "numbers",
    "persian",
    "picker",
    "placement-map",
    "printer:…",
    "quick",
    "quickcompact",
    "rating",
    "search(…)",
    "selfie",
    "signature",
    "summary",
    "table-list",
    "thousands-sep",
    "url",
    "vertical",
    "year",
];

/// True for a word that some client draws.
fn is_known(word: &str) -> bool {
    let fits = |known: &str| match known.strip_suffix('…') {
        Some(start) => word.starts_with(start),
        None => known == word,
    };
    APPEARANCES.iter().any(|known| fits(known))
        // Enketo's widths of its grid theme.
        || word.strip_prefix('w').is_some_and(|width| width.parse::<u8>().is_ok())
}

/// Tells of words that nearly are an appearance.
pub(super) fn check(record: &Record, report: &mut Report) {
    let text = record.text("appearance");
    // The arguments of `search(…)` and `ex:…` are no words.
    if text.contains(['(', ':', '$']) {
        return;
    }
    for word in text.split_whitespace().filter(|word| !is_known(word)) {
        let near = closest(word, APPEARANCES.iter().copied().filter(|known| !known.contains('…')));
        let Some(near) = near else { continue };
        report.warn(
            "appearance-unknown",
            &record.at("appearance"),
            [
                &format!("appearance「{word}」は知られていません(近い名前: {near})"),
                &format!("no client knows the appearance `{word}` (did you mean `{near}`?)"),
            ],
            [&format!("「{near}」に直してください"), &format!("change it to `{near}`")],
        );
    }
}
