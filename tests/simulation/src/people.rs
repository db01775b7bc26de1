//! What people do at their devices, and what must be true right after.

use std::collections::{BTreeMap, BTreeSet};

use tsumugi_core::{
    answers::{Answers, Path, Value},
    device::{ConflictView, DeviceError, FinishError, SubmitError},
    form::{Element, Screen},
    id::ResponseId,
    sealed::Card,
};

use crate::{
    ballots::told_answers,
    history::{Standing, told},
    office::company_paths,
    shelf::News,
    tablet::Right,
    world::{Held, World},
};

impl World {
    /// A response that the person at a device may fill.
    fn some_response(&mut self, at: usize) -> Option<ResponseId> {
        match self.tablets.get(at)?.right {
            Right::Company(_, response) => Some(response),
            Right::Field => self.responses.get(self.chance.place(self.responses.len())).copied(),
        }
    }

    /// Opens a response where it is not; false when the device does not have it, or is off.
    fn opened(&mut self, at: usize, response: ResponseId) -> Held<bool> {
        let now_ms = self.now_ms;
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(false) };
        if tablet.open.contains(&response) {
            return Ok(tablet.is_on());
        }
        let start = tablet.start(now_ms);
        let opened = self.act(at, |device, _, _| device.open_response(response, &start))?;
        let opened = matches!(opened, Some((Ok(()), _)));
        if let (true, Some(tablet)) = (opened, self.tablets.get_mut(at)) {
            tablet.open.insert(response);
        }
        Ok(opened)
    }

    /// What the model says that stands at each path of a response, on one device.
    fn standing(&self, at: usize, response: ResponseId) -> Standing {
        self.tablets.get(at).map(|tablet| tablet.shelf.standing(response, &self.history)).unwrap_or_default()
    }

    /// Somebody answers a question, or clears an answer.
    ///
    /// # Errors
    /// A sentence when what was said to be saved is not.
    pub fn somebody_answers(&mut self, at: usize) -> Held {
        let Some(response) = self.some_response(at) else { return Ok(()) };
        if !self.opened(at, response)? {
            return Ok(());
        }
        let paths = company_paths(self.version - u32::from(self.version > 1 && self.chance.percent(50)));
        let path = Path::new(paths.get(self.chance.place(paths.len())).copied().unwrap_or("staff"));
        let number = self.chance.below(6);
        let value = match path.as_str() {
            _ if self.chance.percent(15) => None,
            "remark" => Some(Value::text(format!("remark {number}"))),
            _ => Some(Value::Integer(i64::try_from(number).unwrap_or(0))),
        };
        let told_value = value.as_ref().map(told);
        self.say(format!("{} answers {path} = {told_value:?}", self.name(at)));
        let before = self.standing(at, response);
        let saved =
            self.act(at, |device, now, rng| device.set_answer(response, &path, value.clone(), now, rng))?;
        match saved {
            Some((Ok(()), news)) => {
                self.check_saved(at, response, &path, told_value.as_ref(), &news, &before)
            }
            Some((Err(error), _)) => self.after_error(at, response, &error),
            None => Ok(()),
        }
    }

    /// What was said to be saved is on the disk, and alone at its path.
    fn check_saved(
        &mut self,
        at: usize,
        response: ResponseId,
        path: &Path,
        value: Option<&String>,
        news: &News,
        before: &Standing,
    ) -> Held {
        let writes = |place: &usize| {
            self.history.deed(*place).is_some_and(|deed| deed.ops.iter().any(|op| op.path == *path))
        };
        let written = news.recorded.iter().any(writes);
        let standing = self.standing(at, response);
        let there = standing.get(path).cloned().unwrap_or_default();
        let alone: BTreeSet<String> = value.into_iter().cloned().collect();
        let blurred = self.tablets.get(at).is_some_and(|tablet| tablet.blurred);
        let holds = match value {
            _ if written && !blurred => there == alone,
            Some(value) => there.contains(value),
            None => there.is_empty() || blurred,
        };
        if !holds {
            let name = self.name(at);
            return Err(format!("{name} saved {value:?} at {path}, and {there:?} stands there"));
        }
        for (other, values) in before {
            if other != path && !other.as_str().starts_with('@') && standing.get(other) != Some(values) {
                return Err(format!("{} saved {path}, and {other} changed with it", self.name(at)));
            }
        }
        Ok(())
    }

    /// After an error the device shows what is saved and nothing else.
    fn after_error(&mut self, at: usize, response: ResponseId, error: &DeviceError) -> Held {
        self.say(format!("{}: {error}", self.name(at)));
        match error {
            DeviceError::Storage(_) => self.look(at, response),
            DeviceError::NotOpen { .. } => {
                if let Some(tablet) = self.tablets.get_mut(at) {
                    tablet.open.remove(&response);
                }
                Ok(())
            }
            DeviceError::AnswerRefused(_) | DeviceError::NotTaking { .. } => Ok(()),
            other => Err(format!("{} cannot save: {other}", self.name(at))),
        }
    }

    /// Somebody looks at a response; sometimes it is closed afterwards.
    ///
    /// # Errors
    /// A sentence when what is shown is not what is saved.
    pub fn somebody_looks(&mut self, at: usize) -> Held {
        let Some(response) = self.some_response(at) else { return Ok(()) };
        if self.opened(at, response)? {
            self.look(at, response)?;
        }
        if self.chance.percent(50) {
            self.act(at, |device, _, _| device.close_response(response))?;
            if let Some(tablet) = self.tablets.get_mut(at) {
                tablet.open.remove(&response);
            }
        }
        Ok(())
    }

    /// What an open response shows is what stands on the disk, conflicts too.
    ///
    /// # Errors
    /// A sentence that names the path.
    pub fn look(&mut self, at: usize, response: ResponseId) -> Held {
        let shown = self.act(at, |device, _, _| {
            Ok::<_, DeviceError>((device.screen(response, "ja")?, device.conflicts(response, "ja")?))
        })?;
        let blurred = self.tablets.get(at).is_none_or(|tablet| tablet.blurred);
        let (screen, conflicts) = match shown {
            Some((Ok(shown), _)) if !blurred => shown,
            Some((Err(DeviceError::NotOpen { .. }), _)) => {
                if let Some(tablet) = self.tablets.get_mut(at) {
                    tablet.open.remove(&response);
                }
                return Ok(());
            }
            Some((Err(error), _)) => return Err(format!("{} shows nothing: {error}", self.name(at))),
            _ => return Ok(()),
        };
        let standing = self.standing(at, response);
        compare_shown(&screen, &conflicts, &standing)
            .map_err(|sentence| format!("{}: {sentence}", self.name(at)))
    }

    /// Somebody decides a conflict.
    ///
    /// # Errors
    /// A sentence when the decision does not stand.
    pub fn somebody_chooses(&mut self, at: usize) -> Held {
        let Some(response) = self.some_response(at) else { return Ok(()) };
        if !self.opened(at, response)? {
            return Ok(());
        }
        self.choose_one(at, response).map(drop)
    }

    /// Decides the first conflict of an open response; false when there is none.
    ///
    /// # Errors
    /// A sentence when the decision does not stand.
    pub fn choose_one(&mut self, at: usize, response: ResponseId) -> Held<bool> {
        let conflicts = self.act(at, |device, _, _| device.conflicts(response, "ja"))?;
        let Some((Ok(conflicts), _)) = conflicts else { return Ok(false) };
        let Some(conflict) = conflicts.first() else { return Ok(false) };
        let place = self.chance.place(conflict.values.len());
        let Some(chosen) = conflict.values.get(place).map(|one| one.value.clone()) else { return Ok(false) };
        let path = conflict.path.clone();
        let value = told(&chosen);
        self.counts.one("conflicts decided");
        self.say(format!("{} decides {path} = {value}", self.name(at)));
        let before = self.standing(at, response);
        let saved =
            self.act(at, |device, now, rng| device.choose(response, &path, chosen.clone(), now, rng))?;
        match saved {
            Some((Ok(()), news)) => {
                self.check_saved(at, response, &path, Some(&value), &news, &before)?;
                Ok(true)
            }
            Some((Err(error), _)) => self.after_error(at, response, &error).map(|()| false),
            None => Ok(false),
        }
    }

    /// Somebody hands a response in; true when it was taken.
    ///
    /// # Errors
    /// A sentence when it is said to be submitted and is not.
    pub fn somebody_submits(&mut self, at: usize) -> Held<bool> {
        let Some(response) = self.some_response(at) else { return Ok(false) };
        self.submit(at, response)
    }

    /// Hands a response in; true when it was taken.
    ///
    /// # Errors
    /// A sentence when it is said to be submitted and is not.
    pub fn submit(&mut self, at: usize, response: ResponseId) -> Held<bool> {
        if !self.opened(at, response)? {
            return Ok(false);
        }
        self.say(format!("{} submits", self.name(at)));
        let submitted =
            self.act(at, |device, now, rng| device.submit(response, "somebody", "again", "ja", now, rng))?;
        match submitted {
            Some((Ok(receipt), _)) => {
                self.counts.one("submissions");
                let stands = self.standing(at, response).contains_key(&Path::new("@submitted"));
                if stands && receipt.revision > 0 {
                    Ok(true)
                } else {
                    Err(format!("{} has a receipt and nothing is submitted", self.name(at)))
                }
            }
            Some((Err(SubmitError::Device(error)), _)) => {
                self.after_error(at, response, &error).map(|()| false)
            }
            Some((Err(SubmitError::NotReady(_)), _)) | None => Ok(false),
        }
    }

    /// A surveyor begins a response of a company that nobody assigned.
    ///
    /// # Errors
    /// A sentence when it is said to be there and is not.
    pub fn somebody_begins(&mut self, at: usize) -> Held {
        let field = self.tablets.get(at).is_some_and(|tablet| tablet.right == Right::Field);
        if !field || self.responses.len() > 4 {
            return Ok(());
        }
        let survey = self.office.company.id;
        self.say(format!("{} begins a response", self.name(at)));
        let begun = self.act(at, |device, _, rng| device.new_response(survey, "another company", rng))?;
        if let (Some((Err(DeviceError::Storage(_)), _)), Some(tablet)) = (&begun, self.tablets.get_mut(at)) {
            // What was written all the same is met again when the device is started.
            tablet.blurred = true;
        }
        if let Some((Ok(response), news)) = begun {
            if news.recorded.is_empty() {
                return Err(format!("{} began a response and wrote nothing", self.name(at)));
            }
            if !self.responses.contains(&response) {
                return Err(format!("{} began a response and wrote another", self.name(at)));
            }
        }
        Ok(())
    }

    /// A person answers anonymously: draws a card, answers, and is done.
    ///
    /// # Errors
    /// A sentence when the record is said to be sealed and is not, or the other way round.
    pub fn somebody_seals(&mut self, at: usize) -> Held {
        if self.office.cards.is_empty()
            || !self.tablets.get(at).is_some_and(|tablet| tablet.right == Right::Field)
        {
            return Ok(());
        }
        // Some cards are used a second time: by a person who was told of an error, or who cheats.
        let again = self.chance.percent(8);
        let place =
            if again { self.chance.place(self.office.cards.len()) } else { self.office.cards.len() - 1 };
        let Some(card) = self.office.cards.get(place).cloned() else { return Ok(()) };
        if self.seal(at, &card)? && !again {
            self.office.cards.pop();
            self.office.cards.insert(0, card);
        }
        Ok(())
    }

    /// Fills the anonymous form with a card; true when it was sealed.
    fn seal(&mut self, at: usize, card: &Card) -> Held<bool> {
        let now_ms = self.now_ms;
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(false) };
        let start = tablet.start(now_ms);
        let (survey, code) = (self.office.anonymous.id, card.code.to_string());
        let opened = self.act(at, |device, _, _| device.open_anonymous(survey, &code, &start))?;
        if !matches!(opened, Some((Ok(()), _))) {
            return Ok(false);
        }
        let (lonely, number) = (self.chance.below(5), self.chance.below(1_000_000_000));
        let given = [("lonely", lonely), ("number", number)];
        let answers: Answers = given
            .iter()
            .map(|(path, value)| (Path::new(path), Value::Integer(i64::try_from(*value).unwrap_or(0))))
            .collect();
        for (path, value) in answers.iter() {
            self.act(at, |device, _, _| device.anonymous_set_answer(path, Some(value.clone())))?;
        }
        self.say(format!("{} seals {}", self.name(at), told_answers(&answers)));
        if let Some(tablet) = self.tablets.get_mut(at) {
            tablet.sealing = Some((card.nullifier(), told_answers(&answers)));
        }
        let mut finished = self.act(at, |device, _, rng| device.finish_anonymous(rng))?;
        if matches!(&finished, Some((Err(_), _))) && self.chance.percent(60) {
            self.counts.one("sealing tried again");
            finished = self.act(at, |device, _, rng| device.finish_anonymous(rng))?;
        }
        let sealed = match finished {
            Some((Ok(()), _)) => true,
            Some((Err(FinishError::NotComplete(_)), _)) => {
                return Err(format!("{} calls a complete entry incomplete", self.name(at)));
            }
            Some((Err(FinishError::Device(_)), _)) | None => false,
        };
        self.act(at, |device, _, _| device.abandon_anonymous())?;
        let Some(tablet) = self.tablets.get_mut(at) else { return Ok(false) };
        tablet.sealing = None;
        let there = tablet.shelf.records().any(|(nullifier, _)| nullifier == card.nullifier());
        if sealed && tablet.is_on() && !there {
            return Err(format!("{} says that a record is sealed, and it is not there", tablet.name));
        }
        Ok(sealed)
    }
}

