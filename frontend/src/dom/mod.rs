//! The browser, as little of it as the page needs. Together with `link` and `device` the only place that names `web_sys`.
