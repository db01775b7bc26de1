//! The stream of news and who is where, read from a real connection.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use tsumugi_core::{
    answers::Path,
    device::{HttpRequest, LiveNews, Person},
};

use crate::common::{World, device::Tablet};

const COMPANIES: &str = "名称,層,法人番号\n北製作所,30-99,8700110005901\n南運輸,30-99,5700110005912\n";

/// A connection that an answer never ends on.
struct Stream(TcpStream);

impl Stream {
    fn open(world: &World, request: &HttpRequest) -> Self {
        let mut socket = TcpStream::connect(world.handle().addr()).unwrap();
        let token = request.authorization.as_deref().unwrap();
        let path = &request.path;
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nauthorization: {token}");
        write!(socket, "{head}\r\n\r\n").unwrap();
        Self(socket)
    }

    /// Reads on until what the device understood is `wanted`; false when the stream ended before.
    fn until(&mut self, tablet: &mut Tablet, mut wanted: impl FnMut(&LiveNews) -> bool) -> bool {
        let mut piece = [0; 512];
        loop {
            let length = self.0.read(&mut piece).unwrap();
            if length == 0 {
                return false;
            }
            // Heads of the answer and of its chunks are lines that say nothing to the device.
            if wanted(&tablet.device.on_live(&piece[..length])) {
                return true;
            }
        }
    }
}

fn colleagues(world: &World) -> [Tablet; 3] {
    let survey = world.open("company-telework", "company", &["30-99"]);
    let codes = world.companies(survey, COMPANIES);
    let mut people = [(1, 0, "佐藤"), (2, 0, "鈴木"), (3, 1, "他社")]
        .map(|(seed, company, name)| Tablet::of_company(world, seed, &codes[company], name));
    for person in &mut people {
        person.sync(world);
        let (response, start) = (person.response(), person.start());
        person.device.open_response(response, &start).unwrap();
    }
    people
}

#[test]
fn an_answer_of_one_is_news_for_the_other_and_for_nobody_else() {
    let world = World::start();
    let [mut sato, mut suzuki, mut stranger] = colleagues(&world);
    let mut streams = [&mut suzuki, &mut stranger].map(|one| {
        let request = one.device.live_request().unwrap();
        let mut stream = Stream::open(&world, &request);
        assert!(stream.until(one, |news| news.fetch), "a stream begins with news");
        one.sync(&world);
        stream
    });
    let (response, now) = (sato.response(), sato.now);
    let path = Path::new("profile/company_name");
    sato.device.set_text(response, &path, "北製作所", now, &mut sato.rng).unwrap();
    sato.sync(&world);
    assert!(streams[0].until(&mut suzuki, |news| news.fetch));
    suzuki.sync(&world);
    let screen = serde_json::to_string(&suzuki.device.screen(response, "ja").unwrap()).unwrap();
    assert!(screen.contains("北製作所"));
    // The stranger hears of the end of the survey next, and of nothing before.
    world.local("POST", &format!("/v1/surveys/{}/close", survey_of(&stranger)), b"{}").ok();
    assert!(streams[1].until(&mut stranger, |news| news.fetch));
}

fn survey_of(tablet: &Tablet) -> String {
    tablet.device.enrolment().unwrap().survey.unwrap().to_string()
}

#[test]
fn colleagues_see_where_each_other_is() {
    let world = World::start();
    let [sato, mut suzuki, mut stranger] = colleagues(&world);
    let mut streams = [&mut suzuki, &mut stranger].map(|one| {
        let request = one.device.live_request().unwrap();
        Stream::open(&world, &request)
    });
    let (response, at) = (sato.response(), Path::new("costs/equipment"));
    let place = sato.device.presence_request(Some(response), &at, true).unwrap();
    sato.send(&world, &place).ok();
    let wanted =
        vec![Person { name: "経理 佐藤".to_owned(), at: "costs/equipment".to_owned(), typing: true }];
    let seen =
        |news: &LiveNews| news.people.iter().any(|one| one.response == response && one.people == wanted);
    assert!(streams[0].until(&mut suzuki, seen));

    // Nobody of another company may say that they are here.
    let intruder = stranger.device.presence_request(Some(response), &at, true).unwrap();
    assert_eq!(stranger.send(&world, &intruder).status, 404);

    // A person whose stream ends has gone; one without a stream says so.
    let left = sato.device.presence_request(None, &Path::new(""), false).unwrap();
    sato.send(&world, &left).ok();
    let gone =
        |news: &LiveNews| news.people.iter().any(|one| one.response == response && one.people.is_empty());
    assert!(streams[0].until(&mut suzuki, gone));
}

#[test]
fn a_revoked_device_and_a_server_that_stops_end_the_stream() {
    let mut world = World::start();
    let [mut sato, mut suzuki, _] = colleagues(&world);
    let [first, second] = [&mut sato, &mut suzuki].map(|one| one.device.live_request().unwrap());
    let mut revoked = Stream::open(&world, &first);
    let mut stopped = Stream::open(&world, &second);
    assert!(revoked.until(&mut sato, |news| news.fetch) && stopped.until(&mut suzuki, |news| news.fetch));
    let id = sato.device.enrolment().unwrap().device_id;
    world.local("DELETE", &format!("/v1/devices/{id}"), b"").ok();
    assert!(!revoked.until(&mut sato, |_| false), "the stream of a revoked device ends");
    assert_eq!(sato.send(&world, &first).status, 403);
    world.restart();
    assert!(!stopped.until(&mut suzuki, |_| false), "a server that stops waits for no stream");
}
