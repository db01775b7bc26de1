//! Files in place of a network.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    device::{WebDevice, json, moment, rng},
    failure::Failure,
};

#[wasm_bindgen]
impl WebDevice {
    /// Everything that the server has not acknowledged, sealed to it, in one file.
    ///
    /// # Errors
    /// `not-enrolled`, `no-bundle-key`, `storage-damaged`, `not-saved`.
    #[wasm_bindgen(js_name = packBundle)]
    pub fn pack_bundle(&mut self) -> Result<Vec<u8>, JsValue> {
        Ok(self.device.pack_bundle(&mut rng()).map_err(Failure::from)?)
    }

    /// Reads what came back for a bundle; what it led to as JSON.
    ///
    /// # Errors
    /// `file-refused` with a sentence for the person, `storage-damaged`, `not-saved`.
    #[wasm_bindgen(js_name = readBundleReply)]
    pub fn read_bundle_reply(
        &mut self,
        file: &[u8],
        unix_ms: i64,
        offset_minutes: i16,
    ) -> Result<String, JsValue> {
        let now = moment(unix_ms, offset_minutes);
        let news = self.device.read_bundle_reply(file, now, &mut rng()).map_err(Failure::from)?;
        Ok(json(&news)?)
    }
}
