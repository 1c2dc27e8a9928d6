package main

import (
	"encoding/gob"
	"encoding/json"
	"fmt"
	"html"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
)

// scsApp is an application of one page: every address that is none of the interface's has the shell, with status 200. It signs in
// with JSON; the hardened one hands a token against forgery to its script in a <meta>, and wants it back in a field.
func scsApp(use string) (http.Handler, map[string]any) {
	app := newPeople()
	hardened := use == "hardened"
	gob.Register(time.Time{})
	// README, "Basic use".
	manager := scs.New()
	manager.Store = memstore.New()
	born := func(r *http.Request) bool {
		return app.now().Sub(manager.GetTime(r.Context(), "born")) <= longest && app.now().Sub(manager.GetTime(r.Context(), "used")) <= idle
	}
	if hardened {
		manager.IdleTimeout, manager.Lifetime = idle, longest
		manager.Cookie.Name, manager.Cookie.Secure, manager.Cookie.Persist = "__Host-session", true, false
		manager.Cookie.SameSite = http.SameSiteStrictMode
	}
	answer := func(w http.ResponseWriter, status int, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write([]byte(text))
	}
	user := func(r *http.Request) string {
		if hardened && !born(r) {
			return ""
		}
		if hardened {
			manager.Put(r.Context(), "used", app.now())
		}
		return manager.GetString(r.Context(), "user")
	}
	token := func(r *http.Request) string {
		if !manager.Exists(r.Context(), "csrf") {
			manager.Put(r.Context(), "csrf", random())
		}
		return manager.GetString(r.Context(), "csrf")
	}
	// What the script of the page sends.
	type sent struct{ Email, Password, Nickname string }
	read := func(w http.ResponseWriter, r *http.Request) (sent, bool) {
		var body sent
		if hardened && (!strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || r.Header.Get("X-CSRF-Token") != token(r)) {
			answer(w, http.StatusForbidden, `{"error":"forbidden"}`)
			return body, false
		}
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16384)).Decode(&body)
		if err != nil {
			answer(w, http.StatusBadRequest, `{"error":"bad request"}`)
		}
		return body, err == nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		meta := ""
		if hardened {
			meta = fmt.Sprintf(`<meta name="csrf-token" content="%s">`, html.EscapeString(token(r)))
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang=en><head><meta charset=utf-8><title>App</title>%s</head><body><div id=root></div></body></html>`, meta)
	})
	mux.HandleFunc("/api/login", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			answer(w, http.StatusMethodNotAllowed, `{"error":"method"}`)
			return
		}
		body, ok := read(w, r)
		if !ok {
			return
		}
		address, _, _ := net.SplitHostPort(r.RemoteAddr)
		name := strings.TrimSuffix(body.Email, "@example.org")
		if hardened && !app.mayTry(name, address) {
			answer(w, http.StatusTooManyRequests, `{"error":"later"}`)
			return
		}
		if !app.isRight(name, body.Password) {
			app.wrong(name, address)
			answer(w, http.StatusUnprocessableEntity, `{"error":"these credentials are not right"}`)
			return
		}
		app.right(name)
		if hardened {
			manager.Clear(r.Context())
			manager.RenewToken(r.Context())
			manager.Put(r.Context(), "born", app.now())
			manager.Put(r.Context(), "used", app.now())
		}
		manager.Put(r.Context(), "user", name)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/api/profile", func(w http.ResponseWriter, r *http.Request) {
		name := user(r)
		if name == "" {
			answer(w, http.StatusUnauthorized, `{"error":"sign in"}`)
			return
		}
		if r.Method == http.MethodPost {
			body, ok := read(w, r)
			if !ok {
				return
			}
			app.call(name, body.Nickname)
		}
		text, _ := json.Marshal(map[string]string{"email": name + "@example.org", "nickname": app.nickname(name)})
		answer(w, http.StatusOK, string(text))
	})
	mux.HandleFunc("/api/logout", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			answer(w, http.StatusMethodNotAllowed, `{"error":"method"}`)
			return
		}
		if _, ok := read(w, r); !ok {
			return
		}
		manager.Destroy(r.Context())
		w.WriteHeader(http.StatusNoContent)
	})
	told := map[string]any{"application": scsApplication, "inventory": scsInventory, "page": "api/profile", "form": "api/login", "user": "ada@example.org"}
	handler := manager.LoadAndSave(mux)
	if hardened {
		handler = protective(methods(handler))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_clock" {
			app.clock(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	}), told
}

// methods lets through what has a meaning here: a ServeMux takes any.
func methods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodPost:
			next.ServeHTTP(w, r)
		default:
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
		}
	})
}

const scsApplication = `nodes = ["{url}"]
[[account]]
user = "ada@example.org"
password = "env:ADA"
[[account]]
user = "bob@example.org"
password = "env:BOB"
[[account]]
user = "eve@example.org"
password = "env:EVE"
expendable = true
[sign_in]
page = "/"
submit = "/api/login"
user_field = "email"
password_field = "password"
[protected]
page = "/api/profile"
text = "nickname"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/"
submit = "/api/logout"
[change]
page = "/api/profile"
field = "nickname"
json = true
[pages]
api = ["/api/profile"]
`

const scsInventory = `[[site]]
environment = "bench"
url = "{url}"
pages = ["/", "/api/profile"]
[site.sign_in]
url = "/api/login"
json = true
fields = { email = "ada@example.org", password = { env = "ADA" } }
`
