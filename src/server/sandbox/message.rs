//! What server and child say to each other over the child's descriptor 0: frames of a JSON head and raw bytes.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The most that a frame may hold: a PDF of 25 MiB and what stands around it.
pub const MAX_FRAME: usize = 32 * 1024 * 1024;
/// The most that a task may hand on from inside.
pub const MAX_RESULT: usize = 1024 * 1024;

/// How firmly a child is shut in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Namespaces of its own for users, processes, mounts, network and the rest, and all that `Restricted` has.
    Strict,
    /// Landlock, seccomp and limits; a user of its own where the server is root.
    Restricted,
}

impl Tier {
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Restricted => "restricted",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Strict, Self::Restricted].into_iter().find(|tier| tier.name() == name)
    }
}

/// What a child is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Starts a program of the machine.
    Command,
    /// Evaluates JavaScript itself.
    JavaScript,
    /// Runs a WebAssembly module itself.
    Plugin,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::JavaScript => "javascript",
            Self::Plugin => "plugin",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Command, Self::JavaScript, Self::Plugin].into_iter().find(|profile| profile.name() == name)
    }
}

/// From the server. The bytes of `Run` are what the task reads: standard input, or a module and its input.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    Run(Job),
    /// Asks the task to end; five seconds later it is ended.
    Terminate,
    /// What came of a `Report::Asked`; the bytes are the answer.
    Answered,
}

/// One task, for one child.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    /// A program and its arguments; of JavaScript and plug-ins none.
    pub command: Vec<String>,
    pub env: Vec<(String, String)>,
    /// Files in the box: names and contents.
    pub files: Vec<(String, String)>,
    /// JavaScript.
    pub code: String,
    /// Of a plug-in: where in the bytes its module ends and its input begins.
    pub module_bytes: usize,
    /// Address space, heap or linear memory.
    pub memory_bytes: u64,
    pub cpu_secs: u64,
    /// Instructions of a plug-in.
    pub fuel: u64,
    /// Whether a way to the server's proxy is opened.
    pub network: bool,
    /// Whether the program hands its result on by the descriptor whose number is its last argument.
    pub has_result: bool,
}

/// From the child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Report {
    /// Shut in; waits for its task.
    Ready,
    /// Could not shut itself in, and ends.
    Refused { message: String },
    /// Comes with a descriptor: the listener that stands for the network inside.
    Listening,
    /// The program could not be started.
    NotStarted { message: String },
    /// The task is over; the bytes are its result.
    Ended(End),
    /// A plug-in asks the server for something; the bytes say what.
    Asked,
}

/// How a task ended inside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct End {
    pub exit_code: Option<i32>,
    /// The signal that ended the program.
    pub signal: Option<i32>,
    /// All processes together held more memory than they may.
    pub out_of_memory: bool,
    /// Its result was larger than it may be.
    pub too_large: bool,
    /// Why JavaScript or a plug-in failed.
    pub error: Option<String>,
}

/// A frame, ready to be sent.
pub fn frame(head: &impl Serialize, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(head)?;
    let mut whole = Vec::with_capacity(8 + head.len() + bytes.len());
    whole.extend((head.len() as u32).to_le_bytes());
    whole.extend((bytes.len() as u32).to_le_bytes());
    whole.extend(head);
    whole.extend(bytes);
    Ok(whole)
}

/// How long the two parts of a frame are that begins with these bytes; refused where they are longer than any is.
pub fn lengths(begin: [u8; 8]) -> io::Result<(usize, usize)> {
    let number = |at: usize| u32::from_le_bytes([begin[at], begin[at + 1], begin[at + 2], begin[at + 3]]) as usize;
    let (head, bytes) = (number(0), number(4));
    if head > MAX_FRAME || bytes > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is larger than any is"));
    }
    Ok((head, bytes))
}

pub fn send(to: &mut impl Write, head: &impl Serialize, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&frame(head, bytes)?)
}

pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<(T, Vec<u8>)> {
    let mut begin = [0; 8];
    from.read_exact(&mut begin)?;
    let (head, bytes) = lengths(begin)?;
    let mut whole = vec![0; head + bytes];
    from.read_exact(&mut whole)?;
    let bytes = whole.split_off(head);
    Ok((serde_json::from_slice(&whole)?, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_arrives_and_what_is_absurd_does_not() {
        let mut wire = Vec::new();
        send(&mut wire, &Report::Ended(End { exit_code: Some(3), ..End::default() }), b"\0\xff").unwrap();
        let (report, bytes) = receive::<Report>(&mut wire.as_slice()).unwrap();
        assert!(matches!(report, Report::Ended(End { exit_code: Some(3), .. })), "{report:?}");
        assert_eq!(bytes, b"\0\xff");
        assert!(receive::<Report>(&mut [0xff; 64].as_slice()).is_err());
    }
}
