//! Who is to be told that there is news, and who is at work on a response now.
//!
//! In memory only: presence is never stored, never logged and never leaves the people who share
//! a response. What is told is that an exchange is worth it, never what it will bring.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;
use tsumugi_core::{
    device::{Person, Place, Presence},
    id::{DeviceId, ResponseId, SurveyId},
};

use crate::store::StoredDevice;

/// A person who was not heard of for so long has gone.
const GONE: Duration = Duration::from_secs(50);
/// Streams of one device: a page that is loaded again may be quicker than the end of the old one.
const STREAMS_OF_A_DEVICE: usize = 4;

/// What changed since a stream was told last. Counts: several changes are told as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Items arrived.
    pub news: u64,
    /// Somebody came, went or moved.
    pub people: u64,
    /// The stream ends: the device was revoked, or the server stops.
    pub ended: bool,
}

/// All streams, and where their people are; cheap to clone.
#[derive(Clone)]
pub struct Live {
    most: usize,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    last: u64,
    ended: bool,
    streams: HashMap<u64, Stream>,
    /// Streams that see a whole survey.
    by_survey: HashMap<SurveyId, BTreeSet<u64>>,
    /// Streams of the people of one response.
    by_response: HashMap<ResponseId, BTreeSet<u64>>,
    places: HashMap<ResponseId, BTreeMap<DeviceId, Standing>>,
}

struct Stream {
    device: DeviceId,
    surveys: Vec<SurveyId>,
    response: Option<ResponseId>,
    tell: watch::Sender<Told>,
}

struct Standing {
    person: Person,
    seen: Instant,
}

/// One stream of a device. The device's people go when its last stream does.
pub struct Ear {
    live: Live,
    number: u64,
    device: DeviceId,
    /// What the device is to be told.
    pub told: watch::Receiver<Told>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.live.close(self.number);
    }
}

impl Live {
    /// Nobody listens yet; at most `most` will at a time.
    pub fn new(most: usize) -> Self {
        Self { most, inner: Arc::default() }
    }

    /// Opens a stream for a device; `None` when there are too many.
    pub fn listen(&self, device: &StoredDevice) -> Option<Ear> {
        let mut inner = self.lock();
        let own: Vec<u64> = inner
            .streams
            .iter()
            .filter(|(_, stream)| stream.device == device.id)
            .map(|(number, _)| *number)
            .collect();
        if own.len() >= STREAMS_OF_A_DEVICE
            && let Some(oldest) = own.iter().min()
        {
            inner.end(*oldest);
        } else if inner.streams.len() >= self.most || inner.ended {
            return None;
        }
        inner.last += 1;
        let number = inner.last;
        let (tell, told) = watch::channel(Told::default());
        match device.response {
            Some(response) => drop(inner.by_response.entry(response).or_default().insert(number)),
            None => device.surveys.iter().for_each(|survey| {
                inner.by_survey.entry(*survey).or_default().insert(number);
            }),
        }
        let (surveys, response) = (device.surveys.clone(), device.response);
        inner.streams.insert(number, Stream { device: device.id, surveys, response, tell });
        Some(Ear { live: self.clone(), number, device: device.id, told })
    }

    /// Says that `by` delivered items of these responses.
    pub fn tell(&self, touched: &BTreeSet<(SurveyId, ResponseId)>, by: DeviceId) {
        let inner = self.lock();
        let mut numbers = BTreeSet::new();
        for (survey, response) in touched {
            numbers.extend(inner.by_survey.get(survey).into_iter().flatten());
            numbers.extend(inner.by_response.get(response).into_iter().flatten());
        }
        for stream in numbers.iter().filter_map(|number| inner.streams.get(number)) {
            if stream.device != by {
                stream.tell.send_modify(|told| told.news += 1);
            }
        }
    }

    /// Says that a survey itself changed: it was opened or closed, or its cards came.
    pub fn tell_survey(&self, survey: SurveyId) {
        for stream in self.lock().streams.values().filter(|stream| stream.surveys.contains(&survey)) {
            stream.tell.send_modify(|told| told.news += 1);
        }
    }

