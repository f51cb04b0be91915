package eventhubs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const azure = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=latchkey;SharedAccessKey=aK7+/x==;EntityPath=audit"

func TestParse(t *testing.T) {
	t.Parallel()
	want := Connection{Host: "ns.servicebus.windows.net", Port: "5671", Hub: "audit", Policy: "latchkey", key: "aK7+/x=="}
	emulator := Connection{Host: "localhost", Port: "5672", Hub: "audit", Policy: "RootManageSharedAccessKey", Emulator: true, key: "SAS_KEY_VALUE"}
	other := func(c Connection, change func(*Connection)) Connection { change(&c); return c }
	const local = "SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;EntityPath=audit"
	for text, want := range map[string]Connection{
		azure:                                    want,
		" " + azure + ";\n":                      want,
		`"` + azure + `"`:                        want,
		strings.Replace(azure, "net/", "net", 1): want,
		strings.Replace(azure, "Endpoint", "endpoint", 1): want,
		azure + ";UseDevelopmentEmulator=false":           want,
		azure + ";TransportType=AmqpWebSockets":           want,
		strings.Replace(azure, "sb://ns.", "sb://NS.", 1): want,
		strings.Replace(azure, ".net/", ".net:443/", 1):   other(want, func(c *Connection) { c.Port = "443" }),
		"Endpoint=sb://localhost;" + local:                emulator,
		"Endpoint=sb://localhost/;" + local:               emulator,
		"Endpoint=sb://127.0.0.1:9/;" + local:             other(emulator, func(c *Connection) { c.Host, c.Port = "127.0.0.1", "9" }),
		"Endpoint=sb://[::1]:9;" + local:                  other(emulator, func(c *Connection) { c.Host, c.Port = "::1", "9" }),
	} {
		got, err := Parse(text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Connection{})); err != nil || diff != "" {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
}

// TestST03_MistakesDoNotRepeatTheKey: what is wrong with a connection string stands on a page
// and in the log, and the string has a key in it, wherever it was broken.
func TestST03_MistakesDoNotRepeatTheKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "is missing",
		"  ":                    "is missing",
		"aK7+/x==":              "lacks Endpoint",
		"aK7":                   "no = in it",
		`Endpoint=sb://ns/;aK7`: "no = in it",
		strings.Replace(azure, ";EntityPath=audit", "", 1):                                    "names no event hub",
		strings.Replace(azure, "EntityPath=audit", "EntityPath=aK7/b", 1):                     "not the name of an event hub",
		strings.Replace(azure, "SharedAccessKeyName=latchkey;", "", 1):                        "lacks SharedAccessKeyName",
		strings.Replace(azure, "SharedAccessKey=aK7+/x==;", "", 1):                            "lacks SharedAccessKey",
		strings.Replace(azure, "SharedAccessKey=aK7+/x==", "SharedAccessKey=", 1):             "lacks SharedAccessKey",
		strings.Replace(azure, "sb://ns", "https://aK7", 1):                                   "does not look like sb://",
		strings.Replace(azure, "sb://ns.servicebus.windows.net/", "ns", 1):                    "does not look like sb://",
		strings.Replace(azure, "sb://ns.servicebus.windows.net/", "sb://%aK7", 1):             "does not look like sb://",
		strings.Replace(azure, "sb://ns", "sb://aK7:aK7@ns", 1):                               "does not look like sb://",
		strings.Replace(azure, "windows.net/", "windows.net/audit", 1):                        "does not look like sb://",
		azure + ";SharedAccessKey=aK7":                                                        "says SharedAccessKey twice",
		azure + ";UseDevelopmentEmulator=aK7":                                                 "is true or false",
		azure + ";\nx=y":                                                                      "a line break",
		azure + strings.Repeat("a", maxConnection):                                            "more than 2000 characters",
		"Endpoint=sb://ns.x/;EntityPath=a;SharedAccessSignature=SharedAccessSignature sr=aK7": "a signature, which runs out",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "aK7") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	c, err := Parse(azure)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, c); err != nil || strings.Contains(got, "aK7") || !strings.Contains(got, "audit at ns.") {
			t.Errorf(verb+" %v", c, err)
		}
	}
}

// TestST03_WhatAHubSaysLosesTheKey: a hub may repeat what it was sent, and any other thing.
func TestST03_WhatAHubSaysLosesTheKey(t *testing.T) {
	t.Parallel()
	c, err := Parse(azure)
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"no: aK7+/x==": "no: …",
		"bad SharedAccessSignature sr=a&sig=b&se=1 here": "bad … here",
		"Unauthorized access. TrackingId:1, Timestamp:2": "Unauthorized access",
		"a\r\nb\x1b[31m\u202ec\xff":                      "a  b [31mc",
		"":                                               "no reason given",
		strings.Repeat("ä", maxSaid+1):                   strings.Repeat("ä", maxSaid) + "…",
	} {
		if got := clean(c, said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"(connlost): EOF": "the other side closed it",
		"(connlost): read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer":                                 "the other side closed it",
		"write tcp 127.0.0.1:1->127.0.0.1:2: write: broken pipe":                                                        "the other side closed it",
		"(unauthorized): rpc: failed, status code 401 and description: InvalidSignature":                                "InvalidSignature",
		"rpc: failed, status code 404 and description: The entity 'a' could not be found.":                              "The entity 'a' could not be found.",
		"(connlost): *Error{Condition: amqp:link:detach-forced, Description: The link 'G0:1' is gone., Info: map[a:b]}": "amqp:link:detach-forced: The link 'G0:1' is gone.",
		"EOF is what it said": "EOF is what it said",
	} {
		if got := plain(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
	for d, want := range map[time.Duration]string{Patience: "15 seconds", time.Second: "a second", time.Millisecond: "a second", 1600 * time.Millisecond: "2 seconds"} {
		if got := inWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestHowLongNamesMayBe(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		is   func(string) bool
		most int
	}{"an event hub": {isHubName, 256}, "a consumer group": {isGroupName, 50}, "an offset": {isOffset, 100}} {
		if !c.is("a") || !c.is(strings.Repeat("a", c.most)) || c.is(strings.Repeat("a", c.most+1)) || c.is("") || c.is("a/") || c.is("a\n") {
			t.Errorf("%s: the bound is not %d", what, c.most)
		}
	}
	if !isGroupName("$Default") || isHubName("$Default") || isHubName("-a") || isGroupName("a.") {
		t.Error("$Default is a consumer group and no event hub")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(azure)
	f.Add("Endpoint=sb://[::1%25x]:9;SharedAccessKeyName=;SharedAccessKey==;;EntityPath=a")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err == nil && (c.Host == "" || c.Port == "" || c.key == "" || !isHubName(c.Hub)) {
			t.Errorf("%q: %#v", text, c)
		}
		if err == nil {
			if again, err := Parse(c.forSDK()); err != nil || again.Hub != c.Hub || again.key != c.key {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
