package instance

import (
	"time"

	"latchkey/internal/auth"
)

// SetClockOffset keeps what a time server said has to be added to the clock. It may
// be called at any time by anybody; the last answer counts.
func (i *Instance) SetClockOffset(offset time.Duration) { i.clock.Store(int64(offset)) }

// ClockWarnings says what is wrong with the server's clock now, one sentence each;
// nil if nothing is known to be. It looks at the newest entry of the audit log and at
// the last SetClockOffset.
func (i *Instance) ClockWarnings() ([]string, error) {
	newest, err := i.DB.NewestAuditTime()
	if err != nil {
		return nil, err
	}
	return auth.ClockWarnings(i.Now(), newest, time.Duration(i.clock.Load())), nil
}
