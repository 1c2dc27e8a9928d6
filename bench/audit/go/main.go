// Targets on libraries of Go: each as its documentation has it, and as it should be.
//
//	targets TARGET USE FOLDER
//
// Loopback only; TLS where FOLDER has a certificate. The passwords of the two accounts are in the environment: ADA and BOB.
package main

import (
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

var targets = map[string]func(use string) (http.Handler, map[string]any){
	"gorilla": gorilla,
	"scs":     scsApp,
	"tokens":  tokens,
}

func main() {
	target, use, folder := os.Args[1], os.Args[2], os.Args[3]
	handler, told := targets[target](use)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	told["port"] = listener.Addr().(*net.TCPAddr).Port
	text, err := json.Marshal(told)
	if err != nil {
		log.Fatal(err)
	}
	part := filepath.Join(folder, "ready.part")
	if err := os.WriteFile(part, text, 0o600); err != nil {
		log.Fatal(err)
	}
	if err := os.Rename(part, filepath.Join(folder, "ready.json")); err != nil {
		log.Fatal(err)
	}
	// Ends with the bench, also when that is killed.
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	if use == "hardened" {
		// Where go.mod names a version below 1.22, TLS 1.0 is agreed to.
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	pem := filepath.Join(folder, "tls.pem")
	if _, err := os.Stat(pem); err == nil {
		log.Fatal(server.ServeTLS(listener, pem, filepath.Join(folder, "tls.key")))
	}
	log.Fatal(server.Serve(listener))
}

const (
	idle    = 15 * time.Minute
	longest = 8 * time.Hour
)

// random is a text of 256 bits.
func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

// people are those who may sign in, and what they call themselves.
type people struct {
	sync.Mutex
	passwords map[string]string
	nicknames map[string]string
	strikes   map[string]int
	ahead     time.Duration
}

func newPeople() *people {
	return &people{
		passwords: map[string]string{"ada": os.Getenv("ADA"), "bob": os.Getenv("BOB"), "eve": random()},
		nicknames: map[string]string{},
		strikes:   map[string]int{},
	}
}

// now is a clock that can be moved.
func (p *people) now() time.Time {
	p.Lock()
	defer p.Unlock()
	return time.Now().Add(p.ahead)
}

func (p *people) clock(w http.ResponseWriter, r *http.Request) {
	seconds, _ := strconv.Atoi(r.URL.Query().Get("by"))
	p.Lock()
	defer p.Unlock()
	p.ahead += time.Duration(seconds) * time.Second
}

// isRight takes as long for names that are not there.
func (p *people) isRight(name, password string) bool {
	want, known := p.passwords[name]
	return subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1 && known
}

// mayTry counts wrong passwords for each name, and for each address.
func (p *people) mayTry(name, address string) bool {
	p.Lock()
	defer p.Unlock()
	return p.strikes["name "+name] < 5 && p.strikes["address "+address] < 40
}

func (p *people) wrong(name, address string) {
	p.Lock()
	defer p.Unlock()
	p.strikes["name "+name]++
	p.strikes["address "+address]++
}

func (p *people) right(name string) {
	p.Lock()
	defer p.Unlock()
	delete(p.strikes, "name "+name)
}

func (p *people) nickname(name string) string {
	p.Lock()
	defer p.Unlock()
	if nickname, known := p.nicknames[name]; known {
		return nickname
	}
	return "none"
}

func (p *people) call(name, nickname string) {
	if len(nickname) > 64 {
		nickname = nickname[:64]
	}
	p.Lock()
	defer p.Unlock()
	p.nicknames[name] = nickname
}

// alive are sessions that a server keeps.
type alive struct {
	sync.Mutex
	sessions map[string]*kept
}

type kept struct {
	user       string
	born, used time.Time
}

func (a *alive) begin(user string, now time.Time) string {
	a.Lock()
	defer a.Unlock()
	id := random()
	a.sessions[id] = &kept{user, now, now}
	return id
}

func (a *alive) end(id string) {
	a.Lock()
	defer a.Unlock()
	delete(a.sessions, id)
}

// user is nobody's name where the session has ended or is too old.
func (a *alive) user(id string, now time.Time) string {
	a.Lock()
	defer a.Unlock()
	session := a.sessions[id]
	if session == nil || now.Sub(session.used) > idle || now.Sub(session.born) > longest {
		return ""
	}
	session.used = now
	return session.user
}

// protective are the fields that OWASP asks for.
func protective(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fields := w.Header()
		fields.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		fields.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		fields.Set("X-Content-Type-Options", "nosniff")
		fields.Set("Referrer-Policy", "same-origin")
		fields.Set("Cross-Origin-Opener-Policy", "same-origin")
		fields.Set("Cross-Origin-Resource-Policy", "same-origin")
		fields.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
