//! What a fuzz target needs of payloads of libraries: reading any bytes, and writing.

use super::payload::{read, write};
use super::shebang::{of_library, of_script};
use crate::base::digest::crc64;

/// Reads bytes as the payload of FUNCTION RESTORE, as they are and with the end that they should
/// have, and gives the sources of the libraries in them. What was read is written again, and that
/// reads as the same.
///
/// # Panics
/// If it does not.
pub fn sources_of(data: &[u8]) -> Vec<Vec<u8>> {
    let as_it_is = read(data).unwrap_or_default();
    let mut whole = data.to_vec();
    whole.extend_from_slice(&11_u16.to_le_bytes());
    whole.extend_from_slice(&crc64(&whole).to_le_bytes());
    let mut sources = read(&whole).unwrap_or_default();
    sources.extend(as_it_is);
    for compress in [false, true] {
        assert_eq!(read(&payload_of(&sources, compress)).as_ref(), Ok(&sources));
    }
    for source in &sources {
        // Whatever they declare.
        let _ = (of_library(source), of_script(source));
    }
    sources
}

/// The payload of some sources.
pub fn payload_of(sources: &[Vec<u8>], compress: bool) -> Vec<u8> {
    write(sources.iter().map(Vec::as_slice), compress)
}
