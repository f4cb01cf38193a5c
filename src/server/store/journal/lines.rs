//! Lines of the journal as rows. What happened to an execution at one moment shares a row: half the cost of a line is that
//! of its row and its place in the index. A row's `seq` is that of its first event, so whoever goes on from the same event
//! as somebody else collides with it, however much each of them adds.

use chrono::{DateTime, Utc};

use crate::{
    domain::event::{Change, Event},
    server::Result,
};

/// Bytes of changes in a row, about: more is compressed and moved out of the page, which costs what the row saved.
const FULL: usize = 1_500;

/// The body of the next row and how many of the events are in it; none: there are no events.
pub fn body(events: &[Event]) -> Result<Option<(String, usize)>> {
    let Some(first) = events.first() else { return Ok(None) };
    let (mut body, mut count) = (vec![b'['], 0);
    for event in events.iter().take_while(|event| event.at == first.at) {
        let end = body.len();
        if count > 0 {
            body.push(b',');
        }
        serde_json::to_writer(&mut body, &event.change)?;
        if count > 0 && body.len() > FULL {
            body.truncate(end);
            break;
        }
        count += 1;
    }
    body.push(b']');
    Ok(Some((String::from_utf8(body).map_err(crate::server::Error::internal)?, count)))
}

/// The events of a row.
pub fn events((seq, at, body): (i32, DateTime<Utc>, String)) -> Result<impl Iterator<Item = Event>> {
    let changes: Vec<Change> = serde_json::from_str(&body)?;
    Ok((seq..).zip(changes).map(move |(seq, change)| Event { seq, at, change }))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn paused(seq: i32, by: &str, secs: i64) -> Event {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(secs);
        Event { seq, at, change: Change::Paused { by: by.to_owned() } }
    }

    /// The rows that these events take, by the number of events in each; read again they are the same.
    fn check(written: &[Event], expected: &[usize]) {
        let (mut rest, mut read, mut counts) = (written, Vec::new(), Vec::new());
        while let Some((text, count)) = body(rest).expect("writable") {
            read.extend(events((rest[0].seq, rest[0].at, text)).expect("readable"));
            counts.push(count);
            rest = &rest[count..];
        }
        assert_eq!(counts, expected);
        assert_eq!(read, written);
    }

    #[test]
    fn what_happened_at_one_moment_shares_a_row() {
        check(&[], &[]);
        check(&[paused(1, "a", 0)], &[1]);
        check(&[paused(7, "a", 0), paused(8, "b", 0), paused(9, "c", 5)], &[2, 1]);
    }

    #[test]
    fn a_row_takes_no_more_than_fits_the_page_but_one_event_of_any_size() {
        let long = "x".repeat(600);
        check(&[paused(1, &long, 0), paused(2, &long, 0), paused(3, &long, 0)], &[2, 1]);
        let longer = "x".repeat(5_000);
        check(&[paused(1, "a", 0), paused(2, &longer, 0), paused(3, "b", 0)], &[1, 1, 1]);
    }
}
