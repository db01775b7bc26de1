//! Fail the n-th call until none fails, on a tablet.
//!
//! One scene is played again and again: the first write of it fails, then the second, and so on
//! until a whole scene meets no fault. After each fault the person is told, nothing that was
//! acknowledged is missing, and the same deed done again ends well and counts once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    deed::{Deed, Ending, Told},
    hand::Hand,
    life::{PATHS, Plan},
    lived::Lived,
    report::Report,
    season::scratch,
    shim::{Calls, Errno, Fault, Shim, lift, was_met},
    siege::copy_folder,
    tablet::{self, Carrier},
    ward::Ward,
};

/// What is done while a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// A tablet begins in an empty folder.
    Begin,
    /// A tablet is closed, which folds its log into the file, and opened again.
    Reopen,
    /// A company's answer is typed.
    Save,
    /// An anonymous entry is sealed.
    Seal,
    /// What waits is sent and acknowledged.
    Sync,
}

/// What a person does after the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Tries again in the app.
    Again,
    /// The app is killed and opened again.
    Killed,
}

/// How calls fail.
#[derive(Debug, Clone, Copy)]
struct Way {
    errno: Errno,
    calls: Calls,
    forever: bool,
    after: After,
}

const WAYS: [Way; 5] = [
    Way { errno: Errno::Io, calls: Calls::All, forever: false, after: After::Again },
    Way { errno: Errno::Io, calls: Calls::All, forever: false, after: After::Killed },
    Way { errno: Errno::Io, calls: Calls::All, forever: true, after: After::Again },
    Way { errno: Errno::NoSpace, calls: Calls::Writes, forever: false, after: After::Again },
    Way { errno: Errno::NoSpace, calls: Calls::Writes, forever: true, after: After::Again },
];

/// What the app says when the disk is full.
const FULL: &str = "no space is left on the device";

/// A ward with a tablet on which something waits, killed so that its log must be recovered.
pub struct Stage {
    ward: Ward,
    folder: TempDir,
    plan: Plan,
    told: Told,
    shim: Shim,
    program: PathBuf,
}

impl Stage {
    /// Sets the stage; `program` is the binary `durability`.
    ///
    /// # Panics
    /// When the ward does not do what its own stories prove.
    pub fn set(program: &Path) -> Self {
        let ward = Ward::with(1, 8);
        let folder = scratch();
        ward.tablet_on(folder.path());
        let plan = ward.plan();
        fs::write(folder.path().join("plan.json"), plan.encode()).expect("the plan");
        let mut hand = Hand::on(program, folder.path(), Vec::new());
        hand.ask(&Deed::Open);
        for number in 0..3 {
            hand.ask(&typed(&plan, number));
            hand.ask(&Deed::Seal { card: number });
        }
        let told = hand.kill();
        assert_eq!(told.done(), 7, "{told:?}");
        Self { ward, folder, plan, told, shim: Shim::compile(), program: program.to_owned() }
    }

    /// Plays a scene until none of its calls fails, in every way that calls fail.
    pub fn play(&self, scene: Scene) -> Report {
        let mut report = Report::default();
        for way in WAYS {
            let mut at = 1;
            while self.one(scene, at, way, &mut report) {
                at += 1;
            }
        }
        report
    }

    /// Everything that was ever sent, counted: the three entries once each.
    ///
    /// # Panics
    /// When the survey does not close.
    pub fn count(&self) -> (u64, u64) {
        let counted = self.ward.world.office.close(self.ward.anonymous.id).expect("the survey closes");
        (counted.rows, counted.conflicts)
    }

    /// One fault; false when the scene did not meet it.
    fn one(&self, scene: Scene, at: u32, way: Way, report: &mut Report) -> bool {
        let (folder, outside) = (scratch(), scratch());
        if scene == Scene::Begin {
            fs::write(folder.path().join("plan.json"), self.plan.encode()).expect("the plan");
        } else {
            copy_folder(self.folder.path(), folder.path());
        }
        let order = outside.path().join("fault");
        let environment = self.shim.environment(folder.path(), None, Some(&order));
        let mut hand = Hand::on(&self.program, folder.path(), environment);
        let mut wrong = Vec::new();
        if scene != Scene::Begin && hand.ask(&Deed::Open) != Ending::Done {
            wrong.push("the tablet did not open before the fault".to_owned());
        }
        let Way { errno, calls, forever, after } = way;
        Fault { at, errno, forever, calls }.order(&order).expect("the order");
        let deed = self.deed_of(scene);
        wrong.extend(not_well_told(&hand.ask(&deed), errno));
        lift(&order).expect("the end of the fault");
        if after == After::Again {
            // After an error the deed is done again, which must not do it twice.
            match hand.ask(&deed) {
                Ending::Done => {}
                Ending::Failed(words) if scene == Scene::Seal && words.contains("Used") => {}
                other => wrong.push(format!("again: {other:?}")),
            }
        }
        let told = hand.kill();
        wrong.extend(self.look(scene, folder.path(), &told));
        report.blows += 1;
        report.acknowledged += told.done() as u64;
        report.note(&format!("{scene:?}, call {at} fails, {way:?}"), wrong);
        was_met(&order)
    }

    fn deed_of(&self, scene: Scene) -> Deed {
        match scene {
            Scene::Begin | Scene::Reopen => Deed::Open,
            Scene::Save => typed(&self.plan, 7),
            Scene::Seal => Deed::Seal { card: 5 },
            Scene::Sync => Deed::Sync,
        }
    }

    /// What is there after the fault, and after everything was sent.
    fn look(&self, scene: Scene, folder: &Path, told: &Told) -> Vec<String> {
        let mut lived = Lived::default();
        if scene != Scene::Begin {
            lived.hear(&self.told);
        }
        lived.hear(told);
        let tablet = match tablet::open(folder) {
            Ok(tablet) => tablet,
            Err(error) => return vec![format!("the tablet does not open: {error}")],
        };
        let compared = lived.compare(&tablet, &self.plan);
        let mut wrong = compared.unwrap_or_else(|error| vec![format!("it cannot be read: {error}")]);
        if scene == Scene::Sync {
            if let Err(error) = Carrier::to(&self.plan.url).sync(&tablet) {
                wrong.push(format!("it does not sync: {error}"));
            }
            let compared = lived.compare(&tablet, &self.plan);
            wrong.extend(compared.unwrap_or_else(|error| vec![format!("it cannot be read: {error}")]));
        }
        wrong
    }
}

/// What is wrong with what the app was told, if anything.
fn not_well_told(ending: &Ending, errno: Errno) -> Option<String> {
    match ending {
        Ending::Done => None,
        Ending::Cut => Some("the process ended instead of telling".to_owned()),
        Ending::Failed(words) if words.contains("fault was caught") => Some(format!("a panic: {words}")),
        Ending::Failed(words) if errno == Errno::NoSpace && words != FULL => {
            Some(format!("a full disk is told as: {words}"))
        }
        Ending::Failed(_) => None,
    }
}

fn typed(plan: &Plan, number: usize) -> Deed {
    Deed::Answer {
        response: plan.responses.first().cloned().unwrap_or_default(),
        path: PATHS.get(number % PATHS.len()).copied().unwrap_or_default().to_owned(),
        text: (1_000 + number).to_string(),
    }
}
