//! Connection strings: `name=value` pairs between semicolons, of which one is the secret and the others say of what.

use super::super::shape::{self, Shape};
use super::{Reading, Refusal, Token, shown};

/// How far the other fields of a connection string stand, in bytes.
const REACH: usize = 600;

/// The value of `name=` in the connection string around the token.
fn setting<'b>(token: &Token<'b>, names: &[&str]) -> Option<&'b str> {
    let line = |bytes: &'b [u8], last: bool| {
        let mut parts = bytes.split(|b| matches!(b, b'\n' | b'"' | b'\''));
        if last { parts.next_back() } else { parts.next() }
    };
    let before = line(token.before(REACH), true).unwrap_or_default();
    let after = line(token.after(REACH), false).unwrap_or_default();
    [before, after].into_iter().find_map(|side| {
        side.split(|b| *b == b';').find_map(|part| {
            // Before the first pair may stand the name of the whole: `CONNECTION=Server=…`.
            let mut rest = std::str::from_utf8(part).ok()?.trim();
            while let Some((key, value)) = rest.split_once('=') {
                if names.iter().any(|name| is_key(key, name)) && !value.is_empty() {
                    return Some(value);
                }
                rest = value;
            }
            None
        })
    })
}

/// Whether a key is that name. Before the first key of a string stands whatever names the string.
fn is_key(key: &str, name: &str) -> bool {
    let Some(at) = key.trim_end().len().checked_sub(name.len()) else { return false };
    let ends = key.trim_end().get(at..).is_some_and(|end| end.eq_ignore_ascii_case(name));
    let before = key.get(..at).and_then(|rest| rest.chars().next_back());
    ends && !before.is_some_and(char::is_alphanumeric)
}

/// `AccountName=…;AccountKey=…`, or a Cosmos DB account by its `AccountEndpoint`.
pub(super) fn azure_storage(token: &Token<'_>) -> Result<Reading, Refusal> {
    let mut reading = Reading::plain();
    if let Some(name) = setting(token, &["AccountName"]) {
        reading.title = Some(format!("key of Azure storage account {}", shown(name)));
        reading.account = Some(shown(name));
    } else if let Some(endpoint) = setting(token, &["AccountEndpoint"]) {
        let host = host(endpoint);
        reading.variant = Some("cosmos");
        reading.title = Some(format!("key of Azure Cosmos DB account {}", shown(host)));
        reading.account = Some(shown(host));
    }
    Ok(reading)
}

fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

/// `Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…`, or an IoT hub by its `HostName`.
pub(super) fn azure_bus(token: &Token<'_>) -> Result<Reading, Refusal> {
    let mut reading = Reading::plain();
    let policy = setting(token, &["SharedAccessKeyName"]);
    let place = setting(token, &["Endpoint", "HostName"]).map(host);
    let kind = match place {
        Some(host) if host.ends_with(".azure-devices.net") => "IoT Hub",
        _ if setting(token, &["EntityPath"]).is_some() => "Service Bus or Event Hubs entity",
        _ => "Service Bus or Event Hubs namespace",
    };
    if let Some(device) = setting(token, &["DeviceId"]) {
        reading.variant = Some("device");
        reading.title = Some(format!("key of Azure IoT device {}", shown(device)));
    } else if let Some(host) = place {
        reading.title = Some(format!("key of Azure {kind} {}", shown(host)));
    }
    reading.account = place.map(shown);
    if let Some(policy) = policy {
        let lower = policy.to_ascii_lowercase();
        let (variant, rights) = match lower.as_str() {
            "rootmanagesharedaccesskey" => (Some("root"), " (full control of the namespace)"),
            "iothubowner" => (Some("root"), " (full control of the hub)"),
            _ if ["listen", "read"].iter().any(|w| lower.contains(w)) => {
                (Some("listen"), " (listen only, by its name)")
            }
            _ => (None, ""),
        };
        reading.variant = reading.variant.or(variant);
        reading.scope = Some(format!("policy {}{rights}", shown(policy)));
    }
    Ok(reading)
}

