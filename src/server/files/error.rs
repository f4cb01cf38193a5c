//! Why a file was not read or written, in words for people. No path of the server is in them.

use std::io;

use crate::domain::payload::readable;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("“{path}” {why}.")]
    Path { path: String, why: String },
    #[error("There is no file “{0}”.")]
    Missing(String),
    #[error("There is a file “{0}” already.")]
    Exists(String),
    #[error("“{0}” is a folder.")]
    Folder(String),
    #[error("“{0}” is not a regular file, or lies behind a link. FlowPilot does not open it.")]
    Irregular(String),
    #[error("“{path}” is larger than {}, which is the limit.", size(.most))]
    TooLarge { path: String, most: u64 },
    #[error("The workspace's files take {} of {}. Delete some first.", size(.used), size(.quota))]
    Full { used: u64, quota: u64 },
    #[error("The workspace has {0} files and folders, which is the limit. Delete some first.")]
    TooMany(usize),
    #[error("“{path}” cannot be used: {why}.")]
    Refused { path: String, why: String },
    /// Of the server: another attempt may help.
    #[error("The server's file system failed: {0}.")]
    Broken(String),
}

fn size(bytes: &u64) -> String {
    readable(usize::try_from(*bytes).unwrap_or(usize::MAX))
}

impl FileError {
    pub fn of(path: &str, error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let path = path.to_owned();
        match error.kind() {
            Kind::NotFound => Self::Missing(path),
            Kind::AlreadyExists => Self::Exists(path),
            Kind::IsADirectory => Self::Folder(path),
            Kind::DirectoryNotEmpty => Self::Refused { path, why: "the folder is not empty".to_owned() },
            Kind::NotADirectory => Self::Refused { path, why: "a part of it is a file, not a folder".to_owned() },
            Kind::StorageFull | Kind::QuotaExceeded | Kind::ReadOnlyFilesystem => {
                Self::Broken(error.kind().to_string())
            }
            // What the kernel says of paths that lead out, of links in a circle, of devices.
            _ => Self::Irregular(path),
        }
    }

    /// The workspace's folder itself cannot be used.
    pub fn of_folder(error: io::Error) -> Self {
        tracing::error!(%error, "the folder of a workspace's files cannot be used");
        Self::Broken(error.kind().to_string())
    }

    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}
