//! The extensions of one execution environment: who has registered, what each waits for, whether all are done.
//!
//! Plain data behind one lock, taken for a few instructions at a time and never across an await. The HTTP side is
//! `extensions_api`. <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

/// The most that an environment may have, internal and external together.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html>
const MOST: usize = 10;

/// What an extension gets from `event/next`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) event_type: &'static str,
    pub(super) deadline_ms: u64,
    #[serde(flatten)]
    pub(super) kind: EventKind,
}

/// What the two kinds of events have each.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum EventKind {
    Invoke { request_id: String, invoked_function_arn: String, tracing: Tracing },
    Shutdown { shutdown_reason: &'static str },
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Tracing {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) value: String,
}

/// Why the Extensions API refuses a call: AWS's error type and message, always with status 403.
pub(super) type Refusal = (&'static str, String);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Executables that were started and have not registered yet.
    expected: Vec<String>,
    registered: Vec<Extension>,
    closed: bool,
}

#[derive(Debug)]
struct Extension {
    id: Uuid,
    name: String,
    invoke: bool,
    shutdown: bool,
    /// Whether it has asked for its first event: until then it initialises.
    ready: bool,
    /// Whether it works on an event.
    busy: bool,
    /// Waits in `event/next`.
    waiting: Option<oneshot::Sender<Event>>,
    /// An event that is there before it was asked for.
    offered: Option<Event>,
}

impl Extension {
    fn deliver(&mut self, event: Event) {
        self.busy = true;
        self.offered = match self.waiting.take() {
            None => Some(event),
            // Its connection was lost: it will ask again.
            Some(waiting) => waiting.send(event).err(),
        };
    }
}

impl Extensions {
    /// An executable of the package that is being started.
    pub(super) fn expect(&self, name: &str) {
        self.lock().expected.push(name.to_owned());
    }

    /// An extension registers for events. One that the runtime's own process brought may not ask for `SHUTDOWN`.
    pub(super) fn register(&self, name: &str, events: &[String]) -> Result<Uuid, Refusal> {
        let mut state = self.lock();
        let external = state.expected.iter().position(|expected| expected == name);
        if external.is_none() {
            if state.closed {
                return Err(("Extension.RegistrationClosed", "Extension registration closed already".into()));
            }
            if state.registered.iter().any(|extension| extension.name == name) {
                let message = "Extension with this name already registered";
                return Err(("Extension.InvalidExtensionState", message.into()));
            }
            if state.registered.len() + state.expected.len() >= MOST {
                return Err(("Extension.TooManyExtensions", format!("Extension limit ({MOST}) reached")));
            }
        }
        for event in events {
            let why = match &**event {
                "INVOKE" => continue,
                "SHUTDOWN" if external.is_some() => continue,
                "SHUTDOWN" => "ShutdownEventNotSupportedForInternalExtension",
                _ => "ErrorInvalidEventType",
            };
            return Err(("Extension.InvalidEventType", format!("{event}: {why}")));
        }
        if let Some(index) = external {
            state.expected.swap_remove(index);
        }
        let asks = |event: &str| events.iter().any(|asked| asked == event);
        let (id, invoke, shutdown) = (Uuid::new_v4(), asks("INVOKE"), asks("SHUTDOWN"));
        let name = name.to_owned();
        let (ready, busy, waiting, offered) = (false, false, None, None);
        state.registered.push(Extension { id, name, invoke, shutdown, ready, busy, waiting, offered });
        drop(state);
        self.changed.send_replace(());
        Ok(id)
    }

    /// An extension asks for its next event, which means that it is done with the one before.
    pub(super) fn next(&self, id: Uuid) -> Result<oneshot::Receiver<Event>, Refusal> {
        let (give, given) = oneshot::channel();
        let mut state = self.lock();
        let extension = find(&mut state, id)?;
        extension.ready = true;
        match extension.offered.take() {
            Some(event) => extension.offered = give.send(event).err(),
            None => {
                extension.busy = false;
                extension.waiting = Some(give);
            }
        }
        drop(state);
        self.changed.send_replace(());
        Ok(given)
    }

    /// The name of an extension that is registered.
    pub(super) fn name(&self, id: Uuid) -> Result<String, Refusal> {
        Ok(find(&mut self.lock(), id)?.name.clone())
    }

    /// No more extensions may register: the environment is initialised.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }

