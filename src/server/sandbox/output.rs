//! What a task prints: the begin and the end are kept, the middle is not, and reading never stops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{domain::event::Log, server::pulse::Pulse};

/// Kept of the begin, and of the end.
const HALF: usize = 512 * 1024;

/// Standard output and error so far. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Output {
    pub stdout: Stream,
    pub stderr: Stream,
    /// Told of everything that is printed.
    pub pulse: Option<Pulse>,
}

impl Output {
    pub fn is_empty(&self) -> bool {
        self.stdout.is_empty() && self.stderr.is_empty()
    }

    /// Bytes so far, also of what is not kept.
    pub fn printed(&self) -> usize {
        self.stdout.printed() + self.stderr.printed()
    }

    /// For the journal, through a mask.
    pub fn log(&self, mask: impl Fn(&str) -> String) -> Log {
        // Masked as a whole: a cut would leave a part of a secret that nobody finds.
        let text = |stream: &Stream| shortened(mask(&stream.text()));
        Log { stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }

    pub fn telling(pulse: Pulse) -> Self {
        Self { pulse: Some(pulse), ..Self::default() }
    }
}

#[derive(Clone, Default)]
pub struct Stream(Arc<Mutex<Kept>>);

struct Kept {
    /// Bytes of the begin, and of the end.
    half: usize,
    begin: Vec<u8>,
    end: Vec<u8>,
    left_out: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self::of(HALF)
    }
}

impl Stream {
    pub fn push(&self, bytes: &[u8]) {
        let mut kept = self.lock();
        let room = kept.half.saturating_sub(kept.begin.len()).min(bytes.len());
        kept.begin.extend(&bytes[..room]);
        kept.end.extend(&bytes[room..]);
        // Cut now and then only, so that a flood costs little.
        if kept.end.len() > 2 * kept.half {
            kept.cut();
        }
    }

    pub fn text(&self) -> String {
        let mut kept = self.lock();
        kept.cut();
        let begin = String::from_utf8_lossy(&kept.begin).into_owned();
        let end = String::from_utf8_lossy(&kept.end);
        match kept.left_out {
            0 => String::from_utf8_lossy(&[kept.begin.as_slice(), &kept.end].concat()).into_owned(),
            left_out => format!("{begin}\n… {left_out} bytes left out …\n{end}"),
        }
    }

    fn printed(&self) -> usize {
        let kept = self.lock();
        kept.begin.len() + kept.end.len() + kept.left_out
    }

    pub fn forget(&self) {
        *self.lock() = Kept::default();
    }

    pub fn is_empty(&self) -> bool {
        let kept = self.lock();
        kept.begin.is_empty() && kept.end.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn of(half: usize) -> Self {
        Self { half, begin: Vec::new(), end: Vec::new(), left_out: 0 }
    }

    fn cut(&mut self) {
        let excess = self.end.len().saturating_sub(self.half);
        self.end.drain(..excess);
        self.left_out += excess;
    }
}

/// Bytes of a stream that the journal keeps.
const LOGGED: usize = 64 * 1024;

fn shortened(text: String) -> String {
    if text.len() <= LOGGED {
        return text.replace('\0', "\u{fffd}");
    }
    let stream = Stream(Arc::new(Mutex::new(Kept::of(LOGGED / 2))));
    stream.push(text.as_bytes());
    stream.text().replace('\0', "\u{fffd}")
}

/// Reads until nobody can write any more.
pub async fn drain(mut from: impl AsyncRead + Unpin, to: &Stream, pulse: Option<&Pulse>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        to.push(&buffer[..count]);
        pulse.inspect(|pulse| pulse.beat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_begin_and_the_end_of_a_flood_are_kept() {
        let stream = Stream::default();
        stream.push(b"first\n");
        (0..50).for_each(|_| stream.push(&[b'x'; 100_000]));
        stream.push(b"\nlast");
        let text = stream.text();
        assert!(text.starts_with("first\n") && text.ends_with("\nlast"), "{}", text.len());
        assert!(text.contains("bytes left out") && text.len() < 2 * HALF + 100, "{}", text.len());
        assert_eq!(stream.printed(), 5_000_011);
        let small = Stream::default();
        small.push("ä".as_bytes());
        assert_eq!(small.text(), "ä");
    }

    #[test]
    fn a_secret_where_the_log_is_cut_is_masked_before_the_cut() {
        let output = Output::default();
        output.stdout.push(&[b'x'; LOGGED / 2 - 3]);
        output.stdout.push(b"canary");
        output.stdout.push(&[b'y'; LOGGED]);
        let log = output.log(|text| text.replace("canary", "••••••"));
        assert!(!log.stdout.contains("can") && log.stdout.contains("bytes left out"), "{}", log.stdout.len());
    }
}
