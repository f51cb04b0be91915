package server

import (
	"fmt"
	"time"

	"github.com/beevik/ntp"
)

// timeServerWait is how long a time server has to answer.
const timeServerWait = 3 * time.Second

// warnOfClock logs what is wrong with the clock: at once by what the database knows,
// before this run writes a time of its own into it, and a little later by what the
// time server says, if there is one. The start waits for neither the network nor a
// name that does not resolve.
func (s *Server) warnOfClock(server string) {
	s.logClock()
	if server != "" {
		go s.askTime(server)
	}
}

// askTime asks a time server once and keeps its answer for the pages.
func (s *Server) askTime(server string) {
	offset, err := checkClock(server)
	if err != nil {
		s.Instance.Log.Warn("the clock could not be checked", "error", err)
		return
	}
	s.Instance.Log.Info("clock checked", "server", server, "offset", offset.String())
	s.Instance.SetClockOffset(offset)
	s.logClock()
}

func (s *Server) logClock() {
	warnings, err := s.Instance.ClockWarnings()
	if err != nil {
		s.Instance.Log.Error("checking the clock", "error", err)
	}
	for _, warning := range warnings {
		s.Instance.Log.Warn(warning)
	}
}

// checkClock asks an NTP server, as host and port, and returns what has to be added to
// this machine's clock. It takes up to 3 seconds after the name is resolved. The answer
// is not authenticated: anyone on the way can make one up, so it may cause a
// warning and must never set a time that anything is judged by.
func checkClock(host string) (offset time.Duration, err error) {
	answer, err := ntp.QueryWithOptions(host, ntp.QueryOptions{Timeout: timeServerWait})
	if err == nil {
		err = answer.Validate()
	}
	if err != nil {
		return 0, fmt.Errorf("asking the time server %s: %w", host, err)
	}
	return answer.ClockOffset, nil
}
