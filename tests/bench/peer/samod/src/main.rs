//! `tsumugi-bench-samod serve FOLDER`, and `... client ADDRESS FOLDER items COUNT BYTES` or
//! `... client ADDRESS FOLDER people`: samod in the phases that sync/phases.mjs describes.

use std::{
    error::Error,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use automerge::{Automerge, AutomergeError, ROOT, ScalarValue, transaction::Transactable as _};
use samod::{
    BackoffConfig, ConnectionId, DialerHandle, DocHandle, PeerId, Repo, RepoEvent, RepoObserver, ShareConfig,
    storage::TokioFilesystemStorage, tokio_io::TcpDialer,
};
use tokio::{net::TcpListener, time::sleep};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;
type Dialed = DialerHandle<std::convert::Infallible>;

const PEOPLE: usize = 4;
const EDITS: usize = 50;
const QUESTIONS: usize = 200;
const QUIET: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", folder] => serve(folder).await,
        ["client", address, folder, "items", count, bytes] => {
            items(address, folder, count.parse()?, bytes.parse()?).await
        }
        ["client", address, folder, "people", ..] => people(address, folder).await,
        _ => Err("serve FOLDER, or client ADDRESS FOLDER SCENARIO COUNT BYTES".into()),
    }
}

/// Prints {"port"} and serves until its standard input ends.
async fn serve(folder: &str) -> Outcome {
    let repo = Repo::build_tokio()
        .with_storage(TokioFilesystemStorage::new(folder))
        .with_peer_id(PeerId::from("server"))
        // As automerge-repo's sync server: it does not offer documents to those who did not ask.
        .with_share_policy(ShareConfig::read_write().with_announce(false))
        .load()
        .await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!("{}", serde_json::json!({ "port": address.port() }));
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let acceptor = repo.make_acceptor(format!("tcp://{address}").parse()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        acceptor.accept_tokio_io(stream)?;
    }
}

/// Counts the messages of documents, both ways.
#[derive(Clone)]
struct Counter {
    messages: Arc<AtomicU64>,
    last: Arc<Mutex<Instant>>,
}

impl RepoObserver for Counter {
    fn observe(&self, event: &RepoEvent) {
        if matches!(event, RepoEvent::SyncMessageReceived { .. } | RepoEvent::SyncMessageGenerated { .. }) {
            self.messages.fetch_add(1, Ordering::Relaxed);
            self.touch();
        }
    }
}

impl Counter {
    fn new() -> Self {
        Self { messages: Arc::default(), last: Arc::new(Mutex::new(Instant::now())) }
    }

    fn touch(&self) {
        if let Ok(mut last) = self.last.lock() {
            *last = Instant::now();
        }
    }

    fn last(&self) -> Instant {
        self.last.lock().map_or_else(|_| Instant::now(), |last| *last)
    }

    fn begin(&self) -> Instant {
        self.messages.store(0, Ordering::Relaxed);
        self.touch();
        Instant::now()
    }

    fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// Waits until no message has come or gone for a second.
    async fn quiet(&self) {
        while self.last().elapsed() < QUIET {
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Tells the bench that a phase has ended, and waits until it has read what it wants to.
fn told(phase: &str, seconds: f64, messages: u64) -> Outcome {
    println!("{}", serde_json::json!({ "phase": phase, "seconds": seconds, "messages": messages }));
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

async fn open(folder: &str, name: &str, counter: &Counter) -> Repo {
    Repo::build_tokio()
        .with_storage(TokioFilesystemStorage::new(Path::new(folder).join(name)))
        .with_peer_id(PeerId::from(name))
        .with_observer(counter.clone())
        .load()
        .await
}

async fn connect(repo: &Repo, address: &str) -> Outcome<(Dialed, ConnectionId)> {
    let dialer = TcpDialer::new(format!("tcp://{address}").parse()?).map_err(|error| error.to_string())?;
    let dialed = repo.dial(BackoffConfig::default(), Arc::new(dialer))?;
    dialed.established().await.map_err(|_| "the server does not answer")?;
    let connection = dialed.connection_id().ok_or("the connection has ended")?;
    Ok((dialed, connection))
}

fn put(document: &mut Automerge, path: &str, value: impl Into<ScalarValue>) -> Outcome {
    document
        .transact::<_, _, AutomergeError>(|changes| changes.put(ROOT, path, value))
        .map_err(|failure| failure.error)?;
    Ok(())
}

/// Made without a network, sent when there is one, and asked about again.
async fn items(address: &str, folder: &str, count: usize, bytes: usize) -> Outcome {
    let counter = Counter::new();
    let repo = open(folder, "client", &counter).await;
    let mut handles = Vec::new();
    for place in 0..count {
        let mut document = Automerge::new();
        if bytes > 0 {
            put(&mut document, "record", noise(bytes, place))?;
        } else {
            put(&mut document, "costs/training", place as i64)?;
        }
        handles.push(repo.create(document).await?);
    }
    told("ready", 0.0, 0)?;

    let began = counter.begin();
    let (dialed, connection) = connect(&repo, address).await?;
    for handle in &handles {
        handle.they_have_our_changes(connection).await;
    }
    told("pushed", began.elapsed().as_secs_f64(), counter.messages())?;
    counter.quiet().await;
    dialed.close();
    sleep(Duration::from_millis(500)).await;
    told("left", 0.0, 0)?;

    let began = counter.begin();
    connect(&repo, address).await?;
    counter.quiet().await;
    told("nothing-new", (counter.last() - began).as_secs_f64(), counter.messages())
}

/// Four people at one document, fifty answers each without a network, two hundred questions.
async fn people(address: &str, folder: &str) -> Outcome {
    let counter = Counter::new();
    let mut repos = Vec::new();
    let mut dialed = Vec::new();
    for place in 0..PEOPLE {
        let repo = open(folder, &format!("person-{place}"), &counter).await;
        dialed.push(connect(&repo, address).await?.0);
        repos.push(repo);
    }
    let [first, others @ ..] = repos.as_slice() else { return Err("there is nobody".into()) };
    let mut handles = vec![first.create(Automerge::new()).await?];
    counter.quiet().await;
    let document = handles.first().map(|handle| handle.document_id().clone()).ok_or("no document")?;
    for repo in others {
        handles.push(repo.find(document.clone()).await?.ok_or("the server does not have it")?);
    }
    counter.quiet().await;
    dialed.iter().for_each(Dialed::close);
    sleep(Duration::from_millis(500)).await;
    for (place, handle) in handles.iter().enumerate() {
        for edit in 0..EDITS {
            let path = format!("q{}", (place * EDITS + edit + edit % 5) % QUESTIONS);
            let answer = (place * 1_000 + edit + 1) as i64;
            handle.with_document(|document| put(document, &path, answer))?;
        }
    }
    told("ready", 0.0, 0)?;

    let began = counter.begin();
    for repo in &repos {
        connect(repo, address).await?;
    }
    while !converged(&handles) {
        if began.elapsed() > LONGEST {
            return Err("four people do not converge".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    counter.quiet().await;
    told("converged", seconds, counter.messages())
}

/// True when all have the changes of all: each person's last change is a head.
fn converged(handles: &[DocHandle]) -> bool {
    let heads = |handle: &DocHandle| handle.with_document(|document| document.get_heads());
    let mut all = handles.iter().map(heads);
    let first = all.next().unwrap_or_default();
    first.len() == PEOPLE && all.all(|heads| heads == first)
}

/// Bytes that no compression makes smaller, as sealed records are.
fn noise(length: usize, seed: usize) -> Vec<u8> {
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}
