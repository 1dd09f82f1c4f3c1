//! Which processors a thread runs on.

use rustix::thread::{CpuSet, sched_setaffinity};

/// A number at the start of `text`, and what follows.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Reads a list such as `0,2-5,8-20:2`: numbers, ranges, and ranges with a step.
fn parse(list: &str) -> Option<Vec<usize>> {
    let mut processors = Vec::new();
    for part in list.split(',') {
        let (first, rest) = number(part)?;
        let (mut last, mut step) = (first, 1);
        if let Some(rest) = rest.strip_prefix('-') {
            let rest = {
                let (end, rest) = number(rest)?;
                last = end;
                rest
            };
            if let Some(rest) = rest.strip_prefix(':') {
                let (by, rest) = number(rest)?;
                step = by;
                if !rest.is_empty() {
                    return None;
                }
            } else if !rest.is_empty() {
                return None;
            }
        } else if !rest.is_empty() {
            return None;
        }
        if first > last || step == 0 || last >= CpuSet::MAX_CPU {
            return None;
        }
        processors.extend((first..=last).step_by(step));
    }
    Some(processors)
}

/// Binds the calling thread, and the threads that it will start, to the processors of `list`.
///
/// # Errors
/// The list is malformed, or the system refuses it; the thread runs on as before.
pub fn bind(list: &str) -> Result<(), String> {
    let processors = parse(list).ok_or_else(|| format!("malformed list of processors '{list}'"))?;
    let mut set = CpuSet::new();
    processors.into_iter().for_each(|processor| set.set(processor));
    sched_setaffinity(None, &set).map_err(|error| crate::runtime::log::os_text(&error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_numbers_ranges_and_steps() {
        assert_eq!(parse("0"), Some(vec![0]));
        assert_eq!(parse("0,2-4"), Some(vec![0, 2, 3, 4]));
        assert_eq!(parse("0-6:3,9"), Some(vec![0, 3, 6, 9]));
        for wrong in ["", "a", "1,", "3-1", "0-4:0", "1-", "0-4:2x", "1x", "99999999"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_thread_runs_where_it_was_bound() {
        let bound = std::thread::spawn(|| {
            let before = rustix::thread::sched_getaffinity(None).unwrap();
            let one = (0..CpuSet::MAX_CPU).find(|cpu| before.is_set(*cpu)).unwrap();
            bind(&one.to_string()).unwrap();
            let after = rustix::thread::sched_getaffinity(None).unwrap();
            (after.count(), after.is_set(one))
        });
        assert_eq!(bound.join().unwrap(), (1, true));
    }
}
