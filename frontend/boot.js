// Before the first paint: theme and language. Then: keeps a sign-in typed before the module is there, and loads it.
(() => {
  "use strict";
  const KO = {
    "signin.lead": "메일 계정의 주소와 비밀번호로 로그인하세요.",
    "signin.address": "이메일 주소",
    "signin.password": "비밀번호",
    "signin.remember": "이 기기에서 로그인 유지",
    "signin.type": "계정 종류",
    "signin.pop3": "POP3는 메일을 이 브라우저로 가져와 여기서 읽습니다. 따로 정하지 않으면 서버에도 사본이 남습니다.",
    "signin.button": "로그인",
    "signin.fine": "메일은 메일 서버에 그대로 있습니다.",
    "signin.lab": "IMAP과 POP3 비교하기",
    "signin.busy": "로그인하는 중…",
    "signin.broken": "페이지를 불러오지 못했습니다. 연결을 확인한 뒤 새로 고침 하세요.",
  };
  const EN = {
    "signin.button": "Sign in",
    "signin.busy": "Signing in…",
    "signin.broken": "The page could not be loaded. Check your connection, then reload.",
  };
  const root = document.documentElement;
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  // For one loading of this tab: the next is as usual.
  const taken = (key) => {
    try {
      const value = sessionStorage.getItem(key);
      sessionStorage.removeItem(key);
      return value;
    } catch {
      return null;
    }
  };

  // The settings as the module keeps them: bytes in hexadecimal; first the language, then the theme.
  const settings = stored("pyeonji.settings") || "0000";
  const theme = { "01": "light", "02": "dark" }[settings.slice(2, 4)];
  if (theme) root.dataset.theme = theme;
  const korean = (navigator.language || "en").toLowerCase().startsWith("ko");
  const lang = { "01": "en", "02": "ko" }[settings.slice(0, 2)] || (korean ? "ko" : "en");
  root.lang = lang;
  const lab = location.pathname === "/lab";
  // A hint, no secret: the last visit ended signed in, so the mail page is drawn at once.
  if (lab) root.dataset.page = "lab";
  else if (stored("pyeonji.session")) root.dataset.page = "opening";
  const text = (key) => (lang === "ko" ? KO[key] : EN[key]);

  addEventListener("DOMContentLoaded", () => {
    if (lang === "ko") {
      for (const node of document.querySelectorAll("[data-t]")) {
        const words = KO[node.dataset.t];
        if (words) node.textContent = words;
      }
    }
    const form = document.getElementById("signin-form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (window.pyeonjiReady) return;
      // Taken by the module as soon as it runs.
      window.pyeonjiLogin = {
        address: form.address.value,
        password: form.password.value,
        remember: form.remember.checked,
        type: form.type.closest("[hidden]") ? "" : form.type.value,
      };
      document.getElementById("signin-button").textContent = text("signin.busy");
      document.getElementById("signin-error").textContent = "";
      if (!loading) load();
    });
  });

  // Compiled while the document is still being read, begun when the place for the page is there.
  const drawn = new Promise((go) => addEventListener("DOMContentLoaded", go));
  let loading = false;
  const load = () => {
    loading = true;
    const dress = (href) => {
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = href;
      document.head.append(style);
    };
    // Three modules: without mail that is kept on this device, with it, and once with what takes that mail out and brings it in.
    // The lab is a page of its own.
    let script = "/assets/pyeonji_frontend.js";
    let code = "/assets/pyeonji_frontend_bg.wasm";
    const once = !lab && taken("pyeonji.module");
    if (lab) {
      script = "/assets/pyeonji_lab.js";
      code = "/assets/pyeonji_lab_bg.wasm";
      dress("/assets/pyeonji_lab.css");
    } else if (once || stored("pyeonji.module") === "device") {
      script = "/assets/pyeonji_device.js";
      code = "/assets/pyeonji_device_bg.wasm";
      if (once) {
        script = "/assets/pyeonji_takeout.js";
        code = "/assets/pyeonji_takeout_bg.wasm";
      }
      dress("/assets/pyeonji_device.css");
      window.pyeonjiVault = () => import("/assets/vault.js");
    }
    const wasm = WebAssembly.compileStreaming(fetch(code));
    Promise.all([import(script), wasm, drawn])
      .then(([module, compiled]) => module.default({ module_or_path: compiled }))
      .catch((error) => {
        console.error(error);
        return drawn.then(() => {
          // The next try to sign in loads again.
          loading = false;
          root.dataset.page = "signin";
          document.getElementById("signin-button").textContent = text("signin.button");
          document.getElementById("signin-error").textContent = text("signin.broken");
        });
      });
  };
  load();
})();
