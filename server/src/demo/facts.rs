//! What a demo tells when it stands: links, accounts, codes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tsumugi_core::id::{ResponseId, SurveyId};

/// Everything that a person or a test needs to use the demo.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Address of the server.
    pub url: String,
    /// Accounts by role.
    pub accounts: BTreeMap<String, Account>,
    /// Opens the survey keys when a survey is closed.
    pub passphrase: String,
    /// Unused codes that enrol a tablet.
    pub enrol_codes: Vec<String>,
    /// The open surveys by form.
    pub surveys: BTreeMap<String, OpenSurvey>,
    /// Unused cards of the open anonymous surveys by form.
    pub cards: BTreeMap<String, Vec<String>>,
    /// Companies of the open company survey.
    pub companies: Vec<CompanyFact>,
    /// Pages by what they are for.
    pub links: BTreeMap<String, String>,
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// Name.
    pub account: String,
    /// Password, random for each demo.
    pub password: String,
}

/// An open survey.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenSurvey {
    /// Names the survey.
    pub id: SurveyId,
    /// Fiscal year by its first calendar year.
    pub fiscal_year: i32,
}

/// A company of the open survey.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompanyFact {
    /// Name.
    pub name: String,
    /// Code of its letter.
    pub code: String,
    /// The response that it fills.
    pub response: ResponseId,
    /// `untouched`, `draft` or `conflict`.
    pub state: String,
}

impl Facts {
    /// Takes the address that the server listens on now.
    pub(crate) fn stand_at(&mut self, url: &str) {
        url.clone_into(&mut self.url);
        for (name, page) in [
            ("dashboard", "#/indicators"),
            ("administration", "#/surveys"),
            ("company", "#/company"),
            ("tablet", "#/tablet"),
        ] {
            self.links.insert(name.to_owned(), format!("{url}/{page}"));
        }
    }

    /// The page that a person reads in the terminal, Japanese and English.
    pub fn page(&self) -> String {
        let link = |name: &str| self.links.get(name).map_or("", String::as_str);
        let account = |role: &str| {
            self.accounts
                .get(role)
                .map(|account| format!("{} / {}", account.account, account.password))
                .unwrap_or_default()
        };
        let company = |state: &str| self.companies.iter().find(|company| company.state == state);
        let code = |state: &str| {
            company(state).map(|company| format!("{}  {}", company.code, company.name)).unwrap_or_default()
        };
        let card =
            |form: &str| self.cards.get(form).and_then(|cards| cards.first()).cloned().unwrap_or_default();
        format!(
            "\n架空のデータで動いています。本番には使えません。\n\
             Everything here is made up. Do not use it for real answers.\n\n\
             ダッシュボード / Dashboard        {dashboard}\n    {analyst}\n\
             調査と端末の管理 / Administration {administration}\n    {manager}\n    {admin}\n\
             企業の調査票 / Company form       {company}\n    {untouched}\n    {conflict}  ← 2つの答え / two answers\n\
             タブレット / Tablet               {tablet}\n    登録番号 / enrolment code  {enrol}\n    \
             カード / card  孤独感 loneliness  {lonely}\n    カード / card  区民 resident       {resident}\n\n\
             調査を締め切るときの合言葉 / Passphrase for closing a survey\n    {passphrase}\n\n\
             Ctrl-C で終わります / Ctrl-C stops it.\n",
            dashboard = link("dashboard"),
            administration = link("administration"),
            company = link("company"),
            tablet = link("tablet"),
            analyst = account("analyst"),
            manager = account("fieldManager"),
            admin = account("admin"),
            untouched = code("untouched"),
            conflict = code("conflict"),
            enrol = self.enrol_codes.first().map_or("", String::as_str),
            lonely = card("loneliness"),
            resident = card("resident"),
            passphrase = self.passphrase,
        )
    }
}
