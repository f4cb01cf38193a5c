//! Keys of 32 bytes, and the file that holds the instance's.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

use crate::server::{Error, Result};

/// Zeroed when dropped; printing one prints no byte of it.
pub struct Key(SecretBox<[u8; 32]>);

impl Key {
    pub fn random() -> Result<Self> {
        let mut key = Self(SecretBox::new(Box::new([0; 32])));
        let bytes = secrecy::ExposeSecretMut::expose_secret_mut(&mut key.0);
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, bytes).map_err(Error::internal)?;
        Ok(key)
    }

    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        let mut key = Self(SecretBox::new(Box::new([0; 32])));
        let target = secrecy::ExposeSecretMut::expose_secret_mut(&mut key.0);
        if bytes.len() != target.len() {
            return Err(Error::internal("a key has 32 bytes"));
        }
        target.copy_from_slice(bytes);
        Ok(key)
    }

    pub fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

/// Reads 64 hexadecimal digits.
pub fn read(file: &Path) -> Result<Key> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|error| Error::internal(format!("The key file {shown} cannot be read: {error}.")))?;
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), bytes.as_mut_slice()).map_err(|_| {
        Error::internal(format!("The key file {shown} is damaged: it must hold 64 hexadecimal digits. Restore it."))
    })?;
    Key::from_slice(bytes.as_slice())
}

/// Reads the file, which only its owner may read; makes it where there is none.
pub fn read_or_make(file: &Path) -> Result<Key> {
    if !file.exists() {
        make(file)
            .map_err(|error| Error::internal(format!("The key file {} cannot be made: {error}.", file.display())))?;
    }
    refuse_readable_by_others(file)?;
    read(file)
}

/// Writes a new key beside the place and links it there: the file is complete from its first moment, and of two
/// processes that start at once the first one's key stands.
fn make(file: &Path) -> std::io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let key = Key::random().map_err(std::io::Error::other)?;
    let text = Zeroizing::new(hex::encode(key.bytes()));
    let draft = file.with_extension(format!("key.{}", std::process::id()));
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::File::open(directory)?.sync_all(),
    }
}

fn refuse_readable_by_others(file: &Path) -> Result<()> {
    let mode = fs::metadata(file).map_err(Error::internal)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = file.display();
    Err(Error::internal(format!("Others can read the key file {shown}. Run: chmod 600 {shown}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("flowpilot-key-{}", uuid::Uuid::new_v4()))
    }

    #[test]
    fn the_key_is_made_once_and_is_its_owners_alone() {
        let file = directory().join("secret.key");
        let made = read_or_make(&file).unwrap();
        assert_eq!(made.bytes(), read_or_make(&file).unwrap().bytes());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let beside = fs::read_dir(file.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "no draft stays behind");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let file = directory().join("secret.key");
        read_or_make(&file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read_or_make(&file).err().unwrap().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_damaged_key_file_is_named_and_never_replaced() {
        let file = directory().join("secret.key");
        read_or_make(&file).unwrap();
        fs::write(&file, "abc").unwrap();
        assert!(read_or_make(&file).err().unwrap().to_string().contains("64 hexadecimal digits"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "abc");
    }
}
