package main

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"time"

	old "github.com/dgrijalva/jwt-go"
	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer   = "https://issuer.test"
	audience = "https://api.test"
)

// A check says nothing against a token that it takes.
type check func(token string) error

var refused = errors.New("refused")

// tokens is a service that checks tokens with one library, as its documentation shows it. The issuer is plain code and the same for all.
func tokens(use string) (http.Handler, map[string]any) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	public := &private.PublicKey
	rs256 := func(message []byte) []byte {
		digest := sha256.Sum256(message)
		signature, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
	hs256 := func(secret string) func([]byte) []byte {
		return func(message []byte) []byte {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write(message)
			return mac.Sum(nil)
		}
	}
	var admits check
	token := issued("RS256", rs256)
	signs := true
	switch use {
	// README, "Parse" with the method looked at, and the audience as CVE-2020-26160 tells it.
	case "jwt-go":
		admits = func(token string) error {
			parsed, err := old.Parse(token, func(token *old.Token) (any, error) {
				if _, ok := token.Method.(*old.SigningMethodRSA); !ok {
					return nil, refused
				}
				return public, nil
			})
			if err != nil {
				return err
			}
			claims := parsed.Claims.(old.MapClaims)
			if !claims.VerifyAudience(audience, false) || !claims.VerifyIssuer(issuer, true) {
				return refused
			}
			return nil
		}
	// "ParseUnverified": for a service behind one that looks.
	case "jwt-go-unverified":
		admits = func(token string) error {
			parsed, _, err := new(old.Parser).ParseUnverified(token, old.MapClaims{})
			if err != nil {
				return err
			}
			return parsed.Claims.Valid()
		}
		signs = false
	// The example of its documentation: one secret, of which the source says what it might be.
	case "jwt-go-example":
		token, signs = issued("HS256", hs256("my_secret_key")), false
		admits = func(token string) error {
			_, err := old.Parse(token, func(token *old.Token) (any, error) {
				if _, ok := token.Method.(*old.SigningMethodHMAC); !ok {
					return nil, refused
				}
				return []byte("my_secret_key"), nil
			})
			return err
		}
	// Parse without options: what a token does not say is not asked for.
	case "golang-jwt":
		admits = func(token string) error {
			_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return public, nil })
			return err
		}
	// Each option that its documentation has for it.
	case "golang-jwt-strict":
		parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding())
		admits = func(token string) error {
			_, err := parser.Parse(token, func(*jwt.Token) (any, error) { return public, nil })
			return err
		}
	case "golang-jwt-secret":
		secret := random()
		token, signs = issued("HS256", hs256(secret)), false
		parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding())
		admits = func(token string) error {
			_, err := parser.Parse(token, func(*jwt.Token) (any, error) { return []byte(secret), nil })
			return err
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err)
	}
	told := map[string]any{"token": token}
	if strings.HasPrefix(token, issued("RS256", func([]byte) []byte { return nil })[:20]) {
		told["jwks"] = map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "kid": "k1", "alg": "RS256", "use": "sig", "n": b64(public.N.Bytes()), "e": b64(big.NewInt(int64(public.E)).Bytes()),
		}}}
	}
	if signs {
		told["sign_with"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fields := w.Header()
		fields.Set("Content-Type", "application/json")
		fields.Set("Cache-Control", "no-store")
		fields.Set("X-Content-Type-Options", "nosniff")
		authorization := r.Header.Get("Authorization")
		if r.URL.Path != "/api" || !strings.HasPrefix(authorization, "Bearer ") || admits(strings.TrimPrefix(authorization, "Bearer ")) != nil {
			fields.Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			w.Write([]byte(`{"error":"invalid_token"}`))
			return
		}
		w.Write([]byte(`{"hello":"u-7f3a"}`))
	}), told
}

func b64(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

func issued(alg string, sign func([]byte) []byte) string {
	now := time.Now().Unix()
	part := func(object map[string]any) string {
		text, err := json.Marshal(object)
		if err != nil {
			panic(err)
		}
		return b64(text)
	}
	message := part(map[string]any{"alg": alg, "typ": "JWT", "kid": "k1"}) + "." + part(map[string]any{
		"iss": issuer, "aud": audience, "sub": "u-7f3a", "client_id": "app", "jti": random(), "iat": now, "exp": now + 900,
	})
	return message + "." + b64(sign([]byte(message)))
}