/// Compares a screen and its conflicts with what the model says that stands.
fn compare_shown(screen: &Screen, conflicts: &[ConflictView], standing: &Standing) -> Held {
    let mut asked: BTreeMap<Path, Option<String>> = BTreeMap::new();
    for section in &screen.sections {
        collect(&section.elements, &mut asked);
    }
    for (path, shown) in &asked {
        let there = standing.get(path).cloned().unwrap_or_default();
        let holds = shown.as_ref().map_or(there.is_empty(), |shown| there.contains(shown));
        if !holds {
            return Err(format!("{path} shows {shown:?}, and {there:?} stands there"));
        }
    }
    let told_conflicts: BTreeMap<Path, BTreeSet<String>> = conflicts
        .iter()
        .map(|conflict| (conflict.path.clone(), conflict.values.iter().map(|one| told(&one.value)).collect()))
        .collect();
    let differ = |(path, values): &(&Path, &BTreeSet<String>)| values.len() > 1 && asked.contains_key(*path);
    let wanted: BTreeMap<Path, BTreeSet<String>> =
        standing.iter().filter(differ).map(|(path, values)| (path.clone(), values.clone())).collect();
    if told_conflicts == wanted {
        Ok(())
    } else {
        Err(format!("the conflicts {told_conflicts:?} are shown, and {wanted:?} stand"))
    }
}

fn collect(elements: &[Element], asked: &mut BTreeMap<Path, Option<String>>) {
    for element in elements {
        match element {
            Element::Question(question) => {
                asked.insert(question.path.clone(), question.value.as_ref().map(told));
            }
            Element::Group(group) => collect(&group.elements, asked),
            Element::Repeat(repeat) => {
                for instance in &repeat.instances {
                    collect(&instance.elements, asked);
                }
            }
        }
    }
}