/// `Server=…;User ID=…;Password=…`: a database login.
pub(super) fn database(token: &Token<'_>) -> Result<Reading, Refusal> {
    let server = setting(token, &["Server", "Data Source", "DataSource", "Host", "Addr", "Address"]);
    let Some(server) = server.map(|s| s.trim_start_matches("tcp:")) else { return Err(Refusal::NotOne) };
    let password = std::str::from_utf8(token.group("body")).map_err(|_| Refusal::NotOne)?;
    let shape = shape::of_password(password);
    if let Shape::Reference(reason) = shape {
        return Err(Refusal::Proven(reason));
    }
    let user = setting(token, &["User ID", "UserID", "Uid", "User", "Username"]).unwrap_or_default();
    Ok(login(user, server, shape, "database"))
}

/// `jdbc:…://host/db?user=…&password=…`.
pub(super) fn jdbc(token: &Token<'_>) -> Result<Reading, Refusal> {
    let password = std::str::from_utf8(token.group("body")).map_err(|_| Refusal::NotOne)?;
    let shape = shape::of_password(password);
    if let Shape::Reference(reason) = shape {
        return Err(Refusal::Proven(reason));
    }
    let all = String::from_utf8_lossy(token.all());
    let rest = all.split_once("//").map_or("", |(_, rest)| rest);
    let pairs = |c: char| matches!(c, '?' | '&' | ';');
    let user = rest.split(pairs).find_map(|p| p.strip_prefix("user=")).unwrap_or_default();
    Ok(login(user, host(rest), shape, "database"))
}

/// `host:6380,password=…,ssl=True`: a login of StackExchange.Redis, whose pairs stand between commas.
pub(super) fn redis(token: &Token<'_>) -> Result<Reading, Refusal> {
    const HOST: usize = 200;
    // Settings that no other list of pairs has.
    // Source: <https://stackexchange.github.io/StackExchange.Redis/Configuration>.
    const SETTINGS: [&str; 5] =
        ["ssl=", "abortconnect=", "connecttimeout=", "synctimeout=", "defaultdatabase="];
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=' | b'<' | b'>');
    let before = token.before(HOST);
    let start = before.iter().rposition(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'>'));
    let line = std::str::from_utf8(before.get(start.map_or(0, |at| at + 1)..).unwrap_or_default())
        .map_err(|_| Refusal::NotOne)?;
    let after = token.after(HOST);
    let after = after.get(..after.iter().position(|b| ends(b) && *b != b'=').unwrap_or(after.len()));
    let after = String::from_utf8_lossy(after.unwrap_or_default()).to_ascii_lowercase();
    let first = line.split(',').next().unwrap_or_default();
    // Before the host may stand the name of the whole: `REDIS=host:6380`.
    let server = first.rsplit('=').next().unwrap_or_default();
    let has_port = server.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
    });
    let around = line.to_ascii_lowercase() + &after;
    let is_redis = server.contains("redis") || SETTINGS.iter().any(|setting| around.contains(setting));
    if !has_port || !is_redis {
        return Err(Refusal::NotOne);
    }
    let password = std::str::from_utf8(token.group("body")).map_err(|_| Refusal::NotOne)?;
    let shape = shape::of_password(password);
    if let Shape::Reference(reason) = shape {
        return Err(Refusal::Proven(reason));
    }
    Ok(login("", server, shape, "Redis"))
}

fn login(user: &str, server: &str, shape: Shape, kind: &str) -> Reading {
    let mut reading = Reading::plain();
    let name = server.split([',', ':', '\\']).next().unwrap_or(server);
    let local = ["localhost", "127.0.0.1", ".", "(local)", "(localdb)"].contains(&name);
    reading.variant = match shape {
        _ if local => Some("local"),
        Shape::Weak => Some("weak"),
        _ => None,
    };
    let who = if user.is_empty() { String::new() } else { format!(" of {}", shown(user)) };
    if reading.variant.is_none() {
        reading.title = Some(format!("{kind} password{who} at {}", shown(name)));
    }
    let admin = ["root", "postgres", "sa", "admin", "administrator"].contains(&user);
    reading.scope = (admin && !local).then(|| format!("`{}` is an administrator by name", shown(user)));
    reading.account = (!user.is_empty()).then(|| shown(user));
    reading
}
