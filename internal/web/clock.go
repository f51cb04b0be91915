package web

import (
	"time"

	"latchkey/internal/auth"
)

// SetClockOffset keeps what a time server said has to be added to the clock. It may
// be called at any time by anybody; the last answer counts.
func (s *Site) SetClockOffset(offset time.Duration) { s.clock.Store(int64(offset)) }

// ClockWarnings says what is wrong with the server's clock now, one sentence each;
// nil if nothing is known to be. It looks at the newest entry of the audit log and at
// the last SetClockOffset.
func (s *Site) ClockWarnings() ([]string, error) {
	newest, err := s.DB.NewestAuditTime()
	if err != nil {
		return nil, err
	}
	return auth.ClockWarnings(s.Now(), newest, time.Duration(s.clock.Load())), nil
}
