//! Taking parcels in, and giving answers out.

use tsumugi_core::sealed::{Bundle, BundleReply, Fate, MAX_BUNDLE_BYTES, Notice};

use crate::{app::App, store::StoreError};

/// Bytes of answers in one reply; what does not fit is called carried and comes the next time.
const REPLY_BYTES: usize = MAX_BUNDLE_BYTES / 2;

/// Holds the parcels of a bundle durably, and says what is known of each.
///
/// # Errors
/// [`StoreError`]; none of the parcels may be called held then.
pub fn hold(app: &App, bundle: &Bundle) -> Result<BundleReply, StoreError> {
    let (ids, parcels): (Vec<_>, Vec<_>) = bundle.parcels().map(|(id, parcel)| (id, parcel.clone())).unzip();
    let fates = app.blocking_store().hold_parcels(parcels)?;
    app.tell_news();
    let mut room = REPLY_BYTES;
    let notices = ids.into_iter().zip(fates).map(|(parcel, fate)| {
        let fits = fate.reply().len() <= room;
        room -= if fits { fate.reply().len() } else { 0 };
        Notice { parcel, fate: if fits { fate } else { Fate::Carried } }
    });
    Ok(BundleReply::of(notices))
}
