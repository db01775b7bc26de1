//! Other ways to synchronize, as servers and clients of their own on the loopback: each does in
//! the same run what our server does, and its bytes pass the same counting proxy.
//!
//! `cargo xtask bench` installs them below `peer/sync` and `target/peers`. Without one of them
//! the benches say so and measure without it.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;

use crate::{engine::target, process::Family, wire::Wire};

/// Longest time until everything that a server took is in its files.
const LONGEST: Duration = Duration::from_secs(120);

/// A peer that is installed.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// As many as it takes in some seconds: what is compared is the cost of one.
    pub(crate) documents: usize,
    server: Vec<OsString>,
    client: Vec<OsString>,
    /// It answers before it has written: what counts is when the files are there.
    answers_early: bool,
    people: bool,
}

/// What a server did in one phase.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) seconds: f64,
    /// Seconds of the server's processor.
    pub(crate) processor: f64,
    pub(crate) bytes: f64,
    /// Requests and replies, or messages both ways.
    pub(crate) messages: f64,
}

/// Documents that were pushed, and asked about again when nothing was new.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pushed {
    pub(crate) push: Spent,
    pub(crate) nothing_new: Spent,
    /// The most memory of the server, in MiB.
    pub(crate) memory: f64,
}

/// A line of a client.
#[derive(Debug, Deserialize)]
struct Phase {
    phase: String,
    #[serde(default)]
    messages: f64,
}

/// The first line of a server.
#[derive(Debug, Deserialize)]
struct Listening {
    port: u16,
}

impl Peer {
    /// Those that are installed; a line on standard error for each that is not.
    pub(crate) fn installed() -> Vec<Self> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peer/sync");
        let samod = target().join("peers/release/tsumugi-bench-samod");
        let node = |script: &str| vec!["node".into(), scripts.join(script).into_os_string()];
        let of = |name, documents, server, client| Self {
            name,
            documents,
            server,
            client,
            answers_early: name != "pouchdb",
            people: name != "pouchdb",
        };
        let words = |word: &str| vec![samod.clone().into_os_string(), word.into()];
        [
            (
                of("automerge-repo", 1_000, node("automerge_server.mjs"), node("automerge_client.mjs")),
                scripts.join("node_modules/@automerge/automerge-repo"),
            ),
            (of("samod", 1_000, words("serve"), words("client")), samod.clone()),
            (
                of("pouchdb", 10_000, node("pouch_server.mjs"), node("pouch_client.mjs")),
                scripts.join("node_modules/pouchdb-server"),
            ),
        ]
        .into_iter()
        .filter(|(peer, needed)| {
            let there = needed.exists();
            if !there {
                eprintln!("  {} is not installed; it is measured without that peer", peer.name);
            }
            there
        })
        .map(|(peer, _)| peer)
        .collect()
    }

    /// New documents, each with `bytes` of a record or with an integer when there are none.
    pub(crate) fn push(&self, bytes: usize) -> Option<Pushed> {
        self.told(self.try_push(bytes))
    }

    /// Four people, fifty answers each; `None` also when the peer has no merged documents.
    pub(crate) fn people(&self) -> Option<Spent> {
        self.people.then(|| self.told(self.try_people())).flatten()
    }

    fn told<T>(&self, result: Result<T, String>) -> Option<T> {
        result.inspect_err(|why| eprintln!("  {}: {why}; it is measured without that peer", self.name)).ok()
    }

    fn try_push(&self, bytes: usize) -> Result<Pushed, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let server = Server::start(&self.server, &folder.path().join("server"))?;
        let wire = Wire::to(&server.address);
        let words = ["items".to_owned(), self.documents.to_string(), bytes.to_string()];
        let mut client = Client::start(&self.client, &wire, &folder.path().join("clients"), &words)?;
        client.reads("ready")?;
        let meter = Meter::begin(&server, &wire);
        client.goes_on();
        let phase = client.reads("pushed")?;
        if self.answers_early {
            await_files(&server.folder, self.documents)?;
        }
        let push = meter.end(&phase);
        client.goes_on();
        client.reads("left")?;
        server.family().processor_at_rest();
        let meter = Meter::begin(&server, &wire);
        client.goes_on();
        let phase = client.reads("nothing-new")?;
        let nothing_new = meter.end(&phase);
        client.goes_on();
        Ok(Pushed { push, nothing_new, memory: server.family().peak_mebibytes() })
    }

    fn try_people(&self) -> Result<Spent, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let server = Server::start(&self.server, &folder.path().join("server"))?;
        let wire = Wire::to(&server.address);
        let mut client =
            Client::start(&self.client, &wire, &folder.path().join("clients"), &["people".to_owned()])?;
        client.reads("ready")?;
        let meter = Meter::begin(&server, &wire);
        client.goes_on();
        let phase = client.reads("converged")?;
        let spent = meter.end(&phase);
        client.goes_on();
        Ok(spent)
    }
}

