package server

import (
	"log/slog"

	"latchkey/internal/store"
)

// warnOfBackups says that an instance that is in use has no backup, unless an administrator has seen
// to it in another way.
func (s *Server) warnOfBackups(log *slog.Logger) {
	has, err := s.DB.HasAdministrator()
	if err != nil || !has || s.Instance.Settings().BackupsDone {
		return
	}
	if _, made, err := s.DB.LastBackup("", store.BackupDone); err == nil && !made {
		log.Warn("there is no backup yet; make one with latchkey backup, or on the page Backups")
	}
}
