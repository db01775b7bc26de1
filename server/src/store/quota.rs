//! What a device may deliver, and a delivery.

use tsumugi_core::{id::DeviceId, item::Item, sync::Insertion};

use crate::config::Config;

/// How much is taken from devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// New items of one device on one day.
    pub device_items: u64,
    /// Bytes of these.
    pub device_bytes: u64,
    /// Bytes of all items that devices delivered to one survey; 0 is no limit.
    pub survey_bytes: u64,
    /// Items of one device that wait for others.
    pub orphans: u64,
    /// Bytes of these.
    pub orphan_bytes: u64,
    /// Refused items of one device that are kept aside.
    pub refused: u64,
    /// Bytes of these.
    pub refused_bytes: u64,
}

impl Quotas {
    /// As the operator set them.
    pub const fn of(config: &Config) -> Self {
        Self {
            device_items: config.quota_device_items,
            device_bytes: config.quota_device_bytes,
            survey_bytes: config.quota_survey_bytes,
            orphans: config.quota_orphans,
            orphan_bytes: config.quota_orphan_bytes,
            refused: config.quota_refused,
            refused_bytes: config.quota_refused_bytes,
        }
    }
}

/// What a device delivers in one request, as far as its grant and pre-flight allow.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The device.
    pub device: DeviceId,
    /// Milliseconds since 1970.
    pub now: i64,
    /// What may be kept.
    pub quotas: Quotas,
    /// The items, in order.
    pub items: Vec<Delivered>,
}

/// One item of a delivery.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The item.
    pub item: Item,
    /// The actor of a change that goes on where others of its actor or of its response ended;
    /// nothing of one that begins a response. Its number is the actor's first: where the actor is
    /// known already, the gate refuses it as a double.
    pub continues: Option<[u8; 16]>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    /// Durable now; one answer for each item.
    Taken(Vec<Insertion>),
    /// Nothing of it was kept.
    Over(OverQuota),
}

/// Why a delivery cannot be taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverQuota {
    /// The device delivered too much today.
    Device {
        /// Until there is another day.
        seconds: u64,
    },
    /// The survey holds too much.
    Survey,
    /// Too much of the device's waits for others.
    Orphans,
}
