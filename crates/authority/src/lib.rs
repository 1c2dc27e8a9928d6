//! Sessions, tokens, login and administration behind OAuth 2.1 and a JSON API.
