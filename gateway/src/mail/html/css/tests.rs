//! What of CSS survives, and that it survives twice.
use super::*;
use proptest::prelude::*;

#[test]
fn r06_ordinary_styles_survive() {
    for (css, kept) in [
        ("color: red; font-size:14px", "color:red;font-size:14px"),
        ("COLOR:#FFF!important", "color:#FFF!important"),
        ("margin:0 auto; padding : 1em 2em", "margin:0 auto;padding:1em 2em"),
        (
            "font:12px/1.5 '맑은 고딕', \"Arial\" ,sans-serif",
            "font:12px/1.5 \"맑은 고딕\",\"Arial\",sans-serif",
        ),
        (
            "background:linear-gradient(to right, rgba(0,0,0,.5) 0%, #fff)",
            "background:linear-gradient(to right,rgba(0,0,0,0.5) 0%,#fff)",
        ),
        ("width:calc(100% - 20px)", "width:calc(100% - 20px)"),
        ("width:calc((1px + 2px)*3)", "width:calc((1px + 2px)*3)"),
        ("position: relative", "position:relative"),
        ("color:red;bogus:1;;width:1px", "color:red;width:1px"),
        ("width:1/**/px", "width:1 px"),
        ("color:red;{}width:1px;height:2px", "color:red;height:2px"),
    ] {
        assert_eq!(declarations(css), kept, "{css}");
        assert_eq!(declarations(kept), kept, "again: {css}");
    }
}

#[test]
fn r06_dangerous_styles_do_not() {
    for css in [
        "background:url(https://x.test/a.png)",
        "background:url('//x.test')",
        "background:u\\72l(https://x.test)",
        "background-image:image-set('https://x.test/a.png' 1x)",
        "background:-webkit-image-set(url(x) 1x)",
        "color:var(--x)",
        "--x:url(https://x.test)",
        "width:expression(alert(1))",
        "width:attr(data-x)",
        "behavior:url(#default#time2)",
        "-moz-binding:url(https://x.test/#x)",
        "position:fixed",
        "position:absolute",
        "position:sticky",
        "position:relative fixed",
        "margin:-10px",
        "margin-left:-1%",
        "margin:0 0 0 -9999px",
        "margin-top:calc(0px - 100px)",
        "margin:min(-1px, 0px)",
        "text-indent:-9999px",
        "content:url(https://x.test)",
        "list-style-image:url(https://x.test)",
        "list-style:url(https://x.test)",
        "cursor:url(https://x.test),auto",
        "border-image:url(https://x.test)",
        "filter:url(https://x.test#f)",
        "mask:url(https://x.test)",
        "top:0;left:0;z-index:9",
        "transform:translate(-100px)",
        "animation:x 1s",
        "font-family:\"</style><script>\"",
        "font-family:a\\3c b",
        "color:\"red\"",
        "color:red !ie",
        "color:@import",
        "src:url(x)",
    ] {
        assert_eq!(declarations(css), "", "{css}");
        assert_eq!(sheet(&format!("p{{{css}}}")), "", "{css}");
    }
}

#[test]
fn r06_sheets_keep_simple_rules() {
    for (css, kept) in [
        ("p{color:red}", "p{color:red}"),
        (".a .b > td:hover , h1{ color : red }", ".a .b>td:hover,h1{color:red}"),
        ("#id{color:red}", ""),
        ("#id, p{color:red}", "p{color:red}"),
        ("a[href^='https']{color:red}", ""),
        ("p::before{color:red}", ""),
        ("p:has(a){color:red}", ""),
        ("@import url(https://x.test);p{color:red}", "p{color:red}"),
        ("@import 'https://x.test';p{color:red}", "p{color:red}"),
        ("@font-face{font-family:x;src:url(https://x.test)}p{color:red}", "p{color:red}"),
        (
            "@media only screen and (max-width:600px){.w{width:100%}}",
            "@media only screen and (max-width:600px){.w{width:100%}}",
        ),
        (
            "@media (prefers-color-scheme: dark){p{color:#fff}}",
            "@media (prefers-color-scheme:dark){p{color:#fff}}",
        ),
        ("@media screen{@media screen{p{color:red}}}", ""),
        ("@supports (color:red){p{color:red}}", ""),
        ("@namespace svg url(x);@charset 'x';p{color:red}", "p{color:red}"),
        ("<!-- p{color:red} -->", "p{color:red}"),
        ("p{color:red", "p{color:red}"),
        ("p{}q{color:red}", "q{color:red}"),
        ("p{color:red;@import 'x';width:1px}", "p{color:red;width:1px}"),
        ("p{a{color:red}}q{width:1px}", "q{width:1px}"),
    ] {
        assert_eq!(sheet(css), kept, "{css}");
        assert_eq!(sheet(kept), kept, "again: {css}");
    }
}

#[test]
fn r30_deep_and_long_styles_end() {
    assert_eq!(declarations(&format!("width:{}1px{}", "calc(".repeat(20_000), ")".repeat(20_000))), "");
    assert_eq!(declarations(&format!("width:{}", "(".repeat(100_000))), "");
    assert_eq!(sheet(&"{".repeat(100_000)), "");
    assert_eq!(sheet(&"@media screen{".repeat(10_000)), "");
    assert_eq!(sheet(&"a,".repeat(60_000)), "");
    let many = "p{color:red}".repeat(MAX_RULES + 10);
    assert_eq!(sheet(&many).matches("color").count(), MAX_RULES);
}

proptest! {
    #[test]
    fn r06_no_fetch_and_stable(css in "[a-z:;{}()@#.,'\"\\\\/*!<> 0-9\\-]{0,120}") {
        let once = declarations(&css);
        prop_assert!(!once.contains(['<', '{', '}', '\\']), "{}", once);
        prop_assert_eq!(declarations(&once), once);
        let once = sheet(&css);
        prop_assert!(!once.contains('<'), "{}", once);
        prop_assert_eq!(sheet(&once), once);
    }

    #[test]
    fn r06_no_fetch_in_likely_css(css in "((color|width|margin|background|font|position)( )?:( )?(red|-?[0-9]{1,3}(px|%|em)?|url\\(a\\)|calc\\(1px( [-+] |/)2px\\)|rgb\\(1,2,3\\)|'x'|/|,| ){1,4}(!important)?[;}{]?){1,4}") {
        let once = declarations(&css);
        prop_assert!(!once.contains("url") && !once.contains('<'), "{}", once);
        prop_assert_eq!(declarations(&once), once);
        let once = sheet(&css);
        prop_assert_eq!(sheet(&once), once);
    }
}
