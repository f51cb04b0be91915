package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

// pageSize is what the yardstick sends: about a page of ours without its assets.
const pageSize = 4096

// bareCommand serves the yardstick until it is killed.
type bareCommand struct {
	Addr string `default:"127.0.0.1:0" help:"Address to listen on."`
}

// Run listens, says where in the words of the product, and serves.
func (c bareCommand) Run() error {
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	fmt.Fprintf(os.Stdout, "Listening on http://%s\n", listener.Addr())
	return http.Serve(listener, bareHandler())
}

// bareHandler answers everything with the same page, its length declared: the
// least that net/http can do.
func bareHandler() http.Handler {
	page := bytes.Repeat([]byte("x"), pageSize)
	length := strconv.Itoa(len(page))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(page) // a client that went away is no fault of the yardstick
	})
}
