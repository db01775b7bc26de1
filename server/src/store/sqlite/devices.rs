//! Codes and devices.

use rusqlite::{Connection, OptionalExtension, Row};
use tsumugi_core::id::{DeviceId, ResponseId, SurveyId};

use super::{
    database::SqliteStore,
    json::{from_json, to_json},
};
use crate::store::{Devices, EnrolCode, SecretHash, Stored, StoredDevice};

const DEVICE: &str = "SELECT id, role, name, surveys, response, enrolled, last_seen, revoked FROM devices";

fn device(row: &Row<'_>) -> rusqlite::Result<(StoredDevice, String)> {
    let response: Option<[u8; 16]> = row.get(4)?;
    let device = StoredDevice {
        id: DeviceId::from_bytes(row.get(0)?),
        role: row.get(1)?,
        name: row.get(2)?,
        surveys: Vec::new(),
        response: response.map(ResponseId::from_bytes),
        enrolled: row.get(5)?,
        last_seen: row.get(6)?,
        revoked: row.get(7)?,
    };
    Ok((device, row.get(3)?))
}

fn with_surveys((device, surveys): (StoredDevice, String)) -> Stored<StoredDevice> {
    Ok(StoredDevice { surveys: from_json(&surveys, "the surveys of a device")?, ..device })
}

fn put(db: &Connection, device: &StoredDevice, token: SecretHash) -> Stored<()> {
    db.execute(
        "INSERT INTO devices (id, token, role, name, surveys, response, enrolled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            device.id.as_bytes(),
            token,
            &device.role,
            &device.name,
            to_json(&device.surveys)?,
            device.response.map(|response| *response.as_bytes()),
            device.enrolled,
        ),
    )?;
    Ok(())
}

impl Devices for SqliteStore {
    fn put_code(&self, code: SecretHash, right: EnrolCode) -> Stored<()> {
        self.write(move |db| {
            db.execute(
                "INSERT INTO device_codes (code, name, surveys, expires) VALUES (?1, ?2, ?3, ?4)",
                (code, &right.name, to_json(&right.surveys)?, right.expires),
            )?;
            Ok(())
        })
    }

    fn enrol(
        &self,
        code: SecretHash,
        mut device: StoredDevice,
        token: SecretHash,
    ) -> Stored<Option<StoredDevice>> {
        self.write(move |db| {
            let right: Option<(String, String, i64)> = db
                .query_row("SELECT name, surveys, expires FROM device_codes WHERE code = ?1", [code], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            // Used up or too old: gone either way.
            db.execute("DELETE FROM device_codes WHERE code = ?1 OR expires <= ?2", (code, device.enrolled))?;
            let Some((name, surveys, expires)) = right else { return Ok(None) };
            if expires <= device.enrolled {
                return Ok(None);
            }
            device.surveys = from_json::<Vec<SurveyId>>(&surveys, "the surveys of a code")?;
            if device.name.is_empty() {
                device.name = name;
            }
            put(db, &device, token)?;
            Ok(Some(device))
        })
    }

    fn put_device(&self, device: StoredDevice, token: SecretHash) -> Stored<()> {
        self.write(move |db| put(db, &device, token))
    }

    fn device_by_token(&self, token: SecretHash) -> Stored<Option<StoredDevice>> {
        let found = self.read(|db| {
            let mut select = db.prepare_cached(&format!("{DEVICE} WHERE token = ?1"))?;
            Ok(select.query_row([token], device).optional()?)
        })?;
        found.map(with_surveys).transpose()
    }

    fn devices(&self) -> Stored<Vec<StoredDevice>> {
        self.read(|db| {
            let mut select = db.prepare(&format!("{DEVICE} ORDER BY name, id"))?;
            let rows = select.query_map([], device)?;
            rows.map(|columns| with_surveys(columns?)).collect()
        })
    }

    fn seen(&self, id: DeviceId, now: i64) -> Stored<()> {
        self.write(move |db| {
            // Once a minute is enough for people, and saves a write a sync.
            db.execute(
                "UPDATE devices SET last_seen = ?2
                 WHERE id = ?1 AND (last_seen IS NULL OR last_seen < ?2 - 60000)",
                (id.as_bytes(), now),
            )?;
            Ok(())
        })
    }

    fn revoke(&self, id: DeviceId) -> Stored<bool> {
        self.write(move |db| {
            Ok(db.execute("UPDATE devices SET revoked = 1 WHERE id = ?1", [id.as_bytes()])? > 0)
        })
    }
}
