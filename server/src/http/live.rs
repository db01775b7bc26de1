//! The stream that says that there is news, and where people say what they are at.
//!
//! Server-sent events: one way, over plain HTTP, through any proxy. The data itself comes by
//! the exchange.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use futures_util::stream::{self, Stream};
use tsumugi_core::device::{Place, Presence};

use super::{auth::EnrolledDevice, error::ApiError};
use crate::{
    api::PersonPlace,
    app::{App, AppError, Ear, Told},
};

/// Between two signs of life, which also find people who went without a word.
const BEAT: Duration = Duration::from_secs(15);
/// What happens in so short a time is told at once.
const GATHER: Duration = Duration::from_millis(50);
/// A question's path is no longer.
const MAX_PLACE_BYTES: usize = 1_024;

/// What a stream told last.
struct Listening {
    ear: Ear,
    told: Told,
    people: Vec<Presence>,
    waiting: Vec<Event>,
}

/// `GET /v1/live`: server-sent events. `news` asks for an exchange; `people` holds who else is at
/// work on a response.
#[utoipa::path(get, path = "/v1/live", tag = "collection",
    responses((status = 200, description = "server-sent events `news` and `people`", content_type = "text/event-stream"),
        (status = 503, body = crate::api::Problem)))]
pub(crate) async fn listen(
    State(app): State<App>,
    device: EnrolledDevice,
) -> Result<impl IntoResponse, ApiError> {
    let ear = app.live().listen(&device.0).ok_or_else(ApiError::too_many_streams)?;
    // Proxies that gather an answer before they pass it on would hold the news back.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let fresh = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(([unbuffered, fresh], Sse::new(events(ear))))
}

fn events(ear: Ear) -> impl Stream<Item = Result<Event, Infallible>> {
    let people = ear.people();
    // What came before the stream, or between two streams, is fetched too.
    let news = Event::default().retry(Duration::from_secs(3)).event("news").data("{}");
    let waiting = people.iter().filter_map(people_event).chain([news]).collect();
    stream::unfold(Listening { ear, told: Told::default(), people, waiting }, |mut listening| async {
        loop {
            if let Some(event) = listening.waiting.pop() {
                return Some((Ok(event), listening));
            }
            let alone = tokio::time::timeout(BEAT, listening.ear.told.changed()).await.is_err();
            if !alone {
                tokio::time::sleep(GATHER).await;
            }
            let told = *listening.ear.told.borrow_and_update();
            if told.ended {
                return None;
            }
            listening.tell(told);
            if alone {
                listening.waiting.push(Event::default().comment("still here"));
            }
        }
    })
}

impl Listening {
    fn tell(&mut self, told: Told) {
        if told.news != self.told.news {
            self.waiting.push(Event::default().event("news").data("{}"));
        }
        self.told = told;
        let people = self.ear.people();
        let changed = people.iter().filter(|presence| !self.people.contains(presence));
        self.waiting.extend(changed.filter_map(people_event));
        let is_there = |response| people.iter().any(|presence| presence.response == response);
        let left = self.people.iter().filter(|presence| !is_there(presence.response));
        self.waiting.extend(left.filter_map(|presence| {
            people_event(&Presence { response: presence.response, people: Vec::new() })
        }));
        self.people = people;
    }
}

fn people_event(presence: &Presence) -> Option<Event> {
    Event::default().event("people").json_data(presence).ok()
}

/// `POST /v1/presence`: where the person of this device is. Kept in memory for a minute, told to
/// those who have the same response open, stored and logged nowhere.
#[utoipa::path(post, path = "/v1/presence", tag = "collection", request_body = PersonPlace,
    responses((status = 204, description = "told to those beside"), (status = 404, body = crate::api::Problem)))]
pub(crate) async fn stand(
    State(app): State<App>,
    device: EnrolledDevice,
    Json(PersonPlace { response, at, typing }): Json<PersonPlace>,
) -> Result<StatusCode, ApiError> {
    let place = Place { response, at, typing };
    let device = device.0;
    if place.at.len() > MAX_PLACE_BYTES {
        return Err(ApiError::bad_bytes(format!("a place has at most {MAX_PLACE_BYTES} bytes")));
    }
    if let Some(response) = place.response {
        let (own, surveys) = (device.response, device.surveys.clone());
        let may_see = move |survey: Option<_>| match own {
            Some(own) => own == response,
            None => survey.is_some_and(|survey| surveys.contains(&survey)),
        };
        let found = app.store(move |store| Ok::<_, AppError>(store.assignment(response)?)).await?;
        if !may_see(found.map(|item| item.survey())) {
            return Err(AppError::NotFound { what: "response" }.into());
        }
    }
    app.live().stand(&device, place);
    Ok(StatusCode::NO_CONTENT)
}
