//! Reads and writes values of a Redis or Valkey server. Keys and values are arguments of one command each: none of them can
//! become a command.

mod command;
mod connect;
mod limited;
mod reply;
mod server;

use redis::{Cmd, Value as Reply};
use serde_json::{Value, json};

use self::connect::Open;
use super::{Call, Outcome, RunError};

/// Keys that the server looks through at a time.
const LOOKED_THROUGH: usize = 1_000;

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let action = call.text("do")?;
    let value = match action.as_str() {
        "find" => find(call).await?,
        action => {
            let command = command::of(call, action)?;
            let reply = connect::open(call).await?.ask(&command, "do").await?;
            match (action, reply) {
                // RESP2 has hashes as lists.
                ("hash_get", Reply::Array(pairs)) => reply::object(pairs),
                (_, reply) => reply::value(reply),
            }
        }
    };
    Ok(Outcome::done(json!({ "value": value })))
}

/// Connects, logs in and says hello.
pub async fn probe(call: &Call) -> Result<String, RunError> {
    let mut open = connect::open(call).await?;
    let mut hello = Cmd::new();
    hello.arg("PING");
    open.ask(&hello, "server").await?;
    Ok("The server lets the login in.".to_owned())
}

/// Piece by piece, so that the server serves others in between.
async fn find(call: &Call) -> Result<Value, RunError> {
    let (pattern, count) = (call.text("pattern")?, command::count(call)?);
    let mut open = connect::open(call).await?;
    let (mut cursor, mut keys) = ("0".to_owned(), Vec::new());
    loop {
        let (next, mut found) = scan(&mut open, &cursor, &pattern).await?;
        keys.append(&mut found);
        call.pulse.beat();
        if next == "0" || keys.len() >= count {
            break;
        }
        cursor = next;
    }
    // While the server makes room for more keys, it may tell one twice.
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(count);
    Ok(keys.into())
}

async fn scan(open: &mut Open, cursor: &str, pattern: &str) -> Result<(String, Vec<String>), RunError> {
    let mut command = Cmd::new();
    command.arg("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(LOOKED_THROUGH);
    match open.ask(&command, "pattern").await? {
        Reply::Array(parts) => match <[Reply; 2]>::try_from(parts) {
            Ok([cursor, Reply::Array(keys)]) => Ok((reply::name(cursor), keys.into_iter().map(reply::name).collect())),
            _ => Err(reply::unknown()),
        },
        _ => Err(reply::unknown()),
    }
}