    /// Hands an invocation to all that asked for invocations.
    pub(super) fn invoke(&self, event: impl FnOnce() -> Event) {
        let mut state = self.lock();
        if state.registered.is_empty() {
            return;
        }
        let event = event();
        state.registered.iter_mut().filter(|it| it.invoke).for_each(|it| it.deliver(event.clone()));
    }

    /// Hands the end to all that asked for it.
    pub(super) fn shutdown(&self, event: &Event) {
        self.lock().registered.iter_mut().filter(|it| it.shutdown).for_each(|it| it.deliver(event.clone()));
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        let state = self.lock();
        !state.registered.is_empty() || !state.expected.is_empty()
    }

    /// Whether all are done with the last event.
    pub(super) fn are_idle(&self) -> bool {
        self.lock().registered.iter().all(|extension| !extension.busy)
    }

    /// Waits until every executable that was started has registered. It may wait for ever: bound it.
    pub(super) async fn registered(&self) {
        self.until(|state| state.expected.is_empty()).await;
    }

    /// Waits until all have asked for their first event.
    pub(super) async fn ready(&self) {
        self.until(|state| state.registered.iter().all(|extension| extension.ready)).await;
    }

    /// Waits until all are done with the last event.
    pub(super) async fn idle(&self) {
        self.until(|state| state.registered.iter().all(|extension| !extension.busy)).await;
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        let mut changed = self.changed.subscribe();
        while !holds(&self.lock()) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(state: &mut State, id: Uuid) -> Result<&mut Extension, Refusal> {
    let unknown = || ("Extension.UnknownExtensionIdentifier", format!("Unknown extension {id}"));
    state.registered.iter_mut().find(|extension| extension.id == id).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event { event_type: "SHUTDOWN", deadline_ms: 1, kind: EventKind::Shutdown { shutdown_reason: "spindown" } }
    }

    #[test]
    fn only_an_executable_of_the_package_may_ask_for_the_shutdown() {
        let extensions = Extensions::default();
        extensions.expect("outside");
        let both = ["INVOKE".to_owned(), "SHUTDOWN".to_owned()];
        assert!(extensions.register("outside", &both).is_ok());
        assert_eq!(extensions.register("inside", &both).unwrap_err().0, "Extension.InvalidEventType");
        assert!(extensions.register("inside", &both[..1]).is_ok());
        assert_eq!(extensions.register("inside", &[]).unwrap_err().0, "Extension.InvalidExtensionState");
        extensions.close();
        assert_eq!(extensions.register("late", &[]).unwrap_err().0, "Extension.RegistrationClosed");
    }

    #[test]
    fn there_are_ten_at_most() {
        let extensions = Extensions::default();
        (0..MOST).for_each(|n| assert!(extensions.register(&n.to_string(), &[]).is_ok()));
        assert_eq!(extensions.register("one more", &[]).unwrap_err().0, "Extension.TooManyExtensions");
    }

    #[tokio::test]
    async fn an_event_that_comes_before_it_was_asked_for_is_kept() {
        let extensions = Extensions::default();
        extensions.expect("one");
        let id = extensions.register("one", &["SHUTDOWN".to_owned()]).unwrap();
        extensions.shutdown(&event());
        assert!(!extensions.are_idle());
        assert_eq!(extensions.next(id).unwrap().await.unwrap().event_type, "SHUTDOWN");
        let _waiting = extensions.next(id).unwrap();
        assert!(extensions.are_idle());
        assert_eq!(extensions.next(Uuid::nil()).unwrap_err().0, "Extension.UnknownExtensionIdentifier");
    }

    #[test]
    fn events_read_as_awss() {
        assert_eq!(
            serde_json::to_string(&event()).unwrap(),
            r#"{"eventType":"SHUTDOWN","deadlineMs":1,"shutdownReason":"spindown"}"#
        );
        let tracing = Tracing { kind: "X-Amzn-Trace-Id", value: "Root=1".into() };
        let kind =
            EventKind::Invoke { request_id: Uuid::nil().to_string(), invoked_function_arn: "arn".into(), tracing };
        assert_eq!(
            serde_json::to_string(&Event { event_type: "INVOKE", deadline_ms: 2, kind }).unwrap(),
            "{\"eventType\":\"INVOKE\",\"deadlineMs\":2,\"requestId\":\"00000000-0000-0000-0000-000000000000\",\
             \"invokedFunctionArn\":\"arn\",\"tracing\":{\"type\":\"X-Amzn-Trace-Id\",\"value\":\"Root=1\"}}"
        );
    }
}
