//! A proxy on the loopback that counts what passes: all bytes of a connection, both ways, so
//! that heads, frames and greetings of every protocol count alike.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// A way to a server that counts.
pub(crate) struct Wire {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl Wire {
    /// Listens, and passes every connection on to `server` (`host:port`).
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let address = listener.local_addr().expect("its address");
        let wire = Self { address, bytes: Arc::default(), ended: Arc::default() };
        let (server, bytes, ended) = (server.to_owned(), Arc::clone(&wire.bytes), Arc::clone(&wire.ended));
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                // A server that is gone closes the connection, as it would without a proxy.
                let _ = join(client, &server, &bytes);
            }
        });
        wire
    }

    /// Where to connect to, as `host:port`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// As `address`, for clients of HTTP.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes that passed so far, both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The listener looks at the flag when somebody connects.
        let _ = TcpStream::connect(self.address);
    }
}

fn join(client: TcpStream, server: &str, bytes: &Arc<AtomicU64>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    for (from, to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        let bytes = Arc::clone(bytes);
        thread::spawn(move || pass(from, to, &bytes));
    }
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicU64) {
    let mut piece = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        bytes.fetch_add(length as u64, Ordering::Relaxed);
        let Some(read) = piece.get(..length) else { break };
        if to.write_all(read).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