/// Counters at the beginning of a phase.
pub(crate) struct Meter<'a> {
    family: Family,
    wire: &'a Wire,
    began: Instant,
    processor: f64,
    bytes: u64,
}

impl<'a> Meter<'a> {
    /// Begins on a server that is not ours.
    fn begin(server: &Server, wire: &'a Wire) -> Self {
        Self::of(server.family(), wire)
    }

    /// Begins on any server.
    pub(crate) fn of(family: Family, wire: &'a Wire) -> Self {
        let (processor, bytes) = (family.processor(), wire.bytes());
        Self { family, wire, began: Instant::now(), processor, bytes }
    }

    fn end(self, phase: &Phase) -> Spent {
        self.after(phase.messages)
    }

    /// What was spent; the processor's time once the server is at rest.
    pub(crate) fn after(self, messages: f64) -> Spent {
        let seconds = self.began.elapsed().as_secs_f64();
        let bytes = (self.wire.bytes() - self.bytes) as f64;
        let processor = self.family.processor_at_rest() - self.processor;
        Spent { seconds, processor, bytes, messages }
    }
}

/// A server that is not ours.
struct Server {
    process: Child,
    address: String,
    folder: PathBuf,
    /// It ends when its input is closed, and fails when it prints into a closed output.
    _pipes: (Option<ChildStdin>, Option<BufReader<ChildStdout>>),
}

impl Server {
    fn start(words: &[OsString], folder: &Path) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let mut process = spawn(command(words).arg(folder))?;
        let (input, mut output) = (process.stdin.take(), process.stdout.take().map(BufReader::new));
        let told: Option<Listening> =
            output.as_mut().and_then(line).and_then(|line| serde_json::from_str(&line).ok());
        let mut server =
            Self { process, address: String::new(), folder: folder.to_owned(), _pipes: (input, output) };
        let Listening { port } = told.ok_or("its server did not start")?;
        server.address = format!("127.0.0.1:{port}");
        Ok(server)
    }

    fn family(&self) -> Family {
        Family(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

struct Client {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Client {
    fn start(words: &[OsString], wire: &Wire, folder: &Path, scenario: &[String]) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let mut process = spawn(command(words).arg(wire.address()).arg(folder).args(scenario))?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (input, output) = input.zip(output).ok_or("its client has no pipes")?;
        Ok(Self { process, input, output: BufReader::new(output) })
    }

    /// Waits for the end of a phase.
    fn reads(&mut self, expected: &str) -> Result<Phase, String> {
        let line = line(&mut self.output).ok_or_else(|| format!("its client ended before `{expected}`"))?;
        let phase: Phase = serde_json::from_str(&line).map_err(|error| format!("{error} in {line}"))?;
        if phase.phase == expected {
            Ok(phase)
        } else {
            Err(format!("`{}` is not `{expected}`", phase.phase))
        }
    }

    fn goes_on(&mut self) {
        // A client that has ended is noticed when its next line is read.
        let _ = self.input.write_all(b"\n");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

fn command(words: &[OsString]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().map_or_else(OsString::new, Clone::clone));
    command.args(words);
    command
}

fn spawn(command: &mut Command) -> Result<Child, String> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it could not be started: {error}"))
}

fn line(output: &mut BufReader<ChildStdout>) -> Option<String> {
    let mut line = String::new();
    let length = output.read_line(&mut line).ok()?;
    (length > 0).then_some(line)
}

/// Waits until the files of so many documents are below `folder`: both peers that answer early
/// keep a document as `ab/cdef…/KIND/HASH`.
fn await_files(folder: &Path, documents: usize) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let written =
            below(folder).flat_map(|half| below(&half)).filter(|document| has_file(document)).count();
        if written >= documents {
            return Ok(());
        }
        if began.elapsed() > LONGEST {
            return Err(format!("{written} of {documents} documents were written"));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn has_file(document: &Path) -> bool {
    let mut files = below(document).flat_map(|kind| below(&kind));
    files.any(|file| file.metadata().is_ok_and(|data| data.is_file() && data.len() > 0))
}

fn below(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}
