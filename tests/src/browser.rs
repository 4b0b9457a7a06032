//! A real Chromium driven by role and accessible name, as UI-CONTRACT promises them.
use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Browser {
    driver: Child,
    pub client: Client,
    /// The profile; kept so that a second start finds the same device.
    profile: tempfile::TempDir,
    port: u16,
}

/// How the browser is set up.
#[derive(Clone, Debug)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    /// BCP 47.
    pub language: &'static str,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 1280, height: 800, dark: false, language: "en" }
    }
}

impl Browser {
    pub async fn start(look: &Look) -> Self {
        let profile = tempfile::TempDir::with_prefix("pyeonji-profile-").expect("folder");
        let (driver, port) = driver();
        let client = connect(port, profile.path(), look).await;
        Self { driver, client, profile, port }
    }

    /// Ends the browser as a crash would and starts it again on the same profile.
    pub async fn crash_and_restart(&mut self, look: &Look) {
        end_all(self.profile.path());
        let _ = self.client.clone().close().await;
        self.client = connect(self.port, self.profile.path(), look).await;
    }

    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// A command of the DevTools protocol, e.g. `Network.clearBrowserCache`.
    pub async fn cdp(&self, command: &str, params: Value) {
        cdp(self.port, &self.client, json!({"cmd": command, "params": params})).await;
    }

