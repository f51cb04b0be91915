package password

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPW07_DefaultCost(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(Cost{MemoryKiB: 64 * 1024, Time: 3, Threads: 1}, DefaultCost()); diff != "" {
		t.Errorf("default cost (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Cost{MemoryKiB: 19 * 1024, Time: 2, Threads: 1}, MinCost()); diff != "" {
		t.Errorf("least cost (-want +got):\n%s", diff)
	}
	encoded := DefaultCost().Hash("correct horse")
	part := strings.Split(encoded, "$")
	if len(part) != 6 || strings.Join(part[:4], "$") != "$argon2id$v=19$m=65536,t=3,p=1" {
		t.Fatalf("%q is not a PHC string of that cost", encoded)
	}
	for i, want := range map[int]int{4: 16, 5: 32} {
		if b, err := base64.RawStdEncoding.DecodeString(part[i]); err != nil || len(b) != want {
			t.Errorf("part %d has %d bytes, %v, want %d", i, len(b), err, want)
		}
	}
	if ok, err := verify(encoded, "correct horse"); !ok || err != nil {
		t.Errorf("its own password: %v, %v", ok, err)
	}
}

func TestParseCost(t *testing.T) {
	t.Parallel()
	for _, c := range []Cost{MinCost(), DefaultCost(), {MemoryKiB: maxMemory, Time: 3, Threads: maxThreads}, {MemoryKiB: 38 * mib, Time: maxTime, Threads: 1}} {
		if got, err := ParseCost(c.String()); err != nil || got != c {
			t.Errorf("ParseCost(%q) = %v, %v", c, got, err)
		}
	}
	for _, s := range []string{
		"", "argon2id", "argon2id:18MiB:2:1", "argon2id:19MiB:1:1", "argon2id:19MiB:2:0", "argon2id:257MiB:2:1", "argon2id:256MiB:4:1", "argon2id:64MiB:13:1", "argon2id:64MiB:21:1", "argon2id:64MiB:3:9",
		"argon2id:64:3:1", "argon2id:64GiB:3:1", "argon2i:64MiB:3:1", "bcrypt:12", "argon2id:64MiB:3:1:1", "argon2id:-64MiB:3:1", "argon2id:4194368MiB:3:1", "argon2id:64MiB:3:257",
	} {
		if got, err := ParseCost(s); err == nil || got != (Cost{}) {
			t.Errorf("ParseCost(%q) = %v, %v, want an error", s, got, err)
		}
	}
	if got := cheap.String(); got != "argon2id:8MiB:1:1" {
		t.Errorf("String = %q", got)
	}
}
