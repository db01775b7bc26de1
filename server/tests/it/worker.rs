//! Changes are examined in processes of their own: one that dies takes nothing with it.

use std::{os::unix::fs::PermissionsExt as _, path::PathBuf};

use tsumugi_core::{
    id::ResponseId,
    sync::{Refusal, ShortId, Standing},
};
use tsumugi_fuzzing::change::RawOp;
use tsumugi_server::config::{Admission, Config};

use crate::common::{
    World,
    device::Tablet,
    sender::{Sender, first},
};

const RESPONSE: ResponseId = ResponseId::from_bytes([0x22; 16]);

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_tsumugi"))
}

fn world(change: impl FnOnce(&mut Config)) -> (World, Sender) {
    let world = World::with(|config| {
        config.admission = Some(Admission::Process);
        config.worker_program = Some(program());
        change(config);
    });
    let survey = world.open("company-telework", "company", &["30-99"]);
    let sender = Sender::enrolled(&world, survey, RESPONSE);
    (world, sender)
}

#[test]
fn a_worker_admits_what_a_thread_admits() {
    let (world, _) = world(|_| ());
    let survey = world.open("company-telework", "company", &["30-99"]);
    let mut tablet = Tablet::enrolled(&world, 1, &[survey]);
    tablet.sync(&world);
    let response = tablet.device.new_response(survey, "Kita", &mut tablet.rng).unwrap();
    assert_eq!(tablet.sync(&world).last(), Some(&("/v1/sync".to_owned(), 200)));
    assert_eq!(world.handle().app().blocking_store().changes(response).unwrap().len(), 1);
    let states = world.handle().app().blocking_store().responses(survey).unwrap();
    assert_eq!(
        states.iter().map(|(id, state)| (*id, state.state.as_str())).collect::<Vec<_>>(),
        [(response, "draft")]
    );
    let status = tablet.device.status();
    assert_eq!((status.waiting_changes, status.refused_changes), (0, 0));
}

/// A program that is a worker only until it is given its first job.
fn dying(world: &World, last_words: &str) -> PathBuf {
    let script = world.folder.path().join("dying");
    let text = format!(
        "#!/bin/sh\nprintf '\\020\\000\\000\\000tsumugi worker 1'\n/usr/bin/head -c 1 > /dev/null\n{last_words}\n"
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[test]
fn a_response_that_kills_its_worker_twice_is_kept_aside_and_the_others_go_on() {
    let (mut world, sender) = world(|_| ());
    assert_eq!(sender.verdicts(&world, vec![first(1, "a").chunk()]), [None]);
    let killer = first(2, "b").chunk();
    world.config.worker_program = Some(dying(&world, "kill -ABRT $$"));
    world.restart();
    assert_eq!(sender.verdicts(&world, vec![killer.clone()]), [Some(Refusal::Unsound)]);
    assert_eq!(world.held(), [0, 1]);
    let store = world.handle().app().blocking_store();
    assert_eq!(store.changes(RESPONSE).unwrap(), [first(1, "a").chunk()], "what was admitted stays");
    // It is not tried again, and other changes are taken by workers that live.
    world.config.worker_program = Some(program());
    world.restart();
    assert_eq!(sender.verdicts(&world, vec![killer, first(3, "c").chunk()]), [Some(Refusal::Unsound), None]);
}

#[test]
fn a_worker_that_stands_still_is_ended() {
    let (mut world, sender) = world(|_| ());
    world.config.worker_program = Some(dying(&world, "exec /bin/sleep 1000000"));
    world.config.worker_seconds = 0;
    world.restart();
    assert_eq!(sender.verdicts(&world, vec![first(1, "a").chunk()]), [Some(Refusal::Unsound)]);
    assert_eq!(world.send("GET", "/healthz", &[], b"").status, 200);
}

#[test]
fn a_worker_without_memory_dies_alone() {
    // Enough to start and for a small response.
    let (mut world, sender) = world(|_| ());
    let small = first(1, "a").chunk();
    assert_eq!(sender.verdicts(&world, vec![small.clone()]), [None]);
    // Three mebibytes of text in a few kilobytes: within the limits of a response.
    let large = |actor: u64| {
        let mut draft = first(actor, "a");
        draft.ops = (0..15).map(|at| RawOp::text(&format!("{actor}/{at}"), &"x".repeat(64 * 1024))).collect();
        tsumugi_fuzzing::change::frame(tsumugi_fuzzing::change::Kind::Deflated, &draft.body().write())
    };
    let bare = address_space_of_an_idle_worker();
    world.config.worker_mebibytes = bare + 12;
    world.restart();
    assert_eq!(sender.verdicts(&world, vec![first(9, "b").chunk()]), [None], "a small one is examined");
    assert_eq!(sender.verdicts(&world, vec![large(2), large(3), large(4)]), [Some(Refusal::Unsound); 3]);
    assert_eq!(sender.verdicts(&world, vec![first(5, "c").chunk()]), [None], "the next one is examined");
    world.config.worker_mebibytes = 512;
    world.restart();
    let id = ShortId::from(sender.item(large(2)).id());
    let standing = world.handle().app().blocking_store().standing(&[id]).unwrap();
    assert_eq!(standing, [Standing::Refused(Refusal::Unsound)], "kept, and not tried for ever");
}

/// In MiB, as the operating system counts it.
fn address_space_of_an_idle_worker() -> u64 {
    use std::process::{Command, Stdio};
    let mut child = Command::new(program())
        .args(["worker", "--mebibytes", "4096", "--seconds", "10"])
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut hello = [0; 20];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut hello).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(child.stdin.take());
    child.wait().unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1_024
}

#[test]
fn a_program_that_is_no_worker_is_no_fault_of_a_response() {
    let (mut world, sender) = world(|_| ());
    world.config.worker_program = Some(PathBuf::from("/bin/true"));
    world.restart();
    let change = first(1, "a").chunk();
    let failed = sender.push(&world, vec![change.clone()]);
    assert_eq!((failed.status, failed.code().as_str()), (500, "internal"));
    assert_eq!(world.held(), [1, 0], "it waits");
    world.config.worker_program = Some(program());
    world.restart();
    assert_eq!(sender.verdicts(&world, vec![change]), [None]);
    assert_eq!(world.held(), [0, 0]);
}

/// Prints what a worker costs: one change a request, to a response that grows to 40 of them.
#[test]
#[ignore = "a measurement: cargo test --release -p tsumugi-server --test it cost_of_a_worker -- --ignored --nocapture"]
fn the_cost_of_a_worker() {
    for place in [Admission::Thread, Admission::Process] {
        let (world, sender) = world(|config| config.admission = Some(place));
        let mut times = Vec::new();
        for round in 0..20_u8 {
            let response = ResponseId::from_bytes([round + 1; 16]);
            let sender = sender.to(response);
            for number in 0..40 {
                let chunk = first(number, &format!("section/question_{number}")).chunk();
                let begun = std::time::Instant::now();
                assert_eq!(sender.verdicts(&world, vec![chunk]), [None]);
                times.push(begun.elapsed());
            }
            assert_eq!(world.handle().app().blocking_store().changes(response).unwrap().len(), 40);
        }
        times.sort_unstable();
        let mean = times.iter().sum::<std::time::Duration>() / u32::try_from(times.len()).unwrap();
        eprintln!("{place:?}: median {:?}, mean {mean:?} a request", times[times.len() / 2]);
    }
}
