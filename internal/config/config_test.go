package config

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/internal/password"
)

// commandLine is a program with the flags of this package.
type commandLine struct {
	Data
	Serve Serve `cmd:""`
}

// parse reads arguments as the program does.
func parse(t *testing.T, args ...string) commandLine {
	t.Helper()
	var c commandLine
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfig_Defaults(t *testing.T) {
	t.Parallel()
	c := parse(t, "serve")
	got, err := c.Serve.Config(true)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Addr: "127.0.0.1:8080", PasswordCost: password.DefaultCost()}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
	if c.Data.Data != "./data" {
		t.Errorf("data = %q", c.Data.Data)
	}
}

// Not parallel: the environment belongs to the whole process.
func TestConfig_FlagWinsOverVariableOverDefault(t *testing.T) {
	for name, value := range map[string]string{
		"LATCHKEY_DATA": "/data", "LATCHKEY_ADDR": "0.0.0.0:1", "LATCHKEY_URL": "http://login.example",
		"LATCHKEY_INSECURE_HTTP": "true", "LATCHKEY_TRUSTED_PROXIES": "10.0.0.0/8",
		"LATCHKEY_LOG_FORMAT": "json", "LATCHKEY_LOG_LEVEL": "Warn", "LATCHKEY_PASSWORD_HASH": "argon2id:19MiB:2:1",
	} {
		t.Setenv(name, value)
	}
	c := parse(t, "serve", "--addr", ":2")
	want := Serve{
		Links: Links{URL: "http://login.example", InsecureHTTP: true}, Addr: ":2",
		TrustedProxies: "10.0.0.0/8", LogFormat: "json", LogLevel: "Warn", PasswordHash: "argon2id:19MiB:2:1",
	}
	if diff := cmp.Diff(want, c.Serve); diff != "" {
		t.Error(diff)
	}
	if c.Data.Data != "/data" {
		t.Errorf("data = %q", c.Data.Data)
	}
	got, err := c.Serve.Config(true)
	if err != nil {
		t.Fatal(err)
	}
	if got.URL.String() != "http://login.example" || !got.LogJSON || got.LogLevel != slog.LevelWarn || got.PasswordCost != password.MinCost() ||
		len(got.TrustedProxies) != 1 || got.TrustedProxies[0] != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("config = %+v", got)
	}
}

func TestConfig_LogFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format         string
		terminal, json bool
	}{
		{"", true, false}, {"", false, true}, {"text", false, false}, {"json", true, true},
	} {
		got, err := Serve{Addr: ":0", LogFormat: c.format, PasswordHash: "argon2id:64MiB:3:1"}.Config(c.terminal)
		if err != nil || got.LogJSON != c.json {
			t.Errorf("%q, terminal %v: json %v, %v", c.format, c.terminal, got.LogJSON, err)
		}
	}
}

func TestConfig_AllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Serve{
		Links: Links{URL: "ftp://x"}, Addr: "localhost", TrustedProxies: "a, 10.0.0.1,b/8", StreamNetworks: "c/9",
		LogFormat: "xml", LogLevel: "loud", PasswordHash: "argon2id:1MiB:1:1",
	}.Config(false)
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("error = %v, want one line", err)
	}
	for _, want := range []string{`--addr: "localhost"`, `--url: "ftp://x"`, `--trusted-proxies: "a"`, `"b/8"`, `--stream-networks: "c/9"`,
		`--log-format: "xml"`, `--log-level: "loud"`, `--password-hash: `, "argon2id:1MiB:1:1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestConfig_Addr(t *testing.T) {
	t.Parallel()
	for addr, ok := range map[string]bool{
		"unix:/run/latchkey.sock": true, "unix:@latchkey": true, "unix:": false, "unix:///run/x.sock": false, "unix://run/x.sock": false, "unix:" + strings.Repeat("x", 107): true, "unix:" + strings.Repeat("x", 108): false,
		":0": true, "127.0.0.1:65535": true, "[::1]:80": true, "localhost:8080": true,
		"": false, "8080": false, "1.2.3.4": false, ":": false, ":http": false, ":65536": false, ":-1": false, "::1:80": false,
	} {
		if err := checkAddr(addr); (err == nil) != ok {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

func TestVariables_NamesEveryFlagOfTheContract(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"LATCHKEY_ADDR", "LATCHKEY_DATA", "LATCHKEY_DATABASE", "LATCHKEY_DATABASE_FILE", "LATCHKEY_INSECURE_HTTP", "LATCHKEY_LOG_FORMAT", "LATCHKEY_LOG_LEVEL", "LATCHKEY_MAIL_FROM",
		"LATCHKEY_PASSWORD_HASH", "LATCHKEY_SMTP", "LATCHKEY_SMTP_FILE", "LATCHKEY_STREAM_NETWORKS", "LATCHKEY_TIME_CHECK", "LATCHKEY_TRUSTED_PROXIES", "LATCHKEY_URL"}
	known, hidden := Variables(parser.Model)
	if diff := cmp.Diff(want, known); diff != "" || hidden != nil {
		t.Error(diff, hidden)
	}
}

func TestVariables_OfHiddenCommandsApart(t *testing.T) {
	t.Parallel()
	type leaf struct {
		Rows string `env:"LATCHKEY_ROWS"`
	}
	parser, err := kong.New(&struct {
		Data
		Hidden struct {
			Leaf leaf `cmd:""`
		} `cmd:"" hidden:""`
		Shown struct {
			Size string `env:"LATCHKEY_SIZE"`
		} `cmd:""`
	}{})
	if err != nil {
		t.Fatal(err)
	}
	known, hidden := Variables(parser.Model)
	if diff := cmp.Diff([][]string{{"LATCHKEY_DATA", "LATCHKEY_DATABASE", "LATCHKEY_DATABASE_FILE", "LATCHKEY_SIZE"}, {"LATCHKEY_ROWS"}}, [][]string{known, hidden}); diff != "" {
		t.Error(diff)
	}
}

func TestLinks_HelpNamesTheDefaultOfTheCommand(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&struct {
		Serve Serve `cmd:""`
		Print Links `cmd:""`
	}{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"serve": "http://localhost:PORT", "print": "the one the server last started with"}
	for _, command := range parser.Model.Children {
		for _, flag := range command.Flags {
			if flag.Name == "url" && !strings.HasSuffix(flag.Help, " Default "+want[command.Name]+".") {
				t.Errorf("%s: %s", command.Name, flag.Help)
			}
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	known := []string{"LATCHKEY_ADDR", "LATCHKEY_URL"}
	if err := UnknownVariables([]string{"LATCHKEY_ADDR=:1", "PATH=/bin", "XLATCHKEY_Y=1", "LATCHKEY=1", "latchkey_x=1", "LATCHKEY_ROWS=1", ""}, known, []string{"LATCHKEY_ROWS"}); err != nil {
		t.Errorf("all is known: %v", err)
	}
	err := UnknownVariables([]string{"LATCHKEY_URLS=hunter2", "LATCHKEY_ADDR=:1", "LATCHKEY_LISTEN", "LATCHKEY_=x"}, known, []string{"LATCHKEY_ROWS"})
	want := "unknown environment variable LATCHKEY_, LATCHKEY_LISTEN, LATCHKEY_URLS; the known ones are LATCHKEY_ADDR, LATCHKEY_URL"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