    /// Ends the streams of a device that was revoked.
    pub fn dismiss(&self, device: DeviceId) {
        let mut inner = self.lock();
        let of_device = |(number, stream): (&u64, &Stream)| (stream.device == device).then_some(*number);
        let numbers: Vec<u64> = inner.streams.iter().filter_map(of_device).collect();
        for number in numbers {
            inner.end(number);
        }
        inner.leave(device, None);
    }

    /// Ends every stream: the server stops.
    pub fn end(&self) {
        let mut inner = self.lock();
        inner.ended = true;
        let numbers: Vec<u64> = inner.streams.keys().copied().collect();
        for number in numbers {
            inner.end(number);
        }
    }

    /// How many streams are open.
    pub fn streams(&self) -> usize {
        self.lock().streams.len()
    }

    /// Notes where the person of a device is. The caller has checked that the device may see it.
    pub fn stand(&self, device: &StoredDevice, place: Place) {
        let mut inner = self.lock();
        inner.leave(device.id, place.response);
        let Some(response) = place.response else { return };
        let person = Person { name: device.name.clone(), at: place.at, typing: place.typing };
        let people = inner.places.entry(response).or_default();
        let moved = people.get(&device.id).is_none_or(|standing| standing.person != person);
        people.insert(device.id, Standing { person, seen: Instant::now() });
        if moved {
            inner.tell_people(response, device.id);
        }
    }

