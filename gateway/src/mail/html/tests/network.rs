//! R7: opening a message makes no network connection. Every known way for markup to fetch something.
use super::clean;
use crate::mail::html::sanitise;

const VECTORS: &[&str] = &[
    "<img src=https://l.test/x>",
    "<img src=//l.test/x>",
    "<img src=' \thttps://l.test/x'>",
    "<img src=ht&#116;ps://l.test/x>",
    "<img srcset='https://l.test/x 1x'>",
    "<img src=cid:x srcset=https://l.test/x lowsrc=https://l.test/x dynsrc=https://l.test/x longdesc=https://l.test/x>",
    "<picture><source srcset=https://l.test/x><img src=https://l.test/y></picture>",
    "<image src=https://l.test/x>",
    "<input type=image src=https://l.test/x>",
    "<body background=https://l.test/x>",
    "<table background=https://l.test/x><tr background=https://l.test/x><td background=https://l.test/x>",
    "<link rel=stylesheet href=https://l.test/x>",
    "<link rel=prefetch href=https://l.test/x><link rel=dns-prefetch href=//l.test><link rel=preconnect href=//l.test>",
    "<link rel=icon href=https://l.test/x>",
    "<meta http-equiv=refresh content='0;url=https://l.test/x'>",
    "<base href=https://l.test/>",
    "<style>@import url(https://l.test/x);</style>",
    "<style>@import 'https://l.test/x';</style>",
    "<style>@font-face{font-family:x;src:url(https://l.test/x)}*{font-family:x}</style>",
    "<style>p{background:url(https://l.test/x)}</style><p>",
    "<style>a[href]{background:url(//l.test)}</style>",
    "<style>p::after{content:url(https://l.test/x)}</style><p>",
    "<style>@media screen{p{background:url(https://l.test/x)}}</style><p>",
    "<style>@namespace url(https://l.test/x);</style>",
    "<p style='background-image:url(https://l.test/x)'>",
    "<p style='background:\\75 rl(https://l.test/x)'>",
    "<p style=\"background:image-set('https://l.test/x' 1x)\">",
    "<p style='--x:url(https://l.test/x);background:var(--x)'>",
    "<p style='list-style-image:url(https://l.test/x)'>",
    "<p style='cursor:url(https://l.test/x),auto'>",
    "<p style='border-image-source:url(https://l.test/x)'>",
    "<p style='mask-image:url(https://l.test/x);filter:url(https://l.test/x#a);clip-path:url(https://l.test/x#a)'>",
    "<p style='behavior:url(https://l.test/x);-moz-binding:url(https://l.test/x)'>",
    "<iframe src=https://l.test/x></iframe>",
    "<iframe srcdoc='<img src=https://l.test/x>'></iframe>",
    "<frameset><frame src=https://l.test/x></frameset>",
    "<object data=https://l.test/x></object>",
    "<embed src=https://l.test/x>",
    "<applet codebase=https://l.test/ archive=x></applet>",
    "<video src=https://l.test/x poster=https://l.test/y autoplay></video>",
    "<audio src=https://l.test/x autoplay></audio>",
    "<video><source src=https://l.test/x><track src=https://l.test/x default></video>",
    "<svg><image href=https://l.test/x /><use href=https://l.test/x#a /></svg>",
    "<svg><style>@import 'https://l.test/x'</style></svg>",
    "<math><mglyph src=https://l.test/x></math>",
    "<script src=https://l.test/x></script>",
    "<form action=https://l.test/x><button autofocus></form>",
    "<noscript><img src=https://l.test/x></noscript>",
    "<!--[if mso]><img src=https://l.test/x><![endif]-->",
    "<?xml-stylesheet href='https://l.test/x'?>",
    "<!DOCTYPE html SYSTEM 'https://l.test/x.dtd'>",
    "<html manifest=https://l.test/x>",
    "<a href=https://l.test/x ping=https://l.test/y>x</a>",
    "<blockquote cite=https://l.test/x>",
    "<img src=x:https://l.test/x><img src=\\\\l.test\\x><img src=https:l.test/x>",
];

#[test]
fn r07_no_network_on_open() {
    for html in VECTORS {
        let found = clean(html);
        // What may name the listener: a link (followed only by a click) and the inert attribute of an image.
        let rest =
            found.replace("data-remote-src=\"https://l.test/", "").replace("href=\"https://l.test/x\"", "");
        assert!(!rest.contains("l.test"), "{html} -> {found}");
        assert!(!found.contains(" src=\"") || found.contains(" src=\"cid:"), "{html} -> {found}");
    }
    println!("counts: r07: {} vectors, none fetches", VECTORS.len());
}

#[test]
fn r07_remote_images_are_counted_and_kept_inert() {
    let found =
        sanitise("<img src=https://a.test/1.png><img src=cid:x><img src=//b.test/2.png><img src=data:x>")
            .unwrap();
    assert_eq!(found.remote_images, 2);
    assert_eq!(
        found.html.0,
        "<img data-remote-src=\"https://a.test/1.png\"><img src=\"cid:x\"><img data-remote-src=\"https://b.test/2.png\"><img>"
    );
    assert_eq!(sanitise("<img data-remote-src='javascript:x'>").unwrap().remote_images, 0);
}
