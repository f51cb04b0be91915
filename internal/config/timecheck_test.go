package config

import (
	"strings"
	"testing"
)

func TestTimeServer(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"": "", "pool.ntp.org": "pool.ntp.org:123", "Time.Example": "time.example:123", "localhost:1123": "localhost:1123", "192.0.2.1": "192.0.2.1:123",
		"192.0.2.1:65535": "192.0.2.1:65535", "2001:db8::1": "[2001:db8::1]:123", "[2001:db8::1]": "[2001:db8::1]:123", "[2001:db8::1]:1": "[2001:db8::1]:1",
	} {
		if got, err := timeServer(raw); got != want || err != nil {
			t.Errorf("%q = %q, %v, want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{
		" ", "a b", "ntp://pool.ntp.org", "pool.ntp.org/", "pool.ntp.org:", "pool.ntp.org:0", "pool.ntp.org:65536", "pool.ntp.org:ntp", "pool.ntp.org:-1",
		":123", "a,b", "a\n", "user@host", "host:1:2", "[::1", "[]", "é.example", ".", "a..b",
	} {
		if got, err := timeServer(raw); err == nil || got != "" {
			t.Errorf("%q = %q, %v, want an error", raw, got, err)
		}
	}
}

func TestConfig_TimeCheck(t *testing.T) {
	c := parse(t, "serve", "--time-check", "pool.ntp.org")
	if got, err := c.Serve.Config(true); err != nil || got.TimeCheck != "pool.ntp.org:123" {
		t.Errorf("the flag gives %q, %v", got.TimeCheck, err)
	}
	t.Setenv("LATCHKEY_TIME_CHECK", "time.example:1123")
	c = parse(t, "serve")
	if got, err := c.Serve.Config(true); err != nil || got.TimeCheck != "time.example:1123" {
		t.Errorf("the variable gives %q, %v", got.TimeCheck, err)
	}
	_, err := Serve{Addr: ":0", PasswordHash: "argon2id:64MiB:3:1", TimeCheck: "a b"}.Config(true)
	if err == nil || !strings.HasPrefix(err.Error(), `--time-check: "a b"`) {
		t.Errorf("a bad value: %v", err)
	}
}
