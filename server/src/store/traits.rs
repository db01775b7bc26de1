//! What a database must offer. Small traits: a second database passes the same contract.

use std::path::Path;

use tsumugi_core::{
    id::{DeviceId, ItemId, Nullifier, ParcelId, ResponseId, SurveyId},
    item::Item,
    sealed::{Fate, Notice, Parcel},
    survey::Survey,
    sync::{Backups, Epoch, Insertion, Listing, Page, Refusal, Scope, ShortId, Standing, Summary},
};

use super::{
    error::StoreError,
    model::*,
    quota::{Delivery, Quotas, Taking},
};

/// What a method of the store returns.
pub type Stored<T> = Result<T, StoreError>;

/// The log of items, as `core::sync::ItemStore` wants it ([`Items`](super::Items) is that), and
/// what the server itself adds.
pub trait ItemLog {
    /// Random name of this log; new after a restore.
    fn epoch(&self) -> Stored<Epoch>;
    /// Keeps items, pending.
    fn insert(&self, items: Vec<Item>) -> Stored<Vec<Insertion>>;
    /// Pending items in order of arrival.
    fn pending(&self, of: Option<(SurveyId, ResponseId)>, max_bytes: usize) -> Stored<Vec<Item>>;
    /// Appends pending items to the logs of their surveys.
    fn admit(&self, ids: Vec<ItemId>) -> Stored<()>;
    /// Keeps a pending item aside.
    fn refuse(&self, id: ItemId, refusal: Refusal) -> Stored<()>;
    /// Where items stand.
    fn standing(&self, ids: &[ShortId]) -> Stored<Vec<Standing>>;
    /// A piece of a survey's log.
    fn after(&self, survey: SurveyId, scope: &Scope, cursor: u64, max_bytes: usize) -> Stored<Page>;
    /// Count and fingerprint of admitted items.
    fn summary(&self, survey: SurveyId, scope: &Scope) -> Stored<Summary>;
    /// Names of admitted items.
    fn ids(&self, survey: SurveyId, scope: &Scope, upto: Option<u64>) -> Stored<Listing>;
    /// Items by name, whatever their standing.
    fn get(&self, ids: &[ItemId]) -> Stored<Vec<Item>>;
    /// Appends what the server itself made; what is known is left alone.
    fn append(&self, items: Vec<Item>) -> Stored<()>;
    /// Admitted changes of a response, in order.
    fn changes(&self, response: ResponseId) -> Stored<Vec<Vec<u8>>>;
}

/// The projector's side of the log.
pub trait Inbox {
    /// Responses that have unexamined items, at most `limit`.
    fn waiting(&self, limit: usize) -> Stored<Vec<(SurveyId, ResponseId)>>;
    /// The assignment of a response, when there is one.
    fn assignment(&self, response: ResponseId) -> Stored<Option<Item>>;
    /// Keeps what a device delivers, pending, or nothing of it when it is over a quota.
    fn take(&self, delivery: Delivery) -> Stored<Taking>;
    /// Writes what the projector decided about responses, in one transaction. Returned are the
    /// items for which there was no room to wait for others: they are not kept.
    fn settle(&self, verdicts: Vec<Verdict>, quotas: Quotas) -> Stored<Vec<ItemId>>;
    /// Refuses what has waited for others since before `before`; how many.
    fn expire(&self, before: i64, quotas: Quotas) -> Stored<u64>;
    /// Notes that examining a response killed a worker; how often that has happened.
    fn strike(&self, response: ResponseId) -> Stored<u32>;
    /// Forgets the strikes of a response.
    fn forgive(&self, response: ResponseId) -> Stored<()>;
    /// How many items are pending, and how many were refused.
    fn inbox_counts(&self) -> Stored<[u64; 2]>;
    /// How many items of a survey were refused.
    fn quarantined(&self, survey: SurveyId) -> Stored<u64>;
}