    fn close(&self, number: u64) {
        let mut inner = self.lock();
        let Some(stream) = inner.end(number) else { return };
        if !inner.streams.values().any(|other| other.device == stream) {
            inner.leave(stream, None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Ends a stream; its device, when there was such a stream.
    fn end(&mut self, number: u64) -> Option<DeviceId> {
        let stream = self.streams.remove(&number)?;
        for survey in &stream.surveys {
            if let Some(numbers) = self.by_survey.get_mut(survey) {
                numbers.remove(&number);
            }
        }
        if let Some(numbers) = stream.response.and_then(|response| self.by_response.get_mut(&response)) {
            numbers.remove(&number);
        }
        self.by_survey.retain(|_, numbers| !numbers.is_empty());
        self.by_response.retain(|_, numbers| !numbers.is_empty());
        stream.tell.send_modify(|told| told.ended = true);
        Some(stream.device)
    }

    /// Takes the person of a device away from every response but `stays`.
    fn leave(&mut self, device: DeviceId, stays: Option<ResponseId>) {
        let mut left = Vec::new();
        for (response, people) in &mut self.places {
            if Some(*response) != stays && people.remove(&device).is_some() {
                left.push(*response);
            }
        }
        self.places.retain(|_, people| !people.is_empty());
        left.into_iter().for_each(|response| self.tell_people(response, device));
    }

    fn tell_people(&self, response: ResponseId, by: DeviceId) {
        let beside: Vec<DeviceId> =
            self.places.get(&response).into_iter().flat_map(|people| people.keys().copied()).collect();
        let hears = |stream: &&Stream| {
            stream.device != by && (stream.response == Some(response) || beside.contains(&stream.device))
        };
        for stream in self.streams.values().filter(hears) {
            stream.tell.send_modify(|told| told.people += 1);
        }
    }
}

impl Ear {
    /// Who else is at work on the responses of this device's people.
    pub fn people(&self) -> Vec<Presence> {
        let mut inner = self.live.lock();
        let now = Instant::now();
        for people in inner.places.values_mut() {
            people.retain(|_, standing| now.duration_since(standing.seen) < GONE);
        }
        let own = inner.streams.get(&self.number).and_then(|stream| stream.response);
        let mut all = Vec::new();
        for (response, people) in &inner.places {
            if Some(*response) == own || people.contains_key(&self.device) {
                let others = people.iter().filter(|(device, _)| **device != self.device);
                let people = others.map(|(_, standing)| standing.person.clone()).collect();
                all.push(Presence { response: *response, people });
            }
        }
        all.sort_by_key(|presence| presence.response);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURVEY: SurveyId = SurveyId::from_bytes([1; 16]);
    const FORM: ResponseId = ResponseId::from_bytes([2; 16]);
    const OTHER: ResponseId = ResponseId::from_bytes([3; 16]);

    fn device(number: u8, name: &str, response: Option<ResponseId>) -> StoredDevice {
        StoredDevice {
            id: DeviceId::from_bytes([number; 16]),
            role: "company".to_owned(),
            name: name.to_owned(),
            surveys: vec![SURVEY],
            response,
            enrolled: 0,
            last_seen: None,
            revoked: false,
        }
    }

    fn at(response: ResponseId, at: &str) -> Place {
        Place { response: Some(response), at: at.to_owned(), typing: true }
    }

    fn names(ear: &Ear) -> Vec<String> {
        ear.people().into_iter().flat_map(|one| one.people).map(|person| person.name).collect()
    }

    #[test]
    fn news_goes_to_those_who_share_the_response_and_not_back() {
        let live = Live::new(10);
        let [sato, tanaka] = [(4, "佐藤"), (5, "田中")].map(|(id, name)| device(id, name, Some(FORM)));
        let stranger = device(7, "他社", Some(OTHER));
        let tablet = device(8, "T-01", None);
        let ears = [&sato, &tanaka, &stranger, &tablet].map(|one| live.listen(one).unwrap());
        live.tell(&BTreeSet::from([(SURVEY, FORM)]), sato.id);
        assert_eq!(ears.each_ref().map(|ear| ear.told.borrow().news), [0, 1, 0, 1]);
        live.tell_survey(SURVEY);
        assert_eq!(ears.each_ref().map(|ear| ear.told.borrow().news), [1, 2, 1, 2]);
    }

    #[test]
    fn people_are_seen_by_those_beside_them_until_they_go() {
        let live = Live::new(10);
        let [sato, tanaka, stranger] = [(4, "佐藤", FORM), (5, "田中", FORM), (6, "他社", OTHER)]
            .map(|(number, name, response)| device(number, name, Some(response)));
        let ears = [&sato, &tanaka, &stranger].map(|one| live.listen(one).unwrap());
        live.stand(&sato, at(FORM, "costs/equipment"));
        assert_eq!(ears.each_ref().map(|ear| ear.told.borrow().people), [0, 1, 0]);
        assert_eq!(ears.each_ref().map(names), [vec![], vec!["佐藤".to_owned()], vec![]]);
        live.stand(&sato, at(FORM, "costs/equipment"));
        assert_eq!(ears[1].told.borrow().people, 1, "who stays is not told again");
        let [sato_ear, tanaka_ear, _] = ears;
        drop(sato_ear);
        assert_eq!(tanaka_ear.told.borrow().people, 2);
        assert_eq!(names(&tanaka_ear), Vec::<String>::new());
    }

    #[test]
    fn a_revoked_device_hears_nothing_more_and_nobody_hears_too_many() {
        let live = Live::new(2);
        let [sato, tanaka, suzuki] = [4, 5, 6].map(|number| device(number, "誰か", Some(FORM)));
        let ear = live.listen(&sato).unwrap();
        let _other = live.listen(&tanaka).unwrap();
        assert!(live.listen(&suzuki).is_none(), "two are the most");
        live.dismiss(sato.id);
        assert!(ear.told.borrow().ended);
        assert!(live.listen(&suzuki).is_some(), "there is room again");
    }

    #[test]
    fn the_oldest_of_many_streams_of_one_device_ends() {
        let live = Live::new(100);
        let sato = device(4, "佐藤", Some(FORM));
        let ears: Vec<Ear> = (0..=STREAMS_OF_A_DEVICE).map(|_| live.listen(&sato).unwrap()).collect();
        assert!(ears[0].told.borrow().ended && !ears[1].told.borrow().ended);
        assert_eq!(live.streams(), STREAMS_OF_A_DEVICE);
        live.end();
        assert!(ears.iter().all(|ear| ear.told.borrow().ended));
        assert!(live.listen(&sato).is_none(), "the server stops");
    }
}
