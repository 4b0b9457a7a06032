//! A header block cut into its fields (RFC 5322 §2.2), bounded.
use super::{MAX_BLOCK, MAX_FIELD, MAX_FIELDS};

/// The fields of one header block, in order, still raw and folded.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    list: Vec<(&'a [u8], &'a [u8])>,
    /// Fields or octets were past a limit and left out.
    pub truncated: bool,
}

impl<'a> Fields<'a> {
    /// Cuts a block; it ends at the first empty line.
    pub fn parse(block: &'a [u8]) -> Self {
        let mut fields = Self { truncated: block.len() > MAX_BLOCK, ..Self::default() };
        let mut rest = block.get(..MAX_BLOCK).unwrap_or(block);
        while !rest.is_empty() {
            let line = line_len(rest);
            if rest.get(..line).is_none_or(|line| line.iter().all(|b| matches!(b, b'\r' | b'\n'))) {
                break;
            }
            let mut end = line;
            while matches!(rest.get(end), Some(b' ' | b'\t')) {
                end += line_len(rest.get(end..).unwrap_or_default());
            }
            let (field, tail) = rest.split_at(end.min(rest.len()));
            rest = tail;
            if fields.list.len() == MAX_FIELDS {
                fields.truncated = true;
                break;
            }
            fields.push(field);
        }
        fields
    }

    fn push(&mut self, field: &'a [u8]) {
        let Some(colon) = field.iter().position(|b| *b == b':') else { return };
        let (name, value) = (field.get(..colon), field.get(colon + 1..));
        let (Some(name), Some(value)) = (name, value) else { return };
        // RFC 5322 §4.5: white space before the colon is obsolete but legal.
        let name = name.trim_ascii_end();
        if name.is_empty() || !name.iter().all(|b| b.is_ascii_graphic()) {
            return;
        }
        self.truncated |= value.len() > MAX_FIELD;
        let value = value.get(..MAX_FIELD).unwrap_or(value);
        self.list.push((name, value.trim_ascii()));
    }

    /// The value of the first field of that name.
    pub fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The values of all fields of that name.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.list
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| *value)
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Octets up to and including the next line end; CRLF, LF, and the lone CR of old Macs.
fn line_len(input: &[u8]) -> usize {
    match input.iter().position(|b| matches!(b, b'\r' | b'\n')) {
        Some(at) if input.get(at..at + 2) == Some(b"\r\n") => at + 2,
        Some(at) => at + 1,
        None => input.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_block() {
        let fields = Fields::parse(b"From x Mon\r\nSubject: a\r\n b\r\nTO : c\r\n\r\nSubject: body\r\n");
        assert_eq!(fields.first("subject"), Some(&b"a\r\n b"[..]));
        assert_eq!(fields.first("To"), Some(&b"c"[..]));
        assert_eq!(fields.all("subject").count(), 1);
        assert_eq!(Fields::parse(b"a: 1\nb: 2\rc: 3").len(), 3);
        assert!(Fields::parse(b"\r\na: 1").is_empty());
    }

    #[test]
    fn r30_limits_of_fields() {
        let block = b"A: b\r\n".repeat(MAX_FIELDS);
        assert!(!Fields::parse(&block).truncated);
        let block = b"A: b\r\n".repeat(MAX_FIELDS + 1);
        let fields = Fields::parse(&block);
        assert!(fields.truncated);
        assert_eq!(fields.len(), MAX_FIELDS);

        let long = |n| [&b"A:"[..], &vec![b'x'; n], b"\r\n"].concat();
        let block = long(MAX_FIELD - 2);
        assert!(!Fields::parse(&block).truncated);
        let block = long(MAX_FIELD + 1);
        let fields = Fields::parse(&block);
        assert!(fields.truncated);
        assert_eq!(fields.first("a").map(<[u8]>::len), Some(MAX_FIELD));
    }
}
