// Package e2e holds the tests in a real browser: Chromium without a window,
// driven over its own protocol. A [testing.T] skips, and says why, where Chromium,
// zbarimg, oathtool or one of the proxies is missing; where CI=true it fails instead.
//
// The story runs the real program, and so do the tests of the proxies, with the
// configurations of docs/deploy in front of it. The other tests put the browser in front of
// package apptest, whose clock they move. All tests share one browser; each has a
// profile of its own in it, as a private window has.
//
// The pictures of the README are made anew by
//
//	go test ./internal/e2e -run Screenshots -screenshots
package e2e