    /// Runs JavaScript in the page; `arguments` as given.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(script, arguments)
            .await
            .unwrap_or_else(|e| panic!("script failed: {e}\n{script}"))
    }

    /// Waits until `script` (the body of a function) returns something truthy, and returns that. The page itself looks
    /// again at every pause; where it is left meanwhile, the next page goes on looking.
    pub async fn wait(&self, what: &str, script: &str, arguments: Vec<Value>) -> Value {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let left = PATIENCE.saturating_sub(start.elapsed()).as_millis();
            let watch = format!(
                "const done = arguments[arguments.length - 1], given = Array.from(arguments).slice(0, -1);\
                 const end = performance.now() + {left};\
                 const body = function() {{ {script} }};\
                 const look = () => {{ let v = null; try {{ v = body.apply(null, given) }} catch (e) {{ }}\
                 if (v || performance.now() > end) done(v || null); else setTimeout(look, 15) }}; look()"
            );
            match self.client.execute_async(&watch, arguments.clone()).await {
                Ok(Value::Null) | Err(_) => {}
                Ok(value) => return value,
            }
        }
        let page = self.run("return document.body.innerText.slice(0, 3000)", vec![]).await;
        panic!("waited in vain for {what}; the page says:\n{}", page.as_str().unwrap_or_default());
    }

    /// Waits for an element of this role whose accessible name begins with `name`.
    pub async fn find(&self, role: &str, name: &str) -> Found<'_> {
        let found = format!("{role} \"{name}\"");
        self.wait(
            &found,
            &(FIND.to_owned() + "return !!pyeonjiFind(arguments[0], arguments[1])"),
            vec![json!(role), json!(name)],
        )
        .await;
        Found { browser: self, role: role.into(), name: name.into() }
    }

    pub async fn has(&self, role: &str, name: &str) -> bool {
        let script = FIND.to_owned() + "return !!pyeonjiFind(arguments[0], arguments[1])";
        self.run(&script, vec![json!(role), json!(name)]).await == Value::Bool(true)
    }

    /// Signs in at `url` and waits for rows.
    pub async fn sign_in(&self, url: &str, address: &str, password: &str) {
        self.goto(url).await;
        self.find("textbox", "Email address").await.fill(address).await;
        self.find("textbox", "Password").await.fill(password).await;
        self.find("button", "Sign in").await.click().await;
        self.find("grid", "Messages").await;
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) {
        cdp(self.port, &self.client, json!({"cmd": command, "params": parameters})).await;
    }

    /// Presses keys in whatever has the focus, e.g. `"j"` or `"\u{e007}"` (Enter).
    pub async fn keys(&self, keys: &str) {
        let active = self.client.active_element().await.expect("a focused element");
        active.send_keys(keys).await.expect("keys");
    }

    pub async fn screenshot(&self, path: &str) {
        std::fs::write(path, self.client.screenshot().await.expect("screenshot")).expect("file");
    }

    /// Serious and critical findings of axe, one line each.
    pub async fn axe(&self, source: &str) -> Vec<String> {
        self.run(source, vec![]).await;
        let script = "const done = arguments[arguments.length - 1];\
             axe.run(document, {resultTypes: ['violations'], iframes: false}).then(r => done(r.violations\
             .filter(v => v.impact === 'serious' || v.impact === 'critical')\
             .map(v => v.id + ': ' + v.help + ' — ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0]||n.all[0]||{}).message).join(' | '))))\
             .catch(e => done(['axe failed: ' + e]))";
        let found = self.client.execute_async(script, vec![]).await.expect("axe runs");
        found
            .as_array()
            .map(|a| a.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
            .unwrap_or_default()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end_all(self.profile.path());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// An element that is looked up anew at each use, so that a repaint never makes it stale.
pub struct Found<'a> {
    browser: &'a Browser,
    role: String,
    name: String,
}

impl Found<'_> {
    async fn with(&self, action: &str, extra: Vec<Value>) -> Value {
        let script = format!(
            "{FIND}const el = pyeonjiFind(arguments[0], arguments[1]); if (!el) return null; {action}"
        );
        let mut arguments = vec![json!(self.role), json!(self.name)];
        arguments.extend(extra);
        self.browser.run(&script, arguments).await
    }

    pub async fn click(&self) {
        self.with("el.scrollIntoView({block: 'nearest'}); el.click(); return true", vec![]).await;
    }

    /// Types as a person would, by WebDriver's keys.
    pub async fn fill(&self, text: &str) {
        self.with("el.focus(); if (el.select) el.select(); return true", vec![]).await;
        self.browser.keys(text).await;
    }

    pub async fn text(&self) -> String {
        self.with("return el.innerText || el.value || ''", vec![])
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub async fn attribute(&self, name: &str) -> String {
        self.with("return el.getAttribute(arguments[2]) || ''", vec![json!(name)])
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Finds a visible element by ARIA role and the beginning of its accessible name.
pub const FIND: &str = r#"
function pyeonjiName(el) {
  const by = el.getAttribute('aria-labelledby');
  if (by) return by.split(/\s+/).map(id => (document.getElementById(id) || {}).textContent || '').join(' ').trim();
  if (el.getAttribute('aria-label')) return el.getAttribute('aria-label').trim();
  if (el.labels && el.labels.length) return Array.from(el.labels).map(l => l.textContent).join(' ').trim();
  if (el.placeholder && !el.textContent) return el.placeholder;
  return (el.textContent || el.title || '').replace(/\s+/g, ' ').trim();
}
function pyeonjiFind(role, name) {
  const native = {button: 'button', textbox: 'input:not([type]), input[type=text], input[type=email], input[type=password], textarea',
    searchbox: 'input[type=search]', combobox: 'select', article: 'article', navigation: 'nav', main: 'main', banner: 'header',
    dialog: 'dialog', heading: 'h1, h2, h3', link: 'a[href]', list: 'ul, ol', status: 'output', checkbox: 'input[type=checkbox]', region: 'section[aria-labelledby]'};
  const selector = `[role="${role}"]` + (native[role] ? ', ' + native[role].split(', ').map(s => s + ':not([role])').join(', ') : '');
  return Array.from(document.querySelectorAll(selector)).find(el =>
    el.checkVisibility({visibilityProperty: true}) && pyeonjiName(el).startsWith(name));
}
"#;

/// Ends the processes of the browser on this profile, each by its id.
fn end_all(profile: &std::path::Path) {
    let profile = profile.display().to_string();
    for entry in std::fs::read_dir("/proc").expect("processes").flatten() {
        let Ok(arguments) = std::fs::read(entry.path().join("cmdline")) else { continue };
        if String::from_utf8_lossy(&arguments).contains(&profile) {
            let _ = Command::new("kill").arg("-9").arg(entry.file_name()).status();
        }
    }
}

fn driver() -> (Child, u16) {
    let [port] = crate::ports::free();
    let driver = Command::new("chromedriver")
        .arg(format!("--port={port}"))
        .arg("--silent")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromium-driver is installed by `cargo xtask test`");
    assert!(crate::ports::wait(port, Duration::from_secs(20)), "chromedriver did not start");
    (driver, port)
}

async fn connect(port: u16, profile: &std::path::Path, look: &Look) -> Client {
    let options = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            format!("--user-data-dir={}", profile.display()),
            format!("--window-size={},{}", look.width, look.height),
            format!("--lang={}", look.language),
        ],
        "prefs": { "intl.accept_languages": look.language },
    });
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".into(), options);
    let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .expect("a browser session");
    let metrics = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": {
        "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": look.width < 600}});
    cdp(port, &client, metrics).await;
    client.update_timeouts(timeouts()).await.expect("timeouts");
    let scheme = if look.dark { "dark" } else { "light" };
    let media = json!({"cmd": "Emulation.setEmulatedMedia", "params": {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]}});
    cdp(port, &client, media).await;
    client
}

/// Scripts may take as long as the longest wait.
fn timeouts() -> TimeoutConfiguration {
    TimeoutConfiguration::new(Some(2 * PATIENCE), Some(2 * PATIENCE), None)
}

/// A command of the DevTools protocol, by chromedriver's own endpoint.
async fn cdp(port: u16, client: &Client, body: Value) {
    use http_body_util::Full;
    let session = client.session_id().await.ok().flatten().unwrap_or_default();
    let request = hyper::Request::post(format!("http://127.0.0.1:{port}/session/{session}/goog/cdp/execute"))
        .header("content-type", "application/json")
        .body(Full::<bytes::Bytes>::from(body.to_string()))
        .expect("request");
    let http = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let _ = http.request(request).await;
}
