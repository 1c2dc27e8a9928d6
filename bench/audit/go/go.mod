module symbolon-detection-targets

go 1.20

require (
	github.com/alexedwards/scs/v2 v2.8.0
	github.com/dgrijalva/jwt-go v3.2.0+incompatible
	github.com/golang-jwt/jwt/v5 v5.2.2
	github.com/gorilla/csrf v1.7.3
	github.com/gorilla/sessions v1.2.1
)

require github.com/gorilla/securecookie v1.1.2 // indirect
