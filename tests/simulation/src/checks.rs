//! What must be true of the whole world when everybody knows everything.

use std::collections::BTreeSet;

use tsumugi_core::{
    answers::{Answers, Path},
    id::{ResponseId, SurveyId},
    item::ItemKind,
    response::{ResponseDoc, gate::preflight},
};

use crate::{
    ballots::{Ballots, told_answers},
    history::{Places, Standing, told},
    office::company_paths,
    server::{Counted, Row},
    tablet::Right,
    world::{Held, World},
};

impl World {
    /// True when a device may fill a response.
    pub fn may_fill(&self, at: usize, response: ResponseId) -> bool {
        self.tablets.get(at).is_some_and(|tablet| match tablet.right {
            Right::Field => true,
            Right::Company(_, own) => own == response,
        })
    }

    /// Opens a response on a device; false when it is not there.
    ///
    /// # Errors
    /// A sentence when what is written breaks a rule.
    pub fn reads(&mut self, at: usize, response: ResponseId) -> Held<bool> {
        if !self.may_fill(at, response) {
            return Ok(false);
        }
        let now_ms = self.now_ms;
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(false) };
        let start = tablet.start(now_ms);
        let opened = self.act(at, |device, _, _| device.open_response(response, &start))?;
        let opened = matches!(opened, Some((Ok(()), _)));
        if let (true, Some(tablet)) = (opened, self.tablets.get_mut(at)) {
            tablet.open.insert(response);
        }
        Ok(opened)
    }

    /// Opens a response and decides one conflict; false when there is none.
    ///
    /// # Errors
    /// A sentence when the decision does not stand.
    pub fn choose_one_of(&mut self, at: usize, response: ResponseId) -> Held<bool> {
        Ok(self.reads(at, response)? && self.choose_one(at, response)?)
    }

    /// The changes that the server admitted of a response.
    fn places_of(&self, response: ResponseId) -> Held<(Places, Vec<Vec<u8>>)> {
        let chunks = self.server.changes(response);
        let mut places = Places::default();
        for chunk in &chunks {
            let head = preflight(chunk).map_err(|error| format!("the server admitted nonsense: {error}"))?;
            let place = self.history.place(head.hash).ok_or("the server has a change that nobody wrote")?;
            places.insert(place);
        }
        Ok((places, chunks))
    }

    /// The changes that the server admitted.
    ///
    /// # Errors
    /// A sentence when one of them was written by nobody.
    pub fn places_at_server(&self) -> Held<Places> {
        let mut all = Places::default();
        for response in &self.responses {
            all.extend(&self.places_of(*response)?.0);
        }
        Ok(all)
    }

    /// Everybody has the same of every response and of every survey, and it says what the model says.
    ///
    /// # Errors
    /// A sentence that names who differs.
    pub fn check_equal(&mut self) -> Held {
        let open = self.is_open(self.office.company.id);
        for response in self.responses.clone() {
            let (places, chunks) = self.places_of(response)?;
            for at in 0..self.tablets.len() {
                let Some(tablet) = self.tablets.get(at) else { continue };
                let here = self.history.of(response, tablet.shelf.changes());
                if self.may_fill(at, response) {
                    if open && here != places || !places.is_within(&here) {
                        return Err(format!("{} and the server differ about a response", tablet.name));
                    }
                } else if here != Places::default() {
                    return Err(format!("{} holds what another company answered", tablet.name));
                }
            }
            let doc = ResponseDoc::from_changes(&chunks).map_err(|error| error.to_string())?;
            compare_doc(&doc, &self.history.standing(&places))?;
        }
        for at in 0..self.tablets.len() {
            self.check_device(at, open)?;
        }
        Ok(())
    }

    /// A device at rest waits for nothing, and knows the surveys as the server has them.
    fn check_device(&mut self, at: usize, company_open: bool) -> Held {
        let name = self.name(at);
        let anonymous_open = self.is_open(self.office.anonymous.id);
        let Some((seen, _)) = self.act(at, |device, _, _| (device.status(), device.surveys("ja")))? else {
            return Err(format!("{name} is off"));
        };
        let (status, surveys) = seen;
        if status.waiting_changes > 0 || (anonymous_open && status.waiting_records > 0) {
            return Err(format!("{name} still waits: {status:?}"));
        }
        if company_open && status.refused_changes > 0 {
            return Err(format!("{name} was refused {} changes", status.refused_changes));
        }
        for card in surveys.map_err(|error| format!("{name} lists nothing: {error}"))? {
            let wanted = self.server.survey(card.id);
            if (card.state, card.title.as_str()) != (wanted.state, wanted.title.get("ja")) {
                return Err(format!(
                    "{name} shows a survey as {:?} of version {}, and it is {:?} of {}",
                    card.state,
                    card.title,
                    wanted.state,
                    wanted.title.get("ja")
                ));
            }
        }
        Ok(())
    }

    /// Nothing that is kept of sealed records tells who, where, when or in which order.
    ///
    /// # Errors
    /// A sentence that names the table.
    pub fn check_unlinkable(&self) -> Held {
        let sizes: BTreeSet<usize> = BTreeSet::from([16, 32]);
        for Row { table, bytes, numbers } in self.server.kept() {
            // The only stratum has the number 0; nothing else may be a number.
            if numbers.iter().any(|number| *number != 0) {
                return Err(format!("the table {table} keeps a number beside a card"));
            }
            let record = self.office.anonymous.record_bytes as usize;
            let sealed = tsumugi_core::sealed::SealedRecord::encoded_bytes(record);
            for value in &bytes {
                // A survey, a nullifier or a hash, the record itself, its short sum.
                if !sizes.contains(&value.len()) && value.len() != sealed && value.len() != 8 {
                    return Err(format!("the table {table} keeps {} bytes beside a card", value.len()));
                }
                for tablet in &self.tablets {
                    let names =
                        [tablet.id.as_bytes().as_slice(), tablet.token.as_bytes(), tablet.name.as_bytes()];
                    if names.iter().any(|name| value.windows(name.len()).any(|part| part == *name)) {
                        return Err(format!("the table {table} names a device beside a card"));
                    }
                }
            }
            if bytes
                .iter()
                .filter(|value| value.len() == 16)
                .any(|id| id != self.office.anonymous.id.as_bytes())
            {
                return Err(format!("the table {table} keeps a name beside a card"));
            }
            if !["sealed", "beside", "sealed_beside", "cards"].contains(&table.as_str()) {
                return Err(format!("the table {table} is about cards, and nobody knows why"));
            }
        }
        Ok(())
    }

    /// Closes a survey and compares what it counts with what was acknowledged.
    ///
    /// # Errors
    /// A sentence when an answer is missing, doubled or another.
    pub fn close_and_count(&mut self, survey: SurveyId) -> Held {
        self.say("a survey closes and is counted".to_owned());
        let counted = self.server.close(survey);
        self.counts.more("rows counted", counted.rows.len() as u64);
        if survey == self.office.anonymous.id {
            self.check_ballots(&counted)
        } else {
            self.check_rows(&counted)
        }
    }

    fn check_ballots(&self, counted: &Counted) -> Held {
        let mut rows: Vec<String> = counted.rows.iter().map(|(_, row)| told_answers(row)).collect();
        rows.sort();
        let wanted = self.ballots.counted(&self.acknowledged.records);
        if rows != wanted {
            return Err(format!(
                "{} cards were used and {} rows are counted: {rows:?}, not {wanted:?}",
                wanted.len(),
                rows.len()
            ));
        }
        let beside = Ballots::beside(&self.acknowledged.records);
        if (counted.conflicts, counted.refused) != (beside, 0) {
            return Err(format!(
                "{beside} cards were used again, told are {} and {} refused",
                counted.conflicts, counted.refused
            ));
        }
        Ok(())
    }

    fn check_rows(&self, counted: &Counted) -> Held {
        let mut submitted = BTreeSet::new();
        for response in &self.responses {
            let standing = self.history.standing(&self.places_of(*response)?.0);
            if standing.contains_key(&Path::new("@submitted")) {
                submitted.insert(*response);
                let mut rows = counted.rows.iter().filter(|(of, _)| of == response);
                let (Some((_, row)), None) = (rows.next(), rows.next()) else {
                    return Err("a submitted response is not counted once".to_owned());
                };
                self.check_row(row, &standing)?;
            }
        }
        if counted.rows.iter().any(|(response, _)| !submitted.contains(response)) {
            return Err("a response is counted that nobody submitted".to_owned());
        }
        Ok(())
    }

    fn check_row(&self, row: &Answers, standing: &Standing) -> Held {
        let form: u32 = self.server.survey(self.office.company.id).title.get("ja").parse().unwrap_or(1);
        for path in company_paths(form).map(Path::new) {
            let there = standing.get(&path).cloned().unwrap_or_default();
            let shown = row.get(&path).map(told);
            if !shown.as_ref().map_or(there.is_empty(), |shown| there.contains(shown)) {
                return Err(format!("{path} is counted as {shown:?}, and {there:?} stands"));
            }
        }
        Ok(())
    }
}

/// A merged document says what the model says.
fn compare_doc(doc: &ResponseDoc, standing: &Standing) -> Held {
    let answers = doc.answers();
    for (path, values) in standing {
        let shown = answers.get(path).map(told);
        if !shown.as_ref().is_some_and(|shown| values.contains(shown)) {
            return Err(format!("the document has {shown:?} at {path}, and {values:?} stand"));
        }
        let conflict = doc.conflict_at(path);
        let told: BTreeSet<String> =
            conflict.iter().flat_map(|conflict| &conflict.values).map(|one| told(&one.value)).collect();
        if values.len() > 1 && told != *values || values.len() == 1 && conflict.is_some() {
            return Err(format!("the document has the conflict {told:?} at {path}, and {values:?} stand"));
        }
    }
    match answers.iter().find(|(path, _)| !standing.contains_key(*path)) {
        Some((path, _)) => Err(format!("the document has an answer at {path}, and none stands")),
        None => Ok(()),
    }
}

/// Kinds of items that only the server makes.
pub const SERVERS: [ItemKind; 4] = [ItemKind::Survey, ItemKind::Form, ItemKind::Cards, ItemKind::Assignment];
