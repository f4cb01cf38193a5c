//! Small things used twice or more. They know no page; colours and sizes come from `style/main.css`.

mod badge;
mod button;
mod card;
mod copy;
mod dialog;
mod entry;
mod field;
mod icon;
mod kbd;
mod markdown;
mod raw_text;
mod select;
mod state;
mod status;
mod table;
mod tabs;
mod time;
mod toast;

pub use badge::{Badge, Tone};
pub use button::{Button, IconButton, Look, TextLink};
pub use card::{Card, Notice};
pub use copy::{CopyButton, copy};
pub use dialog::Dialog;
pub use entry::{Entry, EntryRef, clear, text};
pub use field::{FieldFrame, TextArea, TextField};
pub use icon::Icon;
pub use kbd::Kbd;
pub use markdown::Markdown;
pub use raw_text::raw_text;
pub use select::Select;
pub use state::{EmptyState, ErrorState, Skeleton};
pub use status::{Face, Status, StatusBadge, face};
pub use table::{Cell, HeadCell, Table};
pub use tabs::Tabs;
pub use time::{Clock, Time, absolute, relative, span};
pub use toast::{ToastStack, Toasts};
