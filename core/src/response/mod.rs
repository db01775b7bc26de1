//! Company and register responses: merged automerge registers behind a gate.
