//! What carries a connection's bytes. The loop knows sockets only through this, so that encryption
//! becomes one more variant.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::buffer::spare_capacity;

/// One end of a byte stream that never blocks.
#[derive(Debug)]
pub(crate) enum Transport {
    /// The bytes as they are, over TCP or a unix socket.
    Plain(OwnedFd),
}

impl Transport {
    /// The descriptor to wait for.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Plain(fd) => fd.as_fd(),
        }
    }

    /// Appends what has arrived to `buf`, at most its spare capacity (which is not 0), in one
    /// system call. 0: the peer will send no more.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; else the connection is lost.
    pub(crate) fn read(&self, buf: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(fd) => Ok(rustix::io::read(fd, spare_capacity(buf))?),
        }
    }

    /// Writes what fits now, in one system call.
    ///
    /// # Errors
    /// `WouldBlock` if nothing fits; else the connection is lost.
    pub(crate) fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(fd) => match slices {
                [one] => Ok(rustix::io::write(fd, one)?),
                many => Ok(rustix::io::writev(fd, many)?),
            },
        }
    }

    /// True if the transport itself has something to write, whatever the connection has: it is to
    /// be read from (which drives it) once it is writable.
    pub(crate) fn wants_write(&self) -> bool {
        match self {
            Self::Plain(_) => false,
        }
    }

    /// True if it holds bytes that a read would give though the descriptor is not readable.
    pub(crate) fn holds_input(&self) -> bool {
        match self {
            Self::Plain(_) => false,
        }
    }
}
