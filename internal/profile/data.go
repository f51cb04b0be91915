package profile

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// data is everything held about one person that is not a secret: neither hashes nor
// keys nor codes nor tokens have a field here. The events follow it in the file.
type data struct {
	Made           time.Time       `json:"made"`
	Instance       string          `json:"instance"`
	Profile        mine            `json:"profile"`
	Authenticators []authenticator `json:"authenticators"`
	Sessions       []session       `json:"sessions"`
	Browsers       []browser       `json:"browsers"`
	Notices        []notice        `json:"notices"`
	Requests       []request       `json:"requests"`
	Groups         []group         `json:"groups"`
	Notes          []note          `json:"notes"`
	// Applications are those that the person may open, and Opened where they are signed in to one.
	Applications []application `json:"applications"`
	Opened       []opened      `json:"application_sessions"`
}

type mine struct {
	ID               string    `json:"id"`
	Username         string    `json:"username"`
	Name             string    `json:"name"`
	Email            string    `json:"email"`
	EmailConfirmed   bool      `json:"email_confirmed"`
	EmailPending     string    `json:"email_pending"`
	Role             user.Role `json:"role"`
	Theme            string    `json:"theme"`
	TimeZone         string    `json:"time_zone"`
	Created          time.Time `json:"created,omitzero"`
	LastSignIn       time.Time `json:"last_sign_in,omitzero"`
	PasswordChanged  time.Time `json:"password_changed,omitzero"`
	LockedUntil      time.Time `json:"locked_until,omitzero"`
	RecoveryCodes    int       `json:"recovery_codes_left"`
	RecoveryCodeUsed time.Time `json:"recovery_code_tried,omitzero"`
}

type authenticator struct {
	Label    string    `json:"label"`
	Added    time.Time `json:"added"`
	LastUsed time.Time `json:"last_used,omitzero"`
	Drift    float64   `json:"clock_ahead_seconds"`
}

type session struct {
	SignedIn   time.Time `json:"signed_in"`
	LastActive time.Time `json:"last_active"`
	Ends       time.Time `json:"ends"`
	IP         string    `json:"ip"`
	Browser    string    `json:"browser"`
	Current    bool      `json:"current"`
}

type browser struct {
	Known           time.Time `json:"known_since"`
	LastUsed        time.Time `json:"last_used"`
	Ends            time.Time `json:"ends"`
	RememberedUntil time.Time `json:"remembered_until,omitzero"`
	IP              string    `json:"ip"`
	Browser         string    `json:"browser"`
}

type notice struct {
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
	IP      string    `json:"ip"`
	Browser string    `json:"browser"`
	Seen    time.Time `json:"seen,omitzero"`
}

type request struct {
	Made    time.Time           `json:"made"`
	Status  store.RequestStatus `json:"status"`
	Message string              `json:"message"`
	Contact string              `json:"contact"`
	IP      string              `json:"ip"`
	Browser string              `json:"browser"`
	Decided time.Time           `json:"decided,omitzero"`
	Reason  string              `json:"reason"`
}

// group is one that the person is in, and since when.
type group struct {
	Name  string    `json:"name"`
	Label string    `json:"label"`
	Since time.Time `json:"since"`
}

// application is one that the person may open, and why: "Everyone", or their groups.
type application struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
	Why  string `json:"why"`
}

// opened is an application that is open in one of the person's browsers.
type opened struct {
	Slug    string    `json:"slug"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Browser string    `json:"browser"`
}

// note is something that an administrator wrote down about the person.
type note struct {
	Made time.Time `json:"made"`
	Text string    `json:"text"`
}

// event is one row of the person's own audit trail. By is who acted: the person by
// name, and nobody else.
type event struct {
	At      time.Time      `json:"at"`
	Event   audit.Event    `json:"event"`
	Result  audit.Result   `json:"result"`
	By      string         `json:"by"`
	IP      string         `json:"ip"`
	Browser string         `json:"browser"`
	Details []audit.Detail `json:"details,omitempty"`
}

// showData sends everything that is held about the visitor. The trail may be long, so
// it is written row by row.
func showData(v *web.Visitor) error {
	d, err := exportOf(v)
	if err != nil {
		return err
	}
	return v.Download("application/json", "latchkey-"+v.User.Username+".json", func(w io.Writer) error {
		return write(w, d, func(each func(event) error) error {
			return v.DB.EachAuditEntry(v.Context(), store.AuditFilter{About: v.User.ID}, func(e audit.Entry) error {
				return each(ownEvent(v.User, e))
			})
		})
	})
}

// ownEvent leaves out of a row what belongs to others: where an administrator was who
// acted on this user, and on whom this user acted as an administrator.
func ownEvent(u user.User, e audit.Entry) event {
	shown := event{At: e.At, Event: e.Event, Result: e.Result, By: e.ActorName, IP: e.IP, Browser: e.UserAgent, Details: e.Details}
	if e.ActorID != u.ID && e.ActorName != "" {
		shown.By, shown.IP, shown.Browser = "an administrator", "", ""
	}
	if e.SubjectID != u.ID {
		shown.Details = nil
	}
	return shown
}

// write writes d with the events behind its other parts, indented.
func write(w io.Writer, d data, events func(each func(event) error) error) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if _, err := w.Write(append(bytes.TrimSuffix(text, []byte("\n}")), ",\n  \"events\": ["...)); err != nil {
		return err
	}
	separator := "\n    "
	err = events(func(e event) error {
		text, err := json.MarshalIndent(e, "    ", "  ")
		if err != nil {
			return err
		}
		_, err = w.Write(append([]byte(separator), text...))
		separator = ",\n    "
		return err
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n  ]\n}\n")
	return err
}
