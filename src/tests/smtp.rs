//! A mail server that keeps what it takes. It refuses as real ones do: by the recipient's name and by a wrong password.

use std::net::SocketAddr;

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// What arrived: the envelope and the message as it was on the wire, without the doubled dots.
#[derive(Debug, Default, PartialEq)]
pub struct Mail {
    pub login: Option<String>,
    pub from: String,
    pub to: Vec<String>,
    pub data: String,
}

pub struct Sink {
    pub address: SocketAddr,
    pub mails: mpsc::UnboundedReceiver<Mail>,
}

/// The login that the sink knows.
pub const USER: &str = "ada";
pub const PASSWORD: &str = "correct horse battery";

impl Sink {
    /// `greeting` is what it says first: `220 …` to go on, `421 …` when it is too busy.
    pub async fn start(greeting: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mails) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, greeting, sender.clone()));
            }
        });
        Self { address, mails }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }
}

async fn talk(stream: TcpStream, greeting: &str, sender: mpsc::UnboundedSender<Mail>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail::default();
    let mut reply = greeting.to_owned();
    loop {
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        reply = match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned(),
            "AUTH" => log_in(line.rsplit(' ').next().unwrap_or_default(), &mut mail),
            "MAIL" => {
                mail.from = address(line);
                "250 2.1.0 Ok".to_owned()
            }
            "RCPT" => recipient(address(line), &mut mail),
            "DATA" => {
                stream.write_all(b"354 Go on\r\n").await?;
                mail.data = data(&mut stream).await?;
                sender.send(std::mem::take(&mut mail)).ok();
                "250 2.0.0 Ok: queued as 42".to_owned()
            }
            "QUIT" => "221 Bye".to_owned(),
            _ => "502 5.5.2 Unknown".to_owned(),
        };
    }
}

fn log_in(token: &str, mail: &mut Mail) -> String {
    let token = BASE64_STANDARD.decode(token).unwrap_or_default();
    if token != format!("\0{USER}\0{PASSWORD}").into_bytes() {
        // Some servers quote what they were given.
        return format!("535 5.7.8 Not accepted: {}", String::from_utf8_lossy(&token).replace('\0', " "));
    }
    mail.login = Some(USER.to_owned());
    "235 2.7.0 Welcome".to_owned()
}

fn recipient(address: String, mail: &mut Mail) -> String {
    match address.split('@').next() {
        Some("nobody") => "550 5.1.1 No such user here".to_owned(),
        Some("full") => "452 4.2.2 Mailbox full".to_owned(),
        _ => {
            mail.to.push(address);
            "250 2.1.5 Ok".to_owned()
        }
    }
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.strip_prefix('.') {
            Some("\r\n") => return Ok(text),
            Some(undotted) => text.push_str(undotted),
            None => text.push_str(&line),
        }
    }
}
