// Package eventhubstest is an Azure Event Hubs for tests: an emulator of our own, which
// speaks AMQP 1.0 on 127.0.0.1 and goes wrong on demand. It is a program for Node in this
// folder; see emulator.js for how to start it by hand.
package eventhubstest

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// ErrNotInstalled says that the emulator cannot run on this machine.
var ErrNotInstalled = errors.New("the Event Hubs for tests needs Node, and rhea from npm, which are not installed (`make tools` installs them)")

// Options are what a hub is like. Whatever is zero gets a value.
type Options struct {
	// Hub is its name: audit.
	Hub string
	// Partitions are how many it has: 2.
	Partitions int
	// KeyName and Key are what one signs with: send and secret.
	KeyName, Key string
	// Groups are the consumer groups beside $Default.
	Groups []string
	// MaxMessage is how many bytes a batch may have: 1 MiB.
	MaxMessage int
	// TLS has it speak TLS, with a certificate that Roots trusts.
	TLS bool
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	fill := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	fill(&o.Hub, "audit")
	fill(&o.KeyName, "send")
	fill(&o.Key, "secret")
	if o.Partitions == 0 {
		o.Partitions = 2
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = 1 << 20
	}
	return o
}

// arguments are what the program is started with.
func (o Options) arguments() []string {
	return []string{
		"emulator.js", "--faults", "--hub", o.Hub, "--partitions", strconv.Itoa(o.Partitions), "--key-name", o.KeyName,
		"--key", o.Key, "--groups", strings.Join(o.Groups, ","), "--max", strconv.Itoa(o.MaxMessage),
	}
}

// Hub is a running event hub. It may be used by several goroutines at once.
type Hub struct {
	options Options
	port    string
	roots   *x509.CertPool
	command *exec.Cmd
	said    bytes.Buffer // on standard error; complete once it has ended

	mutex sync.Mutex // one line and its answer at a time
	in    io.WriteCloser
	out   *bufio.Reader
}

// Start runs a hub until the test ends. Where it cannot run, the test is skipped.
func Start(t testing.TB, o Options) *Hub {
	t.Helper()
	h, err := Run(o)
	if errors.Is(err, ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("starting the Event Hubs for tests: %v", err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("the Event Hubs for tests: %v", err)
		}
	})
	return h
}

// Run runs a hub until Close, or the end of this process.
func Run(o Options) (*Hub, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	h := &Hub{options: o.withDefaults()}
	arguments := h.options.arguments()
	if o.TLS {
		files, err := h.certificate()
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(files) // they are read before it says that it listens
		arguments = append(arguments, "--cert", filepath.Join(files, certificateFile), "--tls-key", filepath.Join(files, keyFile))
	}
	return h, h.start(dir, arguments)
}

// folder is where the program is, seen from wherever in the module this process began.
func folder() (string, error) {
	if _, err := exec.LookPath("node"); err != nil {
		return "", ErrNotInstalled
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			break
		}
		if at == filepath.Dir(at) {
			return "", errors.New("this has to run in a folder of the project")
		}
	}
	dir := filepath.Join(at, "internal", "stream", "eventhubstest")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "rhea")); err != nil {
		return "", ErrNotInstalled
	}
	return dir, nil
}

func (h *Hub) start(dir string, arguments []string) error {
	h.command = exec.Command("node", arguments...)
	h.command.Dir, h.command.Stderr = dir, &h.said
	out, err := h.command.StdoutPipe()
	if err != nil {
		return err
	}
	if h.in, err = h.command.StdinPipe(); err != nil {
		return err
	}
	if err := h.command.Start(); err != nil {
		return err
	}
	h.out = bufio.NewReader(out)
	line, err := h.out.ReadString('\n')
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "LISTENING ")
	if err != nil || !ok {
		return errors.Join(err, h.Close())
	}
	h.port = port
	return nil
}

// Close ends the hub. What it had to complain about is an error.
func (h *Hub) Close() error {
	h.in.Close()
	err := h.command.Wait()
	if h.said.Len() > 0 {
		err = errors.Join(err, errors.New(strings.TrimSpace(h.said.String())))
	}
	return err
}

// Address is where it listens, as HOST:PORT.
func (h *Hub) Address() string { return "127.0.0.1:" + h.port }

// Roots trusts its certificate; nil without TLS.
func (h *Hub) Roots() *x509.CertPool { return h.roots }

// Connection is its connection string, as the portal of Azure shows it for a policy of the
// hub; and as the emulator of Microsoft has it, unless the hub speaks TLS.
func (h *Hub) Connection() string { return h.ConnectionOf(h.options.Hub, h.options.Key) }

// ConnectionOf is the connection string of a hub that may not be there, with a key that may
// be wrong.
func (h *Hub) ConnectionOf(hub, key string) string {
	s := fmt.Sprintf("Endpoint=sb://%s/;SharedAccessKeyName=%s;SharedAccessKey=%s;EntityPath=%s", h.Address(), h.options.KeyName, key, hub)
	if !h.options.TLS {
		s += ";UseDevelopmentEmulator=true"
	}
	return s
}

// Signed is a connection string with a signature for a hub instead of the key. It ends at
// the given time.
func (h *Hub) Signed(hub string, ends time.Time) string {
	resource := url.QueryEscape("amqp://" + h.Address() + "/" + hub)
	at := strconv.FormatInt(ends.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(h.options.Key))
	mac.Write([]byte(resource + "\n" + at))
	return fmt.Sprintf("Endpoint=sb://%s/;SharedAccessSignature=SharedAccessSignature sr=%s&sig=%s&se=%s&skn=%s;EntityPath=audit;UseDevelopmentEmulator=true",
		h.Address(), resource, url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil))), at, h.options.KeyName)
}
