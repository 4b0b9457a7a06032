//! Tells raster images by their first bytes, whatever a message calls them (R8, R12).

/// The picture types a browser is given; vector and container formats are never among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RasterType {
    Png,
    Jpeg,
    Gif,
    Webp,
}

impl RasterType {
    /// The media type to serve it as.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// The type that a message's own label names, if it is one of ours.
    pub fn from_mime(mime: &str) -> Option<Self> {
        Some(match mime.to_ascii_lowercase().as_str() {
            "image/png" | "image/x-png" | "image/apng" => Self::Png,
            "image/jpeg" | "image/jpg" | "image/pjpeg" => Self::Jpeg,
            "image/gif" => Self::Gif,
            "image/webp" => Self::Webp,
            _ => return None,
        })
    }
}

/// Bytes that [`sniff`] needs to see; fewer may be answered with `None`.
pub const SNIFF_BYTES: usize = 12;

/// Tells the type by magic bytes; `None` is "not a picture that may be shown".
pub fn sniff(start: &[u8]) -> Option<RasterType> {
    if start.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(RasterType::Png)
    } else if start.starts_with(b"\xff\xd8\xff") {
        Some(RasterType::Jpeg)
    } else if start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a") {
        Some(RasterType::Gif)
    } else if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP") {
        Some(RasterType::Webp)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_bytes_decide() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some(RasterType::Png));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(RasterType::Jpeg));
        assert_eq!(sniff(b"GIF89a\x01\0"), Some(RasterType::Gif));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Some(RasterType::Webp));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WAVEfmt "), None);
        assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg' onload=alert(1)>"), None);
        assert_eq!(sniff(b"<html>"), None);
        assert_eq!(sniff(b"GIF89"), None);
        assert_eq!(sniff(b""), None);
    }
}
