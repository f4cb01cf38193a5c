//! A live feed in the browser: opens the server's event stream, comes back when it breaks, rests while the page is
//! hidden, and closes with its owner. Knows nothing of what the events say.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    time::Duration,
};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

/// How a feed stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    #[default]
    Connecting,
    Open,
    /// Broken; the feed comes back by itself and leaves nothing out.
    Lost,
    /// The server said that nothing more comes.
    Ended,
}

/// What a feed is for.
pub struct Listener {
    /// The address to open, asked for each time: it says where to resume.
    pub address: Box<dyn Fn() -> String>,
    /// The stream is open, for the first time or again.
    pub on_open: Box<dyn Fn()>,
    /// What arrived since the last call, in order.
    pub on_news: Box<dyn Fn(Vec<String>)>,
    /// The server could not keep up with this reader: read everything anew.
    pub on_reset: Box<dyn Fn()>,
}

/// Listens until the owner of the effect that calls this is gone. For effects only: there is no feed on the server.
pub fn listen(link: RwSignal<Link>, listener: Listener) {
    let feed = Rc::new(Feed {
        listener,
        link,
        connection: RefCell::default(),
        news: RefCell::default(),
        delivery_is_due: Cell::default(),
        failures: Cell::default(),
    });
    feed.connect();
    let weak = Rc::downgrade(&feed);
    let on_visibility = window_event_listener(leptos::ev::visibilitychange, move |_| {
        if let Some(feed) = weak.upgrade() {
            feed.follow_visibility();
        }
    });
    on_cleanup(move || on_visibility.remove());
    // Everything else holds the feed weakly: with this value it is gone, and its connection with it.
    StoredValue::new_local(feed);
}

/// Events that arrive together are handed on together.
const GATHER: Duration = Duration::from_millis(60);
/// The longest wait before a broken feed is opened again.
const MOST_SECS: u64 = 30;

struct Feed {
    listener: Listener,
    link: RwSignal<Link>,
    connection: RefCell<Option<Connection>>,
    news: RefCell<Vec<String>>,
    delivery_is_due: Cell<bool>,
    /// In a row.
    failures: Cell<u32>,
}

impl Feed {
    fn connect(self: &Rc<Self>) {
        if self.link.try_get_untracked().is_none_or(|link| link == Link::Ended) {
            return;
        }
        match Connection::open(&(self.listener.address)(), &Rc::downgrade(self)) {
            Some(connection) => drop(self.connection.replace(Some(connection))),
            None => self.connect_later(),
        }
    }

    fn connect_later(self: &Rc<Self>) {
        let failures = self.failures.get();
        self.failures.set(failures + 1);
        let wait = Duration::from_secs((1 << failures.min(5)).min(MOST_SECS));
        let weak = Rc::downgrade(self);
        let again = move || {
            if let Some(feed) = weak.upgrade().filter(|feed| feed.connection.borrow().is_none() && !document().hidden())
            {
                feed.connect();
            }
        };
        set_timeout(again, wait);
    }

    fn follow_visibility(self: &Rc<Self>) {
        if document().hidden() {
            self.connection.take();
        } else if self.connection.borrow().is_none() {
            self.connect();
        }
    }

    fn opened(&self) {
        self.failures.set(0);
        self.link.set(Link::Open);
        (self.listener.on_open)();
    }

    fn broke(self: &Rc<Self>) {
        self.link.set(Link::Lost);
        let gave_up = self
            .connection
            .borrow()
            .as_ref()
            .is_some_and(|connection| connection.source.ready_state() == EventSource::CLOSED);
        if gave_up {
            self.connection.take();
            self.connect_later();
        }
    }

    fn arrived(self: &Rc<Self>, text: String) {
        self.news.borrow_mut().push(text);
        if !self.delivery_is_due.replace(true) {
            let weak = Rc::downgrade(self);
            set_timeout(move || weak.upgrade().iter().for_each(|feed| feed.deliver()), GATHER);
        }
    }

    fn deliver(&self) {
        self.delivery_is_due.set(false);
        let news = self.news.take();
        if !news.is_empty() {
            (self.listener.on_news)(news);
        }
    }

    fn ended(&self) {
        self.connection.take();
        self.deliver();
        self.link.set(Link::Ended);
    }
}

/// An open stream and what it calls. Closed when dropped.
struct Connection {
    source: EventSource,
    _on_event: [Closure<dyn Fn(Event)>; 4],
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Connection {
    fn open(address: &str, feed: &Weak<Feed>) -> Option<Self> {
        let source = EventSource::new(address).ok()?;
        let on = |name: &str, act: fn(&Rc<Feed>)| {
            let feed = feed.clone();
            let closure = Closure::<dyn Fn(Event)>::new(move |_| feed.upgrade().iter().for_each(act));
            // Fails for no event name that exists.
            let _ = source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
            closure
        };
        let on_event = [
            on("open", |feed| feed.opened()),
            on("error", Feed::broke),
            on("end", |feed| feed.ended()),
            on("reset", |feed| (feed.listener.on_reset)()),
        ];
        let weak = feed.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let (Some(feed), Some(text)) = (weak.upgrade(), event.data().as_string()) {
                feed.arrived(text);
            }
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { source, _on_event: on_event, _on_message: on_message })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
    }
}