/// Forms, surveys, their keys and companies.
pub trait Catalogue {
    /// Puts a form into the library; the same form again is left alone.
    fn put_form(&self, form: StoredForm, now: i64) -> Stored<()>;
    /// Marks a form as usable; false when there is no such form.
    fn publish_form(&self, id: ItemId) -> Stored<bool>;
    /// The form of that name.
    fn form(&self, id: ItemId) -> Stored<Option<StoredForm>>;
    /// All forms, newest first.
    fn forms(&self) -> Stored<Vec<StoredForm>>;
    /// Puts a survey of a higher revision, its key and the items that tell devices of it.
    fn put_survey(&self, survey: Survey, key: Option<LockedKey>, items: Vec<Item>) -> Stored<()>;
    /// The survey of that id.
    fn survey(&self, id: SurveyId) -> Stored<Option<Survey>>;
    /// All surveys.
    fn surveys(&self) -> Stored<Vec<Survey>>;
    /// The locked key of a survey.
    fn survey_key(&self, id: SurveyId) -> Stored<Option<LockedKey>>;
    /// Adds companies to the sample of a survey, with their assignments.
    fn put_companies(&self, survey: SurveyId, companies: Vec<Company>, items: Vec<Item>) -> Stored<()>;
    /// Companies of a survey.
    fn companies(&self, survey: SurveyId) -> Stored<Vec<Company>>;
    /// The company whose letter has that code.
    fn company_by_code(&self, code: SecretHash) -> Stored<Option<(SurveyId, Company)>>;
}

/// Cards and sealed records. Knows no device, no account, no time.
pub trait SealedIntake {
    /// Makes cards valid, with the items that tell devices of them.
    fn put_cards(
        &self,
        survey: SurveyId,
        stratum: u16,
        cards: Vec<Nullifier>,
        items: Vec<Item>,
    ) -> Stored<()>;
    /// Takes a batch. A record counts when its nullifier belongs to a card of its stratum; the
    /// insert decides, and of different bytes under one nullifier the smaller SHA-256 stays.
    /// False when one of the surveys is not open: its records were not taken, the others were.
    fn deposit(&self, records: Vec<StoredRecord>) -> Stored<bool>;
    /// Counts by stratum.
    fn sealed_counts(&self, survey: SurveyId) -> Stored<Vec<SealedCount>>;
    /// Calls `each` for every record of a survey, in order of nullifiers.
    fn each_record(&self, survey: SurveyId, each: &mut dyn FnMut(StoredRecord)) -> Stored<()>;
}

/// Responses as projected, rows for analysis and tallies: all rebuilt from items or records. What
/// was released of them is not, and is kept for good.
pub trait Analysis {
    /// Responses of a survey by state.
    fn responses(&self, survey: SurveyId) -> Stored<Vec<(ResponseId, ResponseState)>>;
    /// Removes all rows of a survey: they are made again.
    fn clear_rows(&self, survey: SurveyId) -> Stored<()>;
    /// Adds rows to a survey.
    fn put_rows(&self, survey: SurveyId, rows: Vec<AnalysisRow>) -> Stored<()>;
    /// Says that all rows of a closed survey are there, and how many records were refused by stratum.
    fn mark_counted(&self, survey: SurveyId, refused: Vec<(u16, u64)>) -> Stored<()>;
    /// True after [`Analysis::mark_counted`].
    fn is_counted(&self, survey: SurveyId) -> Stored<bool>;
    /// How many rows a survey has.
    fn row_count(&self, survey: SurveyId) -> Stored<u64>;
    /// Calls `each` for every row of a survey.
    fn each_row(&self, survey: SurveyId, each: &mut dyn FnMut(AnalysisRow)) -> Stored<()>;
    /// Puts tallies over those of the same indicator and survey.
    fn put_tallies(&self, tallies: Vec<StoredTally>) -> Stored<()>;
    /// All tallies.
    fn tallies(&self) -> Stored<Vec<StoredTally>>;
    /// Puts what was released of a survey over what was there.
    fn put_ledger(&self, ledger: StoredLedger) -> Stored<()>;
    /// All ledgers.
    fn ledgers(&self) -> Stored<Vec<StoredLedger>>;
}

