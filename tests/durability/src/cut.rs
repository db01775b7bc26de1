//! Power cuts: a recorded run is replayed to any moment, and each disk that a cut could leave
//! then is written out and opened.

use std::path::Path;

use tsumugi_tests::Chance;

use crate::{
    disk::{Disk, LOSSES, Loss, write_image},
    report::Report,
    season::scratch,
    trace::Event,
};

/// A recorded run.
pub struct Recorded {
    /// The disk before it.
    pub before: Disk,
    /// What happened.
    pub events: Vec<Event>,
}

/// A moment of a recorded run: so many of its events have happened.
pub struct Moment<'a> {
    /// All events of the run.
    pub events: &'a [Event],
    /// How many have happened.
    pub happened: usize,
    /// What becomes of what was not synced.
    pub loss: Loss,
    /// The folder that the cut left.
    pub folder: &'a Path,
}

impl Moment<'_> {
    /// What was said on standard output before the cut.
    pub fn said(&self) -> String {
        let before = self.events.get(..self.happened).unwrap_or_default();
        let said = before.iter().filter_map(|event| match event {
            Event::Said(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        String::from_utf8_lossy(&said.collect::<Vec<_>>().concat()).into_owned()
    }
}

/// What an image came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// Acknowledged before the cut.
    pub acknowledged: u64,
    /// There without an acknowledgement.
    pub unsaid: u64,
    /// A sentence for each thing that does not hold.
    pub wrong: Vec<String>,
}

impl Recorded {
    /// So many moments at random.
    pub fn some_moments(&self, moments: u64, chance: &mut Chance) -> Vec<usize> {
        let mut places: Vec<usize> = (0..moments).map(|_| chance.place(self.events.len() + 1)).collect();
        places.sort_unstable();
        places
    }

    /// Every moment.
    pub fn every_moment(&self) -> Vec<usize> {
        (0..=self.events.len()).collect()
    }
}

/// Cuts the run at these moments, in order, and opens what each loss leaves of it.
///
/// # Panics
/// When an image cannot be written.
pub fn replay(
    run: &Recorded,
    moments: Vec<usize>,
    chance: &mut Chance,
    mut open: impl FnMut(&Moment<'_>) -> Opened,
) -> Report {
    let mut report = Report::default();
    let mut disk = run.before.clone();
    let mut happened = 0;
    let mut most = 0;
    for place in moments {
        run.events.iter().take(place).skip(happened).for_each(|event| disk.take(event));
        happened = place;
        for loss in LOSSES {
            let folder = scratch();
            write_image(&disk.after_cut(loss, chance), folder.path()).expect("an image");
            let moment = Moment { events: &run.events, happened, loss, folder: folder.path() };
            let opened = open(&moment);
            most = most.max(opened.acknowledged);
            report.blows += 1;
            report.unsaid += opened.unsaid;
            report.note(&format!("cut after event {place}, writes {loss:?}"), opened.wrong);
        }
    }
    report.acknowledged += most;
    report
}
