//! The application: what is done with the store, apart from HTTP.
//!
//! Owns the one door to the store, [`App::store`], the lock of the data folder, accounts,
//! enrolment, forms, the life of a survey, cards and companies. Does not project, count or
//! export, and knows no request.

mod application;
mod cards;
mod companies;
mod csv_input;
mod enrolment;
mod error;
mod fieldwork;
mod form_file;
mod forms;
mod limiter;
mod live;
mod people;
mod surveys;

pub use application::{App, OpenError, free_bytes, hold_folder};
pub use cards::make_cards;
pub use companies::{Letters, take_companies};
pub use csv_input::{Sheet, SheetError, finding as file_error, read_sheet};
pub use enrolment::{Entered, enrol_tablet, enter_company, make_device_code};
pub use error::AppError;
pub use fieldwork::{fieldwork, stratum_counts};
pub use form_file::{FormFile, read_form_file};
pub use forms::{Upload, publish_form, question_count, upload_form};
pub use limiter::Limiter;
pub use live::{Ear, Live, Told};
pub use people::{account_of_password, open_session, put_account, secret_hash};
pub use surveys::{key_fingerprint, make_survey, open_key, open_survey, read_survey, revise_survey};