/// Accounts, sessions and the audit.
pub trait Staff {
    /// Adds an account, or gives it a new password and role, with its row of the audit; its
    /// sessions end.
    fn put_account(&self, account: Account, note: AuditNote) -> Stored<()>;
    /// The account of that name.
    fn account(&self, name: String) -> Stored<Option<Account>>;
    /// All accounts.
    fn accounts(&self) -> Stored<Vec<Account>>;
    /// Opens a session.
    fn put_session(&self, token: SecretHash, account: String, csrf: String, expires: i64) -> Stored<()>;
    /// The session of that token, unless it has ended.
    fn session(&self, token: SecretHash, now: i64) -> Stored<Option<Session>>;
    /// Moves the end of a session.
    fn touch_session(&self, token: SecretHash, expires: i64) -> Stored<()>;
    /// Ends a session.
    fn end_session(&self, token: SecretHash) -> Stored<()>;
    /// Appends to the audit.
    fn record(&self, at: i64, who: String, action: String, object: String) -> Stored<()>;
    /// The last rows of the audit, newest first.
    fn audit(&self, limit: usize) -> Stored<Vec<AuditRow>>;
}

/// Codes and devices.
pub trait Devices {
    /// Makes an enrolment code valid.
    fn put_code(&self, code: SecretHash, right: EnrolCode) -> Stored<()>;
    /// Uses up a code and enrols a device, in one transaction; `None` when the code is not valid.
    fn enrol(
        &self,
        code: SecretHash,
        device: StoredDevice,
        token: SecretHash,
    ) -> Stored<Option<StoredDevice>>;
    /// Enrols a browser of a company.
    fn put_device(&self, device: StoredDevice, token: SecretHash) -> Stored<()>;
    /// The device of that token, also when it is revoked.
    fn device_by_token(&self, token: SecretHash) -> Stored<Option<StoredDevice>>;
    /// All devices.
    fn devices(&self) -> Stored<Vec<StoredDevice>>;
    /// Notes that a device has synced.
    fn seen(&self, id: DeviceId, now: i64) -> Stored<()>;
    /// Revokes a device; false when there is none.
    fn revoke(&self, id: DeviceId) -> Stored<bool>;
}

/// Backups, and what a restored database needs.
pub trait BackupLedger {
    /// How many backups were begun in this life of the log, and the last that was verified.
    fn backup_counts(&self) -> Stored<Backups>;
    /// All backups, newest first.
    fn backups(&self) -> Stored<Vec<BackupRow>>;
    /// Numbers a backup. What was acknowledged before this returns is in the copy that follows.
    fn begin_backup(&self, now: i64) -> Stored<u64>;
    /// Notes that a backup was verified, and where it lies.
    fn end_backup(&self, row: BackupRow) -> Stored<()>;
    /// Writes a consistent copy of the database as one new file, while others write.
    fn copy_to(&self, file: &Path) -> Stored<()>;
    /// How much of each kind there is.
    fn contents(&self) -> Stored<Contents>;
    /// Gives the log another life: devices offer again what this database may have forgotten.
    fn renew_epoch(&self) -> Stored<Epoch>;
    /// Counts a start. `seen` is the number that was noted beside the database at the last one.
    fn note_start(&self, seen: u64) -> Stored<Start>;
}

/// Parcels that a relay holds. Knows no device and no address, and the order of their coming is gone.
pub trait Parcels {
    /// Keeps parcels durably, and says what is known of each.
    fn hold_parcels(&self, parcels: Vec<Parcel>) -> Stored<Vec<Fate>>;
    /// Parcels that were not answered, in the order of their names, behind `after`: at least one
    /// when there is one, then as many as fit in `max_bytes`.
    fn parcels_to_forward(&self, after: Option<ParcelId>, max_bytes: usize) -> Stored<Vec<Parcel>>;
    /// Keeps what the server answered in place of the parcels; how many were answered now.
    fn settle_parcels(&self, notices: Vec<Notice>, now: i64) -> Stored<u64>;
    /// Removes answers that were kept since before `then`.
    fn forget_answers(&self, then: i64) -> Stored<()>;
    /// How many wait, and how many answers are kept.
    fn parcel_counts(&self) -> Stored<[u64; 2]>;
}

/// The state of the database itself.
pub trait Upkeep {
    /// A secret value of this installation, made at first use.
    fn secret(&self, name: &'static str) -> Stored<[u8; 32]>;
    /// Reads the whole database and says what is wrong with it; empty when sound.
    fn verify(&self) -> Stored<Vec<String>>;
}

/// All that the server asks of its database.
pub trait Store:
    ItemLog
    + Inbox
    + Catalogue
    + SealedIntake
    + Analysis
    + Staff
    + Devices
    + BackupLedger
    + Parcels
    + Upkeep
    + Send
    + Sync
{
}
