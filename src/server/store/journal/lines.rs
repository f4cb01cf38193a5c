//! Lines of the journal as rows. What happened to an execution at one moment shares a row: half the cost of a line is that
//! of its row and its place in the index. A row's `seq` is that of its first event, so whoever goes on from the same event
//! as somebody else collides with it, however much each of them adds.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        event::{Change, Event},
        payload,
    },
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

/// Where the data of a change begins, and how the change ends when a stub stands for it.
const DATA: [(&str, &str); 5] = [
    (r#","input":"#, r#","input":STUB}}"#),
    (r#","output":"#, r#","output":STUB,"port":""}"#),
    (r#","answer":"#, r#","answer":{"output":STUB,"port":"","by":""}}"#),
    (r#","error":"#, r#","error":{"message":"","retryable":false,"details":STUB}}"#),
    (r#","items":"#, r#","items":[STUB],"body":[],"max_parallel":1,"go_on":false}"#),
];

/// The event of a row of so many bytes that was too much to read, by the first letters of its body: a row that is over
/// the limit holds one. A [stub](payload::stub) stands for its data. None: it tells nothing without.
pub fn beginning(seq: i32, at: DateTime<Utc>, head: &str, bytes: usize) -> Option<Event> {
    let signs = DATA.iter().filter_map(|(sign, rest)| Some((head.find(sign)?, rest)));
    let (end, rest) = signs.min_by_key(|(place, _)| *place)?;
    let change = format!("{}{}", head.get(1..end)?, rest.replace("STUB", &payload::stub(bytes).to_string()));
    Some(Event { seq, at, change: serde_json::from_str(&change).ok()? })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::domain::{
        event::{Answer, Cause, TaskError},
        id::NodeId,
    };

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

    /// The event that the beginning of its row tells.
    fn begun(change: Change) -> Option<Event> {
        let event = Event { seq: 7, at: DateTime::UNIX_EPOCH, change };
        let (text, _) = body(&[event]).expect("writable").expect("a row");
        let head: String = text.chars().take(400).collect();
        beginning(7, DateTime::UNIX_EPOCH, &head, text.len())
    }

    #[test]
    fn the_beginning_of_a_large_row_tells_what_happened_but_not_its_data() {
        let large = || json!({ "text": "x\",\"output\":".repeat(10_000) });
        let node = || NodeId::from("fetch").into();
        let succeeded = Change::AttemptSucceeded { node: node(), attempt: 2, output: large(), port: "true".into() };
        match begun(succeeded).expect("an event").change {
            Change::AttemptSucceeded { node, attempt, output, port } => {
                assert_eq!((node.to_string().as_str(), attempt, port.as_str()), ("fetch", 2, ""));
                assert!(payload::cut(&output).is_some_and(|cut| cut.bytes > 100_000));
            }
            other => panic!("{other:?}"),
        }
        let cause = Cause { trigger: Some("hook".into()), via: "webhook".into(), input: large(), ..Cause::default() };
        match begun(Change::Started { cause }).expect("an event").change {
            Change::Started { cause } => {
                assert_eq!((cause.trigger, cause.via.as_str()), (Some("hook".into()), "webhook"));
                assert!(payload::cut(&cause.input).is_some());
            }
            other => panic!("{other:?}"),
        }
        let error = TaskError { message: "No".into(), field: None, retryable: true, details: large() };
        let failed = Change::AttemptFailed { node: node(), attempt: 1, error, retry_at: None };
        assert!(matches!(
            begun(failed).expect("an event").change,
            Change::AttemptFailed { error, .. } if payload::cut(&error.details).is_some()
        ));
        let answer = Some(Answer { output: large(), port: "approved".into(), by: "ada".into() });
        assert!(matches!(
            begun(Change::WaitEnded { node: node(), answer }).expect("an event").change,
            Change::WaitEnded { answer: Some(answer), .. } if payload::cut(&answer.output).is_some()
        ));
        let looped = Change::LoopStarted {
            node: node(),
            attempt: 1,
            items: vec![large()],
            body: vec!["a".into()],
            max_parallel: 1,
            go_on: true,
        };
        assert!(
            matches!(begun(looped).expect("an event").change, Change::LoopStarted { items, .. } if items.len() == 1)
        );
        let ended = Change::IterationEnded { node: node(), index: 3, output: large(), error: None };
        assert!(matches!(begun(ended).expect("an event").change, Change::IterationEnded { index: 3, .. }));
        assert_eq!(begun(Change::Paused { by: "x".repeat(100_000) }), None);
    }
}
