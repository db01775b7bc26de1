//! One stage of sampling: which unit and which stratum each row is in.

use std::collections::HashMap;

use super::policy::DesignError;

/// Classes of rows: a number for each row, and the name of each number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Codes {
    /// Number of the class of each row.
    pub of_row: Vec<u32>,
    /// Name of each class, in order of appearance.
    pub names: Vec<String>,
}

impl Codes {
    /// Numbers the classes of rows in order of appearance.
    pub fn of<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        let mut codes = Self::default();
        let mut known: HashMap<String, u32> = HashMap::new();
        for name in names {
            let name = name.as_ref();
            let code = known.get(name).copied().unwrap_or_else(|| {
                let code = count(codes.names.len());
                known.insert(name.to_owned(), code);
                codes.names.push(name.to_owned());
                code
            });
            codes.of_row.push(code);
        }
        codes
    }

    /// One class for all of `rows`.
    pub fn one(rows: usize) -> Self {
        Self { of_row: vec![0; rows], names: vec![String::new()] }
    }

    /// Each of `rows` in a class of its own, without a name.
    pub fn each(rows: usize) -> Self {
        Self { of_row: (0..count(rows)).collect(), names: vec![String::new(); rows] }
    }

    /// How many classes there are.
    pub const fn classes(&self) -> usize {
        self.names.len()
    }
}

/// A count of rows as the number of a class.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A stage of sampling as it is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stage {
    /// Stratum of each row; `None` where there is one.
    pub strata: Option<Codes>,
    /// Sampling unit of each row within its stratum; `None` where rows are their own.
    pub units: Option<Codes>,
    /// Sampling units that the row's stratum has in the population, for the finite population
    /// correction; `None` where it is very large.
    pub population: Option<Vec<f64>>,
}

/// A stage as it is computed with: units nested in strata, strata in the units above.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nested {
    /// Unit of each row.
    pub unit_of_row: Vec<u32>,
    /// Stratum of each unit.
    pub stratum_of_unit: Vec<u32>,
    /// The strata.
    pub strata: Vec<Stratum>,
}

/// A stratum within one unit of the stage above.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stratum {
    /// Its name.
    pub name: String,
    /// Unit of the stage above.
    pub parent: u32,
    /// Units sampled.
    pub sampled: usize,
    /// Units there are.
    pub population: Option<f64>,
    /// Product of the sampled shares of the stages above.
    pub share_above: f64,
}

impl Stratum {
    /// What sampling left out: 1 − n/N.
    pub(super) fn left(&self) -> f64 {
        self.population.map_or(1.0, |there_are| 1.0 - self.sampled as f64 / there_are)
    }
}

impl Nested {
    /// Nests a stage into the one above it.
    pub(super) fn of(stage: &Stage, rows: usize, above: Option<&Self>) -> Result<Self, DesignError> {
        let strata = stage.strata.clone().unwrap_or_else(|| Codes::one(rows));
        let units = stage.units.clone().unwrap_or_else(|| Codes::each(rows));
        let lengths = [strata.of_row.len(), units.of_row.len()];
        let of_populations = stage.population.as_ref().map_or(rows, Vec::len);
        for got in lengths.into_iter().chain([of_populations]) {
            if got != rows {
                return Err(DesignError::Length { expected: rows, got });
            }
        }
        let mut nested =
            Self { unit_of_row: Vec::with_capacity(rows), stratum_of_unit: Vec::new(), strata: Vec::new() };
        let mut known_strata: HashMap<(u32, u32), u32> = HashMap::new();
        let mut known_units: HashMap<(u32, u32), u32> = HashMap::new();
        for row in 0..rows {
            let parent = above.map_or(0, |above| above.unit_of_row[row]);
            let code = strata.of_row[row];
            let stratum = *known_strata.entry((parent, code)).or_insert_with(|| {
                nested.strata.push(Stratum {
                    name: strata.names.get(code as usize).cloned().unwrap_or_default(),
                    parent,
                    sampled: 0,
                    population: stage
                        .population
                        .as_ref()
                        .map(|known| known[row])
                        .filter(|known| *known < f64::INFINITY),
                    share_above: above.map_or(1.0, |above| above.share_of(parent)),
                });
                count(nested.strata.len() - 1)
            });
            let unit = *known_units.entry((stratum, units.of_row[row])).or_insert_with(|| {
                nested.stratum_of_unit.push(stratum);
                nested.strata[stratum as usize].sampled += 1;
                count(nested.stratum_of_unit.len() - 1)
            });
            nested.unit_of_row.push(unit);
        }
        nested.check().map(|()| nested)
    }

    fn check(&self) -> Result<(), DesignError> {
        for stratum in &self.strata {
            let fits = stratum.population.is_none_or(|known| known >= stratum.sampled as f64);
            if !fits {
                return Err(DesignError::Population {
                    stratum: stratum.name.clone(),
                    population: stratum.population.unwrap_or(f64::NAN),
                    sampled: stratum.sampled,
                });
            }
        }
        Ok(())
    }

    /// The stratum of a unit.
    pub(super) fn stratum(&self, unit: u32) -> &Stratum {
        &self.strata[self.stratum_of_unit[unit as usize] as usize]
    }

    /// The share of its population that a unit's stratum sampled, stages above included.
    fn share_of(&self, unit: u32) -> f64 {
        let stratum = self.stratum(unit);
        // Without a population the unit stands for infinitely many: what is below adds nothing.
        stratum.share_above * stratum.population.map_or(0.0, |there_are| stratum.sampled as f64 / there_are)
    }

    /// The weight that sampling gives to each row of a unit at this stage.
    pub(super) fn weight(&self, unit: u32) -> Option<f64> {
        let stratum = self.stratum(unit);
        Some(stratum.population? / stratum.sampled as f64)
    }
}
