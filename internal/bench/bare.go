package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// pageSize is what the yardstick sends where nothing else is said.
const pageSize = 4096

// bareHead is how many bytes Go's server sends before the page: the status line and three headers.
const bareHead = len("HTTP/1.1 200 OK\r\nContent-Length: 4096\r\nContent-Type: text/html; charset=utf-8\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\n\r\n")

// bareCommand serves the yardstick until it is killed.
type bareCommand struct {
	Addr  string `default:"127.0.0.1:0" help:"Address to listen on."`
	Bytes int    `default:"4096" help:"Bytes of the page, without its head."`
	Data  string `help:"A data folder: each request then looks a session up in its database, as the product does."`
	Token string `help:"The token of that session."`
}

// Run listens, says where in the words of the product, and serves.
func (c bareCommand) Run() error {
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	handler := bareHandler(c.Bytes)
	if c.Data != "" {
		p, err := open(context.Background(), c.Data, true) // which keeps nothing, and asks each time
		if err != nil {
			return err
		}
		handler = selecting(p.DB, secret.HashToken(c.Token), handler)
	}
	fmt.Fprintf(os.Stdout, "Listening on http://%s\n", listener.Addr())
	return http.Serve(listener, handler)
}

// selecting looks a session up before each answer: the one SELECT that who asks costs at least.
func selecting(db *store.DB, hash string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok, err := db.SessionByHash(hash, time.Now()); err != nil || !ok {
			http.Error(w, "no session", http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bareHandler answers everything with the same page, its length declared: the
// least that net/http can do.
func bareHandler(size int) http.Handler {
	page := bytes.Repeat([]byte("x"), size)
	length := strconv.Itoa(len(page))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(page) // a client that went away is no fault of the yardstick
	})
}
