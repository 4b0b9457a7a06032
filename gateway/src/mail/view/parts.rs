//! What a message carries beside its text: files, pictures of the body, signatures.
use crate::account::request::Leaf;
use crate::mail::header::file_name;
use crate::mail::html;
use crate::mail::image::RasterType;
use pyeonji_shared::message::{Part, SafeHtml};
use std::collections::HashSet;

/// Lists the leaves that aren't the body.
pub(super) fn list(leaves: &[Leaf], used: &[usize], shown: Option<&SafeHtml>) -> Vec<Part> {
    let pictures = shown.map(|html| html::content_ids(&html.0)).unwrap_or_default();
    leaves
        .iter()
        .enumerate()
        .filter(|(index, _)| !used.contains(index))
        .filter(|(_, leaf)| !leaf.mime.starts_with("multipart/"))
        .map(|(_, leaf)| part(leaf, &pictures))
        .collect()
}

fn part(leaf: &Leaf, pictures: &HashSet<String>) -> Part {
    let content_id = leaf.content_id.as_deref().map(bare).filter(|id| !id.is_empty());
    let mime = if leaf.mime.is_empty() { "application/octet-stream" } else { &leaf.mime };
    let mut name = file_name(leaf.name.as_deref().unwrap_or_default());
    if name.is_empty() {
        name = invented(leaf, mime);
    }
    Part {
        section: leaf.section.clone(),
        mime: mime.to_owned(),
        name,
        size: leaf.size,
        inline: content_id.as_ref().is_some_and(|id| pictures.contains(id)),
        content_id,
        preview: RasterType::from_mime(mime).is_some() || mime == "text/plain",
    }
}

/// `Content-ID` without its brackets.
fn bare(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').trim().to_owned()
}

/// A name for a part that has none (or none that may be used).
fn invented(leaf: &Leaf, mime: &str) -> String {
    let extension = match mime {
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status"
        | "message/disposition-notification"
        | "text/rfc822-headers"
        | "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" => "vcf",
        "image/jpeg" | "image/jpg" | "image/pjpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/json" => "json",
        "application/ms-tnef" => return "winmail.dat".into(),
        "application/pgp-signature" => return "signature.asc".into(),
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => return "smime.p7s".into(),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => return "smime.p7m".into(),
        "application/pgp-encrypted" => return "version.txt".into(),
        _ => "bin",
    };
    let kind = if mime.starts_with("image/") {
        "image"
    } else if mime.starts_with("message/") {
        "message"
    } else {
        "part"
    };
    if leaf.section.is_empty() {
        format!("{kind}.{extension}")
    } else {
        format!("{kind}-{}.{extension}", leaf.section)
    }
}

/// PGP/MIME (RFC 3156), S/MIME envelopes (RFC 8551) and PGP armour in the text.
pub(super) fn is_encrypted(leaves: &[Leaf], text: &str) -> bool {
    leaves.iter().any(|leaf| {
        leaf.parent == "encrypted"
            || leaf.mime == "application/pgp-encrypted"
            || (matches!(leaf.mime.as_str(), "application/pkcs7-mime" | "application/x-pkcs7-mime")
                && leaves.len() == 1)
    }) || text.trim_start().starts_with("-----BEGIN PGP MESSAGE-----")
}
