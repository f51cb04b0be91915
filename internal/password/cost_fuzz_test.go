package password

import "testing"

// FuzzPW07_ParseCost: a cost that is taken is written as it was, stays within its bounds, and
// is never below the floor.
func FuzzPW07_ParseCost(f *testing.F) {
	for _, s := range []string{"argon2id:64MiB:3:1", "argon2id:19MiB:2:1", "argon2id:18MiB:2:1", "argon2id:256MiB:20:8", "argon2id:064MiB:3:1", "argon2id:64KiB:3:1", "argon2id:4294967296MiB:1:1", "argon2id:64MiB:3", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCost(text)
		if err != nil {
			return
		}
		if again, err := ParseCost(c.String()); err != nil || again != c {
			t.Errorf("%q is %+v, and written %s: %v", text, c, c, err)
		}
		floor := MinCost()
		if c.MemoryKiB < floor.MemoryKiB || c.Time < floor.Time || c.Threads < floor.Threads || c.MemoryKiB > maxMemory || c.work() > maxWork {
			t.Errorf("%q is %+v", text, c)
		}
		encoded := c.encode(make([]byte, saltLength), make([]byte, tagLength))
		if h, err := parseHash(encoded); err != nil || h.cost != c {
			t.Errorf("a hash of cost %s is refused when it is read: %v", c, err)
		}
	})
}
