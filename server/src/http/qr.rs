//! QR codes as SVG.

use qrcode::{EcLevel, QrCode, render::svg};

use super::error::ApiError;

/// A QR code of `text`, black on white, without an XML declaration.
pub(crate) fn svg(text: &str) -> Result<String, ApiError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(ApiError::bad_bytes)?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    Ok(match drawn.find("<svg") {
        Some(start) => drawn.get(start..).unwrap_or_default().to_owned(),
        None => drawn,
    })
}
