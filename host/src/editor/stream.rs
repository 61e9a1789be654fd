//! The way to an editor over two streams: messages with their lengths before them.
//!
//! Invariant: nothing is kept room for that did not come, and nothing that came is in an error.

use std::io::{self, BufRead, Read as _, Write};
use std::thread::JoinHandle;

use anyhow::{Result, bail};
use lsp_server::{Connection, Message};

/// Largest message, in bytes: a document of 64 MiB, four times the largest that is read as a tree, and a quarter of that for the
/// escapes and names of JSON around it.
const MAX_MESSAGE: usize = (64 << 20) + (16 << 20);
/// Longest line of a header, in bytes; they hold a name and a number.
const MAX_HEADER: u64 = 1 << 10;

/// The threads that read and write.
pub(crate) struct Threads {
    reader: JoinHandle<Result<()>>,
    writer: JoinHandle<io::Result<()>>,
}

/// A connection over standard input and output.
pub(crate) fn standard() -> (Connection, Threads) {
    let (ours, theirs) = Connection::memory();
    let Connection { sender, receiver } = ours;
    let reader = std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(message) = read(&mut input)? {
            let is_last = matches!(&message, Message::Notification(said) if said.method == "exit");
            // Where the server ended, nobody waits for more.
            if sender.send(message).is_err() || is_last {
                break;
            }
        }
        Ok(())
    });
    let writer = std::thread::spawn(move || {
        let mut output = io::stdout().lock();
        receiver.into_iter().try_for_each(|message| write(&mut output, &message))
    });
    (theirs, Threads { reader, writer })
}

impl Threads {
    /// Waits until all is read and written.
    ///
    /// # Errors
    /// What came is no message, or a stream broke.
    pub(crate) fn join(self) -> Result<()> {
        let Ok(read) = self.reader.join() else { bail!("reading from the editor failed") };
        read?;
        match self.writer.join() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => bail!("the connection with the editor broke ({})", error.kind()),
            Err(_) => bail!("writing to the editor failed"),
        }
    }
}

/// The next message; `None` at the end of the stream.
fn read(input: &mut impl BufRead) -> Result<Option<Message>> {
    let Some(length) = length(input)? else { return Ok(None) };
    let mut text = Vec::new();
    let taken = input.by_ref().take(length as u64).read_to_end(&mut text);
    match taken {
        Ok(taken) if taken == length => {}
        Ok(_) => bail!("the connection with the editor broke in the middle of a message"),
        Err(error) => bail!("the connection with the editor broke ({})", error.kind()),
    }
    match serde_json::from_slice(&text) {
        Ok(message) => Ok(Some(message)),
        // What could not be read may hold whatever is in a document: it is not repeated.
        Err(error) => bail!(
            "the connection with the editor broke: what came is no message of the protocol (JSON, line {}, column {})",
            error.line(),
            error.column()
        ),
    }
}

/// The length of the message behind a header.
fn length(input: &mut impl BufRead) -> Result<Option<usize>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if let Err(error) = input.by_ref().take(MAX_HEADER).read_until(b'\n', &mut line) {
            bail!("the connection with the editor broke ({})", error.kind());
        }
        if line.is_empty() {
            return Ok(None);
        }
        let Some(line) = line.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok()) else {
            bail!("the connection with the editor broke: what came is no line of a header");
        };
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("Content-Length")
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    match length {
        Some(length) if length <= MAX_MESSAGE as u64 => Ok(usize::try_from(length).ok()),
        Some(length) => bail!(
            "the editor announced a message of {length} bytes; those of more than {} MiB are not read",
            MAX_MESSAGE >> 20
        ),
        None => bail!("the editor sent a message without its length (`Content-Length`)"),
    }
}

fn write(output: &mut impl Write, message: &Message) -> io::Result<()> {
    message.write(output)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn heard(text: &str) -> Result<Option<Message>> {
        read(&mut text.as_bytes())
    }

    #[test]
    fn a_message_is_read_by_its_length() {
        let said = r#"{"jsonrpc":"2.0","method":"exit"}"#;
        let text = format!("content-length:{}\r\nContent-Type: x\r\n\r\n{said}rest", said.len());
        assert!(matches!(heard(&text).unwrap(), Some(Message::Notification(said)) if said.method == "exit"));
        assert!(heard("").unwrap().is_none());
    }

    #[test]
    fn what_is_too_long_or_none_is_told_and_not_repeated() {
        for (text, why) in [
            ("Content-Length: 99999999999999\r\n\r\n", "99999999999999 bytes"),
            ("Content-Length: 83886081\r\n\r\n", "more than 80 MiB"),
            ("Content-Length: 83886080\r\n\r\n{", "in the middle"),
            ("Content-Length: 99999999999999999999999999\r\n\r\n", "without its length"),
            ("Content-Length: 8\r\n\r\n{\"secret", "no message"),
            ("Content-Length: 8\n\n{\"secret", "no line"),
            ("X: y\r\n\r\n", "without its length"),
            (&"x".repeat(5_000), "no line"),
        ] {
            let said = heard(text).unwrap_err().to_string();
            assert!(said.contains(why) && !said.contains("secret"), "{said}");
        }
    }
}
