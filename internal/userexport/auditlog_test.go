package userexport_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// TestLO03_ExportedAuditLogCanBeChecked: every field of the chain is in the file.
func TestLO03_ExportedAuditLogCanBeChecked(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.Tx(func(tx *store.Tx) error {
		return tx.Audit(audit.Entry{At: a.Clock.Now().Add(123456789), Event: audit.Logout, Result: audit.ResultFailed, ActorName: "<é&\u2028>",
			Details: []audit.Detail{{Name: "a", Before: "\"", After: "</script>"}}})
	})
	b := a.Browser()
	b.SignIn(a.Admin)
	head := a.Head()
	lines := bufio.NewScanner(strings.NewReader(b.Get("/admin/audit.jsonl").Body))
	macs := a.Ring.Checker(secret.PurposeAudit)
	previous, rows := "", int64(0)
	for lines.Scan() {
		var e audit.Entry
		var row struct {
			Seq                                                                        int64
			At                                                                         time.Time
			Event                                                                      audit.Event
			Result                                                                     audit.Result
			Actor_ID, Actor_Name, Subject_ID, Subject_Name, IP, User_Agent, Request_ID string
			Details                                                                    []audit.Detail
			MAC                                                                        string
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		e = audit.Entry{Seq: row.Seq, At: row.At, Event: row.Event, Result: row.Result, ActorID: row.Actor_ID, ActorName: row.Actor_Name,
			SubjectID: row.Subject_ID, SubjectName: row.Subject_Name, IP: row.IP, UserAgent: row.User_Agent, RequestID: row.Request_ID, Details: row.Details, MAC: row.MAC}
		if rows++; e.Seq != rows || !e.Follows(macs, previous, audit.EncodeDetails(row.Details)) {
			t.Errorf("row %d does not follow: %s", rows, lines.Text())
		}
		previous = e.MAC
	}
	if rows != head {
		t.Errorf("%d rows in the file, %d in the log", rows, head)
	}
	if e := a.Newest(); e.Event != audit.AuditExported || apptest.Details(e.Details) != fmt.Sprintf("format:>jsonl rows:>%d", rows) {
		t.Errorf("%+v", e)
	}
}

func TestExport_AuditLogKeepsTheFilter(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	for query, want := range map[string]string{
		"?event=login.password": "login.password", "?event=login.code&result=ok": "login.code", "?event=login.code&result=failed": "",
		"?actor=root-admin&event=login.password": "login.password", "?actor=nobody": "", "?before=1": "", "?ip=192.0.2.99": "",
	} {
		p := b.Get("/admin/audit.csv" + query)
		p.Is(http.StatusOK)
		if got := apptest.Column(apptest.Table(t, p.Body), "event"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	b.Get("/admin/audit.csv?from=yesterday").Is(http.StatusUnprocessableEntity)
	for _, path := range []string{"/admin/audit.csv?x=1", "/admin/users.csv?q=a&q=b", "/admin/users.jsonl?status=x", "/admin/users.csv?after=a&before=b"} {
		b.Get(path).Is(http.StatusBadRequest)
	}
}
