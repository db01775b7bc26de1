//! Pages to print: cards and letters. No script, styles in the page itself under a hash of
//! the policy, nothing from another host.

use std::fmt::Write as _;

use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use tsumugi_core::survey::Survey;

use crate::{
    api::{CardSheet, CompanyLetters},
    app::key_fingerprint,
};

const STYLE: &str = "body{font-family:'Noto Sans JP','BIZ UDGothic',sans-serif;margin:1rem;color:#1a1a1c}\
.sheet{display:grid;grid-template-columns:repeat(2,1fr);gap:0}\
.card{border:1px dashed #767676;padding:6mm;break-inside:avoid;display:flex;gap:5mm;align-items:center}\
.card svg{width:30mm;height:30mm}.code{font-family:'Noto Sans Mono',monospace;font-size:14pt;letter-spacing:.05em}\
.letter{break-after:page;max-width:170mm;margin:20mm auto}.letter svg{width:45mm;height:45mm}\
.note{font-size:9pt}.mark{border:2px solid #ce0000;color:#ce0000;padding:1mm 3mm;display:inline-block}\
@media print{.screen{display:none}body{margin:0}}";

/// The policy of a printed page: its own style and inline pictures, nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn page(survey: &Survey, title: &str, body: &str) -> Response {
    let mark = if survey.fictitious { "<p class=\"mark\">架空のデータ / made-up data</p>" } else { "" };
    let html = format!(
        "<!doctype html><html lang=\"ja\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <style>{STYLE}</style></head><body>{mark}{body}</body></html>",
        escape(title)
    );
    let mut response = Html(html).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Cards to cut out, in random order.
pub(crate) fn cards(survey: &Survey, sheet: &CardSheet) -> Response {
    let title = survey.title.get("ja");
    let fingerprint = survey.seal_key.as_deref().map(key_fingerprint).unwrap_or_default();
    let mut body = format!(
        "<p class=\"screen\">このページは一度だけ表示されます。いま印刷し、混ぜて封筒に入れ、回答者に引いてもらってください。\
         / This page is shown once: print it now, shuffle the cards and let people draw.</p>\
         <h1>{}</h1><div class=\"sheet\">",
        escape(title)
    );
    for card in &sheet.cards {
        let _ = write!(
            body,
            "<div class=\"card\">{}<div><strong>{}</strong><p class=\"code\">{}</p>\
             <p class=\"note\">だれがどのカードを引いたかは記録されません。<br>\
             Nobody records who drew which card.<br>鍵 / key {}</p></div></div>",
            card.qr_svg,
            escape(title),
            escape(&card.code),
            escape(&fingerprint)
        );
    }
    body.push_str("</div>");
    page(survey, title, &body)
}

/// One letter a page.
pub(crate) fn letters(survey: &Survey, letters: &CompanyLetters) -> Response {
    let title = survey.title.get("ja");
    let mut body = String::from(
        "<p class=\"screen\">コードは一度だけ表示されます。いま印刷してください。/ Codes are shown once: print now.</p>",
    );
    for letter in &letters.letters {
        let _ = write!(
            body,
            "<section class=\"letter\"><p>{} 御中</p><h1>{}</h1>\
             <p>次のコードで調査票を開いてください。同じコードを社内の複数の部署・端末で使えます。<br>\
             Open the questionnaire with this code; several departments and devices may use it.</p>\
             <p class=\"code\">{}</p>{}<p class=\"note\">{}<br>{} – {}</p><p class=\"note\">{}</p></section>",
            escape(&letter.name),
            escape(title),
            escape(&letter.code),
            letter.qr_svg,
            escape(&letter.url),
            escape(&survey.opens),
            escape(&survey.closes),
            escape(survey.contact.get("ja"))
        );
    }
    page(survey, title, &body)
}
