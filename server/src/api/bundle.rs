//! Bundles, and what a relay holds.

use serde::{Deserialize, Serialize};
use tsumugi_core::id::SurveyId;
use utoipa::ToSchema;

/// Answer of `POST /v1/bundles/verify` (field manager): what is in a bundle. Nothing was taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BundleContents {
    /// Bytes of the file.
    pub bytes: u64,
    /// Parcels in it.
    pub parcels: u64,
    /// Parcels that this server's key does not open.
    pub unreadable: u64,
    /// Parcels whose device is not known here, or was revoked: nothing of them will be taken.
    pub strange: u64,
    /// What is in the others, by survey.
    pub surveys: Vec<BundleSurvey>,
}

/// What a bundle holds for one survey.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BundleSurvey {
    /// The survey.
    #[schema(value_type = String)]
    pub survey: SurveyId,
    /// Changes of company and register responses.
    pub changes: u64,
    /// Sealed records, with those that fill the batches up to eight: not a number of people.
    pub records: u64,
}

/// Answer of `GET /v1/relay` and `POST /v1/relay/forward` (this machine's command line).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RelayView {
    /// Address of the server, or of the next relay.
    pub upstream: String,
    /// Parcels that wait for the server's answer.
    pub waiting: u64,
    /// Answers that are kept for those who brought the parcels.
    pub answered: u64,
    /// Parcels that were answered by this call.
    pub new: u64,
}
