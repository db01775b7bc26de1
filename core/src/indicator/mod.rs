//! Indicators: definition, tally, estimate, suppression, release, tile.
