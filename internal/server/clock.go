package server

import "latchkey/internal/program"

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
	offset, err := program.AskTime(server)
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
