package main

import (
	"html/template"
	"net"
	"net/http"

	"github.com/gorilla/csrf"
	"github.com/gorilla/sessions"
)

var pages = template.Must(template.New("").Parse(`
{{define "home"}}<!DOCTYPE html>
<html><head><title>Home</title></head><body><a href="/secret">Inside</a></body></html>{{end}}
{{define "login"}}<!DOCTYPE html>
<html><head><title>Login</title></head><body><h1>Login</h1>{{.Note}}
<form method="POST">{{.Token}}
<p><label>Username:</label><br/><input type="text" name="username" /></p>
<p><label>Password:</label><br/><input type="password" name="password" /></p>
<button type="submit">Login</button></form></body></html>{{end}}
{{define "secret"}}<!DOCTYPE html>
<html><head><title>Inside</title></head><body><h1>The cake is a lie!</h1><p>Hi {{.User}}, or {{.Nickname}}.</p>
<form method="POST" action="/rename">{{.Token}}<input type="text" name="nickname" value="{{.Nickname}}" /><button type="submit">Rename</button></form>
<form method="POST" action="/logout">{{.Token}}<button type="submit">Logout</button></form></body></html>{{end}}
`))

// gorilla is the session example of Go Web Examples and of the package's own documentation; signed out is 403, as there.
func gorilla(use string) (http.Handler, map[string]any) {
	app := newPeople()
	hardened := use == "hardened"
	live := alive{sessions: map[string]*kept{}}
	// The package's documentation, "securecookie" and "multiple keys".
	store := sessions.NewCookieStore([]byte("something-very-secret"))
	name := "session-name"
	if hardened {
		store = sessions.NewCookieStore([]byte(random()), []byte(random())[:32])
		store.Options = &sessions.Options{Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
		name = "__Host-session"
	}
	user := func(r *http.Request) string {
		session, _ := store.Get(r, name)
		if hardened {
			id, _ := session.Values["id"].(string)
			return live.user(id, app.now())
		}
		user, _ := session.Values["user"].(string)
		return user
	}
	show := func(w http.ResponseWriter, r *http.Request, page string, more map[string]any) {
		if hardened {
			more["Token"] = csrf.TemplateField(r)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		pages.ExecuteTemplate(w, page, more)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/_clock", app.clock)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		show(w, r, "home", map[string]any{})
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			show(w, r, "login", map[string]any{})
			return
		}
		address, _, _ := net.SplitHostPort(r.RemoteAddr)
		who := r.PostFormValue("username")
		if hardened && !app.mayTry(who, address) {
			http.Error(w, "Too many attempts", http.StatusTooManyRequests)
			return
		}
		if !app.isRight(who, r.PostFormValue("password")) {
			app.wrong(who, address)
			show(w, r, "login", map[string]any{"Note": "Wrong username or password."})
			return
		}
		app.right(who)
		session, _ := store.Get(r, name)
		if hardened {
			old, _ := session.Values["id"].(string)
			live.end(old)
			session.Values["id"] = live.begin(who, app.now())
		} else {
			session.Values["user"] = who
		}
		session.Save(r, w)
		http.Redirect(w, r, "/secret", http.StatusFound)
	})
	mux.HandleFunc("/secret", func(w http.ResponseWriter, r *http.Request) {
		who := user(r)
		if who == "" {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		show(w, r, "secret", map[string]any{"User": who, "Nickname": app.nickname(who)})
	})
	mux.HandleFunc("/rename", func(w http.ResponseWriter, r *http.Request) {
		who := user(r)
		if who == "" || r.Method != http.MethodPost {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		app.call(who, r.PostFormValue("nickname"))
		http.Redirect(w, r, "/secret", http.StatusFound)
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
			return
		}
		session, _ := store.Get(r, name)
		id, _ := session.Values["id"].(string)
		live.end(id)
		session.Values = map[any]any{}
		session.Options.MaxAge = -1
		session.Save(r, w)
		http.Redirect(w, r, "/", http.StatusFound)
	})
	told := map[string]any{"application": application, "inventory": inventory, "page": "secret", "form": "login"}
	if !hardened {
		return mux, told
	}
	protect := csrf.Protect([]byte(random())[:32], csrf.Path("/"), csrf.CookieName("__Host-csrf"), csrf.Secure(true), csrf.SameSite(csrf.SameSiteLaxMode), csrf.MaxAge(0))
	guarded := protect(mux)
	return protective(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_clock" {
			mux.ServeHTTP(w, r)
			return
		}
		methods(guarded).ServeHTTP(w, r)
	})), told
}

const application = `nodes = ["{url}"]
[[account]]
user = "ada"
password = "env:ADA"
[[account]]
user = "bob"
password = "env:BOB"
[[account]]
user = "eve"
password = "env:EVE"
expendable = true
[sign_in]
page = "/login"
[protected]
page = "/secret"
text = "The cake is a lie!"
[session]
idle_s = 900
absolute_s = 28800
clock = "{url}_clock?by={seconds}"
[sign_out]
page = "/secret"
submit = "/logout"
[change]
page = "/secret"
field = "nickname"
`

const inventory = `[[site]]
environment = "bench"
url = "{url}"
pages = ["/login", "/secret"]
samples = 20
[site.sign_in]
url = "/login"
fields = { username = "ada", password = { env = "ADA" } }
`
